//! The table again and again: as true as a new one, with fewer calls and bounded descriptors.
#![cfg(target_os = "linux")]

mod resting;
mod started;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit};
use sysvitals::{Fields, Missing, Pid, Process, Row, Sampler, Snapshot};

use resting::{PATIENCE, at_rest};
use started::Started;

/// Descriptors are counted, so that one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sleeper() -> Child {
    Command::new("sleep").arg("60").spawn().expect("sleep(1)")
}

fn end(mut child: Child) {
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("procfs").count()
}

#[test]
fn a_tick_tells_what_a_snapshot_tells() {
    let _alone = alone();
    let fields = Fields::NAME
        | Fields::CMDLINE
        | Fields::USERNAME
        | Fields::UIDS
        | Fields::CPU_TIMES
        | Fields::MEMORY
        | Fields::NUM_CTX_SWITCHES
        | Fields::NUM_FDS
        | Fields::CREATE_TIME;
    let child = sleeper();
    at_rest(child.id(), "sleep");
    let mut sampler = Sampler::new(fields).expect("a sampler");
    assert!(sampler.table().rows().is_empty() && sampler.changes().is_none());
    for _ in 0..2 * Sampler::REFRESH + 2 {
        sampler.tick().expect("procfs");
        let row = sampler.table().get(child.id()).expect("it sleeps");
        let fresh = Snapshot::take(fields).expect("procfs");
        let fresh = fresh.get(child.id()).expect("it sleeps");
        // It sleeps: nothing of it changes.
        assert_eq!(row, fresh);
    }
    assert_eq!(sampler.changes().expect("two ticks").rows().len(), sampler.table().rows().len());
    end(child);
}

#[test]
fn processes_come_and_go() {
    let _alone = alone();
    let mut sampler = Sampler::new(Fields::NAME).expect("a sampler");
    sampler.tick().expect("procfs");
    let child = sleeper();
    let pid = Pid::new(child.id());
    for _ in 0..3 {
        assert!(sampler.tick().expect("procfs").get(pid).is_some());
    }
    end(child);
    let table = sampler.tick().expect("procfs");
    assert!(table.get(pid).is_none());
    assert!(table.rows().is_sorted_by_key(sysvitals::Row::pid));
    let changes = sampler.changes().expect("two ticks");
    assert!(changes.ended().any(|row| row.pid() == pid));
}

#[test]
fn rows_are_those_of_their_processes_whoever_has_ended() {
    let _alone = alone();
    let fields = Fields::NAME | Fields::CMDLINE | Fields::CPU_TIMES | Fields::CREATE_TIME;
    let mut earlier: Vec<_> = (0..Sampler::REFRESH + 2).map(|_| sleeper()).collect();
    let named = |name: &str| Command::new("sh").args(["-c", "exec sleep 60", name]).spawn();
    let later: Vec<_> = (0..10).map(|n| named(&n.to_string()).expect("sh(1)")).collect();
    earlier.iter().chain(&later).for_each(|child| at_rest(child.id(), "sleep"));
    let mut sampler = Sampler::new(fields).expect("a sampler");
    // With each tick those that came later stand one place nearer to the start.
    while let Some(child) = earlier.pop() {
        let table = sampler.tick().expect("procfs");
        let fresh = Snapshot::take(fields).expect("procfs");
        for child in &later {
            assert_eq!(table.get(child.id()), fresh.get(child.id()));
        }
        end(child);
    }
    later.into_iter().for_each(end);
}

#[test]
fn a_row_is_small() {
    // Two tables of all processes are gone through in turns.
    assert!(size_of::<Row>() <= 384, "{} bytes", size_of::<Row>());
}

#[test]
fn another_program_is_seen_at_once() {
    let _alone = alone();
    let mut child = Command::new("sh")
        .args(["-c", "read go; exec sleep 60"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh(1)");
    let fields = Fields::NAME | Fields::CMDLINE;
    let mut sampler = Sampler::new(fields).expect("a sampler");
    let pid = child.id();
    let name_of = |sampler: &Sampler| {
        let row = sampler.table().get(pid).expect("it runs");
        (row.name().expect("a name").to_owned(), row.cmdline().map(<[_]>::len))
    };
    while sampler
        .tick()
        .expect("procfs")
        .get(child.id())
        .is_none_or(|row| row.name() != Ok("sh".as_ref()))
    {}
    sampler.tick().expect("procfs");
    assert_eq!(name_of(&sampler).0, "sh");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"go\n").expect("it reads");
    at_rest(child.id(), "sleep");
    // And it stays seen, in every table that the sampler takes turns with.
    for _ in 0..4 {
        sampler.tick().expect("procfs");
        assert_eq!(name_of(&sampler), ("sleep".into(), Ok(2)));
    }
    end(child);
}

/// The limit of descriptors under which so many more can be opened.
fn limit_that_leaves(count: usize) -> u64 {
    let is_free = |number: &u64| !Path::new(&format!("/proc/self/fd/{number}")).exists();
    let last = (0..).filter(is_free).nth(count - 1).expect("numbers do not end");
    last + 1
}

/// Lets a sampler keep what it can of 100 processes where 100 descriptors may be open.
fn keep_some(fields: Fields, check: impl Fn(&Row)) {
    let _alone = alone();
    let children: Vec<_> = (0..100).map(|_| sleeper()).collect();
    let before = descriptors();
    let old = rustix::process::getrlimit(Resource::Nofile);
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(100), ..old })
        .expect("it may be lowered");
    let mut sampler = Sampler::new(fields).expect("a sampler");
    for _ in 0..3 {
        sampler.tick().expect("procfs");
        let kept = descriptors() - before;
        assert!((10..=50).contains(&kept), "{kept} of half of 100 are kept");
        for child in &children {
            check(sampler.table().get(child.id()).expect("it sleeps"));
        }
    }
    drop(sampler);
    assert_eq!(descriptors(), before);
    rustix::process::setrlimit(Resource::Nofile, old).expect("it was so before");
    children.into_iter().for_each(end);
}

