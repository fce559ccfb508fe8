use super::Process;
use crate::record::{names, record};
use crate::sys::{Host, Schedule as _};
use crate::{Result, ToValue, Value, ValueRef};

/// Class of I/O priority; psutil's `IOPRIO_*` (ioprio_set(2); Windows has levels instead).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum IoClass {
    /// None was set: taken from the niceness. Linux.
    None,
    /// First in line, always. Linux.
    RealTime,
    /// The usual. Linux.
    BestEffort,
    /// Only when nobody else wants the disk. Linux.
    Idle,
    /// Background work. Windows.
    VeryLow,
    /// Below the usual. Windows.
    Low,
    /// The usual. Windows.
    Normal,
    /// Above the usual. Windows.
    High,
}

names! { IoClass {
    None => "IOPRIO_CLASS_NONE",
    RealTime => "IOPRIO_CLASS_RT",
    BestEffort => "IOPRIO_CLASS_BE",
    Idle => "IOPRIO_CLASS_IDLE",
    VeryLow => "IOPRIO_VERYLOW",
    Low => "IOPRIO_LOW",
    Normal => "IOPRIO_NORMAL",
    High => "IOPRIO_HIGH",
} }

/// I/O priority of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IoNice {
    /// The class.
    pub ioclass: IoClass,
    /// The level in the class, from 0 (first) to 7. Linux.
    pub value: Option<u8>,
}

impl IoNice {
    /// The priority with this class and level.
    #[must_use]
    pub const fn new(ioclass: IoClass, value: Option<u8>) -> Self {
        Self { ioclass, value }
    }
}

record! { pionice: IoNice { ioclass: Linux | Windows, value via level: Linux } }

fn level(value: &Option<u8>) -> ValueRef<'_> {
    value.map_or(ValueRef::Null, |level| ValueRef::Unsigned(level.into()))
}

/// A resource whose use can be limited; psutil's `RLIMIT_*` (getrlimit(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// Bytes of address space.
    AddressSpace,
    /// Bytes of a core dump.
    Core,
    /// Seconds of CPU time.
    Cpu,
    /// Bytes of data segment.
    Data,
    /// Bytes of a file.
    FileSize,
    /// File locks. Linux.
    Locks,
    /// Bytes locked in memory.
    MemLock,
    /// Bytes in message queues. Linux.
    MsgQueue,
    /// Ceiling of niceness. Linux.
    Nice,
    /// Descriptors.
    NoFile,
    /// Processes of the user.
    NProc,
    /// Pseudo-terminals. FreeBSD.
    PseudoTerminals,
    /// Bytes of resident memory.
    Rss,
    /// Ceiling of real-time priority. Linux.
    RtPriority,
    /// Microseconds of real-time CPU use at a stretch. Linux.
    RtTime,
    /// Bytes of socket buffers. FreeBSD.
    SocketBuffers,
    /// Queued signals. Linux.
    SigPending,
    /// Bytes of stack.
    Stack,
    /// Bytes of swap. FreeBSD.
    Swap,
}

names! { Resource {
    AddressSpace => "RLIMIT_AS",
    Core => "RLIMIT_CORE",
    Cpu => "RLIMIT_CPU",
    Data => "RLIMIT_DATA",
    FileSize => "RLIMIT_FSIZE",
    Locks => "RLIMIT_LOCKS",
    MemLock => "RLIMIT_MEMLOCK",
    MsgQueue => "RLIMIT_MSGQUEUE",
    Nice => "RLIMIT_NICE",
    NoFile => "RLIMIT_NOFILE",
    NProc => "RLIMIT_NPROC",
    PseudoTerminals => "RLIMIT_NPTS",
    Rss => "RLIMIT_RSS",
    RtPriority => "RLIMIT_RTPRIO",
    RtTime => "RLIMIT_RTTIME",
    SocketBuffers => "RLIMIT_SBSIZE",
    SigPending => "RLIMIT_SIGPENDING",
    Stack => "RLIMIT_STACK",
    Swap => "RLIMIT_SWAP",
} }

