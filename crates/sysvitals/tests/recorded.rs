//! What is remembered between two looks at a machine, and what a recorded one cannot tell.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

use sysvitals::{DiskIoCounters, Error, MonotonicDiskIo, MonotonicNetIo, System};

#[test]
fn the_total_and_the_table_share_one_history() -> std::io::Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::create_dir_all(dir.path().join("proc"))?;
    std::fs::create_dir_all(dir.path().join("sys/block/sda"))?;
    let system = System::at(dir.path());
    let write = |disk: u64, part: u64| {
        let line = |name, reads| format!("8 0 {name} {reads} 0 0 0 0 0 0 0 0 0 0\n");
        let text = line("sda", disk) + &line("sda1", part);
        std::fs::write(dir.path().join("proc/diskstats"), text)
    };
    let reads = |table: BTreeMap<OsString, DiskIoCounters>| {
        table.into_values().map(|disk| disk.read_count).collect::<Vec<_>>()
    };

    let mut disks = MonotonicDiskIo::new();
    write(100, 50)?;
    assert_eq!(reads(disks.perdisk(&system).unwrap()), [100, 50]);
    write(1, 2)?;
    assert_eq!(disks.total(&system).unwrap().unwrap().read_count, 101);
    assert_eq!(reads(disks.perdisk(&system).unwrap()), [101, 52]);
    assert_eq!(system.disk_io_counters().unwrap().unwrap().read_count, 1);

    std::fs::write(dir.path().join("proc/diskstats"), "odd")?;
    assert!(disks.total(&system).is_err());
    write(3, 4)?;
    assert_eq!(reads(disks.perdisk(&system).unwrap()), [103, 54]);
    disks.clear();
    assert_eq!(reads(disks.perdisk(&system).unwrap()), [3, 4]);
    Ok(())
}

#[test]
fn interfaces_wrap_too() -> std::io::Result<()> {
    let dir = tempfile::tempdir()?;
    std::fs::create_dir_all(dir.path().join("proc/net"))?;
    let system = System::at(dir.path());
    let write = |bytes: u64| {
        let text = format!("\n\nlo: {bytes} 1 1 1 1 1 1 1 {bytes} 1 1 1 1 1 1 1\n");
        std::fs::write(dir.path().join("proc/net/dev"), text)
    };
    let mut interfaces = MonotonicNetIo::new();
    write(u64::MAX)?;
    assert_eq!(interfaces.total(&system).unwrap().unwrap().bytes_recv, u64::MAX.into());
    write(2)?;
    let lo = interfaces.pernic(&system).unwrap()[OsStr::new("lo")];
    assert_eq!((lo.bytes_recv, lo.bytes_sent), (u128::from(u64::MAX) + 2, lo.bytes_recv));
    assert_eq!((lo.packets_recv, lo.dropout), (1, 1));
    Ok(())
}

#[test]
fn nothing_is_measured_in_no_time() {
    let nowhere = System::at("nowhere");
    assert!(matches!(nowhere.cpu_percent(Duration::ZERO), Err(Error::InvalidArgument(_))));
    assert!(matches!(nowhere.cpu_percent(Duration::MAX), Err(Error::Io { .. })));
}
