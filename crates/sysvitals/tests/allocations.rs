//! A table of numbers allocates nothing per process; one of names, the names.
#![cfg(target_os = "linux")]

use std::fs;

use sysvitals::{Fields, System};
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
        for (name, text) in
            [("stat", &*stat), ("status", &*status), ("statm", "1 2 3 4 0 5 0\n"), ("io", io)]
        {
            fs::write(folder.join(name), text).expect("a file");
        }
    }
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
