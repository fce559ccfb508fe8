//! A process that is held: what is kept of it tells of now, belongs to it, and is bounded.
#![cfg(target_os = "linux")]

mod resting;
mod started;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};
use sysvitals::{Error, Fields, Pid, Process, ProcessStatus, System};

use resting::at_rest;
use started::Started;

/// All that is read of files that are kept, and ids.
const KEPT: Fields = Fields::NAME
    .union(Fields::CMDLINE)
    .union(Fields::CPU_TIMES)
    .union(Fields::MEMORY)
    .union(Fields::UIDS)
    .union(Fields::USERNAME)
    .union(Fields::NUM_CTX_SWITCHES)
    .union(Fields::IO_COUNTERS);

/// The directory, the pidfd and five files.
const MOST: usize = 7;

/// Descriptors are counted and taken away, so that one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(program: &str, arguments: &[&str]) -> Started {
    let mut command = Command::new(program);
    let started = Started::new(command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()));
    at_rest(started.0.id(), program);
    started
}

fn sleeper() -> Started {
    start("sleep", &["600"])
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("procfs").count()
}

/// Those by which this process is held: number, and where it leads.
fn kept_of(pid: u32) -> Vec<(i32, String)> {
    let own = fs::read_dir("/proc/self/fd").expect("procfs").flatten();
    own.filter_map(|entry| {
        let to = fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned();
        let is_its_own = to == format!("/proc/{pid}") || to.starts_with(&format!("/proc/{pid}/"));
        let number = entry.file_name().to_string_lossy().parse().ok()?;
        (is_its_own || to.contains("pidfd")).then_some((number, to))
    })
    .collect()
}

#[test]
fn it_is_answered_what_another_is_by_seven_descriptors() {
    let _alone = alone();
    let child = sleeper();
    let before = descriptors();
    let process = Process::new(child.0.id()).expect("it sleeps");
    assert_eq!(descriptors(), before);
    let held = process.hold().expect("it sleeps");
    for _ in 0..3 {
        // It sleeps: nothing of it changes.
        assert_eq!(
            held.oneshot(KEPT).expect("it sleeps"),
            process.oneshot(KEPT).expect("the same")
        );
        assert_eq!(descriptors(), before + MOST);
        held.oneshot(Fields::all()).expect("it sleeps");
    }
    let (again, clone) = (held.hold().expect("it sleeps"), held.clone());
    assert_eq!(descriptors(), before + MOST, "those of one are all of its clones'");
    drop((held, again));
    assert_eq!(clone.name().expect("it sleeps"), "sleep");
    drop(clone);
    assert_eq!(descriptors(), before);
}

#[test]
fn what_it_runs_and_calls_itself_is_what_it_runs_now() {
    let _alone = alone();
    let mut child = start("sh", &["-c", "read go; exec sleep 600"]);
    let held = Process::new(child.0.id()).expect("it reads").hold().expect("it reads");
    let before = held.oneshot(KEPT).expect("it reads");
    assert_eq!(
        (before.name().ok(), held.cmdline().expect("its own").len()),
        (Some("sh".as_ref()), 3)
    );
    child.0.stdin.take().expect("a pipe").write_all(b"go\n").expect("it reads");
    at_rest(child.0.id(), "sleep");
    let after = held.oneshot(KEPT).expect("it sleeps");
    assert_eq!(after.name().expect("its own"), "sleep");
    assert_eq!(after.cmdline().expect("its own"), ["sleep", "600"]);
    let fresh = Process::new(child.0.id()).expect("it sleeps");
    assert_eq!(after, fresh.oneshot(KEPT).expect("it sleeps"));
    assert_ne!(before.memory_info(), after.memory_info());

    // As setproctitle(3) does of other systems.
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.0.id())).expect("it sleeps");
    let fields: Vec<_> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let arguments: u64 = fields[48 - 3].parse().expect("arg_start");
    let memory = File::options().write(true).open(format!("/proc/{}/mem", child.0.id()));
    if arguments > 0 && memory.and_then(|it| it.write_all_at(b"SLEEP\x00900", arguments)).is_ok() {
        let now = held.oneshot(KEPT).expect("it sleeps");
        assert_eq!(now.cmdline().expect("its own"), ["SLEEP", "900"]);
        assert_eq!(held.cmdline().expect("its own"), ["SLEEP", "900"]);
    }
}

#[test]
fn a_zombie_is_one_and_who_has_gone_is_gone() {
    let _alone = alone();
    let mut child = sleeper();
    let process = Process::new(child.0.id()).expect("it sleeps");
    let held = process.hold().expect("it sleeps");
    held.oneshot(KEPT).expect("it sleeps");
    child.0.kill().expect("it is ours");
    while process.status().expect("nobody reaps it") != ProcessStatus::Zombie {
        thread::yield_now();
    }
    assert_eq!(held.status().expect("nobody reaps it"), ProcessStatus::Zombie);
    // What it did belongs to root by now, and is told to who asked before.
    let told = KEPT.difference(Fields::IO_COUNTERS);
    assert_eq!(held.oneshot(told).expect("a zombie"), process.oneshot(told).expect("a zombie"));
    held.io_counters().expect("a zombie");
    let err = held.cmdline().expect_err("it has lost that");
    assert!(matches!(err, Error::ZombieProcess { .. }), "{err}");
    child.0.wait().expect("it is ours");
    for answer in [
        held.oneshot(KEPT).map(drop),
        held.name().map(drop),
        held.uids().map(drop),
        held.memory_info().map(drop),
        held.io_counters().map(drop),
        held.cmdline().map(drop),
    ] {
        let err = answer.expect_err("it is reaped");
        assert!(matches!(err, Error::NoSuchProcess { reused: false, .. }), "{err}");
    }
    assert!(!held.is_running());
}

