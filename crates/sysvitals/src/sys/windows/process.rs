//! Processes: found, opened and proven to be the one meant, ended, waited for.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sysvitals_parse::windows::system_process_information::Process;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_PRIVILEGE_NOT_HELD, STILL_ACTIVE,
    WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Threading::{
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
};

use super::control;
use super::ffi::kernel32;
use super::table::Table;
use super::win32_error::is_one_of;
use super::{Host, filetime};
use crate::process::{Exit, Identity, Opened, Relative};
use crate::sys::Processes;
use crate::{Connection, ConnectionKind, Error, Pid, Result, Signal};

/// What it takes to prove who a process is, and to see whether it has ended.
const LOOK: u32 = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_SYNCHRONIZE;

/// A process that was opened and proven to be the one meant.
///
/// An open handle pins the pid: as long as there is one, the pid is given to nobody else. Those that
/// may not be opened are known by what the system tells of all processes, by pid and creation time.
pub(crate) struct Target {
    host: Host,
    pid: Pid,
    /// When it was created, in steps of 100 nanoseconds since 1601.
    start: u64,
    /// What was opened so far, with the rights that were asked.
    handles: RefCell<Vec<(u32, Arc<OwnedHandle>)>>,
    table: OnceCell<Rc<Table>>,
    scratch: Scratch,
}

/// What keeps a process from being mistaken for as long as it is held.
pub(crate) struct Handle {
    pid: Pid,
    start: u64,
    /// Those of [`LOOK`], perhaps without the one to wait.
    rights: u32,
    process: Arc<OwnedHandle>,
}

impl Handle {
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// The process with other rights: its pid cannot be another's as long as it is held.
    pub(super) fn with(&self, rights: u32) -> io::Result<OwnedHandle> {
        kernel32::open_process(rights, self.pid.get())
    }
}

impl AsHandle for Handle {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.process.as_handle()
    }
}

/// What lives as long as a walk over many processes.
#[derive(Clone, Default)]
pub(crate) struct Scratch(Rc<Walk>);

#[derive(Default)]
struct Walk {
    table: OnceCell<Rc<Table>>,
    users: RefCell<HashMap<Vec<u8>, OsString>>,
    sockets: RefCell<HashMap<ConnectionKind, Rc<Vec<Connection>>>>,
}

impl Scratch {
    fn table(&self, host: &Host) -> Result<&Rc<Table>> {
        if let Some(table) = self.0.table.get() {
            return Ok(table);
        }
        let table = Rc::new(host.table()?);
        Ok(self.0.table.get_or_init(|| table))
    }

    /// The sockets of all processes, read once a walk.
    pub(super) fn sockets(
        &self,
        kind: ConnectionKind,
        read: impl FnOnce() -> Result<Vec<Connection>>,
    ) -> Result<Rc<Vec<Connection>>> {
        if let Some(sockets) = self.0.sockets.borrow().get(&kind) {
            return Ok(Rc::clone(sockets));
        }
        let sockets = Rc::new(read()?);
        self.0.sockets.borrow_mut().insert(kind, Rc::clone(&sockets));
        Ok(sockets)
    }

    /// The name of a user by security identifier, looked up once a walk.
    pub(super) fn user_name(
        &self,
        sid: &[u8],
        look_up: impl FnOnce(&[u8]) -> Result<OsString>,
    ) -> Result<OsString> {
        if let Some(name) = self.0.users.borrow().get(sid) {
            return Ok(name.clone());
        }
        let name = look_up(sid)?;
        self.0.users.borrow_mut().insert(sid.to_vec(), name.clone());
        Ok(name)
    }
}

/// How a backend says that a process is not there; no call of the system fails like this.
pub(super) fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the process has ended")
}

fn is_gone(err: &io::Error) -> bool {
    err.kind() == io::ErrorKind::NotFound && err.raw_os_error().is_none()
}

pub(super) fn is_denied(err: &io::Error) -> bool {
    is_one_of(err, &[ERROR_ACCESS_DENIED, ERROR_PRIVILEGE_NOT_HELD])
}

