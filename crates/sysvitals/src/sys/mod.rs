//! Backends: one folder an operating system, and the contract that each fulfils.
//!
//! The only place that says which system is which. A backend asks, chooses and does arithmetic;
//! bytes are understood by `sysvitals-parse`, and foreign calls stand in its `ffi`. Backends return
//! only [`Error::Io`], [`Error::Parse`], [`Error::Unsupported`] and [`Error::InvalidArgument`]; what
//! these mean for a process is judged in `process/explain.rs`.
//!
//! The contract is one trait a topic, so that each can be fulfilled in the file of that topic. A
//! method left out answers `Unsupported`, and the tables in `record!` must say the same.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::mount_table::Told;
use crate::os::windows::{ServiceConfig, ServiceStatus};
use crate::process::{Exit, Identity, Opened, Relative};
use crate::{
    Battery, Connection, ConnectionKind, ContextSwitches, CpuFreq, CpuStats, CpuTimes,
    DiskIoCounters, DiskPartition, DiskUsage, Error, Fan, Fields, Gids, HeapInfo, IoCounters,
    IoNice, MemoryFootprint, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped, NetIoCounters,
    NicAddress, NicStats, OpenFile, PageFaults, Pid, ProcessConnection, ProcessCpuTimes,
    ProcessStatus, Resource, ResourceLimit, Result, Roots, Signal, SwapMemory, Temperature,
    ThreadTimes, Uids, User, UsersSource, VirtualMemory,
};

#[cfg(target_os = "aix")]
mod aix;
#[cfg(target_os = "aix")]
pub(crate) use aix::{Host, PLATFORM, SIGNALS};
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "freebsd")]
pub(crate) use freebsd::{Host, PLATFORM, SIGNALS};
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(all(feature = "bpf", any(target_os = "linux", target_os = "android")))]
pub(crate) use linux::bpf::Programs;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::{Host, PLATFORM, SIGNALS};
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub(crate) use macos::{Host, PLATFORM, SIGNALS};
#[cfg(target_os = "netbsd")]
mod netbsd;
#[cfg(target_os = "netbsd")]
pub(crate) use netbsd::{Host, PLATFORM, SIGNALS};
#[cfg(target_os = "openbsd")]
mod openbsd;
#[cfg(target_os = "openbsd")]
pub(crate) use openbsd::{Host, PLATFORM, SIGNALS};
#[cfg(any(target_os = "solaris", target_os = "illumos"))]
mod sunos;
#[cfg(any(target_os = "solaris", target_os = "illumos"))]
pub(crate) use sunos::{Host, PLATFORM, SIGNALS};
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::{Host, PLATFORM, SIGNALS};

#[cfg(unix)]
pub(crate) mod posix;
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
mod unsupported;

#[cfg(not(any(
    target_os = "aix",
    target_os = "freebsd",
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "solaris",
    target_os = "illumos",
    windows,
)))]
compile_error!("no backend for this target; see CONTRIBUTING.md");

/// Declares methods that answer `Unsupported` until a backend has them.
macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        $(#[$doc])*
        fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            let _ = ($($argument,)*);
            Err(Error::Unsupported(stringify!($name)))
        }
    )*};
}

/// The machine as a whole.
pub(crate) trait Machine: Clone + fmt::Debug {
    fn new(roots: Roots) -> Self;
    fn roots(&self) -> &Roots;

    /// The same, with what is asked again and again kept open.
    fn held(&self) -> Self {
        self.clone()
    }

    /// Whether pids found below the roots are those that system calls take.
    fn is_live(&self) -> bool {
        true
    }

    questions! {
        host_name() -> OsString;
        kernel() -> OsString;
        uptime() -> Duration;
    }
}

pub(crate) trait Cpu {
    questions! {
        cpu_times() -> CpuTimes;
        cpu_times_percpu() -> Vec<CpuTimes>;
        cpu_count() -> Option<u32>;
        cpu_count_cores() -> Option<u32>;
        cpu_stats() -> CpuStats;
        cpu_freq_percpu() -> Vec<CpuFreq>;
        getloadavg() -> [f64; 3];
        /// Threads that are ready and wait for a processor, where nothing better is kept.
        processor_queue_length() -> u32;
    }
}

pub(crate) trait Memory {
    questions! {
        virtual_memory() -> VirtualMemory;
        swap_memory() -> SwapMemory;
        heap_info() -> HeapInfo;
        heap_trim() -> ();
    }
}

pub(crate) trait Disk {
    questions! {
        disk_usage(path: &Path) -> DiskUsage;
        disk_partitions(all: bool) -> Vec<DiskPartition>;
        disk_io_counters_perdisk() -> BTreeMap<OsString, DiskIoCounters>;
    }

