//! What the overview asks of the machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use sysvitals::{
    Battery, Cell, CpuFreq, CpuTimes, DiskIoCounters, Fan, Fields, NetIoCounters, NicStats, Pid,
    ProcessStatus, Row, Snapshot, SwapMemory, System, Temperature, VirtualMemory,
};

use crate::cmd::df::{self, FileSystem};
use crate::cmd::uptime::Uptime;
use crate::sample;

/// How many of the busiest processes are told.
const TOP: usize = 5;

/// The answers; `None` and empty where there are none.
pub(super) struct Facts {
    /// What rates are over; `None` for a recorded machine, which has no rates.
    pub(super) elapsed: Option<Duration>,
    pub(super) host_name: Option<OsString>,
    pub(super) kernel: Option<OsString>,
    pub(super) uptime: Uptime,
    pub(super) cpu: Cpu,
    pub(super) memory: Option<VirtualMemory>,
    pub(super) swap: Option<SwapMemory>,
    pub(super) disks: Vec<FileSystem>,
    /// Bytes read and written a second, all disks together.
    pub(super) disk_rates: Option<(f64, f64)>,
    pub(super) nics: Vec<Nic>,
    pub(super) temperatures: BTreeMap<OsString, Vec<Temperature>>,
    pub(super) fans: BTreeMap<OsString, Vec<Fan>>,
    pub(super) batteries: Vec<Battery>,
    pub(super) processes: Option<Processes>,
}

pub(super) struct Cpu {
    pub(super) logical: Option<u32>,
    pub(super) cores: Option<u32>,
    pub(super) freq: Option<CpuFreq>,
    /// Use in percent.
    pub(super) percent: Option<f64>,
    pub(super) each: Vec<Option<f64>>,
}

pub(super) struct Nic {
    pub(super) name: OsString,
    pub(super) stats: Option<NicStats>,
    pub(super) counters: Option<NetIoCounters>,
    /// Bytes received and sent a second.
    pub(super) rates: Option<(f64, f64)>,
}

pub(super) struct Processes {
    pub(super) count: usize,
    pub(super) running: usize,
    /// Empty for a recorded machine.
    pub(super) by_cpu: Vec<Busy>,
    pub(super) by_memory: Vec<Busy>,
}

pub(super) struct Busy {
    pub(super) pid: Pid,
    pub(super) name: Cell<OsString>,
    pub(super) user: Cell<OsString>,
    /// In percent of one CPU.
    pub(super) cpu: Option<f64>,
    pub(super) rss: Cell<u64>,
}

/// What has to be looked at twice.
struct Look {
    at: Instant,
    cpu: Option<CpuTimes>,
    cpus: Vec<CpuTimes>,
    disks: Option<DiskIoCounters>,
    nics: BTreeMap<OsString, NetIoCounters>,
    table: Option<Snapshot>,
}

impl Look {
    fn at(system: &System) -> Self {
        let fields = Fields::NAME | Fields::USERNAME | Fields::CPU_TIMES | Fields::MEMORY;
        Self {
            cpu: system.cpu_times().ok(),
            cpus: system.cpu_times_percpu().unwrap_or_default(),
            disks: system.disk_io_counters().ok().flatten(),
            nics: system.net_io_counters_pernic().unwrap_or_default(),
            at: Instant::now(),
            table: system.snapshot(fields).ok(),
        }
    }
}

impl Facts {
    /// Asks everything; fails if not even processes and memory can be told.
    pub(super) fn of(system: &System, interval: Duration) -> sysvitals::Result<Self> {
        let before = match sample::moves(system) {
            false => None,
            true => {
                let before = Look::at(system);
                sample::wait(system, interval)?;
                Some(before)
            }
        };
        let after = Look::at(system);
        let memory = system.virtual_memory();
        if after.table.is_none() && after.cpu.is_none() {
            if let Err(err) = memory {
                return Err(err);
            }
        }
        Ok(Self {
            elapsed: before.as_ref().map(|before| after.at.duration_since(before.at)),
            host_name: system.host_name().ok(),
            kernel: system.kernel().ok(),
            uptime: Uptime::of(system),
            cpu: Cpu::of(system, before.as_ref(), &after),
            memory: memory.ok(),
            swap: system.swap_memory().ok(),
            disks: disks(system),
            disk_rates: before.as_ref().and_then(|before| disk_rates(before, &after)),
            nics: nics(system, before.as_ref(), &after),
            temperatures: system.sensors_temperatures().unwrap_or_default(),
            fans: system.sensors_fans().unwrap_or_default(),
            batteries: system.sensors_battery().unwrap_or_default(),
            processes: Processes::of(before.as_ref(), &after),
        })
    }
}

impl Cpu {
    fn of(system: &System, before: Option<&Look>, after: &Look) -> Self {
        let percent = |before: &CpuTimes, after: &CpuTimes| after.percent_since(before);
        let each = before.map(|before| before.cpus.iter().zip(&after.cpus));
        Self {
            logical: system.cpu_count().ok().flatten(),
            cores: system.cpu_count_cores().ok().flatten(),
            freq: system.cpu_freq().ok().flatten(),
            percent: before.and_then(|before| percent(before.cpu.as_ref()?, after.cpu.as_ref()?)),
            each: each
                .into_iter()
                .flatten()
                .map(|(before, after)| percent(before, after))
                .collect(),
        }
    }
}

