use std::time::Duration;

use crate::record::record;
use crate::sys::Cpu as _;
use crate::{Result, System};

/// Time that one CPU, or all together, spent in each mode since boot.
///
/// Guest time is inside `user`, and `guest_nice` inside `nice`, as the kernel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CpuTimes {
    /// Running programs, guests included.
    pub user: Duration,
    /// Running programs of lowered priority, guests included. Linux, macOS, BSDs.
    pub nice: Option<Duration>,
    /// Running the kernel.
    pub system: Duration,
    /// Doing nothing.
    pub idle: Duration,
    /// Doing nothing while a disk was waited for. Linux, SunOS, AIX.
    pub iowait: Option<Duration>,
    /// Serving interrupts. Linux, BSDs.
    pub irq: Option<Duration>,
    /// Serving soft interrupts. Linux.
    pub softirq: Option<Duration>,
    /// Taken by the hypervisor for others. Linux 2.6.11.
    pub steal: Option<Duration>,
    /// Running guests. Linux 2.6.24.
    pub guest: Option<Duration>,
    /// Running guests of lowered priority. Linux 2.6.33.
    pub guest_nice: Option<Duration>,
    /// Serving interrupts. Windows.
    pub interrupt: Option<Duration>,
    /// Serving deferred procedure calls. Windows.
    pub dpc: Option<Duration>,
}

record! { scputimes: CpuTimes {
    user: _,
    nice: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    system: _,
    idle: _,
    iowait since "Linux 2.5.41": Linux | SunOs | Aix,
    irq since "Linux 2.6.0": Linux | FreeBsd | OpenBsd | NetBsd,
    softirq since "Linux 2.6.0": Linux,
    steal since "Linux 2.6.11": Linux,
    guest since "Linux 2.6.24": Linux,
    guest_nice since "Linux 2.6.33": Linux,
    interrupt: Windows,
    dpc: Windows,
} }

/// The share of each mode between two samples of [`CpuTimes`], in percent; psutil's
/// `cpu_times_percent`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct CpuTimesPercent {
    /// Running programs, guests included.
    pub user: f64,
    /// Running programs of lowered priority, guests included. Linux, macOS, BSDs.
    pub nice: Option<f64>,
    /// Running the kernel.
    pub system: f64,
    /// Doing nothing.
    pub idle: f64,
    /// Doing nothing while a disk was waited for. Linux, SunOS, AIX.
    pub iowait: Option<f64>,
    /// Serving interrupts. Linux, BSDs.
    pub irq: Option<f64>,
    /// Serving soft interrupts. Linux.
    pub softirq: Option<f64>,
    /// Taken by the hypervisor for others. Linux 2.6.11.
    pub steal: Option<f64>,
    /// Running guests. Linux 2.6.24.
    pub guest: Option<f64>,
    /// Running guests of lowered priority. Linux 2.6.33.
    pub guest_nice: Option<f64>,
    /// Serving interrupts. Windows.
    pub interrupt: Option<f64>,
    /// Serving deferred procedure calls. Windows.
    pub dpc: Option<f64>,
}

record! { scputimes: CpuTimesPercent {
    user: _,
    nice: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    system: _,
    idle: _,
    iowait since "Linux 2.5.41": Linux | SunOs | Aix,
    irq since "Linux 2.6.0": Linux | FreeBsd | OpenBsd | NetBsd,
    softirq since "Linux 2.6.0": Linux,
    steal since "Linux 2.6.11": Linux,
    guest since "Linux 2.6.24": Linux,
    guest_nice since "Linux 2.6.33": Linux,
    interrupt: Windows,
    dpc: Windows,
} }

/// Events since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CpuStats {
    /// Context switches.
    pub ctx_switches: u64,
    /// Interrupts.
    pub interrupts: u64,
    /// Soft interrupts; absent where the kernel does not count them (Linux before 2.6.31).
    pub soft_interrupts: Option<u64>,
    /// System calls; always 0 on Linux, which does not count them, as in psutil.
    pub syscalls: u64,
}

record! { scpustats: CpuStats { ctx_switches: _, interrupts: _, soft_interrupts: _, syscalls: _ } }

/// The clock of one CPU, or the mean of several, in MHz.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct CpuFreq {
    /// Now; absent where the kernel does not tell.
    pub current: Option<f64>,
    /// The lowest that it may go to; absent where the kernel does not tell. psutil says 0.0 then.
    pub min: Option<f64>,
    /// The highest that it may go to; as `min`.
    pub max: Option<f64>,
}

record! { scpufreq: CpuFreq { current: _, min: _, max: _ } }

impl System {
    /// Time that all CPUs together spent in each mode since boot.
    pub fn cpu_times(&self) -> Result<CpuTimes> {
        self.host.cpu_times()
    }

    /// Time that each CPU spent in each mode since boot, by CPU number.
    pub fn cpu_times_percpu(&self) -> Result<Vec<CpuTimes>> {
        self.host.cpu_times_percpu()
    }

    /// The number of logical CPUs that are online; `None` if it cannot be determined.
    pub fn cpu_count(&self) -> Result<Option<u32>> {
        self.host.cpu_count()
    }

    /// The number of physical cores; `None` if it cannot be determined. psutil's
    /// `cpu_count(logical=False)`.
    pub fn cpu_count_cores(&self) -> Result<Option<u32>> {
        self.host.cpu_count_cores()
    }

    /// Context switches, interrupts and system calls since boot.
    pub fn cpu_stats(&self) -> Result<CpuStats> {
        self.host.cpu_stats()
    }

    /// The clock of the CPUs, as a mean; `None` if the system does not tell.
    pub fn cpu_freq(&self) -> Result<Option<CpuFreq>> {
        let _each = self.host.cpu_freq_percpu()?;
        Ok(None)
    }

    /// The clock of each CPU.
    pub fn cpu_freq_percpu(&self) -> Result<Vec<CpuFreq>> {
        self.host.cpu_freq_percpu()
    }

    /// Processes that run or want to, as a mean over the last 1, 5 and 15 minutes.
    pub fn getloadavg(&self) -> Result<[f64; 3]> {
        self.host.getloadavg()
    }
}
