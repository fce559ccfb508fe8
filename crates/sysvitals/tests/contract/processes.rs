//! Every question to every process, while others start and end.

use std::time::{Duration, SystemTime};

use sysvitals::{
    Fields, MemoryInfo, Missing, Pid, Platform, Process, ProcessStatus, Snapshot, System,
};

use crate::questions::{QUESTIONS, all, may_fail, shows};
use crate::under_churn;

/// The clock may be stepped while a test runs.
const STEP: Duration = Duration::from_secs(5);

/// The answer, if there is one; a failure that a question to another process must not have is one.
#[track_caller]
fn answer<T>(process: &Process, question: &str, answer: sysvitals::Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(err) if may_fail(process, &err) => None,
        Err(err) => panic!("{question} of {process:?}: {err} ({err:?})"),
    }
}

#[test]
fn every_question_is_answered_or_refused() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    under_churn(|| {
        for pid in System::host().pids().expect("pids") {
            let process = match Process::new(pid) {
                Ok(process) => process,
                Err(err) => {
                    assert!(err.is_gone() || err.is_denied(), "{err:?}");
                    assert_eq!(err.pid(), Some(pid));
                    continue;
                }
            };
            for (name, question) in all() {
                asked += 1;
                match question(&process) {
                    Err(err) if !may_fail(&process, &err) => {
                        wrong.push(format!("{name} of {process:?}: {err:?}"));
                    }
                    _ => {}
                }
            }
        }
    });
    assert!(asked > 0);
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn answers_make_sense() {
    let (boot, cpus) = under_churn(|| {
        (sysvitals::boot_time().expect("a time"), sysvitals::cpu_count().expect("a count"))
    });
    assert!(cpus.is_some_and(|cpus| cpus > 0));
    under_churn(|| {
        for pid in System::host().pids().expect("pids") {
            if let Ok(process) = Process::new(pid) {
                description(&process, boot);
                activity(&process);
                memory(&process);
                files(&process);
                schedule(&process);
            }
        }
    });
}

fn description(process: &Process, boot: SystemTime) {
    if let Some(start) = answer(process, "create_time", process.create_time()) {
        assert!(start + STEP >= boot && start <= SystemTime::now() + STEP, "{process:?} {start:?}");
    }
    if let Some(name) = answer(process, "name", process.name()) {
        let status = answer(process, "status", process.status());
        assert!(!name.is_empty() || status.is_some(), "{process:?}");
    }
    for (question, path) in
        [("exe", process.exe()), ("cwd", process.cwd()), ("terminal", process.terminal())]
    {
        // A directory that is not below the reader's root has no absolute path.
        if let Some(Some(path)) = answer(process, question, path) {
            assert!(
                path.is_absolute() || path.starts_with("(unreachable)"),
                "{process:?} {path:?}"
            );
        }
    }
    if let Some(Some(terminal)) = answer(process, "terminal", process.terminal()) {
        assert!(terminal.starts_with("/dev"), "{process:?} {terminal:?}");
    }
    if let Some(uids) = answer(process, "uids", process.uids()) {
        shows(&uids);
        assert!(uids.saved.is_some(), "{process:?}");
    }
    if let Some(gids) = answer(process, "gids", process.gids()) {
        shows(&gids);
        assert!(gids.saved.is_some(), "{process:?}");
    }
    if let Some(username) = answer(process, "username", process.username()) {
        assert!(!username.is_empty(), "{process:?}");
    }
}

fn activity(process: &Process) {
    if let Some(times) = answer(process, "cpu_times", process.cpu_times()) {
        shows(&times);
        assert!(times.children_user.duration().is_some(), "{process:?} {times:?}");
        assert!(times.children_system.duration().is_some(), "{process:?} {times:?}");
        assert!(times.iowait.is_some(), "{process:?} {times:?}");
        if let Some(later) = answer(process, "cpu_times", process.cpu_times()) {
            assert!(later.total() >= times.total(), "{process:?} {times:?} {later:?}");
        }
    }
    if let Some(count) = answer(process, "num_threads", process.num_threads()) {
        assert!(count > 0 || process.status().is_err() || is_zombie(process), "{process:?}");
    }
    for thread in answer(process, "threads", process.threads()).unwrap_or_default() {
        shows(&thread);
        assert!(thread.id > 0, "{process:?} {thread:?}");
    }
    if let Some(switches) = answer(process, "num_ctx_switches", process.num_ctx_switches()) {
        shows(&switches);
    }
    if let Some(io) = answer(process, "io_counters", process.io_counters()) {
        shows(&io);
        assert!(io.read_bytes.is_some() && io.write_chars.is_some(), "{process:?} {io:?}");
        assert_eq!((io.other_count, io.other_bytes), (None, None), "not of this platform");
    }
    if let Some(faults) = answer(process, "page_faults", process.page_faults()) {
        shows(&faults);
    }
    answer(process, "cpu_num", process.cpu_num());
}

fn is_zombie(process: &Process) -> bool {
    process.status().is_ok_and(|status| status == ProcessStatus::Zombie)
}

