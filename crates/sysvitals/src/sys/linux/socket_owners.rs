//! Which process has which socket, by the links in `/proc/PID/fd`.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, RawDir};
use rustix::io::Errno;
use rustix::path::DecInt;
use sysvitals_parse::cursor;

use super::{Host, read};
use crate::sys::{Machine as _, Processes as _};
use crate::{Error, Pid, Result};

/// A descriptor that is a socket; they sort by socket, then by process, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Descriptor {
    pub(super) inode: u64,
    pub(super) pid: Pid,
    pub(super) fd: u32,
}

/// Sockets whose owners are looked for, and what was found: of most the first in the order of the walk,
/// of others all.
///
/// One flat table, since there may be hundreds of thousands and each descriptor of each process is
/// looked up in it.
#[derive(Default)]
pub(super) struct Owners {
    /// A power of two of them, at most half of them used; an inode is in the first that is free after
    /// the one that its hash names.
    slots: Vec<Slot>,
    used: usize,
    /// Those whose first owner was not found yet.
    missing: usize,
    /// Whether there are any of which all owners are wanted.
    wants_all: bool,
    /// The owners of these, sorted once all are found.
    all: Vec<Descriptor>,
}

#[derive(Clone, Copy)]
struct Slot {
    /// 0 if the slot is free: no socket has that.
    inode: u64,
    /// Of one of which all owners are wanted: whether it was told of.
    pid: u32,
    /// Or one of the numbers below, which are no descriptors.
    fd: u32,
}

impl Slot {
    const FREE: Self = Self { inode: 0, pid: 0, fd: Self::NOBODY };
    const NOBODY: u32 = u32::MAX;
    const ALL: u32 = u32::MAX - 1;
}

impl Owners {
    /// Those that were found beforehand.
    pub(super) fn found(mut descriptors: Vec<Descriptor>) -> Self {
        let mut owners = Self::default();
        for descriptor in &descriptors {
            owners.want_all(descriptor.inode);
        }
        descriptors.sort_unstable();
        owners.all = descriptors;
        owners
    }

    /// Wants the first owner of a socket; whether it was not wanted before.
    pub(super) fn want_first(&mut self, inode: u64) -> bool {
        let is_new = self.want(inode).is_some();
        self.missing += usize::from(is_new);
        is_new
    }

    /// Wants all owners of a socket; whether none was wanted before.
    pub(super) fn want_all(&mut self, inode: u64) -> bool {
        self.wants_all |= inode != 0;
        if let Some(slot) = self.want(inode) {
            slot.fd = Slot::ALL;
            return true;
        }
        // Numbers are given again after four thousand million: the other one is content with the first.
        let at = self.position(inode);
        if let Some(slot) = self.slots.get_mut(at).filter(|slot| slot.inode == inode && inode != 0)
        {
            self.missing -= usize::from(slot.fd == Slot::NOBODY);
            slot.fd = Slot::ALL;
        }
        false
    }

    /// The slot of an inode that had none.
    fn want(&mut self, inode: u64) -> Option<&mut Slot> {
        if inode == 0 {
            return None;
        }
        if self.slots.len() < 2 * (self.used + 1) {
            self.grow();
        }
        let at = self.position(inode);
        let slot = self.slots.get_mut(at).filter(|slot| slot.inode == 0)?;
        self.used += 1;
        *slot = Slot { inode, ..Slot::FREE };
        Some(slot)
    }

