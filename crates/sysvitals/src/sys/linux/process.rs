//! Processes: found, opened once and proven to be the one meant, signalled, waited for.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;
use sysvitals_parse::linux::pid::stat;

use super::handle::Handle;
use super::pidfd::Pidfd;
use super::target::{Dir, Kept, Target};
use super::walk::{Scratch, Way};
use super::witness::{Sighting, Witness};
use super::{Host, clock, ffi, pids, read, wait};
use crate::process::{Exit, Identity, Opened, Relative};
use crate::sys::{Machine as _, Processes};
use crate::{Error, Fields, Pid, Result, Signal};

/// By which inode procfs shows the directory of who has the pid.
fn sighting(target: &Target) -> Option<Sighting> {
    let stat = target.at("", |dir, path| rustix::fs::statat(dir, path, AtFlags::empty()));
    stat.ok().map(|stat| Sighting::new(&stat))
}

/// Who has a pid, its name as far as it is known, and what it is recognised by.
type Identified = (Identity, Option<OsString>, Witness);

/// How many descriptors may be kept beyond those that are: half of what the program may open is the
/// program's.
pub(super) fn room_beside(kept: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    (limit / 2).saturating_sub(kept)
}

/// Why a call failed, as errno(3) has it.
pub(super) fn errno(err: &Error) -> Option<i32> {
    match err {
        Error::Io { source, .. } => source.raw_os_error(),
        _ => None,
    }
}

/// Whether a read in procfs failed because there is no such file, or process.
pub(super) fn is_missing(err: &Error) -> bool {
    matches!(err, Error::Io { source, .. } if is_gone(source))
}

