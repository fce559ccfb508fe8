//! A process that was opened, and what is read of it.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::Stat as Shown;
use rustix::io::Errno;
use sysvitals_parse::ParseError;
use sysvitals_parse::linux::pid::{stat, status};

use super::closing::Closing;
use super::handle::{Handle, may_keep};
use super::kept::Files;
use super::pidfd::rustix_pid;
use super::process::{errno, is_missing};
use super::process_files::Descriptors;
use super::read::{self, Room};
use super::walk::{Scratch, Walk, once};
use super::witness::{File, Looked, Sighting};
use super::{Host, ffi};
use crate::sys::{Machine as _, Processes as _};
use crate::{Error, Gids, Pid, Result, Uids};

/// Longest name that `stat` can hold: kernel workers tell more than the 15 bytes of others.
const LONGEST_COMM: usize = 64;

/// A process that was found, and what was read of it.
pub(crate) struct Target {
    host: Host,
    pid: Pid,
    dir: Dir,
    /// What the walk keeps that it is looked at in, if that is of more than this one.
    scratch: Option<Scratch>,
    /// There from the start in a walk, else from when something is read.
    facts: OnceCell<Rc<Facts>>,
    /// Whether something was read since the process was last known to be there.
    unsettled: Cell<bool>,
    /// Whether it will be recognised when all was asked, so that nothing need be proven in between.
    is_proven_later: bool,
    /// Whether that may be by the file that was looked at last.
    by_file: bool,
    looked: Cell<Looked>,
    kept: RefCell<Kept>,
}

/// What was read of a process. A walk reads all into the same memory, so that a `Target` is small.
#[derive(Default)]
pub(super) struct Facts {
    stat: OnceCell<Stat>,
    status: OnceCell<status::Status<'static>>,
    descriptors: OnceCell<Descriptors>,
    /// What the pidfd told.
    ids: Cell<Option<Ids>>,
    /// What a file says, before it is understood.
    file: RefCell<Vec<u8>>,
    /// What was read, of processes before this one, too.
    pub(super) closing: Closing,
}

impl Facts {
    pub(super) fn forget(&mut self) {
        self.stat.take();
        self.status.take();
        self.descriptors.take();
        self.ids.take();
    }
}

/// What a sampler keeps of a process.
#[derive(Default)]
pub(crate) struct Kept {
    files: Files<OwnedFd, 4>,
    pidfd: Option<OwnedFd>,
}

impl Kept {
    /// One that is known by its pidfd alone.
    pub(super) fn watched(pidfd: OwnedFd) -> Self {
        Self { pidfd: Some(pidfd), ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.count() == 0
    }

    pub(super) fn is_watched(&self) -> bool {
        self.pidfd.is_some()
    }

    pub(super) fn count(&self) -> usize {
        self.files.count() + usize::from(self.is_watched())
    }
}

/// Where the files of the process are.
pub(super) enum Dir {
    /// In its `/proc/PID` directory, which is bound to the process: once that is reaped, nothing can be
    /// looked up there any more, and never a stranger's files.
    Own(OwnedFd),
    /// The same, held; or as below, and not settled, if the handle has lost it.
    Held(Arc<Handle>),
    /// By its pid, in the procfs root of a walk if there is one: whoever has it. That it was one process
    /// all the time is seen at last, by its pidfd if that was opened first.
    Listed(Option<OwnedFd>),
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
        if let (Some(to), Some(from)) = (comm.get_mut(..comm_length), stat.comm.get(..comm_length))
        {
            to.copy_from_slice(from);
        }
        Self { facts: stat::Stat { comm: b"", ..*stat }, comm, comm_length }
    }

    pub(super) fn comm(&self) -> &OsStr {
        OsStr::from_bytes(self.comm.get(..self.comm_length).unwrap_or_default())
    }
}

/// The user and group ids of a process.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    pub(super) uids: Uids,
    pub(super) gids: Gids,
}

