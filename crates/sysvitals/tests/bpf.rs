//! Tables that the kernel writes, beside those that are read from `/proc`.
//!
//! What may not be asked here is said: a line that starts with `SKIPPED`.
#![cfg(target_os = "linux")]

mod stand_in;

use std::collections::HashSet;
use std::env;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use stand_in::{Role, StandIn, eventually};
use sysvitals::os::linux::bpf::{Backend, Unavailable};
use sysvitals::{
    Connection, ConnectionKind, Error, Fields, Missing, PageFaults, Pid, Process, ProcessStatus,
    Row, Snapshot, System,
};

#[test]
fn stand_in() {
    stand_in::play();
}

/// The back end, if this process may have one.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn backend() -> Option<Backend> {
    match Backend::load() {
        Ok(backend) => Some(backend),
        Err(
            why @ (Unavailable::Denied { .. }
            | Unavailable::NoSystemCall { .. }
            | Unavailable::NoTypes { .. }
            | Unavailable::Machine
            | Unavailable::LockedDown { .. }
            | Unavailable::TooOld { .. }),
        ) => {
            println!("SKIPPED: {why}");
            None
        }
        Err(Unavailable::Rejected { log, source }) => panic!("{source}: {log}"),
        Err(why) => panic!("{why}: {why:?}"),
    }
}

/// Whether two tables tell the same of a process, but for names that one of them cuts short.
fn differences(told: &Row, read: &Row) -> Vec<String> {
    let mut found = Vec::new();
    if told.identity() != read.identity() {
        found.push(format!("{} is not {}", told.identity(), read.identity()));
    }
    for name in ["ppid", "status"].into_iter().chain(Backend::FIELDS.names()) {
        let (told, read) = (told.get(name), read.get(name));
        if name != "name" && told != read {
            found.push(format!("{name}: {told:?} is not {read:?}"));
        }
    }
    let whole = read.name().expect("a name").as_encoded_bytes();
    let name = told.name().expect("a name").as_encoded_bytes();
    // Threads of the kernel add to theirs what they are at.
    let is_cut = name.len() == 15 || whole.starts_with(b"kworker/");
    if name != whole && !(is_cut && whole.starts_with(name)) {
        found.push(format!("{} is not {}", name.escape_ascii(), whole.escape_ascii()));
    }
    found
}

/// Tables by turns until nothing changed of these processes while the kernel told of them.
#[track_caller]
fn same(backend: &Backend, pids: &[Pid]) {
    eventually("nothing changes", || {
        let before = Snapshot::take(Backend::FIELDS).expect("a table");
        let told = backend.snapshot(Backend::FIELDS).expect("a table");
        let after = Snapshot::take(Backend::FIELDS).expect("a table");
        pids.iter().all(|&pid| {
            let still = before.get(pid).filter(|row| after.get(pid) == Some(row));
            let Some(read) = still else { return false };
            let told = told.get(pid).expect("one that was there all the time");
            assert_eq!(differences(told, read), [""; 0], "{pid}");
            true
        })
    });
}

#[test]
fn rows_are_those_of_the_table() {
    let Some(backend) = backend() else { return };
    let idle = StandIn::new(Role::Wait);
    idle.process().set_nice(7).expect("our child");
    let stopped = StandIn::new(Role::Wait);
    stopped.process().suspend().expect("our child");
    let stops = || stopped.process().status().expect("our child") == ProcessStatus::Stopped;
    eventually("it stops", stops);
    let mut zombie = StandIn::new(Role::Wait);
    zombie.end(0);
    let ended = || zombie.process().status().expect("nobody waits") == ProcessStatus::Zombie;
    eventually("it ends", ended);
    let parent = StandIn::new(Role::Parent);
    let pids = [&idle, &stopped, &zombie, &parent].map(|each| each.child.pid());
    same(&backend, &pids);

    let table = backend.snapshot(Backend::FIELDS).expect("a table");
    let [idle, stopped, zombie, _] = pids.map(|pid| table.get(pid).expect("our child"));
    assert_eq!(idle.nice(), Ok(7));
    assert_eq!(stopped.status(), Ok(ProcessStatus::Stopped));
    assert_eq!((zombie.status(), zombie.ppid()), (Ok(ProcessStatus::Zombie), Ok(Pid::current())));
    assert_eq!(zombie.memory_info().expect("none of it").rss, 0);
    let memory = idle.memory_info().expect("it has some");
    assert!(memory.rss > 0 && memory.rss < memory.vms);
    // By identity they are the same processes.
    let process = table.process(idle).expect("our child");
    assert_eq!(process.pid(), idle.pid());
}