    /// The same; `None` if it is made of what was told before. What is told may be remembered if it alone
    /// makes the answer.
    fn disk_partitions_unless(
        &self,
        _told: &mut Option<Told>,
        all: bool,
    ) -> Result<Option<Vec<DiskPartition>>> {
        self.disk_partitions(all).map(Some)
    }

    /// Whether one that has counters is not a part of another, so that no byte is counted twice.
    fn is_whole_disk(&self, _name: &OsStr) -> bool {
        true
    }
}

pub(crate) trait Net {
    questions! {
        net_io_counters_pernic() -> BTreeMap<OsString, NetIoCounters>;
        net_connections(kind: ConnectionKind) -> Vec<Connection>;
        net_if_addrs() -> BTreeMap<OsString, Vec<NicAddress>>;
        net_if_stats() -> BTreeMap<OsString, NicStats>;
    }
}

pub(crate) trait Sensors {
    questions! {
        /// Limits as the chips tell them: one is not made up from the other.
        sensors_temperatures() -> BTreeMap<OsString, Vec<Temperature>>;
        sensors_fans() -> BTreeMap<OsString, Vec<Fan>>;
        sensors_battery() -> Vec<Battery>;
        /// What psutil answers, oddities included.
        sensors_battery_psutil() -> Option<Battery>;
    }
}

pub(crate) trait Users {
    questions! {
        users() -> (Vec<User>, UsersSource);
        boot_time() -> SystemTime;
    }
}

/// Services, which Windows alone has.
pub(crate) trait Services {
    /// Whether `err` is how this system says that a service is not there.
    fn says_no_service(&self, _err: &io::Error) -> bool {
        false
    }

    questions! {
        /// The name of each service, and that for people.
        win_service_iter() -> Vec<(OsString, OsString)>;
        /// How it is set up.
        win_service_get(name: &OsStr) -> ServiceConfig;
        /// Whether it runs, and in which process.
        win_service_status(name: &OsStr) -> (ServiceStatus, Option<Pid>);
        win_service_description(name: &OsStr) -> OsString;
    }
}

/// Processes: found, opened once and proven to be the one meant, then asked.
pub(crate) trait Processes {
    /// Whether several threads may share a walk, each with a scratch of its own.
    const WALKS_IN_PARTS: bool = false;

    /// A process that was opened and proven to be the one meant. Whatever is asked of it is asked
    /// of that process or fails; what several questions read is read once.
    type Target;
    /// What keeps a process from being mistaken for as long as it is held.
    type Handle: Send + Sync;
    /// Buffers that live as long as a walk over many processes.
    type Scratch: Default;
    /// What a sampler keeps of a process between two looks.
    type Kept: Default + Send;
    /// What a sampler watches the ends of processes with.
    type Watch: Default + Send;
    /// What a process that was proven is recognised by without being opened.
    type Witness: Default + Send + Sync;

    /// Whether `err` is how this system says that a process is not there.
    fn says_gone(&self, err: &io::Error) -> bool {
        err.kind() == io::ErrorKind::NotFound
    }

    /// The time that `start` of an identity stands for: since boot, or where the system keeps it by the
    /// wall clock, since 1970.
    fn start(start: u64) -> Duration {
        Duration::from_nanos(start)
    }

    /// When the process was started whose `start` stands for this time, if the system was booted then.
    fn started_at(
        start: Duration,
        boot: impl FnOnce() -> Result<SystemTime>,
    ) -> Result<SystemTime> {
        let boot = boot()?;
        Ok(boot.checked_add(start).unwrap_or(boot))
    }

    /// Whoever has the pid, for these questions, which `confirm` follows; `None` where only a process
    /// that was opened can be asked, or where nothing could confirm it yet.
    fn unproven(
        &self,
        _identity: &Identity,
        _witness: Option<&Self::Witness>,
        _fields: Fields,
    ) -> Option<Self::Target> {
        None
    }

    /// Remembers a process that was opened and proven.
    fn remember(&self, _proven: &Self::Target, _witness: &Self::Witness) {}

    /// Whether what was just asked of an unproven target was asked of the process meant; remembers what
    /// may say so the next time.
    fn confirm(
        &self,
        _unproven: &Self::Target,
        _identity: &Identity,
        _witness: &Self::Witness,
    ) -> bool {
        false
    }

    /// What a walk over all processes keeps that asks these of each.
    fn walk(&self, _fields: Fields) -> Self::Scratch {
        Self::Scratch::default()
    }

    /// A walk of a sampler, which keeps what belongs to processes while there is room: how many
    /// descriptors are kept already.
    fn sample(&self, fields: Fields, _kept: usize) -> Self::Scratch {
        self.walk(fields)
    }

