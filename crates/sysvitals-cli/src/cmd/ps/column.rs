//! What can be shown of a process.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Zoned;
use sysvitals::{Cell, Change, Fields, Missing, Roots, Row, ToValue as _, Value};

use crate::exit::usage;
use crate::output::table::Align;
use crate::output::{grid, human, text};

/// What is known when a row is shown.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) row: &'a Row,
    /// The row next to an earlier one, if there is an earlier one.
    pub(super) change: Option<Change<'a>>,
    pub(super) machine: &'a Machine,
}

/// What is known of the machine, and is the same for all rows.
pub(super) struct Machine {
    memory: Option<u64>,
    now: Option<SystemTime>,
    today: OnceCell<Option<Zoned>>,
    /// Where terminals are.
    dev: PathBuf,
}

impl Machine {
    /// `memory` is that of the machine, and `now` the time there.
    pub(super) fn new(memory: Option<u64>, now: Option<SystemTime>) -> Self {
        Self { memory, now, today: OnceCell::new(), dev: Roots::default().dev }
    }

    /// The date and time by which moments are shown; the time zone is looked for once, if at all.
    fn today(&self) -> Option<&Zoned> {
        let now = || human::local(self.now.unwrap_or_else(SystemTime::now));
        self.today.get_or_init(now).as_ref()
    }
}

/// A column, by name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    source: Source,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    /// Made here.
    Made(&'static Made),
    /// One of psutil's questions, as it is answered.
    Asked(Fields),
}

#[derive(Debug)]
struct Made {
    name: &'static str,
    head: &'static str,
    look: Look,
    fields: Fields,
    help: &'static str,
    value: fn(&Facts<'_>) -> Cell<Value>,
}

/// How a value is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Text,
    /// The words of [`command`].
    Command,
    /// The path of a device.
    Terminal,
    Number,
    Size,
    Percent,
    CpuTime,
    Moment,
}

impl Look {
    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Command | Self::Terminal)
    }
}

macro_rules! columns {
    ($($name:ident $head:literal $look:ident $fields:expr, $help:literal => $value:expr;)*) => {
        &[$(Made {
            name: stringify!($name), head: $head, look: Look::$look, fields: $fields, help: $help,
            value: $value,
        }),*]
    };
}