#[test]
fn whoever_did_nothing_meanwhile_is_told_as_it_is_read() {
    let Some(backend) = backend() else { return };
    let before = Snapshot::take(Backend::FIELDS).expect("a table");
    let told = backend.snapshot(Backend::FIELDS).expect("a table");
    let after = Snapshot::take(Backend::FIELDS).expect("a table");
    let mut compared = 0;
    for read in before.rows().iter().filter(|row| after.get(row.pid()) == Some(row)) {
        // Some hosts keep the first process from whoever looks.
        let Some(told) = told.get(read.pid()) else {
            assert_eq!(read.pid(), Pid::new(1), "{read:?}");
            continue;
        };
        assert_eq!(differences(told, read), [""; 0], "{}", read.pid());
        compared += 1;
    }
    assert!(compared > 0);
    assert!(told.rows().is_sorted_by(|one, next| one.pid() < next.pid()));
}

#[test]
fn times_are_those_of_all_threads() {
    let Some(backend) = backend() else { return };
    let child = StandIn::new(Role::Work);
    let pid = child.child.pid();
    eventually("it has worked", || {
        child.process().cpu_times().expect("our child").total().as_millis() > 200
    });
    let fields = Fields::CPU_TIMES | Fields::NUM_THREADS | Fields::PAGE_FAULTS;
    let row = |table: Snapshot| {
        let row = table.get(pid).expect("our child").clone();
        (row.cpu_times().expect("times").total(), row.num_threads(), row.page_faults())
    };
    let before = row(Snapshot::take(fields).expect("a table"));
    let told = row(backend.snapshot(fields).expect("a table"));
    let after = row(Snapshot::take(fields).expect("a table"));
    assert!(before.0 <= told.0 && told.0 <= after.0, "{before:?} {told:?} {after:?}");
    assert_eq!(told.1, before.1);
    // Where memory is short, it may have to fetch some again.
    let faults = |row: &(Duration, _, Result<PageFaults, Missing>)| {
        let faults = row.2.expect("a count");
        (faults.minor, faults.major)
    };
    let [before, told, after] = [&before, &told, &after].map(faults);
    assert!(before.0 <= told.0 && told.0 <= after.0, "{before:?} {told:?} {after:?}");
    assert!(before.1 <= told.1 && told.1 <= after.1, "{before:?} {told:?} {after:?}");

    child.process().suspend().expect("our child");
    eventually("it stops", || child.process().status().ok() == Some(ProcessStatus::Stopped));
    same(&backend, &[pid]);
}

#[test]
fn hundreds_of_threads_are_counted() {
    let Some(backend) = backend() else { return };
    let all = Arc::new(Barrier::new(301));
    for _ in 0..300 {
        let all = Arc::clone(&all);
        thread::spawn(move || all.wait());
    }
    let table = backend.snapshot(Fields::NUM_THREADS | Fields::CPU_TIMES).expect("a table");
    let row = table.get(Pid::current()).expect("this process");
    assert!(row.num_threads().expect("a count") > 300);
    let read = Process::current().and_then(|me| me.cpu_times()).expect("times").total();
    // Others of these tests run meanwhile, and may end.
    match row.cpu_times() {
        Ok(times) => assert!(times.total() <= read),
        Err(missing) => assert_eq!(missing, Missing::Failed),
    }
    all.wait();
}

