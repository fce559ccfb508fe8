//! Who is whose child.

use std::collections::HashSet;
use std::os::fd::{AsFd as _, OwnedFd};

use super::process::{Pidfd, is_missing};
use super::target::{Dir, Scratch, Target};
use super::{Host, ffi};
use crate::process::{Identity, Relative};
use crate::sys::Processes as _;
use crate::{Error, Fields, Pid, Result};

impl Host {
    /// Every process, by the text of each.
    pub(super) fn everyone(&self) -> Result<Vec<Relative>> {
        let mut relatives = Vec::new();
        let mut scratch = self.walk(Fields::empty());
        for pid in self.pids()? {
            match self.open_pid(pid, &mut scratch) {
                Ok(Some((Identity { start, .. }, target))) => {
                    if let Ok(stat) = target.stat() {
                        let ppid = Pid::new(stat.facts.ppid);
                        relatives.push(Relative { pid, ppid, start, proven: None });
                    }
                }
                Ok(None) => {}
                Err(err) if err.is_denied() => {}
                Err(err) => return Err(err),
            }
        }
        Ok(relatives)
    }

    /// The children of `root`, and theirs: pidfds tell whose child each process is, for half of what its
    /// text costs, and only that of descendants is read.
    pub(super) fn descendants(&self, root: Pid, recursive: bool) -> Result<Vec<Relative>> {
        let scratch = self.walk(Fields::empty());
        scratch.root(|| self.root())?;
        let mut relatives = Vec::new();
        let mut parents = HashSet::from([root]);
        let mut others = Vec::new();
        for pid in self.pids()? {
            let Some((pidfd, ppid)) = self.child(pid)? else { continue };
            if !parents.contains(&ppid) {
                others.push((pid, ppid));
            } else if let Some(relative) = self.relative(pid, pidfd, &scratch)? {
                relatives.push(relative);
                if recursive {
                    parents.insert(pid);
                }
            }
        }
        // Of most the parents come first; where pids have begun anew, some are found later.
        let mut last = usize::MAX;
        while recursive && others.len() < last {
            last = others.len();
            for (pid, ppid) in std::mem::take(&mut others) {
                if !parents.contains(&ppid) {
                    others.push((pid, ppid));
                    continue;
                }
                let Some((pidfd, _)) = self.child(pid)? else { continue };
                if let Some(relative) = self.relative(pid, pidfd, &scratch)? {
                    relatives.push(relative);
                    parents.insert(pid);
                }
            }
        }
        Ok(relatives)
    }

    /// Who has a pid, and its parent; `None` if nobody.
    fn child(&self, pid: Pid) -> Result<Option<(OwnedFd, Pid)>> {
        let Pidfd::Open(pidfd) = self.pidfd(pid)? else { return Ok(None) };
        match ffi::process::pidfd_get_info(pidfd.as_fd(), 0) {
            Ok(info) => Ok(Some((pidfd, Pid::new(info.ppid)))),
            Err(err) if err.raw_os_error() == Some(libc::ESRCH) => Ok(None),
            Err(err) => Err(Error::io(format!("pidfd of {pid}"), err)),
        }
    }

    /// A process that was opened, proven to be the one whose text was read.
    fn relative(&self, pid: Pid, pidfd: OwnedFd, scratch: &Scratch) -> Result<Option<Relative>> {
        let inode =
            self.inode(pidfd.as_fd()).map_err(|err| Error::io(format!("pidfd of {pid}"), err))?;
        let target = Target::new(self, pid, Dir::Listed(Some(pidfd)), Some(scratch.clone()));
        let (ppid, start) = match target.stat() {
            Ok(stat) => (Pid::new(stat.facts.ppid), stat.facts.starttime),
            Err(err) if is_missing(&err) || err.is_denied() => return Ok(None),
            Err(err) => return Err(err),
        };
        let identity = Identity { pid, start, boot: self.boot(), inode };
        let proven = Some((identity, target.known_name()));
        Ok(target.is_settled().then_some(Relative { pid, ppid, start, proven }))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::Roots;
    use crate::sys::Machine as _;

    #[test]
    fn both_ways_tell_the_same() {
        let host = Host::new(Roots::default());
        if !host.has_info() {
            eprintln!("SKIPPED: pidfds tell no parents before Linux 6.13");
            return;
        }
        let mut child = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("sh(1)");
        let us = Pid::current();
        let pid = Pid::new(child.id());
        // The shell takes a moment to start it.
        let grandchild = loop {
            let found = host.descendants(pid, true).expect("procfs");
            if let Some(grandchild) = found.first() {
                break grandchild.pid;
            }
        };
        let found = host.descendants(us, true).expect("procfs");
        let everyone = host.everyone().expect("procfs");
        for (wanted, parent) in [(pid, us), (grandchild, pid)] {
            let relative = found.iter().find(|each| each.pid == wanted).expect("it runs");
            let by_text = everyone.iter().find(|each| each.pid == wanted).expect("it runs");
            assert_eq!((relative.ppid, relative.start), (parent, by_text.start));
            let (identity, _) = relative.proven.as_ref().expect("it is proven");
            let identified = host.identify(wanted).expect("procfs").expect("it runs");
            assert_eq!(*identity, identified.0);
        }
        let children = host.descendants(us, false).expect("procfs");
        assert!(children.iter().any(|each| each.pid == pid));
        assert!(!children.iter().any(|each| each.pid == grandchild));
        rustix::process::kill_process(
            super::super::process::rustix_pid(grandchild).expect("a pid"),
            rustix::process::Signal::KILL,
        )
        .expect("it is ours");
        child.wait().expect("it is ours");
    }
}