    /// Opens whatever process has `pid`, by what was kept of it if that is still it, and tells whether
    /// the same identity stands for the same process: not if what was kept says otherwise.
    fn open_kept(
        &self,
        pid: Pid,
        _kept: Self::Kept,
        scratch: &mut Self::Scratch,
    ) -> Result<Option<(Identity, Self::Target, bool)>> {
        Ok(self.open_pid(pid, scratch)?.map(|(identity, target)| (identity, target, true)))
    }

    /// What to keep of a process, and how many descriptors that is.
    fn keep(&self, _target: Self::Target) -> (Self::Kept, usize) {
        (Self::Kept::default(), 0)
    }

    /// Whether the ends of processes can be watched for, so that a sampler need but read their clocks:
    /// how many descriptors are kept already.
    fn can_watch(&self, _watch: &mut Self::Watch, _kept: usize) -> bool {
        false
    }

    /// Opens whatever process has `pid`, watched from before anything is asked of it. One that cannot be
    /// watched is opened as in a walk.
    fn open_watched(
        &self,
        pid: Pid,
        _watch: &mut Self::Watch,
        scratch: &mut Self::Scratch,
    ) -> Result<Option<(Identity, Self::Target)>> {
        self.open_pid(pid, scratch)
    }

    /// What to keep of a process to watch it; `None` if it is not watched.
    fn keep_watched(&self, _target: Self::Target) -> Option<Self::Kept> {
        None
    }

    /// The CPU clock of whoever has `pid`: of the process that is watched unless that has `ended` by
    /// then; `None` if none is watched.
    fn watched_clock(&self, _pid: Pid, _kept: &Self::Kept) -> Option<Duration> {
        None
    }

    /// Whose processes have ended by now, of those that are watched; their pids may be others' since.
    fn ended(&self, _watch: &mut Self::Watch) -> Result<Vec<Pid>> {
        Ok(Vec::new())
    }

    /// What changes when a process runs another program, as far as can be told without reading more.
    fn program(&self, _target: &Self::Target) -> u64 {
        0
    }

    /// All pids, ascending, of that walk.
    fn walked(&self, _scratch: &mut Self::Scratch) -> Result<Vec<Pid>> {
        self.pids()
    }

    /// The same of a walk over these alone, without those that `open_pid` would take for a process's.
    fn chosen(&self, pids: &[Pid], _scratch: &mut Self::Scratch) -> Result<Vec<Pid>> {
        Ok(pids.to_vec())
    }

    /// Whether everything that was asked of a target of a walk was asked of one process; of one that is
    /// held, of that process.
    fn is_settled(&self, _target: &Self::Target) -> bool {
        true
    }

    /// Whether nobody has closed what a process is held by.
    fn is_intact(&self, _handle: &Self::Handle) -> bool {
        true
    }

    /// Whether the process is still there, as a zombie or in life.
    fn exists(&self, target: &Self::Target) -> bool;

    /// Whether the process has ended and can be found nevertheless, and who its parent is.
    fn zombie_of(&self, target: &Self::Target) -> Option<Pid>;

    questions! {
        /// All pids, ascending.
        pids() -> Vec<Pid>;
        /// Whether `pid` is a process, not a thread.
        pid_exists(pid: Pid) -> bool;
        /// Who has `pid` now, its name as far as known, and what it is recognised by; `None` if nobody.
        identify(pid: Pid) -> Option<(Identity, Option<OsString>, Self::Witness)>;
        /// Opens the process for one question or several of one moment.
        open(identity: &Identity) -> Opened<Self::Target>;
        /// Opens whatever process has `pid`, for tables.
        open_pid(pid: Pid, scratch: &mut Self::Scratch) -> Option<(Identity, Self::Target)>;
        /// Opens the process for as long as it is held.
        hold(identity: &Identity) -> Opened<Self::Handle>;
        /// A process that is held, for one question or several of one moment. Its answers count if it is
        /// settled, or the handle intact before.
        held(handle: &std::sync::Arc<Self::Handle>) -> Self::Target;
        /// The children of whoever has a pid, and theirs; or every process there is. In one pass. They need
        /// not be `identified`, and are where it is asked for and costs less on the way.
        relatives(root: Pid, recursive: bool, identified: bool) -> Vec<Relative>;

        /// Lets the caller look into processes of others from now on; `false` if it may not.
        enable_debug_privilege() -> bool;
        /// Through the handle, so that no other process can receive it.
        send_signal(handle: &Self::Handle, signal: Signal) -> ();
        /// Ends it, whatever it does about that.
        kill(handle: &Self::Handle) -> ();
        /// Stops it until it is resumed.
        suspend(handle: &Self::Handle) -> ();
        resume(handle: &Self::Handle) -> ();
        /// Waits for the end; `None` when `timeout` has passed first.
        wait(handle: &Self::Handle, timeout: Option<Duration>) -> Option<Exit>;
    }
}

