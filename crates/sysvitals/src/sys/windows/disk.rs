//! Volumes and where they are mounted, and the counters of disks.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::io::{AsHandle as _, OwnedHandle};
use std::path::{Component, Path, PathBuf};

use sysvitals_parse::windows::disk_performance::{self, Counters};
use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_INVALID_FUNCTION, ERROR_NO_MORE_FILES, ERROR_NOT_SUPPORTED,
    ERROR_PATH_NOT_FOUND,
};
use windows_sys::Win32::System::SystemServices::{
    FILE_READ_ONLY_VOLUME, FILE_VOLUME_IS_COMPRESSED,
};
use windows_sys::Win32::System::WindowsProgramming::{
    DRIVE_CDROM, DRIVE_FIXED, DRIVE_NO_ROOT_DIR, DRIVE_RAMDISK, DRIVE_REMOTE, DRIVE_REMOVABLE,
    DRIVE_UNKNOWN,
};

use super::ffi::disk::{self, FreeSpace};
use super::wide_text::{self, WideText};
use super::win32_error::is_one_of;
use super::{Host, buffer};
use crate::percent::percent;
use crate::sys::Disk;
use crate::{DiskIoCounters, DiskPartition, DiskUsage, Error, Result};

/// Units of the longest name that the system gives here (`MAX_PATH` of minwindef.h), NUL included.
const NAME: usize = 261;

impl Disk for Host {
    fn disk_usage(&self, path: &Path) -> Result<DiskUsage> {
        self.live("disk_usage")?;
        let _quiet = no_dialogs()?;
        free_space(path)
            .map(|space| usage(&space))
            .map_err(|err| Error::io(format!("GetDiskFreeSpaceExW of {}", path.display()), err))
    }

    fn disk_partitions(&self, all: bool) -> Result<Vec<DiskPartition>> {
        self.live("disk_partitions")?;
        let _quiet = no_dialogs()?;
        let drives = disk::logical_drives().map_err(|err| Error::io("GetLogicalDrives", err))?;
        let folders = folders()?;
        let mut partitions = Vec::new();
        for drive in roots(drives) {
            let root = PathBuf::from(&drive);
            let kind = disk::drive_type(&wide(&root)?);
            if !all && is_left_out(&drive, kind) {
                continue;
            }
            // As psutil has it: what is mounted on a drive comes before the drive.
            for folder in folders.iter().filter(|folder| is_on(folder, &root)) {
                let kind = disk::drive_type(&wide(folder)?);
                partitions.push(partition(&drive, folder, kind)?);
            }
            partitions.push(partition(&drive, &root, kind)?);
        }
        Ok(partitions)
    }

    fn disk_io_counters_perdisk(&self) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        self.live("disk_io_counters_perdisk")?;
        let _quiet = no_dialogs()?;
        let mut table = BTreeMap::new();
        let mut refused = None;
        for name in disks()? {
            match open(&name) {
                Ok(None) => {}
                Ok(Some(device)) => {
                    table.extend(counters(&device)?.map(|counters| (name, counters)));
                }
                // Left out, as in psutil, unless that leaves nothing.
                Err(err) => refused = Some(err),
            }
        }
        match refused {
            Some(err) if table.is_empty() => Err(err),
            _ => Ok(table),
        }
    }
}

fn no_dialogs() -> Result<disk::NoDialogs> {
    disk::no_dialogs().map_err(|err| Error::io("SetThreadErrorMode", err))
}

fn wide(path: &Path) -> Result<WideText> {
    WideText::new(path).map_err(|err| Error::io(path.display().to_string(), err))
}

/// Space of the volume that `path` is on; the call itself takes directories only.
fn free_space(path: &Path) -> io::Result<FreeSpace> {
    let failure = match disk::free_space(&WideText::new(with_separator(path))?) {
        Ok(space) => return Ok(space),
        Err(failure) => failure,
    };
    if !path.is_file() {
        return Err(failure);
    }
    // Its own directory, wherever a link may have led from. Not every driver tells where.
    let file = path.canonicalize().or_else(|_| std::path::absolute(path))?;
    let directory = file.parent().ok_or(failure)?;
    disk::free_space(&WideText::new(with_separator(directory))?)
}

/// A path on a server must end with a separator (Microsoft, "GetDiskFreeSpaceExW function").
fn with_separator(path: &Path) -> PathBuf {
    let on_server = path.as_os_str().to_string_lossy().starts_with(r"\\");
    if on_server { path.join("") } else { path.to_owned() }
}

fn usage(space: &FreeSpace) -> DiskUsage {
    let used = space.total.saturating_sub(space.available);
    DiskUsage {
        total: space.total,
        used,
        free: space.available,
        percent: percent(used.into(), space.total.into()),
    }
}

/// Roots of the drives of a set of letters, `A:` first.
fn roots(drives: u32) -> impl Iterator<Item = OsString> {
    let letters = (b'A'..=b'Z').enumerate().filter(move |(bit, _)| drives >> bit & 1 != 0);
    letters.map(|(_, letter)| format!("{}:\\", char::from(letter)).into())
}

