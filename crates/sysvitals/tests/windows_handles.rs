//! Handles on Windows: thousands can be held, and none is left behind, nor memory. A program of its
//! own, since other tests open handles, too.
#![cfg(windows)]

#[expect(dead_code, reason = "one role is all that is played here")]
mod stand_in;

use std::fs::File;
use std::os::windows::io::AsRawHandle as _;

use stand_in::{Role, StandIn};
use sysvitals::{Fields, Process, Snapshot};

/// The number that the next handle gets: low ones are taken first, so that it grows with those that
/// stay open.
fn next_handle() -> usize {
    let program = std::env::current_exe().expect("our path");
    File::open(program).expect("a file").as_raw_handle().addr()
}

/// Bytes of our own memory.
fn memory() -> u64 {
    let us = Process::current().expect("ourselves");
    us.memory_info().expect("memory").rss
}

#[test]
fn stand_in() {
    stand_in::play();
}

#[test]
fn thousands_are_held_and_none_is_left() {
    let child = StandIn::new(Role::Wait);
    let pid = child.child.pid();
    let process = Process::new(pid).expect("it runs");
    let before = next_handle();

    let held: Vec<_> = (0..10_000).map(|_| process.hold().expect("a handle")).collect();
    assert!(next_handle() > before + 4 * 9_000, "they count");
    assert_eq!(Process::new(pid).expect("it runs"), process);
    drop(held);

    // A question of each kind that opens something.
    let mut used = 0;
    for turn in 0..10_000 {
        if turn == 1_000 {
            used = memory();
        }
        let process = Process::new(pid).expect("it runs");
        process.cpu_times().expect("times");
        assert!(Process::new(u32::MAX - 4 * turn).is_err());
        if turn % 100 == 0 {
            process.environ().expect("variables");
            process.username().expect("a user");
            process.suspend().expect("it is ours");
            process.resume().expect("it is ours");
            Snapshot::take(Fields::NAME | Fields::EXE | Fields::CMDLINE).expect("a table");
        }
    }
    // Four numbers each; the harness may have opened a few.
    assert!(next_handle() < before + 4 * 100, "some stayed open");
    // Some two hundred bytes a turn would be seen.
    assert!(memory() < used + (2 << 20), "{used} bytes before, {} after", memory());
}
