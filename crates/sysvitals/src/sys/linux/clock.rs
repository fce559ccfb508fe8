//! CPU clocks of processes, and whose they were when they were read.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use super::ffi;
use crate::Pid;

/// The CPU time of all threads of a process, by the scheduler's clock.
pub(super) fn of_process(pid: Pid) -> io::Result<Duration> {
    let gone = || io::Error::from(Errno::SRCH);
    let clock = clock_of(pid).ok_or_else(gone)?;
    ffi::clock::clock_gettime_of_process(clock).map_err(|err| match err.raw_os_error() {
        // How it says that no process has the pid.
        Some(libc::EINVAL) => gone(),
        _ => err,
    })
}

/// Whether the kernel has a clock for this pid as that of a process: not of a thread, however many there
/// are (`posix_cpu_clock_getres` of `kernel/time/posix-cpu-timers.c`). What emulates the kernel may have
/// one for threads, too.
pub(super) fn is_of_process(pid: Pid) -> bool {
    clock_of(pid).is_some_and(|clock| ffi::clock::clock_getres(clock).is_ok())
}

/// The number of the clock of a process, as clock_getcpuclockid(3) makes it (`CPUCLOCK_SCHED` of
/// `linux/posix-timers_types.h`).
fn clock_of(pid: Pid) -> Option<libc::clockid_t> {
    const SCHEDULER: libc::clockid_t = 2;
    let pid = libc::clockid_t::try_from(pid.get()).ok()?;
    let is_pid = pid > 0 && pid < libc::clockid_t::MAX >> 3;
    is_pid.then_some((!pid << 3) | SCHEDULER)
}

/// Watches for the ends of processes: a pidfd can be read from as soon as its process has ended, which
/// is before anybody else can be given the pid.
///
/// It tells of an end as long as the pidfd is open, so that none is lost to a child of this program that
/// asks, too.
#[derive(Default)]
pub(crate) struct Watch {
    epoll: Option<OwnedFd>,
    /// How many more may be watched.
    room: usize,
}

impl Watch {
    /// Whether processes can be watched, with up to `room` descriptors more.
    pub(super) fn is_ready(&mut self, room: usize) -> bool {
        // The epoll is one, too.
        self.room = room.saturating_sub(1);
        if self.epoll.is_none() && room > 0 {
            self.epoll = epoll::create(CreateFlags::CLOEXEC).ok();
        }
        self.epoll.is_some()
    }

    /// Watches a process, as long as its pidfd is open; `false` if not so many can be.
    pub(super) fn add(&mut self, pidfd: BorrowedFd<'_>, pid: Pid) -> bool {
        let Some(epoll) = self.epoll.as_ref().filter(|_| self.room > 0) else { return false };
        let data = EventData::new_u64(pid.get().into());
        let is_watched = epoll::add(epoll, pidfd, data, EventFlags::IN).is_ok();
        self.room -= usize::from(is_watched);
        is_watched
    }

    /// Whose processes have ended, ascending.
    pub(super) fn ended(&self) -> io::Result<Vec<Pid>> {
        const FEW: usize = 64;
        let Some(epoll) = &self.epoll else { return Ok(Vec::new()) };
        let mut events = Vec::with_capacity(FEW);
        loop {
            events.clear();
            let room = rustix::buffer::spare_capacity(&mut events);
            match epoll::wait(epoll, room, Some(&Timespec::default())) {
                Ok(told) if told < events.capacity() => break,
                // There may be more.
                Ok(told) => events.reserve(told * 2),
                Err(Errno::INTR) => {}
                Err(err) => return Err(err.into()),
            }
        }
        let number = |event: &Event| u32::try_from(event.data.u64()).ok().map(Pid::new);
        let mut pids: Vec<Pid> = events.iter().filter_map(number).collect();
        pids.sort_unstable();
        pids.dedup();
        Ok(pids)
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;
    use std::process::{Child, Command};
    use std::time::Instant;

    use rustix::process::{PidfdFlags, pidfd_open};

    use super::super::pidfd::rustix_pid;
    use super::*;

    #[test]
    fn clocks_have_the_numbers_that_the_c_library_gives_them() {
        let us = Pid::current();
        let number = clock_of(us).expect("a pid");
        assert_eq!((number & 7, !(number >> 3)), (2, us.get().cast_signed()));
        for nobody in [0, u32::MAX, 1 << 28] {
            assert_eq!(clock_of(Pid::new(nobody)), None);
        }
    }

    #[test]
    fn a_clock_goes_as_long_as_its_process_is_there() {
        let before = of_process(Pid::current()).expect("ourselves");
        assert!(of_process(Pid::current()).expect("ourselves") > before);
        let nobody = of_process(Pid::new((1 << 28) - 2)).expect_err("no pid is that large");
        assert_eq!(nobody.raw_os_error(), Some(libc::ESRCH));
    }

    #[test]
    fn all_ends_are_told_as_long_as_they_are_watched() {
        const MANY: usize = 150;
        let mut watch = Watch::default();
        assert!(watch.is_ready(MANY + 1));
        let children = || Command::new("sleep").arg("60").spawn().expect("sleep(1)");
        let mut children: Vec<Child> = (0..MANY).map(|_| children()).collect();
        let pids: Vec<Pid> = children.iter().map(|child| Pid::new(child.id())).collect();
        let open = |pid: &Pid| pidfd_open(rustix_pid(*pid).expect("a pid"), PidfdFlags::empty());
        let mut pidfds = Vec::new();
        for pid in &pids {
            let Ok(pidfd) = open(pid) else {
                eprintln!("SKIPPED: no pidfds before Linux 5.3");
                return;
            };
            assert!(watch.add(pidfd.as_fd(), *pid));
            pidfds.push(pidfd);
        }
        assert!(!watch.add(pidfds[0].as_fd(), pids[0]), "there is no room for more");
        assert_eq!(watch.ended().expect("an answer"), []);
        for child in &mut children {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
        }
        let mut sorted = pids.clone();
        sorted.sort_unstable();
        for _ in 0..2 {
            assert_eq!(watch.ended().expect("an answer"), sorted);
        }
        drop(pidfds);
        // What other tests start just now has them, too, until it runs its program.
        let patience = Instant::now() + Duration::from_secs(60);
        while !watch.ended().expect("an answer").is_empty() {
            assert!(Instant::now() < patience, "they are told without a descriptor");
        }
    }
}