/// A failure of which the rest of the library knows that it is a refusal, if it is one.
pub(super) fn plain(err: io::Error) -> io::Error {
    match err.kind() {
        io::ErrorKind::PermissionDenied => err,
        _ if is_denied(&err) => io::Error::new(io::ErrorKind::PermissionDenied, err),
        _ => err,
    }
}

/// Whether a process that is open has ended; one that others keep open stays until they close it.
pub(super) fn has_ended(process: BorrowedHandle<'_>) -> io::Result<bool> {
    match kernel32::wait(process, 0) {
        Ok(answer) => Ok(answer == WAIT_OBJECT_0),
        // Without the right to wait: a program may exit with this number, but none does.
        Err(err) if is_denied(&err) => Ok(kernel32::exit_code(process)? != STILL_ACTIVE as u32),
        Err(err) => Err(err),
    }
}

fn created(process: &OwnedHandle) -> io::Result<u64> {
    Ok(kernel32::process_times(process.as_handle())?.created)
}

impl Target {
    pub(super) fn new(host: &Host, pid: Pid, start: u64) -> Self {
        Self {
            host: host.clone(),
            pid,
            start,
            handles: RefCell::default(),
            table: OnceCell::new(),
            scratch: Scratch::default(),
        }
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// When it was created, in steps of 100 nanoseconds since 1601; 0 for the idle process.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A handle to the process with at least these rights (`PROCESS_…`), proven to be it.
    ///
    /// Opened once for all that is asked of one moment. Ask for the least that a call needs;
    /// `PROCESS_QUERY_LIMITED_INFORMATION` is always among them, for the proof.
    pub(super) fn handle(&self, rights: u32) -> Result<Arc<OwnedHandle>> {
        let rights = rights | PROCESS_QUERY_LIMITED_INFORMATION;
        let known = self.handles.borrow();
        if let Some((_, handle)) = known.iter().find(|(has, _)| has & rights == rights) {
            return Ok(Arc::clone(handle));
        }
        drop(known);
        let opened = match self.host.open_any(self.pid, rights) {
            Ok(Some(opened)) => Arc::new(opened),
            Ok(None) => return Err(self.failed("OpenProcess", gone())),
            Err(err) => return Err(self.failed("OpenProcess", err)),
        };
        match created(&opened) {
            Ok(start) if start == self.start => {}
            Ok(_) => return Err(self.failed("OpenProcess", gone())),
            Err(err) => return Err(self.failed("GetProcessTimes", err)),
        }
        self.handles.borrow_mut().push((rights, Arc::clone(&opened)));
        Ok(opened)
    }

    /// Opens the process with some rights and asks it.
    pub(super) fn ask<T>(
        &self,
        rights: u32,
        call: &'static str,
        question: impl FnOnce(BorrowedHandle<'_>) -> io::Result<T>,
    ) -> Result<T> {
        let handle = self.handle(rights)?;
        question(handle.as_handle()).map_err(|err| self.failed(call, err))
    }

    /// A failure of a call, named by it and by the process.
    ///
    /// Many calls are denied or cut short when the process has ended: then that is what is said.
    pub(super) fn failed(&self, call: &str, err: io::Error) -> Error {
        let at = format!("{call} of process {}", self.pid);
        if !is_gone(&err) && !self.host.exists(self) {
            return Error::io(at, gone());
        }
        Error::io(at, plain(err))
    }

    /// A failure that is named by its call already: of this process.
    pub(super) fn named(&self, err: Error) -> Error {
        match err {
            Error::Io { at, source } => self.failed(&at, source),
            err => err,
        }
    }

    /// Fails if it is no more: what was asked by pid may be of whoever has it by now.
    pub(super) fn still_there(&self, call: &str) -> Result<()> {
        if self.host.exists(self) { Ok(()) } else { Err(self.failed(call, gone())) }
    }

    /// What the system tells of it among all processes, in the table of a walk or asked once.
    ///
    /// Takes no rights. A table of its own costs milliseconds: ask the process where that serves.
    pub(super) fn record(&self) -> Result<Process<'_>> {
        let table = match self.table.get() {
            Some(table) => table,
            None => {
                let table = Rc::new(self.host.table()?);
                self.table.get_or_init(|| table)
            }
        };
        match table.get(self.pid)? {
            Some(process) if process.created == self.start => Ok(process),
            _ => Err(Error::io(format!("looking for process {}", self.pid), gone())),
        }
    }

    /// Whether [`record`](Self::record) costs nothing.
    pub(super) fn has_record(&self) -> bool {
        self.table.get().is_some()
    }
}

/// `answer`, or what the table of all processes tells where the process may not be opened.
pub(super) fn or_record<T>(
    target: &Target,
    answer: Result<T>,
    record: impl FnOnce(&Process<'_>) -> T,
) -> Result<T> {
    match answer {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
            target.record().map(|process| record(&process))
        }
        answer => answer,
    }
}

impl Host {
    /// Opens whatever process has `pid`; `None` if nobody has, or if it has ended.
    fn open_any(&self, pid: Pid, rights: u32) -> io::Result<Option<OwnedHandle>> {
        let denied = || io::Error::from_raw_os_error(ERROR_ACCESS_DENIED as i32);
        if !self.shared.may_open {
            return Err(denied());
        }
        let opened = match kernel32::open_process(rights, pid.get()) {
            Ok(opened) => opened,
            // The idle process is no object, but it is there.
            Err(err) if is_one_of(&err, &[ERROR_INVALID_PARAMETER]) && pid.get() == 0 => {
                return Err(denied());
            }
            Err(err) if is_one_of(&err, &[ERROR_INVALID_PARAMETER]) => return Ok(None),
            Err(err) => return Err(err),
        };
        // The two lowest bits of a pid are ignored.
        if kernel32::process_id(opened.as_handle())? != pid.get() {
            return Ok(None);
        }
        Ok(Some(opened))
    }

