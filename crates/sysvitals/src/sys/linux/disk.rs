//! Mounted file systems, their space, and what disks read and wrote.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use rustix::fs::StatVfs;
use sysvitals_parse::ParseError;
use sysvitals_parse::linux::block_stat::{self, BlockStat};
use sysvitals_parse::linux::{attribute, diskstats, filesystems, mounts, partitions, uevent};

use super::{Host, read};
use crate::mount_table::Told;
use crate::percent::percent;
use crate::sys::{Disk, Machine as _};
use crate::{DiskIoCounters, DiskPartition, DiskUsage, Error, Result};

/// What counters of sectors mean by one, whatever the disk's own are.
const SECTOR: u128 = 512;

/// The types of file system that the kernel knows, below the root of procfs.
const TYPES: &str = "filesystems";

impl Disk for Host {
    fn disk_usage(&self, path: &Path) -> Result<DiskUsage> {
        if !self.is_this_machine() {
            return Err(Error::Unsupported("disk_usage"));
        }
        match rustix::io::retry_on_intr(|| rustix::fs::statvfs(path)) {
            Ok(stat) => Ok(disk_usage(&stat)),
            Err(err) => Err(Error::io(format!("statvfs of {}", path.display()), err)),
        }
    }

    fn disk_partitions(&self, all: bool) -> Result<Vec<DiskPartition>> {
        let tables = self.mount_tables(all)?;
        self.partitions_in(&tables, all, || self.root_device())
    }

    fn disk_partitions_unless(
        &self,
        told: &mut Option<Told>,
        all: bool,
    ) -> Result<Option<Vec<DiskPartition>>> {
        let mut tables = self.mount_tables(all)?;
        if told.as_ref() == Some(&tables) {
            return Ok(None);
        }
        let is_all_told = Cell::new(true);
        let partitions = self.partitions_in(&tables, all, || {
            is_all_told.set(false);
            self.root_device()
        })?;
        tables.iter_mut().for_each(Vec::shrink_to_fit);
        *told = is_all_told.get().then_some(tables);
        Ok(Some(partitions))
    }

    fn disk_io_counters_perdisk(&self) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        match self.proc("diskstats", counters) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                self.block_stats()
            }
            answer => answer,
        }
    }

    fn is_whole_disk(&self, name: &OsStr) -> bool {
        // sysfs has no `/` in names (drivers/base/core.c, device_add).
        let name: Vec<u8> =
            name.as_bytes().iter().map(|&byte| if byte == b'/' { b'!' } else { byte }).collect();
        self.sys_path("block").join(OsStr::from_bytes(&name)).exists()
    }
}

impl Host {
    /// Whether what is asked by system call is about the machine whose files stand at the roots.
    ///
    /// Unlike pids, paths are the same in every pid namespace, and need no procfs.
    fn is_this_machine(&self) -> bool {
        self.roots().proc == Path::new("/proc") || self.is_live()
    }

    /// What is mounted, and the types of file system if not all are asked for.
    fn mount_tables(&self, all: bool) -> Result<Told> {
        let types = if all { Vec::new() } else { self.read(&self.proc_path(TYPES))? };
        Ok([types, self.mount_table()?])
    }

    fn partitions_in(
        &self,
        [types, table]: &Told,
        all: bool,
        root_device: impl Fn() -> Option<OsString>,
    ) -> Result<Vec<DiskPartition>> {
        let unknown = |err| Error::parse(self.proc_path(TYPES), err);
        let types = if all { None } else { Some(on_device(types).map_err(unknown)?) };
        Ok(disk_partitions(table, types.as_deref(), root_device))
    }

    /// What is mounted, from the file that psutil chooses (7.2.2, `_pslinux.py`, disk_partitions):
    /// on this machine `mtab`, if that is a file.
    fn mount_table(&self) -> Result<Vec<u8>> {
        if self.roots().proc == Path::new("/proc") {
            let mtab = self.roots().etc.join("mtab");
            match read::regular_file(&mtab) {
                Ok(Some(table)) => return Ok(table),
                // What cannot be read may be a file all the same.
                Err(err) if mtab.is_file() => return Err(super::unreadable(&mtab, err)),
                Ok(None) | Err(_) => {}
            }
        }
        self.read(&self.proc_path("self/mounts"))
    }