#[test]
fn tables_and_rows_are_whole_where_few_descriptors_are_left() {
    let _alone = alone();
    // Whose name no file has, so that it is asked for each time.
    let of_nobody = || Command::new("sleep").arg("60").uid(4_000_000).spawn();
    let mut children: Vec<_> = (0..5).map(|_| sleeper()).collect();
    match rustix::process::geteuid().is_root() {
        true => children.extend((0..5).map(|_| of_nobody().expect("sleep(1)"))),
        false => println!("SKIPPED: only root starts processes of users without a name"),
    }
    let old = rustix::process::getrlimit(Resource::Nofile);
    let before = descriptors();
    let some = Fields::UIDS | Fields::MEMORY | Fields::CMDLINE;
    // From one more than one process takes to more than are closed together.
    let left = (4..=8).chain([16, 20]);
    for (left, fields) in left.flat_map(|left| [(left, some), (left, Fields::all())]) {
        let limit = Rlimit { current: Some(limit_that_leaves(left)), ..old };
        rustix::process::setrlimit(Resource::Nofile, limit).expect("it may be lowered");
        let check = |row: &Row| {
            assert_eq!(row.cmdline().expect("it is ours").len(), 2);
            assert!(row.memory_info().is_ok() && row.uids().is_ok());
            let mut is_told =
                |name: &str, cell| assert_ne!(cell, Err(Missing::Failed), "{name} of {left}");
            row.visit(&mut is_told);
        };
        let table = Snapshot::take(fields).expect("procfs");
        for child in &children {
            check(table.get(child.id()).expect("it sleeps"));
            let process = Process::new(child.id()).expect("it sleeps");
            for _ in 0..3 {
                check(&process.oneshot(fields).expect("it sleeps"));
            }
            let chosen = Snapshot::of([child.id()], fields).expect("procfs");
            check(&chosen.rows()[0]);
        }
    }
    rustix::process::setrlimit(Resource::Nofile, old).expect("it was so before");
    assert_eq!(descriptors(), before);
    children.into_iter().for_each(end);
}

#[test]
fn descriptors_are_bounded_and_given_back() {
    keep_some(Fields::CPU_TIMES | Fields::MEMORY, |row| {
        assert!(row.memory_info().is_ok() && row.cpu_times().is_ok());
    });
}

/// What a sampler that goes by clocks alone is asked.
const CLOCKS: Fields = Fields::CPU_CLOCK.union(Fields::NAME).union(Fields::CREATE_TIME);

#[test]
fn clocks_alone_tell_who_used_the_cpu() {
    let _alone = alone();
    let mut loops = Command::new("sh");
    loops.args(["-c", "echo; while :; do :; done"]).stdout(Stdio::piped());
    let mut busy = Started::new(&mut loops);
    // From then on it has its name.
    busy.0.stdout.as_mut().expect("it is piped").read_exact(&mut [0]).expect("a line");
    let idle = sleeper();
    at_rest(idle.id(), "sleep");
    let mut sampler = Sampler::new(CLOCKS).expect("a sampler");
    sampler.tick().expect("procfs");
    let mut used = 0.0;
    let start = Instant::now();
    let mut ticks = 0;
    // It may have to wait until it gets a processor.
    while ticks < 2 * Sampler::REFRESH + 2 || (used == 0.0 && start.elapsed() < PATIENCE) {
        ticks += 1;
        thread::sleep(Duration::from_millis(5));
        sampler.tick().expect("procfs");
        let changes = sampler.changes().expect("two ticks");
        let usage = |child: &Child| {
            let row = changes.rows().iter().find(|row| row.pid().get() == child.id());
            row.expect("it runs").cpu_usage().expect("two clocks").of_core()
        };
        used += usage(&busy.0);
        assert_eq!(usage(&idle), 0.0);
        let fresh = Snapshot::take(CLOCKS).expect("procfs");
        for child in [&busy.0, &idle] {
            let row = sampler.table().get(child.id()).expect("it runs");
            let fresh = fresh.get(child.id()).expect("it runs");
            assert_eq!(row.identity(), fresh.identity());
            assert_eq!(row.name(), fresh.name());
            assert_eq!(row.create_time(), fresh.create_time());
            assert!(row.cpu_clock().expect("a clock") <= fresh.cpu_clock().expect("a clock"));
            // Nothing is told that was not read.
            assert_eq!(row.status(), Err(Missing::NotAsked));
            assert_eq!(row.ppid(), Err(Missing::NotAsked));
        }
    }
    assert!(used > 0.0);
    end(idle);
}