    /// The same, with the rights of [`LOOK`] or, where only that is allowed, without the one to wait.
    fn look_at(&self, pid: Pid) -> io::Result<Option<(u32, OwnedHandle)>> {
        let opened = match self.open_any(pid, LOOK) {
            Err(err) if is_denied(&err) => {
                let rights = PROCESS_QUERY_LIMITED_INFORMATION;
                self.open_any(pid, rights)?.map(|opened| (rights, opened))
            }
            opened => opened?.map(|opened| (LOOK, opened)),
        };
        match opened {
            Some((_, handle)) if has_ended(handle.as_handle())? => Ok(None),
            opened => Ok(opened),
        }
    }

    /// When the process that has `pid` was created, as the table tells it.
    fn listed(&self, pid: Pid) -> Result<Option<u64>> {
        Ok(self.table()?.get(pid)?.map(|process| process.created))
    }

    fn look(&self, pid: Pid) -> Result<Looked> {
        let at = |call: &str, err| Error::io(format!("{call} of process {pid}"), plain(err));
        match self.look_at(pid) {
            Ok(None) => Ok(Looked::Gone),
            Ok(Some((rights, opened))) => match created(&opened) {
                Ok(start) => Ok(Looked::Open { rights, opened, start }),
                Err(err) => Err(at("GetProcessTimes", err)),
            },
            Err(err) if is_denied(&err) => Ok(match self.listed(pid)? {
                Some(start) => Looked::Denied { start, why: at("OpenProcess", err) },
                None => Looked::Gone,
            }),
            Err(err) => Err(at("OpenProcess", err)),
        }
    }
}

/// What came of looking at a pid.
enum Looked {
    Open {
        rights: u32,
        opened: OwnedHandle,
        start: u64,
    },
    /// It may not be opened, but it is there.
    Denied {
        start: u64,
        why: Error,
    },
    Gone,
}

/// What is kept of processes that is no handle: nothing.
#[derive(Default)]
pub(crate) struct Nothing;

impl Processes for Host {
    type Target = Target;
    type Handle = Handle;
    type Scratch = Scratch;
    /// To open a process costs no more than to recognise it.
    type Witness = Nothing;
    type Watch = Nothing;
    type Kept = Nothing;

