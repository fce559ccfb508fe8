//! A table of numbers allocates nothing per process; one of names, the names. The rest has bounds.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use sysvitals::{ConnectionKind, Fields, MountTable, Process, System};
use tempfile::TempDir;

/// A machine with this many processes.
fn machine(count: u32) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    for pid in 1..=count {
        let folder = root.path().join(format!("proc/{pid}"));
        fs::create_dir_all(&folder).expect("a directory");
        let stat = format!(
            "{pid} (cat) S 1 7 7 0 -1 4194304 7 0 3 0 110 20 5 6 20 0 1 0 5150 8192 100 \
             18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0\n"
        );
        let status = format!(
            "Name:\tcat\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n\
             Threads:\t1\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n"
        );
        let io = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n";
        let files = [
            ("stat", &*stat),
            ("status", &*status),
            ("statm", "1 2 3 4 0 5 0\n"),
            ("io", io),
            ("cmdline", "cat\0--number\0file\0"),
        ];
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a file");
        }
    }
    fs::create_dir(root.path().join("etc")).expect("a directory");
    fs::write(root.path().join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n").expect("a file");
    fs::write(root.path().join("proc/stat"), "cpu 1 2 3 4\nbtime 1000\n").expect("a file");
    root
}

/// Allocations of taking a table of `count` processes once more.
fn allocations(count: u32, fields: Fields) -> u64 {
    let root = machine(count);
    let mut table = System::at(root.path()).snapshot(fields).expect("a table");
    let info = allocation_counter::measure(|| table.retake().expect("a table"));
    assert_eq!(table.rows().len(), usize::try_from(count).expect("a small number"));
    info.count_total
}

#[test]
fn numbers_cost_no_allocation_per_process() {
    let numbers = Fields::CPU_TIMES
        | Fields::CPU_NUM
        | Fields::NICE
        | Fields::PAGE_FAULTS
        | Fields::MEMORY
        | Fields::MEMORY_EX
        | Fields::UIDS
        | Fields::GIDS
        | Fields::NUM_THREADS
        | Fields::NUM_CTX_SWITCHES
        | Fields::IO_COUNTERS;
    // The list of pids grows by doubling: a few more, not one a process.
    let (few, many) = (allocations(50, numbers), allocations(850, numbers));
    assert!(many <= few + 8, "{few} for 50 processes, {many} for 850");
}

#[test]
fn names_cost_one_allocation_each() {
    let (few, many) = (allocations(50, Fields::NAME), allocations(850, Fields::NAME));
    assert!(many <= few + 800 + 8, "{few} for 50 processes, {many} for 850");
}

/// What `stat` holds, and the twelve attributes that most tables show.
const STAT: Fields = Fields::NAME
    .union(Fields::CPU_TIMES)
    .union(Fields::CREATE_TIME)
    .union(Fields::NUM_THREADS)
    .union(Fields::NICE);
const TWELVE: Fields =
    STAT.union(Fields::USERNAME).union(Fields::UIDS).union(Fields::MEMORY).union(Fields::CMDLINE);

/// At most `bound` allocations of one more process in a table. What makes it cheaper lowers it.
#[track_caller]
fn check(fields: Fields, bound: u64) {
    let (few, many) = (allocations(50, fields), allocations(850, fields));
    assert!(many <= few + 800 * bound + 8, "{few} for 50 processes, {many} for 850");
}

#[test]
fn a_table_of_stat_costs_its_names() {
    check(STAT, 1);
}

#[test]
fn a_table_of_twelve_costs_its_texts() {
    check(TWELVE, 6);
}

#[test]
fn one_process_costs_its_texts() {
    let root = machine(1);
    let process = System::at(root.path()).process(1).expect("a process");
    process.oneshot(TWELVE).expect("a row");
    let info = allocation_counter::measure(|| drop(process.oneshot(TWELVE).expect("a row")));
    assert!(info.count_total <= 17, "{} allocations", info.count_total);
}

#[test]
fn a_held_process_costs_its_texts() {
    let mut child = Command::new("sleep").arg("600").spawn().expect("sleep(1)");
    let process = Process::new(child.id()).expect("it sleeps");
    while process.name().is_ok_and(|name| name != "sleep") {}
    let held = process.hold().expect("it sleeps");
    for _ in 0..3 {
        held.oneshot(TWELVE).expect("a row");
    }
    let info = allocation_counter::measure(|| drop(held.oneshot(TWELVE).expect("a row")));
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    // Two names, and a list of two words; and one for what is read, whatever that is.
    assert!(info.count_total <= 6, "{} allocations", info.count_total);
}

