//! Questions to a process.

use std::ffi::OsString;
use std::path::PathBuf;

use sysvitals::{Error, Fields, Process, Resource, System, ToValue as _, Value};

use super::arguments::{Arguments, Kind, Parameter};
use super::as_dict;
use super::questions::{ATTRS, INTERVAL, KIND, Question, TIMEOUT, flag, questions};
use super::system::{answer, interval};
use crate::sample;

/// Every question, by name.
pub(super) static QUESTIONS: [Question<Process>; 44] = questions! {
    as_dict(ATTRS) "Everything, or what is asked (NAME,NAME,...); null where it is not told" =>
        |process, given| as_dict::of(process, given.text("attrs"));
    children(flag("recursive")) "Its children, or all its descendants" => |process, given| {
        let all = given.flag("recursive");
        let children = if all { process.children_recursive() } else { process.children() };
        several(children?)
    };
    cmdline() "Its command line" => |process, _| answer(process.cmdline());
    cpu_affinity() "The CPUs that it may run on" => |process, _| answer(process.cpu_affinity());
    cpu_clock() "CPU time by the scheduler's clock" => |process, _| answer(process.cpu_clock());
    cpu_num() "The CPU that it ran on last" => |process, _| answer(process.cpu_num());
    cpu_percent(INTERVAL) "Its CPU use during an interval, in percent of one CPU" => cpu_percent;
    cpu_times() "CPU time that it used, in seconds" => |process, _| answer(process.cpu_times());
    create_time() "When it was started" => |process, _| answer(process.create_time());
    cwd() "Its working directory" => |process, _| Ok(path(process.cwd()?));
    eligible_cpus() "The CPUs that it could be allowed to run on" =>
        |process, _| answer(process.eligible_cpus());
    environ() "Its environment" => |process, _| answer(process.environ());
    exe() "Path of its program" => |process, _| Ok(path(process.exe()?));
    gids() "Its group ids" => |process, _| answer(process.gids());
    io_counters() "What it read and wrote" => |process, _| answer(process.io_counters());
    ionice() "Its priority for disks" => |process, _| answer(process.ionice());
    is_running() "Whether it still is there" => |process, _| Ok(Value::Bool(process.is_running()));
    memory_footprint() "Memory that is its own, in bytes" =>
        |process, _| answer(process.memory_footprint());
    memory_full_info() "memory_info and memory_footprint together" =>
        |process, _| answer(process.memory_full_info());
    memory_info() "Memory that it uses, in bytes" => |process, _| answer(process.memory_info());
    memory_info_ex() "More about the memory that it uses, in bytes" =>
        |process, _| answer(process.memory_info_ex());
    memory_maps(Parameter::new("grouped", Kind::Flag).or("True").contrary("ungrouped"))
        "What is mapped into its memory, by path or by region" => |process, given| {
            if given.flag("grouped") {
                answer(process.memory_maps_grouped())
            } else {
                answer(process.memory_maps())
            }
        };
    memory_percent(Parameter::new("memtype", Kind::Text).or("rss"))
        "Share of the machine's memory, in percent" => |process, given| {
            let field = given.text("memtype").unwrap_or_default().to_string_lossy();
            answer(process.memory_percent(&field))
        };
    name() "Its name" => |process, _| answer(process.name());
    net_connections(KIND) "Its sockets" =>
        |process, given| answer(process.net_connections(given.choice("kind")?));
    nice() "Its priority" => |process, _| answer(process.nice());
    num_ctx_switches() "How often it gave up a CPU" =>
        |process, _| answer(process.num_ctx_switches());
    num_fds() "How many descriptors it has open" => |process, _| answer(process.num_fds());
    num_handles() "How many handles it has open" => |process, _| answer(process.num_handles());
    num_threads() "How many threads it has" => |process, _| answer(process.num_threads());
    open_files() "The files that it has open" => |process, _| answer(process.open_files());
    page_faults() "How often memory that it used was not there" =>
        |process, _| answer(process.page_faults());
    parent() "The process that started it, or null" => |process, _| {
        process.parent()?.map_or(Ok(Value::Null), |parent| Ok(shown(&parent)?))
    };
    parents() "Its parent, that one's parent, and so on" =>
        |process, _| several(process.parents()?);
    pid() "Its pid" => |process, _| Ok(process.pid().to_value());
    ppid() "The pid of its parent" => |process, _| answer(process.ppid());
    rlimit(Parameter::new("resource", Kind::Text)) "Soft and hard limit of a resource, -1 for none" =>
        rlimit;
    status() "What it does" => |process, _| answer(process.status());
    terminal() "Its terminal" => |process, _| answer(process.terminal());
    threads() "CPU time of each thread, in seconds" => |process, _| answer(process.threads());
    uids() "Its user ids" => |process, _| answer(process.uids());
    username() "Whose it is" => |process, _| answer(process.username());
    wait(TIMEOUT) "Waits for its end and tells the exit code, or null if that is not known" => wait;
    identity() "What tells it from every other process, past and future" =>
        |process, _| Ok(Value::Text(process.identity().to_string().into()));
};

