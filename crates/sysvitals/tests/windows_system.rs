//! What holds of the answers about the whole machine, on Windows and on what stands in for it.
//!
//! Wine shows the files of the Linux below as `Z:\`, so that some answers can be held against the
//! truth; on Windows there is no such drive, and that part does not run.
#![cfg(windows)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use sysvitals::{
    CpuPercent, DiskIoCounters, Error, LoadAverage, MonotonicDiskIo, Platform, Record, Result,
    System, TimeLeft, UsersSource,
};

/// A record shows this platform's fields, in order.
#[track_caller]
fn shows<R: Record + std::fmt::Debug>(record: &R) {
    let mut names = Vec::new();
    record.visit(&mut |name, _| names.push(name));
    let fields: Vec<_> = R::fields(Platform::CURRENT).collect();
    assert_eq!(names, fields, "{record:?}");
}

#[track_caller]
fn percent(value: f64) {
    assert!((0.0..=100.0).contains(&value), "{value} percent");
}

/// A file of the Linux below; `None` on Windows.
fn below(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(r"Z:\proc").join(path)).ok()
}

/// A number of such a file, in the line that starts with `name`.
fn number_below(path: &str, name: &str) -> Option<u64> {
    let text = below(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        black_box(start);
    }
}

#[test]
fn processors_are_counted() {
    let count = sysvitals::cpu_count().expect("an answer").expect("a count");
    let cores = sysvitals::cpu_count_cores().expect("an answer").expect("a count");
    assert!((1..=count).contains(&cores), "{cores} of {count}");
    if let Some(text) = below("cpuinfo") {
        let processors = text.lines().filter(|line| line.starts_with("processor")).count();
        assert_eq!(processors, count as usize);
    }
}

#[test]
fn processors_have_times() {
    let before = sysvitals::cpu_times().expect("times");
    shows(&before);
    assert_eq!((before.nice, before.irq, before.iowait), (None, None, None));
    assert!(before.interrupt.is_some() && before.dpc.is_some(), "{before:?}");
    let each = sysvitals::cpu_times_percpu().expect("times");
    let count = sysvitals::cpu_count().expect("an answer").expect("a count");
    assert_eq!(each.len(), count as usize);
    let after = sysvitals::cpu_times().expect("times");
    let sum = |mode: fn(&sysvitals::CpuTimes) -> Duration| each.iter().map(mode).sum::<Duration>();
    // Two clocks of the kernel may be a tick apart, on each processor.
    let tick = Duration::from_millis(20) * count;
    let (user, system) = (sum(|each| each.user), sum(|each| each.system));
    assert!(before.user <= user + tick && user <= after.user + tick, "{before:?} {each:?}");
    assert!(before.system <= system + tick && system <= after.system + tick, "{before:?} {each:?}");
    // Hundredths of a second since boot, `nice` apart from `user`.
    if let (Some(user), Some(text)) = (number_below("stat", "cpu "), below("stat")) {
        let nice = text.split_whitespace().nth(2).and_then(|nice| nice.parse::<u64>().ok());
        let truth = Duration::from_millis((user + nice.expect("a number")) * 10);
        let apart = truth.abs_diff(after.user);
        assert!(apart < truth / 20 + Duration::from_secs(5), "{truth:?} {:?}", after.user);
    }
}

#[test]
fn work_is_seen_in_the_times() {
    let mut cpu = CpuPercent::new(&System::host()).expect("times");
    spin(Duration::from_millis(300));
    let busy = cpu.tick().expect("times").expect("time has passed");
    percent(busy);
    assert!(busy > 0.0, "this test alone has worked");
    for each in cpu.tick_percpu().expect("times").into_iter().flatten() {
        percent(each);
    }
    let shares = cpu.tick_times().expect("times").expect("time has passed");
    shows(&shares);
    // What is inside another share is not added.
    let sum = shares.user + shares.system + shares.idle;
    assert!((99.5..=100.5).contains(&sum), "{shares:?}");
}

