//! Linux.

#[cfg(feature = "bpf")]
pub mod bpf;

use std::os::fd::BorrowedFd;

use crate::Held;

/// What only Linux has of a held process.
pub trait HeldExt {
    /// Its pidfd: readable once the process has ended, so that any event loop can wait for it.
    ///
    /// `None` before Linux 5.3, where there is none.
    ///
    /// # Platforms
    ///
    /// Linux: pidfd_open(2).
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Process, os::linux::HeldExt};
    ///
    /// let me = Process::current()?.hold()?;
    /// println!("{:?}", me.pidfd());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    fn pidfd(&self) -> Option<BorrowedFd<'_>>;
}

impl HeldExt for Held {
    fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.handle.pidfd()
    }
}
