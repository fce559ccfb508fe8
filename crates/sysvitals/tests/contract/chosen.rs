//! Tables of some processes, by their pids.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use sysvitals::{Fields, Platform, Process, Row, Snapshot, System};

use crate::resting::at_rest;
use crate::started::Started;
use crate::under_churn;

/// Above what Linux gives out (`PID_MAX_LIMIT` of `include/linux/threads.h`).
const NOBODY: u32 = 5_000_000;

/// One for each way in which a table is read: `stat` alone, with a pidfd, by directories.
const WAYS: [Fields; 4] = [
    Fields::NAME.union(Fields::CPU_TIMES),
    Fields::NAME.union(Fields::UIDS).union(Fields::MEMORY).union(Fields::CMDLINE),
    Fields::NAME.union(Fields::EXE).union(Fields::CWD),
    Fields::empty(),
];

/// What a process that sleeps says each time.
const STABLE: [&str; 9] =
    ["ppid", "name", "exe", "cmdline", "uids", "cwd", "status", "cpu_times", "memory_info"];

/// Sleeps already, so that what is said of it stays.
fn sleeper() -> Started {
    let sleeper = Started::new(Command::new("sleep").arg("60").stdin(Stdio::null()));
    at_rest(sleeper.0.id(), "sleep");
    sleeper
}

fn pids(table: &Snapshot) -> Vec<u32> {
    table.rows().iter().map(|row| row.pid().get()).collect()
}

#[test]
fn each_has_the_row_that_it_has_in_a_table_of_all() {
    let children: Vec<Started> = (0..6).map(|_| sleeper()).collect();
    under_churn(|| {
        for fields in WAYS.into_iter().chain([Fields::on(Platform::CURRENT)]) {
            let all = Snapshot::take(fields).expect("a table");
            // As many as are found by paths, and more.
            for count in [1, 3, 4, 6] {
                // In no order, and some of them twice.
                let chosen = children.iter().take(count).rev().chain(&children[..1]);
                let chosen = chosen.map(|child| child.0.id());
                let some = Snapshot::of(chosen, fields).expect("a table");
                assert_eq!(some.rows().len(), count);
                assert!(some.rows().is_sorted_by_key(Row::pid));
                for row in some.rows() {
                    let same = all.get(row.pid()).expect("it runs");
                    assert_eq!(some.process(row).ok(), all.process(same).ok());
                    for name in STABLE {
                        assert_eq!(row.get(name), same.get(name), "{name}");
                    }
                }
            }
        }
    });
}

#[test]
fn who_is_not_there_has_no_row() {
    for fields in WAYS {
        assert_eq!(pids(&Snapshot::of([NOBODY, u32::MAX, 0], fields).expect("a table")), [0; 0]);
        let us = std::process::id();
        assert_eq!(pids(&Snapshot::of([NOBODY, us], fields).expect("a table")), [us]);
        assert!(Snapshot::of([0_u32; 0], fields).expect("a table").rows().is_empty());
    }
}

#[test]
fn threads_have_no_rows() {
    let (tell, told) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let own = rustix::thread::gettid().as_raw_nonzero().get();
        let own = u32::try_from(own).expect("a pid");
        for fields in WAYS {
            let table = Snapshot::of([own, std::process::id()], fields).expect("a table");
            assert_eq!(pids(&table), [std::process::id()], "by itself");
        }
        tell.send(own).expect("somebody waits");
        let _ = ended.recv();
    });
    let other = told.recv().expect("a thread");
    for fields in WAYS {
        let table = Snapshot::of([other], fields).expect("a table");
        assert!(table.rows().is_empty(), "by another: {table:?}");
    }
    drop(end);
    thread.join().expect("it found what it is to find");
}

#[test]
fn it_is_taken_again_of_the_same_pids() {
    let (one, other) = (sleeper(), sleeper());
    let (one_pid, other_pid) = (one.0.id(), other.0.id());
    let (first, second) = (one_pid.min(other_pid), one_pid.max(other_pid));
    for fields in WAYS {
        let mut table = Snapshot::of([first, second, NOBODY], fields).expect("a table");
        table.retake().expect("a table");
        assert_eq!(pids(&table), [first, second]);
    }
    let mut table = Snapshot::of([one_pid, other_pid], Fields::NAME).expect("a table");
    drop(one);
    table.retake().expect("a table");
    assert_eq!(pids(&table), [other_pid], "{one_pid} has ended");
    drop(other);
    table.retake().expect("a table");
    assert!(table.rows().is_empty());
}

#[test]
fn a_row_is_of_the_process_that_has_the_pid() {
    let child = sleeper();
    let process = Process::new(child.0.id()).expect("it runs");
    let table = System::host().snapshot_of([process.pid()], Fields::NAME).expect("a table");
    assert_eq!(table.process(&table.rows()[0]).expect("it runs"), process);
    drop(child);
    assert!(table.process(&table.rows()[0]).expect_err("it is reaped").is_gone());
}
