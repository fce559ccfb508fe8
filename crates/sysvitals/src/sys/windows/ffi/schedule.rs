//! kernel32.dll and ntdll.dll: when processes may run.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr;

use windows_sys::Wdk::System::Threading::NtQueryInformationProcess;
use windows_sys::Win32::Foundation::{HANDLE, NTSTATUS};
use windows_sys::Win32::System::Threading::{
    GetPriorityClass, GetProcessAffinityMask, SetPriorityClass, SetProcessAffinityMask,
};

use super::check;

// Documented for drivers (wdm.h), and not in Microsoft's declarations.
#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    fn NtSetInformationProcess(
        process: HANDLE,
        class: i32,
        information: *const std::ffi::c_void,
        length: u32,
    ) -> NTSTATUS;
}

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

/// NtQueryInformationProcess, of a class whose structure is one number.
pub(crate) fn query_information_process(
    process: BorrowedHandle<'_>,
    class: i32,
) -> io::Result<u32> {
    let mut number = 0;
    // SAFETY: it writes one number of the size told; no length is asked for; the handle is open as
    // long as it is borrowed.
    let status = unsafe {
        NtQueryInformationProcess(
            process.as_raw_handle(),
            class,
            (&raw mut number).cast(),
            size_of::<u32>() as u32,
            ptr::null_mut(),
        )
    };
    super::ntdll::check(status)?;
    Ok(number)
}

/// NtSetInformationProcess, of a class whose structure is one number: takes
/// `PROCESS_SET_INFORMATION`.
pub(crate) fn set_information_process(
    process: BorrowedHandle<'_>,
    class: i32,
    number: u32,
) -> io::Result<()> {
    // SAFETY: it reads one number of the size told; the handle is open as long as it is borrowed.
    let status = unsafe {
        NtSetInformationProcess(
            process.as_raw_handle(),
            class,
            (&raw const number).cast(),
            size_of::<u32>() as u32,
        )
    };
    super::ntdll::check(status)
}