/// What psutil shows of a process: pid, name, status and since when.
pub(super) fn shown(process: &Process) -> sysvitals::Result<Value> {
    let row = process.oneshot(Fields::NAME | Fields::CREATE_TIME)?;
    Ok(Value::Record(vec![
        ("pid", row.pid().to_value()),
        ("name", row.name().map(OsString::from).ok().to_value()),
        ("status", row.status().ok().to_value()),
        ("started", row.create_time().ok().to_value()),
    ]))
}

/// The same of several; those that have ended since they were found are left out.
fn several(processes: Vec<Process>) -> anyhow::Result<Value> {
    let mut list = Vec::with_capacity(processes.len());
    for process in &processes {
        match shown(process) {
            Ok(value) => list.push(value),
            Err(err) if err.is_gone() => {}
            Err(err) => return Err(err.into()),
        }
    }
    Ok(Value::List(list))
}

/// The same of every process of the machine.
pub(super) fn list(system: &System) -> anyhow::Result<Value> {
    let table = system.snapshot(Fields::NAME | Fields::CREATE_TIME)?;
    let rows = table.rows().iter().map(|row| {
        Value::Record(vec![
            ("pid", row.pid().to_value()),
            ("name", row.name().map(OsString::from).ok().to_value()),
            ("status", row.status().ok().to_value()),
            ("started", row.create_time().ok().to_value()),
        ])
    });
    Ok(Value::List(rows.collect()))
}

/// psutil's path that is not there is the empty one.
pub(super) fn path(path: Option<PathBuf>) -> Value {
    path.unwrap_or_default().to_value()
}

fn cpu_percent(process: &Process, given: &Arguments) -> anyhow::Result<Value> {
    let interval = interval(given)?;
    sample::check(process.system())?;
    answer(process.cpu_percent(interval))
}

/// `RLIMIT_NOFILE`, or just `nofile`.
fn rlimit(process: &Process, given: &Arguments) -> anyhow::Result<Value> {
    let name = given.text("resource").unwrap_or_default().to_string_lossy().to_uppercase();
    let long = if name.starts_with("RLIMIT_") { name } else { format!("RLIMIT_{name}") };
    let resource: Resource = long.parse()?;
    answer(process.rlimit(resource))
}

fn wait(process: &Process, given: &Arguments) -> anyhow::Result<Value> {
    let timeout = given.seconds("timeout");
    match process.wait(timeout)? {
        Some(exit) => Ok(exit.to_value()),
        None => Err(process.timeout(timeout.unwrap_or_default()).into()),
    }
}

/// Asks once more a question whose answer failed, for the reason.
pub(super) fn again(process: &Process, name: &str) -> Result<Value, anyhow::Error> {
    let question = QUESTIONS.iter().find(|question| question.name == name);
    let question = question.ok_or(Error::Unsupported("this question"))?;
    (question.ask)(process, &super::arguments::read(question.name, question.parameters, &[])?)
}
