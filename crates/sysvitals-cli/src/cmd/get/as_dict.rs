//! Several questions to one process, or to all.

use std::ffi::OsStr;

use sysvitals::{Fields, Missing, Platform, Process, Row, System, ToValue as _, Value};

use super::process::again;
use crate::exit::usage;

/// What psutil's `as_dict` answers unless told otherwise, on one platform or another.
const USUAL: &[&str] = &[
    "cmdline",
    "cpu_affinity",
    "cpu_num",
    "cpu_percent",
    "cpu_times",
    "create_time",
    "cwd",
    "environ",
    "exe",
    "gids",
    "io_counters",
    "ionice",
    "memory_full_info",
    "memory_info",
    "memory_maps",
    "memory_percent",
    "name",
    "net_connections",
    "nice",
    "num_ctx_switches",
    "num_fds",
    "num_handles",
    "num_threads",
    "open_files",
    "pid",
    "ppid",
    "status",
    "terminal",
    "threads",
    "uids",
    "username",
];

/// What may be asked besides.
const MORE: &[&str] = &["cpu_clock", "memory_footprint", "memory_info_ex", "page_faults"];

/// The names that were asked for, and the fields that answer them.
struct Asked {
    names: Vec<&'static str>,
    fields: Fields,
}

impl Asked {
    /// psutil's, without any names.
    fn by(names: Option<&OsStr>) -> anyhow::Result<Self> {
        let names = names.unwrap_or_default().to_string_lossy();
        let given: Vec<_> = names
            .split(|letter: char| letter == ',' || letter.is_whitespace())
            .filter(|name| !name.is_empty())
            .map(known)
            .collect::<anyhow::Result<_>>()?;
        let names = if given.is_empty() { usual(Platform::CURRENT).collect() } else { given };
        let fields = names.iter().filter_map(|name| Fields::named(name)).collect();
        Ok(Self { names, fields })
    }
}

/// Those of [`USUAL`] that a platform has.
fn usual(platform: Platform) -> impl Iterator<Item = &'static str> {
    let has =
        move |name: &&str| Fields::named(name).is_none_or(|it| Fields::on(platform).contains(it));
    USUAL.iter().copied().filter(has)
}

fn known(name: &str) -> anyhow::Result<&'static str> {
    let found = USUAL.iter().chain(MORE).find(|each| **each == name);
    found.copied().ok_or_else(|| {
        let mut valid: Vec<_> = USUAL.iter().chain(MORE).copied().collect();
        valid.sort_unstable();
        usage!("invalid attr name {name:?}; valid ones are: {}", valid.join(", "))
    })
}

/// One process; null for what is denied, gone or not to be had.
pub(super) fn of(process: &Process, names: Option<&OsStr>) -> anyhow::Result<Value> {
    let asked = Asked::by(names)?;
    let row = process.oneshot(asked.fields)?;
    let total = total(process.system());
    let mut fields = Vec::with_capacity(asked.names.len());
    for name in asked.names {
        let value = match cell(&row, name, total) {
            Ok(value) => value,
            Err(Missing::Failed) => again(process, name)?,
            Err(_) => Value::Null,
        };
        fields.push((name, value));
    }
    Ok(Value::Record(fields))
}

/// Every process; one that has ended meanwhile keeps what was read of it.
pub(super) fn of_all(system: &System, names: &OsStr) -> anyhow::Result<Value> {
    let asked = Asked::by(Some(names))?;
    let table = system.snapshot(asked.fields)?;
    let total = total(system);
    let rows = table.rows().iter().map(|row| {
        let cell = |name: &&'static str| (*name, cell(row, name, total).unwrap_or(Value::Null));
        Value::Record(asked.names.iter().map(cell).collect())
    });
    Ok(Value::List(rows.collect()))
}

fn total(system: &System) -> Option<u64> {
    system.virtual_memory().ok().map(|memory| memory.total)
}

fn cell(row: &Row, name: &str, total: Option<u64>) -> Result<Value, Missing> {
    let path = |path: Option<&std::path::Path>| path.unwrap_or("".as_ref()).to_value();
    match name {
        // psutil's paths that are not there are empty ones.
        "exe" => row.exe().map(path),
        "cwd" => row.cwd().map(path),
        // A rate needs two looks, and this is one.
        "cpu_percent" => Err(Missing::Unsupported),
        "memory_percent" => {
            let total = total.filter(|&total| total > 0).ok_or(Missing::Unsupported)?;
            #[expect(clippy::cast_precision_loss, reason = "a percentage")]
            let share = row.memory_info()?.rss as f64 / total as f64 * 100.0;
            Ok(Value::Float(share))
        }
        name => row.get(name).unwrap_or(Err(Missing::Unsupported)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_library() {
        assert_eq!(usual(Platform::Linux).count(), 30);
        for name in USUAL.iter().chain(MORE).filter(|name| **name != "cpu_percent") {
            assert!(Fields::named(name).is_some(), "{name}");
        }
        for name in Fields::all().names() {
            assert_eq!(known(name).ok(), Some(name));
        }
    }

    #[test]
    fn no_names_are_all_names() {
        let names = |text: Option<&str>| Asked::by(text.map(OsStr::new)).expect("names").names;
        assert_eq!(names(None), usual(Platform::CURRENT).collect::<Vec<_>>());
        assert_eq!(names(Some("")), names(None));
        assert_eq!(names(Some("pid, name")), ["pid", "name"]);
        assert!(Asked::by(Some("colour".as_ref())).is_err());
    }
}