    /// The device that `/` is on, which early boot mounts as `/dev/root`.
    fn root_device(&self) -> Option<OsString> {
        if !self.is_this_machine() {
            return None;
        }
        let device = rustix::fs::stat("/").ok()?.st_dev;
        self.block_device(rustix::fs::major(device), rustix::fs::minor(device))
    }

    /// The node of a block device. That it may be unknown is no failure.
    fn block_device(&self, major: u32, minor: u32) -> Option<OsString> {
        let name = self
            .name_in_partitions(major, minor)
            .or_else(|| self.name_in_uevent(major, minor))
            .or_else(|| self.name_in_class(major, minor))?;
        // Containers see the devices of their host but have no nodes of them.
        self.roots().dev.join(&name).exists().then(|| Path::new("/dev").join(name).into())
    }

    fn name_in_partitions(&self, major: u32, minor: u32) -> Option<OsString> {
        let bytes = self.read(&self.proc_path("partitions")).ok()?;
        let mut partitions = partitions::parse(&bytes).filter_map(Result::ok);
        let found = partitions.find(|one| (one.major, one.minor) == (major, minor))?;
        Some(OsStr::from_bytes(found.name).to_owned())
    }

    fn name_in_uevent(&self, major: u32, minor: u32) -> Option<OsString> {
        let path = self.sys_path(format!("dev/block/{major}:{minor}/uevent"));
        let bytes = self.read(&path).ok()?;
        Some(OsStr::from_bytes(uevent::lookup(&bytes, b"DEVNAME")?).to_owned())
    }

    fn name_in_class(&self, major: u32, minor: u32) -> Option<OsString> {
        let number = format!("{major}:{minor}");
        let devices = read::entries(&self.sys_path("class/block")).ok()?;
        let found = devices.into_iter().find(|device| {
            self.read(&device.path().join("dev"))
                .is_ok_and(|bytes| attribute::text(&bytes) == number.as_bytes())
        })?;
        let name = found.file_name().into_vec();
        let slash = |byte| if byte == b'!' { b'/' } else { byte };
        Some(OsString::from_vec(name.into_iter().map(slash).collect()))
    }

    /// Counters of every disk and partition, where there is no table of them.
    fn block_stats(&self) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        let mut found = BTreeMap::new();
        let path = self.sys_path("block");
        let disks = match read::entries(&path) {
            Ok(disks) => disks,
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Unsupported("disk_io_counters"));
            }
            Err(err) => return Err(Error::io(format!("listing {}", path.display()), err)),
        };
        for disk in disks {
            self.block_stats_below(&disk.path(), &mut found)?;
        }
        Ok(found)
    }

    fn block_stats_below(
        &self,
        dir: &Path,
        found: &mut BTreeMap<OsString, DiskIoCounters>,
    ) -> Result<()> {
        // A device that was unplugged meanwhile, or nothing that can be looked into.
        let Ok(entries) = read::entries(dir) else { return Ok(()) };
        for entry in entries {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.block_stats_below(&path, found)?;
            } else if entry.file_name() == "stat" {
                let Some(bytes) = self.read_unless_unplugged(&path)? else { continue };
                let stat = block_stat::parse(&bytes).map_err(|err| Error::parse(&path, err))?;
                let name = dir.file_name().unwrap_or_default().to_owned();
                found.insert(name, disk_io_counters(&stat));
            }
        }
        Ok(())
    }

    fn read_unless_unplugged(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match self.read_if_there(path) {
            Err(Error::Io { source, .. })
                if source.raw_os_error() == Some(rustix::io::Errno::NODEV.raw_os_error()) =>
            {
                Ok(None)
            }
            answer => answer,
        }
    }
}

/// The arithmetic of df(1).
fn disk_usage(stat: &StatVfs) -> DiskUsage {
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    let total = bytes(stat.f_blocks);
    let used = total.saturating_sub(bytes(stat.f_bfree));
    let free = bytes(stat.f_bavail);
    DiskUsage { total, used, free, percent: percent(used.into(), used.saturating_add(free).into()) }
}

/// The types of file system that are on a device; ZFS says it needs none, but has them.
fn on_device(types: &[u8]) -> Result<Vec<&[u8]>, ParseError> {
    let types = filesystems::parse(types).filter_map(|kind| match kind {
        Ok(kind) => (!kind.nodev || kind.name == b"zfs").then_some(Ok(kind.name)),
        Err(err) => Some(Err(err)),
    });
    types.collect()
}

