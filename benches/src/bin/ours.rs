//! What sysvitals answers, through its public API only.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

use anyhow::{Context, Result};
use bench_protocol::{Operation, Row, hundredths, serve};
use rustix::process::{Resource, getrlimit, setrlimit};
#[cfg(feature = "bpf")]
use sysvitals::os::linux::bpf::Backend;
use sysvitals::{
    AddressFamily, Connection, ConnectionKind, ConnectionStatus, Fields, Held, Process,
    ProcessConnection, Sampler, Snapshot, SocketAddress, SocketKind, System,
};

/// The rows that have no `Fields` of their own: pid, parent, start and status come with each.
const STAT: Fields = Fields::NAME
    .union(Fields::CPU_TIMES)
    .union(Fields::CREATE_TIME)
    .union(Fields::NUM_THREADS)
    .union(Fields::NICE);
const ELEVEN: Fields = STAT.union(Fields::USERNAME).union(Fields::UIDS).union(Fields::MEMORY);
const TWELVE: Fields = ELEVEN.union(Fields::CMDLINE);

/// What changes each second in what top shows.
const CHANGING: Fields = Fields::NAME.union(Fields::CPU_TIMES).union(Fields::MEMORY);

struct State {
    system: System,
    /// The same, with what is read each second kept open, as of the floor.
    held: System,
    tick: Sampler,
    cpu_tick: Sampler,
    /// The process that was asked about last.
    process: Option<Process>,
    /// The same, with what is read of it kept open.
    held_process: Option<Held>,
    #[cfg(feature = "bpf")]
    backend: Option<Backend>,
}

impl State {
    fn kept(&mut self, pid: &str) -> Result<&Process> {
        let pid: u32 = pid.parse().context("a pid")?;
        if self.process.as_ref().is_none_or(|process| process.pid() != pid.into()) {
            self.process = Some(self.system.process(pid)?);
        }
        self.process.as_ref().context("a process")
    }

    fn held(&mut self, pid: &str) -> Result<&Held> {
        let pid: u32 = pid.parse().context("a pid")?;
        if self.held_process.as_ref().is_none_or(|process| process.pid() != pid.into()) {
            self.held_process = Some(self.system.process(pid)?.hold()?);
        }
        self.held_process.as_ref().context("a process")
    }

    fn chosen(&self, pid: &str) -> Result<Snapshot> {
        Ok(self.system.snapshot_of([pid.parse::<u32>().context("a pid")?], TWELVE)?)
    }

    fn new_process(&self, pid: &str) -> Result<Process> {
        Ok(self.system.process(pid.parse::<u32>().context("a pid")?)?)
    }
}

fn main() -> Result<()> {
    // As a program that keeps descriptors of all processes does.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let system = System::host();
    let tick = system.sampler(CHANGING)?;
    let cpu_tick = system.sampler(Fields::CPU_CLOCK)?;
    let held = system.hold();
    let mut state = State {
        system,
        held,
        tick,
        cpu_tick,
        process: None,
        held_process: None,
        #[cfg(feature = "bpf")]
        backend: None,
    };
    serve(&mut state, &[PROCESSES, SYSTEM, BPF])
}

/// Tables that the kernel writes; loaded by the first row that asks for one.
#[cfg(feature = "bpf")]
fn backend(state: &mut State) -> Result<&Backend> {
    if state.backend.is_none() {
        state.backend = Some(Backend::load()?);
    }
    state.backend.as_ref().context("a back end")
}

#[cfg(feature = "bpf")]
const BPF: &[Operation<State>] = &[
    Operation {
        name: "bpf_table",
        run: |state, _| Ok(backend(state)?.snapshot(ELEVEN)?.rows().len()),
        rows: |state, _| Ok(backend(state)?.snapshot(ELEVEN)?.rows().iter().map(row).collect()),
    },
    Operation {
        name: "bpf_connections",
        run: |state, _| Ok(backend(state)?.net_connections(ConnectionKind::Inet)?.len()),
        rows: |state, _| {
            let found = backend(state)?.net_connections(ConnectionKind::Inet)?;
            Ok(found.iter().map(owned).collect())
        },
    },
];

#[cfg(not(feature = "bpf"))]
const BPF: &[Operation<State>] = &[];

