use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::counter::{self, Column, Columns};
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
///
/// Wider than the kernel's own numbers, so that neither bytes nor sums overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DiskIoCounters {
    /// Reads completed.
    pub read_count: u128,
    /// Writes completed.
    pub write_count: u128,
    /// Bytes read.
    pub read_bytes: u128,
    /// Bytes written.
    pub write_bytes: u128,
    /// Milliseconds spent reading; psutil has whole seconds on Windows. Not OpenBSD, NetBSD.
    pub read_time: Option<u128>,
    /// Milliseconds spent writing, as `read_time`. Not OpenBSD, NetBSD.
    pub write_time: Option<u128>,
    /// Reads joined with a neighbour before they were queued. Linux.
    pub read_merged_count: Option<u128>,
    /// Writes joined with a neighbour before they were queued. Linux.
    pub write_merged_count: Option<u128>,
    /// Milliseconds during which the disk had something to do. Linux, FreeBSD.
    pub busy_time: Option<u128>,
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

impl Columns<9> for DiskIoCounters {
    fn columns(&mut self) -> [Column<'_>; 9] {
        [
            (&mut self.read_count).into(),
            (&mut self.write_count).into(),
            (&mut self.read_bytes).into(),
            (&mut self.write_bytes).into(),
            (&mut self.read_time).into(),
            (&mut self.write_time).into(),
            (&mut self.read_merged_count).into(),
            (&mut self.write_merged_count).into(),
            (&mut self.busy_time).into(),
        ]
    }
}

impl System {
    /// Space of the file system that `path` is on, in bytes.
    ///
    /// `path` is any file or directory on it, not the device. What is reserved for the administrator
    /// is neither `used` nor `free`, so that `percent` is what df(1) shows: 100 when an ordinary user
    /// can write no more. It is 0 for file systems without space, such as procfs.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if there is no such path or it may not be reached,
    /// [`Unsupported`](crate::Error::Unsupported) on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: statvfs(3). Windows: GetDiskFreeSpaceExW of the directory, or of that which a file is
    /// in; what the caller's quota keeps from them counts as used. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let usage = sysvitals::disk_usage("/")?;
    /// assert!(usage.used <= usage.total && usage.percent <= 100.0);
    /// println!("{} bytes free, {} % used", usage.free, usage.percent);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn disk_usage(&self, path: impl AsRef<Path>) -> Result<DiskUsage> {
        self.host.disk_usage(path.as_ref())
    }

    /// Mounted file systems that live on a device; psutil's `disk_partitions(all=False)`.
    ///
    /// In the order in which they were mounted, on Windows in that of the letters. A device that is
    /// mounted in several places is told as often. On Linux no file system is touched, so that a
    /// server that does not answer stops nothing.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the tables of mounts or of types cannot be read,
    /// [`Parse`](crate::Error::Parse) if the latter cannot be understood.
    ///
    /// # Platforms
    ///
    /// Linux: `/etc/mtab`, or `/proc/self/mounts` if there is none or `proc` stands elsewhere; those
    /// with a device whose type is in `/proc/filesystems` without `nodev`, and ZFS. The device
    /// `/dev/root` is given its own name if the kernel tells it. Windows: drives that are fixed,
    /// removable (but `A:`) or for discs, by GetLogicalDrives and GetDriveTypeW. Before a drive stand
    /// the volumes that are mounted in its folders (FindFirstVolumeW,
    /// GetVolumePathNamesForVolumeNameW), with the drive as `device`. `fstype` and `opts` are those
    /// of GetVolumeInformationW; a drive without a medium has no `fstype`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for partition in sysvitals::disk_partitions()? {
    ///     assert!(!partition.device.is_empty());
    ///     println!("{:?} on {:?}", partition.device, partition.mountpoint);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn disk_partitions(&self) -> Result<Vec<DiskPartition>> {
        self.host.disk_partitions(false)
    }

    /// All mounted file systems; psutil's `disk_partitions(all=True)`.
    ///
    /// Those in memory, of the kernel's own and over the network as well; otherwise as
    /// [`disk_partitions`](Self::disk_partitions).
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the table of mounts cannot be read.
    ///
    /// # Platforms
    ///
    /// Linux: as [`disk_partitions`](Self::disk_partitions), without `/proc/filesystems`. Windows:
    /// drives of every kind. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let partitions = sysvitals::disk_partitions_all()?;
    /// assert!(partitions.len() >= sysvitals::disk_partitions()?.len());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn disk_partitions_all(&self) -> Result<Vec<DiskPartition>> {
        self.host.disk_partitions(true)
    }

    /// What was read and written since boot, summed over whole disks; `None` without disks.
    ///
    /// Partitions are left out, since their disk counts the same bytes. Disks made of others (LVM,
    /// RAID, loop) are disks like any other. A counter that only some disks have is summed over
    /// these. The kernel may wrap its counters; [`MonotonicDiskIo`](crate::MonotonicDiskIo) makes up
    /// for that.
    ///
    /// # Errors
    ///
    /// As [`disk_io_counters_perdisk`](Self::disk_io_counters_perdisk).
    ///
    /// # Platforms
    ///
    /// Linux: as [`disk_io_counters_perdisk`](Self::disk_io_counters_perdisk), for the names that
    /// are in `/sys/block`. Windows: all of them. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// if let Some(disks) = sysvitals::disk_io_counters()? {
    ///     println!("{} bytes read, {} written", disks.read_bytes, disks.write_bytes);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn disk_io_counters(&self) -> Result<Option<DiskIoCounters>> {
        let mut table = self.disk_io_counters_perdisk()?;
        table.retain(|name, _| self.host.is_whole_disk(name));
        Ok(counter::total(table.into_values()))
    }

    /// Whether a disk is not a part of another one, so that its counters count in sums.
    ///
    /// # Platforms
    ///
    /// Linux: it is in `/sys/block`. Elsewhere always true.
    ///
    /// # Example
    ///
    /// ```
    /// let system = sysvitals::System::host();
    /// for name in system.disk_io_counters_perdisk()?.keys() {
    ///     println!("{name:?} is whole: {}", system.is_whole_disk(name));
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn is_whole_disk(&self, name: impl AsRef<OsStr>) -> bool {
        self.host.is_whole_disk(name.as_ref())
    }

    /// What was read and written since boot, by disk and partition; on Windows by disk.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the counters cannot be read, [`Parse`](crate::Error::Parse) if
    /// they cannot be understood, [`Unsupported`](crate::Error::Unsupported) if the kernel keeps
    /// none.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/diskstats`; without it `stat` of every disk and partition below `/sys/block`.
    /// Sectors are of 512 bytes, whatever the disk says of its own. Windows: `IOCTL_DISK_PERFORMANCE`
    /// of every device that is called `PhysicalDriveN`; those that do not count are left out
    /// (`diskperf -Y` makes disks count), and so are those that cannot be opened, unless that leaves
    /// none. Counts are of 32 bits. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for (name, disk) in sysvitals::disk_io_counters_perdisk()? {
    ///     assert_eq!(disk.read_bytes % 512, 0);
    ///     println!("{name:?}: {} reads, {} writes", disk.read_count, disk.write_count);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn disk_io_counters_perdisk(&self) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        self.host.disk_io_counters_perdisk()
    }
}
