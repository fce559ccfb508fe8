//! The questions, as the program that is traced asks them, and what they are asked about.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::parent_id;
use std::time::Duration;

use nix::sys::signal::{Signal, raise};
use nix::sys::{prctl, ptrace};
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, getrlimit, setrlimit};
use sysvitals::{ConnectionKind, Fields, Platform, Process, System};

/// Exit status of a program that may not be traced here.
pub(super) const NOT_TRACED: i32 = 77;

/// What `stat` holds.
const STAT: Fields = Fields::NAME
    .union(Fields::CPU_TIMES)
    .union(Fields::CREATE_TIME)
    .union(Fields::NUM_THREADS)
    .union(Fields::NICE);

/// With pid, parent, start and status, what most tables of processes show.
const TWELVE: Fields =
    STAT.union(Fields::USERNAME).union(Fields::UIDS).union(Fields::MEMORY).union(Fields::CMDLINE);

/// What is told of descriptors, by one look at them; and what is told by pid.
const DESCRIPTORS: Fields = Fields::OPEN_FILES
    .union(Fields::NET_CONNECTIONS)
    .union(Fields::NUM_FDS)
    .union(Fields::CPU_AFFINITY)
    .union(Fields::IONICE);

/// The question for open files of a process that has so many more.
pub(super) const WITH_FILES: &str = "open_files, with files";
pub(super) const FILES: usize = 100;

/// Asks once; says how many items came.
type Ask = Box<dyn FnMut() -> usize>;

/// The question of this name; what it keeps is made before it is counted.
fn question(name: &str, pid: u32) -> Ask {
    let system = System::host();
    let kept = Process::new(pid).expect("a process that lives");
    let parent = Process::new(parent_id()).expect("who started this");
    match name {
        "table" => Box::new(move || system.snapshot(TWELVE).expect("a table").rows().len()),
        "descriptors" => {
            Box::new(move || system.snapshot(DESCRIPTORS).expect("a table").rows().len())
        }
        "everything" => {
            // Of mappings there are as many pieces as the C library has.
            let fields = Fields::on(Platform::CURRENT);
            let fields = fields.difference(Fields::CPU_CLOCK | Fields::MEMORY_MAPS);
            Box::new(move || system.snapshot(fields).expect("a table").rows().len())
        }
        "stat" => Box::new(move || system.snapshot(STAT).expect("a table").rows().len()),
        "tick" => ticks(&system, Fields::NAME | Fields::CPU_TIMES | Fields::MEMORY),
        "cpu_tick" => ticks(&system, Fields::CPU_CLOCK),
        // All processes are looked at, and pids take no calls of their own.
        "children" => Box::new(move || {
            black_box(parent.children().expect("our siblings"));
            system.pids().expect("pids").len()
        }),
        "child_identities" => Box::new(move || {
            black_box(parent.child_identities(false).expect("our siblings"));
            system.pids().expect("pids").len()
        }),
        "pids" => Box::new(move || system.pids().expect("pids").len()),
        "pid_exists" => Box::new(move || usize::from(system.pid_exists(pid).expect("an answer"))),
        "cpu_times" => Box::new(move || system.cpu_times_percpu().expect("times").len()),
        "virtual_memory" => Box::new(move || {
            black_box(system.virtual_memory().expect("memory"));
            1
        }),
        "cpu_times, held" => {
            let held = system.hold();
            Box::new(move || held.cpu_times_percpu().expect("times").len())
        }
        "net_io_counters, held" => {
            let held = system.hold();
            Box::new(move || held.net_io_counters_pernic().expect("counters").len())
        }
        "one" => Box::new(move || {
            black_box(kept.oneshot(TWELVE).expect("a row"));
            1
        }),
        "one, held" => {
            let held = kept.hold().expect("it lives");
            Box::new(move || {
                black_box(held.oneshot(TWELVE).expect("a row"));
                1
            })
        }
        "one_new" => Box::new(move || {
            black_box(system.process(pid).and_then(|new| new.oneshot(TWELVE)).expect("a row"));
            1
        }),
        "one_of" => {
            Box::new(move || system.snapshot_of([pid], TWELVE).expect("a table").rows().len())
        }
        "one_after" => {
            let before = kept.oneshot(STAT).expect("a row");
            Box::new(move || {
                black_box(kept.oneshot_after(&before, Fields::MEMORY).expect("a row"));
                1
            })
        }
        "ppid" => Box::new(move || {
            black_box(kept.ppid().expect("its parent"));
            1
        }),
        "cwd" => Box::new(move || {
            black_box(kept.cwd().expect("a directory"));
            1
        }),
        "num_ctx_switches" => Box::new(move || {
            black_box(kept.num_ctx_switches().expect("counters"));
            1
        }),
        "memory_full_info" => Box::new(move || {
            black_box(kept.memory_full_info().expect("memory"));
            1
        }),
        "num_fds" => Box::new(move || kept.num_fds().map(|_| 1).expect("a number")),
        "threads" => Box::new(move || kept.threads().expect("threads").len()),
        "open_files" => own_files(0),
        WITH_FILES => own_files(FILES),
        "connections" => Box::new(move || {
            system.net_connections(ConnectionKind::Inet).expect("connections").len()
        }),
        "own_connections" => {
            Box::new(move || kept.net_connections(ConnectionKind::Inet).expect("connections").len())
        }
        "duplicates" => Box::new(move || {
            kept.net_connections_by_duplicates(ConnectionKind::Inet).expect("connections").len()
        }),
        _ => panic!("no question {name}"),
    }
}

/// The open files of this program, with so many more than it has.
fn own_files(more: usize) -> Ask {
    let program = std::env::current_exe().expect("a path");
    let files: Vec<_> = (0..more).map(|_| File::open(&program).expect("a file")).collect();
    let us = Process::current().expect("this process");
    Box::new(move || {
        black_box(&files);
        us.open_files().expect("files").len()
    })
}

fn ticks(system: &System, fields: Fields) -> Ask {
    // Descriptors of all processes are kept, however many there are.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("a limit");
    let mut sampler = system.sampler(fields).expect("a sampler");
    Box::new(move || sampler.tick().expect("a table").rows().len())
}

/// Asks under the eyes of who started this. Between the first two stops is what a stop itself
/// costs, between the last two also the answer.
pub(super) fn be_counted(name: &str, pid: u32) -> i32 {
    let mut ask = question(name, pid);
    // What is done once only: memory for buffers, probes of the kernel.
    ask();
    ask();
    if ptrace::traceme().is_err() {
        return NOT_TRACED;
    }
    let stop = || raise(Signal::SIGSTOP).expect("to stop");
    stop();
    stop();
    let items = ask();
    stop();
    print(&items.to_string());
    0
}

/// Is looked at, with so many connections, until standard input ends.
///
/// The name is short: of a long one the rest is in another file.
pub(super) fn be_looked_at(connections: usize) -> i32 {
    prctl::set_name(c"sitter").expect("a name");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    let address = listener.local_addr().expect("its address");
    let held: Vec<_> = (0..connections)
        .map(|_| {
            let near = TcpStream::connect(address).expect("a connection");
            let (far, _) = listener.accept().expect("the same");
            // Closed without a trace: ends that wait would be in later tables.
            for end in [&near, &far] {
                set_socket_linger(end, Some(Duration::ZERO)).expect("a socket");
            }
            (near, far)
        })
        .collect();
    if connections == 0 {
        drop(listener);
    }
    print("ready");
    let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
    drop(held);
    0
}

fn print(text: &str) {
    let mut out = io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).expect("an open pipe");
}