const PROCESSES: &[Operation<State>] = &[
    Operation {
        name: "pids",
        run: |state, _| Ok(state.system.pids()?.len()),
        rows: |state, _| Ok(state.system.pids()?.into_iter().map(Row::new).collect()),
    },
    Operation {
        name: "table",
        run: |state, _| Ok(state.system.snapshot(TWELVE)?.rows().len()),
        rows: |state, _| table(&state.system, TWELVE),
    },
    Operation {
        name: "stat",
        run: |state, _| Ok(state.system.snapshot(STAT)?.rows().len()),
        rows: |state, _| table(&state.system, STAT),
    },
    Operation {
        name: "tick",
        run: |state, _| Ok(state.tick.tick()?.rows().len()),
        rows: |state, _| {
            let rows = state.tick.tick()?.rows().iter().map(|row| {
                let cpu = row.cpu_times().map(|times| hundredths(times.total()));
                let rss = row.memory_info().map(|memory| memory.rss);
                Row::new(row.pid())
                    .with("cpu", cpu.unwrap_or_default())
                    .with("rss", rss.unwrap_or_default())
            });
            Ok(rows.collect())
        },
    },
    Operation {
        name: "cpu_tick",
        run: |state, _| Ok(state.cpu_tick.tick()?.rows().len()),
        rows: |state, _| {
            Ok(state.cpu_tick.tick()?.rows().iter().map(|row| Row::new(row.pid())).collect())
        },
    },
    Operation {
        name: "one",
        run: |state, pid| {
            state.held(pid)?.oneshot(TWELVE)?;
            Ok(1)
        },
        rows: |state, pid| Ok(vec![row(&state.held(pid)?.oneshot(TWELVE)?)]),
    },
    Operation {
        name: "one_new",
        run: |state, pid| Ok(state.chosen(pid)?.rows().len()),
        rows: |state, pid| Ok(state.chosen(pid)?.rows().iter().map(row).collect()),
    },
    Operation {
        name: "new_process",
        run: |state, pid| {
            state.new_process(pid)?.oneshot(TWELVE)?;
            Ok(1)
        },
        rows: |state, pid| Ok(vec![row(&state.new_process(pid)?.oneshot(TWELVE)?)]),
    },
    Operation {
        name: "children",
        run: |state, pid| Ok(state.kept(pid)?.children_recursive()?.len()),
        rows: |state, pid| {
            let children = state.kept(pid)?.children_recursive()?;
            Ok(children.iter().map(|child| Row::new(child.pid())).collect())
        },
    },
    Operation {
        name: "pid_exists",
        run: |state, pid| Ok(usize::from(state.system.pid_exists(pid.parse::<u32>()?)?)),
        rows: |state, pid| {
            Ok(vec![Row::new("pid").with("exists", state.system.pid_exists(pid.parse::<u32>()?)?)])
        },
    },
    Operation {
        name: "process_connections",
        run: |state, pid| {
            Ok(state.kept(pid)?.net_connections_by_duplicates(ConnectionKind::Inet)?.len())
        },
        rows: |state, pid| {
            Ok(sockets(&state.kept(pid)?.net_connections_by_duplicates(ConnectionKind::Inet)?))
        },
    },
    Operation {
        name: "process_connections_default",
        run: |state, pid| Ok(state.kept(pid)?.net_connections(ConnectionKind::Inet)?.len()),
        rows: |state, pid| Ok(sockets(&state.kept(pid)?.net_connections(ConnectionKind::Inet)?)),
    },
    Operation {
        name: "memory_maps",
        run: |state, pid| Ok(state.kept(pid)?.memory_maps_grouped()?.len()),
        rows: |state, pid| {
            let maps = state.kept(pid)?.memory_maps_grouped()?;
            let rows = maps.iter().map(|map| {
                let known = |value: Option<u64>| value.unwrap_or_default();
                Row::of_bytes(map.path.as_bytes())
                    .with("rss", map.rss)
                    .with("size", known(map.size))
                    .with("pss", known(map.pss))
                    .with("private_dirty", known(map.private_dirty))
                    .with("shared_clean", known(map.shared_clean))
                    .with("anonymous", known(map.anonymous))
            });
            Ok(rows.collect())
        },
    },
];