/// Those on devices, and the root, which in a container is on none.
fn disks(system: &System) -> Vec<FileSystem> {
    let mut disks = df::on_devices(system).unwrap_or_default();
    let is_root = |mountpoint: &std::path::Path| mountpoint.parent().is_none();
    // A file mounted from outside, as in containers, is no place to put anything.
    disks.retain(|disk| !system.is_live() || disk.partition.mountpoint.is_dir());
    if !disks.iter().any(|disk| is_root(&disk.partition.mountpoint)) {
        let all = system.disk_partitions_all().unwrap_or_default();
        if let Some(root) = all.into_iter().rev().find(|each| is_root(&each.mountpoint)) {
            let usage = system.disk_usage(&root.mountpoint).ok();
            if usage.is_none_or(|usage| usage.total > 0) {
                disks.insert(0, FileSystem { partition: root, usage });
            }
        }
    }
    disks
}

fn rate(before: impl Into<u128>, after: impl Into<u128>, elapsed: Duration) -> Option<f64> {
    // A counter that went back was set to zero; nothing can be said of what came before.
    let grown = after.into().checked_sub(before.into())?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let grown = grown as f64;
    (!elapsed.is_zero()).then(|| grown / elapsed.as_secs_f64())
}

fn disk_rates(before: &Look, after: &Look) -> Option<(f64, f64)> {
    let elapsed = after.at.duration_since(before.at);
    let (before, after) = (before.disks?, after.disks?);
    let read = rate(before.read_bytes, after.read_bytes, elapsed)?;
    Some((read, rate(before.write_bytes, after.write_bytes, elapsed)?))
}

/// Those that move most first.
fn nics(system: &System, before: Option<&Look>, after: &Look) -> Vec<Nic> {
    let mut stats = system.net_if_stats().unwrap_or_default();
    let nic = |(name, now): (&OsString, &NetIoCounters)| {
        let rates = before.and_then(|before| {
            let elapsed = after.at.duration_since(before.at);
            let then = before.nics.get(name)?;
            let received = rate(then.bytes_recv, now.bytes_recv, elapsed)?;
            Some((received, rate(then.bytes_sent, now.bytes_sent, elapsed)?))
        });
        Nic { name: name.clone(), stats: stats.remove(name), counters: Some(*now), rates }
    };
    let mut nics: Vec<_> = after.nics.iter().map(nic).collect();
    let silent = stats.into_iter().map(|(name, stats)| Nic {
        name,
        stats: Some(stats),
        counters: None,
        rates: None,
    });
    nics.extend(silent);
    let moved = |nic: &Nic| nic.rates.map_or(-1.0, |(received, sent)| received + sent);
    let ever =
        |nic: &Nic| nic.counters.map_or(0, |all| all.bytes_recv.saturating_add(all.bytes_sent));
    nics.sort_by(|one, other| {
        moved(other).total_cmp(&moved(one)).then_with(|| ever(other).cmp(&ever(one)))
    });
    nics
}

impl Processes {
    fn of(before: Option<&Look>, after: &Look) -> Option<Self> {
        // Every machine has processes; a recording that holds none does not tell of them.
        let table = after.table.as_ref().filter(|table| !table.rows().is_empty())?;
        let changes =
            before.and_then(|before| before.table.as_ref()).map(|before| table.since(before));
        let mut by_cpu: Vec<_> = changes
            .iter()
            .flat_map(|changes| changes.rows())
            .filter_map(|change| Some((change.cpu_usage().ok()?.of_core(), change.after())))
            .filter(|(cpu, _)| *cpu > 0.0)
            .collect();
        by_cpu.sort_by(|one, other| other.0.total_cmp(&one.0));
        let resident = |row: &&Row| row.memory_info().map_or(0, |memory| memory.rss);
        let mut by_memory: Vec<_> = table.rows().iter().filter(|row| resident(row) > 0).collect();
        by_memory.sort_by_key(|row| std::cmp::Reverse(resident(row)));
        let cpu = |row: &Row| {
            let changes = changes.as_ref()?;
            let at = changes.rows().binary_search_by_key(&row.pid(), |change| change.pid()).ok()?;
            Some(changes.rows().get(at)?.cpu_usage().ok()?.of_core())
        };
        let is_running = |row: &&Row| row.status() == Ok(ProcessStatus::Running);
        Some(Self {
            count: table.rows().len(),
            running: table.rows().iter().filter(is_running).count(),
            by_cpu: by_cpu.iter().take(TOP).map(|(cpu, row)| Busy::of(row, Some(*cpu))).collect(),
            by_memory: by_memory.iter().take(TOP).map(|row| Busy::of(row, cpu(row))).collect(),
        })
    }
}

impl Busy {
    fn of(row: &Row, cpu: Option<f64>) -> Self {
        Self {
            pid: row.pid(),
            name: row.name().map(OsString::from),
            user: row.username().map(OsString::from),
            cpu: cpu.map(|cpu| (cpu * 10.0).round() / 10.0),
            rss: row.memory_info().map(|memory| memory.rss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_counters_that_grow() {
        let second = Duration::from_millis(500);
        assert_eq!(rate(10_u32, 30_u32, second), Some(40.0));
        assert_eq!(rate(30_u32, 10_u32, second), None);
        assert_eq!(rate(10_u32, 30_u32, Duration::ZERO), None);
    }

    #[test]
    fn a_machine_that_tells_nothing_is_a_failure() {
        let nowhere = System::at("/nonexistent");
        assert!(Facts::of(&nowhere, Duration::from_millis(1)).is_err());
    }
}