    fn says_gone(&self, err: &io::Error) -> bool {
        is_gone(err)
    }

    /// Since 1970: the clock since boot is not kept.
    fn start(start: u64) -> Duration {
        filetime::moment(start).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn started_at(
        start: Duration,
        _boot: impl FnOnce() -> Result<SystemTime>,
    ) -> Result<SystemTime> {
        Ok(SystemTime::UNIX_EPOCH.checked_add(start).unwrap_or(SystemTime::UNIX_EPOCH))
    }

    fn walked(&self, scratch: &mut Scratch) -> Result<Vec<Pid>> {
        self.live("pids")?;
        Ok(scratch.table(self)?.pids().collect())
    }

    fn exists(&self, target: &Target) -> bool {
        let handle = target.handles.borrow().first().map(|(_, handle)| Arc::clone(handle));
        if let Some(handle) = handle {
            // Nothing says that it has ended if it cannot even be waited for.
            return !has_ended(handle.as_handle()).unwrap_or(false);
        }
        match self.look(target.pid) {
            Ok(Looked::Open { start, .. } | Looked::Denied { start, .. }) => start == target.start,
            Ok(Looked::Gone) => false,
            Err(_) => true,
        }
    }

    /// Windows has none: what is left of a process that has ended has no pid that could be asked.
    fn zombie_of(&self, _target: &Target) -> Option<Pid> {
        None
    }

    fn pids(&self) -> Result<Vec<Pid>> {
        self.live("pids")?;
        Ok(self.table()?.pids().collect())
    }

    fn pid_exists(&self, pid: Pid) -> Result<bool> {
        self.live("pid_exists")?;
        Ok(!matches!(self.look(pid)?, Looked::Gone))
    }

    fn identify(&self, pid: Pid) -> Result<Option<(Identity, Option<OsString>, Nothing)>> {
        self.live("process")?;
        Ok(match self.look(pid)? {
            Looked::Open { start, .. } | Looked::Denied { start, .. } => {
                Some((identity(pid, start), None, Nothing))
            }
            Looked::Gone => None,
        })
    }

    fn open(&self, identity: &Identity) -> Result<Opened<Target>> {
        self.live("process")?;
        let target = Target::new(self, identity.pid, identity.start);
        Ok(match self.look(identity.pid)? {
            Looked::Gone => Opened::Gone,
            Looked::Open { start, .. } | Looked::Denied { start, .. }
                if start != identity.start =>
            {
                Opened::Reused
            }
            Looked::Open { rights, opened, .. } => {
                target.handles.borrow_mut().push((rights, Arc::new(opened)));
                Opened::Here(target)
            }
            Looked::Denied { .. } => Opened::Here(target),
        })
    }

    fn open_pid(&self, pid: Pid, scratch: &mut Scratch) -> Result<Option<(Identity, Target)>> {
        self.live("process")?;
        let table = Rc::clone(scratch.table(self)?);
        let Some(start) = table.get(pid)?.map(|process| process.created) else { return Ok(None) };
        let mut target = Target::new(self, pid, start);
        target.table = OnceCell::from(table);
        target.scratch = scratch.clone();
        Ok(Some((identity(pid, start), target)))
    }

    fn hold(&self, identity: &Identity) -> Result<Opened<Handle>> {
        self.live("process")?;
        let pid = identity.pid;
        Ok(match self.look(pid)? {
            Looked::Gone => Opened::Gone,
            Looked::Open { start, .. } | Looked::Denied { start, .. }
                if start != identity.start =>
            {
                Opened::Reused
            }
            Looked::Open { rights, opened, start } => {
                Opened::Here(Handle { pid, start, rights, process: Arc::new(opened) })
            }
            Looked::Denied { why, .. } => return Err(why),
        })
    }

    fn held(&self, handle: &Arc<Handle>) -> Result<Target> {
        let target = Target::new(self, handle.pid, handle.start);
        target.handles.borrow_mut().push((handle.rights, Arc::clone(&handle.process)));
        // What is left of one that has ended would still answer some questions.
        match has_ended(handle.as_handle()) {
            Ok(false) => Ok(target),
            Ok(true) => Err(target.failed("asking", gone())),
            Err(err) => Err(target.failed("WaitForSingleObject", err)),
        }
    }

    fn relatives(&self, _root: Pid, _recursive: bool, _identified: bool) -> Result<Vec<Relative>> {
        self.live("children")?;
        let table = self.table()?;
        let relative = |process: Result<Process<'_>>| {
            let process = process?;
            let pid = |number: u64| u32::try_from(number).map(Pid::new).ok();
            Ok(pid(process.pid).zip(pid(process.ppid)).map(|(pid, ppid)| Relative {
                identity: identity(pid, process.created),
                ppid,
                identified: None,
            }))
        };
        // The idle process is nobody's child, least of all its own.
        table
            .processes()
            .filter_map(|process| relative(process).transpose())
            .filter(|relative| !matches!(relative, Ok(relative) if relative.identity.pid == relative.ppid))
            .collect()
    }