/// Whether a look-up in procfs failed because there is no such process.
pub(super) fn is_gone(err: &io::Error) -> bool {
    matches!(err.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

impl Host {
    /// The `/proc/PID` directory; `None` if there is none.
    fn directory(&self, pid: Pid, listed: bool) -> Result<Option<OwnedFd>> {
        let path = self.proc_path(pid.to_string());
        match read::directory(rustix::fs::CWD, &path, listed) {
            Ok(dir) => Ok(Some(dir)),
            Err(err) if is_gone(&err) => Ok(None),
            Err(err) => Err(Error::io(format!("opening {}", path.display()), err)),
        }
    }

    /// Whether a directory that was just opened is that of the process.
    fn prove(&self, identity: &Identity, dir: &Target) -> Result<Opened<Pidfd>> {
        if self.boot() != identity.boot {
            return Ok(Opened::Gone);
        }
        // The process was there before its directory was opened. If it has its pid now, it had it then.
        let pidfd = self.pidfd(identity.pid)?;
        if let Some(inode) = identity.inode {
            let now = match &pidfd {
                Pidfd::Open(pidfd) => self.inode(pidfd.as_fd()),
                Pidfd::Gone | Pidfd::None => Ok(None),
            };
            return Ok(match now.map_err(|err| dir.failed("pidfd of", err))? {
                Some(now) if now == inode => Opened::Here(pidfd),
                Some(_) => Opened::Reused,
                None => Opened::Gone,
            });
        }
        Ok(match dir.start()? {
            None => Opened::Gone,
            Some(start) if start != identity.start => Opened::Reused,
            Some(_) if pidfd.is_reaped() => Opened::Gone,
            Some(_) => Opened::Here(pidfd),
        })
    }

    /// Opens the directory and proves it.
    fn open_proven(&self, identity: &Identity, listed: bool) -> Result<Opened<(Target, Pidfd)>> {
        let Some(dir) = self.directory(identity.pid, listed)? else { return Ok(Opened::Gone) };
        let target = Target::new(self, identity.pid, Dir::Own(dir), None);
        Ok(match self.prove(identity, &target)? {
            Opened::Here(pidfd) => Opened::Here((target, pidfd)),
            Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    /// Inode of the pidfd of who has a pid now; `None` where they have none of their own, or nobody has it.
    pub(super) fn inode_of(&self, target: &Target) -> Result<Option<u64>> {
        let open = || self.pidfd(target.pid());
        let Pidfd::Open(pidfd) = target.closing().opened(open, errno)? else { return Ok(None) };
        let inode = target.closing().after(pidfd, |pidfd| self.inode(pidfd.as_fd()));
        inode.map_err(|err| target.failed("pidfd of", err))
    }

    /// Who had a pid on a recorded machine: whoever has a directory, whatever that holds.
    fn identify_recorded(&self, pid: Pid) -> Result<Option<Identified>> {
        let Some(dir) = self.directory(pid, false)? else { return Ok(None) };
        let target = Target::new(self, pid, Dir::Own(dir), None);
        let Some(start) = target.start()? else { return Ok(None) };
        let identity = Identity { pid, start, boot: self.boot(), inode: None };
        Ok(Some((identity, target.known_name(), Witness::default())))
    }

    /// Whether pidfds tell all of the ids that these want, and nothing else tells them for nothing.
    fn wants_info(&self, fields: Fields) -> bool {
        const IDS: Fields = Fields::UIDS.union(Fields::GIDS).union(Fields::USERNAME);
        const STATUS: Fields = Fields::NUM_CTX_SWITCHES.union(Fields::MEMORY_EX);
        fields.intersects(IDS) && !fields.intersects(STATUS) && self.has_info()
    }

    /// How the processes of a walk are looked at that asks these of each.
    fn way(&self, fields: Fields) -> Way {
        /// What `stat` tells, but for names that it cuts short.
        const STAT: Fields = Fields::NAME
            .union(Fields::CREATE_TIME)
            .union(Fields::TERMINAL)
            .union(Fields::NICE)
            .union(Fields::CPU_TIMES)
            .union(Fields::CPU_NUM)
            .union(Fields::NUM_THREADS)
            .union(Fields::PAGE_FAULTS)
            .union(Fields::READ_AT);
        match self.is_live() {
            true if STAT.contains(fields) => Way::Stat,
            true if self.wants_info(fields) => Way::Pidfd,
            _ => Way::Directory,
        }
    }

    /// Where the files of a process of a walk are; `None` if it is no more.
    fn walked_dir(&self, pid: Pid, scratch: &Scratch) -> Result<Option<Dir>> {
        if !scratch.is_short() {
            scratch.root(|| self.root())?;
        }
        Ok(match scratch.way() {
            Way::Stat => Some(Dir::Listed(None)),
            Way::Pidfd => match self.pidfd_of_process(pid)? {
                Some(Pidfd::Open(pidfd)) => Some(Dir::Listed(Some(pidfd))),
                Some(Pidfd::None) => Some(Dir::Listed(None)),
                Some(Pidfd::Gone) | None => None,
            },
            Way::Directory => {
                let root = scratch.root(|| self.root())?;
                match read::directory(root, rustix::path::DecInt::new(pid.get()), false) {
                    Ok(dir) => Some(Dir::Own(dir)),
                    Err(err) if is_gone(&err) => None,
                    Err(err) => {
                        let path = self.proc_path(pid.to_string());
                        return Err(Error::io(format!("opening {}", path.display()), err));
                    }
                }
            }
        })
    }

    /// A process of a walk.
    fn look_at(&self, pid: Pid, dir: Dir, scratch: &Scratch) -> Result<Option<(Identity, Target)>> {
        let target = Target::new(self, pid, dir, Some(scratch.clone()));
        let start = match target.start() {
            Ok(Some(start)) => start,
            Ok(None) => return Ok(None),
            // `hidepid=1`: it is there, and that is all one may know.
            Err(err) if err.is_denied() => 0,
            Err(err) => return Err(err),
        };
        Ok(Some((Identity { pid, start, boot: self.boot(), inode: None }, target)))
    }

    /// The procfs root.
    pub(super) fn root(&self) -> Result<OwnedFd> {
        let path = &self.roots().proc;
        read::directory(rustix::fs::CWD, path, true)
            .map_err(|err| Error::io(format!("listing {}", path.display()), err))
    }

    /// The pids in the procfs, as it lists them.
    pub(super) fn list(&self) -> Result<Vec<Pid>> {
        let pids = read::numbers(self.root()?)
            .map_err(|err| Error::io(format!("listing {}", self.roots().proc.display()), err))?;
        Ok(pids.into_iter().map(Pid::new).collect())
    }
}

impl Processes for Host {
    const WALKS_IN_PARTS: bool = true;

    type Target = Target;
    type Handle = Handle;
    type Scratch = Scratch;
    type Witness = Witness;
    type Kept = Kept;
    type Watch = clock::Watch;

    fn unproven(
        &self,
        identity: &Identity,
        witness: Option<&Witness>,
        fields: Fields,
    ) -> Option<Target> {
        if !self.is_live() {
            return None;
        }
        // What tells the ids is a witness, too.
        let (pidfd, by_file) = match (identity.inode, witness) {
            (Some(_), _) if self.wants_info(fields) => match self.pidfd(identity.pid) {
                Ok(Pidfd::Open(pidfd)) => (Some(pidfd), false),
                _ => return None,
            },
            (_, Some(witness)) => (None, witness.knows_files()?),
            (_, None) => (None, false),
        };
        let target = Target::new(self, identity.pid, Dir::Listed(pidfd), None);
        Some(if witness.is_some() { target.proven_later(by_file) } else { target })
    }

    fn remember(&self, proven: &Target, witness: &Witness) {
        let (Some(dir), true) = (proven.directory(), self.is_live()) else { return };
        witness.see(rustix::fs::fstat(dir).ok().map(|stat| Sighting::new(&stat)));
    }

    fn confirm(&self, unproven: &Target, identity: &Identity, witness: &Witness) -> bool {
        if let Some(pidfd) = unproven.pidfd() {
            // It is the process meant, which had its pid before it was asked and has it still.
            return unproven.is_settled()
                && self.inode(pidfd).is_ok_and(|inode| inode == identity.inode);
        }
        let looked = unproven.looked_at_last();
        if looked.is_some_and(|looked| witness.recognises(looked)) {
            return true;
        }
        let is_itself =
            witness.directory().is_some_and(|directory| sighting(unproven) == Some(directory));
        if is_itself {
            witness.learn(looked);
        }
        is_itself
    }

    fn says_gone(&self, err: &io::Error) -> bool {
        is_gone(err)
    }

    fn start(start: u64) -> Duration {
        super::ticks(start)
    }

    fn exists(&self, target: &Target) -> bool {
        let access = |dir: BorrowedFd<'_>, path: &[u8]| {
            rustix::fs::accessat(dir, path, Access::EXISTS, AtFlags::empty())
        };
        match target.at("stat", access) {
            Ok(()) => true,
            // A recording may lack this file. Nobody ends there.
            Err(err) => !is_gone(&err.into()) || !self.is_live(),
        }
    }

    fn zombie_of(&self, target: &Target) -> Option<Pid> {
        let fresh = |bytes: &[u8]| {
            stat::parse(bytes).map(|stat| stat.has_ended().then(|| Pid::new(stat.ppid)))
        };
        target.read_record("stat", fresh).ok().flatten()
    }

    fn pids(&self) -> Result<Vec<Pid>> {
        pids::all(self)
    }

    fn pid_exists(&self, pid: Pid) -> Result<bool> {
        pids::exists(self, pid)
    }

    fn identify(&self, pid: Pid) -> Result<Option<Identified>> {
        if !self.is_live() {
            return self.identify_recorded(pid);
        }
        let target = Target::new(self, pid, Dir::Listed(None), None);
        let told = target.stat_around(|| Ok((self.inode_of(&target)?, sighting(&target))));
        let (stat, (inode, sighting)) = match told {
            Ok(told) => told,
            Err(err) if is_missing(&err) => return Ok(None),
            Err(err) => return Err(err),
        };
        let identity = Identity { pid, start: stat.facts.starttime, boot: self.boot(), inode };
        Ok(Some((identity, Some(stat.comm().to_owned()), Witness::of(sighting))))
    }

    fn open(&self, identity: &Identity) -> Result<Opened<Target>> {
        Ok(match self.open_proven(identity, false)? {
            Opened::Here((target, _)) => Opened::Here(target),
            Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    fn walk(&self, fields: Fields) -> Scratch {
        Scratch::new(self.way(fields))
    }

    fn sample(&self, fields: Fields, kept: usize) -> Scratch {
        if !self.is_live() {
            return self.walk(fields);
        }
        let way = match self.way(fields) {
            Way::Directory => Way::Stat,
            way => way,
        };
        Scratch::keeping(way, room_beside(kept))
    }

    fn can_watch(&self, watch: &mut clock::Watch, kept: usize) -> bool {
        self.is_live() && self.shared.pidfds && watch.is_ready(room_beside(kept))
    }

    fn open_watched(
        &self,
        pid: Pid,
        watch: &mut clock::Watch,
        scratch: &mut Scratch,
    ) -> Result<Option<(Identity, Target)>> {
        match self.pidfd(pid) {
            Ok(Pidfd::Open(pidfd)) if watch.add(pidfd.as_fd(), pid) => {
                self.look_at(pid, Dir::Listed(Some(pidfd)), scratch)
            }
            Ok(Pidfd::Gone) => Ok(None),
            _ => self.open_pid(pid, scratch),
        }
    }

    fn keep_watched(&self, target: Target) -> Option<Kept> {
        target.into_pidfd().map(Kept::watched)
    }

    fn watched_clock(&self, pid: Pid, kept: &Kept) -> Option<Duration> {
        kept.is_watched().then(|| clock::of_process(pid).ok()).flatten()
    }

    fn ended(&self, watch: &mut clock::Watch) -> Result<Vec<Pid>> {
        watch.ended().map_err(|err| Error::io("waiting for the ends of processes", err))
    }

    fn open_kept(
        &self,
        pid: Pid,
        kept: Kept,
        scratch: &mut Scratch,
    ) -> Result<Option<(Identity, Target, bool)>> {
        let nothing_kept = kept.is_empty();
        if !nothing_kept {
            scratch.root(|| self.root())?;
            let target = Target::again(self, pid, kept, scratch.clone());
            if let Ok(Some(start)) = target.start() {
                let identity = Identity { pid, start, boot: self.boot(), inode: None };
                return Ok(Some((identity, target, true)));
            }
        }
        // If something was kept, its process has ended. Somebody else may have started within one tick.
        let opened = self.open_pid(pid, scratch)?;
        Ok(opened.map(|(identity, target)| (identity, target, nothing_kept)))
    }

    fn keep(&self, target: Target) -> (Kept, usize) {
        let kept = target.into_kept();
        let count = kept.count();
        (kept, count)
    }

    /// Its name and where its code is: both differ with most programs, the second by chance (ASLR) and
    /// for those that may look.
    fn program(&self, target: &Target) -> u64 {
        /// Spreads what differs in a few bits (2^64 divided by the golden ratio).
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let Ok(stat) = target.stat() else { return 0 };
        let words = stat
            .comm()
            .as_bytes()
            .chunks(8)
            .map(|bytes| bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        let code = stat.facts.startcode.unwrap_or_default();
        words.fold(code, |sum, word| (sum.rotate_left(29) ^ word).wrapping_mul(SPREAD))
    }

    fn chosen(&self, pids: &[Pid], scratch: &mut Scratch) -> Result<Vec<Pid>> {
        scratch.expect(pids.len());
        if scratch.way() == Way::Pidfd {
            // Threads have none.
            return Ok(pids.to_vec());
        }
        let mut there = Vec::with_capacity(pids.len());
        for &pid in pids {
            if self.pid_exists(pid)? {
                there.push(pid);
            }
        }
        Ok(there)
    }

    fn is_settled(&self, target: &Target) -> bool {
        target.is_settled()
    }

    fn open_pid(&self, pid: Pid, scratch: &mut Scratch) -> Result<Option<(Identity, Target)>> {
        let find = || self.walked_dir(pid, scratch);
        let Some(dir) = scratch.closing().opened(find, errno)? else { return Ok(None) };
        // Whoever walks sees at last whether it was there all the time.
        let found = self.look_at(pid, dir, scratch)?;
        Ok(found.map(|(identity, target)| (identity, target.proven_later(false))))
    }

    fn hold(&self, identity: &Identity) -> Result<Opened<Handle>> {
        let pid = identity.pid;
        Ok(match self.open_proven(identity, true)? {
            Opened::Here((target, pidfd)) => match target.into_directory() {
                Some(dir) => {
                    let handle = Handle::new(pid, dir, pidfd.into_fd());
                    Opened::Here(handle.map_err(|err| Error::io(format!("holding {pid}"), err))?)
                }
                None => Opened::Gone,
            },
            Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    fn held(&self, handle: &Arc<Handle>) -> Result<Target> {
        Ok(Target::new(self, handle.pid(), Dir::Held(Arc::clone(handle)), None))
    }

    fn is_intact(&self, handle: &Handle) -> bool {
        handle.is_intact()
    }

    fn relatives(&self, root: Pid, recursive: bool, identified: bool) -> Result<Vec<Relative>> {
        if self.is_live() && self.has_info() {
            self.descendants(root, recursive, identified)
        } else {
            self.everyone()
        }
    }

    fn send_signal(&self, handle: &Handle, signal: Signal) -> Result<()> {
        if !self.is_live() {
            return Err(Error::Unsupported("a signal to a process of another machine"));
        }
        let failed = |err| Error::io(format!("sending {signal} to {}", handle.pid()), err);
        // Linux 5.1 and 5.2 take the directory for a pidfd.
        let Some(pidfd) = handle.pidfd().or_else(|| handle.dir()) else {
            return Err(failed(Errno::BADF.into()));
        };
        match ffi::process::pidfd_send_signal(pidfd, signal.0) {
            Err(err) if matches!(err.raw_os_error(), Some(libc::ENOSYS | libc::EBADF)) => {}
            answer => return answer.map_err(failed),
        }
        // Nothing better there: it was proven a moment ago.
        let pid = i32::try_from(handle.pid().get()).map_err(|_| failed(Errno::SRCH.into()))?;
        ffi::process::kill(pid, signal.0).map_err(failed)
    }

    fn kill(&self, handle: &Handle) -> Result<()> {
        self.send_signal(handle, Signal(libc::SIGKILL))
    }

    fn suspend(&self, handle: &Handle) -> Result<()> {
        self.send_signal(handle, Signal(libc::SIGSTOP))
    }

    fn resume(&self, handle: &Handle) -> Result<()> {
        self.send_signal(handle, Signal(libc::SIGCONT))
    }

    fn wait(&self, handle: &Handle, timeout: Option<Duration>) -> Result<Option<Exit>> {
        if !self.is_live() {
            return Err(Error::Unsupported("the end of a process of another machine"));
        }
        wait::wait(handle, timeout)
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::super::started::runs;
    use super::*;
    use crate::Roots;

    fn old_kernel() -> Host {
        Host::with_pidfds(Roots::default(), false)
    }

    fn sleeper() -> Child {
        let child = Command::new("sleep").arg("60").spawn().expect("sleep(1)");
        runs(child.id(), "sleep");
        child
    }

    fn held(host: &Host, identity: &Identity) -> Handle {
        match host.hold(identity) {
            Ok(Opened::Here(handle)) => handle,
            other => panic!("{:?}", other.map(|_| "not here")),
        }
    }

    impl std::fmt::Debug for Target {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.pid().fmt(f)
        }
    }

    #[test]
    fn without_pidfds_the_start_tick_tells_processes_apart() {
        let host = old_kernel();
        assert!(host.is_live());
        let us = Pid::current();
        let (identity, ..) = host.identify(us).expect("procfs").expect("ourselves");
        assert_eq!(identity.inode, None);
        assert!(matches!(host.open(&identity), Ok(Opened::Here(_))));
        let other = Identity { start: identity.start + 1, ..identity };
        assert!(matches!(host.open(&other), Ok(Opened::Reused)));
        let nobody = Identity { pid: Pid::new(u32::MAX), ..identity };
        assert!(matches!(host.open(&nobody), Ok(Opened::Gone)));
        let before = Identity { boot: Some(1), ..identity };
        assert!(matches!(host.open(&before), Ok(Opened::Gone)));
    }

    #[test]
    fn with_pidfds_their_inode_does() {
        let host = Host::new(Roots::default());
        let (identity, ..) = host.identify(Pid::current()).expect("procfs").expect("ourselves");
        let Some(inode) = identity.inode else {
            eprintln!("SKIPPED: pidfds have no inode of their own before Linux 6.9");
            return;
        };
        let other = Identity { inode: Some(inode + 1), ..identity };
        assert!(matches!(host.open(&other), Ok(Opened::Reused)));
    }

    #[test]
    fn what_is_asked_before_stat_is_read_is_of_one_process() {
        let host = Host::new(Roots::default());
        let mut child = sleeper();
        let pid = Pid::new(child.id());
        let target = || Target::new(&host, pid, Dir::Listed(None), None);
        let (sleeping, reaped) = (target(), target());
        let (stat, asked) = sleeping.stat_around(|| Ok("asked")).expect("it runs");
        assert_eq!((stat.comm(), asked), ("sleep".as_ref(), "asked"));
        let told = reaped.stat_around(|| {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
            // Whoever has the pid by now would answer.
            Ok(())
        });
        assert!(told.is_err_and(|err| is_missing(&err)));
    }

    #[test]
    fn without_pidfds_a_child_is_signalled_and_reaped() {
        let host = old_kernel();
        let mut child = sleeper();
        let (identity, ..) = host.identify(Pid::new(child.id())).expect("procfs").expect("it runs");
        let handle = held(&host, &identity);
        assert!(handle.pidfd().is_none());
        let brief = Some(Duration::from_millis(20));
        assert_eq!(host.wait(&handle, brief).expect("it runs"), None);
        host.send_signal(&handle, Signal(9)).expect("it is ours");
        let ended = host.wait(&handle, None).expect("it is ours");
        assert_eq!(ended, Some(Exit::Signal(Signal(9))));
        child.wait().expect_err("it is reaped");
        let again = host.wait(&handle, None).expect("it is reaped");
        assert_eq!(again, Some(Exit::Unknown));
        let err = host.send_signal(&handle, Signal(9)).expect_err("it is reaped");
        assert!(matches!(err, Error::Io { source, .. } if is_gone(&source)));
        assert!(matches!(host.open(&identity), Ok(Opened::Gone | Opened::Reused)));
    }

    #[test]
    fn a_process_is_recognised_as_long_as_it_is_there() {
        let host = Host::new(Roots::default());
        let mut child = sleeper();
        // Where memory is short, what nobody has open is given up and made anew.
        let _open = std::fs::File::open(format!("/proc/{}", child.id())).expect("it runs");
        let (identity, _, witness) =
            host.identify(Pid::new(child.id())).expect("procfs").expect("it runs");
        let (_, _, ours) = host.identify(Pid::current()).expect("procfs").expect("ourselves");
        let target =
            host.unproven(&identity, Some(&witness), Fields::empty()).expect("it was proven");
        assert_eq!(target.stat().expect("it runs").facts.starttime, identity.start);
        assert!(host.confirm(&target, &identity, &witness));
        assert!(!host.confirm(&target, &identity, &ours), "another process's");
        assert!(
            host.unproven(&identity, Some(&Witness::default()), Fields::empty()).is_none(),
            "nothing was seen"
        );
        child.kill().expect("it is ours");
        assert!(host.confirm(&target, &identity, &witness), "a zombie keeps its pid");
        child.wait().expect("it is ours");
        assert!(!host.confirm(&target, &identity, &witness));
    }

    #[test]
    fn every_way_of_a_walk_tells_the_same() {
        let ids = Fields::UIDS | Fields::GIDS | Fields::NUM_THREADS;
        let ways = [
            (Host::new(Roots::default()), Fields::empty(), Way::Stat),
            (old_kernel(), ids, Way::Directory),
            (Host::new(Roots::default()), ids | Fields::NUM_CTX_SWITCHES, Way::Directory),
            (Host::new(Roots::default()), ids, Way::Pidfd),
        ];
        let mut child = sleeper();
        let mut told = Vec::new();
        for (host, fields, way) in ways {
            let mut scratch = host.walk(fields);
            if scratch.way() != way {
                assert!(way == Way::Pidfd && !host.has_info(), "another way than was meant");
                eprintln!("SKIPPED: pidfds tell no ids before Linux 6.13");
                continue;
            }
            let (_, target) = host
                .open_pid(Pid::new(child.id()), &mut scratch)
                .expect("procfs")
                .expect("it runs");
            let facts = target.stat().expect("it runs").facts;
            assert!(target.is_settled());
            let ids = target.ids().expect("it runs");
            told.push((facts.ppid, facts.starttime, ids.uids, ids.gids));
            assert!(target.is_settled(), "it still runs");
        }
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    }

    #[test]
    fn what_is_read_of_two_processes_is_not_settled() {
        let host = Host::new(Roots::default());
        for fields in [Fields::empty(), Fields::UIDS] {
            let mut child = sleeper();
            let pid = Pid::new(child.id());
            let (_, target) =
                host.open_pid(pid, &mut host.walk(fields)).expect("procfs").expect("it runs");
            let read = || target.read_record("statm", |bytes| Ok(bytes.len()));
            read().expect("it runs");
            assert!(target.is_settled());
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
            // Whoever has the pid by now would answer.
            let _ = read();
            assert!(!target.is_settled() || host.walk(fields).way() == Way::Directory);
        }
    }

    #[test]
    fn a_process_that_ends_between_two_reads_is_gone() {
        let host = Host::new(Roots::default());
        let mut child = sleeper();
        let pid = Pid::new(child.id());
        let (identity, walked) =
            host.open_pid(pid, &mut Scratch::default()).expect("procfs").expect("it runs");
        let Ok(Opened::Here(target)) = host.open(&identity) else { panic!("it runs") };
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        let err = target.read("statm", |bytes| Ok(bytes.len())).expect_err("it is reaped");
        assert!(matches!(err, Error::Io { source, .. } if is_gone(&source)));
        assert!(!host.exists(&target));
        let err = target.by_pid("asking", |_| Ok(())).expect_err("it is reaped");
        assert!(matches!(err, Error::Io { source, .. } if is_gone(&source)));
        // Of one of a walk that is seen once, at last.
        assert!(walked.is_settled(), "nothing was asked by its pid");
        let _ = walked.by_pid("asking", |_| Ok(()));
        assert!(!walked.is_settled());
    }

    #[test]
    fn a_file_of_its_own_directory_settles_what_was_asked_before() {
        let host = Host::new(Roots::default());
        let mut child = sleeper();
        let pid = Pid::new(child.id());
        let (_, walked) =
            host.open_pid(pid, &mut Scratch::default()).expect("procfs").expect("it runs");
        walked.by_pid("asking", |_| Ok(())).expect("it runs");
        walked.read_record("statm", |bytes| Ok(bytes.len())).expect("it runs");
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        assert!(walked.is_settled(), "it was there after that was asked");
        walked.read_record("statm", |_| Ok(())).expect_err("it is reaped");
        assert!(walked.is_settled(), "what failed says nothing");
        let _ = walked.by_pid("asking", |_| Ok(()));
        let _ = walked.read_record("statm", |_| Ok(()));
        assert!(!walked.is_settled());
    }
}
