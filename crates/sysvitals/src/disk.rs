use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::record::record;
use crate::sys::Disk as _;
use crate::{Result, System};

/// Space of the file system that a path is on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct DiskUsage {
    /// Its size.
    pub total: u64,
    /// What is in use.
    pub used: u64,
    /// What an ordinary user may still take; less than `total - used` where some is reserved.
    pub free: u64,
    /// `used` in percent of `used + free`, rounded to one decimal.
    pub percent: f64,
}

record! { sdiskusage: DiskUsage { total: _, used: _, free: _, percent: _ } }

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DiskPartition {
    /// What is mounted: a device, a dataset, a server's export; empty for none.
    pub device: OsString,
    /// Where it is mounted.
    pub mountpoint: PathBuf,
    /// Type of the file system.
    pub fstype: OsString,
    /// Mount options, separated by commas.
    pub opts: OsString,
}

record! { sdiskpart: DiskPartition { device: _, mountpoint: _, fstype: _, opts: _ } }

/// What was read from and written to a disk, or all of them, since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DiskIoCounters {
    /// Reads completed.
    pub read_count: u64,
    /// Writes completed.
    pub write_count: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes written.
    pub write_bytes: u64,
    /// Milliseconds spent reading. Not OpenBSD, NetBSD.
    pub read_time: Option<u64>,
    /// Milliseconds spent writing. Not OpenBSD, NetBSD.
    pub write_time: Option<u64>,
    /// Reads joined with a neighbour before they were queued. Linux.
    pub read_merged_count: Option<u64>,
    /// Writes joined with a neighbour before they were queued. Linux.
    pub write_merged_count: Option<u64>,
    /// Milliseconds during which the disk had something to do. Linux, FreeBSD.
    pub busy_time: Option<u64>,
}

record! { sdiskio: DiskIoCounters {
    read_count: _,
    write_count: _,
    read_bytes: _,
    write_bytes: _,
    read_time: Linux | Windows | MacOs | FreeBsd | SunOs | Aix,
    write_time: Linux | Windows | MacOs | FreeBsd | SunOs | Aix,
    read_merged_count: Linux,
    write_merged_count: Linux,
    busy_time: Linux | FreeBsd,
} }

impl System {
    /// Space of the file system that `path` is on.
    pub fn disk_usage(&self, path: impl AsRef<Path>) -> Result<DiskUsage> {
        self.host.disk_usage(path.as_ref())
    }

    /// Mounted file systems that live on a device; psutil's `disk_partitions(all=False)`.
    pub fn disk_partitions(&self) -> Result<Vec<DiskPartition>> {
        self.host.disk_partitions(false)
    }

    /// All mounted file systems; psutil's `disk_partitions(all=True)`.
    pub fn disk_partitions_all(&self) -> Result<Vec<DiskPartition>> {
        self.host.disk_partitions(true)
    }

    /// What was read and written since boot, summed over whole disks; `None` without disks.
    pub fn disk_io_counters(&self) -> Result<Option<DiskIoCounters>> {
        self.host.disk_io_counters()
    }

    /// What was read and written since boot, by disk and partition.
    pub fn disk_io_counters_perdisk(&self) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        self.host.disk_io_counters_perdisk()
    }
}
