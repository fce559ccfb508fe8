//! Identity, signals and waiting, on real processes.
#![cfg(target_os = "linux")]

mod resting;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use resting::{PATIENCE, at_rest};
use sysvitals::os::linux::HeldExt as _;
use sysvitals::{Child, Error, Exit, Pid, Process, ProcessStatus, Signal, System, wait_procs};

fn sleeper() -> Child {
    let child = Child::spawn(Command::new("sleep").arg("60")).expect("sleep(1)");
    // By then it has its name.
    at_rest(child.pid().get(), "sleep");
    child
}

/// Waits until its status is as wanted.
#[track_caller]
fn becomes(process: &Process, wanted: fn(ProcessStatus) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !wanted(process.status().expect("it is not reaped")) {
        assert!(Instant::now() < deadline, "{}", process.status().expect("it is not reaped"));
        thread::sleep(Duration::from_millis(5));
    }
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("our own").count()
}

#[test]
fn ten_thousand_processes_hold_no_descriptor_and_a_held_one_two() {
    // Other tests run beside this one in threads of this process.
    let stable = |ask: &dyn Fn() -> usize| (0..50).map(|_| ask()).min().expect("fifty");
    let before = stable(&descriptors);
    let processes: Vec<_> = (0..10_000).map(|_| Process::current().expect("ourselves")).collect();
    assert!(stable(&descriptors) < before + 100, "processes hold descriptors");
    assert_eq!(processes.iter().collect::<HashSet<_>>().len(), 1);

    let held: Vec<_> = (0..200).map(|_| processes[0].hold().expect("ourselves")).collect();
    let both = if held[0].pidfd().is_some() { 2 } else { 1 };
    let now = stable(&descriptors);
    assert!(now >= 200 * both && now < before + 200 * both + 100, "{before} before, {now} now");
}

#[test]
fn an_identity_compares_hashes_prints_and_lasts() {
    let child = sleeper();
    let process = child.process().expect("it runs");
    let again = Process::new(child.pid()).expect("it runs");
    assert_eq!((process.identity(), process), (again.identity(), &again));
    assert_eq!(HashSet::from([again.identity()]).get(&process.identity()), Some(&again.identity()));
    assert!(process.identity().to_string().starts_with(&format!("{}-", child.pid())));
    assert_ne!(again, Process::current().expect("ourselves"));
    process.kill().expect("it is ours");
    child.wait(None).expect("it is ours");
    assert_eq!(process.identity(), again.identity(), "the dead keep theirs");
}

#[test]
fn a_gone_process_says_so_with_its_pid_and_last_name() {
    let child = sleeper();
    let process = child.process().expect("it runs").clone();
    process.kill().expect("it is ours");
    assert_eq!(child.wait(None).expect("it is ours"), Some(Exit::Signal(Signal(9))));
    assert!(!process.is_running());
    for err in [process.ppid().unwrap_err(), process.kill().unwrap_err()] {
        assert!(matches!(err, Error::NoSuchProcess { reused: false, .. }), "{err}");
        assert_eq!((err.pid(), err.name()), (Some(child.pid()), Some("sleep")));
    }
    // Told again, and to clones.
    assert_eq!(process.wait(Duration::ZERO).expect("known"), Some(Exit::Signal(Signal(9))));
}

#[test]
fn a_zombie_is_there_takes_signals_and_can_be_reaped() {
    let child = Child::spawn(&mut Command::new("true")).expect("true(1)");
    let process = child.process().expect("nobody else reaps it");
    becomes(process, |status| status == ProcessStatus::Zombie);
    assert!(process.is_running() && Process::new(child.pid()).is_ok());
    assert!(sysvitals::pids().expect("a list").contains(&child.pid()));
    process.kill().expect("a zombie takes every signal");
    process.suspend().expect("a zombie takes every signal");
    assert_eq!(child.wait(Duration::ZERO).expect("ours"), Some(Exit::Code(0)));
    assert!(!process.is_running());
}

