//! Makes something to look at, and keeps it until standard input ends.
//!
//! ```text
//! workload processes COUNT SLEEPER   COUNT children that run the program SLEEPER
//! workload connections COUNT         COUNT connections to this machine itself: two sockets each
//! workload mappings COUNT            COUNT mappings of four pages that were written to
//! ```
//!
//! It says `ready`, then the pids that are the workload. What it starts ends with it, and it ends
//! after half an hour whatever happens; COUNT is bounded.

use std::env;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{self, Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memmap2::{Mmap, MmapMut};
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{
    Resource, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit,
};

const LONGEST: Duration = Duration::from_secs(1800);
/// The most that is made of anything.
const MOST: usize = 50_000;
/// Connections in one process: two descriptors each, below any usual limit on these.
const TOGETHER: usize = 9_000;

fn main() -> Result<()> {
    let parent = getppid();
    set_parent_process_death_signal(Some(Signal::TERM))?;
    ensure!(parent == getppid(), "the parent has ended");
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (&what, count) = match &words[..] {
        [what, count, ..] => (what, count.parse::<usize>().context("a number")?),
        _ => bail!("usage: workload WHAT COUNT [SLEEPER]"),
    };
    ensure!(count <= MOST, "at most {MOST}");
    match (what, words.get(2)) {
        ("processes", Some(sleeper)) => hold_children(&sleepers(count, sleeper)?),
        ("connections", None) if count > TOGETHER => hold_children(&holders(count)?),
        ("connections", None) => {
            let connections = connect(count)?;
            hold(&[process::id()]);
            drop(connections);
            Ok(())
        }
        ("mappings", None) => {
            let mappings = map(count)?;
            hold(&[process::id()]);
            drop(mappings);
            Ok(())
        }
        _ => bail!("no workload {words:?}"),
    }
}

/// Says that it is there, and waits for the end.
fn hold(pids: &[u32]) {
    let mut line = "ready".to_owned();
    for pid in pids {
        line.push_str(&format!(" {pid}"));
    }
    line.push('\n');
    let mut out = io::stdout();
    if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
        return;
    }
    let (ended, end) = mpsc::channel::<()>();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    let _ = end.recv_timeout(LONGEST);
}

/// Ends and reaps its processes when it is dropped.
struct Children(Vec<Child>);

impl Drop for Children {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}

fn hold_children(children: &Children) -> Result<()> {
    let pids: Vec<u32> = children.0.iter().map(Child::id).collect();
    hold(&pids);
    Ok(())
}

fn sleepers(count: usize, program: &str) -> Result<Children> {
    let mut children = Children(Vec::with_capacity(count));
    let parent = process::id().to_string();
    for number in 0..count {
        let mut command = Command::new(program);
        command.arg(&parent).arg(format!("--number={number:06}"));
        command.args(["--role=worker", "--config=/etc/example/worker.conf"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        children.0.push(command.spawn().context("starting a sleeper")?);
    }
    Ok(children)
}

/// As many of this program as it takes, each with some of the connections.
fn holders(count: usize) -> Result<Children> {
    let mut children = Children(Vec::new());
    let mut left = count;
    while left > 0 {
        let some = left.min(TOGETHER);
        left -= some;
        let mut command = Command::new(env::current_exe()?);
        command.arg("connections").arg(some.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        children.0.push(command.spawn().context("starting a holder")?);
    }
    for child in &mut children.0 {
        let mut said = [0; 5];
        let out = child.stdout.as_mut().context("its output")?;
        out.read_exact(&mut said).context("a holder failed")?;
    }
    Ok(children)
}

fn connect(count: usize) -> Result<Vec<(TcpStream, TcpStream)>> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    // Each holder has a port of its own, so that there are enough for the other ends.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let near = TcpStream::connect(address)?;
        let (far, _) = listener.accept()?;
        // Closed without a trace: waiting ends would be in the next table.
        for end in [&near, &far] {
            set_socket_linger(end, Some(Duration::ZERO))?;
        }
        connections.push((near, far));
    }
    Ok(connections)
}

enum Mapping {
    #[expect(dead_code, reason = "held")]
    Written(MmapMut),
    #[expect(dead_code, reason = "held")]
    ReadOnly(Mmap),
}

/// Every other one is protected, or the kernel would make one of neighbours.
fn map(count: usize) -> Result<Vec<Mapping>> {
    let page = rustix::param::page_size();
    (0..count)
        .map(|number| {
            let mut mapping = MmapMut::map_anon(4 * page)?;
            for byte in mapping.iter_mut().step_by(page) {
                *byte = 1;
            }
            Ok(if number % 2 == 0 {
                Mapping::Written(mapping)
            } else {
                Mapping::ReadOnly(mapping.make_read_only()?)
            })
        })
        .collect()
}