/// The environment of a process.
pub(crate) trait Variables: Clone {
    /// Names and values, in the order of the system; of two of one name the later counts.
    fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)>;
}

impl Variables for Vec<(OsString, OsString)> {
    fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

/// Who a process is.
pub(crate) trait Description: Processes {
    /// An environment as the system tells it, which a row of a table keeps.
    type Environ: Variables;

    questions! {
        ppid(target: &Self::Target) -> Pid;
        /// The name as the kernel keeps it, perhaps cut short.
        name(target: &Self::Target) -> OsString;
        /// The longest name that the kernel keeps whole; a name this long may have been cut.
        longest_name() -> usize;
        exe(target: &Self::Target) -> Option<PathBuf>;
        /// A guess for when `exe` is denied: the first argument, if it is a program.
        exe_from_cmdline(target: &Self::Target) -> Option<PathBuf>;
        cmdline(target: &Self::Target) -> Vec<OsString>;
        environ(target: &Self::Target) -> Self::Environ;
        create_time(target: &Self::Target) -> SystemTime;
        status(target: &Self::Target) -> ProcessStatus;
        cwd(target: &Self::Target) -> Option<PathBuf>;
        username(target: &Self::Target) -> OsString;
        uids(target: &Self::Target) -> Uids;
        gids(target: &Self::Target) -> Gids;
        terminal(target: &Self::Target) -> Option<PathBuf>;
    }
}

/// What a process does.
pub(crate) trait Activity: Processes {
    /// CPU times as the system tells them, which a row of a table keeps.
    type CpuTimes: Copy + PartialEq + fmt::Debug + Into<ProcessCpuTimes>;

    questions! {
        process_cpu_times(target: &Self::Target) -> Self::CpuTimes;
        /// By the scheduler's clock.
        cpu_clock(target: &Self::Target) -> Duration;
        cpu_num(target: &Self::Target) -> u64;
        num_threads(target: &Self::Target) -> u32;
        threads(target: &Self::Target) -> Vec<ThreadTimes>;
        num_ctx_switches(target: &Self::Target) -> ContextSwitches;
        io_counters(target: &Self::Target) -> IoCounters;
    }
}

/// Where its memory goes.
pub(crate) trait ProcessMemory: Processes {
    /// `MemoryInfo` as the system tells it, which a row of a table keeps.
    type Memory: Copy + PartialEq + fmt::Debug + Into<MemoryInfo>;

    questions! {
        memory_info(target: &Self::Target) -> Self::Memory;
        memory_info_ex(target: &Self::Target) -> MemoryInfoEx;
        memory_footprint(target: &Self::Target) -> MemoryFootprint;
        memory_maps(target: &Self::Target) -> Vec<MemoryMap>;
        memory_maps_grouped(target: &Self::Target) -> Vec<MemoryMapGrouped>;
        page_faults(target: &Self::Target) -> PageFaults;
    }
}

/// What it has open.
pub(crate) trait ProcessFiles: Processes {
    /// The same as `process_net_connections`, perhaps by taking duplicates of its descriptors.
    fn process_net_connections_by_duplicates(
        &self,
        target: &Self::Target,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        self.process_net_connections(target, kind)
    }

    questions! {
        open_files(target: &Self::Target) -> Vec<OpenFile>;
        num_fds(target: &Self::Target) -> u32;
        num_handles(target: &Self::Target) -> u32;
        process_net_connections(
            target: &Self::Target,
            kind: ConnectionKind
        ) -> Vec<ProcessConnection>;
    }
}

/// When it may run, and how much it may take.
pub(crate) trait Schedule: Processes {
    /// What system calls call a resource; `None` if it is not limited here.
    fn resource_number(_resource: Resource) -> Option<u32> {
        None
    }

    questions! {
        nice(target: &Self::Target) -> i32;
        set_nice(target: &Self::Target, nice: i32) -> ();
        ionice(target: &Self::Target) -> IoNice;
        set_ionice(target: &Self::Target, ionice: IoNice) -> ();
        rlimit(target: &Self::Target, resource: Resource) -> ResourceLimit;
        set_rlimit(target: &Self::Target, resource: Resource, limit: ResourceLimit) -> ();
        cpu_affinity(target: &Self::Target) -> Vec<u32>;
        /// The CPUs that it could be allowed to run on.
        eligible_cpus(target: &Self::Target) -> Vec<u32>;
        set_cpu_affinity(target: &Self::Target, cpus: &[u32]) -> ();
    }
}
