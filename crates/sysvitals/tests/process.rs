//! What is asked of real processes, odd ones too, as root and as anyone else.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stderr, reason = "what cannot be tested here is said aloud")]

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::ops::Deref;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use sysvitals::{
    Child, Error, Fields, IoClass, IoNice, Missing, Pid, Process, ProcessStatus, Resource,
    ResourceLimit,
};

/// Whatever a test waits for has come by then, or never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A child that dies with its test.
struct Kid(Child);

impl Kid {
    fn spawn(command: &mut Command) -> Self {
        loop {
            match Child::spawn(command.stdin(Stdio::piped())) {
                // A program that was just copied: another test forked while it was being written.
                Err(Error::Io { source, .. })
                    if source.kind() == io::ErrorKind::ExecutableFileBusy =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                child => return Self(child.expect("a program")).started(),
            }
        }
    }

    /// Waits until it is the program: execve(2) lets the parent go on before. First the child has our
    /// name and arguments, then its own name and no arguments, which come when all is mapped.
    fn started(self) -> Self {
        let ours = fs::read("/proc/thread-self/comm").expect("procfs");
        let file = |name: &str| {
            fs::read(format!("/proc/{}/{name}", self.0.pid())).expect("it is not reaped")
        };
        let has_ended = || String::from_utf8_lossy(&file("stat")).contains(") Z ");
        while file("comm") == ours || (file("cmdline").is_empty() && !has_ended()) {
            thread::yield_now();
        }
        self
    }

    /// A shell that waits for its input to end.
    fn sh() -> Self {
        Self::spawn(Command::new("sh").args(["-c", "read line"]))
    }

    /// One that has ended and is not reaped.
    fn zombie() -> Self {
        let kid = Self::spawn(&mut Command::new("true"));
        kid.becomes(ProcessStatus::Zombie);
        kid
    }

