//! Processes on Windows: ourselves, children that are this program again, and what is no more.
#![cfg(windows)]

mod stand_in;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _};
use std::os::windows::process::CommandExt as _;
use std::time::{Duration, Instant, SystemTime};

use stand_in::{PATIENCE, Role, StandIn, command, eventually};
use sysvitals::{
    Error, Exit, Fields, Missing, Pid, Process, ProcessStatus, Sampler, Signal, Snapshot, System,
    wait_procs,
};

#[test]
fn stand_in() {
    stand_in::play();
}

fn us() -> Process {
    Process::current().expect("ourselves")
}

#[test]
fn we_are_what_we_know_of_ourselves() {
    let (us, program) = (us(), env::current_exe().expect("our path"));
    assert_eq!(us.pid().get(), std::process::id());
    assert_eq!(us.exe().expect("a program").as_deref(), Some(program.as_path()));
    assert_eq!(Some(us.name().expect("a name").as_os_str()), program.file_name());
    assert_eq!(us.cmdline().expect("arguments"), env::args_os().collect::<Vec<_>>());
    assert_eq!(us.cwd().expect("a directory"), Some(env::current_dir().expect("a directory")));
    assert_eq!(us.status().expect("a status"), ProcessStatus::Running);
    assert!(us.is_running());
    assert!(us.num_threads().expect("a number") >= 2, "the harness and this test");
    let age = SystemTime::now().duration_since(us.create_time().expect("a time"));
    assert!(age.expect("in the past") < PATIENCE * 10);
    assert!(!us.username().expect("a user").is_empty());
    let variables = us.environ().expect("variables");
    for (name, value) in env::vars_os() {
        let name = name.to_str().expect("Wine's are").to_uppercase();
        assert_eq!(variables.get(&name), Some(value.as_os_str()), "{name}");
    }
}

#[test]
fn what_windows_has_not_is_unsupported() {
    let us = us();
    assert!(matches!(us.uids(), Err(Error::Unsupported("uids"))));
    assert!(matches!(us.gids(), Err(Error::Unsupported("gids"))));
    assert!(matches!(us.terminal(), Err(Error::Unsupported("terminal"))));
    assert!(matches!(us.cpu_num(), Err(Error::Unsupported("cpu_num"))));
    let elsewhere = System::at(r"Z:\nowhere");
    assert!(matches!(elsewhere.pids(), Err(Error::Unsupported(_))));
    assert!(matches!(elsewhere.process(Pid::current()), Err(Error::Unsupported(_))));
    assert!(matches!(elsewhere.snapshot(Fields::NAME), Err(Error::Unsupported(_))));
}