#[test]
fn a_process_that_was_asked_before_costs_one_for_what_is_read() {
    // Where memory is short, the kernel gives up what it is recognised by, unless somebody has it open.
    let _open = ["", "status"].map(|file| fs::File::open(format!("/proc/self/{file}")));
    let process = Process::current().expect("this process");
    for _ in 0..3 {
        process.num_ctx_switches().expect("counters");
    }
    let info = allocation_counter::measure(|| drop(process.num_ctx_switches()));
    assert!(info.count_total <= 1, "{} allocations", info.count_total);
    let info = allocation_counter::measure(|| drop(process.nice()));
    assert_eq!(info.count_total, 0, "nothing is read");
}

/// A machine with so many connections, each of one process.
fn connected(count: u32) -> TempDir {
    let root = machine(1);
    let mut table = "  sl  local_address rem_address   st\n".to_owned();
    let folder = root.path().join("proc/1/fd");
    fs::create_dir(&folder).expect("a directory");
    for number in 0..count {
        table.push_str(&format!(
            "{number:4}: 0100007F:{:04X} 0100007F:1F90 01 00000000:00000000 00:00000000 00000000 \
             0 0 {} 1 0000000000000000 20 4 30 10 -1\n",
            1024 + number,
            5000 + number
        ));
        let link = format!("socket:[{}]", 5000 + number);
        std::os::unix::fs::symlink(link, folder.join((3 + number).to_string())).expect("a link");
    }
    let net = root.path().join("proc/1/net");
    fs::create_dir(&net).expect("a directory");
    for name in ["tcp", "tcp6", "udp", "udp6"] {
        let text = if name == "tcp" { &*table } else { "  sl  local_address\n" };
        fs::write(net.join(name), text).expect("a file");
    }
    std::os::unix::fs::symlink("1", root.path().join("proc/self")).expect("a link");
    std::os::unix::fs::symlink("1/net", root.path().join("proc/net")).expect("a link");
    root
}

#[test]
fn connections_cost_no_allocation_each() {
    let count = |sockets: u32| {
        let root = connected(sockets);
        let system = System::at(root.path());
        let ask = || system.net_connections(ConnectionKind::Inet).expect("connections");
        assert_eq!(ask().len(), usize::try_from(sockets).expect("a small number"));
        allocation_counter::measure(|| drop(ask())).count_total
    };
    let (few, many) = (count(50), count(850));
    // Lists and tables grow by doubling.
    assert!(many <= few + 16, "{few} for 50 sockets, {many} for 850");
}

/// Allocations of grouping so many mappings of ten files.
fn of_mappings(count: usize) -> allocation_counter::AllocationInfo {
    let root = machine(1);
    let smaps: String = (0..count)
        .map(|number| {
            let file = number * 10 / count;
            format!(
                "{number:06}000-{number:06}fff r--p 00000000 fe:01 7 /usr/lib/libexample{file}.so\n\
                 Size:                  8 kB\nRss:                   4 kB\nVmFlags: rd mr mw me \n"
            )
        })
        .collect();
    fs::write(root.path().join("proc/1/smaps"), smaps).expect("a file");
    let process = System::at(root.path()).process(1).expect("a process");
    allocation_counter::measure(|| {
        assert_eq!(process.memory_maps_grouped().expect("mappings").len(), 10);
    })
}

#[test]
fn mappings_cost_memory_by_file_only() {
    let (few, many) = (of_mappings(100), of_mappings(20_000));
    assert_eq!(few.count_total, many.count_total);
    assert!(many.bytes_max < 100_000, "{} bytes", many.bytes_max);
}

/// A machine with so many mounts.
fn mounted(count: u32) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    let mounts: String = (0..count)
        .map(|number| format!("/dev/{number} /mnt/{number} ext4 rw,noatime 0 0\n"))
        .collect();
    fs::create_dir_all(root.path().join("proc/self")).expect("a directory");
    fs::write(root.path().join("proc/self/mounts"), mounts).expect("a file");
    root
}

#[test]
fn mounts_cost_their_texts() {
    let count = |mounts: u32| {
        let root = mounted(mounts);
        let system = System::at(root.path());
        let ask = || system.disk_partitions_all().expect("mounts");
        assert_eq!(ask().len(), usize::try_from(mounts).expect("a small number"));
        allocation_counter::measure(|| drop(ask())).count_total
    };
    let (few, many) = (count(50), count(850));
    assert!(many <= few + 800 * 4 + 2, "{few} for 50 mounts, {many} for 850");
}

#[test]
fn mounts_that_are_as_they_were_cost_no_allocation_each() {
    let root = mounted(500);
    let (system, mut table) = (System::at(root.path()), MountTable::all());
    assert_eq!(table.changed(&system).expect("mounts").map(|mounts| mounts.len()), Some(500));
    let info = allocation_counter::measure(|| {
        assert!(table.changed(&system).expect("mounts").is_none());
    });
    // The path, and what is read.
    assert!(info.count_total <= 4, "{} allocations", info.count_total);
}