#[test]
fn processors_count_events() {
    let (before, after) = (sysvitals::cpu_stats(), sysvitals::cpu_stats());
    let (before, after) = (before.expect("counts"), after.expect("counts"));
    shows(&after);
    // 32 bits each: they may begin again, but not both times that they are asked.
    assert!(after.ctx_switches >= before.ctx_switches || after.ctx_switches < 1 << 20, "{after:?}");
    assert_eq!(after.soft_interrupts, None, "Windows does not count them");
}

#[test]
fn processors_have_one_clock() {
    let clocks = sysvitals::cpu_freq_percpu().expect("clocks");
    assert!(clocks.len() <= 1, "{clocks:?}");
    for clock in &clocks {
        shows(clock);
        assert_eq!(clock.min, None);
        assert!(clock.current.is_none_or(|mhz| (1.0..100_000.0).contains(&mhz)), "{clock:?}");
        assert!(clock.max.is_none_or(|mhz| (1.0..100_000.0).contains(&mhz)), "{clock:?}");
    }
    assert_eq!(sysvitals::cpu_freq().expect("a clock"), clocks.first().copied());
}

#[test]
fn load_is_for_the_caller_to_sample() {
    assert!(matches!(sysvitals::getloadavg(), Err(Error::Unsupported(_))));
    let mut load = LoadAverage::new(&System::host()).expect("a table of processes");
    assert_eq!(load.means(), [0.0; 3]);
    let [one, five, fifteen] = load.tick(Duration::from_secs(5)).expect("a table");
    assert!(one >= five && five >= fifteen && fifteen >= 0.0, "{one} {five} {fifteen}");
    assert_eq!(load.means(), [one, five, fifteen]);
}

#[test]
fn memory_adds_up() {
    let memory = sysvitals::virtual_memory().expect("memory");
    shows(&memory);
    assert!(memory.total > 0 && memory.available <= memory.total, "{memory:?}");
    assert_eq!(memory.used, memory.total - memory.available);
    assert_eq!(memory.free, memory.available);
    percent(memory.percent);
    assert_eq!((memory.cached, memory.wired), (None, None), "not of psutil 7");
    if let Some(kib) = number_below("meminfo", "MemTotal:") {
        assert!(memory.total.abs_diff(kib * 1024) < 1 << 20, "{memory:?} {kib}");
    }
}

#[test]
fn swap_adds_up() {
    match sysvitals::swap_memory() {
        Ok(swap) => {
            shows(&swap);
            assert_eq!(swap.used + swap.free, swap.total, "{swap:?}");
            percent(swap.percent);
        }
        // Wine does not tell of page files.
        Err(Error::Unsupported(_)) => assert!(below("meminfo").is_some(), "Windows tells"),
        Err(err) => panic!("{err:?}"),
    }
}

/// What takes much of the heap, or looks at how much is taken, does so one after the other.
fn heap_alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_heap_grows_and_shrinks() {
    let _alone = heap_alone();
    const MIB: u64 = 1 << 20;

    let before = sysvitals::heap_info().expect("a heap");
    shows(&before);
    assert!(before.heap_used > 0 && before.mmap_used > 0, "{before:?}");
    assert!(before.heap_count.is_some_and(|count| count >= 1), "{before:?}");
    // Small enough to stay in the heap's own segments. Other tests take and give little meanwhile.
    let blocks: Vec<_> = (0..512).map(|_| black_box(vec![1_u8; 32 << 10])).collect();
    let during = sysvitals::heap_info().expect("a heap");
    assert!(during.heap_used >= before.heap_used + 12 * MIB, "{before:?} {during:?}");
    drop(blocks);
    sysvitals::heap_trim().expect("a heap");
    let after = sysvitals::heap_info().expect("a heap");
    assert!(after.heap_used + 12 * MIB <= during.heap_used, "{during:?} {after:?}");
}

