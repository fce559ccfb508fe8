//! What an old kernel or a filter refuses is not missed: the answers are the same without it.
//!
//! A seccomp filter refuses single system calls to the thread that asks. What is refused here is
//! what the library falls back from, and the error is what such kernels, sandboxes (gVisor) and
//! filters (container runtimes) give.
// The architectures that seccompiler knows.
#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
#![expect(clippy::print_stderr, reason = "a test that cannot run says so")]

mod resting;
mod started;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use nix::libc::{self, EINVAL, ENOSPC, ENOSYS, ENOTTY, EPERM};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use sysvitals::{
    ConnectionKind, Error, Exit, Fields, Missing, Process, ProcessConnection, Row, Sampler, Signal,
    Snapshot, System,
};

use resting::at_rest;
use started::Started;

/// A system call that is not there, or not for us.
#[derive(Clone, Copy)]
struct Refusal {
    call: i64,
    /// Only with this argument: its place, the bits of it that count, and their value.
    only: Option<(u8, u64, u64)>,
    errno: i32,
}

const fn refuse(call: i64, errno: i32) -> Refusal {
    Refusal { call, only: None, errno }
}

/// Before Linux 5.3.
const NO_PIDFDS: Refusal = refuse(libc::SYS_pidfd_open, ENOSYS);
/// Docker's filters before 2021.
const PIDFDS_DENIED: Refusal = refuse(libc::SYS_pidfd_open, EPERM);

/// `PIDFD_GET_INFO`, of whatever size: before Linux 6.13 no such request, in sandboxes no such
/// argument.
const fn no_info(errno: i32) -> Refusal {
    const NUMBER: u64 = 0xff0b;
    Refusal { call: libc::SYS_ioctl, only: Some((1, 0xffff, NUMBER)), errno }
}

fn filter(refusal: Refusal) -> BpfProgram {
    let rules = refusal.only.map(|(place, bits, value)| {
        let comparison = SeccompCmpOp::MaskedEq(bits);
        let condition =
            SeccompCondition::new(place, SeccompCmpArgLen::Dword, comparison, value & bits);
        SeccompRule::new(vec![condition.expect("an argument")]).expect("a condition")
    });
    let rules = BTreeMap::from([(refusal.call, rules.into_iter().collect())]);
    let errno = SeccompAction::Errno(refusal.errno.unsigned_abs());
    let here = std::env::consts::ARCH.try_into().expect("one of three");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, errno, here);
    filter.and_then(BpfProgram::try_from).expect("a filter")
}

/// What is answered where these are refused; `None` where nothing can be refused.
fn without<T: Send>(refusals: &[Refusal], ask: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            for &refusal in refusals {
                if let Err(err) = seccompiler::apply_filter(&filter(refusal)) {
                    eprintln!("SKIPPED: no filters here: {err}");
                    return None;
                }
            }
            Some(ask())
        });
        asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn sleeper() -> Started {
    asleep(Command::new("sleep").arg("600").stdin(Stdio::null()).stdout(Stdio::null()))
}

/// One that is there, and does nothing any more.
fn asleep(command: &mut Command) -> Started {
    let sleeper = Started::new(command);
    at_rest(sleeper.0.id(), "sleep");
    sleeper
}

const ASKED: Fields = Fields::NAME
    .union(Fields::CMDLINE)
    .union(Fields::EXE)
    .union(Fields::CWD)
    .union(Fields::USERNAME)
    .union(Fields::UIDS)
    .union(Fields::GIDS)
    .union(Fields::TERMINAL)
    .union(Fields::CPU_TIMES)
    .union(Fields::CREATE_TIME)
    .union(Fields::MEMORY)
    .union(Fields::NICE)
    .union(Fields::NUM_FDS)
    .union(Fields::NUM_THREADS);

/// A row by what is told of it: how a process is known by (its identity) differs by kernel.
fn told(row: &Row) -> String {
    let mut told = format!("{} of {:?}, {:?}", row.pid(), row.ppid(), row.status());
    row.visit(&mut |name, cell| told.push_str(&format!("\n{name}: {cell:?}")));
    told
}

fn table(system: &System, fields: Fields, pid: u32) -> String {
    let table = system.snapshot(fields).expect("procfs");
    told(table.get(pid).expect("it sleeps"))
}

fn sampled(system: &System, fields: Fields, pid: u32) -> String {
    let mut sampler: Sampler = system.sampler(fields).expect("procfs");
    sampler.tick().expect("procfs");
    let table = sampler.tick().expect("procfs");
    told(table.get(pid).expect("it sleeps"))
}

fn one(system: &System, pid: u32) -> String {
    told(&system.process(pid).expect("it sleeps").oneshot(ASKED).expect("it sleeps"))
}

fn children(system: &System, pid: u32) -> bool {
    let us = system.process(std::process::id()).expect("ourselves");
    let child = system.process(pid).expect("it sleeps");
    assert_eq!(child.ppid().expect("it sleeps"), us.pid());
    assert_eq!(child.parent().expect("it sleeps"), Some(us.clone()));
    let children = us.children_recursive().expect("procfs");
    let identities = us.child_identities(true).expect("procfs");
    children.iter().any(|child| child.pid() == pid.into())
        && identities.iter().any(|child| child.pid() == pid.into())
}