/// All mounts, or those with a device and one of `types`.
fn disk_partitions(
    table: &[u8],
    types: Option<&[&[u8]]>,
    root_device: impl Fn() -> Option<OsString>,
) -> Vec<DiskPartition> {
    let text = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    let root = OnceCell::new();
    let device = |device: &[u8]| match device {
        b"none" => OsString::new(),
        b"/dev/root" | b"rootfs" => {
            root.get_or_init(&root_device).clone().unwrap_or_else(|| text(device))
        }
        _ => text(device),
    };
    let is_wanted = |mount: &mounts::Mount<'_>| {
        types.is_none_or(|types| {
            !matches!(&*mount.device, b"" | b"none") && types.contains(&&*mount.fstype)
        })
    };
    let mounts = mounts::parse(table).filter(is_wanted).map(|mount| DiskPartition {
        device: device(&mount.device),
        mountpoint: text(&mount.mountpoint).into(),
        fstype: text(&mount.fstype),
        opts: text(&mount.options),
    });
    // Few lines are shorter.
    const LINE: usize = 40;
    let mut partitions = Vec::with_capacity(if types.is_none() { table.len() / LINE } else { 0 });
    partitions.extend(mounts);
    partitions
}

fn counters(table: &[u8]) -> Result<BTreeMap<OsString, DiskIoCounters>, ParseError> {
    // One after another: to be sorted all would be moved twice.
    let mut disks = BTreeMap::new();
    for disk in diskstats::parse(table) {
        let disk = disk?;
        disks.insert(OsStr::from_bytes(disk.name).to_owned(), disk_io_counters(&disk.stat));
    }
    Ok(disks)
}

