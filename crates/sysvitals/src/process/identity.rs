use std::ffi::OsString;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::sys::{Host, Processes as _};
use crate::{Pid, Result, System};

/// Which process: never given to another one, unlike a pid.
///
/// The pid, the moment of the start by the kernel's own clock since boot, and which boot that was;
/// on Linux 6.9 and later also the inode of the process's pidfd, which tells two processes apart
/// that had one pid within one clock tick. It compares, hashes and prints, survives steps of the
/// system clock, and holds no descriptor.
///
/// # Example
///
/// ```
/// use sysvitals::Process;
///
/// let me = Process::current()?;
/// assert_eq!(me.identity(), Process::new(me.pid())?.identity());
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    pub(crate) pid: Pid,
    /// Linux: ticks since boot (`starttime` of `stat`). Windows: steps of 100 ns since 1601, by the
    /// clock as it was then.
    pub(crate) start: u64,
    /// Linux: `/proc/sys/kernel/random/boot_id`, where it can be read.
    pub(crate) boot: Option<u128>,
    /// Linux: inode of the pidfd, where pidfds have one of their own.
    pub(crate) inode: Option<u64>,
}

impl Identity {
    /// The pid: a number, which may be another process's by now.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// When the process was started, as long as nobody can set the clock that this is kept by: since
    /// boot. On Windows, where it is kept by the wall clock, since 1970.
    ///
    /// [`System::started_at`] makes a moment of it.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use sysvitals::Process;
    ///
    /// assert!(Process::current()?.identity().start() > Duration::ZERO);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn start(&self) -> Duration {
        Host::start(self.start)
    }
}

impl System {
    /// The moment that [`Identity::start`] of a process stands for, which need not be there any more.
    ///
    /// # Errors
    ///
    /// As [`System::boot_time`].
    ///
    /// # Platforms
    ///
    /// Linux: as long after [`System::boot_time`]. Windows: as long after 1970. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use sysvitals::{Process, System};
    ///
    /// let start = Process::current()?.identity().start();
    /// let started = System::host().started_at(start)?;
    /// assert!(started <= SystemTime::now() + Duration::from_secs(2));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn started_at(&self, start: Duration) -> Result<SystemTime> {
        Host::started_at(start, || self.boot_time())
    }
}

/// `PID-START`, then the boot and the inode as far as they are known.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.pid, self.start)?;
        if let Some(boot) = self.boot {
            write!(f, "-{boot:032x}")?;
        }
        if let Some(inode) = self.inode {
            write!(f, "-{inode}")?;
        }
        Ok(())
    }
}

/// What came of opening a process by its identity.
#[derive(Debug)]
pub(crate) enum Opened<T> {
    /// It, and no other.
    Here(T),
    /// No process has its pid.
    Gone,
    /// Another process has its pid.
    Reused,
}

/// A process in the family tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relative {
    /// Who it is: at least by its start.
    pub(crate) identity: Identity,
    pub(crate) ppid: Pid,
    /// Its name, if its identity is all that a [`Process`](super::Process) is known by.
    pub(crate) identified: Option<OsString>,
}
