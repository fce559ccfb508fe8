//! Pidfds: what a process is known by besides its directory.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::PidfdFlags;

use super::{Host, ffi, once};
use crate::sys::Machine as _;
use crate::{Error, Pid, Result};

/// What there is to know a process by besides its directory.
pub(super) enum Pidfd {
    Open(OwnedFd),
    /// No process has the pid.
    Gone,
    /// This kernel, filter or recording has none.
    None,
}

impl Pidfd {
    /// Whether its process was reaped, so that the pid may be another's.
    pub(super) fn is_reaped(&self) -> bool {
        match self {
            Self::Open(pidfd) => is_reaped(pidfd.as_fd()),
            Self::Gone => true,
            Self::None => false,
        }
    }

    pub(super) fn into_fd(self) -> Option<OwnedFd> {
        match self {
            Self::Open(pidfd) => Some(pidfd),
            Self::Gone | Self::None => None,
        }
    }
}

pub(super) fn is_reaped(pidfd: BorrowedFd<'_>) -> bool {
    // Anything else, such as EPERM, is said of a process that is there.
    matches!(ffi::process::pidfd_send_signal(pidfd, 0), Err(err) if err.raw_os_error() == Some(libc::ESRCH))
}

pub(super) fn rustix_pid(pid: Pid) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid.get()).ok()?)
}

impl Host {
    pub(super) fn pidfd(&self, pid: Pid) -> Result<Pidfd> {
        /// Also takes the number of a thread (Linux 6.9; equals `O_EXCL`).
        const PIDFD_THREAD: PidfdFlags = PidfdFlags::from_bits_retain(libc::O_EXCL as u32);
        match (self.pidfd_of_process(pid)?, rustix_pid(pid)) {
            (None, Some(number)) => Ok(match rustix::process::pidfd_open(number, PIDFD_THREAD) {
                Ok(pidfd) => Pidfd::Open(pidfd),
                Err(Errno::SRCH) => Pidfd::Gone,
                Err(_) => Pidfd::None,
            }),
            (told, _) => Ok(told.unwrap_or(Pidfd::Gone)),
        }
    }

    /// The same, but `None` if the number is that of a thread, or of no one any more.
    pub(super) fn pidfd_of_process(&self, pid: Pid) -> Result<Option<Pidfd>> {
        if !self.shared.pidfds || !self.is_live() {
            return Ok(Some(Pidfd::None));
        }
        let Some(number) = rustix_pid(pid) else { return Ok(Some(Pidfd::Gone)) };
        match rustix::process::pidfd_open(number, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Some(Pidfd::Open(pidfd))),
            Err(Errno::SRCH) => Ok(Some(Pidfd::Gone)),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            // An old kernel, or a seccomp filter that knows pidfds and does not like them.
            Err(Errno::NOSYS | Errno::PERM) => Ok(Some(Pidfd::None)),
            Err(err) => Err(Error::io(format!("pidfd_open of {pid}"), err)),
        }
    }

    /// Whether a pidfd is of the file system that gives each process an inode of its own (Linux 6.9), as
    /// all are then.
    pub(super) fn is_in_pidfs(&self, pidfd: BorrowedFd<'_>) -> io::Result<bool> {
        /// The field is signed or not, and of 32 or 64 bits, by architecture.
        const PID_FS_MAGIC: i128 = 0x5049_4446;
        if let Some(known) = self.shared.pidfs.get() {
            return Ok(*known);
        }
        let found = i128::from(rustix::fs::fstatfs(pidfd)?.f_type) == PID_FS_MAGIC;
        Ok(*self.shared.pidfs.get_or_init(|| found))
    }

    /// Inode of a pidfd in that.
    pub(super) fn inode(&self, pidfd: BorrowedFd<'_>) -> io::Result<Option<u64>> {
        if !self.is_in_pidfs(pidfd)? {
            return Ok(None);
        }
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Ok(Some(rustix::fs::fstat(pidfd)?.st_ino.into()))
    }

    /// Whether pidfds tell the ids of their processes (Linux 6.13).
    pub(super) fn has_info(&self) -> bool {
        *once(&self.shared.pidfd_info, || match self.pidfd(Pid::current()) {
            Ok(Pidfd::Open(pidfd)) => ffi::process::pidfd_get_info(pidfd.as_fd(), 0).is_ok(),
            _ => false,
        })
    }
}