#[test]
fn children_are_as_they_were_started() {
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join("d ü");
    std::fs::create_dir(&directory).expect("a directory");
    let lone = OsString::from_wide(&[0x61, 0xd800, 0x62]);
    let arguments = ["", "a b", "\"", r"c\", r#"d\" e"#, "ü \u{1f600}", "\t"].map(OsString::from);
    let mut command = command(Role::Wait, &arguments);
    command.current_dir(&directory).env("Colour", "blue ü").env("LONE", &lone);
    let before = SystemTime::now();
    let child = StandIn::start(&mut command);
    let after = SystemTime::now();

    let process = child.process();
    assert_eq!(process.pid(), child.child.pid());
    assert_eq!(process.ppid().expect("ours"), Pid::current());
    assert_eq!(process.parent().expect("ours"), Some(us()));
    assert_eq!(process.parents().expect("ours").first(), Some(&us()));
    assert!(us().children().expect("a list").contains(process));
    assert!(us().children_recursive().expect("a list").contains(process));
    let program = env::current_exe().expect("our path");
    assert_eq!(process.exe().expect("a program").as_deref(), Some(program.as_path()));
    assert_eq!(Some(process.name().expect("a name").as_os_str()), program.file_name());
    let cmdline = process.cmdline().expect("arguments");
    assert_eq!(cmdline.first().map(OsString::as_os_str), Some(program.as_os_str()));
    assert!(cmdline.ends_with(&arguments), "{cmdline:?}");
    assert_eq!(process.cwd().expect("a directory"), Some(directory));
    let variables = process.environ().expect("variables");
    assert_eq!(variables.get("COLOUR").expect("it was set"), "blue ü");
    assert_eq!(variables.get("LONE"), Some(lone.as_os_str()));
    assert_eq!(process.status().expect("a status"), ProcessStatus::Running);
    assert_eq!(process.username().expect("a user"), us().username().expect("a user"));
    let created = process.create_time().expect("a time");
    let slack = Duration::from_secs(2);
    assert!(created + slack > before && created < after + slack, "{created:?}");
    let threads = process.threads().expect("threads");
    assert!(!threads.is_empty() && threads.iter().all(|thread| thread.id != 0));
}

#[test]
fn a_command_line_may_be_as_long_as_windows_takes() {
    // 32,767 units with the program and the NUL.
    let long = "ä".repeat(30_000);
    let child = StandIn::start(&mut command(Role::Wait, &[&long]));
    let cmdline = child.process().cmdline().expect("arguments");
    assert_eq!(cmdline.last().expect("an argument"), &OsString::from(long));
}

#[test]
fn an_environment_may_be_large() {
    let mut command = command(Role::Wait, &[] as &[&str]);
    let value = "ß".repeat(10_000);
    for number in 0..20 {
        command.env(format!("LARGE_{number}"), &value);
    }
    let child = StandIn::start(&mut command);
    let variables = child.process().environ().expect("variables");
    let large = variables.iter().filter(|(name, _)| name.to_string_lossy().starts_with("LARGE_"));
    let large: BTreeMap<_, _> = large.collect();
    assert_eq!(large.len(), 20);
    assert!(large.values().all(|&kept| *kept == *value));
}

#[test]
fn ended_by_force_it_exits_with_the_number_of_the_signal() {
    let ways: [fn(&Process) -> sysvitals::Result<()>; 3] =
        [Process::terminate, Process::kill, |process| process.send_signal(Signal::TERM)];
    for end in ways {
        let child = StandIn::new(Role::Wait);
        assert_eq!(child.child.wait(Duration::ZERO).expect("a wait"), None);
        end(child.process()).expect("it is ours");
        let exit = child.child.wait(PATIENCE).expect("a wait");
        assert_eq!(exit, Some(Exit::Code(15)));
    }
}

#[test]
fn ended_by_itself_it_says_how() {
    let mut child = StandIn::new(Role::Wait);
    let other = Process::new(child.child.pid()).expect("it runs");
    let start = Instant::now();
    assert_eq!(other.wait(Duration::from_millis(50)).expect("a wait"), None);
    assert!(start.elapsed() >= Duration::from_millis(50));
    child.end(77);
    assert_eq!(child.child.wait(PATIENCE).expect("a wait"), Some(Exit::Code(77)));
    assert_eq!(child.child.wait(None).expect("it is remembered"), Some(Exit::Code(77)));
    // The child's handle is still open, and tells whoever asks by pid nothing.
    assert_eq!(other.wait(PATIENCE).expect("it has ended"), Some(Exit::Unknown));
}

#[test]
fn the_exit_of_a_stranger_is_known_to_who_waits_for_it() {
    let mut parent = StandIn::new(Role::Parent);
    let pid: u32 = parent.line().parse().expect("a pid");
    let stranger = Process::new(pid).expect("it runs");
    assert_eq!(stranger.ppid().expect("a parent"), parent.child.pid());
    assert!(parent.process().children().expect("a list").contains(&stranger));
    assert!(us().children_recursive().expect("a list").contains(&stranger));
    assert!(!us().children().expect("a list").contains(&stranger));
    let held = stranger.hold().expect("it runs");
    stranger.kill().expect("it runs under our name");
    assert_eq!(held.wait(PATIENCE).expect("a wait"), Some(Exit::Code(15)));
}

#[test]
fn those_that_end_are_told_apart_from_those_that_do_not() {
    let (mut brief, long) = (StandIn::new(Role::Wait), StandIn::new(Role::Wait));
    brief.end(3);
    let both = [brief.process().clone(), long.process().clone()];
    let mut exits = Vec::new();
    let (gone, alive) = wait_procs(both.clone(), Duration::ZERO, |_, _| {}).expect("a wait");
    assert_eq!(gone.len() + alive.len(), 2);
    let ended = |process: &Process, exit| exits.push((process.pid(), exit));
    eventually("the brief one ends", || !brief.process().is_running());
    let (gone, alive) = wait_procs(both, Duration::from_millis(100), ended).expect("a wait");
    assert_eq!(
        (gone.as_slice(), alive.as_slice()),
        (&[brief.process().clone()][..], &[long.process().clone()][..])
    );
    assert_eq!(exits, [(brief.child.pid(), Exit::Code(3))]);
}

#[test]
fn one_that_has_ended_is_gone_for_every_question() {
    let mut child = StandIn::new(Role::Wait);
    let process = Process::new(child.child.pid()).expect("it runs");
    process.name().expect("a name");
    child.process().name().expect("a name");
    child.end(0);
    // The handle that the child keeps open keeps what is left of it.
    assert!(child.child.wait(PATIENCE).expect("a wait").is_some());
    for process in [&process, child.process()] {
        let answers = [
            ("ppid", process.ppid().err()),
            ("exe", process.exe().err()),
            ("cmdline", process.cmdline().err()),
            ("environ", process.environ().err()),
            ("cwd", process.cwd().err()),
            ("status", process.status().err()),
            ("threads", process.threads().err()),
            ("num_threads", process.num_threads().err()),
            ("num_ctx_switches", process.num_ctx_switches().err()),
            ("oneshot", process.oneshot(Fields::all()).err()),
            ("children", process.children().err()),
            ("parent", process.parent().err()),
        ];
        for (question, err) in answers {
            assert!(
                matches!(&err, Some(Error::NoSuchProcess { pid, name: Some(_), .. }) if *pid == process.pid()),
                "{question}: {err:?}"
            );
        }
        assert!(!process.is_running());
    }
    for control in [Process::kill, Process::terminate, Process::suspend, Process::resume] {
        let err = control(&process).expect_err("it has ended");
        assert!(matches!(err, Error::NoSuchProcess { .. }), "{err:?}");
    }
    assert!(!sysvitals::pid_exists(process.pid()).expect("an answer"));
    assert!(matches!(Process::new(process.pid()), Err(Error::NoSuchProcess { .. })));
}

#[test]
fn numbers_that_are_no_pids_are_nobody() {
    let pid = Pid::current().get();
    // OpenProcess takes the next three for the same one.
    for other in [pid + 1, pid + 2, pid + 3, u32::MAX, u32::MAX - 3] {
        assert!(matches!(Process::new(other), Err(Error::NoSuchProcess { .. })), "{other}");
        assert!(!sysvitals::pid_exists(other).expect("an answer"), "{other}");
    }
    assert!(sysvitals::pid_exists(pid).expect("an answer"));
    let pids = sysvitals::pids().expect("a list");
    assert!(pids.contains(&Pid::current()) && pids.is_sorted());
}

#[test]
fn the_privilege_to_look_into_others_is_asked_for() {
    // Administrators have it, others are told that they have not; Wine's user is an administrator.
    assert!(System::host().enable_debug_privilege().expect("an answer"));
    assert!(System::host().enable_debug_privilege().expect("an answer"), "it may be asked again");
}

#[test]
fn only_signals_that_windows_has_can_be_sent() {
    let child = StandIn::new(Role::Wait);
    for number in [2, 9, 17, -1, i32::MAX] {
        let err = child.process().send_signal(Signal(number)).expect_err("there is none");
        assert!(matches!(err, Error::InvalidArgument(_)), "{err:?}");
    }
    assert!(child.process().is_running());
}

#[test]
fn console_events_reach_the_group_of_a_process() {
    /// `CREATE_NEW_PROCESS_GROUP`.
    const NEW_GROUP: u32 = 0x200;
    let child = StandIn::start(command(Role::Wait, &[] as &[&str]).creation_flags(NEW_GROUP));
    let event: Signal = "CTRL_BREAK_EVENT".parse().expect("Windows has it");
    match child.process().send_signal(event) {
        // `STATUS_CONTROL_C_EXIT`.
        Ok(()) => {
            let exit = child.child.wait(PATIENCE).expect("a wait");
            assert_eq!(exit, Some(Exit::Code(-0x3fff_fec6)));
        }
        // Wine has no console without a screen.
        Err(err) => assert!(matches!(err, Error::Io { .. }), "{err:?}"),
    }
}

/// CPU time of a process as the table tells it: Wine tells that of others right only there.
fn cpu_time(process: &Process) -> Duration {
    let table = Snapshot::take(Fields::CPU_TIMES).expect("a table");
    let row = table.get(process.pid()).expect("it runs");
    row.cpu_times().expect("times").total()
}

#[test]
fn suspended_it_does_nothing() {
    let child = StandIn::new(Role::Work);
    let process = child.process();
    let start = cpu_time(process);
    eventually("it works", || cpu_time(process) > start + Duration::from_millis(50));
    process.suspend().expect("it is ours");
    let stopped = cpu_time(process);
    std::thread::sleep(Duration::from_millis(300));
    // What was counted in steps of a clock may be counted late.
    assert!(cpu_time(process) <= stopped + Duration::from_millis(50));
    assert!(process.is_running());
    assert_eq!(process.wait(Duration::ZERO).expect("a wait"), None);
    process.resume().expect("it is ours");
    eventually("it works again", || cpu_time(process) > stopped + Duration::from_millis(100));
}

#[test]
fn a_table_tells_what_a_process_tells() {
    let child = StandIn::start(&mut command(Role::Wait, &["x y"]));
    let process = child.process();
    let fields = Fields::all() - Fields::OPEN_FILES - Fields::NET_CONNECTIONS - Fields::MEMORY_MAPS;
    let table = Snapshot::take(fields).expect("a table");
    assert!(table.rows().is_sorted_by_key(|row| row.pid()));
    let row = table.get(process.pid()).expect("it runs");
    assert_eq!(table.process(row).expect("it runs"), *process);
    assert_eq!(row.identity(), process.identity());
    assert_eq!(row.ppid(), Ok(Pid::current()));
    assert_eq!(row.status(), Ok(ProcessStatus::Running));
    assert_eq!(row.name(), Ok(process.name().expect("a name").as_os_str()));
    assert_eq!(row.exe(), Ok(process.exe().expect("a program").as_deref()));
    assert_eq!(row.cmdline(), Ok(process.cmdline().expect("arguments").as_slice()));
    assert_eq!(row.cwd(), Ok(process.cwd().expect("a directory").as_deref()));
    assert_eq!(row.environ(), Ok(&process.environ().expect("variables")));
    assert_eq!(row.create_time(), Ok(process.create_time().expect("a time")));
    assert_eq!(row.username(), Ok(process.username().expect("a user").as_os_str()));
    assert_eq!(row.num_threads(), Ok(process.num_threads().expect("a number")));
    assert_eq!(row.uids(), Err(Missing::Unsupported));
    let nobody = Pid::new(u32::MAX);
    let chosen = Snapshot::of([process.pid(), nobody, Pid::current()], fields).expect("a table");
    assert_eq!(chosen.rows().len(), 2);
    let same = chosen.get(process.pid()).expect("it runs");
    assert_eq!((same.identity(), same.cmdline()), (row.identity(), row.cmdline()));
    let once = process.oneshot(fields).expect("it runs");
    assert_eq!(
        (once.name(), once.cmdline(), once.environ()),
        (row.name(), row.cmdline(), row.environ())
    );
}

#[test]
fn nobody_fails_to_answer() {
    type Question = fn(&Process) -> sysvitals::Result<()>;
    const QUESTIONS: [(&str, Question); 14] = [
        ("name", |process| process.name().map(|name| assert!(!name.is_empty()))),
        ("exe", |process| process.exe().map(drop)),
        ("cmdline", |process| process.cmdline().map(drop)),
        ("environ", |process| process.environ().map(drop)),
        ("cwd", |process| process.cwd().map(drop)),
        ("username", |process| process.username().map(drop)),
        ("create_time", |process| process.create_time().map(drop)),
        ("status", |process| process.status().map(drop)),
        ("ppid", |process| process.ppid().map(drop)),
        ("cpu_times", |process| process.cpu_times().map(drop)),
        ("threads", |process| process.threads().map(drop)),
        ("num_ctx_switches", |process| process.num_ctx_switches().map(drop)),
        ("io_counters", |process| process.io_counters().map(drop)),
        ("parent", |process| process.parent().map(drop)),
    ];
    let _neighbour = StandIn::new(Role::Parent);
    let processes: Vec<_> = sysvitals::pids()
        .expect("pids")
        .into_iter()
        .filter_map(|pid| Process::new(pid).ok())
        .collect();
    assert!(processes.len() > 3, "ourselves, two others, and those of the system");
    for process in processes {
        for (name, question) in QUESTIONS {
            match question(&process) {
                Ok(()) | Err(Error::NoSuchProcess { .. } | Error::AccessDenied { .. }) => {}
                Err(err) => panic!("{name} of {process:?}: {err:?}"),
            }
        }
    }
}

#[test]
fn tables_tell_who_came_who_went_and_who_worked() {
    let mut first = StandIn::new(Role::Wait);
    let worker = StandIn::new(Role::Work);
    let before = Snapshot::take(Fields::CPU_TIMES).expect("a table");
    let start = cpu_time(worker.process());
    first.end(0);
    assert!(first.child.wait(PATIENCE).expect("a wait").is_some());
    let second = StandIn::new(Role::Wait);
    eventually("it works", || cpu_time(worker.process()) > start + Duration::from_millis(50));
    eventually("its entry goes", || !sysvitals::pids().expect("pids").contains(&first.child.pid()));
    let after = Snapshot::take(Fields::CPU_TIMES).expect("a table");
    let changes = after.since(&before);
    assert!(changes.started().any(|row| row.pid() == second.child.pid()));
    assert!(changes.ended().any(|row| row.pid() == first.child.pid()));
    let row = changes.rows().iter().find(|row| row.pid() == worker.child.pid());
    assert!(row.expect("it runs").cpu_usage().expect("a rate").of_core() > 0.0);
}

#[test]
fn a_held_process_can_be_waited_for_by_its_handle() {
    let mut child = StandIn::new(Role::Wait);
    let held = child.process().hold().expect("it runs");
    let handle = held.as_handle().try_clone_to_owned().expect("a handle");
    drop(held);
    child.end(5);
    // std waits by handle, too.
    assert_eq!(child.child.wait(PATIENCE).expect("a wait"), Some(Exit::Code(5)));
    assert!(!handle.as_raw_handle().is_null());
}

#[test]
fn a_sampler_tells_the_same_tick_by_tick() {
    let mut first = StandIn::new(Role::Wait);
    let worker = StandIn::new(Role::Work);
    let mut sampler = Sampler::new(Fields::NAME | Fields::CPU_TIMES).expect("a sampler");
    sampler.tick().expect("a table");
    let start = cpu_time(worker.process());
    first.end(0);
    assert!(first.child.wait(PATIENCE).expect("a wait").is_some());
    eventually("its entry goes", || !sysvitals::pids().expect("pids").contains(&first.child.pid()));
    eventually("it works", || cpu_time(worker.process()) > start + Duration::from_millis(50));
    sampler.tick().expect("a table");
    let changes = sampler.changes().expect("the second tick");
    assert!(changes.ended().any(|row| row.pid() == first.child.pid()));
    let row = changes.rows().iter().find(|row| row.pid() == worker.child.pid());
    assert!(row.expect("it runs").cpu_usage().expect("a rate").of_core() > 0.0);
}

#[test]
fn who_is_held_is_not_looked_for_again() {
    let mut child = StandIn::new(Role::Wait);
    let held = Process::new(child.child.pid()).expect("it runs").hold().expect("it runs");
    assert_eq!(held.ppid().expect("ours"), Pid::current());
    child.end(9);
    assert_eq!(held.wait(PATIENCE).expect("a wait"), Some(Exit::Code(9)));
    assert!(!held.is_running());
    assert!(matches!(held.ppid(), Err(Error::NoSuchProcess { .. })));
    assert!(matches!(held.kill(), Err(Error::NoSuchProcess { .. })));
}