/// Whether only `disk_partitions(all=True)` tells of a drive.
fn is_left_out(drive: &OsStr, kind: u32) -> bool {
    match kind {
        DRIVE_UNKNOWN | DRIVE_NO_ROOT_DIR | DRIVE_REMOTE | DRIVE_RAMDISK => true,
        // A floppy drive is slow to say that it is empty.
        DRIVE_REMOVABLE => drive == r"A:\",
        _ => false,
    }
}

/// What is mounted at `mountpoint`, which is on the drive `device`.
fn partition(device: &OsStr, mountpoint: &Path, kind: u32) -> Result<DiskPartition> {
    let mut name = [0; NAME];
    // It fails where there is no medium, and where a server does not answer.
    let flags = disk::volume_information(&wide(mountpoint)?, &mut name).ok();
    Ok(DiskPartition {
        device: device.to_owned(),
        mountpoint: mountpoint.to_owned(),
        fstype: flags.map(|_| wide_text::text(&name)).unwrap_or_default(),
        opts: options(flags, kind).into(),
    })
}

/// psutil's options: what the flags of a file system say, if that is known, and the kind of drive.
fn options(flags: Option<u32>, kind: u32) -> String {
    let mut options = Vec::new();
    if let Some(flags) = flags {
        let read_only = flags & FILE_READ_ONLY_VOLUME != 0;
        options.push(if read_only { "ro" } else { "rw" });
        if flags & FILE_VOLUME_IS_COMPRESSED != 0 {
            options.push("compressed");
        }
        if read_only {
            options.push("readonly");
        }
    }
    options.push(match kind {
        DRIVE_FIXED => "fixed",
        DRIVE_CDROM => "cdrom",
        DRIVE_REMOVABLE => "removable",
        DRIVE_NO_ROOT_DIR => "unmounted",
        DRIVE_REMOTE => "remote",
        DRIVE_RAMDISK => "ramdisk",
        DRIVE_UNKNOWN => "unknown",
        _ => "?",
    });
    options.join(",")
}

/// The folders in which volumes are mounted, in order.
///
/// Asked of each volume, which anyone may: FindFirstVolumeMountPointW, which psutil asks of each
/// drive, is for administrators.
fn folders() -> Result<Vec<PathBuf>> {
    const CALL: &str = "FindFirstVolumeW";

    let mut folders = Vec::new();
    let mut name = [0; NAME];
    let mut volumes = match disk::first_volume(&mut name) {
        Ok(volumes) => volumes,
        Err(err) if is_one_of(&err, &[ERROR_NO_MORE_FILES]) => return Ok(folders),
        Err(err) => return Err(Error::io(CALL, err)),
    };
    loop {
        let volume = PathBuf::from(wide_text::text(&name));
        // One that is being removed has no places any more.
        if let Ok(places) = places(&volume) {
            folders.extend(places.into_iter().filter(|place| !is_root(place)));
        }
        match volumes.next(&mut name) {
            Ok(()) => {}
            Err(err) if is_one_of(&err, &[ERROR_NO_MORE_FILES]) => break,
            Err(err) => return Err(Error::io(CALL, err)),
        }
    }
    folders.sort_unstable();
    Ok(folders)
}

/// Where a volume is mounted: roots of drives, and folders.
fn places(volume: &Path) -> Result<Vec<PathBuf>> {
    let volume = wide(volume)?;
    let places = wide_text::grow("GetVolumePathNamesForVolumeNameW", NAME, |units, length| {
        disk::volume_paths(&volume, units, length)
    })?;
    Ok(wide_text::texts(&places).map(PathBuf::from).collect())
}

fn is_root(path: &Path) -> bool {
    !path.components().any(|part| matches!(part, Component::Normal(_)))
}

/// Whether a folder is on the drive with this root.
fn is_on(folder: &Path, root: &Path) -> bool {
    folder.components().next() == root.components().next()
}

/// Every disk that the system has, by the name of its device.
fn disks() -> Result<Vec<OsString>> {
    let names = wide_text::grow("QueryDosDeviceW", 1 << 14, |units, _| disk::all_devices(units))?;
    Ok(wide_text::texts(&names).filter(|name| is_disk(name)).collect())
}