static MADE: &[Made] = columns! {
    pid "PID" Number Fields::empty(), "its number" => |facts| Ok(facts.row.pid().to_value());
    ppid "PPID" Number Fields::empty(), "the number of its parent" =>
        |facts| facts.row.ppid().map(|ppid| ppid.to_value());
    user "USER" Text Fields::USERNAME, "whose it is" =>
        |facts| facts.row.username().map(|name| name.to_value());
    uid "UID" Number Fields::UIDS, "the same as a number" =>
        |facts| facts.row.uids().map(|uids| uids.real.to_value());
    gid "GID" Number Fields::GIDS, "its group" =>
        |facts| facts.row.gids().map(|gids| gids.real.to_value());
    cpu "%CPU" Percent Fields::CPU_TIMES.union(Fields::CREATE_TIME),
        "CPU use in percent of one CPU, since its start or over --interval" => cpu;
    mem "%MEM" Percent Fields::MEMORY, "rss in percent of the machine's memory" => |facts| {
        let total = facts.machine.memory.filter(|&total| total > 0).ok_or(Missing::Unsupported)?;
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let share = facts.row.memory_info()?.rss as f64 / total as f64;
        Ok(percent(share))
    };
    rss "RSS" Size Fields::MEMORY, "memory in use that is not swapped out, in bytes" =>
        |facts| facts.row.memory_info().map(|memory| memory.rss.to_value());
    vms "VMS" Size Fields::MEMORY, "memory that it could use, in bytes" =>
        |facts| facts.row.memory_info().map(|memory| memory.vms.to_value());
    shared "SHARED" Size Fields::MEMORY, "memory that others may use too, in bytes" =>
        |facts| facts.row.memory_info().map(|memory| memory.shared.to_value());
    uss "USS" Size Fields::MEMORY_FOOTPRINT, "memory that its end would free, in bytes" =>
        |facts| facts.row.memory_footprint().map(|memory| memory.uss.to_value());
    pss "PSS" Size Fields::MEMORY_FOOTPRINT, "its own memory and its part of the shared, in bytes" =>
        |facts| facts.row.memory_footprint().map(|memory| memory.pss.to_value());
    swap "SWAP" Size Fields::MEMORY_FOOTPRINT, "memory that is swapped out, in bytes" =>
        |facts| facts.row.memory_footprint().map(|memory| memory.swap.to_value());
    read "READ" Size Fields::IO_COUNTERS, "bytes read from devices" =>
        |facts| facts.row.io_counters().map(|io| io.read_bytes.to_value());
    write "WRITE" Size Fields::IO_COUNTERS, "bytes written to devices" =>
        |facts| facts.row.io_counters().map(|io| io.write_bytes.to_value());
    threads "THREADS" Number Fields::NUM_THREADS, "number of its threads" =>
        |facts| facts.row.num_threads().map(|threads| threads.to_value());
    fds "FDS" Number Fields::NUM_FDS, "number of its open descriptors" =>
        |facts| facts.row.num_fds().map(|fds| fds.to_value());
    nice "NICE" Number Fields::NICE, "its priority" =>
        |facts| facts.row.nice().map(|nice| nice.to_value());
    tty "TTY" Terminal Fields::TERMINAL, "its terminal" =>
        |facts| facts.row.terminal().map(|terminal| terminal.to_value());
    status "STATUS" Text Fields::empty(), "what it does" =>
        |facts| facts.row.status().map(|status| status.to_value());
    started "STARTED" Moment Fields::CREATE_TIME, "when it was started" =>
        |facts| facts.row.create_time().map(|time| time.to_value());
    time "TIME" CpuTime Fields::CPU_TIMES, "CPU time that it used, in seconds" =>
        |facts| facts.row.cpu_times().map(|times| times.total().to_value());
    name "NAME" Text Fields::NAME, "its name" =>
        |facts| facts.row.name().map(|name| name.to_value());
    command "COMMAND" Command Fields::CMDLINE.union(Fields::NAME),
        "its command line, or [its name] without one" => command;
};

fn percent(share: f64) -> Value {
    Value::Float((share * 1000.0).round() / 10.0)
}

fn cpu(facts: &Facts<'_>) -> Cell<Value> {
    if let Some(change) = facts.change {
        return change.cpu_usage().map(|usage| percent(usage.of_core() / 100.0));
    }
    let now = facts.machine.now.ok_or(Missing::Unsupported)?;
    let age = now.duration_since(facts.row.create_time()?).unwrap_or_default();
    let used = facts.row.cpu_times()?.total();
    // The clock of the start ticks a hundred times a second: no rate can be told of less.
    if age < Duration::from_millis(10) {
        return Err(Missing::Unsupported);
    }
    Ok(percent(used.as_secs_f64() / age.as_secs_f64()))
}

fn command(facts: &Facts<'_>) -> Cell<Value> {
    match facts.row.cmdline() {
        Ok(words) if !words.is_empty() => Ok(Value::Text(words.join::<&OsStr>(" ".as_ref()))),
        _ => facts.row.name().map(|name| {
            let mut shown = OsString::from("[");
            shown.push(name);
            shown.push("]");
            Value::Text(shown)
        }),
    }
}

/// [`command`] as people read it, without a text that holds all of it.
fn show_command(facts: &Facts<'_>, out: &mut String) {
    match (facts.row.cmdline(), facts.row.name()) {
        (Ok(words), _) if !words.is_empty() => {
            for (at, word) in words.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                text::show(word.as_encoded_bytes(), out);
            }
        }
        (_, Ok(name)) => {
            out.push('[');
            text::show(name.as_encoded_bytes(), out);
            out.push(']');
        }
        (_, Err(_)) => out.push('-'),
    }
}