    fn enable_debug_privilege(&self) -> Result<bool> {
        self.live("enable_debug_privilege")?;
        control::enable_debug_privilege()
    }

    fn send_signal(&self, handle: &Handle, signal: Signal) -> Result<()> {
        control::send_signal(handle, signal)
    }

    fn kill(&self, handle: &Handle) -> Result<()> {
        control::kill(handle)
    }

    fn suspend(&self, handle: &Handle) -> Result<()> {
        control::suspend(handle)
    }

    fn resume(&self, handle: &Handle) -> Result<()> {
        control::resume(handle)
    }

    fn wait(&self, handle: &Handle, timeout: Option<Duration>) -> Result<Option<Exit>> {
        control::wait(handle, timeout)
    }
}

fn identity(pid: Pid, start: u64) -> Identity {
    Identity { pid, start, boot: None, inode: None }
}

#[cfg(test)]
mod tests {
    use super::super::Shared;
    use super::*;
    use crate::sys::{Activity as _, Description as _, Machine as _};
    use crate::{Roots, System};

    fn host() -> Host {
        Host::new(Roots::default())
    }

    /// A machine on which no process may be opened.
    fn refusing() -> Host {
        Host { shared: Arc::new(Shared { roots: Roots::default(), may_open: false }) }
    }

    fn us(host: &Host) -> Identity {
        host.identify(Pid::current()).expect("an answer").expect("ourselves").0
    }

    fn here<T>(opened: Opened<T>) -> T {
        match opened {
            Opened::Here(it) => it,
            Opened::Gone => panic!("gone"),
            Opened::Reused => panic!("reused"),
        }
    }

    #[test]
    fn a_pid_of_another_time_is_another_process() {
        for host in [host(), refusing()] {
            let us = us(&host);
            here(host.open(&us).expect("an answer"));
            let other = Identity { start: us.start - 1, ..us };
            assert!(matches!(host.open(&other), Ok(Opened::Reused)));
            assert!(matches!(host.hold(&other), Ok(Opened::Reused)));
            let nobody = Identity { pid: Pid::new(u32::MAX - 3), ..us };
            assert!(matches!(host.open(&nobody), Ok(Opened::Gone)));
            assert!(matches!(host.hold(&nobody), Ok(Opened::Gone)));
            assert!(host.identify(nobody.pid).expect("an answer").is_none());
        }
    }

