//! kernel32.dll: when processes may run.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};

use windows_sys::Win32::System::Threading::{
    GetPriorityClass, GetProcessAffinityMask, SetPriorityClass, SetProcessAffinityMask,
};

use super::check;

/// GetPriorityClass: takes `PROCESS_QUERY_LIMITED_INFORMATION`.
pub(crate) fn priority_class(process: BorrowedHandle<'_>) -> io::Result<u32> {
    // SAFETY: the handle is open as long as it is borrowed.
    match unsafe { GetPriorityClass(process.as_raw_handle()) } {
        0 => Err(io::Error::last_os_error()),
        class => Ok(class),
    }
}

/// SetPriorityClass: takes `PROCESS_SET_INFORMATION`.
pub(crate) fn set_priority_class(process: BorrowedHandle<'_>, class: u32) -> io::Result<()> {
    // SAFETY: takes plain integers; the handle is open as long as it is borrowed.
    check(unsafe { SetPriorityClass(process.as_raw_handle(), class) })
}

/// GetProcessAffinityMask: the CPUs of the process, and those of its group; takes
/// `PROCESS_QUERY_LIMITED_INFORMATION`.
pub(crate) fn affinity_masks(process: BorrowedHandle<'_>) -> io::Result<(usize, usize)> {
    let (mut own, mut all) = (0, 0);
    // SAFETY: it writes two numbers; the handle is open as long as it is borrowed.
    check(unsafe { GetProcessAffinityMask(process.as_raw_handle(), &raw mut own, &raw mut all) })?;
    Ok((own, all))
}

/// SetProcessAffinityMask: takes `PROCESS_SET_INFORMATION`.
pub(crate) fn set_affinity_mask(process: BorrowedHandle<'_>, mask: usize) -> io::Result<()> {
    // SAFETY: takes plain integers; the handle is open as long as it is borrowed.
    check(unsafe { SetProcessAffinityMask(process.as_raw_handle(), mask) })
}