    fn grow(&mut self) {
        let room = (2 * self.slots.len()).max(64);
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; room]);
        for slot in old.into_iter().filter(|slot| slot.inode != 0) {
            let at = self.position(slot.inode);
            if let Some(free) = self.slots.get_mut(at) {
                *free = slot;
            }
        }
    }

    /// Where an inode is, or would be.
    fn position(&self, inode: u64) -> usize {
        /// 2^64 divided by the golden ratio: numbers that follow each other are scattered.
        const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;
        let mask = self.slots.len().wrapping_sub(1);
        let hash = inode.wrapping_mul(SCATTER) >> 32;
        let mut at = usize::try_from(hash).unwrap_or(0) & mask;
        while self.slots.get(at).is_some_and(|slot| slot.inode != 0 && slot.inode != inode) {
            at = (at + 1) & mask;
        }
        at
    }

    fn slot(&self, inode: u64) -> Option<&Slot> {
        self.slots.get(self.position(inode)).filter(|slot| inode != 0 && slot.inode == inode)
    }

    /// Takes note that there is a row of a socket of which all owners are wanted: whether it is the first;
    /// `None` if it is not wanted.
    pub(super) fn tell(&mut self, inode: u64) -> Option<bool> {
        let at = self.position(inode);
        let slot = self.slots.get_mut(at).filter(|slot| inode != 0 && slot.inode == inode)?;
        Some(std::mem::replace(&mut slot.pid, 1) == 0)
    }

    /// Takes note of a descriptor if it is of interest.
    fn see(&mut self, descriptor: Descriptor) {
        let at = self.position(descriptor.inode);
        let slot = self.slots.get_mut(at).filter(|slot| slot.inode != 0);
        match slot {
            Some(slot) if slot.fd == Slot::ALL => self.all.push(descriptor),
            Some(slot) if slot.fd == Slot::NOBODY => {
                (slot.pid, slot.fd) = (descriptor.pid.get(), descriptor.fd);
                self.missing -= 1;
            }
            _ => {}
        }
    }

    /// Takes note of what `tell` tells of all processes, by pid and number.
    #[cfg(feature = "bpf")]
    pub(super) fn hear(
        &mut self,
        tell: impl FnOnce(&mut dyn FnMut(Descriptor)) -> Result<()>,
    ) -> Result<()> {
        if !self.are_found() {
            tell(&mut |descriptor| self.see(descriptor))?;
            self.all.sort_unstable();
        }
        Ok(())
    }

    /// Whether nothing more can be found that is of interest.
    fn are_found(&self) -> bool {
        self.missing == 0 && !self.wants_all
    }

    /// The first owner of a socket.
    pub(super) fn first(&self, inode: u64) -> Option<(Pid, u32)> {
        match self.slot(inode)? {
            Slot { fd: Slot::NOBODY, .. } => None,
            Slot { fd: Slot::ALL, .. } => self.all(inode).first().map(|each| (each.pid, each.fd)),
            slot => Some((Pid::new(slot.pid), slot.fd)),
        }
    }

    /// All owners of a socket of which all were wanted.
    pub(super) fn all(&self, inode: u64) -> &[Descriptor] {
        let start = self.all.partition_point(|each| each.inode < inode);
        let rest = self.all.get(start..).unwrap_or_default();
        let end = rest.iter().take_while(|each| each.inode == inode).count();
        rest.get(..end).unwrap_or_default()
    }

    /// Looks through the descriptors of every process that may be looked at, by pid and number, until
    /// all that is wanted is found.
    pub(super) fn find(&mut self, host: &Host) -> Result<()> {
        if self.are_found() {
            return Ok(());
        }
        let path = &host.roots().proc;
        let proc = read::directory(rustix::fs::CWD, path, false)
            .map_err(|err| Error::io(format!("opening {}", path.display()), err))?;
        let mut emptiness = Emptiness { is_told: None, last_was_empty: false };
        for pid in host.pids()? {
            if self.are_found() {
                break;
            }
            let number = DecInt::new(pid.get());
            let mut name = [0; 16];
            let name = joined(&mut name, number.as_bytes());
            if emptiness.is_sure(host, &proc, name) {
                continue;
            }
            let mut any = false;
            let result = read::directory(&proc, name, true).and_then(|fds| {
                descriptors(&fds, pid, |seen| {
                    any = true;
                    if let Some(descriptor) = seen {
                        self.see(descriptor);
                    }
                    !self.are_found()
                })
            });
            emptiness.last_was_empty = result.is_ok() && !any;
            match result {
                Ok(()) => {}
                Err(err) if err.kind() == io::ErrorKind::PermissionDenied => {}
                Err(err) if host.says_gone(&err) => {}
                Err(err) => {
                    let fds = path.join(format!("{pid}/fd"));
                    return Err(Error::io(format!("listing {}", fds.display()), err));
                }
            }
        }
        self.all.sort_unstable();
        Ok(())
    }
}

/// `PID/fd`.
fn joined<'a>(room: &'a mut [u8; 16], pid: &[u8]) -> &'a [u8] {
    let length = pid.len() + 3;
    for (to, from) in room.iter_mut().zip(pid.iter().chain(b"/fd")) {
        *to = *from;
    }
    room.get(..length).unwrap_or_default()
}

/// Whether processes have no descriptors, by the sizes of their directories (Linux 6.2): a third of
/// what it costs to list nothing.
///
/// Kernel threads have none, and follow each other: only after one that had none the next one's size
/// is asked for. Who has descriptors is not asked for more.
struct Emptiness {
    is_told: Option<bool>,
    last_was_empty: bool,
}

impl Emptiness {
    fn is_sure(&mut self, host: &Host, proc: &OwnedFd, name: &[u8]) -> bool {
        let size = |name: &[u8]| {
            let stat = rustix::fs::statat(proc, name, AtFlags::empty());
            stat.ok().map(|stat| stat.st_size)
        };
        // We have one at least. An older kernel says 0 of everybody.
        let is_told = || host.is_live() && size(b"self/fd").is_some_and(|size| size > 0);
        self.last_was_empty && *self.is_told.get_or_insert_with(is_told) && size(name) == Some(0)
    }
}

