//! What processes on Windows have open, of children that are this program again.
#![cfg(windows)]

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sysvitals::{Error, Fields, Platform, Process, Record as _, Snapshot};

mod windows_player;

use windows_player::{Player, is_wine, play};

/// `FILE_FLAG_BACKUP_SEMANTICS`, without which no directory is opened.
const DIRECTORY: u32 = 0x0200_0000;

#[test]
fn player() {
    play(|role| {
        // Files, then what is none: a directory, and the pipes that it was born with.
        let folder = Path::new(role);
        if role == "waits" {
            return Vec::new();
        }
        let mut kept = vec![
            fs::OpenOptions::new()
                .read(true)
                .custom_flags(DIRECTORY)
                .open(folder)
                .expect("a directory"),
        ];
        for name in ["read me.txt", "häß-日本.txt", "empty"] {
            kept.push(File::open(folder.join(name)).expect("it was made"));
        }
        let mut file = File::create(folder.join("written")).expect("a file");
        file.write_all(b"some").expect("room");
        kept.push(file.try_clone().expect("a handle"));
        kept.push(file);
        kept.push(File::open(folder.join("written")).expect("a file"));
        kept
    });
}

/// A folder with files, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("sysvitals-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        for (name, text) in [("read me.txt", "a"), ("häß-日本.txt", "b"), ("empty", "")] {
            fs::write(path.join(name), text).expect("a file");
        }
        Self(path)
    }

    fn role(&self) -> &str {
        self.0.to_str().expect("well-formed")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files that it has open in a folder, by name.
fn open_in(process: &Process, folder: &Folder) -> Vec<String> {
    let folder = folder.0.file_name().expect("a name");
    let files = process.open_files().expect("ours");
    let mut names: Vec<_> = files
        .iter()
        .filter(|file| file.path.parent().and_then(Path::file_name) == Some(folder))
        .map(|file| file.path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn files_are_told_once_each() {
    let folder = Folder::new("once");
    let player = Player::new(folder.role());
    let process = player.process();
    assert_eq!(open_in(&process, &folder), ["empty", "häß-日本.txt", "read me.txt", "written"]);
    for file in process.open_files().expect("ours") {
        assert!(file.path.is_file() && file.path.is_absolute(), "{file:?}");
        assert_eq!((file.fd, file.position, &file.mode, file.flags), (None, None, &None, None));
        let mut names = Vec::new();
        file.visit(&mut |name, _| names.push(name));
        assert_eq!(names, ["path", "fd"]);
    }
    let table = Snapshot::take(Fields::OPEN_FILES).expect("a table");
    let row = table.get(process.pid()).expect("it is there");
    assert_eq!(row.open_files().expect("ours").len(), process.open_files().expect("ours").len());
}

/// A pipe that somebody reads from keeps waiting whoever asks the kernel about it.
#[test]
fn busy_pipes_keep_nobody_waiting() {
    // The child is in the middle of reading its input all the time.
    let folder = Folder::new("busy");
    let player = Player::new(folder.role());
    let process = player.process();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for _ in 0..20 {
            process.open_files().expect("ours");
        }
        // Nobody listens any more once the test has failed.
        let _ = tell.send(());
    });
    told.recv_timeout(Duration::from_secs(60)).expect("an answer in time");
    assert_eq!(open_in(&player.process(), &folder).len(), 4);
}

#[test]
fn our_own_files_are_told_too() {
    let folder = Folder::new("own");
    // Our own end of a pipe, in the middle of a read.
    let player = Player::new("waits");
    let child = player.process();
    let reading = thread::spawn(move || player.listen_to_the_end());
    let file = File::open(folder.0.join("read me.txt")).expect("a file");
    let me = Process::current().expect("our own");
    assert_eq!(open_in(&me, &folder), ["read me.txt"]);
    drop(file);
    assert!(open_in(&me, &folder).is_empty());
    child.kill().expect("ours");
    reading.join().expect("no panic");
}

#[test]
fn no_handle_is_left_behind() {
    let folder = Folder::new("leak");
    let player = Player::new(folder.role());
    let process = player.process();
    let me = Process::current().expect("our own");
    process.open_files().expect("ours");
    let before = me.num_handles().expect("our own");
    for _ in 0..200 {
        process.open_files().expect("ours");
    }
    // Other tests open some of their own; a leak would be one a call at least. Wine counts none.
    let after = me.num_handles().expect("our own");
    assert!(after < before + 150, "{before} before, {after} after");
    // What was duplicated and kept would be ours.
    assert!(open_in(&me, &folder).is_empty());
}

/// Wine counts no handles of a process, and the room of its table in the table.
#[test]
fn handles_are_counted() {
    let folder = Folder::new("count");
    let (idle, player) = (Player::new("waits"), Player::new(folder.role()));
    let count = |player: &Player| player.process().num_handles().expect("ours");
    if !is_wine() {
        assert!(count(&idle) > 10 && count(&player) >= count(&idle) + 4);
    }
    let table = Snapshot::take(Fields::NUM_HANDLES).expect("a table");
    let told = table.get(player.process().pid()).expect("it is there").num_handles();
    assert!(told.expect("its record") > 0);
}

#[test]
fn the_ended_have_nothing_open() {
    let process = Player::new("waits").end();
    let answers = [process.open_files().map(drop), process.num_handles().map(drop)];
    for answer in answers {
        assert!(matches!(answer, Err(Error::NoSuchProcess { .. })), "{answer:?}");
    }
}

#[test]
fn there_are_no_descriptors() {
    let me = Process::current().expect("our own");
    assert!(matches!(me.num_fds(), Err(Error::Unsupported(_))));
    assert!(!Fields::on(Platform::CURRENT).contains(Fields::NUM_FDS));
}
