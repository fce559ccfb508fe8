//! Which processes there are.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::Ordering;

use rustix::path::DecInt;
use sysvitals_parse::linux::pid::status;

use super::pidfd::Pidfd;
use super::process::is_gone;
use super::{Host, clock, read};
use crate::sys::Machine as _;
use crate::{Error, Pid, Result};

/// All pids, ascending.
pub(super) fn all(host: &Host) -> Result<Vec<Pid>> {
    let mut pids = host.list()?;
    // procfs lists them so; a recording need not.
    if !pids.is_sorted() {
        pids.sort_unstable();
    }
    Ok(pids)
}

/// Whether a pid is in the list, without making it.
pub(super) fn exists(host: &Host, pid: Pid) -> Result<bool> {
    let mut path = host.roots().proc.as_os_str().as_bytes().to_vec();
    path.push(b'/');
    path.extend_from_slice(DecInt::new(pid.get()).as_bytes());
    match leads(host, pid) {
        Some(false) => Ok(false),
        Some(true) => is_shown(&path),
        None => is_listed(host, pid, path),
    }
}

/// Whether a process has the pid, as the kernel says: of its clock for a quarter of what a pidfd costs, but
/// only where there is the newest that pidfds have (Linux 6.9), which nothing has that emulates it; of a
/// pidfd, threads have none.
///
/// A refusal is left to procfs to explain: `EINVAL` and, since Linux 6.16, `ENOENT` are the number of
/// a thread, `ENOSYS` and `EPERM` an old kernel or a filter.
fn leads(host: &Host, pid: Pid) -> Option<bool> {
    // To find out whether system calls take these pids costs more than procfs does once.
    let is_first = !host.shared.asked_for_pids.swap(true, Ordering::Relaxed);
    if !host.shared.pidfds || (is_first && host.shared.live.get().is_none()) || !host.is_live() {
        return None;
    }
    if host.shared.pidfs.get() == Some(&true) && clock::is_of_process(pid) {
        return Some(true);
    }
    match host.pidfd_of_process(pid).ok()?? {
        Pidfd::Open(pidfd) => {
            // For the next time.
            let _ = host.is_in_pidfs(pidfd.as_fd());
            Some(true)
        }
        Pidfd::Gone => Some(false),
        Pidfd::None => None,
    }
}

/// Whether procfs shows a process: one that it hides, `hidepid`, is not listed either
/// (`pid_getattr` of `fs/proc/base.c`).
fn is_shown(path: &[u8]) -> Result<bool> {
    match rustix::fs::stat(path) {
        Ok(_) => Ok(true),
        Err(err) if is_gone(&err.into()) => Ok(false),
        Err(err) => Err(failed(path, err.into())),
    }
}

/// Whether procfs lists the number; it shows those of threads, too, but does not list them.
fn is_listed(host: &Host, pid: Pid, mut path: Vec<u8>) -> Result<bool> {
    let directory = path.len();
    path.extend_from_slice(b"/status");
    let mut bytes = Vec::new();
    let told = read::record(rustix::fs::CWD, path.as_slice(), &mut bytes);
    path.truncate(directory);
    match told {
        Ok(()) => match status::parse(&bytes) {
            Ok(status) => Ok(status.tgid == pid.get()),
            Err(_) => Ok(host.list()?.contains(&pid)),
        },
        // A recording may lack this file.
        Err(err) if is_gone(&err) && !is_shown(&path)? => Ok(false),
        Err(_) => Ok(host.list()?.contains(&pid)),
    }
}

fn failed(path: &[u8], err: io::Error) -> Error {
    Error::io(format!("looking for {}", String::from_utf8_lossy(path)), err)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::{Roots, System};

    #[test]
    fn pids_of_a_recording_are_ascending_whatever_the_order_of_its_files() {
        let root = tempfile::tempdir().expect("a directory");
        for name in ["proc/30", "proc/4", "proc/1000", "proc/net", "proc/4x", "proc/99999999999"] {
            fs::create_dir_all(root.path().join(name)).expect("a directory");
        }
        let pids = System::at(root.path()).pids().expect("pids");
        assert_eq!(pids, [4, 30, 1000].map(Pid::new));
    }

    #[test]
    fn a_pid_is_one_that_is_listed_whoever_is_asked() {
        let mut child = Command::new("true").spawn().expect("true(1)");
        for pidfds in [true, false] {
            let host = Host::with_pidfds(Roots::default(), pidfds);
            let exists = |pid: u32| exists(&host, Pid::new(pid)).expect("an answer");
            // The first is asked of procfs, and so is all where there are no pidfds.
            for turn in 0..3 {
                assert!(exists(std::process::id()), "{pidfds} {turn}");
                assert!(exists(child.id()), "a process that has ended is one: {pidfds} {turn}");
                assert!(!exists(0), "{pidfds} {turn}");
                assert!(!exists(u32::MAX), "{pidfds} {turn}");
            }
            std::thread::scope(|scope| {
                let (number, told) = std::sync::mpsc::channel();
                let (end, ended) = std::sync::mpsc::channel::<()>();
                scope.spawn(move || {
                    let id = rustix::thread::gettid().as_raw_nonzero().get();
                    number.send(id).expect("who asks");
                    let _ = ended.recv();
                });
                let tid = told.recv().expect("a thread").try_into().expect("a number");
                assert!(!exists(tid), "the number of a thread: {pidfds}");
                drop(end);
            });
        }
        child.wait().expect("its end");
        for pidfds in [true, false] {
            let host = Host::with_pidfds(Roots::default(), pidfds);
            for _ in 0..2 {
                assert!(!exists(&host, Pid::new(child.id())).expect("an answer"));
            }
        }
    }

    #[test]
    fn a_recording_tells_of_threads_by_its_status_or_by_none() {
        let root = tempfile::tempdir().expect("a directory");
        let file = |pid: u32, tgid: u32| {
            let folder = root.path().join(format!("proc/{pid}"));
            fs::create_dir_all(&folder).expect("a directory");
            let status = format!(
                "Name:\tcat\nTgid:\t{tgid}\nPid:\t{pid}\nPPid:\t1\nUid:\t0\t0\t0\t0\n\
                 Gid:\t0\t0\t0\t0\nThreads:\t1\nvoluntary_ctxt_switches:\t1\n\
                 nonvoluntary_ctxt_switches:\t2\n"
            );
            fs::write(folder.join("status"), status).expect("a file");
        };
        file(5, 5);
        file(6, 5);
        fs::create_dir(root.path().join("proc/7")).expect("a directory");
        fs::create_dir(root.path().join("proc/8")).expect("a directory");
        fs::write(root.path().join("proc/8/status"), "nothing").expect("a file");
        let system = System::at(root.path());
        for (pid, want) in [(5, true), (6, false), (7, true), (8, true), (9, false)] {
            assert_eq!(system.pid_exists(pid).expect("an answer"), want, "{pid}");
        }
    }
}
