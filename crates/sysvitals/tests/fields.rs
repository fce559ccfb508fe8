//! Every record's fields, in psutil's order, for every platform, on any host: psutil 7.2.2, and
//! 8.0 for what 7.2.2 lacks. A platform without the question has no fields.

use std::time::Duration;

use sysvitals::os::windows::WindowsServiceInfo;
use sysvitals::{
    Battery, Connection, ContextSwitches, CpuFreq, CpuStats, CpuTimes, CpuTimesPercent,
    DiskIoCounters, DiskPartition, DiskUsage, Fan, Fields, Gids, HeapInfo, IoCounters, IoNice,
    MemoryFootprint, MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped,
    NetIoCounters, NicAddress, NicStats, OpenFile, PageFaults, Platform, ProcessConnection,
    ProcessCpuTimes, Record, SwapMemory, Temperature, ThreadTimes, Uids, User, Value,
    VirtualMemory,
};

const LINUX: &[Platform] = &[Platform::Linux];
const WINDOWS: &[Platform] = &[Platform::Windows];
const MACOS: &[Platform] = &[Platform::MacOs];
const FREEBSD: &[Platform] = &[Platform::FreeBsd];
const BSD: &[Platform] = &[Platform::FreeBsd, Platform::OpenBsd, Platform::NetBsd];
const OTHER_BSD: &[Platform] = &[Platform::OpenBsd, Platform::NetBsd];
const SUNOS: &[Platform] = &[Platform::SunOs];
const AIX: &[Platform] = &[Platform::Aix];
const SYSTEM_V: &[Platform] = &[Platform::SunOs, Platform::Aix];
const ALL: &[Platform] = &Platform::ALL;

/// Each row is right, and the rows name each platform once; no fields is `""`.
#[track_caller]
fn check<R: Record>(rows: &[(&[Platform], &str)]) {
    for (platforms, want) in rows {
        for &platform in *platforms {
            let got: Vec<_> = R::fields(platform).collect();
            assert_eq!(got.join(" "), *want, "{} on {platform}", R::NAME);
        }
    }
    let mut named: Vec<_> = rows.iter().flat_map(|(platforms, _)| *platforms).copied().collect();
    named.sort_unstable();
    let mut all = Platform::ALL;
    all.sort_unstable();
    assert_eq!(named, all, "{} says each platform once", R::NAME);
}

#[test]
fn names_are_psutils() {
    let names = [
        (CpuTimes::NAME, "scputimes"),
        (CpuTimesPercent::NAME, "scputimes"),
        (CpuStats::NAME, "scpustats"),
        (CpuFreq::NAME, "scpufreq"),
        (VirtualMemory::NAME, "svmem"),
        (SwapMemory::NAME, "sswap"),
        (HeapInfo::NAME, "pheap"),
        (DiskUsage::NAME, "sdiskusage"),
        (DiskPartition::NAME, "sdiskpart"),
        (DiskIoCounters::NAME, "sdiskio"),
        (NetIoCounters::NAME, "snetio"),
        (Connection::NAME, "sconn"),
        (ProcessConnection::NAME, "pconn"),
        (NicAddress::NAME, "snicaddr"),
        (NicStats::NAME, "snicstats"),
        (Temperature::NAME, "shwtemp"),
        (Fan::NAME, "sfan"),
        (Battery::NAME, "sbattery"),
        (User::NAME, "suser"),
        (WindowsServiceInfo::NAME, "winservice"),
        (ProcessCpuTimes::NAME, "pcputimes"),
        (ThreadTimes::NAME, "pthread"),
        (ContextSwitches::NAME, "pctxsw"),
        (IoCounters::NAME, "pio"),
        (IoNice::NAME, "pionice"),
        (OpenFile::NAME, "popenfile"),
        (Uids::NAME, "puids"),
        (Gids::NAME, "pgids"),
        (PageFaults::NAME, "ppagefaults"),
        (MemoryInfo::NAME, "pmem"),
        (MemoryInfoEx::NAME, "pmem_ex"),
        (MemoryFootprint::NAME, "pfootprint"),
        (MemoryFullInfo::NAME, "pfullmem"),
        (MemoryMap::NAME, "pmmap_ext"),
        (MemoryMapGrouped::NAME, "pmmap_grouped"),
    ];
    for (ours, psutils) in names {
        assert_eq!(ours, psutils);
    }
}

