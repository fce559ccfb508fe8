//! A held process as what Windows waits for.

use std::os::windows::io::{AsHandle, BorrowedHandle};

use crate::Held;

/// Its handle: signalled once the process has ended, so that anything that waits for handles can
/// wait for it (WaitForMultipleObjects, RegisterWaitForSingleObject).
impl AsHandle for Held {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        (*self.handle).as_handle()
    }
}
