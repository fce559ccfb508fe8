//! One process, and the table of all of them.

mod activity;
mod child;
mod control;
mod description;
mod environment;
mod explain;
mod family;
mod fields;
mod files;
mod identity;
mod memory;
mod percent;
mod privilege;
mod row;
mod sampler;
mod schedule;
mod since;
mod snapshot;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

pub use activity::{ContextSwitches, IoCounters, ProcessCpuTimes, ThreadTimes};
pub use child::Child;
pub use control::{Exit, wait_procs};
pub use description::{Gids, ProcessStatus, Uids};
pub use environment::Environment;
pub use fields::Fields;
pub use files::OpenFile;
pub use identity::Identity;
pub(crate) use identity::{Opened, Relative};
pub use memory::{
    MemoryFootprint, MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped,
    PageFaults,
};
pub use percent::{CpuUsage, ProcessCpuPercent};
#[cfg(feature = "bpf")]
#[allow(unused_imports, reason = "Linux alone has who tells")]
pub(crate) use row::Told;
pub use row::{Cell, Missing, Row};
pub use sampler::Sampler;
pub use schedule::{IoClass, IoNice, Resource, ResourceLimit};
pub use since::{Change, Changes};
pub use snapshot::Snapshot;

use crate::sys::{Description as _, Host, Processes};
use crate::{Error, Pid, Result, System};

/// One process, for ever: never another one that is given its pid later.
///
/// Every question is proven, by the process's [`Identity`], to be answered by the one meant, or is
/// answered with [`Error::NoSuchProcess`]; what acts on it is proven before. A `Process` is a value that owns
/// no descriptor: ten thousand of them cost none. [`hold`](Process::hold) keeps some, for loops.
///
/// # Platforms
///
/// Linux: proven by the inode of a pidfd (6.9 and later), else by the start tick in the process's own
/// `/proc/PID` directory; later questions by the inode of that directory, or of the file in it that they
/// read, which no other process's has.
/// Windows: proven by the creation time, on the very handle that is then asked or acted on. Elsewhere
/// not yet.
///
/// # Example
///
/// ```
/// use sysvitals::Process;
///
/// let me = Process::current()?;
/// println!("{} has used {:?}", me.name()?.display(), me.cpu_times()?.user);
/// assert!(me.is_running());
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Clone)]
pub struct Process {
    system: System,
    identity: Identity,
    state: Arc<State>,
    /// Whether it is proven that a question was answered by this process.
    proves: bool,
    held: Option<Arc<<Host as Processes>::Handle>>,
}

/// What was learnt of a process on the way; shared by clones.
struct State {
    name: Mutex<Option<OsString>>,
    exit: Mutex<Option<Exit>>,
    witness: <Host as Processes>::Witness,
}

/// A [`Process`] that keeps descriptors, so that nothing is left to verify and little to open: for hot
/// loops and for waiting in an async runtime.
///
/// Held, a process that ends is never mistaken for another, but its pid may be given away all the
/// same. Clones share what is kept, and none waits for another: who asks while another thread does
/// opens what it needs. So does who finds that a descriptor was closed by somebody who did not know
/// it, as programs do that turn into daemons; nobody else's is then read, or closed.
///
/// # Platforms
///
/// Linux: a pidfd (see [`os::linux::HeldExt`](crate::os)) and the `/proc/PID` directory; and, from
/// when each is first read, `stat`, `statm`, `status`, `io` and `cmdline` there, which are read again
/// from their start and belong to the process whatever program it runs. That is seven at most, and while
/// their numbers are below half of what the program may open (`RLIMIT_NOFILE`). The first four files hold
/// about 4.4 KiB of the kernel's memory each. Windows: it keeps one handle, which
/// `std::os::windows::io::AsHandle` gives to wait for, and the pid is given to nobody as long as it does.
#[derive(Clone)]
pub struct Held {
    process: Process,
    pub(crate) handle: Arc<<Host as Processes>::Handle>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.process).finish()
    }
}