#[test]
fn what_it_cannot_tell_is_refused() {
    let Some(backend) = backend() else { return };
    for fields in [Fields::EXE, Fields::CMDLINE | Fields::NAME, Fields::all()] {
        let refused = backend.snapshot(fields).expect_err("a question too many");
        assert!(matches!(refused, Error::InvalidArgument(_)), "{refused:?}");
    }
    let refused = backend.snapshot(Fields::EXE | Fields::NAME).expect_err("a question too many");
    assert_eq!(refused.to_string(), "BPF tables do not tell exe");

    let mut table = backend.snapshot(Fields::NICE).expect("a table");
    let me = Pid::current();
    assert_eq!(table.get(me).map(|row| row.name().err()), Some(Some(Missing::NotAsked)));
    let child = StandIn::new(Role::Wait);
    assert!(table.get(child.child.pid()).is_none());
    backend.retake(&mut table).expect("a table");
    let row = table.get(child.child.pid()).expect("our child");
    assert_eq!(row.nice(), child.process().nice().map_err(|_| Missing::Failed));

    let mut chosen = Snapshot::of([me], Fields::NICE).expect("a table");
    backend.retake(&mut chosen).expect("a table");
    assert_eq!(chosen.rows().iter().map(|row| row.pid()).collect::<Vec<_>>(), [me]);
}

/// Checks that whatever is listed before and after is listed in between.
#[track_caller]
fn same_sockets(backend: &Backend, kind: ConnectionKind) {
    let list = || System::host().net_connections(kind).expect("a list");
    let before: HashSet<Connection> = list().into_iter().collect();
    let told: HashSet<Connection> =
        backend.net_connections(kind).expect("a list").into_iter().collect();
    let after: HashSet<Connection> = list().into_iter().collect();
    // Some hosts keep the first process from whoever looks.
    let known = |row: &&&Connection| row.pid != Some(Pid::new(1));
    let lost: Vec<_> = before.intersection(&after).filter(|row| !told.contains(*row)).collect();
    let lost: Vec<_> = lost.iter().filter(known).collect();
    assert!(lost.is_empty(), "{kind}: {lost:?}");
}

