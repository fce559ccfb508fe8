//! `vitals ps`

mod column;
mod filter;
mod tree;

use std::cmp::Ordering;
use std::mem::ManuallyDrop;
use std::time::{Duration, SystemTime};

use sysvitals::{Change, Fields, Row, Snapshot, System, Value};

use self::column::{Column, Facts, Machine};
use self::filter::Filter;
use crate::exit::usage;
use crate::output::table::Table;
use crate::output::{Format, Output};
use crate::sample;

const COLUMNS: &str = "user,pid,cpu,mem,vms,rss,tty,status,started,time,command";

/// Show processes, like ps(1).
///
/// A cell that is not told to this user, or not at all, is `-` in the table and null in JSON.
#[derive(Debug, clap::Args)]
#[command(after_long_help = column::help())]
pub(crate) struct Args {
    /// What to show of each: NAME,NAME,…; see --help.
    #[arg(short, long, value_name = "NAMES", default_value = COLUMNS)]
    columns: String,
    /// Only processes of which this is true: COLUMN=VALUE[,VALUE…], and with !=, ~ (contains), !~,
    /// <, <=, > and >= for =. Several must all be true.
    #[arg(short = 'w', long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Only these: as --where pid=…
    #[arg(short, long, value_name = "PIDS")]
    pid: Option<String>,
    /// Only those of this name: as --where name=…
    #[arg(short, long, value_name = "NAMES")]
    name: Option<String>,
    /// Only those of this user, by name or number.
    #[arg(short, long, value_name = "USERS")]
    user: Option<String>,
    /// The order: by NAME,NAME,…; with - in front the greatest first.
    #[arg(short, long, value_name = "NAMES", default_value = "pid", allow_hyphen_values = true)]
    sort: String,
    /// Children below their parents.
    #[arg(short, long)]
    tree: bool,
    /// Do not cut lines at the edge of the terminal.
    #[arg(long)]
    wide: bool,
    /// Measure CPU use over so many seconds, rather than since the start of each process.
    #[arg(short, long, value_name = "SECONDS", value_parser = sample::interval)]
    interval: Option<Duration>,
}

/// A row that is to be shown.
struct Entry<'a> {
    facts: Facts<'a>,
    /// What stands in front of its name in a tree.
    branch: String,
}

pub(super) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let columns = columns(&args.columns)?;
    let filters = args.filters()?;
    let keys = keys(&args.sort)?;
    let all = columns.iter().chain(filters.iter().map(|filter| &filter.column));
    let all = all.chain(keys.iter().map(|(column, _)| column));
    let fields = all.fold(Fields::empty(), |fields, column| fields | column.fields());

    let before = match args.interval {
        None => None,
        Some(interval) => {
            let before = taken(system, fields, &filters)?;
            sample::wait(system, interval)?;
            Some(before)
        }
    };
    // The program ends after this, and all its memory at once.
    let table = ManuallyDrop::new(taken(system, fields, &filters)?);
    let changes = before.as_ref().map(|before| table.since(before));
    let changes = changes.as_ref().map_or(&[][..], |changes| changes.rows());
    let memory = system.virtual_memory().ok().map(|memory| memory.total);
    let machine = Machine::new(memory, now(system));
    let mut entries = entries(&table, changes, &machine);
    entries.retain(|entry| filters.iter().all(|filter| filter.is_true(&entry.facts)));
    // By number is how they come.
    let sorted = matches!(&keys[..], [(column, false)] if column.name == "pid")
        && entries.is_sorted_by_key(|entry| entry.facts.row.pid());
    if !sorted {
        // Read once each, not once a comparison.
        entries.sort_by_cached_key(|entry| SortKey::of(&entry.facts, &keys));
    }
    if args.tree {
        entries = tree::order(entries);
    }
    if args.wide {
        output.widen();
    }
    write(&columns, &entries, output)
}