impl Column {
    pub(super) fn named(name: &str) -> anyhow::Result<Self> {
        if let Some(made) = MADE.iter().find(|made| made.name == name) {
            return Ok(Self { name: made.name, source: Source::Made(made) });
        }
        match asked().find(|each| *each == name) {
            Some(name) => {
                let fields = Fields::named(name).unwrap_or_default();
                Ok(Self { name, source: Source::Asked(fields) })
            }
            None => {
                let names: Vec<_> = MADE.iter().map(|made| made.name).chain(asked()).collect();
                Err(usage!("no column {name:?}; there are {}", names.join(", ")))
            }
        }
    }

    pub(super) fn fields(&self) -> Fields {
        match self.source {
            Source::Made(made) => made.fields,
            Source::Asked(fields) => fields,
        }
    }

    pub(super) fn head(&self) -> (String, Align) {
        match self.source {
            Source::Made(made) if made.look.is_text() => (made.head.to_owned(), Align::Left),
            Source::Made(made) => (made.head.to_owned(), Align::Right),
            Source::Asked(_) => (self.name.to_uppercase(), Align::Left),
        }
    }

    /// Whether it names the process, so that a tree is drawn in it.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.name, "name" | "command")
    }

    /// Whether its values are numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.source, Source::Made(made) if !made.look.is_text())
    }

    pub(super) fn value(&self, facts: &Facts<'_>) -> Cell<Value> {
        match self.source {
            Source::Made(made) => (made.value)(facts),
            Source::Asked(_) => facts.row.get(self.name).unwrap_or(Err(Missing::Unsupported)),
        }
    }

    /// Appends the cell to `out`, as people read it.
    pub(super) fn show(&self, facts: &Facts<'_>, out: &mut String) {
        let look = match self.source {
            Source::Made(made) => made.look,
            Source::Asked(_) => Look::Text,
        };
        if look == Look::Command {
            return show_command(facts, out);
        }
        match (look, self.value(facts)) {
            (Look::Size, Ok(Value::Unsigned(bytes))) => human::push_size(bytes, out),
            (Look::Percent, Ok(Value::Float(percent))) => human::push_percent(percent, out),
            (Look::CpuTime, Ok(Value::Float(seconds))) => {
                let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
                out.push_str(&human::cpu_time(time));
            }
            (Look::Moment, Ok(_)) => match (facts.row.create_time(), facts.machine.today()) {
                (Ok(started), Some(today)) => out.push_str(&human::started(started, today)),
                _ => out.push('-'),
            },
            (Look::Terminal, Ok(Value::Text(value))) => {
                let path = Path::new(&value);
                let path = path.strip_prefix(&facts.machine.dev).unwrap_or(path);
                text::show(path.as_os_str().as_encoded_bytes(), out);
            }
            (_, Ok(Value::Text(value))) => text::show(value.as_encoded_bytes(), out),
            (_, Ok(Value::Name(name))) => out.push_str(name),
            (_, Ok(Value::Unsigned(number))) => human::push(number, out),
            (_, Ok(value)) => out.push_str(&grid::cell(&value)),
            (_, Err(_)) => out.push('-'),
        }
    }
}

/// psutil's questions that are not made into a column of their own.
fn asked() -> impl Iterator<Item = &'static str> {
    let is_made = |name: &&str| MADE.iter().any(|made| made.name == *name);
    Fields::all().names().filter(move |name| !is_made(name))
}

/// The columns, for `--help`.
pub(super) fn help() -> String {
    let mut help = String::from("Columns:\n");
    for made in MADE {
        help.push_str(&format!("  {:<9} {}\n", made.name, made.help));
    }
    let asked: Vec<_> = asked().collect();
    help.push_str(&format!(
        "and psutil's, for programs rather than people:\n  {}\n\nExamples:\n  vitals ps --where 'rss>100M' \
         --sort -rss\n  vitals ps --user root --where name~systemd --tree\n  vitals ps --interval 1 \
         --sort -cpu --columns pid,user,cpu,name -o json",
        asked.join(", ")
    ));
    help
}