#[test]
fn sockets_are_those_of_the_list_and_have_their_owners() {
    let Some(backend) = backend() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let client = TcpStream::connect(address).expect("a listener");
    let (server, _) = listener.accept().expect("a client");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let pair = UnixStream::pair().expect("two sockets");
    let second = pair.0.try_clone().expect("a descriptor");
    // Not bound, so in no table.
    let unbound = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let bound = std::os::unix::net::UnixListener::bind(&path).expect("a path");
    // A path to a socket is none, whatever its inode's number.
    let opened = rustix::fs::open(&path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    for kind in ["all", "inet4", "tcp6", "udp", "unix"] {
        let kind = kind.parse().expect("a kind");
        same_sockets(&backend, kind);
    }
    let all = backend.net_connections(ConnectionKind::All).expect("a list");
    let ours = all.iter().filter(|row| row.pid == Some(Pid::current())).count();
    // A socket of two descriptors is told of by the lower one, unless it is a unix socket.
    let [tcp, udp_sockets, unix] = [3, 1, 4];
    assert!(ours >= tcp + udp_sockets + unix, "{ours} of {all:?}");
    drop((server, client, udp, second, unbound, bound, opened));
}

/// A capability that the caller lacks is named, and no other.
#[test]
fn who_may_not_is_told_why() {
    if let Ok(want) = env::var("SYSVITALS_LACKS") {
        let refused = Backend::load().expect_err("capabilities are missing");
        let Unavailable::Denied { missing, source } = &refused else { panic!("{refused:?}") };
        assert_eq!(missing.join(","), want);
        assert_eq!(source.raw_os_error(), Some(libc_eperm()));
        let needed = format!("BPF tables cannot be had: {} is needed", missing.join(" and "));
        assert_eq!(refused.to_string(), needed);
        return;
    }
    if backend().is_none() {
        return;
    }
    const SETPRIV: [&str; 3] = ["setpriv", "--inh-caps=-all", "--bounding-set"];
    for (dropped, lacks) in [
        ("-sys_admin,-bpf,-perfmon", "CAP_BPF,CAP_PERFMON"),
        ("-sys_admin,-bpf", "CAP_BPF"),
        ("-sys_admin,-perfmon", "CAP_PERFMON"),
    ] {
        let lacking = [&SETPRIV[..], &[dropped]].concat();
        again("who_may_not_is_told_why", &lacking, ("SYSVITALS_LACKS", lacks));
    }
}

fn libc_eperm() -> i32 {
    rustix::io::Errno::PERM.raw_os_error()
}

/// Two capabilities are enough, also to see whose the sockets of others are.
#[test]
fn two_capabilities_are_enough() {
    const SOCKET: &str = "SYSVITALS_SOCKET";
    if let Ok(other) = env::var(SOCKET) {
        let backend = Backend::load().expect("the capabilities");
        let tables = backend.snapshot(Backend::FIELDS).expect("a table");
        assert!(tables.rows().len() > 1);
        let rows = backend.net_connections(ConnectionKind::Tcp4).expect("a list");
        let other = Pid::new(other.parse().expect("a pid"));
        assert!(rows.iter().any(|row| row.pid == Some(other)), "{rows:?}");
        return;
    }
    if backend().is_none() {
        return;
    }
    let _listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let only = ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+bpf,+perfmon,+dac_override"];
    again("two_capabilities_are_enough", &only, (SOCKET, &Pid::current().to_string()));
}

/// In a pid namespace there is what that has, by its numbers, and nothing else.
#[test]
fn a_pid_namespace_has_its_own_processes() {
    const INSIDE: &str = "SYSVITALS_INSIDE";
    if env::var(INSIDE).is_ok() {
        let backend = Backend::load().expect("root's back end");
        let child = StandIn::new(Role::Parent);
        let told = backend.snapshot(Backend::FIELDS).expect("a table");
        let read = Snapshot::take(Backend::FIELDS).expect("a table");
        let pids = |table: &Snapshot| table.rows().iter().map(Row::pid).collect::<Vec<_>>();
        assert_eq!(pids(&told), pids(&read));
        let row = told.get(child.child.pid()).expect("our child");
        assert_eq!(row.ppid(), Ok(Pid::current()));
        // The parent of the first stands outside.
        assert_eq!(told.get(1).expect("the first").ppid(), Ok(Pid::new(0)));
        same(&backend, &[child.child.pid(), Pid::new(1)]);
        let _listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let rows = backend.net_connections(ConnectionKind::Tcp4).expect("a list");
        assert!(rows.iter().any(|row| row.pid == Some(Pid::current())));
        return;
    }
    if backend().is_none() {
        return;
    }
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    if may(&unshare) {
        again("a_pid_namespace_has_its_own_processes", &unshare, (INSIDE, "yes"));
    }
}

/// In a time namespace, whose clock is ahead, processes have started when that says.
#[test]
fn a_time_namespace_has_its_own_starts() {
    const INSIDE: &str = "SYSVITALS_INSIDE";
    if env::var(INSIDE).is_ok() {
        let backend = Backend::load().expect("root's back end");
        let child = StandIn::new(Role::Wait);
        same(&backend, &[child.child.pid()]);
        return;
    }
    if backend().is_none() {
        return;
    }
    let unshare = ["unshare", "--time", "--fork", "--boottime", "123456", "--kill-child"];
    if may(&unshare) {
        again("a_time_namespace_has_its_own_starts", &unshare, (INSIDE, "yes"));
    }
}

/// Whether this machine has such a namespace for us.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn may(wrapper: &[&str]) -> bool {
    let run = command(wrapper, "true").output();
    let may = run.as_ref().is_ok_and(|output| output.status.success());
    if !may {
        println!("SKIPPED: {wrapper:?} cannot be had: {run:?}");
    }
    may
}

fn command(wrapper: &[&str], program: impl AsRef<std::ffi::OsStr>) -> Command {
    let (first, rest) = wrapper.split_first().expect("a program");
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

/// Runs one test of these once more, by way of another program.
#[track_caller]
fn again(test: &str, wrapper: &[&str], (name, value): (&str, &str)) {
    let mut command = command(wrapper, env::current_exe().expect("our path"));
    let output = command.args(["--exact", test, "--nocapture"]).env(name, value).output();
    let output = output.expect("util-linux");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{wrapper:?}: {text}");
}
