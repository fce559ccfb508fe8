//! Processes: ended, stopped, waited for.

use std::io;
use std::os::windows::io::AsHandle as _;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{ERROR_NOT_ALL_ASSIGNED, STILL_ACTIVE, WAIT_OBJECT_0};
use windows_sys::Win32::Security::{TOKEN_ADJUST_PRIVILEGES, TOKEN_QUERY};
use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT};
use windows_sys::Win32::System::Threading::{PROCESS_SUSPEND_RESUME, PROCESS_TERMINATE};

use super::ffi::{advapi32, kernel32, ntdll};
use super::process::{Handle, gone, has_ended, is_denied, plain};
use super::win32_error::is_one_of;
use crate::process::Exit;
use crate::{Error, Result, Signal};

/// What a process that is ended exits with: the number of `SIGTERM`, as psutil has it.
const ENDED: u32 = 15;

/// `SIGTERM` ends the process. The console events go to the group of processes that it leads.
pub(super) fn send_signal(handle: &Handle, signal: Signal) -> Result<()> {
    let event = match signal {
        Signal::TERM => return kill(handle),
        Signal(number) => number as u32,
    };
    if !matches!(event, CTRL_C_EVENT | CTRL_BREAK_EVENT) {
        let known = "only SIGTERM, CTRL_C_EVENT and CTRL_BREAK_EVENT can be sent on Windows";
        return Err(Error::InvalidArgument(format!("{known}, not {signal}")));
    }
    act(handle, "GenerateConsoleCtrlEvent", || kernel32::console_event(event, handle.pid().get()))
}

pub(super) fn kill(handle: &Handle) -> Result<()> {
    act(handle, "TerminateProcess", || {
        let process = handle.with(PROCESS_TERMINATE)?;
        match kernel32::terminate_process(process.as_handle(), ENDED) {
            // One that is about to end may not be ended: it does what was asked.
            Err(err) if is_denied(&err) && is_ending(handle)? => Ok(()),
            answer => answer,
        }
    })
}

pub(super) fn suspend(handle: &Handle) -> Result<()> {
    act(handle, "NtSuspendProcess", || {
        let process = handle.with(PROCESS_SUSPEND_RESUME)?;
        ntdll::suspend_process(process.as_handle())
    })
}

pub(super) fn resume(handle: &Handle) -> Result<()> {
    act(handle, "NtResumeProcess", || {
        let process = handle.with(PROCESS_SUSPEND_RESUME)?;
        ntdll::resume_process(process.as_handle())
    })
}

fn is_ending(handle: &Handle) -> io::Result<bool> {
    Ok(kernel32::exit_code(handle.as_handle())? != STILL_ACTIVE as u32)
}

/// Does something to a process that has not ended; what fails since it did is that it has ended.
fn act(handle: &Handle, call: &str, act: impl FnOnce() -> io::Result<()>) -> Result<()> {
    let process = handle.as_handle();
    let done = match has_ended(process) {
        Ok(false) => act(),
        Ok(true) => Err(gone()),
        Err(err) => Err(err),
    };
    done.map_err(|err| {
        let has_ended = has_ended(process).unwrap_or(false);
        let err = if has_ended { gone() } else { plain(err) };
        Error::io(format!("{call} of process {}", handle.pid()), err)
    })
}

/// Makes use of the privilege to look into any process; whether we have it.
pub(super) fn enable_debug_privilege() -> Result<bool> {
    let failed = |call: &str, err| Error::io(call, err);
    let rights = TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY;
    let token = advapi32::open_process_token(kernel32::current_process(), rights)
        .map_err(|err| failed("OpenProcessToken", err))?;
    let privilege =
        advapi32::debug_privilege().map_err(|err| failed("LookupPrivilegeValueW", err))?;
    let left = advapi32::enable_privilege(token.as_handle(), privilege)
        .map_err(|err| failed("AdjustTokenPrivileges", err))?;
    Ok(!is_one_of(&left, &[ERROR_NOT_ALL_ASSIGNED]))
}

/// Waits for the end; `None` when `timeout` has passed first.
pub(super) fn wait(handle: &Handle, timeout: Option<Duration>) -> Result<Option<Exit>> {
    /// As long as it can wait at a time; more would be for ever.
    const TURN: u32 = u32::MAX - 1;

    let failed =
        |call: &str, err| Error::io(format!("{call} of process {}", handle.pid()), plain(err));
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Less than a millisecond is not nothing.
        let milliseconds = left.map_or(TURN, |left| {
            u32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(TURN)
        });
        let answer = kernel32::wait(handle.as_handle(), milliseconds)
            .map_err(|err| failed("WaitForSingleObject", err))?;
        if answer == WAIT_OBJECT_0 {
            let code = kernel32::exit_code(handle.as_handle())
                .map_err(|err| failed("GetExitCodeProcess", err))?;
            return Ok(Some(Exit::Code(code as i32)));
        }
        if left == Some(Duration::ZERO) {
            return Ok(None);
        }
    }
}