#[test]
fn scputimes() {
    let rows: &[(&[Platform], &str)] = &[
        (LINUX, "user nice system idle iowait irq softirq steal guest guest_nice"),
        (WINDOWS, "user system idle interrupt dpc"),
        (MACOS, "user nice system idle"),
        (BSD, "user nice system idle irq"),
        (SYSTEM_V, "user system idle iowait"),
    ];
    check::<CpuTimes>(rows);
    check::<CpuTimesPercent>(rows);
}

#[test]
fn cpu() {
    check::<CpuStats>(&[(ALL, "ctx_switches interrupts soft_interrupts syscalls")]);
    check::<CpuFreq>(&[
        (LINUX, "current min max"),
        (WINDOWS, "current min max"),
        (MACOS, "current min max"),
        (FREEBSD, "current min max"),
        (&[Platform::OpenBsd], "current min max"),
        (&[Platform::NetBsd], ""),
        (SYSTEM_V, ""),
    ]);
}

#[test]
fn memory() {
    check::<VirtualMemory>(&[
        (LINUX, "total available percent used free active inactive buffers cached shared slab"),
        (WINDOWS, "total available percent used free"),
        (MACOS, "total available percent used free active inactive wired"),
        (BSD, "total available percent used free active inactive buffers cached shared wired"),
        (SYSTEM_V, "total available percent used free"),
    ]);
    check::<SwapMemory>(&[(ALL, "total used free percent sin sout")]);
    check::<HeapInfo>(&[
        (LINUX, "heap_used mmap_used"),
        (WINDOWS, "heap_used mmap_used heap_count"),
        (MACOS, "heap_used mmap_used"),
        (FREEBSD, "heap_used mmap_used"),
        (&[Platform::OpenBsd], ""),
        (&[Platform::NetBsd], "heap_used mmap_used"),
        (SYSTEM_V, ""),
    ]);
}

#[test]
fn disk() {
    check::<DiskUsage>(&[(ALL, "total used free percent")]);
    check::<DiskPartition>(&[(ALL, "device mountpoint fstype opts")]);
    const TIMED: &str = "read_count write_count read_bytes write_bytes read_time write_time";
    check::<DiskIoCounters>(&[
        (LINUX, &format!("{TIMED} read_merged_count write_merged_count busy_time")),
        (FREEBSD, &format!("{TIMED} busy_time")),
        (OTHER_BSD, "read_count write_count read_bytes write_bytes"),
        (WINDOWS, TIMED),
        (MACOS, TIMED),
        (SYSTEM_V, TIMED),
    ]);
}

#[test]
fn net() {
    check::<NetIoCounters>(&[(
        ALL,
        "bytes_sent bytes_recv packets_sent packets_recv errin errout dropin dropout",
    )]);
    check::<Connection>(&[(ALL, "fd family type laddr raddr status pid")]);
    check::<ProcessConnection>(&[(ALL, "fd family type laddr raddr status")]);
    check::<NicAddress>(&[(ALL, "family address netmask broadcast ptp")]);
    check::<NicStats>(&[(ALL, "isup duplex speed mtu flags")]);
}

#[test]
fn sensors_and_users() {
    check::<Temperature>(&[
        (LINUX, "label current high critical"),
        (FREEBSD, "label current high critical"),
        (WINDOWS, ""),
        (MACOS, ""),
        (OTHER_BSD, ""),
        (SYSTEM_V, ""),
    ]);
    check::<Fan>(&[
        (LINUX, "label current"),
        (WINDOWS, ""),
        (MACOS, ""),
        (BSD, ""),
        (SYSTEM_V, ""),
    ]);
    check::<Battery>(&[
        (LINUX, "percent secsleft power_plugged"),
        (WINDOWS, "percent secsleft power_plugged"),
        (MACOS, "percent secsleft power_plugged"),
        (FREEBSD, "percent secsleft power_plugged"),
        (OTHER_BSD, ""),
        (SYSTEM_V, ""),
    ]);
    check::<User>(&[(ALL, "name terminal host started pid")]);
}

#[test]
fn process_activity() {
    const TIMES: &str = "user system children_user children_system";
    check::<ProcessCpuTimes>(&[
        (LINUX, &format!("{TIMES} iowait")),
        (WINDOWS, TIMES),
        (MACOS, TIMES),
        (BSD, TIMES),
        (SYSTEM_V, TIMES),
    ]);
    check::<ThreadTimes>(&[(ALL, "id user_time system_time")]);
    check::<ContextSwitches>(&[(ALL, "voluntary involuntary")]);
    const IO: &str = "read_count write_count read_bytes write_bytes";
    check::<IoCounters>(&[
        (LINUX, &format!("{IO} read_chars write_chars")),
        (WINDOWS, &format!("{IO} other_count other_bytes")),
        (MACOS, ""),
        (BSD, IO),
        (SUNOS, ""),
        (AIX, IO),
    ]);
    check::<PageFaults>(&[(ALL, "minor major")]);
}