#[test]
fn a_clock_is_that_of_its_tick_whoever_rested_before_and_came_or_went_meanwhile() {
    let _alone = alone();
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "while read go; do i=0; while [ $i -lt 999 ]; do i=$((i+1)); done; echo; done",
    ]);
    let mut runs = Started::new(shell.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let pid = Pid::new(runs.0.id());
    let process = Process::new(pid).expect("it runs");
    let mut sampler = Sampler::new(Fields::CPU_CLOCK).expect("a sampler");
    let mut others = Vec::new();
    // It runs before a tick, or not; and others come and go, or do not.
    for (runs_now, comes, goes) in [
        (true, false, false),
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (false, false, false),
        (false, true, false),
        (true, false, false),
        (false, false, true),
        (false, false, false),
        (false, false, false),
        (false, false, false),
        (true, true, true),
        (true, false, false),
        (false, false, false),
        (false, false, true),
        (false, false, false),
        (true, false, false),
    ] {
        if runs_now {
            let stdin = runs.0.stdin.as_mut().expect("it is piped");
            stdin.write_all(b"go\n").expect("it reads");
            let stdout = runs.0.stdout.as_mut().expect("it is piped");
            stdout.read_exact(&mut [0]).expect("it has run");
        }
        if goes {
            end(others.remove(0));
        }
        if comes {
            others.push(sleeper());
        }
        let before = process.cpu_clock().expect("it runs");
        let table = sampler.tick().expect("procfs");
        let told = table.get(pid).expect("it runs").cpu_clock().expect("a clock");
        let after = process.cpu_clock().expect("it runs");
        assert!(before <= told && told <= after, "{before:?}, {told:?}, {after:?}");
        assert!(table.rows().is_sorted_by_key(Row::pid));
        for other in &others {
            assert!(table.get(other.id()).expect("it sleeps").cpu_clock().is_ok());
        }
    }
    others.into_iter().for_each(end);
}

#[test]
fn by_clocks_alone_processes_come_and_go_and_zombies_stay() {
    let _alone = alone();
    let mut sampler = Sampler::new(CLOCKS).expect("a sampler");
    sampler.tick().expect("procfs");
    let mut child = sleeper();
    let pid = Pid::new(child.id());
    for _ in 0..3 {
        assert!(sampler.tick().expect("procfs").get(pid).is_some());
    }
    let identity = sampler.table().get(pid).expect("it sleeps").identity();
    child.kill().expect("it is our child");
    for _ in 0..3 {
        thread::sleep(Duration::from_millis(20));
        let row = sampler.tick().expect("procfs").get(pid).expect("nobody took notice");
        assert_eq!(row.identity(), identity);
        assert!(row.cpu_clock().is_ok());
    }
    child.wait().expect("it is our child");
    let table = sampler.tick().expect("procfs");
    assert!(table.get(pid).is_none());
    assert!(table.rows().is_sorted_by_key(sysvitals::Row::pid));
    assert!(sampler.changes().expect("two ticks").ended().any(|row| row.pid() == pid));
}

#[test]
fn by_clocks_alone_another_program_is_seen_within_a_turn() {
    let _alone = alone();
    let mut child = Command::new("sh")
        .args(["-c", "read go; exec sleep 60"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh(1)");
    at_rest(child.id(), "sh");
    let mut sampler = Sampler::new(CLOCKS).expect("a sampler");
    let pid = child.id();
    let mut name = || {
        let row = sampler.tick().expect("procfs").get(pid).expect("it runs");
        row.name().expect("a name").to_owned()
    };
    for _ in 0..2 * Sampler::REFRESH {
        assert_eq!(name(), "sh");
    }
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"go\n").expect("it reads");
    at_rest(child.id(), "sleep");
    for _ in 0..Sampler::REFRESH {
        name();
    }
    for _ in 0..4 {
        assert_eq!(name(), "sleep");
    }
    end(child);
}

#[test]
fn clocks_take_one_descriptor_each_as_far_as_there_are_some() {
    keep_some(Fields::CPU_CLOCK, |row| assert!(row.cpu_clock().is_ok()));
}