const SYSTEM: &[Operation<State>] = &[
    Operation {
        name: "connections",
        run: |state, _| Ok(state.system.net_connections(ConnectionKind::Inet)?.len()),
        rows: |state, _| {
            let found = state.system.net_connections(ConnectionKind::Inet)?;
            Ok(found.iter().map(owned).collect())
        },
    },
    Operation {
        name: "cpu_times",
        run: |state, _| Ok(state.held.cpu_times_percpu()?.len()),
        rows: |state, _| {
            let cpus = state.held.cpu_times_percpu()?.len();
            Ok((0..cpus).map(Row::new).collect())
        },
    },
    Operation {
        name: "virtual_memory",
        run: |state, _| Ok(usize::from(state.held.virtual_memory()?.total > 0)),
        rows: |state, _| {
            let memory = state.held.virtual_memory()?;
            Ok(vec![Row::new("memory").with("total", memory.total)])
        },
    },
    Operation {
        name: "disk_io_counters",
        run: |state, _| Ok(state.held.disk_io_counters_perdisk()?.len()),
        rows: |state, _| Ok(names(state.held.disk_io_counters_perdisk()?.keys())),
    },
    Operation {
        name: "net_io_counters",
        run: |state, _| Ok(state.held.net_io_counters_pernic()?.len()),
        rows: |state, _| Ok(names(state.held.net_io_counters_pernic()?.keys())),
    },
    Operation {
        name: "disk_partitions",
        run: |state, _| Ok(state.system.disk_partitions_all()?.len()),
        rows: |state, _| {
            let partitions = state.system.disk_partitions_all()?;
            let rows = partitions.iter().map(|each| {
                Row::of_bytes(each.mountpoint.as_os_str().as_bytes())
                    .with_bytes("device", each.device.as_bytes())
                    .with_bytes("fstype", each.fstype.as_bytes())
                    .with_bytes("opts", each.opts.as_bytes())
            });
            Ok(rows.collect())
        },
    },
];

fn names<'a>(names: impl Iterator<Item = impl AsRef<OsStr> + 'a>) -> Vec<Row> {
    names.map(|name| Row::of_bytes(name.as_ref().as_bytes())).collect()
}

fn table(system: &System, fields: Fields) -> Result<Vec<Row>> {
    Ok(system.snapshot(fields)?.rows().iter().map(row).collect())
}

/// What is there of a process; a cell without a value is left out.
fn row(from: &sysvitals::Row) -> Row {
    let mut row = Row::new(from.pid());
    if let Ok(ppid) = from.ppid() {
        row = row.with("ppid", ppid);
    }
    if let Ok(status) = from.status() {
        row = row.with("status", status);
    }
    if let Ok(name) = from.name() {
        row = row.with_bytes("name", name.as_bytes());
    }
    if let Ok(times) = from.cpu_times() {
        row = row.with("user_time", hundredths(times.user));
        row = row.with("system_time", hundredths(times.system));
    }
    if let Ok(created) = from.create_time() {
        let created = created.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        row = row.with("create_time", hundredths(created));
    }
    if let Ok(count) = from.num_threads() {
        row = row.with("num_threads", count);
    }
    if let Ok(nice) = from.nice() {
        row = row.with("nice", nice);
    }
    if let Ok(name) = from.username() {
        row = row.with_bytes("username", name.as_bytes());
    }
    if let Ok(ids) = from.uids() {
        let saved = ids.saved.unwrap_or_default();
        row = row.with("uids", format_args!("{},{},{saved}", ids.real, ids.effective));
    }
    if let Ok(memory) = from.memory_info() {
        row = row.with("rss", memory.rss).with("vms", memory.vms);
    }
    if let Ok(words) = from.cmdline() {
        row = row.with_bytes("cmdline", words.join(OsStr::new(" ")).as_bytes());
    }
    row
}

fn sockets(found: &[ProcessConnection]) -> Vec<Row> {
    let row = |each: &ProcessConnection| {
        socket(each.family, each.kind, &each.laddr, &each.raddr, each.status, each.fd)
    };
    found.iter().map(row).collect()
}

/// A socket, and who has it.
fn owned(from: &Connection) -> Row {
    socket(from.family, from.kind, &from.laddr, &from.raddr, from.status, from.fd)
        .with("pid", from.pid.map_or("-1".to_owned(), |pid| pid.to_string()))
}

fn socket(
    family: AddressFamily,
    kind: SocketKind,
    near: &SocketAddress,
    far: &SocketAddress,
    status: ConnectionStatus,
    fd: Option<u32>,
) -> Row {
    let end = |address: &SocketAddress| match address {
        SocketAddress::Inet(address) => format!("{} {}", address.ip(), address.port()),
        _ => "-".to_owned(),
    };
    let (family, kind) = (format!("{family:?}"), format!("{kind:?}"));
    // A socket that several descriptors lead to is listed for each.
    let fd = fd.map_or(-1, i64::from);
    Row::new(
        format_args!("{family} {kind} {} {} {fd}", end(near), end(far)).to_string().to_lowercase(),
    )
    .with("status", status)
}