/// psutil on Windows answers `ionice()` with the class alone.
#[test]
fn process_description() {
    check::<IoNice>(&[
        (LINUX, "ioclass value"),
        (WINDOWS, "ioclass"),
        (MACOS, ""),
        (BSD, ""),
        (SYSTEM_V, ""),
    ]);
    check::<OpenFile>(&[
        (LINUX, "path fd position mode flags"),
        (WINDOWS, "path fd"),
        (MACOS, "path fd"),
        (BSD, "path fd"),
        (SYSTEM_V, "path fd"),
    ]);
    let ids: &[(&[Platform], &str)] = &[
        (LINUX, "real effective saved"),
        (WINDOWS, ""),
        (MACOS, "real effective saved"),
        (BSD, "real effective saved"),
        (SYSTEM_V, "real effective saved"),
    ];
    check::<Uids>(ids);
    check::<Gids>(ids);
}

#[test]
fn process_memory() {
    const POOLS: &str = "rss vms num_page_faults peak_wset wset peak_paged_pool paged_pool \
        peak_nonpaged_pool nonpaged_pool pagefile peak_pagefile private";
    check::<MemoryInfo>(&[
        (LINUX, "rss vms shared text lib data dirty"),
        (WINDOWS, POOLS),
        (MACOS, "rss vms pfaults pageins"),
        (BSD, "rss vms text data stack"),
        (SYSTEM_V, "rss vms"),
    ]);
    check::<MemoryFootprint>(&[
        (LINUX, "uss pss swap"),
        (WINDOWS, "uss"),
        (MACOS, "uss"),
        (BSD, ""),
        (SYSTEM_V, ""),
    ]);
    check::<MemoryFullInfo>(&[
        (LINUX, "rss vms shared text lib data dirty uss pss swap"),
        (WINDOWS, &format!("{POOLS} uss")),
        (MACOS, "rss vms pfaults pageins uss"),
        (BSD, "rss vms text data stack"),
        (SYSTEM_V, "rss vms"),
    ]);
    check::<MemoryInfoEx>(&[
        (
            LINUX,
            "rss vms shared text data peak_rss peak_vms rss_anon rss_file rss_shmem swap hugetlb",
        ),
        (
            WINDOWS,
            "rss vms peak_rss peak_vms virtual peak_virtual paged_pool nonpaged_pool \
             peak_paged_pool peak_nonpaged_pool",
        ),
        (MACOS, "rss vms peak_rss rss_anon rss_file wired compressed phys_footprint"),
        (BSD, "rss vms text data stack peak_rss"),
        (SYSTEM_V, "rss vms"),
    ]);
}

#[test]
fn memory_maps() {
    const LINUX_MAP: &str = "path rss size pss shared_clean shared_dirty private_clean \
        private_dirty referenced anonymous swap";
    check::<MemoryMapGrouped>(&[
        (LINUX, LINUX_MAP),
        (WINDOWS, "path rss"),
        (MACOS, ""),
        (FREEBSD, "path rss private ref_count shadow_count"),
        (OTHER_BSD, ""),
        (SUNOS, "path rss anonymous locked"),
        (AIX, ""),
    ]);
    check::<MemoryMap>(&[
        (LINUX, &format!("addr perms {LINUX_MAP}")),
        (WINDOWS, "addr perms path rss"),
        (MACOS, ""),
        (FREEBSD, "addr perms path rss private ref_count shadow_count"),
        (OTHER_BSD, ""),
        (SUNOS, "addr perms path rss anonymous locked"),
        (AIX, ""),
    ]);
}

/// A record shows exactly the fields of this platform, in their order.
#[track_caller]
fn shows<R: Record>(record: &R) {
    let mut shown = Vec::new();
    record.visit(&mut |name, value| shown.push((name, value)));
    let names: Vec<_> = shown.iter().map(|(name, _)| *name).collect();
    let fields: Vec<_> = R::fields(Platform::CURRENT).collect();
    assert_eq!(names, fields, "{}", R::NAME);
    for (name, value) in shown {
        assert_eq!(record.get(name), Some(value), "{}.{name}", R::NAME);
    }
    assert_eq!(record.get("no such field"), None);
}