#[test]
fn waiting_takes_no_longer_than_asked_and_ends_with_the_process() {
    let child = sleeper();
    let process = child.process().expect("it runs");
    let start = Instant::now();
    assert_eq!(process.wait(Duration::from_millis(50)).expect("it runs"), None);
    assert!(start.elapsed() >= Duration::from_millis(50) && start.elapsed() < PATIENCE);
    let waiting = {
        let process = process.clone();
        thread::spawn(move || process.wait(None))
    };
    process.terminate().expect("it is ours");
    let (one, other) = (child.wait(None), waiting.join().expect("no panic"));
    assert_eq!(one.expect("ours"), Some(Exit::Signal(Signal::TERM)));
    // Whoever comes second may find it reaped, and learns how it ended where the kernel keeps that.
    let other = other.expect("ours");
    assert!(matches!(other, Some(Exit::Signal(Signal::TERM) | Exit::Unknown)), "{other:?}");
}

#[test]
fn the_end_of_another_ones_child_is_told_where_the_kernel_tells() {
    let mut shell = Command::new("sh")
        .args(["-c", "exec 3<&0; sh -c 'read go; exit 7' <&3 & echo $!; wait"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh(1)");
    let mut line = String::new();
    BufReader::new(shell.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
    let process = Process::new(line.trim().parse::<Pid>().expect("a pid")).expect("it runs");
    // Of who was reaped before it was opened nobody tells; this one is open until then.
    let held = process.hold().expect("it runs");
    let other = Process::new(process.pid()).expect("it runs");
    assert_eq!(other.wait(Duration::ZERO).expect("it runs"), None);
    assert_eq!(held.wait(Duration::ZERO).expect("it runs"), None);
    drop(shell.stdin.take());
    let [exit, told] = [&other, &*held].map(|it| it.wait(PATIENCE).expect("it ends"));
    assert!(matches!(exit, Some(Exit::Code(7) | Exit::Unknown)), "{exit:?}");
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let mut numbers = release.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    if (numbers.next(), numbers.next()) >= (Some(6), Some(15)) {
        assert_eq!(told, Some(Exit::Code(7)), "PIDFD_GET_INFO tells since Linux 6.15");
    } else {
        assert!(matches!(told, Some(Exit::Code(7) | Exit::Unknown)), "{told:?}");
    }
    shell.wait().expect("our child");
}

#[test]
fn several_are_waited_for_and_told_once_each() {
    let (brief, long) = (Child::spawn(&mut Command::new("true")), sleeper());
    let brief = brief.expect("true(1)");
    becomes(brief.process().expect("nobody else reaps it"), |status| {
        status == ProcessStatus::Zombie
    });
    let both = [&brief, &long].map(|child| child.process().expect("it runs").clone());
    let mut told = Vec::new();
    let (gone, alive) = wait_procs(both.clone(), Duration::from_millis(50), |process, exit| {
        told.push((process.pid(), exit));
    })
    .expect("no failure");
    assert_eq!((gone, alive), (vec![both[0].clone()], vec![both[1].clone()]));
    assert_eq!(told, [(brief.pid(), Exit::Code(0))]);
    // One ends when the other is told, and is waited for meanwhile.
    let third = sleeper();
    let others = [&long, &third].map(|child| child.process().expect("it runs").clone());
    others[0].kill().expect("it is ours");
    told.clear();
    let (gone, alive) = wait_procs(others.clone(), None, |process, exit| {
        told.push((process.pid(), exit));
        if *process == others[0] {
            others[1].kill().expect("it is ours");
        }
    })
    .expect("no failure");
    assert_eq!((gone.len(), alive.len()), (2, 0));
    let killed = Exit::Signal(Signal(9));
    assert_eq!(told, [(long.pid(), killed), (third.pid(), killed)]);
    let (gone, alive) = wait_procs(both, None, |_, _| {}).expect("no failure");
    assert_eq!((gone.len(), alive.len()), (2, 0));
    assert_eq!(wait_procs([], None, |_, _| {}).expect("nothing to do"), (vec![], vec![]));
}

#[test]
fn a_stopped_process_runs_again() {
    let child = sleeper();
    let process = child.process().expect("it runs");
    process.suspend().expect("it is ours");
    becomes(process, |status| status == ProcessStatus::Stopped);
    process.resume().expect("it is ours");
    becomes(process, |status| status != ProcessStatus::Stopped);
    process.kill().expect("it is ours");
    child.wait(None).expect("it is ours");
}

#[test]
fn signals_that_do_not_exist_are_refused() {
    let me = Process::current().expect("ourselves");
    me.send_signal(Signal(0)).expect("only asks");
    let err = me.send_signal(Signal(999)).unwrap_err();
    assert!(matches!(err, Error::Io { .. }), "{err}");
    assert!("SIGNOPE".parse::<Signal>().is_err());
}

#[test]
fn the_number_of_a_thread_is_no_process_but_can_be_asked() {
    thread::spawn(|| {
        let link = fs::read_link("/proc/thread-self").expect("ourselves");
        let tid: u32 =
            link.file_name().and_then(|name| name.to_str()?.parse().ok()).expect("a number");
        assert!(!sysvitals::pid_exists(tid).expect("a thread"));
        assert!(!sysvitals::pids().expect("a list").contains(&Pid::new(tid)));
        let task = Process::new(tid).expect("procfs has a folder for it");
        assert!(task.is_running());
        assert_eq!(task.status().expect("it runs"), ProcessStatus::Running);
    })
    .join()
    .expect("no panic");
}

#[test]
fn a_family_is_told() {
    let child = sleeper();
    let process = child.process().expect("it runs");
    let me = Process::current().expect("ourselves");
    assert_eq!(process.parent().expect("it runs"), Some(me.clone()));
    assert!(me.children().expect("ourselves").contains(process));
    assert!(me.children_recursive().expect("ourselves").contains(process));
    for recursive in [false, true] {
        let children = me.child_identities(recursive).expect("ourselves");
        let same = children.iter().find(|child| child.pid() == process.pid()).expect("it runs");
        assert_eq!(same.start(), process.identity().start());
    }
    let parents = process.parents().expect("it runs");
    assert_eq!(parents.first(), Some(&me));
    process.kill().expect("it is ours");
    child.wait(None).expect("it is ours");
    assert!(process.children().unwrap_err().is_gone());
    assert!(process.child_identities(false).unwrap_err().is_gone());
}

#[test]
fn a_recorded_process_cannot_be_touched() {
    let root = tempfile::tempdir().expect("a temporary directory");
    // The pid is that of a process which is really there.
    let pid = std::process::id();
    let folder = root.path().join(format!("proc/{pid}"));
    fs::create_dir_all(&folder).expect("a directory");
    fs::copy("/proc/self/stat", folder.join("stat")).expect("a copy");
    let system = System::at(root.path());
    assert!(!system.is_live() && System::host().is_live());
    let process = system.process(pid).expect("it was recorded");
    assert_ne!(process, Process::current().expect("ourselves"), "of another boot");
    for answer in [process.kill(), process.set_nice(3), process.set_cpu_affinity(&[0])] {
        assert!(matches!(answer, Err(Error::Unsupported(_))), "{answer:?}");
    }
    assert!(matches!(process.wait(None), Err(Error::Unsupported(_))));
}

#[test]
fn what_cannot_be_started_says_which_program() {
    let err = Child::spawn(&mut Command::new("/nonexistent/program")).unwrap_err();
    assert!(err.to_string().contains("/nonexistent/program"), "{err}");
}

#[test]
fn children_of_who_ignores_their_end_are_gone_and_not_mistaken() {
    // What is ignored stays so across execve(2): this test, run again by such a shell, has no zombies.
    const AGAIN: &str = "SYSVITALS_TEST_IGNORES_CHILDREN";
    if std::env::var_os(AGAIN).is_none() {
        let this = std::env::current_exe().expect("a test is a program");
        let name = "children_of_who_ignores_their_end_are_gone_and_not_mistaken";
        let script = format!("trap '' CHLD; exec \"$0\" --exact {name}");
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", &script]).arg(this).env(AGAIN, "1").output();
        let output = output.expect("sh(1)");
        assert!(output.status.success(), "{output:?}");
        return;
    }
    for _ in 0..50 {
        let child = Child::spawn(&mut Command::new("true")).expect("true(1)");
        let exit = child.wait(PATIENCE).expect("it ends");
        assert!(matches!(exit, Some(Exit::Unknown | Exit::Code(0))), "{exit:?}");
        assert!(child.process().map_or(true, |process| !process.is_running()));
    }
}
