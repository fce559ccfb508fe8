//! Files of a process that are kept open between questions.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use super::held::Mine;
use super::process::is_gone;
use super::read::{self, Room};

/// Those that change all the time, and last the ones of which that is seen otherwise in a table.
///
/// All can be read by pread(2) from the start, and none is bound to a program, as `maps` and `environ`
/// are: the kernel looks the process up with each read, so that a new program's is read there, too
/// (`proc_single_show` and `proc_pid_cmdline_read` of `fs/proc/base.c`).
const NAMES: [&str; 5] = ["stat", "statm", "status", "io", "cmdline"];
const STAT: usize = 0;

/// Descriptors of the first so many of `NAMES`. They belong to the process for which they were opened:
/// once that is reaped, reading fails with ESRCH, whoever has the pid.
pub(super) struct Files<F, const COUNT: usize>([Option<F>; COUNT]);

impl<F, const COUNT: usize> Default for Files<F, COUNT> {
    fn default() -> Self {
        Self([const { None }; COUNT])
    }
}

/// A descriptor as it is kept.
pub(super) trait Keep: Sized {
    fn keep(fd: OwnedFd) -> io::Result<Self>;
    /// To be read, if it still leads to what was opened.
    fn fd(&self) -> Option<BorrowedFd<'_>>;
}

/// Of a value that one thread uses at a time, and that nobody has who closes what he does not know.
impl Keep for OwnedFd {
    fn keep(fd: OwnedFd) -> io::Result<Self> {
        Ok(fd)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}

impl Keep for Mine {
    fn keep(fd: OwnedFd) -> io::Result<Self> {
        Self::new(fd)
    }

    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.itself()
    }
}

impl<F: Keep, const COUNT: usize> Files<F, COUNT> {
    pub(super) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    pub(super) fn stat(&self) -> Option<BorrowedFd<'_>> {
        self.0.get(STAT)?.as_ref()?.fd()
    }

    /// Reads a file that the kernel prints at once by the descriptor that was kept, or by one from
    /// `open`, which is kept if `may_keep` says so, else `close` has it. What was kept is read into `room`
    /// if that is enough.
    pub(super) fn fetch<'a>(
        &mut self,
        file: &str,
        room: &'a mut Room,
        bytes: &'a mut Vec<u8>,
        open: impl FnOnce() -> io::Result<OwnedFd>,
        may_keep: impl FnOnce(&OwnedFd) -> bool,
        close: impl FnOnce(OwnedFd),
    ) -> io::Result<&'a [u8]> {
        let place = NAMES.iter().position(|each| *each == file);
        let mut slot = place.and_then(|place| self.0.get_mut(place));
        if let Some(slot) = slot.as_deref_mut() {
            if let Some(kept) = slot.as_ref().and_then(Keep::fd) {
                let failed = match read::again_in(kept, room) {
                    Ok(Some(read)) => return Ok(read),
                    Ok(None) => match read::again(kept, bytes) {
                        Ok(()) => return Ok(bytes),
                        Err(err) => err,
                    },
                    Err(err) => err,
                };
                // Else nobody may look any more, or read this way.
                if is_gone(&failed) {
                    return Err(failed);
                }
            }
            *slot = None;
        }
        let opened = open()?;
        read::record_of(&opened, bytes)?;
        match slot.filter(|_| may_keep(&opened)) {
            Some(slot) => *slot = F::keep(opened).ok(),
            None => close(opened),
        }
        Ok(bytes)
    }
}
