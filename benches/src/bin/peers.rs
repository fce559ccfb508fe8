//! What others answer: the sysinfo and procfs crates, and programs that are started.
//!
//! An operation's name has the peer in front: `sysinfo.table`. Where a peer can keep something
//! from the last time, `sysinfo.` of an operation that is a loop keeps its `System`; of one that is
//! asked once it makes a new one. Programs are measured by what the kernel says that ended children
//! have used.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use bench_protocol::{Operation, Row, serve};
use procfs::{Current, CurrentSI};
use sysinfo::{Disks, Networks, Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

struct State {
    tick: System,
    cpu_tick: System,
    one: System,
    networks: Networks,
}

fn main() -> Result<()> {
    let new = || System::new().context("sysinfo");
    let networks = Networks::new_with_refreshed_list().context("sysinfo")?;
    let mut state = State { tick: new()?, cpu_tick: new()?, one: new()?, networks };
    serve(&mut state, &[SYSINFO, PROCFS, PROGRAMS])
}

/// What comes nearest to the twelve attributes.
fn twelve() -> ProcessRefreshKind {
    stat().with_cmd(UpdateKind::Always).with_user(UpdateKind::Always)
}

/// It has no way to leave memory away without losing more.
fn stat() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing().with_memory().with_cpu().without_tasks()
}

/// What changes; the rest is kept.
fn changing() -> ProcessRefreshKind {
    stat().with_cmd(UpdateKind::OnlyIfNotSet).with_user(UpdateKind::OnlyIfNotSet)
}

fn refresh(system: &mut System, kind: ProcessRefreshKind) -> usize {
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind)
}

fn refresh_one(system: &mut System, pid: &str) -> Result<usize> {
    let pid = Pid::from_u32(pid.parse()?);
    let some = ProcessesToUpdate::Some(&[pid]);
    Ok(system.refresh_processes_specifics(some, true, twelve()))
}

fn processes(system: &System, whole: bool) -> Vec<Row> {
    let row = |process: &sysinfo::Process| {
        let mut row = Row::new(process.pid())
            .with_bytes("name", process.name().as_encoded_bytes())
            .with("ppid", process.parent().map_or(0, Pid::as_u32))
            .with("rss", process.memory())
            .with("vms", process.virtual_memory());
        if whole {
            let words = process.cmd().join(std::ffi::OsStr::new(" "));
            row = row.with_bytes("cmdline", words.as_encoded_bytes());
        }
        row
    };
    system.processes().values().map(row).collect()
}

const SYSINFO: &[Operation<State>] = &[
    Operation {
        name: "sysinfo.table",
        run: |_, _| Ok(refresh(&mut System::new().context("sysinfo")?, twelve())),
        rows: |_, _| {
            let mut system = System::new().context("sysinfo")?;
            refresh(&mut system, twelve());
            Ok(processes(&system, true))
        },
    },
    Operation {
        name: "sysinfo.stat",
        run: |_, _| Ok(refresh(&mut System::new().context("sysinfo")?, stat())),
        rows: |_, _| {
            let mut system = System::new().context("sysinfo")?;
            refresh(&mut system, stat());
            Ok(processes(&system, false))
        },
    },
    Operation {
        name: "sysinfo.tick",
        run: |state, _| {
            state.tick.refresh_cpu_usage();
            state.tick.refresh_memory();
            Ok(refresh(&mut state.tick, changing()))
        },
        rows: |state, _| {
            refresh(&mut state.tick, changing());
            Ok(processes(&state.tick, true))
        },
    },
    Operation {
        name: "sysinfo.cpu_tick",
        run: |state, _| {
            let kind = ProcessRefreshKind::nothing().with_cpu().without_tasks();
            Ok(refresh(&mut state.cpu_tick, kind))
        },
        rows: |state, _| {
            let kind = ProcessRefreshKind::nothing().with_cpu().without_tasks();
            refresh(&mut state.cpu_tick, kind);
            Ok(state.cpu_tick.processes().keys().map(Row::new).collect())
        },
    },
    Operation {
        name: "sysinfo.one",
        run: |state, pid| refresh_one(&mut state.one, pid),
        rows: |state, pid| {
            refresh_one(&mut state.one, pid)?;
            Ok(processes(&state.one, true))
        },
    },
    Operation {
        name: "sysinfo.one_new",
        run: |_, pid| refresh_one(&mut System::new().context("sysinfo")?, pid),
        rows: |_, pid| {
            let mut system = System::new().context("sysinfo")?;
            refresh_one(&mut system, pid)?;
            Ok(processes(&system, true))
        },
    },
    Operation {
        name: "sysinfo.virtual_memory",
        run: |state, _| {
            state.one.refresh_memory();
            Ok(1)
        },
        rows: |state, _| {
            state.one.refresh_memory();
            Ok(vec![Row::new("memory").with("total", state.one.total_memory())])
        },
    },
    Operation {
        name: "sysinfo.net_io_counters",
        run: |state, _| {
            state.networks.refresh(true);
            Ok(state.networks.len())
        },
        rows: |state, _| {
            state.networks.refresh(true);
            Ok(state.networks.keys().map(|name| Row::of_bytes(name.as_encoded_bytes())).collect())
        },
    },
    Operation {
        name: "sysinfo.disk_partitions",
        run: |_, _| Ok(Disks::new_with_refreshed_list().context("sysinfo")?.len()),
        // Only those with a device: another question, timed to be seen.
        rows: |_, _| Ok(vec![Row::new("?")]),
    },
];