impl Target {
    /// Of a walk, if it has a `scratch`.
    pub(super) fn new(host: &Host, pid: Pid, dir: Dir, scratch: Option<Scratch>) -> Self {
        let facts = scratch.as_ref().map_or_else(OnceCell::new, |walk| walk.facts().into());
        let (unsettled, kept) = (Cell::new(false), RefCell::default());
        let (host, looked) = (host.clone(), Cell::new(Looked::Elsewhere));
        let (is_proven_later, by_file) = (false, false);
        Self { host, pid, dir, scratch, facts, unsettled, is_proven_later, by_file, looked, kept }
    }

    /// A process of which something was kept.
    pub(super) fn again(host: &Host, pid: Pid, mut kept: Kept, scratch: Scratch) -> Self {
        let mut target = Self::new(host, pid, Dir::Listed(kept.pidfd.take()), Some(scratch));
        target.kept = RefCell::new(kept);
        target
    }

    /// The same, which whoever asks it will recognise afterwards, and maybe by a file.
    pub(super) fn proven_later(mut self, by_file: bool) -> Self {
        (self.is_proven_later, self.by_file) = (true, by_file);
        self
    }

    /// What was looked at last by its pid, if that is a file that may be recognised.
    pub(super) fn looked_at_last(&self) -> Option<(File, Sighting)> {
        match self.looked.get() {
            Looked::Elsewhere => None,
            Looked::AtShown(file, sighting) => Some((file, sighting)),
            Looked::AtOpen(file, number) => {
                let inode = self.closing().of_last(number, |fd| rustix::fs::fstat(fd))?.ok()?;
                Some((file, Sighting::new(&inode)))
            }
        }
    }

    /// One of its files was looked at.
    fn look_at(&self, file: &str, looked: impl FnOnce(File) -> Looked) {
        if let (true, Some(file)) = (self.by_file, File::called(file)) {
            self.looked.set(looked(file));
        }
    }

    /// As which one of its files was just opened; it is closed later.
    pub(super) fn was_opened(&self, file: &str, opened: &OwnedFd) {
        self.look_at(file, |file| Looked::AtOpen(file, opened.as_raw_fd()));
    }

    /// By which inode procfs has just shown one of its files.
    pub(super) fn was_shown(&self, file: &str, inode: &Shown) {
        self.look_at(file, |file| Looked::AtShown(file, Sighting::new(inode)));
    }

    fn facts(&self) -> &Facts {
        self.facts.get_or_init(Rc::default)
    }

    /// What may be kept of it.
    pub(super) fn into_kept(self) -> Kept {
        let mut kept = self.kept.take();
        if !kept.is_empty() {
            kept.pidfd = self.into_pidfd();
        }
        kept
    }

