//! What a held [`System`](crate::System) keeps open between questions, and how what is kept is known
//! again.
//!
//! Who keeps a descriptor cannot be sure of it: a program that turns into a daemon closes all it does
//! not know, and then the number is another file's; a child that was forked shares with its parent
//! what is open. So a descriptor is used if it still leads to what was opened; a file is read in a way
//! that nobody disturbs who shares it (`read::again`), and a socket, of which each message is heard
//! once, is used by the process that opened it. Whatever is in doubt is asked as if nothing were held.

use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd as _, BorrowedFd, IntoRawFd as _, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use super::link_counters::LinkCounters;
use super::read;

/// Files that answer questions of which some are asked each second, and the counters of interfaces.
#[derive(Default)]
pub(super) struct Held {
    files: [Mutex<Slot>; FILES.len()],
    pub(super) links: Mutex<LinkCounters>,
}

/// Those below the root of procfs.
const FILES: [(&str, Printed); 3] =
    [("stat", Printed::AtOnce), ("meminfo", Printed::AtOnce), ("diskstats", Printed::ByRecord)];

/// How the kernel prints a file (`single_open` and `seq_open` of `fs/seq_file.c`).
#[derive(Clone, Copy)]
enum Printed {
    AtOnce,
    ByRecord,
}

#[derive(Default)]
enum Slot {
    /// Not asked for yet.
    #[default]
    Empty,
    Open {
        file: Mine,
        bytes: Vec<u8>,
    },
    /// Of no procfs, where others may write a new file of this name; or longer than one read.
    Unfit,
}

impl Held {
    /// What a file below `proc` says; nothing if it is none of these, or cannot be read so.
    pub(super) fn read(&self, proc: &Path, name: &str) -> Option<Text<'_>> {
        let place = FILES.iter().position(|(file, _)| *file == name)?;
        let (_, printed) = FILES.get(place)?;
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        let mut slot = self.files.get(place)?.try_lock().ok()?;
        let was_kept = match &*slot {
            Slot::Open { file, .. } => file.itself().is_some(),
            Slot::Empty => false,
            Slot::Unfit => return None,
        };
        if !was_kept {
            *slot = open(&proc.join(name)).ok()?;
        }
        let Slot::Open { file, bytes } = &mut *slot else { return None };
        let file = file.fd()?;
        let is_whole = match printed {
            Printed::AtOnce => read::again(file, bytes).map(|()| true),
            Printed::ByRecord => read::records_again(file, bytes),
        };
        match is_whole {
            Ok(true) => return Some(Text(slot)),
            // Else another process may have read by it in between, and what it says have grown.
            Ok(false) if !was_kept => *slot = Slot::Unfit,
            Ok(false) | Err(_) => *slot = Slot::Empty,
        }
        None
    }
}

/// What was read, of which there is one at a time.
pub(super) struct Text<'a>(MutexGuard<'a, Slot>);

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &*self.0 {
            Slot::Open { bytes, .. } => bytes,
            Slot::Empty | Slot::Unfit => b"",
        }
    }
}

fn open(path: &Path) -> io::Result<Slot> {
    let file = read::open(rustix::fs::CWD, path)?;
    Ok(match read::is_in_procfs(&file)? {
        true => Slot::Open { file: Mine::new(file)?, bytes: Vec::new() },
        false => Slot::Unfit,
    })
}

/// A descriptor that this process opened, or one that it was forked from, and by what it is known again.
pub(super) struct Mine {
    fd: Option<OwnedFd>,
    identity: (i128, i128),
}

impl Mine {
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        let identity = identity(fd.as_fd())?;
        Ok(Self { fd: Some(fd), identity })
    }

    /// The descriptor, if it is what it was, whoever opened it.
    pub(super) fn itself(&self) -> Option<BorrowedFd<'_>> {
        self.fd().filter(|fd| identity(*fd).is_ok_and(|now| now == self.identity))
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().map(|fd| fd.as_fd())
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        let Some(fd) = self.fd.take() else { return };
        // In a child this closes the child's own.
        if identity(fd.as_fd()).ok() != Some(self.identity) {
            // Whoever has the number now will close it.
            let _ = fd.into_raw_fd();
        }
    }
}