#[test]
fn a_large_block_is_seen() {
    let _alone = heap_alone();
    const LENGTH: usize = 64 << 20;

    let seen = |heap: sysvitals::HeapInfo| heap.heap_used + heap.mmap_used;
    let before = sysvitals::heap_info().expect("a heap");
    let block = black_box(vec![1_u8; LENGTH]);
    let during = sysvitals::heap_info().expect("a heap");
    // Other tests give back some 16 MiB meanwhile.
    assert!(seen(during) >= seen(before) + (LENGTH as u64) / 2, "{before:?} {during:?}");
    drop(block);
}

#[test]
fn the_heap_may_be_walked_by_several_threads() {
    let _alone = heap_alone();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let block = black_box(vec![1_u8; 4096]);
                    assert!(sysvitals::heap_info().expect("a heap").heap_used > 0);
                    drop(block);
                }
            });
        }
    });
}

#[test]
fn a_path_has_space() {
    let root = sysvitals::disk_usage(r"C:\").expect("a drive");
    shows(&root);
    assert!(root.total > 0 && root.used + root.free == root.total, "{root:?}");
    percent(root.percent);
    sysvitals::disk_usage(".").expect("the directory of now");

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ünï\u{1F980}");
    fs::write(&file, "text").expect("a file");
    let of_directory = sysvitals::disk_usage(directory.path()).expect("space");
    let of_file = sysvitals::disk_usage(&file).expect("space of the directory it is in");
    assert_eq!(of_file.total, of_directory.total);
}

#[test]
fn no_path_has_no_space() {
    let err = sysvitals::disk_usage(r"C:\no\such\path").expect_err("nothing is there");
    let Error::Io { source, at } = &err else { panic!("{err:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound, "{err:?}");
    assert!(at.contains(r"C:\no\such\path"), "{at}");
    let err = sysvitals::disk_usage("C:\\\0").expect_err("no path has NUL");
    assert!(matches!(err, Error::Io { .. }), "{err:?}");
}

#[test]
fn drives_are_partitions() {
    let all = sysvitals::disk_partitions_all().expect("drives");
    let some = sysvitals::disk_partitions().expect("drives");
    for partition in &all {
        shows(partition);
        assert!(partition.mountpoint.is_absolute(), "{partition:?}");
        assert!(partition.mountpoint.starts_with(&partition.device), "{partition:?}");
        assert!(!partition.opts.is_empty(), "{partition:?}");
    }
    for partition in &some {
        assert!(all.contains(partition), "{partition:?}");
        let opts = partition.opts.to_string_lossy();
        let kind = opts.rsplit(',').next().expect("the last");
        assert!(["fixed", "removable", "cdrom"].contains(&kind), "{partition:?}");
    }
    let system = all.iter().find(|partition| partition.mountpoint == Path::new(r"C:\"));
    let system = system.expect("a drive that Windows is on");
    assert_eq!(system.device, r"C:\");
    assert!(!system.fstype.is_empty(), "{system:?}");
}

#[test]
fn disks_count() -> Result<()> {
    let system = System::host();
    let each = system.disk_io_counters_perdisk()?;
    for (name, disk) in &each {
        shows(disk);
        assert!(name.to_string_lossy().starts_with("PhysicalDrive"), "{name:?}");
        assert!(system.is_whole_disk(name));
        assert_eq!((disk.read_merged_count, disk.busy_time), (None, None));
    }
    let total = system.disk_io_counters()?;
    assert_eq!(total.is_some(), !each.is_empty());
    let sum: u128 = each.values().map(|disk: &DiskIoCounters| disk.read_bytes).sum();
    assert!(total.is_none_or(|total| total.read_bytes >= sum), "{total:?} was asked later");
    assert_eq!(MonotonicDiskIo::new().perdisk(&system)?.len(), each.len());
    Ok(())
}

#[test]
fn only_the_battery_is_a_sensor() {
    for battery in sysvitals::sensors_battery().expect("batteries") {
        shows(&battery);
        percent(battery.percent);
        let plugged = battery.power_plugged != Some(false);
        assert!(battery.secsleft != TimeLeft::Unlimited || plugged, "{battery:?}");
        let psutil = System::host().sensors_battery_psutil().expect("a battery");
        assert!(psutil.is_some(), "{battery:?}");
    }
    assert!(matches!(sysvitals::sensors_temperatures(), Err(Error::Unsupported(_))));
    assert!(matches!(sysvitals::sensors_fans(), Err(Error::Unsupported(_))));
}

#[test]
fn users_are_those_of_sessions() {
    let (users, source) = System::host().users_and_source().expect("sessions");
    assert_eq!(source, UsersSource::Sessions);
    for user in &users {
        shows(user);
        assert!(!user.name.is_empty() && user.started <= SystemTime::now(), "{user:?}");
        assert_eq!((&user.terminal, user.pid), (&None, None), "not of this platform");
    }
}

#[test]
fn the_system_was_started_once() {
    let boot = sysvitals::boot_time().expect("a time");
    assert!(boot < SystemTime::now());
    assert_eq!(sysvitals::boot_time().expect("a time"), boot, "to the last digit");
    let year_2000 = SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800);
    assert!(boot > year_2000, "{boot:?}");

    let uptime = sysvitals::uptime().expect("a time");
    assert!(!uptime.is_zero());
    std::thread::sleep(Duration::from_millis(50));
    let later = sysvitals::uptime().expect("a time");
    assert!(later > uptime, "{uptime:?} {later:?}");
    if let Some(text) = below("uptime") {
        let seconds = text.split_whitespace().next().expect("a number");
        let truth = Duration::from_secs_f64(seconds.parse().expect("a number"));
        assert!(truth.abs_diff(uptime) < Duration::from_secs(10), "{truth:?} {uptime:?}");
    }
}

#[test]
fn the_machine_has_a_name_and_a_kernel() {
    let name = sysvitals::host_name().expect("a name");
    assert!(!name.is_empty());
    if let Some(truth) = below("sys/kernel/hostname") {
        assert!(truth.trim().eq_ignore_ascii_case(&name.to_string_lossy()), "{truth} {name:?}");
    }
    let kernel = sysvitals::kernel().expect("a kernel").into_string().expect("text");
    let version = kernel.strip_prefix("Windows ").expect("its name");
    let numbers: Vec<u32> =
        version.split('.').map(|number| number.parse().expect("a number")).collect();
    assert!(matches!(numbers[..], [major, _, build] if major >= 6 && build > 0), "{kernel}");
}

#[test]
fn a_machine_elsewhere_is_not_this_one() {
    #[track_caller]
    fn check<T: std::fmt::Debug>(answer: Result<T>) {
        assert!(matches!(answer, Err(Error::Unsupported(_))), "{answer:?}");
    }

    let elsewhere = System::at(r"C:\no\such\machine");
    check(elsewhere.cpu_times());
    check(elsewhere.cpu_times_percpu());
    check(elsewhere.cpu_count());
    check(elsewhere.cpu_count_cores());
    check(elsewhere.cpu_stats());
    check(elsewhere.cpu_freq());
    check(LoadAverage::new(&elsewhere));
    check(elsewhere.virtual_memory());
    check(elsewhere.swap_memory());
    check(elsewhere.heap_info());
    check(elsewhere.heap_trim());
    check(elsewhere.disk_usage(r"C:\"));
    check(elsewhere.disk_partitions());
    check(elsewhere.disk_io_counters());
    check(elsewhere.sensors_battery());
    check(elsewhere.sensors_battery_psutil());
    check(elsewhere.users());
    check(elsewhere.boot_time());
    check(elsewhere.host_name());
    check(elsewhere.kernel());
    check(elsewhere.uptime());
}