impl Resource {
    /// The system's number of it, as system calls take it; `None` where the platform has no such limit.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Platform, Resource};
    ///
    /// if Platform::CURRENT == Platform::Linux {
    ///     assert_eq!(Resource::Core.number(), Some(4));
    /// }
    /// ```
    #[must_use]
    #[inline]
    pub fn number(self) -> Option<u32> {
        Host::resource_number(self)
    }
}

/// The limits of one resource; `None` is unlimited (psutil's `RLIM_INFINITY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResourceLimit {
    /// What is enforced.
    pub soft: Option<u64>,
    /// How far the process itself may raise `soft`.
    pub hard: Option<u64>,
}

/// psutil's pair, where -1 is unlimited.
impl ToValue for ResourceLimit {
    fn to_value(&self) -> Value {
        let limit = |limit: Option<u64>| limit.map_or(Value::Signed(-1), |limit| limit.to_value());
        Value::List(vec![limit(self.soft), limit(self.hard)])
    }
}

impl Process {
    /// Its niceness: from -20, first in line for the CPU, to 19, last. Windows: its priority class.
    ///
    /// On Linux, of its first thread. On Windows one of psutil's `…_PRIORITY_CLASS`: 0x40 (idle),
    /// 0x4000 (below normal), 0x20 (normal), 0x8000 (above normal), 0x80 (high) and 0x100 (real-time).
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: getpriority(2), then a proof that the pid was the process's; of a recording,
    /// `/proc/PID/stat`. Windows: GetPriorityClass. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Platform, Process};
    ///
    /// let nice = Process::current()?.nice()?;
    /// assert!((-20..=19).contains(&nice) || Platform::CURRENT == Platform::Windows);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn nice(&self) -> Result<i32> {
        self.ask(|host, target| host.nice(target))
    }

    /// Changes its niceness.
    ///
    /// On Linux, of its first thread, and of threads that this starts later. A number beyond the
    /// range is taken for its nearest end. On Windows the real-time class becomes the high one if the
    /// caller may not set it.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for what is no class (Windows);
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) without the right (Linux: of others' processes,
    /// and to lower it), [`Unsupported`](crate::Error::Unsupported) on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: setpriority(2), between two proofs that the pid is the process's. Windows:
    /// SetPriorityClass. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// let process = child.process()?;
    /// let nice = process.nice()?.max(5);
    /// process.set_nice(nice)?;
    /// assert_eq!(process.nice()?, nice);
    /// process.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn set_nice(&self, nice: i32) -> Result<()> {
        self.act(|host, target| host.set_nice(target, nice))
    }

    /// Its I/O priority.
    ///
    /// On Linux, of its first thread. The level is 0 where the class has none.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`Unsupported`](crate::Error::Unsupported) on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: ioprio_get(2), then a proof that the pid was the process's. Windows:
    /// NtQueryInformationProcess(ProcessIoPriority), a class without a level. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// println!("{}", sysvitals::Process::current()?.ionice()?.ioclass);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn ionice(&self) -> Result<IoNice> {
        self.ask(|host, target| host.ionice(target))
    }

    /// Changes its I/O priority.
    ///
    /// On Linux, of its first thread, and of threads that this starts later. No level is level 0,
    /// the first in the class.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for a class that this system lacks, a
    /// level beyond 7, or one other than 0 where the class has none;
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) without the right (Linux: of others' processes,
    /// and for `RealTime`), [`Unsupported`](crate::Error::Unsupported) on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: ioprio_set(2), between two proofs that the pid is the process's. Windows:
    /// NtSetInformationProcess(ProcessIoPriority). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, IoClass, IoNice};
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// let process = child.process()?;
    /// process.set_ionice(IoNice::new(IoClass::BestEffort, Some(7)))?;
    /// assert_eq!(process.ionice()?.value, Some(7));
    /// process.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn set_ionice(&self, ionice: IoNice) -> Result<()> {
        self.act(|host, target| host.set_ionice(target, ionice))
    }

    /// Its limits of one resource.
    ///
    /// In the unit that [`Resource`] names.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`Unsupported`](crate::Error::Unsupported) for a resource that this system does not limit.
    ///
    /// # Platforms
    ///
    /// Linux: prlimit(2), then a proof that the pid was the process's; of others' processes and of a
    /// recording, `/proc/PID/limits` (2.6.24), which everyone may read. Windows has no such limits.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Process, Resource};
    ///
    /// let files = Process::current()?.rlimit(Resource::NoFile)?;
    /// assert!(files.soft.is_none_or(|soft| soft >= 3));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn rlimit(&self, resource: Resource) -> Result<ResourceLimit> {
        self.ask(|host, target| host.rlimit(target, resource))
    }

    /// Changes its limits of one resource.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) if `soft` is more than `hard`;
    /// [`Unsupported`](crate::Error::Unsupported) for a resource that this system does not limit,
    /// and on a recorded machine; [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) without the right (Linux: of others' processes,
    /// and to raise `hard`).
    ///
    /// # Platforms
    ///
    /// Linux: prlimit(2) (2.6.36), between two proofs that the pid is the process's. Windows has no such
    /// limits. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, Resource, ResourceLimit};
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// let process = child.process()?;
    /// let none = ResourceLimit { soft: Some(0), hard: Some(0) };
    /// process.set_rlimit(Resource::Core, none)?;
    /// assert_eq!(process.rlimit(Resource::Core)?, none);
    /// process.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn set_rlimit(&self, resource: Resource, limit: ResourceLimit) -> Result<()> {
        self.act(|host, target| host.set_rlimit(target, resource, limit))
    }

    /// The CPUs it may run on, in ascending order.
    ///
    /// On Linux, its first thread; without those that are offline.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`Unsupported`](crate::Error::Unsupported) where a recording does not tell.
    ///
    /// # Platforms
    ///
    /// Linux: sched_getaffinity(2), then a proof that the pid was the process's; of a recording,
    /// `Cpus_allowed_list` of `/proc/PID/status`. Windows: GetProcessAffinityMask, which tells of one
    /// group of 64 CPUs; of a process whose threads are in several it is `Unsupported`. Elsewhere not
    /// yet.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(!sysvitals::Process::current()?.cpu_affinity()?.is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_affinity(&self) -> Result<Vec<u32>> {
        self.ask(|host, target| host.cpu_affinity(target))
    }

    /// The CPUs that the kernel lists as allowed to it, in ascending order.
    ///
    /// As [`cpu_affinity`](Self::cpu_affinity), with those that are offline.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `Cpus_allowed_list` of `/proc/PID/status`; before 2.6.26 all that are online. Windows:
    /// those of its group, from GetProcessAffinityMask. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// let eligible = me.eligible_cpus()?;
    /// assert!(me.cpu_affinity()?.iter().all(|cpu| eligible.contains(cpu)));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn eligible_cpus(&self) -> Result<Vec<u32>> {
        self.ask(|host, target| host.eligible_cpus(target))
    }

    /// Lets it run on these CPUs only; with none, on all that it is eligible for.
    ///
    /// On Linux, its first thread, and threads that this starts later, and CPUs that it cannot have are
    /// passed over if it can have another of them.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::Error::InvalidArgument) if it can have none of them, or on Windows
    /// not all;
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) without the right (Linux: of others'
    /// processes), [`Unsupported`](crate::Error::Unsupported) on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: sched_setaffinity(2), between two proofs that the pid is the process's. Windows:
    /// SetProcessAffinityMask, with CPUs of its group. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// let process = child.process()?;
    /// let first = process.cpu_affinity()?[0];
    /// process.set_cpu_affinity(&[first])?;
    /// assert_eq!(process.cpu_affinity()?, [first]);
    /// process.set_cpu_affinity(&[])?;
    /// process.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn set_cpu_affinity(&self, cpus: &[u32]) -> Result<()> {
        self.act(|host, target| host.set_cpu_affinity(target, cpus))
    }
}