    fn becomes(&self, status: ProcessStatus) {
        let deadline = Instant::now() + PATIENCE;
        while self.status().expect("nobody else reaps it") != status {
            assert!(Instant::now() < deadline, "it does not become {status}");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Deref for Kid {
    type Target = Process;

    fn deref(&self) -> &Process {
        self.0.process().expect("nobody else reaps it")
    }
}

impl Drop for Kid {
    fn drop(&mut self) {
        let _ = self.kill();
        let _ = self.0.wait(PATIENCE);
    }
}

fn me() -> Process {
    Process::current().expect("ourselves")
}

fn is_root() -> bool {
    me().uids().expect("our own").effective == 0
}

/// What only root may do, unless it lacks a capability, as in containers.
#[track_caller]
fn for_the_capable_only(what: &str, answer: Result<(), Error>) {
    if is_root() && matches!(answer, Err(Error::AccessDenied { .. })) {
        eprintln!("NOT CAPABLE: {what} is denied even to root here");
    } else {
        for_root_only(what, answer);
    }
}

/// What only root may do.
#[track_caller]
fn for_root_only(what: &str, answer: Result<(), Error>) {
    if is_root() {
        answer.expect(what);
    } else {
        eprintln!("NOT ROOT: {what} must be denied");
        assert!(matches!(answer, Err(Error::AccessDenied { .. })), "{what}: {answer:?}");
    }
}

fn copy_of_sh(to: &Path) -> Kid {
    fs::copy("/bin/sh", to).expect("a shell");
    Kid::spawn(Command::new(to).args(["-c", "read line"]))
}

#[test]
fn more_is_asked_of_the_same_process_only() {
    let kid = Kid::sh();
    // So that its memory stays what it is.
    kid.suspend().expect("it is ours");
    kid.becomes(ProcessStatus::Stopped);
    let process = (*kid).clone();
    let before = process.oneshot(Fields::NAME).expect("it runs");
    let after = process.oneshot_after(&before, Fields::MEMORY | Fields::UIDS).expect("it runs");
    assert_eq!((after.ppid(), after.status()), (before.ppid(), before.status()));
    assert_eq!(after.memory_info().expect("it runs"), process.memory_info().expect("it runs"));
    assert_eq!(after.uids().expect("it runs"), process.uids().expect("it runs"));
    assert_eq!(after.name(), Err(Missing::NotAsked));
    let strange = me().oneshot_after(&before, Fields::MEMORY);
    assert!(matches!(strange, Err(Error::InvalidArgument(_))), "{strange:?}");
    drop(kid);
    let gone = process.oneshot_after(&before, Fields::MEMORY);
    assert!(matches!(gone, Err(Error::NoSuchProcess { .. })), "{gone:?}");
}

#[test]
fn arguments_and_environment_are_any_bytes() {
    let odd: Vec<&OsStr> = [&b"a b"[..], b"", b"x\ny", b"\xff\xfe", b")("]
        .into_iter()
        .map(OsStr::from_bytes)
        .collect();
    let mut variables = BTreeMap::from([("EMPTY", &b""[..]), ("EQ", b"a=b"), ("ML", b"1\n2")])
        .into_iter()
        .map(|(name, value)| (OsString::from(name), OsStr::from_bytes(value).to_owned()))
        .collect::<BTreeMap<_, _>>();
    variables.insert("RAW".into(), OsStr::from_bytes(b"\xff").to_owned());
    let mut command = Command::new("/bin/sh");
    let kid = Kid::spawn(command.args(["-c", "read line"]).args(&odd).env_clear().envs(&variables));
    let mut want: Vec<&OsStr> = ["/bin/sh", "-c", "read line"].map(OsStr::new).into();
    want.extend(odd);
    assert_eq!(kid.cmdline().expect("it is ours"), want);
    assert_eq!(BTreeMap::from(kid.environ().expect("it is ours")), variables);
}

#[test]
fn a_program_that_is_being_started_has_its_arguments_at_once() {
    for _ in 0..300 {
        let kid = Kid::spawn(Command::new("sleep").arg("60").env("A", "1"));
        assert_eq!(kid.cmdline().expect("it is ours"), ["sleep", "60"]);
        let kid = Kid::spawn(Command::new("sleep").arg("60").env("A", "1"));
        assert!(kid.environ().expect("it is ours").get("A").is_some());
    }
}

#[test]
fn long_and_hostile_names_are_completed_from_the_arguments() {
    let dir = tempfile::tempdir().expect("a directory");
    for name in ["short) R 1 (x", "exactly 15 byte", "longer (than) 15 bytes"] {
        let path = dir.path().join(name);
        let kid = copy_of_sh(&path);
        assert_eq!(kid.name().expect("a name"), name);
        assert_eq!(kid.ppid().expect("we are"), Pid::current());
        assert_eq!(kid.exe().expect("it is ours"), Some(path));
    }
}

#[test]
fn a_deleted_program_keeps_its_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().canonicalize().expect("it is there");
    let (path, other) = (dir.join("a b"), dir.join("a b (deleted)"));
    let kid = copy_of_sh(&path);
    fs::remove_file(&path).expect("it is ours");
    assert_eq!(kid.exe().expect("it is ours").as_ref(), Some(&path));
    let paths = |kid: &Process| {
        let maps = kid.memory_maps_grouped().expect("it is ours");
        maps.into_iter().map(|map| PathBuf::from(map.path)).collect::<HashSet<_>>()
    };
    assert!(paths(&kid).contains(&path));

    let namesake = copy_of_sh(&other);
    assert_eq!(namesake.exe().expect("it is ours").as_ref(), Some(&other));
    assert!(paths(&namesake).contains(&other));
    assert_eq!(kid.exe().expect("it is ours"), Some(path), "another file has its marked name now");
}

#[test]
fn a_deleted_directory_keeps_its_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().canonicalize().expect("it is there").join("cwd");
    fs::create_dir(&path).expect("a directory");
    let kid = Kid::spawn(Command::new("sh").args(["-c", "read line"]).current_dir(&path));
    assert_eq!(kid.cwd().expect("it is ours").as_ref(), Some(&path));
    fs::remove_dir(&path).expect("it is ours");
    assert_eq!(kid.cwd().expect("it is ours"), Some(path));
}

#[test]
fn a_zombie_tells_what_it_has_kept() {
    let kid = Kid::zombie();
    assert_eq!(kid.name().expect("kept"), "true");
    assert_eq!(kid.ppid().expect("kept"), Pid::current());
    assert_eq!(kid.memory_info().expect("none").rss, 0);
    assert_eq!(kid.num_threads().expect("kept"), 1);
    assert_eq!(kid.threads().expect("kept").len(), 1);
    assert_eq!(kid.uids().expect("kept"), me().uids().expect("our own"));
    kid.cpu_times().expect("kept");
    kid.create_time().expect("kept");
    kid.nice().expect("kept");
    kid.rlimit(Resource::NoFile).expect("kept");
    kid.terminal().expect("kept");
    assert_eq!(kid.memory_footprint().expect("none").uss, 0);
    let about_it = |err: &Error| {
        assert_eq!((err.pid(), err.name()), (Some(kid.pid()), Some("true")));
    };
    let maps = [kid.memory_maps().map(drop), kid.memory_maps_grouped().map(drop)];
    for answer in [kid.cmdline().map(drop)].into_iter().chain(maps) {
        let err = answer.expect_err("it is lost");
        assert!(matches!(err, Error::ZombieProcess { ppid: Some(_), .. }), "{err:?}");
        about_it(&err);
    }
    // Kernels deny these to all but root once the memory is gone, even to the owner.
    for answer in [kid.exe().map(drop), kid.cwd().map(drop), kid.environ().map(drop)] {
        let err = answer.expect_err("it is lost");
        assert!(err.is_denied() || matches!(err, Error::ZombieProcess { .. }), "{err:?}");
        if is_root() && err.is_denied() {
            eprintln!("NOT CAPABLE: links of a zombie are denied even to root here");
        }
        about_it(&err);
    }
    for number in [kid.num_fds(), kid.open_files().map(|files| files.len() as u32)] {
        assert!(matches!(number, Ok(0) | Err(Error::AccessDenied { .. })), "{number:?}");
    }
}

#[test]
fn a_stopped_process_answers_everything_and_its_sums_agree() {
    let kid = Kid::sh();
    kid.becomes(ProcessStatus::Sleeping);
    kid.suspend().expect("it is ours");
    kid.becomes(ProcessStatus::Stopped);
    let patience = Instant::now() + PATIENCE;
    // Which pages it has alone changes with whoever starts or ends and has the same files.
    let (maps, groups, full) = loop {
        let maps = kid.memory_maps().expect("it is ours");
        let groups = kid.memory_maps_grouped().expect("it is ours");
        let full = kid.memory_full_info().expect("it is ours");
        if kid.memory_maps().expect("it is ours") == maps {
            break (maps, groups, full);
        }
        assert!(Instant::now() < patience, "others start and end all the time");
    };
    let paths: HashSet<_> = groups.iter().map(|group| &group.path).collect();
    assert_eq!(paths.len(), groups.len(), "each path once");
    let sum = |of: &dyn Fn(&sysvitals::MemoryMapGrouped) -> u64| {
        (maps.iter().map(|map| of(&map.usage)).sum::<u64>(), groups.iter().map(of).sum::<u64>())
    };
    let (rss, grouped) = sum(&|usage| usage.rss);
    assert_eq!(rss, grouped);
    let (size, grouped) = sum(&|usage| usage.size.expect("Linux tells"));
    assert_eq!(size, grouped);
    let (private, _) =
        sum(&|usage| usage.private_clean.expect("told") + usage.private_dirty.expect("told"));
    let footprint = full.footprint.expect("Linux tells");
    assert_eq!(footprint.uss, private);
    assert!(footprint.uss <= footprint.pss.expect("told"));
    let more = kid.memory_info_ex().expect("it is ours");
    assert!(more.peak_vms.expect("told") >= more.vms && more.vms >= more.rss);
    assert!(more.rss_anon.is_some() && more.swap.is_some());
    assert!(kid.page_faults().expect("told").minor > 0);
}

#[test]
fn threads_are_known_whatever_they_are_called() {
    let enough = Arc::new(AtomicBool::new(false));
    let (tell, told) = std::sync::mpsc::channel();
    let stop = Arc::clone(&enough);
    let kid = thread::Builder::new().name("w)3 (x) S 1".into()).spawn(move || {
        let link = fs::read_link("/proc/thread-self").expect("procfs");
        let id = link.file_name().and_then(OsStr::to_str).and_then(|id| id.parse::<u64>().ok());
        tell.send(id.expect("a number")).expect("somebody listens");
        while !stop.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    let alive = told.recv().expect("an id");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let threads = me().threads().expect("our own");
        assert!(threads.is_sorted_by_key(|thread| thread.id));
        let spinning = threads.iter().find(|thread| thread.id == alive).expect("it runs");
        assert!(spinning.user_time < PATIENCE + Duration::from_secs(10), "{spinning:?}");
        if spinning.user_time + spinning.system_time >= Duration::from_millis(20) {
            break;
        }
        assert!(Instant::now() < deadline, "it gets no time: {spinning:?}");
        thread::sleep(Duration::from_millis(5));
    }
    assert!(me().num_threads().expect("our own") >= 2);
    enough.store(true, Ordering::Relaxed);
    kid.expect("a thread").join().expect("no panic");
}

#[test]
fn open_files_are_the_regular_ones_with_a_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().canonicalize().expect("it is there");
    let open =
        |name: &str, options: &mut fs::OpenOptions| options.open(dir.join(name)).expect("a file");
    let mut options = fs::OpenOptions::new();
    let mut plus = open("r+ a", options.read(true).write(true).create(true));
    plus.write_all(b"seven b").expect("space");
    let append = open("a", fs::OpenOptions::new().append(true).create(true));
    let marked = open("m (deleted)", fs::OpenOptions::new().append(true).create(true));
    let gone = open("gone", fs::OpenOptions::new().append(true).create(true));
    fs::remove_file(dir.join("gone")).expect("it is ours");
    let moved = open("old", fs::OpenOptions::new().append(true).create(true));
    fs::rename(dir.join("old"), dir.join("new")).expect("it is ours");
    let directory = fs::File::open(&dir).expect("a directory");

    let files = me().open_files().expect("our own");
    let find = |file: &fs::File| {
        let fd = u32::try_from(file.as_raw_fd()).expect("a descriptor");
        files.iter().find(|file| file.fd == Some(fd))
    };
    let found = find(&plus).expect("a regular file");
    assert_eq!((&found.path, found.position), (&dir.join("r+ a"), Some(7)));
    assert_eq!(found.mode.as_deref(), Some("r+"));
    assert_eq!(find(&append).expect("a regular file").mode.as_deref(), Some("a"));
    assert_eq!(find(&marked).expect("a regular file").path, dir.join("m (deleted)"));
    assert_eq!(find(&moved).expect("a regular file").path, dir.join("new"));
    assert_eq!((find(&gone), find(&directory)), (None, None));
    assert!(files.is_sorted_by_key(|file| file.fd));
    // Other tests open and close theirs meanwhile: these six stay.
    assert!(me().num_fds().expect("our own") >= 6);
}

#[test]
fn counters_count() {
    let read = || me().io_counters().expect("our own").read_chars.expect("Linux tells");
    let before = read();
    let mut bytes = Vec::new();
    fs::File::open("/bin/sh").and_then(|mut file| file.read_to_end(&mut bytes)).expect("a file");
    assert!(read() >= before + bytes.len() as u64);
    let switches = me().num_ctx_switches().expect("our own");
    thread::sleep(Duration::from_millis(1));
    assert!(me().num_ctx_switches().expect("our own").voluntary >= switches.voluntary);
    me().cpu_num().expect("our own");
}

#[test]
fn it_started_just_now_by_us() {
    let before = SystemTime::now();
    let kid = Kid::sh();
    let started = kid.create_time().expect("told");
    let near = Duration::from_secs(2);
    assert!(started + near > before && started < SystemTime::now() + near);
    let name = Command::new("id").arg("-un").output().expect("id(1)").stdout;
    let name = String::from_utf8(name).expect("a plain name");
    if name.trim().is_empty() {
        eprintln!("SKIPPED: this user has no name");
    } else {
        assert_eq!(kid.username().expect("told"), name.trim());
    }
}

#[test]
fn a_terminal_is_found() {
    let script = Command::new("script").arg("--version").output();
    if script.is_err() {
        eprintln!("SKIPPED: no script(1) to make a terminal");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let told = dir.path().join("tty");
    let program = format!("tty > '{}.new'; mv '{0}.new' '{0}'; read line", told.display());
    let mut command = Command::new("script");
    let script = Kid::spawn(command.args(["-qc", &program, "/dev/null"]).stdout(Stdio::null()));
    let deadline = Instant::now() + PATIENCE;
    while !told.exists() {
        assert!(Instant::now() < deadline, "script(1) does not start");
        thread::sleep(Duration::from_millis(5));
    }
    let tty = fs::read_to_string(&told).expect("what tty(1) said");
    let terminals: Vec<_> = script
        .children_recursive()
        .expect("it has one")
        .iter()
        // mv(1) may be about to end.
        .filter_map(|child| match child.terminal() {
            Err(err) if err.is_gone() => None,
            told => Some(told.expect("told")),
        })
        .collect();
    assert!(terminals.contains(&Some(tty.trim().into())), "{terminals:?}, not {tty}");
}

#[test]
fn a_kernel_thread_has_no_program() {
    let Ok(kernel) = Process::new(Pid::new(2)) else {
        eprintln!("SKIPPED: no kernel threads in this pid namespace");
        return;
    };
    if kernel.name().expect("told") != "kthreadd" {
        eprintln!("SKIPPED: no kernel threads in this pid namespace");
        return;
    }
    assert_eq!(kernel.cmdline().expect("told"), Vec::<OsString>::new());
    assert_eq!(kernel.memory_info().expect("told").rss, 0);
    assert_eq!(kernel.memory_info_ex().expect("told").peak_rss, None);
    assert_eq!(kernel.memory_maps().expect("told"), []);
    assert_eq!(kernel.memory_footprint().expect("told").uss, 0);
    for_the_capable_only("exe", kernel.exe().map(|exe| assert_eq!(exe, None)));
    for_the_capable_only("environ", kernel.environ().map(|all| assert!(all.is_empty())));
    for_the_capable_only("cwd", kernel.cwd().map(|cwd| assert_eq!(cwd, Some("/".into()))));
    for_the_capable_only("fds", kernel.num_fds().map(|fds| assert_eq!(fds, 0)));
}

#[test]
fn the_processes_of_others_are_closed() {
    let init = Process::new(Pid::new(1)).expect("there is always one");
    if init.uids().expect("told") == me().uids().expect("our own") && !is_root() {
        eprintln!("SKIPPED: the first process is ours");
        return;
    }
    for_the_capable_only("environ of 1", init.environ().map(drop));
    for_the_capable_only("cwd of 1", init.cwd().map(drop));
    for_the_capable_only("io of 1", init.io_counters().map(drop));
    for_the_capable_only("files of 1", init.open_files().map(drop));
    for_the_capable_only("maps of 1", init.memory_maps().map(drop));
    for_the_capable_only("footprint of 1", init.memory_footprint().map(drop));
    let nice = init.nice().expect("told");
    for_the_capable_only("niceness of 1", init.set_nice(nice));
    // What everyone may know.
    init.cmdline().expect("told");
    init.memory_info().expect("told");
    init.rlimit(Resource::NoFile).expect("told");
    init.threads().expect("told");
}

#[test]
fn niceness_is_set_and_clamped() {
    let kid = Kid::sh();
    let before = kid.nice().expect("told");
    kid.set_nice(before.max(5)).expect("it is ours");
    assert_eq!(kid.nice().expect("told"), before.max(5));
    kid.set_nice(1000).expect("it is ours");
    assert_eq!(kid.nice().expect("told"), 19);
    let lower = kid.set_nice(-5);
    assert_eq!(kid.nice().expect("told"), if lower.is_ok() { -5 } else { 19 });
    for_the_capable_only("a lower niceness", lower);
}

#[test]
fn io_priorities_are_set() {
    let kid = Kid::sh();
    for (class, value) in [(IoClass::BestEffort, Some(3)), (IoClass::Idle, Some(0))] {
        let want = IoNice::new(class, value);
        kid.set_ionice(want).expect("it is ours");
        assert_eq!(kid.ionice().expect("told"), want);
    }
    let invalid = kid.set_ionice(IoNice::new(IoClass::Idle, Some(3)));
    assert!(matches!(invalid, Err(Error::InvalidArgument(_))));
    for_the_capable_only("real time", kid.set_ionice(IoNice::new(IoClass::RealTime, Some(4))));
}

#[test]
fn limits_are_set() {
    let kid = Kid::sh();
    let limit = |soft, hard| ResourceLimit { soft: Some(soft), hard: Some(hard) };
    kid.set_rlimit(Resource::NoFile, limit(100, 200)).expect("it is ours");
    assert_eq!(kid.rlimit(Resource::NoFile).expect("told"), limit(100, 200));
    for resource in Resource::ALL {
        match kid.rlimit(*resource) {
            Ok(_) => {}
            Err(err) => assert!(matches!(err, Error::Unsupported(_)), "{resource}: {err}"),
        }
    }
    let err = kid.set_rlimit(Resource::NoFile, limit(2, 1)).expect_err("it cannot be");
    assert!(err.to_string().contains("current limit exceeds maximum limit"), "{err}");
    let swap = kid.set_rlimit(Resource::Swap, limit(1, 1));
    assert!(matches!(swap, Err(Error::Unsupported(_))));
    for_the_capable_only("a higher limit", kid.set_rlimit(Resource::NoFile, limit(100, 201)));
}

#[test]
fn cpus_are_chosen() {
    let kid = Kid::sh();
    let all = kid.cpu_affinity().expect("told");
    assert!(!all.is_empty() && all.is_sorted());
    for cpu in &all {
        kid.set_cpu_affinity(&[*cpu, *cpu]).expect("it may");
        assert_eq!(kid.cpu_affinity().expect("told"), [*cpu]);
        assert_eq!(kid.eligible_cpus().expect("told"), [*cpu]);
    }
    kid.set_cpu_affinity(&[]).expect("it may");
    let again: HashSet<_> = kid.cpu_affinity().expect("told").into_iter().collect();
    assert!(all.iter().all(|cpu| again.contains(cpu)), "all that it is eligible for");
    for none in [9999, u32::MAX] {
        let err = kid.set_cpu_affinity(&[none]).expect_err("no such CPU").to_string();
        assert!(err.contains(&format!("invalid CPU {none}; choose between [0")), "{err}");
    }
}

#[test]
fn nothing_is_asked_of_or_done_to_the_dead() {
    let kid = Kid::sh();
    let process = kid.clone();
    kid.kill().expect("it is ours");
    kid.0.wait(None).expect("it is ours");
    let answers = [
        process.exe().map(drop),
        process.cmdline().map(drop),
        process.environ().map(drop),
        process.create_time().map(drop),
        process.cwd().map(drop),
        process.username().map(drop),
        process.gids().map(drop),
        process.terminal().map(drop),
        process.cpu_times().map(drop),
        process.cpu_num().map(drop),
        process.num_threads().map(drop),
        process.threads().map(drop),
        process.num_ctx_switches().map(drop),
        process.io_counters().map(drop),
        process.memory_info().map(drop),
        process.memory_info_ex().map(drop),
        process.memory_footprint().map(drop),
        process.memory_full_info().map(drop),
        process.memory_maps().map(drop),
        process.memory_maps_grouped().map(drop),
        process.page_faults().map(drop),
        process.num_fds().map(drop),
        process.open_files().map(drop),
        process.nice().map(drop),
        process.set_nice(0),
        process.ionice().map(drop),
        process.set_ionice(IoNice::new(IoClass::Idle, None)),
        process.rlimit(Resource::Core).map(drop),
        process.set_rlimit(Resource::Core, ResourceLimit { soft: None, hard: None }),
        process.cpu_affinity().map(drop),
        process.eligible_cpus().map(drop),
        process.set_cpu_affinity(&[]),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::NoSuchProcess { .. })), "{answer:?}");
    }
}
