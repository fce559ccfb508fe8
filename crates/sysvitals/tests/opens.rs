//! `Fields` decides which files are opened, each once: counted by inotify on a recorded machine.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;

use rustix::fs::inotify;
use sysvitals::{Fields, System};
use tempfile::TempDir;

const STAT: &str = "7 (cat) S 1 7 7 0 -1 4194304 7 0 3 0 110 20 5 6 20 0 1 0 5150 8192 100 \
    18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0\n";
const STATUS: &str = "Name:\tcat\nTgid:\t7\nPid:\t7\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n\
    Threads:\t1\nCpus_allowed_list:\t0-3\nvoluntary_ctxt_switches:\t1\n\
    nonvoluntary_ctxt_switches:\t2\n";
const SMAPS: &str = "00400000-00401000 r-xp 00000000 08:01 1 /bin/cat\nSize: 4 kB\nRss: 4 kB\n";
const IO: &str = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n";
const FILES: [(&str, &str); 9] = [
    ("stat", STAT),
    ("status", STATUS),
    ("statm", "1 2 3 4 0 5 0\n"),
    ("cmdline", "cat\0"),
    ("environ", "A=1\0"),
    ("io", IO),
    ("smaps", SMAPS),
    ("smaps_rollup", SMAPS),
    ("task/7/stat", STAT),
];

/// A machine with these processes, all alike.
fn machine(pids: &[u32]) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    for pid in pids {
        for (name, text) in FILES {
            let path = root.path().join(format!("proc/{pid}/{name}"));
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        fs::create_dir(root.path().join(format!("proc/{pid}/fd"))).expect("a directory");
    }
    fs::write(root.path().join("proc/stat"), "cpu 1 2 3 4\nbtime 1000\n").expect("a file");
    fs::create_dir(root.path().join("etc")).expect("a directory");
    fs::write(root.path().join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n").expect("a file");
    root
}

/// How often each file below `root` is opened while `ask` runs.
fn opens(root: &Path, ask: impl FnOnce()) -> BTreeMap<String, usize> {
    let watcher = inotify::init(inotify::CreateFlags::NONBLOCK).expect("inotify");
    let mut names = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let watch = inotify::add_watch(&watcher, &path, inotify::WatchFlags::OPEN)
                    .expect("a watch");
                let name = path.strip_prefix(root).expect("below the root").display().to_string();
                names.insert(watch, name);
            }
        }
    }
    ask();
    let mut counts = BTreeMap::new();
    let mut buffer = [const { MaybeUninit::uninit() }; 16 * 1024];
    let mut events = inotify::Reader::new(&watcher, &mut buffer);
    while let Ok(event) = events.next() {
        let name = names.get(&event.wd()).expect("a watched file");
        *counts.entry(name.clone()).or_insert(0) += 1;
    }
    counts
}

/// What a table of two processes with these fields opens: `files` of each, `others` besides.
#[track_caller]
fn check(fields: Fields, files: &[&str], others: &[&str]) {
    let root = machine(&[7, 8]);
    let system = System::at(root.path());
    let counts = opens(root.path(), || {
        assert_eq!(system.snapshot(fields).expect("a table").rows().len(), 2);
    });
    let each = ["7", "8"]
        .into_iter()
        .flat_map(|pid| files.iter().map(move |file| format!("proc/{pid}/{file}")));
    let want: BTreeMap<_, _> =
        each.chain(others.iter().map(|file| (*file).to_owned())).map(|file| (file, 1)).collect();
    assert_eq!(counts, want, "{fields}");
}

#[test]
fn only_the_files_that_the_fields_need_are_opened_each_once() {
    let stat = &["stat"][..];
    check(Fields::empty(), stat, &[]);
    check(Fields::NAME, stat, &[]);
    for free in [Fields::CPU_TIMES, Fields::CPU_NUM, Fields::NICE, Fields::PAGE_FAULTS] {
        check(free, stat, &[]);
    }
    check(Fields::MEMORY, &["stat", "statm"], &[]);
    check(Fields::CMDLINE, &["stat", "cmdline"], &[]);
    check(Fields::ENVIRON, &["stat", "environ"], &[]);
    check(Fields::UIDS | Fields::GIDS, &["stat", "status"], &[]);
    check(Fields::NUM_THREADS | Fields::NUM_CTX_SWITCHES, &["stat", "status"], &[]);
    check(Fields::MEMORY | Fields::MEMORY_EX, &["stat", "statm", "status"], &[]);
    check(Fields::IO_COUNTERS, &["stat", "io"], &[]);
    check(Fields::MEMORY_FOOTPRINT, &["stat", "smaps_rollup"], &[]);
    check(Fields::MEMORY_MAPS, &["stat", "smaps"], &[]);
    check(Fields::THREADS, &["stat", "task/7/stat"], &[]);
    check(Fields::NUM_FDS, stat, &[]);
    check(Fields::CREATE_TIME, stat, &["proc/stat"]);
    // The user table once for all processes of one user.
    check(Fields::USERNAME, &["stat", "status"], &["etc/passwd"]);
    check(
        Fields::NAME | Fields::CMDLINE | Fields::CPU_TIMES | Fields::MEMORY | Fields::UIDS,
        &["stat", "cmdline", "statm", "status"],
        &[],
    );
}

#[test]
fn a_question_to_one_process_opens_its_file_alone() {
    let root = machine(&[7]);
    let process = System::at(root.path()).process(7_u32).expect("it was recorded");
    let counts = opens(root.path(), || {
        process.memory_info().expect("it was recorded");
    });
    // A recorded process has no pidfd, so its start is what proves it.
    assert_eq!(counts, BTreeMap::from([("proc/7/stat".into(), 1), ("proc/7/statm".into(), 1)]));
}