fn disk_io_counters(stat: &BlockStat) -> DiskIoCounters {
    DiskIoCounters {
        read_count: stat.reads.into(),
        write_count: stat.writes.into(),
        read_bytes: u128::from(stat.sectors_read) * SECTOR,
        write_bytes: u128::from(stat.sectors_written) * SECTOR,
        read_time: stat.read_ms.map(u128::from),
        write_time: stat.write_ms.map(u128::from),
        read_merged_count: stat.reads_merged.map(u128::from),
        write_merged_count: stat.writes_merged.map(u128::from),
        busy_time: stat.busy_ms.map(u128::from),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::{MountTable, Roots, System};

    /// A machine of these files; a name that ends in `/` is a directory.
    fn machine(files: &[(&str, &str)]) -> io::Result<TempDir> {
        let dir = tempfile::tempdir()?;
        for (name, text) in files {
            let path = dir.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(&path)?;
            } else {
                fs::create_dir_all(path.parent().unwrap_or(dir.path()))?;
                fs::write(&path, text)?;
            }
        }
        Ok(dir)
    }

    #[test]
    fn reserved_space_is_neither_used_nor_free() {
        let check = |[blocks, bfree, bavail, frsize]: [u64; 4], want: (u64, u64, u64, f64)| {
            let mut stat = rustix::fs::statvfs("/").unwrap();
            (stat.f_blocks, stat.f_bfree, stat.f_bavail) = (blocks, bfree, bavail);
            (stat.f_frsize, stat.f_bsize) = (frsize, 1 << 20);
            let usage = disk_usage(&stat);
            assert_eq!((usage.total, usage.used, usage.free, usage.percent), want);
        };
        check([100, 40, 20, 4096], (409_600, 245_760, 81_920, 75.0));
        check([100, 5, 0, 1], (100, 95, 0, 100.0));
        check([0, 0, 0, 4096], (0, 0, 0, 0.0));
        check([10, 12, 12, 1], (10, 0, 12, 0.0));
        check([u64::MAX, 0, 0, 4096], (u64::MAX, u64::MAX, 0, 100.0));
    }

    #[test]
    fn space_is_that_of_this_machine_or_unsupported() -> io::Result<()> {
        let dir = machine(&[])?;
        let recorded = System::at(dir.path()).disk_usage(dir.path());
        assert!(matches!(recorded, Err(Error::Unsupported("disk_usage"))));

        let missing = dir.path().join("missing");
        let Err(Error::Io { at, source }) = crate::disk_usage(&missing) else { panic!("no error") };
        assert!(at.ends_with("missing"), "{at}");
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
        assert!(crate::disk_usage(dir.path()).unwrap().total > 0);
        Ok(())
    }

    const MOUNTS: &str = "rootfs / rootfs rw 0 0\n\
        /dev/root / ext4 rw,noatime 0 0\n\
        none /run tmpfs rw 0 0\n\
        none /srv ext4 rw 0 0\n\
        tank/a /tank zfs ro 0 0\n\
        /dev/sdb1 /mnt/a\\040b ext4 rw 0 0\n\
        /dev/sdb1 /mnt/c ext4 rw,bind 0 0\n\
        srv:/x /nfs nfs4 rw 0 0\n";

    const KNOWN: &str = "nodev\tsysfs\nnodev\ttmpfs\n\text4\nnodev\tzfs\nnodev\tnfs4\n";

    fn lines(partitions: &[DiskPartition]) -> Vec<String> {
        let line = |one: &DiskPartition| {
            let fields = [&one.device, one.mountpoint.as_os_str(), &one.fstype, &one.opts];
            fields.map(|field| field.to_str().unwrap()).join("|")
        };
        partitions.iter().map(line).collect()
    }

    #[test]
    fn partitions_have_a_device_and_its_type() {
        let types = on_device(KNOWN.as_bytes()).unwrap();
        let root = || Some("/dev/mmcblk0p2".into());
        assert_eq!(
            lines(&disk_partitions(MOUNTS.as_bytes(), Some(&types), root)),
            [
                "/dev/mmcblk0p2|/|ext4|rw,noatime",
                "tank/a|/tank|zfs|ro",
                "/dev/sdb1|/mnt/a b|ext4|rw",
                "/dev/sdb1|/mnt/c|ext4|rw,bind",
            ]
        );
        assert_eq!(
            lines(&disk_partitions(MOUNTS.as_bytes(), None, || None))[..4],
            [
                "rootfs|/|rootfs|rw",
                "/dev/root|/|ext4|rw,noatime",
                "|/run|tmpfs|rw",
                "|/srv|ext4|rw",
            ]
        );
    }

    #[test]
    fn the_root_device_is_asked_for_once_and_only_if_needed() {
        let asked = std::cell::Cell::new(0);
        let root = || {
            asked.set(asked.get() + 1);
            None
        };
        disk_partitions(b"/dev/sda1 / ext4 rw 0 0\n", None, root);
        assert_eq!(asked.get(), 0);
        disk_partitions(MOUNTS.as_bytes(), None, root);
        assert_eq!(asked.get(), 1);
    }

    #[test]
    fn a_recording_is_not_given_the_mounts_and_devices_of_the_host() -> io::Result<()> {
        let numbers = rustix::fs::stat("/")?.st_dev;
        let (major, minor) = (rustix::fs::major(numbers), rustix::fs::minor(numbers));
        let dir = machine(&[
            ("proc/self/mounts", "/dev/root / ext4 rw 0 0\n"),
            ("proc/partitions", &format!("{major} {minor} 1 sda1\n")),
            ("etc/mtab", "/dev/old / ext4 rw 0 0\n"),
            ("dev/sda1", ""),
        ])?;
        let system = System::at(dir.path());
        assert_eq!(lines(&system.disk_partitions_all().unwrap()), ["/dev/root|/|ext4|rw"]);
        assert!(matches!(system.disk_partitions(), Err(Error::Io { .. })), "no table of types");

        fs::write(dir.path().join("proc/filesystems"), "ext4\n")?;
        assert!(matches!(system.disk_partitions(), Err(Error::Parse { .. })));
        fs::write(dir.path().join("proc/filesystems"), "\text4\n")?;
        assert_eq!(system.disk_partitions().unwrap().len(), 1);
        Ok(())
    }

    /// How many mounts `table` tells of; `None` if they are as they were.
    fn changed(table: &mut MountTable, system: &System) -> Option<usize> {
        table.changed(system).unwrap().map(|mounts| mounts.len())
    }

    #[test]
    fn mounts_are_told_again_if_any_table_changed() -> io::Result<()> {
        const MOUNTS: &str = "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n";
        let files = [("proc/self/mounts", MOUNTS), ("proc/filesystems", "\text4\n")];
        let dir = machine(&files)?;
        let system = System::at(dir.path());
        let write = |file: &str, text: &str| fs::write(dir.path().join(file), text);
        let (mut all, mut some) = (MountTable::all(), MountTable::on_devices());
        assert_eq!((changed(&mut all, &system), changed(&mut some, &system)), (Some(2), Some(1)));
        assert_eq!((changed(&mut all, &system), changed(&mut some, &system)), (None, None));

        write("proc/filesystems", "\text4\n\tproc\n")?;
        assert_eq!((changed(&mut all, &system), changed(&mut some, &system)), (None, Some(2)));

        // As long as before.
        write("proc/self/mounts", &MOUNTS.replace("rw", "ro"))?;
        assert_eq!((changed(&mut all, &system), changed(&mut some, &system)), (Some(2), Some(2)));
        let other = machine(&files)?;
        assert_eq!(changed(&mut all, &System::at(other.path())), Some(2));
        assert_eq!(changed(&mut all, &system), Some(2));

        fs::remove_file(dir.path().join("proc/self/mounts"))?;
        assert!(matches!(all.changed(&system), Err(Error::Io { .. })));
        write("proc/self/mounts", &MOUNTS.replace("rw", "ro"))?;
        assert_eq!(changed(&mut all, &system), None, "compared with the last answer");
        write("proc/filesystems", "ext4\n")?;
        for _ in 0..2 {
            assert!(matches!(some.changed(&system), Err(Error::Parse { .. })));
        }
        write("proc/self/mounts", "")?;
        assert_eq!((changed(&mut all, &system), changed(&mut all, &system)), (Some(0), None));
        Ok(())
    }

    #[test]
    fn mounts_with_a_device_that_is_looked_up_are_told_every_time() -> io::Result<()> {
        let dir = machine(&[("proc/self/mounts", "/dev/root / ext4 rw 0 0\n")])?;
        let (system, mut table) = (System::at(dir.path()), MountTable::all());
        assert_eq!(
            (changed(&mut table, &system), changed(&mut table, &system)),
            (Some(1), Some(1))
        );
        fs::write(dir.path().join("proc/self/mounts"), "/dev/sda1 / ext4 rw 0 0\n")?;
        assert_eq!((changed(&mut table, &system), changed(&mut table, &system)), (Some(1), None));
        Ok(())
    }

    #[test]
    fn mtab_counts_on_this_machine_if_it_is_a_file() -> io::Result<()> {
        let dir = machine(&[
            ("etc/mtab", "/dev/sda1 /mtab ext4 rw 0 0\n"),
            ("none/", ""),
            ("odd/mtab/", ""),
            ("linked/", ""),
            ("proc/self/mounts", "/dev/sda1 /mounts ext4 rw 0 0\n"),
        ])?;
        std::os::unix::fs::symlink("../etc/mtab", dir.path().join("linked/mtab"))?;
        let partitions = |proc: &Path, etc: &str| {
            let etc = dir.path().join(etc);
            let roots = Roots { proc: proc.into(), etc, ..Roots::default() };
            Host::new(roots).disk_partitions(true)
        };
        let is_read = |proc: &Path, etc, table: &str| {
            let mounts = partitions(proc, etc).unwrap();
            mounts.iter().any(|mount| mount.mountpoint == Path::new(table))
        };
        let (here, there) = (Path::new("/proc"), &*dir.path().join("proc"));
        assert!(is_read(here, "etc", "/mtab"));
        assert!(is_read(here, "linked", "/mtab"));
        assert!(is_read(here, "none", "/proc"));
        assert!(is_read(here, "odd", "/proc"), "a directory is no file");
        assert!(is_read(there, "etc", "/mounts"));
        assert!(matches!(partitions(Path::new("/host/proc"), "etc"), Err(Error::Io { .. })));
        Ok(())
    }

    #[test]
    fn block_devices_are_named_by_whoever_knows_them() -> io::Result<()> {
        let dir = machine(&[
            ("proc/partitions", "major minor  #blocks  name\n\n 8 1 1 sda1\n 8 9 1 gone\n"),
            ("sys/dev/block/179:2/uevent", "MAJOR=179\nDEVNAME=mmcblk0p2\n"),
            ("sys/class/block/sdz/", ""),
            ("sys/class/block/cciss!c0d0/dev", "104:0\n"),
            ("dev/sda1", ""),
            ("dev/mmcblk0p2", ""),
            ("dev/cciss/c0d0", ""),
        ])?;
        let host = System::at(dir.path()).host;
        let name = |major, minor| host.block_device(major, minor);
        assert_eq!(name(8, 1), Some("/dev/sda1".into()));
        assert_eq!(name(179, 2), Some("/dev/mmcblk0p2".into()));
        assert_eq!(name(104, 0), Some("/dev/cciss/c0d0".into()));
        assert_eq!(name(8, 9), None, "there is no such node");
        assert_eq!(name(0, 30), None);
        Ok(())
    }

    #[test]
    fn totals_are_of_whole_disks() -> io::Result<()> {
        let dir = machine(&[
            (
                "proc/diskstats",
                "104 0 cciss/c0d0 1 2 3 4 5 6 7 8 0 10 0\n\
                 104 1 cciss/c0d0p1 1 2 3 4 5 6 7 8 0 10 0\n\
                 7 0 loop0 1 1 1 1 1 1 1 1 0 1 0\n\
                 8 1 sda1 1 2 3 4\n",
            ),
            ("sys/block/cciss!c0d0/", ""),
            ("sys/block/loop0/", ""),
        ])?;
        let system = System::at(dir.path());
        let want = DiskIoCounters {
            read_count: 2,
            write_count: 6,
            read_bytes: 4 * 512,
            write_bytes: 8 * 512,
            read_time: Some(5),
            write_time: Some(9),
            read_merged_count: Some(3),
            write_merged_count: Some(7),
            busy_time: Some(11),
        };
        assert_eq!(system.disk_io_counters().unwrap(), Some(want));
        let table = system.disk_io_counters_perdisk().unwrap();
        let old = table[OsStr::new("sda1")];
        assert_eq!((old.write_bytes, old.read_time, old.busy_time), (2048, None, None));
        assert_eq!(table.len(), 4);
        Ok(())
    }

    #[test]
    fn without_disks_there_is_no_total() -> io::Result<()> {
        let dir = machine(&[("proc/diskstats", "")])?;
        let system = System::at(dir.path());
        assert_eq!(system.disk_io_counters().unwrap(), None);
        assert!(system.disk_io_counters_perdisk().unwrap().is_empty());
        Ok(())
    }

    #[test]
    fn the_most_sectors_do_not_overflow() -> io::Result<()> {
        let most = u64::MAX;
        let line = format!("8 0 sda 0 0 {most} 0 0 0 {most} 0 0 0 0\n");
        let dir = machine(&[("proc/diskstats", &line), ("sys/block/sda/", "")])?;
        let disks = System::at(dir.path()).disk_io_counters().unwrap().unwrap();
        assert_eq!(
            (disks.read_bytes, disks.write_bytes),
            (u128::from(most) * 512, disks.read_bytes)
        );
        Ok(())
    }

    #[test]
    fn sysfs_stands_in_for_a_missing_table() -> io::Result<()> {
        let dir = machine(&[
            ("sys/block/sda/stat", " 1 2 3 4 5 6 7 8 9 10 11\n"),
            ("sys/block/sda/sda1/stat", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"),
            ("sys/block/sda/queue/rotational", "0\n"),
            ("sys/block/sr0/", ""),
            ("sys/devices/sdb/stat", "1 0 0 0 0 0 0 0 0 0 0\n"),
        ])?;
        // A link to the disk is followed, a link inside it is not.
        std::os::unix::fs::symlink("../devices/sdb", dir.path().join("sys/block/sdb"))?;
        std::os::unix::fs::symlink("../sda", dir.path().join("sys/block/sda/device"))?;
        let system = System::at(dir.path());
        let table = system.disk_io_counters_perdisk().unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["sda", "sda1", "sdb"]);
        let disk = table[OsStr::new("sda")];
        assert_eq!((disk.read_bytes, disk.busy_time), (3 * 512, Some(10)));
        assert_eq!(system.disk_io_counters().unwrap().unwrap().read_count, 2);

        fs::write(dir.path().join("sys/block/sda/stat"), "1 2\n")?;
        assert!(matches!(system.disk_io_counters(), Err(Error::Parse { .. })));
        fs::write(dir.path().join("proc"), "")?;
        assert!(matches!(system.disk_io_counters(), Err(Error::Io { .. })));
        Ok(())
    }

    #[test]
    fn a_kernel_without_counters_says_so() -> io::Result<()> {
        let dir = machine(&[])?;
        let system = System::at(dir.path());
        assert!(matches!(system.disk_io_counters(), Err(Error::Unsupported("disk_io_counters"))));
        fs::create_dir_all(dir.path().join("sys/block"))?;
        assert_eq!(system.disk_io_counters().unwrap(), None);
        Ok(())
    }
}
