//! Foreign calls, made safe one by one. Nothing here decides anything.

pub(super) mod advapi32;
mod aligned_buffer;
pub(super) mod disk;
pub(super) mod files;
pub(super) mod heap;
pub(super) mod iphlpapi;
pub(super) mod kernel32;
pub(super) mod ntdll;
pub(super) mod powrprof;
pub(super) mod psapi;
pub(super) mod schedule;
pub(super) mod sysinfo;
pub(super) mod winsvc;
pub(super) mod wtsapi32;

pub(super) use aligned_buffer::AlignedBuffer;

/// What a call that answers `BOOL` means.
fn check(answer: windows_sys::core::BOOL) -> std::io::Result<()> {
    if answer == 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}