    #[test]
    fn a_target_of_another_time_answers_nothing() {
        let host = host();
        let us = us(&host);
        let target = Target::new(&host, us.pid, us.start - 1);
        assert!(!host.exists(&target));
        for err in [
            target.handle(PROCESS_SYNCHRONIZE).expect_err("it is another"),
            target.record().expect_err("it is another"),
            host.process_cpu_times(&target).expect_err("it is another"),
            host.cmdline(&target).expect_err("it is another"),
        ] {
            assert!(matches!(&err, Error::Io { source, .. } if is_gone(source)), "{err:?}");
        }
    }

    #[test]
    fn who_may_not_be_opened_is_known_by_the_table() {
        let (host, system) = (host(), System { host: refusing(), threads: 1 });
        let process = system.process(Pid::current()).expect("ourselves");
        assert_eq!(process.identity(), us(&host));
        assert!(process.is_running());
        assert!(system.pid_exists(Pid::current()).expect("an answer"));
        let open = System { host, threads: 1 }.process(Pid::current()).expect("ourselves");
        assert_eq!(process.name().expect("listed"), open.name().expect("a name"));
        assert_eq!(process.ppid().expect("listed"), open.ppid().expect("a parent"));
        assert_eq!(process.create_time().expect("known"), open.create_time().expect("a time"));
        assert!(process.num_threads().expect("listed") > 0);
        process.cpu_times().expect("listed");
        process.io_counters().expect("listed");
        process.num_ctx_switches().expect("listed");
        process.status().expect("listed");
        // Wine does not tell it by pid.
        match process.exe() {
            Ok(program) => assert_eq!(program, open.exe().expect("a program")),
            Err(err) => assert!(matches!(err, Error::AccessDenied { .. }), "{err:?}"),
        }
        let pid = Some(Pid::current());
        for err in [
            process.cmdline().expect_err("refused"),
            process.environ().expect_err("refused"),
            process.cwd().expect_err("refused"),
            process.username().expect_err("refused"),
            process.kill().expect_err("refused"),
            process.suspend().expect_err("refused"),
            process.wait(Duration::ZERO).expect_err("refused"),
        ] {
            assert!(matches!(&err, Error::AccessDenied { pid: who, .. } if *who == pid), "{err:?}");
        }
    }

    #[test]
    fn a_handle_is_opened_once_for_its_rights() {
        let host = host();
        let target = here(host.open(&us(&host)).expect("an answer"));
        let look = target.handle(LOOK).expect("a handle");
        let less = target.handle(PROCESS_QUERY_LIMITED_INFORMATION).expect("a handle");
        assert!(Arc::ptr_eq(&look, &less));
        let other = target.handle(windows_sys::Win32::System::Threading::PROCESS_VM_READ);
        assert!(!Arc::ptr_eq(&look, &other.expect("a handle")));
    }

    #[test]
    fn refusals_have_one_kind() {
        for code in [ERROR_ACCESS_DENIED, ERROR_PRIVILEGE_NOT_HELD] {
            let err = plain(io::Error::from_raw_os_error(code as i32));
            assert_eq!(err.kind(), io::ErrorKind::PermissionDenied, "{code}");
        }
        let err = plain(io::Error::from_raw_os_error(ERROR_INVALID_PARAMETER as i32));
        assert_eq!(err.raw_os_error(), Some(ERROR_INVALID_PARAMETER as i32));
        assert!(!is_gone(&err) && is_gone(&gone()));
        // That of a file that is not there says nothing of a process.
        assert!(!is_gone(&io::Error::from_raw_os_error(2)));
    }

    #[test]
    fn a_walk_asks_for_the_table_once() {
        let host = host();
        let mut scratch = Scratch::default();
        let pids = host.walked(&mut scratch).expect("pids");
        assert!(pids.contains(&Pid::current()));
        let (identity, target) =
            host.open_pid(Pid::current(), &mut scratch).expect("an answer").expect("ourselves");
        assert_eq!(identity, us(&host));
        assert!(target.has_record());
        assert!(host.open_pid(Pid::new(u32::MAX - 3), &mut scratch).expect("an answer").is_none());
    }
}
