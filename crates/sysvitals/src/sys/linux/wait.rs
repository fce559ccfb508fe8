//! Waiting for the end of a process.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus};

use super::ffi;
use super::handle::Handle;
use super::pidfd::{is_reaped, rustix_pid};
use super::process::is_gone;
use crate::process::Exit;
use crate::{Error, Result, Signal};

/// Waits until a process has ended and was reaped, by us if it is our child; `None` when `timeout`
/// has passed first.
pub(super) fn wait(handle: &Handle, timeout: Option<Duration>) -> Result<Option<Exit>> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || deadline.map(|at| at.saturating_duration_since(Instant::now()));
    let waiting = Waiting { handle };
    let mut pause = Duration::from_micros(100);
    loop {
        // Until it ends the kernel waits for us; from then on nobody tells when it is reaped.
        if !waiting.has_ended(left())? {
            return Ok(None);
        }
        match waiting.end()? {
            End::Exit(exit) => return Ok(Some(exit)),
            End::NotYet if left() == Some(Duration::ZERO) => return Ok(None),
            End::NotYet => thread::sleep(left().map_or(pause, |left| left.min(pause))),
        }
        pause = (pause * 2).min(Duration::from_millis(40));
    }
}

/// A process that is waited for.
struct Waiting<'a> {
    handle: &'a Handle,
}

/// What is known of the end of a process.
enum End {
    Exit(Exit),
    /// It runs, or its parent has not reaped it.
    NotYet,
}

impl Waiting<'_> {
    fn failed(&self, err: impl Into<io::Error>) -> Error {
        Error::io(format!("waiting for {}", self.handle.pid()), err)
    }

    /// Waits until it has ended as far as a pidfd can tell; without one it may have, at any time.
    fn has_ended(&self, left: Option<Duration>) -> Result<bool> {
        let Some(pidfd) = self.handle.pidfd() else { return Ok(true) };
        let deadline = left.and_then(|left| Instant::now().checked_add(left));
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let timeout = left.and_then(|left| left.try_into().ok());
            let mut polled = [PollFd::new(&pidfd, PollFlags::IN)];
            match rustix::event::poll(&mut polled, timeout.as_ref()) {
                Ok(0) if left.is_none() => {}
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::INTR) => {}
                Err(err) => return Err(self.failed(err)),
            }
        }
    }

    fn end(&self) -> Result<End> {
        // Somebody has closed it meanwhile.
        if !self.handle.is_intact() {
            return Err(self.failed(Errno::BADF));
        }
        let status = match self.handle.pidfd() {
            Some(pidfd) => wait_id(WaitId::PidFd(pidfd)),
            // Only a child can be reaped by pid, and until then no other process can have it: but it
            // must be this one.
            None if self.is_reaped() => Err(Errno::CHILD),
            None => match rustix_pid(self.handle.pid()) {
                Some(pid) => wait_id(WaitId::Pid(pid)),
                None => Err(Errno::CHILD),
            },
        };
        match status {
            Ok(Some(exit)) => Ok(End::Exit(exit)),
            Ok(None) => Ok(End::NotYet),
            // Not a child, or a thread reaped it first.
            Err(Errno::CHILD) if self.is_reaped() => Ok(End::Exit(self.told_by_pidfd())),
            Err(Errno::CHILD) => Ok(End::NotYet),
            Err(err) => Err(self.failed(err)),
        }
    }

    fn is_reaped(&self) -> bool {
        match self.handle.pidfd() {
            Some(pidfd) => is_reaped(pidfd),
            None => self.handle.dir().is_some_and(|dir| {
                rustix::fs::accessat(dir, "stat", Access::EXISTS, AtFlags::empty())
                    .is_err_and(|err| is_gone(&err.into()))
            }),
        }
    }

    /// How a process ended that another one has reaped, where the kernel keeps that (Linux 6.15).
    fn told_by_pidfd(&self) -> Exit {
        let Some(pidfd) = self.handle.pidfd() else { return Exit::Unknown };
        match ffi::process::pidfd_get_info(pidfd, ffi::process::PIDFD_INFO_EXIT) {
            Ok(info) if info.mask & ffi::process::PIDFD_INFO_EXIT != 0 => exit_of(info.exit_code),
            _ => Exit::Unknown,
        }
    }
}

/// Reaps a child if it has ended.
fn wait_id(id: WaitId<'_>) -> rustix::io::Result<Option<Exit>> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    let status = rustix::io::retry_on_intr(|| rustix::process::waitid(id.clone(), options))?;
    Ok(status.map(|status| exit(&status)))
}

fn exit(status: &WaitIdStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(Signal(signal)),
        (None, None) => Exit::Unknown,
    }
}

/// A status as waitpid(2) gives it.
fn exit_of(status: i32) -> Exit {
    if libc::WIFEXITED(status) {
        Exit::Code(libc::WEXITSTATUS(status))
    } else if libc::WIFSIGNALED(status) {
        Exit::Signal(Signal(libc::WTERMSIG(status)))
    } else {
        Exit::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_of_waitpid_are_understood() {
        assert_eq!(exit_of(7 << 8), Exit::Code(7));
        assert_eq!(exit_of(9), Exit::Signal(Signal(9)));
        assert_eq!(exit_of(11 | 0x80), Exit::Signal(Signal(11)), "with a core dump");
        assert_eq!(exit_of(0x137f), Exit::Unknown, "stopped is no end");
    }
}
