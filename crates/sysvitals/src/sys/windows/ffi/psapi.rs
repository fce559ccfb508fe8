//! psapi.dll, whose functions kernel32.dll has too, and what else tells of the memory of processes.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr;

use windows_sys::Win32::System::Memory::{MEMORY_BASIC_INFORMATION, VirtualQueryEx};
use windows_sys::Win32::System::ProcessStatus::{K32GetMappedFileNameW, K32QueryWorkingSet};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

use super::check;

/// Pages of an address space that are alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub(crate) base: usize,
    pub(crate) size: usize,
    /// Where what was allocated or mapped at once starts.
    pub(crate) allocation: usize,
    /// `PAGE_…`.
    pub(crate) protect: u32,
    /// `MEM_IMAGE`, `MEM_MAPPED` or `MEM_PRIVATE`.
    pub(crate) kind: u32,
}

/// QueryWorkingSet: takes `PROCESS_QUERY_INFORMATION` and `PROCESS_VM_READ`.
///
/// Writes the number of pages also where they themselves have no room. The buffer is one that
/// [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn query_working_set(process: BorrowedHandle<'_>, buffer: &mut [u8]) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has; the handle is open as long
    // as it is borrowed.
    check(unsafe {
        K32QueryWorkingSet(process.as_raw_handle(), buffer.as_mut_ptr().cast(), capacity)
    })
}

/// VirtualQueryEx: takes `PROCESS_QUERY_INFORMATION`; `ERROR_INVALID_PARAMETER` behind the last.
pub(crate) fn virtual_query(process: BorrowedHandle<'_>, address: usize) -> io::Result<Region> {
    let mut region = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: it writes one structure of the size told; `address` is one of the other process and
    // only looked up; the handle is open as long as it is borrowed.
    let written = unsafe {
        VirtualQueryEx(
            process.as_raw_handle(),
            ptr::without_provenance(address),
            &raw mut region,
            size_of::<MEMORY_BASIC_INFORMATION>(),
        )
    };
    if written == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Region {
        base: region.BaseAddress.addr(),
        size: region.RegionSize,
        allocation: region.AllocationBase.addr(),
        protect: region.Protect,
        kind: region.Type,
    })
}

/// GetMappedFileNameW: takes `PROCESS_QUERY_INFORMATION`; gives the length of what it wrote.
pub(crate) fn mapped_file_name(
    process: BorrowedHandle<'_>,
    address: usize,
    name: &mut [u16],
) -> io::Result<usize> {
    let capacity = u32::try_from(name.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` units, which the buffer has; `address` is one of the
    // other process and only looked up; the handle is open as long as it is borrowed.
    let length = unsafe {
        K32GetMappedFileNameW(
            process.as_raw_handle(),
            ptr::without_provenance(address),
            name.as_mut_ptr(),
            capacity,
        )
    };
    if length == 0 { Err(io::Error::last_os_error()) } else { Ok(length as usize) }
}

/// GetSystemInfo: bytes of a page.
pub(crate) fn page_size() -> u32 {
    let mut info = SYSTEM_INFO::default();
    // SAFETY: it writes one structure.
    unsafe { GetSystemInfo(&raw mut info) };
    info.dwPageSize
}