/// A process that is held, asked twice.
fn held(system: &System, pid: u32) -> String {
    let held = system.process(pid).expect("it sleeps").hold().expect("it sleeps");
    held.oneshot(ASKED).expect("it sleeps");
    told(&held.oneshot(ASKED).expect("it sleeps"))
}

/// Everything that is read of a process, in every way.
fn everything(pid: u32) -> Vec<String> {
    let system = System::host();
    assert!(children(&system, pid));
    assert!(system.pid_exists(pid).expect("procfs"));
    vec![
        table(&system, ASKED, pid),
        table(&system, Fields::UIDS | Fields::MEMORY, pid),
        table(&system, Fields::CPU_TIMES, pid),
        sampled(&system, ASKED, pid),
        sampled(&system, Fields::CPU_TIMES | Fields::MEMORY, pid),
        sampled(&system, Fields::CPU_CLOCK | Fields::NAME, pid),
        one(&system, pid),
        held(&system, pid),
    ]
}

#[test]
fn processes_are_the_same() {
    let kernels: &[(&str, &[Refusal])] = &[
        ("without pidfds", &[NO_PIDFDS]),
        ("with pidfds denied", &[PIDFDS_DENIED]),
        ("with pidfds that tell nothing", &[no_info(ENOTTY)]),
        ("with pidfds that know no such size", &[no_info(EINVAL)]),
        ("with pidfds that may not be asked", &[no_info(EPERM)]),
        ("without epoll", &[refuse(libc::SYS_epoll_create1, ENOSYS)]),
        ("with as many watched as may be", &[refuse(libc::SYS_epoll_ctl, ENOSPC)]),
    ];
    let sleeper = sleeper();
    let expected = everything(sleeper.0.id());
    for (kernel, refusals) in kernels {
        let Some(found) = without(refusals, || everything(sleeper.0.id())) else { return };
        assert_eq!(found, expected, "{kernel}");
    }
}

/// What is told of a process where the CPU clocks of others are refused: its clock by each way, and the
/// rest of its row.
fn without_clock(pid: u32) -> Vec<(&'static str, Result<Duration, Missing>, String)> {
    const ASKED: Fields = Fields::CPU_CLOCK.union(Fields::NAME);
    let system = System::host();
    let told = |row: &Row| (row.cpu_clock(), row.name().expect("its name").to_owned());
    let named =
        |way, (clock, name): (_, OsString)| (way, clock, name.into_string().expect("sleep"));
    let mut ways = Vec::new();
    let table = system.snapshot(ASKED).expect("procfs");
    ways.push(named("table", told(table.get(pid).expect("it sleeps"))));
    let row = system.process(pid).expect("it sleeps").oneshot(ASKED).expect("it sleeps");
    ways.push(named("oneshot", told(&row)));
    // With what only clocks know, and with what makes it read files, too.
    for (way, asked) in [("clocks", ASKED), ("files", ASKED | Fields::CPU_TIMES)] {
        let mut sampler: Sampler = system.sampler(asked).expect("procfs");
        for _ in 0..3 {
            let table = sampler.tick().expect("procfs");
            ways.push(named(way, told(table.get(pid).expect("it sleeps"))));
        }
        let changes = sampler.changes().expect("two ticks");
        let row = changes.rows().iter().find(|row| row.pid() == pid.into()).expect("it sleeps");
        assert_eq!(row.cpu_usage().is_ok(), asked.contains(Fields::CPU_TIMES), "{way}");
    }
    ways
}

#[test]
fn a_refused_clock_is_denied_and_nothing_else_is() {
    // Of processes: these numbers are negative.
    let others = Some((0, 1 << 31, 1 << 31));
    let clocks = Refusal { call: libc::SYS_clock_gettime, only: others, errno: EPERM };
    let sleeper = sleeper();
    let Some(ways) = without(&[clocks], || without_clock(sleeper.0.id())) else { return };
    assert_eq!(ways.len(), 8);
    for (way, clock, name) in ways {
        assert_eq!((clock, name.as_str()), (Err(Missing::Denied), "sleep"), "{way}");
    }
    let one = without(&[clocks], || Process::new(sleeper.0.id()).expect("it sleeps").cpu_clock());
    assert!(matches!(one, Some(Err(Error::AccessDenied { .. }))), "{one:?}");
}

#[test]
fn held_processes_are_the_same() {
    let sleeper = sleeper();
    let ask = || held(&System::host(), sleeper.0.id());
    let expected = one(&System::host(), sleeper.0.id());
    assert_eq!(ask(), expected);
    // Files that cannot be read anew.
    for errno in [EPERM, ENOSYS] {
        let Some(found) = without(&[refuse(libc::SYS_pread64, errno)], ask) else { return };
        assert_eq!(found, expected, "without reading by position: {errno}");
    }
}

