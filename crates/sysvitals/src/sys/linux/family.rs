//! Who is whose child.

use std::collections::HashSet;
use std::os::fd::AsFd as _;

use super::pidfd::Pidfd;
use super::process::{errno, is_missing};
use super::target::{Dir, Target};
use super::walk::Scratch;
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
                Ok(Some((identity, target))) => {
                    if let Ok(stat) = target.stat() {
                        let ppid = Pid::new(stat.facts.ppid);
                        relatives.push(Relative { identity, ppid, identified: None });
                    }
                }
                Ok(None) => {}
                Err(err) if err.is_denied() => {}
                Err(err) => return Err(err),
            }
        }
        Ok(relatives)
    }

    /// The children of `root`, and theirs: pidfds tell whose child a process is, for a third of what its
    /// text costs, and only that of descendants is read.
    pub(super) fn descendants(
        &self,
        root: Pid,
        recursive: bool,
        identified: bool,
    ) -> Result<Vec<Relative>> {
        let scratch = self.walk(Fields::empty());
        scratch.root(|| self.root())?;
        let mut relatives = Vec::new();
        let mut parents = HashSet::from([root]);
        let mut others = Vec::new();
        // Siblings have neighbouring pids: the next of one is asked for its text at once, which tells whose
        // child it is, too.
        let mut is_likely = false;
        for pid in self.pids()? {
            if !is_likely {
                let Some(ppid) = self.parent(pid, &scratch)? else { continue };
                if !parents.contains(&ppid) {
                    others.push((pid, ppid));
                    continue;
                }
            }
            is_likely = false;
            let Some(relative) = self.relative(pid, identified, &scratch)? else { continue };
            if !parents.contains(&relative.ppid) {
                others.push((pid, relative.ppid));
                continue;
            }
            is_likely = true;
            relatives.push(relative);
            if recursive {
                parents.insert(pid);
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
                // By now it may be another's child.
                match self.relative(pid, identified, &scratch)? {
                    Some(relative) if parents.contains(&relative.ppid) => {
                        relatives.push(relative);
                        parents.insert(pid);
                    }
                    Some(relative) => others.push((pid, relative.ppid)),
                    None => {}
                }
            }
        }
        Ok(relatives)
    }

    /// The parent of who has a pid; `None` if nobody.
    fn parent(&self, pid: Pid, scratch: &Scratch) -> Result<Option<Pid>> {
        let closing = scratch.closing();
        let opened = closing.opened(|| self.pidfd(pid), errno)?;
        let Pidfd::Open(pidfd) = opened else { return Ok(None) };
        match closing.after(pidfd, |pidfd| ffi::process::pidfd_get_info(pidfd.as_fd(), 0)) {
            Ok(info) => Ok(Some(Pid::new(info.ppid))),
            Err(err) if err.raw_os_error() == Some(libc::ESRCH) => Ok(None),
            Err(err) => Err(Error::io(format!("pidfd of {pid}"), err)),
        }
    }

    /// Who has a pid, if that may be known: by its start, or `identified`.
    fn relative(&self, pid: Pid, identified: bool, scratch: &Scratch) -> Result<Option<Relative>> {
        let target = Target::new(self, pid, Dir::Listed(None), Some(scratch.clone()));
        let inode = || if identified { self.inode_of(&target) } else { Ok(None) };
        let (stat, inode) = match target.stat_around(inode) {
            Ok(told) => told,
            Err(err) if is_missing(&err) || err.is_denied() => return Ok(None),
            Err(err) => return Err(err),
        };
        let identity = Identity { pid, start: stat.facts.starttime, boot: self.boot(), inode };
        let identified = identified.then(|| stat.comm().to_owned());
        Ok(Some(Relative { identity, ppid: Pid::new(stat.facts.ppid), identified }))
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::super::started::runs;
    use super::*;
    use crate::Roots;
    use crate::sys::Machine as _;

    /// A host whose pidfds tell parents.
    fn host() -> Option<Host> {
        let host = Host::new(Roots::default());
        if !host.has_info() {
            eprintln!("SKIPPED: pidfds tell no parents before Linux 6.13");
            return None;
        }
        Some(host)
    }

    fn end(mut child: Child) {
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
    }

    /// A child of ours and a child of that.
    fn family(host: &Host) -> (Child, Pid) {
        let child = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("sh(1)");
        runs(child.id(), "sh");
        // The shell takes a moment to start it.
        let grandchild = loop {
            let found = host.descendants(Pid::new(child.id()), true, false).expect("procfs");
            if let Some(grandchild) = found.first() {
                break grandchild.identity.pid;
            }
        };
        runs(grandchild.get(), "sleep");
        (child, grandchild)
    }

    fn end_family((child, grandchild): (Child, Pid)) {
        let grandchild = super::super::pidfd::rustix_pid(grandchild).expect("a pid");
        rustix::process::kill_process(grandchild, rustix::process::Signal::KILL).expect("ours");
        end(child);
    }

    #[test]
    fn every_way_tells_the_same() {
        let Some(host) = host() else { return };
        let family = family(&host);
        let us = Pid::current();
        let pid = Pid::new(family.0.id());
        let everyone = host.everyone().expect("procfs");
        for identified in [false, true] {
            let found = host.descendants(us, true, identified).expect("procfs");
            for (wanted, parent) in [(pid, us), (family.1, pid)] {
                let of = |all: &[Relative]| {
                    all.iter().find(|each| each.identity.pid == wanted).cloned().expect("it runs")
                };
                let (relative, by_text) = (of(&found), of(&everyone));
                assert_eq!((relative.ppid, by_text.ppid), (parent, parent));
                if identified {
                    let (identity, name, _) =
                        host.identify(wanted).expect("procfs").expect("it runs");
                    assert_eq!((relative.identity, relative.identified), (identity, name));
                } else {
                    assert_eq!(relative, by_text);
                }
            }
        }
        end_family(family);
    }

    #[test]
    fn who_stands_behind_a_child_in_the_list_need_not_be_one() {
        let Some(host) = host() else { return };
        let families = [family(&host), family(&host)];
        let last = Command::new("sleep").arg("60").spawn().expect("sleep(1)");
        for identified in [false, true] {
            let children = host.descendants(Pid::current(), false, identified).expect("procfs");
            let has = |pid| children.iter().any(|each| each.identity.pid == pid);
            for (child, grandchild) in &families {
                assert!(has(Pid::new(child.id())) && !has(*grandchild));
            }
            assert!(has(Pid::new(last.id())), "one behind who is none is found all the same");
        }
        families.into_iter().for_each(end_family);
        end(last);
    }
}
