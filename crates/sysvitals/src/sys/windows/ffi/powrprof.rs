//! powrprof.dll: power and clocks.

use std::io;
use std::ptr;

use windows_sys::Win32::System::Power::{CallNtPowerInformation, POWER_INFORMATION_LEVEL};

use super::ntdll;

/// CallNtPowerInformation without input: fills `buffer`, and does not tell how far.
pub(crate) fn power_information(
    level: POWER_INFORMATION_LEVEL,
    buffer: &mut [u8],
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it reads no input, and writes at most `capacity` bytes, which the buffer has.
    ntdll::check(unsafe {
        CallNtPowerInformation(level, ptr::null(), 0, buffer.as_mut_ptr().cast(), capacity)
    })
}