fn all() -> Result<impl Iterator<Item = procfs::process::Process>> {
    Ok(procfs::process::all_processes()?.filter_map(Result::ok))
}

fn process(pid: &str) -> Result<procfs::process::Process> {
    Ok(procfs::process::Process::new(pid.parse()?)?)
}

/// The four files that hold the twelve attributes.
type Files = (procfs::process::Stat, procfs::process::StatM, procfs::process::Status, Vec<String>);

fn files(process: &procfs::process::Process) -> Option<Files> {
    let (stat, statm) = (process.stat().ok()?, process.statm().ok()?);
    Some((stat, statm, process.status().ok()?, process.cmdline().ok()?))
}

fn row((stat, statm, status, words): &Files) -> Row {
    let page = procfs::page_size();
    Row::new(stat.pid)
        .with("ppid", stat.ppid)
        .with("name", &stat.comm)
        .with("num_threads", stat.num_threads)
        .with("nice", stat.nice)
        .with("rss", statm.resident * page)
        .with("vms", statm.size * page)
        .with("uids", format_args!("{},{},{}", status.ruid, status.euid, status.suid))
        .with("cmdline", words.join(" "))
}

const PROCFS: &[Operation<State>] = &[
    Operation {
        name: "procfs.table",
        run: |_, _| Ok(all()?.filter_map(|process| files(&process)).collect::<Vec<_>>().len()),
        rows: |_, _| {
            Ok(all()?.filter_map(|process| files(&process)).map(|each| row(&each)).collect())
        },
    },
    Operation {
        name: "procfs.stat",
        run: |_, _| Ok(all()?.filter_map(|process| process.stat().ok()).collect::<Vec<_>>().len()),
        rows: |_, _| {
            let stats = all()?.filter_map(|process| process.stat().ok());
            Ok(stats.map(|stat| Row::new(stat.pid).with("ppid", stat.ppid)).collect())
        },
    },
    Operation {
        name: "procfs.one_new",
        run: |_, pid| {
            files(&process(pid)?).context("its files")?;
            Ok(1)
        },
        rows: |_, pid| Ok(vec![row(&files(&process(pid)?).context("its files")?)]),
    },
    Operation {
        name: "procfs.connections",
        run: |_, _| {
            let mut sockets = procfs::net::tcp()?.len() + procfs::net::tcp6()?.len();
            sockets += procfs::net::udp()?.len() + procfs::net::udp6()?.len();
            let mut owners = std::collections::HashMap::new();
            for process in all()? {
                // Those of others are not told.
                let Ok(descriptors) = process.fd() else { continue };
                for each in descriptors.flatten() {
                    if let procfs::process::FDTarget::Socket(inode) = each.target {
                        owners.insert(inode, (process.pid, each.fd));
                    }
                }
            }
            Ok(sockets.max(owners.len()))
        },
        // Two tables that the caller has to join.
        rows: |_, _| Ok(vec![Row::new("?")]),
    },
    Operation {
        name: "procfs.memory_maps",
        run: |_, pid| Ok(process(pid)?.smaps()?.into_iter().count()),
        // One a mapping, not one a path.
        rows: |_, _| Ok(vec![Row::new("?")]),
    },
    Operation {
        name: "procfs.cpu_times",
        run: |_, _| Ok(procfs::KernelStats::current()?.cpu_time.len()),
        rows: |_, _| {
            Ok((0..procfs::KernelStats::current()?.cpu_time.len()).map(Row::new).collect())
        },
    },
    Operation {
        name: "procfs.virtual_memory",
        run: |_, _| Ok(usize::from(procfs::Meminfo::current()?.mem_total > 0)),
        rows: |_, _| {
            Ok(vec![Row::new("memory").with("total", procfs::Meminfo::current()?.mem_total)])
        },
    },
    Operation {
        name: "procfs.disk_io_counters",
        run: |_, _| Ok(procfs::diskstats()?.len()),
        // psutil leaves devices away that nobody ever used.
        rows: |_, _| Ok(vec![Row::new("?")]),
    },
    Operation {
        name: "procfs.net_io_counters",
        run: |_, _| Ok(procfs::net::dev_status()?.len()),
        rows: |_, _| Ok(procfs::net::dev_status()?.keys().map(Row::new).collect()),
    },
    Operation {
        name: "procfs.disk_partitions",
        run: |_, _| Ok(procfs::process::Process::myself()?.mountinfo()?.into_iter().count()),
        rows: |_, _| {
            let mounts = procfs::process::Process::myself()?.mountinfo()?;
            let row = |mount: procfs::process::MountInfo| {
                Row::of_bytes(mount.mount_point.as_os_str().as_encoded_bytes())
            };
            Ok(mounts.into_iter().map(row).collect())
        },
    },
];