/// Stopped, continued, killed, waited for.
fn control() {
    let sleeper = sleeper();
    let process = Process::new(sleeper.0.id()).expect("it sleeps");
    process.suspend().expect("ours");
    process.resume().expect("ours");
    process.kill().expect("ours");
    assert_eq!(process.wait(None).expect("ours"), Some(Exit::Signal(Signal(libc::SIGKILL))));
    assert!(!process.is_running());
    process.kill().expect_err("it has ended");
}

#[test]
fn control_is_the_same() {
    let kernels: &[&[Refusal]] = &[
        &[NO_PIDFDS],
        &[PIDFDS_DENIED],
        // Before Linux 5.1.
        &[NO_PIDFDS, refuse(libc::SYS_pidfd_send_signal, ENOSYS)],
        // A filter that knows the one and not the other.
        &[refuse(libc::SYS_pidfd_send_signal, ENOSYS)],
    ];
    for refusals in kernels {
        if without(refusals, control).is_none() {
            return;
        }
    }
}

/// What a held system tells of the machine, as far as it stays the same.
fn machine() -> String {
    let system = System::host().hold();
    let mut told = String::new();
    for _ in 0..2 {
        assert!(system.cpu_times().expect("procfs").user > Duration::ZERO);
        let memory = system.virtual_memory().expect("procfs").total;
        let disks = system.disk_io_counters_perdisk().expect("procfs");
        let interfaces = system.net_io_counters_pernic().expect("procfs");
        let (disks, interfaces) = (disks.keys(), interfaces.keys());
        told = format!("{memory} bytes, disks {disks:?}, interfaces {interfaces:?}");
    }
    told
}

#[test]
fn held_systems_are_the_same() {
    let expected = machine();
    // Descriptors that cannot be told from others, read anew, or be had; netlink.
    for call in [
        libc::SYS_fstat,
        libc::SYS_fstatfs,
        libc::SYS_pread64,
        libc::SYS_socket,
        libc::SYS_bind,
        libc::SYS_sendto,
        libc::SYS_recvfrom,
    ] {
        for errno in [EPERM, ENOSYS, libc::EMFILE] {
            let Some(found) = without(&[refuse(call, errno)], machine) else { return };
            assert_eq!(found, expected, "without call {call}: {errno}");
        }
    }
}

/// A process whose three descriptors are sockets, of another table each.
fn with_sockets() -> Started {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (unix, _) = UnixStream::pair().expect("two");
    let mut command = Command::new("sleep");
    command.arg("600").stdin(OwnedFd::from(tcp)).stdout(OwnedFd::from(udp));
    asleep(command.stderr(OwnedFd::from(unix)))
}

#[test]
fn what_is_not_closed_together_is_closed_nevertheless() {
    let descriptors = || fs::read_dir("/proc/self/fd").expect("procfs").count();
    // Before Linux 5.9; filters that do not know it.
    for errno in [ENOSYS, EPERM] {
        let leak = without(&[refuse(libc::SYS_close_range, errno)], || {
            let before = descriptors();
            for _ in 0..100 {
                Snapshot::take(Fields::CMDLINE | Fields::UIDS | Fields::MEMORY).expect("procfs");
            }
            // Other tests have some open, now and then.
            descriptors().saturating_sub(before)
        });
        assert!(leak.is_none_or(|leak| leak < 100), "{leak:?} were left open");
    }
}

/// The sockets of a process, found in every way.
fn sockets(pid: u32) -> [Vec<ProcessConnection>; 3] {
    let system = System::host();
    let process = system.process(pid).expect("it sleeps");
    let all = system.net_connections(ConnectionKind::All).expect("procfs");
    let of_it = all.into_iter().filter(|socket| socket.pid == Some(pid.into()));
    let mut found = [
        of_it.map(ProcessConnection::from).collect(),
        process.net_connections(ConnectionKind::All).expect("procfs"),
        process.net_connections_by_duplicates(ConnectionKind::All).expect("procfs"),
    ];
    for rows in &mut found {
        rows.sort_by_key(|socket| socket.fd);
    }
    found
}

#[test]
fn sockets_are_the_same() {
    /// Of this family alone.
    const fn no_netlink(errno: i32) -> Refusal {
        let only = Some((0, u64::MAX >> 32, libc::AF_NETLINK as u64));
        Refusal { call: libc::SYS_socket, only, errno }
    }
    let kernels: &[&[Refusal]] = &[
        &[no_netlink(EPERM)],
        &[no_netlink(libc::EAFNOSUPPORT)],
        &[no_netlink(libc::EPROTONOSUPPORT)],
        &[refuse(libc::SYS_getxattr, libc::ENODATA)],
        &[refuse(libc::SYS_getxattr, EPERM), no_netlink(EPERM)],
        &[refuse(libc::SYS_pidfd_getfd, EPERM)],
        &[refuse(libc::SYS_pidfd_getfd, ENOSYS), no_netlink(EPERM)],
        &[NO_PIDFDS],
    ];
    let sleeper = with_sockets();
    let expected = sockets(sleeper.0.id());
    for rows in &expected {
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert_eq!(rows, &expected[0]);
    }
    for refusals in kernels {
        let Some(found) = without(refusals, || sockets(sleeper.0.id())) else { return };
        assert_eq!(found, expected);
    }
}
