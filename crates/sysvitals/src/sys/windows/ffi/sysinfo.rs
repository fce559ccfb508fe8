//! kernel32.dll: the machine and its processors (sysinfoapi.h, processtopologyapi.h, psapi.h).

use std::io;
use std::ptr;

use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
use windows_sys::Win32::System::Power::{GetSystemPowerStatus, SYSTEM_POWER_STATUS};
use windows_sys::Win32::System::ProcessStatus::{K32GetPerformanceInfo, PERFORMANCE_INFORMATION};
use windows_sys::Win32::System::SystemInformation::{
    COMPUTER_NAME_FORMAT, GetComputerNameExW, GetLogicalProcessorInformationEx,
    LOGICAL_PROCESSOR_RELATIONSHIP, OSVERSIONINFOW,
};
use windows_sys::Win32::System::Threading::{
    GetActiveProcessorCount, GetActiveProcessorGroupCount,
};

use super::{check, ntdll};

/// GetActiveProcessorCount: of one group or `ALL_PROCESSOR_GROUPS`.
pub(crate) fn active_processor_count(group: u16) -> io::Result<u32> {
    // SAFETY: takes and returns plain integers.
    match unsafe { GetActiveProcessorCount(group) } {
        0 => Err(io::Error::last_os_error()),
        count => Ok(count),
    }
}

/// GetActiveProcessorGroupCount.
pub(crate) fn active_processor_group_count() -> io::Result<u16> {
    // SAFETY: takes nothing and returns a plain integer.
    match unsafe { GetActiveProcessorGroupCount() } {
        0 => Err(io::Error::last_os_error()),
        count => Ok(count),
    }
}

/// GetLogicalProcessorInformationEx: fills `buffer`; `length` becomes what was written or is wanted.
pub(crate) fn logical_processor_information(
    relationship: LOGICAL_PROCESSOR_RELATIONSHIP,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    *length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `length` bytes, which the buffer has, and one number.
    check(unsafe {
        GetLogicalProcessorInformationEx(
            relationship,
            buffer.as_mut_ptr().cast(),
            ptr::from_mut(length),
        )
    })
}

/// GetPerformanceInfo: memory in pages, and their size.
pub(crate) fn performance_info() -> io::Result<PERFORMANCE_INFORMATION> {
    let mut info = PERFORMANCE_INFORMATION::default();
    let size = u32::try_from(size_of_val(&info)).unwrap_or(0);
    // SAFETY: it writes at most `size` bytes, which the structure has.
    check(unsafe { K32GetPerformanceInfo(&raw mut info, size) })?;
    Ok(info)
}

/// GetComputerNameExW: fills `buffer` with text that NUL ends; `length` becomes the units that are
/// wanted where there is no room.
pub(crate) fn computer_name(
    format: COMPUTER_NAME_FORMAT,
    buffer: &mut [u16],
    length: &mut u32,
) -> io::Result<()> {
    *length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `length` units, which the buffer has, and one number.
    check(unsafe { GetComputerNameExW(format, buffer.as_mut_ptr(), ptr::from_mut(length)) })
}

/// RtlGetVersion: the version of the running system, whatever the program's manifest says.
pub(crate) fn version() -> io::Result<OSVERSIONINFOW> {
    let mut version = OSVERSIONINFOW::default();
    version.dwOSVersionInfoSize = u32::try_from(size_of_val(&version)).unwrap_or(0);
    // SAFETY: it writes the structure whose size that is.
    ntdll::check(unsafe { RtlGetVersion(&raw mut version) })?;
    Ok(version)
}

/// GetSystemPowerStatus.
pub(crate) fn power_status() -> io::Result<SYSTEM_POWER_STATUS> {
    let mut status = SYSTEM_POWER_STATUS::default();
    // SAFETY: it writes the structure.
    check(unsafe { GetSystemPowerStatus(&raw mut status) })?;
    Ok(status)
}