/// A program that is started; its time is in that of ended children.
struct Started<'a> {
    path: &'a str,
    arguments: &'a [&'a str],
    /// What it is told.
    input: &'a str,
}

impl<'a> Started<'a> {
    fn new(path: &'a str, arguments: &'a [&'a str]) -> Self {
        Self { path, arguments, input: "" }
    }

    /// The floor, which lives for one question as well.
    fn floor(path: &'a str, input: &'a str) -> Self {
        Self { path, arguments: &[], input }
    }

    /// Runs it to its end; tells what it prints, if `output` is a pipe.
    fn run(&self, output: Stdio) -> Result<String> {
        let mut command = Command::new(self.path);
        command.args(self.arguments).stdout(output).stderr(Stdio::null());
        command.stdin(if self.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        let mut child = command.spawn().with_context(|| self.path.to_owned())?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.input.as_bytes())?;
        }
        let ended = child.wait_with_output()?;
        ensure!(ended.status.success(), "{} failed", self.path);
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    fn time(&self) -> Result<usize> {
        self.run(Stdio::null())?;
        Ok(1)
    }

    /// The processes that it prints, by the number in this column.
    fn processes(&self, column: usize) -> Result<Vec<Row>> {
        let text = self.run(Stdio::piped())?;
        let pids = text.lines().filter_map(|line| line.split_whitespace().nth(column));
        Ok(pids.filter(|word| word.parse::<u32>().is_ok()).map(Row::new).collect())
    }
}

const PROCS: &[&str] = &["--pager=disable", "--interval=0"];

const PROGRAMS: &[Operation<State>] = &[
    Operation {
        name: "program.vitals_ps",
        run: |_, path| Started::new(path, &["ps"]).time(),
        rows: |_, path| Started::new(path, &["ps"]).processes(1),
    },
    Operation {
        name: "program.floor",
        run: |_, path| Started::floor(path, "time table 1\n").time(),
        rows: |_, path| Started::floor(path, "rows table\n").processes(0),
    },
    Operation {
        name: "program.ps_aux",
        run: |_, _| Started::new("ps", &["aux"]).time(),
        rows: |_, _| Started::new("ps", &["aux"]).processes(1),
    },
    Operation {
        name: "program.procs",
        run: |_, path| Started::new(path, PROCS).time(),
        rows: |_, path| Started::new(path, PROCS).processes(0),
    },
    Operation {
        name: "program.ss_tanp",
        run: |_, _| Started::new("ss", &["-tanp"]).time(),
        rows: |_, _| Ok(vec![Row::new("?")]),
    },
];