/// Whether a device is called `PhysicalDrive` and a number.
fn is_disk(name: &OsStr) -> bool {
    let number = name.to_str().and_then(|name| name.strip_prefix("PhysicalDrive"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Opens a disk; `None` if it is gone.
fn open(name: &OsStr) -> Result<Option<OwnedHandle>> {
    let mut path = OsString::from(r"\\.\");
    path.push(name);
    match disk::open_device(&wide(Path::new(&path))?) {
        Ok(device) => Ok(Some(device)),
        Err(err) if is_one_of(&err, &[ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND]) => Ok(None),
        Err(err) => Err(Error::io(format!("opening {}", Path::new(&path).display()), err)),
    }
}

/// The counters of one disk; `None` if it keeps none.
fn counters(device: &OwnedHandle) -> Result<Option<DiskIoCounters>> {
    const CALL: &str = "DeviceIoControl(IOCTL_DISK_PERFORMANCE)";

    let answer = buffer::grow(CALL, disk_performance::SIZE, |bytes, length| {
        disk::disk_performance(device.as_handle(), bytes, length)?;
        Ok(*length)
    });
    match answer {
        Ok((bytes, length)) => {
            let counters = disk_performance::parse(buffer::written(&bytes, length));
            counters.map(|disk| Some(record(&disk))).map_err(|err| Error::parse(CALL, err))
        }
        // No such thing on this kind of disk, or counting was turned off (diskperf -N).
        Err(Error::Io { source, .. })
            if is_one_of(&source, &[ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED]) =>
        {
            Ok(None)
        }
        Err(err) => Err(err),
    }
}

fn record(disk: &Counters) -> DiskIoCounters {
    // Of 100 nanoseconds.
    const MILLISECOND: u64 = 10_000;
    DiskIoCounters {
        read_count: disk.reads.into(),
        write_count: disk.writes.into(),
        read_bytes: disk.bytes_read.into(),
        write_bytes: disk.bytes_written.into(),
        read_time: Some((disk.read_time / MILLISECOND).into()),
        write_time: Some((disk.write_time / MILLISECOND).into()),
        ..DiskIoCounters::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drives_are_letters() {
        let all = |drives| roots(drives).collect::<Vec<_>>();
        assert_eq!(all(0b1101), [r"A:\", r"C:\", r"D:\"]);
        assert_eq!(all(1 << 25), [r"Z:\"]);
        assert!(all(0).is_empty());
        assert_eq!(all(u32::MAX).len(), 26);
    }

    #[test]
    fn psutil_leaves_out_what_is_slow_or_elsewhere() {
        let left_out = |drive: &str, kind| is_left_out(drive.as_ref(), kind);
        for kind in [DRIVE_UNKNOWN, DRIVE_NO_ROOT_DIR, DRIVE_REMOTE, DRIVE_RAMDISK] {
            assert!(left_out(r"D:\", kind), "{kind}");
        }
        assert!(!left_out(r"C:\", DRIVE_FIXED) && !left_out(r"D:\", DRIVE_CDROM));
        assert!(left_out(r"A:\", DRIVE_REMOVABLE) && !left_out(r"E:\", DRIVE_REMOVABLE));
    }

    #[test]
    fn options_are_psutils() {
        let read_only = FILE_READ_ONLY_VOLUME;
        let compressed = FILE_VOLUME_IS_COMPRESSED;
        assert_eq!(options(Some(0), DRIVE_FIXED), "rw,fixed");
        assert_eq!(options(Some(compressed), DRIVE_FIXED), "rw,compressed,fixed");
        assert_eq!(options(Some(read_only), DRIVE_CDROM), "ro,readonly,cdrom");
        assert_eq!(options(Some(read_only | compressed), 99), "ro,compressed,readonly,?");
        assert_eq!(options(None, DRIVE_CDROM), "cdrom");
        assert_eq!(options(None, DRIVE_NO_ROOT_DIR), "unmounted");
    }

    #[test]
    fn a_folder_is_on_its_drive() {
        let on = |folder, root| is_on(Path::new(folder), Path::new(root));
        assert!(on(r"C:\mnt\data\", r"C:\"));
        assert!(!on(r"D:\mnt\", r"C:\"));
        assert!(is_root(Path::new(r"C:\")) && !is_root(Path::new(r"C:\mnt\")));
    }

    #[test]
    fn a_disk_has_a_number() {
        assert!(is_disk("PhysicalDrive0".as_ref()) && is_disk("PhysicalDrive32".as_ref()));
        for name in ["PhysicalDrive", "PhysicalDrive0Part1", "physicaldrive0", "C:", ""] {
            assert!(!is_disk(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn paths_on_servers_end_with_a_separator() {
        let ended = |path: &str| with_separator(Path::new(path));
        assert_eq!(ended(r"\\server\share").as_os_str(), r"\\server\share\");
        assert_eq!(ended(r"\\?\C:\a").as_os_str(), r"\\?\C:\a\");
        assert_eq!(ended(r"\\server\share\").as_os_str(), r"\\server\share\");
        assert_eq!(ended(r"C:\a").as_os_str(), r"C:\a");
        assert_eq!(ended("C:").as_os_str(), "C:");
    }

    #[test]
    fn times_become_milliseconds() {
        let disk = Counters {
            bytes_read: u64::MAX,
            bytes_written: 2,
            read_time: 35_000_000,
            write_time: 9_999,
            reads: u32::MAX,
            writes: 4,
        };
        let counters = record(&disk);
        assert_eq!((counters.read_time, counters.write_time), (Some(3500), Some(0)));
        assert_eq!((counters.read_bytes, counters.write_bytes), (u64::MAX.into(), 2));
        assert_eq!((counters.read_count, counters.write_count), (u32::MAX.into(), 4));
        assert_eq!(counters.busy_time, None, "not of this platform");
    }

    #[test]
    fn space_that_others_take_is_used() {
        let usage = usage(&FreeSpace { available: 250, total: 1000 });
        assert_eq!((usage.total, usage.used, usage.free), (1000, 750, 250));
        assert!((usage.percent - 75.0).abs() < f64::EPSILON);
    }
}
