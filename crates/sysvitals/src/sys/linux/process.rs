//! Processes: found, opened once and proven to be the one meant, signalled, waited for.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::hash::Hash;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;
use rustix::process::PidfdFlags;
use sysvitals_parse::ParseError;
use sysvitals_parse::linux::pid::{stat, status};

use super::{Host, ffi, read, wait};
use crate::process::{Exit, Identity, Opened, Relative};
use crate::sys::{Machine as _, Processes};
use crate::{Error, Pid, Result, Signal};

/// Longest name that `stat` can hold: kernel workers tell more than the 15 bytes of others.
const LONGEST_COMM: usize = 64;

/// A process that was opened and proven to be the one meant.
///
/// Its `/proc/PID` directory is bound to the process: once that is reaped, nothing can be looked up
/// there any more, and never a stranger's files.
pub(crate) struct Target {
    host: Host,
    pid: Pid,
    dir: Dir,
    scratch: Scratch,
    stat: OnceCell<Stat>,
    status: OnceCell<status::Status<'static>>,
}

enum Dir {
    Own(OwnedFd),
    Held(Arc<Handle>),
    /// Where it is looked up each time, with a slash at the end: whoever has the pid.
    Named(Vec<u8>),
}

/// By which inode procfs showed the process's directory, and when it made that.
///
/// It keeps one for a process as long as memory allows, and never for another: numbers return after
/// four thousand million others, and not within one tick of its clock.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sighting {
    inode: u64,
    made: (i64, u64),
}

impl Sighting {
    fn new(stat: &rustix::fs::Stat) -> Self {
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Self { inode: stat.st_ino.into(), made: (stat.st_ctime.into(), stat.st_ctime_nsec.into()) }
    }
}

/// What a proven process is recognised by.
#[derive(Default)]
pub(crate) struct Witness(Mutex<Option<Sighting>>);

impl Witness {
    /// Nobody waits: a child may have been forked while another thread of its parent was in here.
    fn seen(&self) -> Option<Sighting> {
        self.0.try_lock().ok().and_then(|seen| *seen)
    }
}

/// What keeps a process from being mistaken for as long as it is held.
pub(crate) struct Handle {
    pid: Pid,
    dir: OwnedFd,
    /// None before Linux 5.3, under a seccomp filter, and on a recorded machine.
    pidfd: Option<OwnedFd>,
}

impl Handle {
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    pub(crate) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }
}

/// Buffers that live as long as a walk over many processes.
#[derive(Clone, Default)]
pub(crate) struct Scratch(Rc<Buffers>);

#[derive(Default)]
struct Buffers {
    /// The procfs root, so that a walk builds no paths.
    proc: OnceCell<OwnedFd>,
    file: RefCell<Vec<u8>>,
    users: RefCell<HashMap<u32, OsString>>,
    terminals: RefCell<HashMap<i32, Option<PathBuf>>>,
    boot_time: OnceCell<SystemTime>,
}

/// One `stat`, with the name that it holds.
pub(super) struct Stat {
    pub(super) facts: stat::Stat<'static>,
    comm: [u8; LONGEST_COMM],
    comm_length: usize,
}

impl Stat {
    fn new(stat: &stat::Stat<'_>) -> Self {
        let mut comm = [0; LONGEST_COMM];
        let comm_length = stat.comm.len().min(LONGEST_COMM);
        for (to, from) in comm.iter_mut().zip(stat.comm) {
            *to = *from;
        }
        Self { facts: stat::Stat { comm: b"", ..*stat }, comm, comm_length }
    }

    pub(super) fn comm(&self) -> &OsStr {
        OsStr::from_bytes(self.comm.get(..self.comm_length).unwrap_or_default())
    }
}