/// Numbers that no other open file has, in types that differ by architecture.
fn identity(fd: BorrowedFd<'_>) -> io::Result<(i128, i128)> {
    let stat = rustix::fs::fstat(fd)?;
    #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
    Ok((stat.st_dev.into(), stat.st_ino.into()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd as _;

    use super::*;
    use crate::System;
    use crate::sys::Machine as _;

    const STAT: usize = 0;

    fn open_file(held: &Held) -> Option<i32> {
        match &*held.files[STAT].lock().expect("a file") {
            Slot::Open { file, .. } => file.fd().map(|fd| fd.as_raw_fd()),
            Slot::Empty | Slot::Unfit => None,
        }
    }

    fn change(held: &Held, how: impl FnOnce(&mut Mine)) {
        match &mut *held.files[STAT].lock().expect("a file") {
            Slot::Open { file, .. } => how(file),
            Slot::Empty | Slot::Unfit => panic!("it was not opened"),
        }
    }

    /// A file that says other times than any machine has.
    fn stranger() -> (tempfile::TempDir, OwnedFd) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("stranger");
        fs::write(&path, "cpu 1 1 1 1 1 1 1 1 1 1\n").expect("a file");
        let file = read::open(rustix::fs::CWD, &path).expect("a file");
        (dir, file)
    }

    #[test]
    fn answers_are_those_of_now_and_from_one_descriptor() {
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        assert_eq!(open_file(held), None, "nothing is opened before it is needed");
        let first = system.cpu_times().expect("times");
        let fd = open_file(held).expect("it is kept");
        loop {
            let times = system.cpu_times().expect("times");
            assert!(times.user >= first.user);
            if times != first {
                break;
            }
        }
        assert_eq!(open_file(held), Some(fd));
        assert_eq!(system.cpu_count().expect("a count"), System::host().cpu_count().expect("one"));
    }

    #[test]
    fn a_descriptor_that_was_given_away_is_not_read_and_not_closed() {
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        system.cpu_times().expect("times");
        let fd = open_file(held).expect("it is kept");
        let (_dir, stranger) = stranger();
        // As a program does that closes what it does not know, and opens something else.
        change(held, |file| {
            rustix::io::dup2(&stranger, file.fd.as_mut().expect("it is open")).expect("dup2");
        });
        let times = system.cpu_times().expect("times");
        assert!(times.idle.as_secs() > 1, "{times:?}");
        assert_ne!(open_file(held), Some(fd), "it is another's now");
        let link = fs::read_link(format!("/proc/self/fd/{fd}")).expect("it is still open");
        assert!(link.ends_with("stranger"), "{link:?}");
    }

    #[test]
    fn a_descriptor_that_was_closed_is_opened_anew() {
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        system.cpu_times().expect("times");
        change(held, |file| drop(file.fd.take()));
        system.cpu_times().expect("times");
        assert!(open_file(held).is_some());
    }

    #[test]
    fn who_shares_the_file_does_no_harm() {
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        let mut before = system.cpu_times().expect("times");
        let fd = open_file(held).expect("it is kept");
        // As a child does that was forked.
        let mut shared = None;
        change(held, |file| shared = file.fd().and_then(|fd| fd.try_clone_to_owned().ok()));
        let shared = shared.expect("a descriptor");
        for offset in 0..2000 {
            rustix::io::pread(&shared, &mut [0; 100], offset).expect("a piece");
            let times = system.cpu_times().expect("times");
            assert!(times.user >= before.user && times.system >= before.system, "{times:?}");
            before = times;
        }
        assert_eq!(open_file(held), Some(fd));
    }

    #[test]
    fn a_file_that_one_read_does_not_give_is_not_held() {
        const DISKSTATS: usize = 2;
        let long = || read::open(rustix::fs::CWD, "/proc/self/smaps").expect("a file");
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        let count = system.disk_io_counters_perdisk().expect("counters").len();
        match &mut *held.files[DISKSTATS].lock().expect("a file") {
            Slot::Open { file, .. } => *file = Mine::new(long()).expect("a file"),
            // There are as many disks.
            Slot::Unfit => return,
            Slot::Empty => panic!("it was not opened"),
        }
        // What was kept may have been disturbed, and is opened anew.
        assert_eq!(system.disk_io_counters_perdisk().expect("counters").len(), count);
        assert!(matches!(*held.files[DISKSTATS].lock().expect("a file"), Slot::Empty));
        assert_eq!(system.disk_io_counters_perdisk().expect("counters").len(), count);
        assert!(matches!(*held.files[DISKSTATS].lock().expect("a file"), Slot::Open { .. }));

        // And what is long when it is opened, stays so.
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir(root.path().join("proc")).expect("a directory");
        let link = root.path().join("proc/diskstats");
        std::os::unix::fs::symlink("/proc/self/smaps", link).expect("a link");
        let system = System::at(root.path()).hold();
        assert!(system.disk_io_counters().is_err(), "these are no counters");
        let held = system.host.shared.held.as_ref().expect("it is held");
        assert!(matches!(*held.files[DISKSTATS].lock().expect("a file"), Slot::Unfit));
    }

    #[test]
    fn who_is_in_the_way_costs_no_answer() {
        let system = System::host().hold();
        let held = system.host.shared.held.as_ref().expect("it is held");
        let _file = held.files[STAT].lock().expect("a file");
        let _links = held.links.lock().expect("a socket");
        system.cpu_times().expect("times");
        system.net_io_counters_pernic().expect("counters");
    }

    #[test]
    fn of_a_recording_nothing_is_held() {
        let root = tempfile::tempdir().expect("a directory");
        let stat = root.path().join("proc/stat");
        fs::create_dir(root.path().join("proc")).expect("a directory");
        let system = System::at(root.path()).hold();
        assert!(system.cpu_times().is_err());
        for user in [100, 200] {
            let new = root.path().join("proc/new");
            fs::write(&new, format!("cpu {user} 0 0 0\n")).expect("a file");
            fs::rename(&new, &stat).expect("a file");
            let times = system.cpu_times().expect("times");
            assert_eq!(times.user, super::super::ticks(user), "the file that is there now");
        }
        assert!(matches!(
            *system.host.held().shared.held.as_ref().expect("held").files[STAT].lock().expect("it"),
            Slot::Empty
        ));
    }
}
