//! What the crate `psutil` answers.

use anyhow::Result;
use bench_protocol::{Operation, Row, hundredths, serve};
use psutil::process::{Process, processes};

struct State {
    disk: psutil::disk::DiskIoCountersCollector,
    net: psutil::network::NetIoCountersCollector,
}

fn main() -> Result<()> {
    let mut state = State { disk: Default::default(), net: Default::default() };
    serve(&mut state, &[OPERATIONS])
}

/// What it tells of the twelve attributes: user, user ids, threads and niceness it does not.
fn row(process: &Process) -> Option<Row> {
    let memory = process.memory_info().ok()?;
    let times = process.cpu_times().ok()?;
    Some(
        Row::new(process.pid())
            .with("ppid", process.ppid().ok()?.unwrap_or(0))
            .with("name", process.name().ok()?)
            .with("rss", memory.rss())
            .with("vms", memory.vms())
            .with("user_time", hundredths(times.user()))
            .with("system_time", hundredths(times.system()))
            .with("cmdline", process.cmdline().ok()?.unwrap_or_default()),
    )
}

/// The same without making text of it.
fn ask(process: &Process) -> Option<()> {
    process.memory_info().ok()?;
    process.cpu_times().ok()?;
    process.ppid().ok()?;
    process.name().ok()?;
    process.status().ok()?;
    process.cmdline().ok()?;
    Some(())
}

fn ask_stat(process: &Process) -> Option<()> {
    process.cpu_times().ok()?;
    process.ppid().ok()?;
    process.name().ok()?;
    process.status().ok()?;
    Some(())
}

/// Rows that are not compared: it answers another question.
fn unknown(_: &mut State, _: &str) -> Result<Vec<Row>> {
    Ok(vec![Row::new("?")])
}

const OPERATIONS: &[Operation<State>] = &[
    Operation {
        name: "pids",
        run: |_, _| Ok(psutil::process::pids()?.len()),
        rows: |_, _| Ok(psutil::process::pids()?.into_iter().map(Row::new).collect()),
    },
    Operation {
        name: "table",
        run: |_, _| Ok(processes()?.iter().flatten().filter_map(ask).count()),
        rows: |_, _| Ok(processes()?.iter().flatten().filter_map(row).collect()),
    },
    Operation {
        name: "stat",
        run: |_, _| Ok(processes()?.iter().flatten().filter_map(ask_stat).count()),
        rows: |_, _| Ok(processes()?.iter().flatten().filter_map(row).collect()),
    },
    Operation {
        name: "one_new",
        run: |_, pid| Ok(usize::from(ask(&Process::new(pid.parse()?)?).is_some())),
        rows: |_, pid| Ok(row(&Process::new(pid.parse()?)?).into_iter().collect()),
    },
    Operation {
        name: "cpu_times",
        run: |_, _| Ok(psutil::cpu::cpu_times_percpu()?.len()),
        rows: |_, _| Ok((0..psutil::cpu::cpu_times_percpu()?.len()).map(Row::new).collect()),
    },
    Operation {
        name: "virtual_memory",
        run: |_, _| Ok(usize::from(psutil::memory::virtual_memory()?.total() > 0)),
        rows: |_, _| {
            let memory = psutil::memory::virtual_memory()?;
            Ok(vec![Row::new("memory").with("total", memory.total())])
        },
    },
    Operation {
        name: "disk_io_counters",
        run: |state, _| Ok(state.disk.disk_io_counters_per_partition()?.len()),
        rows: unknown,
    },
    Operation {
        name: "net_io_counters",
        run: |state, _| Ok(state.net.net_io_counters_pernic()?.len()),
        rows: unknown,
    },
    Operation {
        name: "disk_partitions",
        run: |_, _| Ok(psutil::disk::partitions()?.len()),
        rows: unknown,
    },
];
