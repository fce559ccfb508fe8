//! kernel32.dll: processes.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{FILETIME, WAIT_FAILED};
use windows_sys::Win32::System::Console::GenerateConsoleCtrlEvent;
use windows_sys::Win32::System::Diagnostics::Debug::ReadProcessMemory;
use windows_sys::Win32::System::SystemInformation::GetTickCount64;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetExitCodeProcess, GetProcessId, GetProcessIoCounters, GetProcessTimes,
    IO_COUNTERS, OpenProcess, PROCESS_NAME_WIN32, QueryFullProcessImageNameW, TerminateProcess,
    WaitForSingleObject,
};

use super::check;

/// When a process started, and how long it has run, in steps of 100 nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessTimes {
    /// Since 1601.
    pub(crate) created: u64,
    pub(crate) kernel: u64,
    pub(crate) user: u64,
}

fn steps(time: FILETIME) -> u64 {
    u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime)
}

/// OpenProcess: a handle that no child inherits.
pub(crate) fn open_process(rights: u32, pid: u32) -> io::Result<OwnedHandle> {
    // SAFETY: takes plain integers.
    let handle = unsafe { OpenProcess(rights, 0, pid) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was opened just now, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// GetProcessId.
pub(crate) fn process_id(process: BorrowedHandle<'_>) -> io::Result<u32> {
    // SAFETY: the handle is open as long as it is borrowed.
    match unsafe { GetProcessId(process.as_raw_handle()) } {
        0 => Err(io::Error::last_os_error()),
        pid => Ok(pid),
    }
}

/// GetProcessTimes.
pub(crate) fn process_times(process: BorrowedHandle<'_>) -> io::Result<ProcessTimes> {
    let [mut created, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: it writes the four times, which are ours; the handle is open as long as it is borrowed.
    check(unsafe {
        GetProcessTimes(
            process.as_raw_handle(),
            &raw mut created,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    })?;
    Ok(ProcessTimes { created: steps(created), kernel: steps(kernel), user: steps(user) })
}

/// GetExitCodeProcess: `STILL_ACTIVE` while it runs.
pub(crate) fn exit_code(process: BorrowedHandle<'_>) -> io::Result<u32> {
    let mut code = 0;
    // SAFETY: it writes one number; the handle is open as long as it is borrowed.
    check(unsafe { GetExitCodeProcess(process.as_raw_handle(), &raw mut code) })?;
    Ok(code)
}

/// WaitForSingleObject: `WAIT_OBJECT_0` once it has ended, `WAIT_TIMEOUT` before.
pub(crate) fn wait(process: BorrowedHandle<'_>, milliseconds: u32) -> io::Result<u32> {
    // SAFETY: the handle is open as long as it is borrowed.
    match unsafe { WaitForSingleObject(process.as_raw_handle(), milliseconds) } {
        WAIT_FAILED => Err(io::Error::last_os_error()),
        answer => Ok(answer),
    }
}

/// TerminateProcess.
pub(crate) fn terminate_process(process: BorrowedHandle<'_>, code: u32) -> io::Result<()> {
    // SAFETY: the handle is open as long as it is borrowed.
    check(unsafe { TerminateProcess(process.as_raw_handle(), code) })
}

/// GenerateConsoleCtrlEvent: to the process group that `pid` leads, on our console.
pub(crate) fn console_event(event: u32, pid: u32) -> io::Result<()> {
    // SAFETY: takes plain integers.
    check(unsafe { GenerateConsoleCtrlEvent(event, pid) })
}

/// GetTickCount64: milliseconds since the system was started, asleep or not.
pub(crate) fn tick_count() -> u64 {
    // SAFETY: takes nothing.
    unsafe { GetTickCount64() }
}

/// GetCurrentProcess: a handle to the calling process with every right.
pub(crate) fn current_process() -> BorrowedHandle<'static> {
    // SAFETY: takes nothing.
    let handle = unsafe { GetCurrentProcess() };
    // SAFETY: it is a number that stands for the process, and is never closed.
    unsafe { BorrowedHandle::borrow_raw(handle) }
}

/// GetProcessIoCounters.
pub(crate) fn process_io_counters(process: BorrowedHandle<'_>) -> io::Result<IO_COUNTERS> {
    let mut counters = IO_COUNTERS::default();
    // SAFETY: it writes the counters, which are ours; the handle is open as long as it is borrowed.
    check(unsafe { GetProcessIoCounters(process.as_raw_handle(), &raw mut counters) })?;
    Ok(counters)
}

/// QueryFullProcessImageNameW: writes the path of the program; gives its length.
pub(crate) fn image_name(process: BorrowedHandle<'_>, path: &mut [u16]) -> io::Result<usize> {
    let mut length = u32::try_from(path.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `length` units, which `path` has, and that number; the handle is
    // open as long as it is borrowed.
    check(unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            path.as_mut_ptr(),
            &raw mut length,
        )
    })?;
    Ok(usize::try_from(length).unwrap_or(usize::MAX))
}

/// ReadProcessMemory: fills `bytes`, or fails.
pub(crate) fn read_process_memory(
    process: BorrowedHandle<'_>,
    address: usize,
    bytes: &mut [u8],
) -> io::Result<()> {
    let mut read = 0;
    // SAFETY: the address is one of another process and is never followed here; it writes at most
    // as many bytes as there are, and one number; the handle is open as long as it is borrowed.
    check(unsafe {
        ReadProcessMemory(
            process.as_raw_handle(),
            std::ptr::without_provenance(address),
            bytes.as_mut_ptr().cast(),
            bytes.len(),
            &raw mut read,
        )
    })
}
