//! `vitals df`

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use sysvitals::{DiskPartition, DiskUsage, Platform, Record as _, System, ToValue, Value};

use crate::output::table::{Align, Table};
use crate::output::{Format, Output, human, text};

/// Show the space of file systems, like df(1).
///
/// Of a recorded machine, which tells no space, the file systems on devices are named.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those that these files are on.
    paths: Vec<PathBuf>,
    /// Those without space of their own, and devices mounted twice, too.
    #[arg(short, long)]
    all: bool,
    /// Show bytes in the table too.
    #[arg(short, long)]
    bytes: bool,
}

/// A file system and its space, if that is told.
pub(super) struct FileSystem {
    pub(super) partition: DiskPartition,
    pub(super) usage: Option<DiskUsage>,
}

impl ToValue for FileSystem {
    fn to_value(&self) -> Value {
        let mut fields = Vec::new();
        let mut see = |name, value| fields.push((name, value));
        self.partition.visit(&mut see);
        match &self.usage {
            Some(usage) => usage.visit(&mut see),
            None => DiskUsage::fields(Platform::CURRENT).for_each(|name| see(name, Value::Null)),
        }
        Value::Record(fields)
    }
}

pub(super) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let list =
        if args.paths.is_empty() { mounted(system, args.all)? } else { of(system, &args.paths)? };
    if !output.is_table() {
        return Ok(output.value(Format::Table, &list.to_value())?);
    }
    Ok(output.table(&table(&list, args.bytes))?)
}

/// What is mounted and has space of its own, each device once; or simply all.
fn mounted(system: &System, all: bool) -> sysvitals::Result<Vec<FileSystem>> {
    if !system.is_live() && !all {
        return on_devices(system);
    }
    let mut list = with_usage(system, system.disk_partitions_all()?);
    if !all {
        // What does not tell its space is shown as such.
        list.retain(|each| each.usage.is_none_or(|usage| usage.total > 0));
        once_a_device(&mut list);
    }
    Ok(list)
}

/// Those that live on devices, each device once.
pub(super) fn on_devices(system: &System) -> sysvitals::Result<Vec<FileSystem>> {
    let mut list = with_usage(system, system.disk_partitions()?);
    once_a_device(&mut list);
    Ok(list)
}

fn with_usage(system: &System, partitions: Vec<DiskPartition>) -> Vec<FileSystem> {
    let with = |partition: DiskPartition| {
        let usage = system.disk_usage(&partition.mountpoint).ok();
        FileSystem { partition, usage }
    };
    partitions.into_iter().map(with).collect()
}

/// Of several mounts at one place the last hides the others; of several of one device, that nearest
/// to the root is the device's own.
fn once_a_device(list: &mut Vec<FileSystem>) {
    let mut places = HashSet::new();
    list.reverse();
    list.retain(|each| places.insert(each.partition.mountpoint.clone()));
    list.reverse();
    let is_device = |each: &FileSystem| Path::new(&each.partition.device).is_absolute();
    let depth = |each: &FileSystem| each.partition.mountpoint.components().count();
    let mut nearest: Vec<_> = list.iter().enumerate().filter(|(_, each)| is_device(each)).collect();
    nearest.sort_by_key(|(_, each)| depth(each));
    let mut devices = HashSet::new();
    let twice: HashSet<usize> = nearest
        .iter()
        .filter(|(_, each)| !devices.insert(each.partition.device.clone()))
        .map(|(at, _)| *at)
        .collect();
    let mut at = 0..;
    list.retain(|_| at.next().is_some_and(|at| !twice.contains(&at)));
}

/// The file systems that paths are on: of what is mounted above a path, the innermost, last.
fn of(system: &System, paths: &[PathBuf]) -> sysvitals::Result<Vec<FileSystem>> {
    let mounted = system.disk_partitions_all()?;
    let mut list = Vec::with_capacity(paths.len());
    for path in paths {
        let usage = system.disk_usage(path)?;
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let above = mounted.iter().filter(|each| real.starts_with(&each.mountpoint));
        let partition = above.max_by_key(|each| each.mountpoint.components().count()).cloned();
        list.push(FileSystem { partition: partition.unwrap_or_default(), usage: Some(usage) });
    }
    Ok(list)
}

fn table(list: &[FileSystem], bytes: bool) -> Table {
    let columns = [
        ("FILESYSTEM", Align::Left),
        ("TYPE", Align::Left),
        ("SIZE", Align::Right),
        ("USED", Align::Right),
        ("AVAIL", Align::Right),
        ("USE%", Align::Right),
        ("MOUNTED ON", Align::Left),
    ];
    let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
    let name = |name: &OsString| if name.is_empty() { "-".to_owned() } else { text::shown(name) };
    for FileSystem { partition, usage } in list {
        let size = |of: fn(&DiskUsage) -> u64| match usage.as_ref().map(of) {
            None => "-".to_owned(),
            Some(size) if bytes => size.to_string(),
            Some(size) => human::size(size.into()),
        };
        table.row(vec![
            name(&partition.device),
            name(&partition.fstype),
            size(|usage| usage.total),
            size(|usage| usage.used),
            size(|usage| usage.free),
            usage.map_or("-".to_owned(), |usage| format!("{:.1}", usage.percent)),
            text::shown(partition.mountpoint.as_os_str()),
        ]);
    }
    table
}