/// The table, of those processes that the filters let through by their pids.
fn taken(system: &System, fields: Fields, filters: &[Filter]) -> sysvitals::Result<Snapshot> {
    match filters.iter().find_map(Filter::pids) {
        Some(pids) => system.snapshot_of(pids, fields),
        None => system.snapshot(fields),
    }
}

fn entries<'a>(
    table: &'a Snapshot,
    changes: &'a [Change<'a>],
    machine: &'a Machine,
) -> Vec<Entry<'a>> {
    let facts = |(at, row): (usize, &'a Row)| {
        let facts = Facts { row, change: changes.get(at).copied(), machine };
        Entry { facts, branch: String::new() }
    };
    table.rows().iter().enumerate().map(facts).collect()
}

/// Now, on the machine: for a recorded one, when it was recorded.
fn now(system: &System) -> Option<SystemTime> {
    if system.is_live() {
        return Some(SystemTime::now());
    }
    system.boot_time().ok()?.checked_add(system.uptime().ok()?)
}

fn write(columns: &[Column], entries: &[Entry<'_>], output: &mut Output<'_>) -> anyhow::Result<()> {
    if !output.is_table() {
        let cell = |column: &Column, entry: &Entry<'_>| {
            (column.name, column.value(&entry.facts).unwrap_or(Value::Null))
        };
        let row = |entry: &Entry<'_>| {
            Value::Record(columns.iter().map(|column| cell(column, entry)).collect())
        };
        let rows = Value::List(entries.iter().map(row).collect());
        return Ok(output.value(Format::Table, &rows)?);
    }
    let branches = columns.iter().position(|column| column.is_name());
    let branches = branches.unwrap_or(columns.len().saturating_sub(1));
    let mut table = Table::new(columns.iter().map(Column::head));
    for entry in entries {
        table.row_by(|at, text| {
            if at == branches {
                text.push_str(&entry.branch);
            }
            if let Some(column) = columns.get(at) {
                column.show(&entry.facts, text);
            }
        });
    }
    Ok(output.table(&table)?)
}

fn columns(names: &str) -> anyhow::Result<Vec<Column>> {
    let columns: Vec<_> = split(names).map(Column::named).collect::<anyhow::Result<_>>()?;
    if columns.is_empty() { Err(usage!("--columns names no column")) } else { Ok(columns) }
}

fn keys(names: &str) -> anyhow::Result<Vec<(Column, bool)>> {
    split(names)
        .map(|name| match name.strip_prefix('-') {
            Some(name) => Ok((Column::named(name)?, true)),
            None => Ok((Column::named(name.strip_prefix('+').unwrap_or(name))?, false)),
        })
        .collect()
}

fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split(',').map(str::trim).filter(|name| !name.is_empty())
}

impl Args {
    fn filters(&self) -> anyhow::Result<Vec<Filter>> {
        let mut filters = Vec::new();
        for condition in &self.conditions {
            filters.push(Filter::parse(condition)?);
        }
        for (column, values) in [("pid", &self.pid), ("name", &self.name)] {
            if let Some(values) = values {
                filters.push(Filter::parse(&format!("{column}={values}"))?);
            }
        }
        if let Some(users) = &self.user {
            let numbers = users.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
            let column = if numbers { "uid" } else { "user" };
            filters.push(Filter::parse(&format!("{column}={users}"))?);
        }
        Ok(filters)
    }
}

/// The cells that a row is sorted by; what is missing comes last either way.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SortKey(Vec<(bool, Directed)>);

impl SortKey {
    fn of(facts: &Facts<'_>, keys: &[(Column, bool)]) -> Self {
        let key = |(column, descending): &(Column, bool)| {
            let value = column.value(facts).unwrap_or(Value::Null);
            (value == Value::Null, Directed { value, descending: *descending })
        };
        Self(keys.iter().map(key).collect())
    }
}

struct Directed {
    value: Value,
    descending: bool,
}

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = filter::compare(&self.value, &other.value);
        if self.descending { order.reverse() } else { order }
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Directed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Directed {}