#[test]
fn records_show_the_fields_of_this_platform() {
    shows(&VirtualMemory::default());
    shows(&SwapMemory::default());
    shows(&HeapInfo::default());
    shows(&CpuStats::default());
    shows(&CpuFreq::default());
    shows(&DiskUsage::default());
    shows(&DiskPartition::default());
    shows(&DiskIoCounters::default());
    shows(&NetIoCounters::default());
    shows(&NicStats::default());
    shows(&Temperature::default());
    shows(&Fan::default());
    shows(&ProcessCpuTimes::default());
    shows(&ContextSwitches::default());
    shows(&IoCounters::default());
    shows(&PageFaults::default());
    shows(&MemoryInfo::default());
    shows(&MemoryInfoEx::default());
    shows(&MemoryFootprint::default());
    shows(&MemoryMapGrouped::default());
    shows(&MemoryMap::default());
    shows(&IoNice::new(sysvitals::IoClass::Idle, Some(7)));
    let mut full = MemoryFullInfo::default();
    full.footprint = Some(MemoryFootprint::default());
    shows(&full);
}

/// What an old kernel lacks altogether is left out; what a kernel has is never.
#[test]
fn winservice() {
    let as_dict = "display_name binpath username start_type status pid name description";
    check::<WindowsServiceInfo>(&[
        (WINDOWS, as_dict),
        (LINUX, ""),
        (MACOS, ""),
        (BSD, ""),
        (SYSTEM_V, ""),
    ]);
}

#[test]
fn columns_of_newer_kernels_are_left_out_of_older_ones() {
    let time = Some(Duration::from_secs(1));
    let mut times = CpuTimes::default();
    for field in [
        &mut times.nice,
        &mut times.iowait,
        &mut times.irq,
        &mut times.softirq,
        &mut times.steal,
        &mut times.guest,
        &mut times.guest_nice,
        &mut times.interrupt,
        &mut times.dpc,
    ] {
        *field = time;
    }
    shows(&times);
    times.guest_nice = None;
    assert_eq!(times.get("guest_nice"), None);
    times.nice = None;
    let here = CpuTimes::fields(Platform::CURRENT).any(|name| name == "nice");
    assert_eq!(times.get("nice"), here.then_some(Value::Null));

    let mut percent = CpuTimesPercent::default();
    for field in [
        &mut percent.nice,
        &mut percent.iowait,
        &mut percent.irq,
        &mut percent.softirq,
        &mut percent.steal,
        &mut percent.guest,
        &mut percent.guest_nice,
        &mut percent.interrupt,
        &mut percent.dpc,
    ] {
        *field = Some(1.5);
    }
    shows(&percent);
}

/// psutil's questions to a process that not every platform has.
#[test]
fn questions_by_platform() {
    let everywhere = "name exe cmdline environ create_time cwd username nice cpu_times num_threads \
        threads num_ctx_switches memory_info memory_info_ex page_faults open_files net_connections";
    let has = |platform, name| Fields::on(platform).names().any(|each| each == name);
    for platform in Platform::ALL {
        let common = everywhere.split_whitespace();
        assert!(common.clone().all(|name| has(platform, name)), "{platform:?}");
        let some: Vec<_> = Fields::on(platform)
            .names()
            .filter(|name| !common.clone().any(|each| each == *name))
            .collect();
        let want = match platform {
            Platform::Linux => {
                "uids gids terminal ionice cpu_affinity cpu_num io_counters memory_footprint \
                 memory_maps num_fds cpu_clock"
            }
            Platform::Windows => {
                "ionice cpu_affinity io_counters memory_footprint memory_maps num_handles"
            }
            Platform::MacOs => "uids gids terminal memory_footprint num_fds",
            Platform::FreeBsd => {
                "uids gids terminal cpu_affinity cpu_num io_counters memory_maps num_fds"
            }
            Platform::OpenBsd | Platform::NetBsd | Platform::Aix => {
                "uids gids terminal io_counters num_fds"
            }
            Platform::SunOs => "uids gids terminal cpu_num memory_maps num_fds",
        };
        assert_eq!(some.join(" "), want, "{platform:?}");
        for (name, answers) in [
            ("io_counters", IoCounters::fields(platform).next().is_some()),
            ("ionice", IoNice::fields(platform).next().is_some()),
            ("memory_maps", MemoryMap::fields(platform).next().is_some()),
            ("memory_footprint", MemoryFootprint::fields(platform).next().is_some()),
            ("uids", Uids::fields(platform).next().is_some()),
        ] {
            assert_eq!(has(platform, name), answers, "{name} on {platform:?}");
        }
    }
}
