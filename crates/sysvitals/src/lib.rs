//! Everything about running processes and the system, and control of processes that never hits the
//! wrong one: psutil, in Rust.
//!
//! ```
//! let memory = sysvitals::virtual_memory()?;
//! println!("{} of {} bytes available", memory.available, memory.total);
//! # Ok::<(), sysvitals::Error>(())
//! ```
//!
//! * [`System`] is a machine: this one, or a recorded one. It answers system-wide questions under
//!   psutil's names with [records](Record). The free functions of this crate ask this machine.
//! * [`Process`] is one process, for ever: never another one that is given its pid later.
//! * [`Snapshot`] is the whole process table at one moment, asked for by a set of [`Fields`].
//!
//! Absent, zero, denied and failed are four answers: `None`, `0`, [`Error::AccessDenied`] and
//! [`Error::Io`]. Nothing here starts a thread or a process, keeps state behind the caller's back or
//! looks at the environment.

mod counter;
mod cpu;
mod disk;
mod error;
mod load_average;
mod machine;
mod memory;
mod mount_table;
mod net;
pub mod os;
mod percent;
mod pid;
mod platform;
mod process;
mod record;
mod sensors;
mod signal;
mod sys;
mod system;
mod users;
mod value;

pub use counter::{MonotonicDiskIo, MonotonicNetIo};
pub use cpu::{CpuFreq, CpuStats, CpuTimes, CpuTimesPercent};
pub use disk::{DiskIoCounters, DiskPartition, DiskUsage};
pub use error::{Error, Result};
pub use load_average::LoadAverage;
pub use memory::{HeapInfo, SwapMemory, VirtualMemory};
pub use mount_table::MountTable;
pub use net::{
    AddressFamily, Connection, ConnectionKind, ConnectionStatus, LinkAddress, NetIoCounters,
    NicAddress, NicAddressValue, NicDuplex, NicStats, ProcessConnection, SocketAddress, SocketKind,
};
pub use percent::CpuPercent;
pub use pid::Pid;
pub use platform::Platform;
pub use process::{
    Cell, Change, Changes, Child, ContextSwitches, CpuUsage, Environment, Exit, Fields, Gids, Held,
    Identity, IoClass, IoCounters, IoNice, MemoryFootprint, MemoryFullInfo, MemoryInfo,
    MemoryInfoEx, MemoryMap, MemoryMapGrouped, Missing, OpenFile, PageFaults, Process,
    ProcessCpuPercent, ProcessCpuTimes, ProcessStatus, Resource, ResourceLimit, Row, Sampler,
    Snapshot, ThreadTimes, Uids, wait_procs,
};
pub use record::Record;
pub use sensors::{Battery, Fan, Temperature, TimeLeft};
pub use signal::Signal;
pub use system::{Roots, System};
pub use users::{User, UsersSource};
pub use value::{SignedDuration, ToValue, Value, ValueRef};

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

system::free_functions! {
    boot_time() -> Result<std::time::SystemTime>;
    cpu_count() -> Result<Option<u32>>;
    cpu_count_cores() -> Result<Option<u32>>;
    cpu_freq() -> Result<Option<CpuFreq>>;
    cpu_freq_percpu() -> Result<Vec<CpuFreq>>;
    cpu_percent(interval: Duration) -> Result<Option<f64>>;
    cpu_percent_percpu(interval: Duration) -> Result<Vec<Option<f64>>>;
    cpu_stats() -> Result<CpuStats>;
    cpu_times() -> Result<CpuTimes>;
    cpu_times_percent(interval: Duration) -> Result<Option<CpuTimesPercent>>;
    cpu_times_percent_percpu(interval: Duration) -> Result<Vec<Option<CpuTimesPercent>>>;
    cpu_times_percpu() -> Result<Vec<CpuTimes>>;
    disk_io_counters() -> Result<Option<DiskIoCounters>>;
    disk_io_counters_perdisk() -> Result<BTreeMap<OsString, DiskIoCounters>>;
    disk_partitions() -> Result<Vec<DiskPartition>>;
    disk_partitions_all() -> Result<Vec<DiskPartition>>;
    disk_usage(path: impl AsRef<Path>) -> Result<DiskUsage>;
    getloadavg() -> Result<[f64; 3]>;
    heap_info() -> Result<HeapInfo>;
    heap_trim() -> Result<()>;
    host_name() -> Result<OsString>;
    kernel() -> Result<OsString>;
    net_connections(kind: ConnectionKind) -> Result<Vec<Connection>>;
    net_if_addrs() -> Result<BTreeMap<OsString, Vec<NicAddress>>>;
    net_if_stats() -> Result<BTreeMap<OsString, NicStats>>;
    net_io_counters() -> Result<Option<NetIoCounters>>;
    net_io_counters_pernic() -> Result<BTreeMap<OsString, NetIoCounters>>;
    pid_exists(pid: impl Into<Pid>) -> Result<bool>;
    pids() -> Result<Vec<Pid>>;
    sensors_battery() -> Result<Vec<Battery>>;
    sensors_fans() -> Result<BTreeMap<OsString, Vec<Fan>>>;
    sensors_temperatures() -> Result<BTreeMap<OsString, Vec<Temperature>>>;
    swap_memory() -> Result<SwapMemory>;
    uptime() -> Result<std::time::Duration>;
    users() -> Result<Vec<User>>;
    virtual_memory() -> Result<VirtualMemory>;
    win_service_get(name: impl AsRef<OsStr>) -> Result<os::windows::WindowsService>;
    win_service_iter() -> Result<Vec<os::windows::WindowsService>>;
}