impl Target {
    fn new(host: &Host, pid: Pid, dir: Dir, scratch: Scratch) -> Self {
        let (stat, status) = (OnceCell::new(), OnceCell::new());
        Self { host: host.clone(), pid, dir, scratch, stat, status }
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn is_live(&self) -> bool {
        self.host.is_live()
    }

    /// The pid as system calls take it.
    ///
    /// # Errors
    ///
    /// `Unsupported` on a recorded machine, where it is nobody's or, worse, somebody's.
    pub(super) fn live_pid(&self, question: &'static str) -> Result<rustix::process::Pid> {
        if !self.host.is_live() {
            return Err(Error::Unsupported(question));
        }
        rustix_pid(self.pid).ok_or(Error::Unsupported(question))
    }

    /// Asks a system call that takes a pid, and proves afterwards that the pid was this process's all
    /// the time.
    pub(super) fn by_pid<T>(
        &self,
        call: &'static str,
        ask: impl FnOnce(rustix::process::Pid) -> io::Result<T>,
    ) -> Result<T> {
        let answer = ask(self.live_pid(call)?);
        let what = || format!("{call} of");
        // One that is looked up by its pid is proven by who asks.
        if !matches!(self.dir, Dir::Named(_)) && !self.host.exists(self) {
            return Err(self.failed(&what(), Errno::SRCH));
        }
        answer.map_err(|err| self.failed(&what(), err))
    }

    /// Makes a call that ends in `at` on a file of the process.
    pub(super) fn at<T>(&self, file: &str, call: impl FnOnce(BorrowedFd<'_>, &[u8]) -> T) -> T {
        match &self.dir {
            Dir::Own(dir) => call(dir.as_fd(), file.as_bytes()),
            Dir::Held(handle) => call(handle.dir.as_fd(), file.as_bytes()),
            Dir::Named(prefix) => {
                call(rustix::fs::CWD, &[prefix.as_slice(), file.as_bytes()].concat())
            }
        }
    }

    /// A failure, named by what was done and to whom.
    pub(super) fn failed(&self, what: &str, err: impl Into<io::Error>) -> Error {
        let directory = self.host.proc_path(self.pid.to_string());
        Error::io(format!("{what} {}", directory.display()), err)
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.host.proc_path(format!("{}/{file}", self.pid))
    }

    /// Reads a file of the process and hands it to `parse`.
    pub(super) fn read<T>(
        &self,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        self.read_by(|dir, path, bytes| read::file(dir, path, bytes), file, parse)
    }

    /// Reads a file that the kernel prints at once.
    pub(super) fn read_record<T>(
        &self,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        self.read_by(|dir, path, bytes| read::record(dir, path, bytes), file, parse)
    }

    fn read_by<T>(
        &self,
        read: impl FnOnce(BorrowedFd<'_>, &[u8], &mut Vec<u8>) -> io::Result<()>,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let mut bytes = self.scratch.0.file.take();
        let result = match self.at(file, |dir, path| read(dir, path, &mut bytes)) {
            Ok(()) => parse(&bytes).map_err(|err| Error::parse(self.path(file), err)),
            Err(err) => Err(Error::io(format!("reading {}", self.path(file).display()), err)),
        };
        self.scratch.0.file.replace(bytes);
        result
    }

    /// `stat`, read once.
    pub(super) fn stat(&self) -> Result<&Stat> {
        if let Some(stat) = self.stat.get() {
            return Ok(stat);
        }
        let parse = |bytes: &[u8]| stat::parse(bytes).map(|stat| Stat::new(&stat));
        let stat = self.read_record("stat", parse)?;
        Ok(self.stat.get_or_init(|| stat))
    }

    /// Whether `stat` was read already.
    pub(super) fn has_stat(&self) -> bool {
        self.stat.get().is_some()
    }

    /// The tick of its start; `None` if it is no more.
    ///
    /// A recording may hold other files of a process and not this one: its pid alone is its identity
    /// then, and its start 0.
    fn start(&self) -> Result<Option<u64>> {
        match self.stat() {
            Ok(stat) => Ok(Some(stat.facts.starttime)),
            Err(err) if is_missing(&err) => Ok((!self.is_live()).then_some(0)),
            Err(err) => Err(err),
        }
    }

    /// `status`, read once; without its texts.
    pub(super) fn status(&self) -> Result<&status::Status<'static>> {
        if let Some(status) = self.status.get() {
            return Ok(status);
        }
        let status = self.read_record("status", |bytes| {
            let status = status::parse(bytes)?;
            Ok(status::Status { name: b"", nspid: None, cpus_allowed_list: None, ..status })
        })?;
        Ok(self.status.get_or_init(|| status))
    }

    /// Where a link of the process leads, as the kernel tells it.
    pub(super) fn link(&self, name: &str) -> Result<OsString> {
        match self.at(name, |dir, path| rustix::fs::readlinkat(dir, path, Vec::new())) {
            Ok(path) => Ok(OsString::from_vec(path.into_bytes())),
            Err(err) => Err(Error::io(format!("reading {}", self.path(name).display()), err)),
        }
    }

    /// The numbers that a directory of the process lists, ascending.
    pub(super) fn numbers(&self, directory: &str) -> Result<Vec<u32>> {
        let listed = self.at(directory, |dir, path| read::directory(dir, path, true));
        let mut numbers = listed
            .and_then(read::numbers)
            .map_err(|err| Error::io(format!("listing {}", self.path(directory).display()), err))?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Whether `err` says that a process has none of something, and not that it has ended.
    pub(super) fn lacks(&self, err: &Error) -> bool {
        is_missing(err) && self.host.zombie_of(self).is_none() && self.host.exists(self)
    }

    pub(super) fn is_kernel_thread(&self) -> Result<bool> {
        Ok(self.stat()?.facts.flags & stat::Stat::KERNEL_THREAD != 0)
    }

    /// What it means that a file reads as empty; whether there may be something in it by now.
    ///
    /// execve(2) lets the parent go on before the new program has its arguments, so they are waited
    /// for, for an instant.
    ///
    /// # Errors
    ///
    /// For zombies, which have lost what stood there.
    pub(super) fn may_fill(&self, file: &str) -> Result<bool> {
        const TURNS: u32 = 100;
        const TURN: Duration = Duration::from_micros(200);
        // Those never have anything there, and nobody waits for them.
        if self.is_kernel_thread()? {
            return Ok(false);
        }
        for _ in 0..TURNS {
            let now = |bytes: &[u8]| stat::parse(bytes).map(|stat| (stat.state, stat.startcode));
            match self.read_record("stat", now)? {
                (b'Z', _) => {
                    let at = format!("reading {}", self.path(file).display());
                    return Err(Error::io(at, Errno::SRCH));
                }
                (_, Some(0)) if self.is_live() => thread::sleep(TURN),
                _ => break,
            }
        }
        Ok(self.is_live())
    }

    /// Fails if it is no more: what was listed meanwhile may be cut short.
    pub(super) fn still_there(&self, what: &str) -> Result<()> {
        if self.host.exists(self) { Ok(()) } else { Err(self.failed(what, Errno::SRCH)) }
    }

    /// A user's name, looked up once a walk.
    pub(super) fn user_name(
        &self,
        uid: u32,
        look_up: impl FnOnce(u32) -> Result<OsString>,
    ) -> Result<OsString> {
        once(&self.scratch.0.users, uid, look_up)
    }

    /// A terminal's path, looked up once a walk.
    pub(super) fn terminal_path(
        &self,
        number: i32,
        look_up: impl FnOnce(i32) -> Result<Option<PathBuf>>,
    ) -> Result<Option<PathBuf>> {
        once(&self.scratch.0.terminals, number, look_up)
    }

    /// When the system booted, read once a walk.
    pub(super) fn boot_time(
        &self,
        look_up: impl FnOnce() -> Result<SystemTime>,
    ) -> Result<SystemTime> {
        if let Some(time) = self.scratch.0.boot_time.get() {
            return Ok(*time);
        }
        let time = look_up()?;
        Ok(*self.scratch.0.boot_time.get_or_init(|| time))
    }
}

fn once<K: Copy + Eq + Hash, V: Clone>(
    known: &RefCell<HashMap<K, V>>,
    key: K,
    look_up: impl FnOnce(K) -> Result<V>,
) -> Result<V> {
    if let Some(value) = known.borrow().get(&key) {
        return Ok(value.clone());
    }
    let value = look_up(key)?;
    known.borrow_mut().insert(key, value.clone());
    Ok(value)
}

/// What there is to know a process by besides its directory.
enum Pidfd {
    Open(OwnedFd),
    /// No process has the pid.
    Gone,
    /// This kernel, filter or recording has none.
    None,
}

impl Pidfd {
    /// Whether its process was reaped, so that the pid may be another's.
    fn is_reaped(&self) -> bool {
        match self {
            Self::Open(pidfd) => is_reaped(pidfd.as_fd()),
            Self::Gone => true,
            Self::None => false,
        }
    }

    fn into_fd(self) -> Option<OwnedFd> {
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

/// Whether a read in procfs failed because there is no such file, or process.
pub(super) fn is_missing(err: &Error) -> bool {
    matches!(err, Error::Io { source, .. } if is_gone(source))
}

/// Whether a look-up in procfs failed because there is no such process.
pub(super) fn is_gone(err: &io::Error) -> bool {
    matches!(err.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

impl Host {
    fn pidfd(&self, pid: Pid) -> Result<Pidfd> {
        /// Also takes the number of a thread (Linux 6.9; equals `O_EXCL`).
        const PIDFD_THREAD: PidfdFlags = PidfdFlags::from_bits_retain(libc::O_EXCL as u32);
        if !self.shared.pidfds || !self.is_live() {
            return Ok(Pidfd::None);
        }
        let Some(number) = rustix_pid(pid) else { return Ok(Pidfd::Gone) };
        match rustix::process::pidfd_open(number, PidfdFlags::empty()) {
            Ok(pidfd) => Ok(Pidfd::Open(pidfd)),
            Err(Errno::SRCH) => Ok(Pidfd::Gone),
            // The number of a thread, or of no one any more.
            Err(Errno::INVAL | Errno::NOENT) => {
                Ok(match rustix::process::pidfd_open(number, PIDFD_THREAD) {
                    Ok(pidfd) => Pidfd::Open(pidfd),
                    Err(Errno::SRCH) => Pidfd::Gone,
                    Err(_) => Pidfd::None,
                })
            }
            // An old kernel, or a seccomp filter that knows pidfds and does not like them.
            Err(Errno::NOSYS | Errno::PERM) => Ok(Pidfd::None),
            Err(err) => Err(Error::io(format!("pidfd_open of {pid}"), err)),
        }
    }

    /// Inode of a pidfd in the file system that gives each process one of its own (Linux 6.9).
    fn inode(&self, pidfd: &Pidfd) -> io::Result<Option<u64>> {
        /// The field is signed or not, and of 32 or 64 bits, by architecture.
        const PID_FS_MAGIC: i128 = 0x5049_4446;
        let Pidfd::Open(pidfd) = pidfd else { return Ok(None) };
        let has_inodes = match self.shared.pidfs.get() {
            Some(known) => *known,
            None => {
                let found = i128::from(rustix::fs::fstatfs(pidfd)?.f_type) == PID_FS_MAGIC;
                *self.shared.pidfs.get_or_init(|| found)
            }
        };
        if !has_inodes {
            return Ok(None);
        }
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Ok(Some(rustix::fs::fstat(pidfd)?.st_ino.into()))
    }

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
            return Ok(match self.inode(&pidfd).map_err(|err| dir.failed("pidfd of", err))? {
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
        let target = Target::new(self, identity.pid, Dir::Own(dir), Scratch::default());
        Ok(match self.prove(identity, &target)? {
            Opened::Here(pidfd) => Opened::Here((target, pidfd)),
            Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    /// The procfs root.
    fn root(&self) -> Result<OwnedFd> {
        let path = &self.roots().proc;
        read::directory(rustix::fs::CWD, path, true)
            .map_err(|err| Error::io(format!("listing {}", path.display()), err))
    }

    /// The pids in the procfs, as it lists them.
    fn list(&self) -> Result<Vec<Pid>> {
        let pids = read::numbers(self.root()?)
            .map_err(|err| Error::io(format!("listing {}", self.roots().proc.display()), err))?;
        Ok(pids.into_iter().map(Pid::new).collect())
    }
}

impl Processes for Host {
    type Target = Target;
    type Handle = Handle;
    type Scratch = Scratch;
    type Witness = Witness;

    fn unproven(&self, identity: &Identity, witness: Option<&Witness>) -> Option<Target> {
        if !self.is_live() || witness.is_some_and(|witness| witness.seen().is_none()) {
            return None;
        }
        let mut path = self.roots().proc.as_os_str().as_bytes().to_vec();
        path.push(b'/');
        path.extend_from_slice(rustix::path::DecInt::new(identity.pid.get()).as_bytes());
        path.push(b'/');
        Some(Target::new(self, identity.pid, Dir::Named(path), Scratch::default()))
    }

    fn remember(&self, proven: &Target, witness: &Witness) {
        let (Dir::Own(dir), true) = (&proven.dir, self.is_live()) else { return };
        let sighting = rustix::fs::fstat(dir).ok().map(|stat| Sighting::new(&stat));
        if let Ok(mut seen) = witness.0.try_lock() {
            *seen = sighting;
        }
    }

    fn confirm(&self, unproven: &Target, witness: &Witness) -> bool {
        let Some(seen) = witness.seen() else { return false };
        unproven
            .at("", |dir, path| rustix::fs::statat(dir, path, AtFlags::empty()))
            .is_ok_and(|stat| Sighting::new(&stat) == seen)
    }

    fn says_gone(&self, err: &io::Error) -> bool {
        is_gone(err)
    }

    fn since_boot(start: u64) -> Duration {
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
        let fresh = target
            .read_record("stat", |bytes| stat::parse(bytes).map(|stat| (stat.state, stat.ppid)));
        match fresh {
            Ok((b'Z', ppid)) => Some(Pid::new(ppid)),
            _ => None,
        }
    }

    fn pids(&self) -> Result<Vec<Pid>> {
        let mut pids = self.list()?;
        pids.sort_unstable();
        Ok(pids)
    }

    fn pid_exists(&self, pid: Pid) -> Result<bool> {
        let Some(dir) = self.directory(pid, false)? else { return Ok(false) };
        let target = Target::new(self, pid, Dir::Own(dir), Scratch::default());
        match target.status() {
            Ok(status) => Ok(status.tgid == pid.get()),
            Err(Error::Io { source, .. }) if is_gone(&source) && !self.exists(&target) => Ok(false),
            // Threads are not listed.
            Err(_) => Ok(self.list()?.contains(&pid)),
        }
    }

    fn identify(&self, pid: Pid) -> Result<Option<(Identity, Option<OsString>, Witness)>> {
        loop {
            let pidfd = self.pidfd(pid)?;
            if matches!(pidfd, Pidfd::Gone) {
                return Ok(None);
            }
            let Some(dir) = self.directory(pid, false)? else { return Ok(None) };
            let target = Target::new(self, pid, Dir::Own(dir), Scratch::default());
            let Some(start) = target.start()? else { return Ok(None) };
            let inode = self.inode(&pidfd).map_err(|err| target.failed("pidfd of", err))?;
            // Reaped in between: what was read may be of whoever got the pid then.
            if pidfd.is_reaped() {
                continue;
            }
            let identity = Identity { pid, start, boot: self.boot(), inode };
            let name = target.stat().ok().map(|stat| stat.comm().to_owned());
            let witness = Witness::default();
            self.remember(&target, &witness);
            return Ok(Some((identity, name, witness)));
        }
    }

    fn open(&self, identity: &Identity) -> Result<Opened<Target>> {
        Ok(match self.open_proven(identity, false)? {
            Opened::Here((target, _)) => Opened::Here(target),
            Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    fn open_pid(&self, pid: Pid, scratch: &mut Scratch) -> Result<Option<(Identity, Target)>> {
        let root = match scratch.0.proc.get() {
            Some(root) => root,
            None => {
                let root = self.root()?;
                scratch.0.proc.get_or_init(|| root)
            }
        };
        let dir = match read::directory(root, rustix::path::DecInt::new(pid.get()), false) {
            Ok(dir) => dir,
            Err(err) if is_gone(&err) => return Ok(None),
            Err(err) => {
                let path = self.proc_path(pid.to_string());
                return Err(Error::io(format!("opening {}", path.display()), err));
            }
        };
        let target = Target::new(self, pid, Dir::Own(dir), scratch.clone());
        let start = match target.start() {
            Ok(Some(start)) => start,
            Ok(None) => return Ok(None),
            // `hidepid=1`: it is there, and that is all one may know.
            Err(err) if err.is_denied() => 0,
            Err(err) => return Err(err),
        };
        Ok(Some((Identity { pid, start, boot: self.boot(), inode: None }, target)))
    }

    fn hold(&self, identity: &Identity) -> Result<Opened<Handle>> {
        Ok(match self.open_proven(identity, true)? {
            Opened::Here((Target { pid, dir: Dir::Own(dir), .. }, pidfd)) => {
                Opened::Here(Handle { pid, dir, pidfd: pidfd.into_fd() })
            }
            Opened::Here(_) | Opened::Gone => Opened::Gone,
            Opened::Reused => Opened::Reused,
        })
    }

    fn held(&self, handle: &Arc<Handle>) -> Result<Target> {
        Ok(Target::new(self, handle.pid, Dir::Held(Arc::clone(handle)), Scratch::default()))
    }

    fn relatives(&self) -> Result<Vec<Relative>> {
        let mut relatives = Vec::new();
        let mut scratch = Scratch::default();
        for pid in self.pids()? {
            match self.open_pid(pid, &mut scratch) {
                Ok(Some((identity, target))) => {
                    if let Ok(stat) = target.stat() {
                        let ppid = Pid::new(stat.facts.ppid);
                        relatives.push(Relative { pid, ppid, start: identity.start });
                    }
                }
                Ok(None) => {}
                Err(err) if err.is_denied() => {}
                Err(err) => return Err(err),
            }
        }
        Ok(relatives)
    }

    fn send_signal(&self, handle: &Handle, signal: Signal) -> Result<()> {
        if !self.is_live() {
            return Err(Error::Unsupported("a signal to a process of another machine"));
        }
        let failed = |err| Error::io(format!("sending {signal} to {}", handle.pid), err);
        if let Some(pidfd) = handle.pidfd() {
            return ffi::process::pidfd_send_signal(pidfd, signal.0).map_err(failed);
        }
        // Linux 5.1 and 5.2 take the directory for a pidfd.
        match ffi::process::pidfd_send_signal(handle.dir.as_fd(), signal.0) {
            Err(err) if matches!(err.raw_os_error(), Some(libc::ENOSYS | libc::EBADF)) => {}
            answer => return answer.map_err(failed),
        }
        // Nothing better there: it was proven a moment ago.
        let pid = i32::try_from(handle.pid.get()).map_err(|_| failed(Errno::SRCH.into()))?;
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

    use super::*;
    use crate::Roots;

    fn old_kernel() -> Host {
        Host::with_pidfds(Roots::default(), false)
    }

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").spawn().expect("sleep(1)")
    }

    fn held(host: &Host, identity: &Identity) -> Handle {
        match host.hold(identity) {
            Ok(Opened::Here(handle)) => handle,
            other => panic!("{:?}", other.map(|_| "not here")),
        }
    }

    impl std::fmt::Debug for Target {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.pid.fmt(f)
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
    fn without_pidfds_a_child_is_signalled_and_reaped() {
        let host = old_kernel();
        let mut child = sleeper();
        let (identity, ..) = host.identify(Pid::new(child.id())).expect("procfs").expect("it runs");
        let handle = held(&host, &identity);
        assert!(handle.pidfd.is_none());
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
        let (identity, _, witness) =
            host.identify(Pid::new(child.id())).expect("procfs").expect("it runs");
        let (_, _, ours) = host.identify(Pid::current()).expect("procfs").expect("ourselves");
        let target = host.unproven(&identity, Some(&witness)).expect("it was proven");
        assert_eq!(target.stat().expect("it runs").facts.starttime, identity.start);
        assert!(host.confirm(&target, &witness));
        assert!(!host.confirm(&target, &ours), "another process's");
        assert!(host.unproven(&identity, Some(&Witness::default())).is_none(), "nothing was seen");
        child.kill().expect("it is ours");
        assert!(host.confirm(&target, &witness), "a zombie keeps its pid");
        child.wait().expect("it is ours");
        assert!(!host.confirm(&target, &witness));
    }

    #[test]
    fn a_process_that_ends_between_two_reads_is_gone() {
        let host = Host::new(Roots::default());
        let mut child = sleeper();
        let pid = Pid::new(child.id());
        let (_, target) =
            host.open_pid(pid, &mut Scratch::default()).expect("procfs").expect("it runs");
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        let err = target.read("statm", |bytes| Ok(bytes.len())).expect_err("it is reaped");
        assert!(matches!(err, Error::Io { source, .. } if is_gone(&source)));
        assert!(!host.exists(&target));
        let err = target.by_pid("asking", |_| Ok(())).expect_err("it is reaped");
        assert!(matches!(err, Error::Io { source, .. } if is_gone(&source)));
    }
}
