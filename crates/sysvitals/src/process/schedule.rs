use super::Process;
use crate::record::{names, record};
use crate::sys::Schedule as _;
use crate::{Result, ToValue, Value};

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

fn level(value: &Option<u8>) -> Value {
    value.map(u32::from).to_value()
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
    /// Its niceness.
    pub fn nice(&self) -> Result<i32> {
        self.ask(|host, target| host.nice(target))
    }

    /// Changes its niceness.
    pub fn set_nice(&self, nice: i32) -> Result<()> {
        self.ask(|host, target| host.set_nice(target, nice))
    }

    /// Its I/O priority.
    pub fn ionice(&self) -> Result<IoNice> {
        self.ask(|host, target| host.ionice(target))
    }

    /// Changes its I/O priority.
    pub fn set_ionice(&self, ionice: IoNice) -> Result<()> {
        self.ask(|host, target| host.set_ionice(target, ionice))
    }

    /// Its limits of one resource.
    pub fn rlimit(&self, resource: Resource) -> Result<ResourceLimit> {
        self.ask(|host, target| host.rlimit(target, resource))
    }

    /// Changes its limits of one resource.
    pub fn set_rlimit(&self, resource: Resource, limit: ResourceLimit) -> Result<()> {
        self.ask(|host, target| host.set_rlimit(target, resource, limit))
    }

    /// The CPUs it may run on, in ascending order.
    pub fn cpu_affinity(&self) -> Result<Vec<u32>> {
        self.ask(|host, target| host.cpu_affinity(target))
    }

    /// The CPUs that it could be allowed to run on, whatever it is limited to now, in ascending order.
    pub fn eligible_cpus(&self) -> Result<Vec<u32>> {
        self.ask(|host, target| host.eligible_cpus(target))
    }

    /// Lets it run on these CPUs only; with none, on all that it is eligible for.
    pub fn set_cpu_affinity(&self, cpus: &[u32]) -> Result<()> {
        self.ask(|host, target| host.set_cpu_affinity(target, cpus))
    }
}