fn memory(process: &Process) {
    if let Some(info) = answer(process, "memory_info", process.memory_info()) {
        shows(&info);
        assert!(info.rss <= info.vms, "{process:?} {info:?}");
        // Whatever this platform has no row for is absent.
        let mut here = MemoryInfo::default();
        (here.rss, here.vms, here.shared) = (info.rss, info.vms, info.shared);
        (here.text, here.lib, here.data, here.dirty) = (info.text, info.lib, info.data, info.dirty);
        assert_eq!(here, info, "fields of other platforms are absent");
        assert_eq!((info.lib, info.dirty), (Some(0), Some(0)), "since Linux 2.6");
    }
    if let Some(info) = answer(process, "memory_info_ex", process.memory_info_ex()) {
        shows(&info);
        assert_eq!((info.stack, info.wired, info.phys_footprint), (None, None, None));
        assert_eq!((info.r#virtual, info.paged_pool, info.compressed), (None, None, None));
        if let Some(peak) = info.peak_rss {
            assert!(peak + (4 << 20) >= info.rss, "{process:?} {info:?}");
        }
    }
    if let Some(footprint) = answer(process, "memory_footprint", process.memory_footprint()) {
        shows(&footprint);
        assert!(footprint.swap.is_some(), "{process:?} {footprint:?}");
    }
    if let Some(percent) = answer(process, "memory_percent", process.memory_percent("rss")) {
        assert!((0.0..=100.0).contains(&percent), "{process:?} {percent}");
    }
    for map in answer(process, "memory_maps", process.memory_maps()).unwrap_or_default() {
        shows(&map);
        assert!(map.usage.size.is_some_and(|size| map.usage.rss <= size), "{process:?} {map:?}");
        assert!(!map.usage.path.is_empty() && map.addr.contains('-'), "{process:?} {map:?}");
        assert_eq!((map.usage.locked, map.usage.private, map.usage.ref_count), (None, None, None));
    }
}

fn files(process: &Process) {
    for file in answer(process, "open_files", process.open_files()).unwrap_or_default() {
        shows(&file);
        assert!(file.path.is_absolute(), "{process:?} {file:?}");
        assert!(file.fd.is_some() && file.position.is_some(), "{process:?} {file:?}");
        let mode = file.mode.as_deref().unwrap_or_default();
        assert!(["r", "w", "a", "r+", "a+"].contains(&mode), "{process:?} {file:?}");
    }
    answer(process, "num_fds", process.num_fds());
    let kind = sysvitals::ConnectionKind::All;
    let sockets = answer(process, "net_connections", process.net_connections(kind));
    for socket in sockets.unwrap_or_default() {
        shows(&socket);
        assert!(socket.fd.is_some(), "{process:?} {socket:?}");
    }
}

fn schedule(process: &Process) {
    if let Some(nice) = answer(process, "nice", process.nice()) {
        assert!((-20..20).contains(&nice), "{process:?} {nice}");
    }
    if let Some(ionice) = answer(process, "ionice", process.ionice()) {
        shows(&ionice);
        assert!(ionice.value.is_some_and(|level| level < 8), "{process:?} {ionice:?}");
    }
    for (question, cpus) in
        [("cpu_affinity", process.cpu_affinity()), ("eligible_cpus", process.eligible_cpus())]
    {
        if let Some(cpus) = answer(process, question, cpus) {
            assert!(!cpus.is_empty() && cpus.is_sorted(), "{question} of {process:?}: {cpus:?}");
        }
    }
}

#[test]
fn tables_say_the_same_as_questions() {
    under_churn(|| {
        let table = Snapshot::take(Fields::on(Platform::CURRENT)).expect("a table");
        let pids: Vec<_> = table.rows().iter().map(sysvitals::Row::pid).collect();
        assert!(pids.is_sorted() && pids.contains(&Pid::current()));
        for row in table.rows() {
            row.visit(&mut |question, cell| {
                let fine = matches!(cell, Ok(_) | Err(Missing::Gone | Missing::Denied));
                assert!(fine, "{question} of {}: {cell:?}", row.pid());
            });
        }
        let me = table.get(Pid::current()).expect("we are running");
        let process = table.process(me).expect("we are running");
        assert_eq!(process, Process::current().expect("we are running"));
        let stable =
            ["name", "exe", "cmdline", "environ", "create_time", "cwd", "username", "uids"];
        for (name, question) in QUESTIONS.iter().filter(|(name, _)| stable.contains(name)) {
            let asked = question(&process).expect("our own");
            assert_eq!(me.get(name), Some(Ok(asked)), "{name}");
        }
    });
}

/// The first process that the kernel started for itself; not there in most containers.
#[test]
fn kernel_threads_are_processes() {
    let comm = std::fs::read_to_string("/proc/2/comm").unwrap_or_default();
    if comm != "kthreadd\n" {
        crate::say("contract: SKIPPED: pid 2 is no kernel thread here");
        return;
    }
    let process = Process::new(Pid::new(2)).expect("kthreadd");
    for (name, question) in all() {
        if let Err(err) = question(&process) {
            assert!(matches!(err, sysvitals::Error::AccessDenied { .. }), "{name}: {err:?}");
            assert_eq!(err.pid(), Some(process.pid()));
        }
    }
    assert_eq!(process.name().expect("a name"), "kthreadd");
    assert_eq!(process.cmdline().expect("nothing"), Vec::<std::ffi::OsString>::new());
    assert_eq!(process.ppid().expect("none"), Pid::new(0));
    assert_eq!(process.memory_info().expect("none").rss, 0);
    assert!(matches!(process.exe(), Ok(None) | Err(sysvitals::Error::AccessDenied { .. })));
}