/// Goes through the descriptors in a `/proc/PID/fd`, by number, as long as `see` wants more: it is
/// told of each whether it is a socket.
pub(super) fn descriptors(
    fds: impl AsFd,
    pid: Pid,
    mut see: impl FnMut(Option<Descriptor>) -> bool,
) -> io::Result<()> {
    let fds = fds.as_fd();
    let mut names = [MaybeUninit::uninit(); 32 * 1024];
    let mut entries = RawDir::new(fds, &mut names);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let number = cursor::number(entry.file_name().to_bytes(), "fd");
        let Some(fd) = number.ok().filter(|&fd| fd < Slot::ALL) else { continue };
        // Longer links are cut short, and are no sockets.
        let mut link = [MaybeUninit::uninit(); "socket:[18446744073709551615]".len() + 1];
        let inode = match rustix::fs::readlinkat_raw(fds, entry.file_name(), &mut link) {
            Ok((link, _)) => inode(link),
            // Closed since, not a link in a recording, or a path longer than a page.
            Err(Errno::NOENT | Errno::SRCH | Errno::INVAL | Errno::NAMETOOLONG) => None,
            Err(err) => return Err(err.into()),
        };
        if !see(inode.map(|inode| Descriptor { inode, pid, fd })) {
            break;
        }
    }
    Ok(())
}

/// The inode of a socket, out of `socket:[inode]`.
pub(super) fn inode(link: &[u8]) -> Option<u64> {
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    cursor::number(digits, "inode").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(inode: u64, pid: u32, fd: u32) -> Descriptor {
        Descriptor { inode, pid: Pid::new(pid), fd }
    }

    #[test]
    fn the_first_owner_is_kept_or_all_are() {
        let mut owners = Owners::default();
        assert!(owners.want_first(7) && !owners.want_first(7));
        assert!(owners.want_all(9) && !owners.want_all(9));
        assert!(!owners.want_first(0) && !owners.want_all(0), "no socket");
        for (inode, pid, fd) in [(9, 5, 1), (7, 3, 4), (8, 3, 5), (9, 4, 2), (7, 3, 6), (0, 1, 1)] {
            owners.see(descriptor(inode, pid, fd));
        }
        owners.all.sort_unstable();
        assert_eq!(owners.first(7), Some((Pid::new(3), 4)));
        assert_eq!(owners.all(9), [descriptor(9, 4, 2), descriptor(9, 5, 1)]);
        assert_eq!(owners.first(9), Some((Pid::new(4), 2)));
        assert_eq!((owners.first(8), owners.first(0)), (None, None));
        assert_eq!(owners.all(7), []);
    }

    #[test]
    fn a_socket_that_was_found_before_is_told_of_once() {
        let mut owners = Owners::found(vec![descriptor(7, 1, 2), descriptor(7, 1, 1)]);
        assert_eq!(
            [7, 7, 8, 0].map(|inode| owners.tell(inode)),
            [Some(true), Some(false), None, None]
        );
        assert_eq!(owners.first(7), Some((Pid::new(1), 1)));
    }

    #[test]
    fn nothing_more_is_looked_for_once_all_first_owners_are_found() {
        let mut owners = Owners::default();
        assert!(owners.are_found());
        owners.want_first(7);
        assert!(!owners.are_found());
        owners.see(descriptor(7, 1, 1));
        assert!(owners.are_found());
        // A unix socket with the same number: whoever else has it is wanted, too.
        assert!(!owners.want_all(7));
        assert!(!owners.are_found());
        owners.see(descriptor(7, 1, 1));
        assert_eq!(owners.first(7), Some((Pid::new(1), 1)));
    }

    #[test]
    fn sockets_are_found_among_very_many() {
        let mut owners = Owners::default();
        let numbers = || (1..5000_u64).map(|number| number << (number % 40));
        let distinct: std::collections::HashSet<u64> = numbers().collect();
        let new = numbers().filter(|&inode| owners.want_first(inode)).count();
        assert_eq!((new, owners.missing), (distinct.len(), distinct.len()));
        for (fd, inode) in (0..).zip(&distinct) {
            owners.see(descriptor(*inode, 1, fd));
        }
        assert!(owners.are_found());
        for (fd, inode) in (0..).zip(&distinct) {
            assert_eq!(owners.first(*inode), Some((Pid::new(1), fd)));
        }
        assert_eq!(owners.first(u64::MAX), None);
        assert!(owners.slots.len() >= 2 * distinct.len());
    }
}
