//! A process that is held.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Mutex;

use super::held::Mine;
use super::kept::Files;
use super::process::room_beside;
use crate::Pid;

/// What keeps a process from being mistaken for as long as it is held, and what is read of it again and
/// again.
///
/// All of it belongs to the process, and is read by position: a child that was forked may go on with
/// what its parent has opened. But a descriptor may have been closed by somebody who did not know whose
/// it was, and then its number is another file's. So each is used only while it leads to what was opened.
pub(crate) struct Handle {
    pid: Pid,
    dir: Mine,
    /// None before Linux 5.3, under a seccomp filter, and on a recorded machine.
    pidfd: Option<Mine>,
    pub(super) files: Mutex<Files<Mine, 5>>,
}

impl Handle {
    /// Fails if these could not be told from other files later.
    pub(super) fn new(pid: Pid, dir: OwnedFd, pidfd: Option<OwnedFd>) -> io::Result<Self> {
        let (dir, pidfd) = (Mine::new(dir)?, pidfd.map(Mine::new).transpose()?);
        Ok(Self { pid, dir, pidfd, files: Mutex::default() })
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Its directory, if that was not lost.
    pub(super) fn dir(&self) -> Option<BorrowedFd<'_>> {
        self.dir.itself()
    }

    /// Its pidfd, if there is one and it was not lost.
    pub(crate) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().and_then(Mine::itself)
    }

    /// The same, of whomever by now.
    pub(super) fn pidfd_unproven(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().and_then(Mine::fd)
    }

    /// Whether it is what it was.
    pub(super) fn is_intact(&self) -> bool {
        self.dir.itself().is_some()
            && self.pidfd.as_ref().is_none_or(|pidfd| pidfd.itself().is_some())
    }
}

/// Whether one more descriptor of a held process leaves half of what the program may open to the program:
/// the kernel gives the lowest number that is free.
pub(super) fn may_keep(fd: &OwnedFd) -> bool {
    usize::try_from(fd.as_raw_fd()).is_ok_and(|number| number < room_beside(0))
}