    /// Its pidfd, if it is looked at by that.
    pub(super) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        match &self.dir {
            Dir::Listed(pidfd) => pidfd.as_ref().map(AsFd::as_fd),
            _ => None,
        }
    }

    /// Its pidfd, if it is looked at by that.
    pub(super) fn into_pidfd(mut self) -> Option<OwnedFd> {
        match &mut self.dir {
            Dir::Listed(pidfd) => pidfd.take(),
            _ => None,
        }
    }

    /// Its own directory.
    pub(super) fn into_directory(mut self) -> Option<OwnedFd> {
        match mem::replace(&mut self.dir, Dir::Listed(None)) {
            Dir::Own(dir) => Some(dir),
            _ => None,
        }
    }

    /// Its own directory, that it may be recognised by later.
    pub(super) fn directory(&self) -> Option<BorrowedFd<'_>> {
        match &self.dir {
            Dir::Own(dir) => Some(dir.as_fd()),
            _ => None,
        }
    }

    /// Its pidfd, if it is held.
    pub(super) fn held_pidfd(&self) -> Option<BorrowedFd<'_>> {
        match &self.dir {
            Dir::Held(handle) => handle.pidfd(),
            _ => None,
        }
    }

    fn walk(&self) -> Option<&Walk> {
        self.scratch.as_ref().map(|scratch| &*scratch.0)
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
        if self.is_proven_later || matches!(self.dir, Dir::Listed(_)) {
            self.look_at_more();
        } else if !self.host.exists(self) {
            return Err(self.failed(&what(), Errno::SRCH));
        }
        answer.map_err(|err| self.failed(&what(), err))
    }

    /// Something is asked that its pid leads to.
    fn look_at_more(&self) {
        self.unsettled.set(true);
        self.looked.set(Looked::Elsewhere);
    }

    /// What is to be closed.
    pub(super) fn closing(&self) -> &Closing {
        &self.facts().closing
    }

    /// Opens a file of the process.
    pub(super) fn open(&self, file: &str) -> io::Result<OwnedFd> {
        let open = || self.at(file, |dir, path| read::open(dir, path));
        self.closing().opened(open, io::Error::raw_os_error)
    }

    /// Opens a directory of the process, to be listed.
    pub(super) fn open_directory(&self, name: &str) -> io::Result<OwnedFd> {
        let open = || self.at(name, |dir, path| read::directory(dir, path, true));
        self.closing().opened(open, io::Error::raw_os_error)
    }

    /// Leaves nothing open that would be seen among its descriptors, if it is us.
    pub(super) fn before_descriptors(&self) {
        let is_us = |walk: &Walk| *walk.us.get_or_init(Pid::current) == self.pid;
        if let Some(facts) = self.facts.get().filter(|_| self.walk().is_none_or(is_us)) {
            facts.closing.now();
        }
    }

    /// Makes a call that ends in `at` on a file of the process.
    pub(super) fn at<T>(&self, file: &str, call: impl FnOnce(BorrowedFd<'_>, &[u8]) -> T) -> T {
        let dir = match &self.dir {
            Dir::Own(dir) => Some(dir.as_fd()),
            Dir::Held(handle) => handle.dir(),
            Dir::Listed(_) => None,
        };
        if let Some(dir) = dir {
            return call(dir, file.as_bytes());
        }
        self.look_at_more();
        let pid = rustix::path::DecInt::new(self.pid.get());
        let (pid, file) = (pid.as_bytes(), file.as_bytes());
        match self.walk().and_then(|walk| walk.proc.get()) {
            Some(root) => joined(&[pid, b"/", file], |path| call(root.as_fd(), path)),
            None => {
                let root = self.host.roots().proc.as_os_str().as_bytes();
                joined(&[root, b"/", pid, b"/", file], |path| call(rustix::fs::CWD, path))
            }
        }
    }

    /// Whether everything that was asked was asked of one process.
    pub(super) fn is_settled(&self) -> bool {
        if !self.unsettled.get() {
            return true;
        }
        let pidfd = match &self.dir {
            Dir::Listed(pidfd) => pidfd,
            Dir::Own(_) => return self.host.exists(self),
            // It was asked by its pid, as its directory was lost.
            Dir::Held(_) => return false,
        };
        if let Some(stat) = self.kept.borrow().files.stat() {
            return rustix::io::pread(stat, &mut [0; 1], 0).is_ok();
        }
        match pidfd {
            Some(pidfd) => ffi::process::pidfd_get_info(pidfd.as_fd(), 0).is_ok(),
            // One file was read, or the pid is still that of the process that was started then.
            None => {
                let now = |bytes: &[u8]| stat::parse(bytes).map(|stat| stat.starttime);
                let before = self.facts().stat.get().map(|stat| stat.facts.starttime);
                before == self.read_record("stat", now).ok()
            }
        }
    }

    /// The user and group ids, from the pidfd if there is one.
    pub(super) fn ids(&self) -> Result<Ids> {
        if let (Some(ids), false) = (self.facts().ids.get(), self.unsettled.get()) {
            return Ok(ids);
        }
        let info = match &self.dir {
            Dir::Listed(_) => self.info(),
            Dir::Held(handle) if self.host.has_info() => self.held_info(handle),
            Dir::Held(_) | Dir::Own(_) => None,
        };
        if let Some(info) = info {
            let info = info.map_err(|err| self.failed("pidfd of", err))?;
            let ids = Ids {
                uids: Uids { real: info.ruid, effective: info.euid, saved: Some(info.suid) },
                gids: Gids { real: info.rgid, effective: info.egid, saved: Some(info.sgid) },
            };
            self.facts().ids.set(Some(ids));
            return Ok(ids);
        }
        let (uid, gid) = (self.status()?.uid, self.status()?.gid);
        Ok(Ids {
            uids: Uids { real: uid.real, effective: uid.effective, saved: Some(uid.saved) },
            gids: Gids { real: gid.real, effective: gid.effective, saved: Some(gid.saved) },
        })
    }

    /// Its parent: from the pidfd if there is one, unless `stat` is read in any case.
    pub(super) fn ppid(&self) -> Result<Pid> {
        let has_stat = self.has_stat() || self.walk().is_some();
        match if has_stat { None } else { self.info() } {
            Some(info) => Ok(Pid::new(info.map_err(|err| self.failed("pidfd of", err))?.ppid)),
            None => Ok(Pid::new(self.stat()?.facts.ppid)),
        }
    }

    /// What the pidfd tells by which it is looked at.
    fn info(&self) -> Option<io::Result<ffi::process::PidfdInfo>> {
        let told = ffi::process::pidfd_get_info(self.pidfd()?, 0);
        if told.is_ok() {
            self.unsettled.set(false);
        }
        Some(told)
    }

    /// What a held pidfd tells, if that was not lost.
    fn held_info(&self, handle: &Handle) -> Option<io::Result<ffi::process::PidfdInfo>> {
        let told = ffi::process::pidfd_get_info(handle.pidfd_unproven()?, 0);
        // Whoever's pidfd has that number now: the process lived after that, as its `stat` was read, and
        // so did who has its pid. A look at the descriptor would say no more.
        let is_its_own = told.as_ref().is_ok_and(|info| info.pid == self.pid.get());
        if is_its_own && self.has_stat() {
            return Some(told);
        }
        handle.pidfd().map(|_| told)
    }

    /// A failure, named by what was done and to whom.
    pub(super) fn failed(&self, what: &str, err: impl Into<io::Error>) -> Error {
        let directory = self.host.proc_path(self.pid.to_string());
        Error::io(format!("{what} {}", directory.display()), err)
    }

    /// Where a file of the process is: of whoever has its pid.
    pub(super) fn path(&self, file: &str) -> std::path::PathBuf {
        self.host.proc_path(format!("{}/{file}", self.pid))
    }

    /// Reads a file of the process and hands it to `parse`.
    pub(super) fn read<T>(
        &self,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let fetch = |bytes: &mut _| {
            self.closing().after(self.open(file)?, |opened| read::to_the_end(opened, bytes))
        };
        self.read_by(fetch, || self.path(file), parse)
    }

    /// Reads a file that the kernel prints at once.
    pub(super) fn read_record<T>(
        &self,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let mut room: Room = [const { MaybeUninit::uninit() }; read::RECORD];
        let mut bytes = self.facts().file.take();
        let result = match self.fetch_record(file, &mut room, &mut bytes) {
            Ok(read) => {
                // What was just looked up in its own directory says that it is there.
                if matches!(self.dir, Dir::Own(_)) {
                    self.unsettled.set(false);
                }
                parse(read).map_err(|err| Error::parse(self.path(file), err))
            }
            Err(err) => Err(Error::io(format!("reading {}", self.path(file).display()), err)),
        };
        self.facts().file.replace(bytes);
        result
    }

    /// Reads a file that the kernel prints at once: by the descriptor that was kept, where some are.
    fn fetch_record<'a>(
        &self,
        file: &str,
        room: &'a mut Room,
        bytes: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let (open, close) = (|| self.open(file), |opened| self.closing().later(opened));
        let Dir::Held(handle) = &self.dir else {
            let Some(walk) = self.walk() else { return self.fetch_anew(file, room, bytes) };
            let has_room = |_: &_| {
                let left = walk.room.get().checked_sub(1);
                left.inspect(|left| walk.room.set(*left)).is_some()
            };
            return self.kept.borrow_mut().files.fetch(file, room, bytes, open, has_room, close);
        };
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        match handle.files.try_lock() {
            // What was opened elsewhere is whoever's, and a recording's files may be replaced.
            Ok(mut files) => {
                let may_keep =
                    |opened: &_| !self.unsettled.get() && self.is_live() && may_keep(opened);
                files.fetch(file, room, bytes, open, may_keep, close)
            }
            Err(_) => self.fetch_anew(file, room, bytes),
        }
    }

    /// The same by a descriptor that nobody keeps.
    fn fetch_anew<'a>(
        &self,
        file: &str,
        room: &'a mut Room,
        bytes: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let opened = self.open(file)?;
        self.was_opened(file, &opened);
        self.closing().after(opened, |opened| read::record_in(opened, room, bytes))
    }

    /// What was fetched of a file, parsed; its path is for errors.
    pub(super) fn read_by<T>(
        &self,
        fetch: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
        path: impl Fn() -> PathBuf,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let mut bytes = self.facts().file.take();
        let result = match fetch(&mut bytes) {
            Ok(()) => parse(&bytes).map_err(|err| Error::parse(path(), err)),
            Err(err) => Err(Error::io(format!("reading {}", path().display()), err)),
        };
        self.facts().file.replace(bytes);
        result
    }

    /// `stat`, read once.
    pub(super) fn stat(&self) -> Result<&Stat> {
        if let Some(stat) = self.facts().stat.get() {
            return Ok(stat);
        }
        let settled = !self.unsettled.get();
        let stat = self.read_record("stat", |bytes| self.stat_in(bytes))?;
        // One file alone is of one process.
        if settled && matches!(self.dir, Dir::Listed(None)) {
            self.unsettled.set(false);
        }
        Ok(stat)
    }

    /// Reads `stat`, and between opening and reading it asks something else by the pid, of the same process:
    /// of one that was reaped nothing is read (`proc_single_show` of `fs/proc/base.c`), so that this one
    /// had its pid all the time.
    pub(super) fn stat_around<T>(&self, ask: impl FnOnce() -> Result<T>) -> Result<(&Stat, T)> {
        let path = || self.path("stat");
        let file = self
            .open("stat")
            .map_err(|err| Error::io(format!("reading {}", path().display()), err))?;
        let answer = ask()?;
        let fetch = |bytes: &mut _| self.closing().after(file, |file| read::record_of(file, bytes));
        let stat = self.read_by(fetch, path, |bytes| self.stat_in(bytes))?;
        Ok((stat, answer))
    }

    /// What `stat` says, from now on.
    fn stat_in(&self, text: &[u8]) -> Result<&Stat, ParseError> {
        let stat = stat::parse(text)?;
        Ok(self.facts().stat.get_or_init(|| Stat::new(&stat)))
    }

    /// Its name, if `stat` could be read.
    pub(super) fn known_name(&self) -> Option<OsString> {
        self.stat().ok().map(|stat| stat.comm().to_owned())
    }

    /// Whether `stat` was read already.
    pub(super) fn has_stat(&self) -> bool {
        self.facts.get().is_some_and(|facts| facts.stat.get().is_some())
    }

    /// The tick of its start; `None` if it is no more.
    ///
    /// A recording may hold other files of a process and not this one: its pid alone is its identity
    /// then, and its start 0.
    pub(super) fn start(&self) -> Result<Option<u64>> {
        match self.stat() {
            Ok(stat) => Ok(Some(stat.facts.starttime)),
            Err(err) if is_missing(&err) => Ok((!self.is_live()).then_some(0)),
            Err(err) => Err(err),
        }
    }

    /// `status`, read once; without its texts.
    pub(super) fn status(&self) -> Result<&status::Status<'static>> {
        if let Some(status) = self.facts().status.get() {
            return Ok(status);
        }
        let status = self.read_record("status", |bytes| {
            let status = status::parse(bytes)?;
            Ok(status::Status { name: b"", nspid: None, cpus_allowed_list: None, ..status })
        })?;
        Ok(self.facts().status.get_or_init(|| status))
    }

    /// Whether `status` was read already, or other questions of a walk may need it.
    pub(super) fn is_status_shared(&self) -> bool {
        self.scratch.is_some() || self.facts.get().is_some_and(|facts| facts.status.get().is_some())
    }

    /// Its descriptors, if they were looked at already.
    pub(super) fn known_descriptors(&self) -> Option<&Descriptors> {
        self.facts().descriptors.get()
    }

    /// Keeps what was seen of its descriptors for other questions of the same moment.
    pub(super) fn know_descriptors(&self, descriptors: Descriptors) {
        // The first look stands.
        let _ = self.facts().descriptors.set(descriptors);
    }

    /// Where a link of the process leads, as the kernel tells it.
    pub(super) fn link(&self, name: &str) -> Result<OsString> {
        match self.at(name, read::link) {
            Ok(path) => Ok(OsString::from_vec(path)),
            Err(err) => Err(Error::io(format!("reading {}", self.path(name).display()), err)),
        }
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
    /// For who has ended, and has lost what stood there.
    pub(super) fn may_fill(&self, file: &str) -> Result<bool> {
        const TURNS: u32 = 100;
        const TURN: Duration = Duration::from_micros(200);
        // Those never have anything there, and nobody waits for them.
        if self.is_kernel_thread()? {
            return Ok(false);
        }
        for _ in 0..TURNS {
            let now =
                |bytes: &[u8]| stat::parse(bytes).map(|stat| (stat.has_ended(), stat.startcode));
            match self.read_record("stat", now)? {
                (true, _) => {
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
        if self.is_proven_later {
            self.look_at_more();
            return Ok(());
        }
        match self.host.exists(self) {
            true => Ok(()),
            false => Err(self.failed(what, Errno::SRCH)),
        }
    }

    /// A user's name, looked up once a walk.
    pub(super) fn user_name(
        &self,
        uid: u32,
        look_up: impl FnOnce(u32) -> Result<OsString>,
    ) -> Result<OsString> {
        match self.walk() {
            Some(walk) => once(&walk.users, uid, look_up),
            None => look_up(uid),
        }
    }

    /// A terminal's path, looked up once a walk.
    pub(super) fn terminal_path(
        &self,
        number: i32,
        look_up: impl Fn(i32) -> Result<Option<PathBuf>>,
    ) -> Result<Option<PathBuf>> {
        let look_up = |number| self.closing().opened(|| look_up(number), errno);
        match self.walk() {
            Some(walk) => once(&walk.terminals, number, look_up),
            None => look_up(number),
        }
    }

    /// When the system booted, read once a walk.
    pub(super) fn boot_time(&self, look_up: impl Fn() -> Result<SystemTime>) -> Result<SystemTime> {
        let look_up = || self.closing().opened(&look_up, errno);
        let Some(walk) = self.walk() else { return look_up() };
        if let Some(time) = walk.boot_time.get() {
            return Ok(*time);
        }
        let time = look_up()?;
        Ok(*walk.boot_time.get_or_init(|| time))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let fd = match mem::replace(&mut self.dir, Dir::Listed(None)) {
            Dir::Own(dir) => Some(dir),
            Dir::Listed(pidfd) => pidfd,
            Dir::Held(_) => None,
        };
        // Of whom nothing was read has nothing else to close.
        if let (Some(fd), Some(facts)) = (fd, self.facts.get()) {
            facts.closing.later(fd);
        }
    }
}

/// Calls with the parts of a path put together.
pub(super) fn joined<T>(parts: &[&[u8]], call: impl FnOnce(&[u8]) -> T) -> T {
    let mut path = [0; 64];
    let mut length = 0;
    for part in parts {
        match path.get_mut(length..length + part.len()) {
            Some(place) => place.copy_from_slice(part),
            None => return call(&parts.concat()),
        }
        length += part.len();
    }
    call(path.get(..length).unwrap_or_default())
}
