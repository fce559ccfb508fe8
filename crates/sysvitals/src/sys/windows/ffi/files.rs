//! kernel32.dll and ntdll.dll: handles of processes, and the files that they lead to.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Wdk::Foundation::NtQueryObject;
use windows_sys::Win32::Foundation::{DUPLICATE_SAME_ACCESS, DuplicateHandle};
use windows_sys::Win32::Storage::FileSystem::{
    FileStandardInfo, GetFileInformationByHandleEx, GetFileType, GetFinalPathNameByHandleW,
    QueryDosDeviceW,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessHandleCount};

use super::check;

/// GetProcessHandleCount: takes `PROCESS_QUERY_LIMITED_INFORMATION`.
pub(crate) fn handle_count(process: BorrowedHandle<'_>) -> io::Result<u32> {
    let mut count = 0;
    // SAFETY: it writes one number; the handle is open as long as it is borrowed.
    check(unsafe { GetProcessHandleCount(process.as_raw_handle(), &raw mut count) })?;
    Ok(count)
}

/// DuplicateHandle: a handle of another process, for this one, with what it allows there.
///
/// Takes `PROCESS_DUP_HANDLE`.
pub(crate) fn duplicate_handle(process: BorrowedHandle<'_>, value: u64) -> io::Result<OwnedHandle> {
    let value = usize::try_from(value).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut handle = ptr::null_mut();
    // SAFETY: takes nothing; the handle that it gives is a constant that stands for this process.
    let this = unsafe { GetCurrentProcess() };
    // SAFETY: `value` is a handle of the other process, where it is only looked up; it writes one
    // handle; that of the other process is open as long as it is borrowed.
    check(unsafe {
        DuplicateHandle(
            process.as_raw_handle(),
            ptr::without_provenance_mut(value),
            this,
            &raw mut handle,
            0,
            0,
            DUPLICATE_SAME_ACCESS,
        )
    })?;
    // SAFETY: it was made just now, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// NtQueryObject: as [`query_system_information`](super::ntdll::query_system_information), of one
/// object.
pub(crate) fn query_object(
    object: BorrowedHandle<'_>,
    class: i32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has, and one number; the handle
    // is open as long as it is borrowed.
    let status = unsafe {
        NtQueryObject(
            object.as_raw_handle(),
            class,
            buffer.as_mut_ptr().cast(),
            capacity,
            ptr::from_mut(length),
        )
    };
    super::ntdll::check(status)
}

/// GetFileType: `FILE_TYPE_…`; waits while another thread is in the middle of an operation on the
/// file.
pub(crate) fn file_type(file: BorrowedHandle<'_>) -> u32 {
    // SAFETY: the handle is open as long as it is borrowed.
    unsafe { GetFileType(file.as_raw_handle()) }
}

/// GetFileInformationByHandleEx(FileStandardInfo): waits like [`file_type`].
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn file_standard_info(file: BorrowedHandle<'_>, buffer: &mut [u8]) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has; the handle is open as long
    // as it is borrowed.
    check(unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileStandardInfo,
            buffer.as_mut_ptr().cast(),
            capacity,
        )
    })
}

/// GetFinalPathNameByHandleW: the length of the path, or of what it wants; waits like [`file_type`].
pub(crate) fn final_path_name(
    file: BorrowedHandle<'_>,
    path: &mut [u16],
    flags: u32,
) -> io::Result<usize> {
    let capacity = u32::try_from(path.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` units, which the buffer has; the handle is open as long
    // as it is borrowed.
    let length = unsafe {
        GetFinalPathNameByHandleW(file.as_raw_handle(), path.as_mut_ptr(), capacity, flags)
    };
    if length == 0 { Err(io::Error::last_os_error()) } else { Ok(length as usize) }
}

/// QueryDosDeviceW: the devices that a drive stands for, each with a NUL, the one in force first;
/// gives the length of what it wrote.
pub(crate) fn query_dos_device(letter: u8, devices: &mut [u16]) -> io::Result<usize> {
    let drive = [letter.into(), b':'.into(), 0];
    let capacity = u32::try_from(devices.len()).unwrap_or(u32::MAX);
    // SAFETY: `drive` ends with a NUL; it writes at most `capacity` units, which the buffer has.
    let length = unsafe { QueryDosDeviceW(drive.as_ptr(), devices.as_mut_ptr(), capacity) };
    if length == 0 { Err(io::Error::last_os_error()) } else { Ok(length as usize) }
}