#[test]
fn what_somebody_has_closed_is_neither_used_nor_closed_again() {
    let _alone = alone();
    let child = sleeper();
    let text = fs::read_to_string(format!("/proc/{}/stat", child.0.id())).expect("it sleeps");
    let (name, numbers) = text.rsplit_once(") ").expect("fields");
    let mut numbers: Vec<_> = numbers.split(' ').collect();
    let later = format!("{}1", numbers[22 - 3]);
    numbers[22 - 3] = &later;
    numbers[14 - 3] = "4711";
    let start_of_another = format!("{name}) {}", numbers.join(" "));
    let dir = tempfile::tempdir().expect("a directory");
    let recorded = |text: &str| {
        let path = dir.path().join(text.len().to_string());
        fs::write(&path, text).expect("a file");
        File::open(path).expect("a file").into()
    };
    // Each knows another name for what it has than the one that is asked for.
    let others: [OwnedFd; 6] = [
        recorded(&start_of_another),
        recorded(&text[..text.len() / 4]),
        File::open("/proc/self/stat").expect("procfs").into(),
        File::open("/proc/self").expect("procfs").into(),
        File::open("/dev/null").expect("a device").into(),
        rustix::process::pidfd_open(
            rustix::process::getpid(),
            rustix::process::PidfdFlags::empty(),
        )
        .expect("Linux 5.3"),
    ];
    let process = Process::new(child.0.id()).expect("it sleeps");
    let expected = process.oneshot(KEPT).expect("it sleeps");
    let files = process.num_fds().expect("it sleeps");
    let nice = process.nice().expect("it sleeps");
    for number in 0..MOST {
        for other in &others {
            let held = process.hold().expect("it sleeps");
            held.oneshot(KEPT).expect("it sleeps");
            let kept = kept_of(child.0.id());
            assert_eq!(kept.len(), MOST + 1, "{kept:?} and the other pidfd");
            let kept: Vec<_> =
                kept.iter().filter(|(number, _)| *number != others[5].as_raw_fd()).collect();
            let (number, name) = kept[number];
            nix::unistd::close(*number).expect("it is open");
            let taken = rustix::io::fcntl_dupfd_cloexec(other, *number).expect("one more");
            assert_eq!(taken.as_raw_fd(), *number);
            for _ in 0..2 {
                assert_eq!(held.oneshot(KEPT).expect("it sleeps"), expected, "without {name}");
                assert_eq!(held.uids().expect("it sleeps"), expected.uids().expect("asked"));
                assert_eq!(held.nice().expect("it sleeps"), nice);
                assert_eq!(held.num_fds().expect("it sleeps"), files, "without {name}");
            }
            held.set_nice(nice).expect("it is ours");
            held.resume().expect("it is ours");
            assert!(held.is_running());
            assert_eq!(held.wait(Duration::ZERO).expect("it is ours"), None, "without {name}");
            drop(held);
            rustix::io::fcntl_getfd(&taken).expect("it is not theirs to close");
        }
    }
}

#[test]
fn it_keeps_none_of_the_half_that_is_the_programs() {
    let _alone = alone();
    let child = sleeper();
    let process = Process::new(child.0.id()).expect("it sleeps");
    let expected = process.oneshot(KEPT).expect("it sleeps");
    let before = rustix::process::getrlimit(Resource::Nofile);
    let few = u64::try_from(2 * descriptors() + 16).expect("a small number");
    rustix::process::setrlimit(
        Resource::Nofile,
        Rlimit { current: Some(few), maximum: before.maximum },
    )
    .expect("less than before");
    let held: Vec<_> = (0..4).map(|_| process.hold().expect("it sleeps")).collect();
    let answers: Vec<_> = held.iter().map(|held| held.oneshot(KEPT)).collect();
    let now = descriptors();
    rustix::process::setrlimit(Resource::Nofile, before).expect("what it was");
    for answer in answers {
        assert_eq!(answer.expect("it sleeps"), expected);
    }
    assert!(u64::try_from(now).expect("a small number") <= few / 2 + 2, "{now} of {few}");
}

#[test]
fn clones_are_asked_by_many_threads_at_once() {
    let _alone = alone();
    let child = sleeper();
    let process = Process::new(child.0.id()).expect("it sleeps");
    let held = process.hold().expect("it sleeps");
    let expected = process.oneshot(KEPT).expect("it sleeps");
    thread::scope(|scope| {
        for _ in 0..4 {
            let (held, expected) = (held.clone(), &expected);
            scope.spawn(move || {
                for _ in 0..200 {
                    assert_eq!(held.oneshot(KEPT).expect("it sleeps"), *expected);
                }
            });
        }
    });
}

#[test]
fn of_a_recording_nothing_is_kept() {
    let _alone = alone();
    let root = tempfile::tempdir().expect("a directory");
    let folder = root.path().join("proc/7");
    fs::create_dir_all(&folder).expect("a directory");
    let record = |name: &str| {
        let stat = format!(
            "7 ({name}) S 1 7 7 0 -1 4194304 7 0 3 0 110 20 5 6 20 0 1 0 5150 8192 100 \
             18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0\n"
        );
        fs::write(folder.join("new"), stat).expect("a file");
        fs::rename(folder.join("new"), folder.join("stat")).expect("a file");
    };
    record("cat");
    let held = System::at(root.path()).process(Pid::new(7)).expect("recorded").hold();
    let held = held.expect("recorded");
    assert_eq!(held.name().expect("recorded"), "cat");
    record("dog");
    assert_eq!(held.name().expect("recorded"), "dog");
}