impl Deref for Held {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl Process {
    /// The process that has `pid` now on this machine.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if no process has it, or the caller may not know of it
    /// (Linux: `hidepid`).
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat` and a pidfd. Windows: OpenProcess and GetProcessTimes; a process
    /// that may not be opened is known by NtQuerySystemInformation(SystemProcessInformation).
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Pid, Process};
    ///
    /// let me = Process::new(Pid::current())?;
    /// assert_eq!(me, Process::current()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn new(pid: impl Into<Pid>) -> Result<Self> {
        System::host().process(pid)
    }

    /// The calling process.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) where the system cannot tell about processes at all, such as without `/proc`.
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert_eq!(me.pid().get(), std::process::id());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn current() -> Result<Self> {
        Self::new(Pid::current())
    }

    pub(crate) fn from_parts(
        system: System,
        identity: Identity,
        name: Option<OsString>,
        witness: <Host as Processes>::Witness,
    ) -> Self {
        let state = State { name: Mutex::new(name), exit: Mutex::default(), witness };
        Self { system, identity, state: Arc::new(state), proves: true, held: None }
    }

    /// Its pid: a number, which may be another process's once this one has ended.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.identity.pid
    }

    /// Which process it is, as a value to keep, compare and print.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The machine that it was found on.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Whether it is still there; a zombie is.
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// ```
    /// assert!(sysvitals::Process::current()?.is_running());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        match self.ask(|host, target| Ok(host.exists(target))) {
            Ok(exists) => exists,
            // Denied, or out of descriptors: it was there a moment ago and nothing says otherwise.
            Err(err) => !err.is_gone(),
        }
    }

    /// The same process with what it is known by kept open, and what is read of it again and again:
    /// nothing is left to verify, and of most questions nothing to open. See [`Held`].
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended; [`Io`](Error::Io) without descriptors
    /// to spare.
    ///
    /// # Platforms
    ///
    /// Linux: a pidfd (5.3 and later) and the `/proc/PID` directory; files in it when they are first
    /// asked for. Windows: a handle, with the rights to look at it and to wait for it. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?.hold()?;
    /// for _ in 0..3 {
    ///     println!("{:?}", me.cpu_times()?);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn hold(&self) -> Result<Held> {
        let handle = self.handle()?;
        let process = Self { held: Some(Arc::clone(&handle)), ..self.clone() };
        Ok(Held { process, handle })
    }

    /// The same process, for questions that need not be proven: whoever has its pid answers them, as
    /// in psutil.
    ///
    /// That is faster where the answer costs less than its proof: one system call for
    /// [`nice`](Self::nice), [`ionice`](Self::ionice), [`cpu_affinity`](Self::cpu_affinity) and
    /// [`rlimit`](Self::rlimit). What changes a process, and signals and waiting, is proven all the
    /// same.
    ///
    /// # Platforms
    ///
    /// Linux. Elsewhere nothing is gained, and all is proven.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// // Nobody else can have our pid.
    /// assert_eq!(me.unproven().nice()?, me.nice()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn unproven(&self) -> Self {
        Self { proves: false, held: None, ..self.clone() }
    }

    /// Remembers the last name seen, for errors.
    fn remember(&self, name: &OsStr) {
        let Some(mut known) = self.known_name() else { return };
        if known.as_deref() != Some(name) {
            *known = Some(name.to_owned());
        }
    }

    fn last_name(&self) -> Option<String> {
        let known = self.known_name()?;
        known.as_ref().map(|name| name.to_string_lossy().into_owned())
    }

    /// Nobody waits: a child may have been forked while another thread of its parent was in here.
    fn known_name(&self) -> Option<MutexGuard<'_, Option<OsString>>> {
        match self.state.name.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(known)) => Some(known.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Same process: pid, start and boot, whatever handles are held.
impl PartialEq for Process {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Eq for Process {}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("identity", &format_args!("{}", self.identity))
            .field("name", &self.last_name())
            .finish()
    }
}

impl System {
    /// The process that has `pid` now.
    ///
    /// # Errors
    ///
    /// As [`Process::new`].
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Pid, System};
    ///
    /// let me = System::host().process(Pid::current())?;
    /// assert!(me.is_running());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn process(&self, pid: impl Into<Pid>) -> Result<Process> {
        let pid = pid.into();
        match self.host.identify(pid).map_err(|err| explain::denied(err, pid))? {
            Some((identity, name, witness)) => {
                Ok(Process::from_parts(self.clone(), identity, name, witness))
            }
            None => Err(explain::no_process(pid)),
        }
    }

    /// All pids, ascending.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) where processes cannot be listed.
    ///
    /// # Platforms
    ///
    /// Linux: the numeric names in `/proc`; with `hidepid` those that the caller may see. Windows:
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Pid, System};
    ///
    /// assert!(System::host().pids()?.contains(&Pid::current()));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn pids(&self) -> Result<Vec<Pid>> {
        self.host.pids()
    }

    /// Whether `pid` is a process; the number of a thread is not.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) where the system cannot tell.
    ///
    /// # Platforms
    ///
    /// Linux: clock_getres(2) of its CPU clock (6.9) or pidfd_open(2), and a look whether procfs shows it;
    /// or `Tgid` of `/proc/PID/status`. Windows: OpenProcess, which must be for that very pid, and a look
    /// whether it has ended. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Pid, System};
    ///
    /// assert!(System::host().pid_exists(Pid::current())?);
    /// assert!(!System::host().pid_exists(Pid::new(u32::MAX))?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn pid_exists(&self, pid: impl Into<Pid>) -> Result<bool> {
        self.host.pid_exists(pid.into())
    }
}

/// The name, completed from the command line where the kernel may have cut it short.
fn full_name(host: &Host, target: &<Host as Processes>::Target) -> Result<OsString> {
    let name = host.name(target)?;
    if name.len() < host.longest_name()? {
        return Ok(name);
    }
    let cmdline = match host.cmdline(target) {
        Ok(cmdline) => cmdline,
        // The short name is an answer too, unless the process is no more.
        Err(Error::Io { at, source }) if host.says_gone(&source) && !host.exists(target) => {
            return Err(Error::Io { at, source });
        }
        Err(_) => return Ok(name),
    };
    let program = cmdline.first().and_then(|program| Path::new(program).file_name());
    Ok(match program {
        Some(program) if program.as_encoded_bytes().starts_with(name.as_encoded_bytes()) => {
            program.to_owned()
        }
        _ => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_who_remembers_a_name() {
        let me = Process::current().expect("ourselves");
        let name = me.name().expect("a name");
        let known = me.state.name.lock().expect("nobody else has it");
        assert_eq!(me.name().expect("a name"), name);
        assert_eq!(me.last_name(), None);
        drop(known);
        assert_eq!(me.last_name().map(OsString::from), Some(name));
    }
}
