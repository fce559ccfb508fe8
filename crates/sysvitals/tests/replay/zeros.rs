//! Where psutil says 0 for what it does not know and we say `None`: all of these places, and what
//! in the recording proves that it is not known. And one place where psutil says something else.

use std::fs;
use std::path::Path;

use crate::compare::Zero;
use crate::json::Json;

/// Whether a file tells a value: the file, and the name around the field (a device, say).
type Tells = fn(&[u8], &str) -> bool;

/// (question, field, the file that would tell, whether it does). `PID` is the process's.
const ABSENT: &[(&str, &str, &str, Tells)] = &[
    ("virtual_memory", "active", "proc/meminfo", |file, _| line(file, &["Active:"])),
    ("virtual_memory", "inactive", "proc/meminfo", |file, _| {
        line(file, &["Inactive:", "Inact_dirty:"])
    }),
    ("virtual_memory", "buffers", "proc/meminfo", |file, _| line(file, &["Buffers:"])),
    ("virtual_memory", "cached", "proc/meminfo", |file, _| line(file, &["Cached:"])),
    ("virtual_memory", "shared", "proc/meminfo", |file, _| line(file, &["Shmem:", "MemShared:"])),
    ("virtual_memory", "slab", "proc/meminfo", |file, _| line(file, &["Slab:"])),
    ("swap_memory", "sin", "proc/vmstat", |file, _| line(file, &["pswpin "])),
    ("swap_memory", "sout", "proc/vmstat", |file, _| line(file, &["pswpout "])),
    ("cpu_stats", "soft_interrupts", "proc/stat", |file, _| line(file, &["softirq "])),
    ("disk_io_counters_perdisk", "read_time", "proc/diskstats", whole_disk),
    ("disk_io_counters_perdisk", "write_time", "proc/diskstats", whole_disk),
    ("disk_io_counters_perdisk", "read_merged_count", "proc/diskstats", whole_disk),
    ("disk_io_counters_perdisk", "write_merged_count", "proc/diskstats", whole_disk),
    ("disk_io_counters_perdisk", "busy_time", "proc/diskstats", whole_disk),
    // `delayacct_blkio_ticks` is the 42nd column, and the 40th after the name.
    ("cpu_times", "iowait", "proc/PID/stat", |file, _| {
        let after = file.rsplit(|&byte| byte == b')').next().unwrap_or_default();
        words(after) >= 40
    }),
];

/// Fields whose recorded 0.0 means that it is not known, by the README of the recordings.
const UNCLEAR: &[(&str, &str)] = &[
    ("cpu_freq", "current"),
    ("cpu_freq", "min"),
    ("cpu_freq", "max"),
    ("cpu_freq_percpu", "current"),
    ("cpu_freq_percpu", "min"),
    ("cpu_freq_percpu", "max"),
];

/// Questions whose recorded empty text means that there is none.
const NOTHING: &[&str] = &["exe", "cwd"];

/// What a recorded 0 says; `cpu_times` of a process and of the machine are told apart by `pid`.
pub(crate) fn zero(machine: &Path, pid: &str, key: &str, around: &str, field: &str) -> Zero {
    if UNCLEAR.contains(&(key, field)) {
        return Zero::Unclear;
    }
    if NOTHING.contains(&key) {
        return Zero::Absent;
    }
    let row = ABSENT.iter().find(|(of, name, file, _)| {
        *of == key && *name == field && file.contains("PID") != pid.is_empty()
    });
    let Some((_, _, file, tells)) = row else { return Zero::Measured };
    let file = fs::read(machine.join(file.replace("PID", pid))).unwrap_or_default();
    if tells(&file, around) { Zero::Measured } else { Zero::Absent }
}

/// Whether a line starts with one of `words`.
fn line(file: &[u8], words: &[&str]) -> bool {
    let mut lines = file.split(|&byte| byte == b'\n');
    lines.any(|line| words.iter().any(|word| line.starts_with(word.as_bytes())))
}

fn words(line: &[u8]) -> usize {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
}

/// Partitions had 7 columns before Linux 2.6.25, and disks in sysfs always have all.
fn whole_disk(file: &[u8], name: &str) -> bool {
    let mut lines = file.split(|&byte| byte == b'\n');
    let line = lines.find(|line| {
        let mut columns = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        columns.nth(2) == Some(name.as_bytes())
    });
    line.is_none_or(|line| words(line) != 7)
}

/// What `status` tells where upstream fails because its tabs were recorded as blanks: nothing if it
/// lacks the lines.
pub(crate) fn blank_status(machine: &Path, pid: &str, key: &str) -> Option<Json> {
    let path = machine.join("proc").join(pid).join("status");
    let status = fs::read_to_string(path).unwrap_or_default();
    let number = |line: &str, at: usize| {
        let line = status.lines().find_map(|each| each.strip_prefix(line))?;
        Some(Json::Integer(line.split_whitespace().nth(at)?.parse().ok()?))
    };
    let record = |fields: &[(&str, Option<Json>)]| {
        let field =
            |(name, value): &(&str, Option<Json>)| Some((name.as_bytes().to_vec(), value.clone()?));
        fields.iter().map(field).collect::<Option<_>>().map(Json::Map)
    };
    let ids = |line| {
        record(&[
            ("real", number(line, 0)),
            ("effective", number(line, 1)),
            ("saved", number(line, 2)),
        ])
    };
    match key {
        "uids" => ids("Uid:"),
        "gids" => ids("Gid:"),
        "num_threads" => number("Threads:", 0),
        "num_ctx_switches" => record(&[
            ("voluntary", number("voluntary_ctxt_switches:", 0)),
            ("involuntary", number("nonvoluntary_ctxt_switches:", 0)),
        ]),
        _ => None,
    }
}

/// The lines of `smaps` that a mapping may lack.
const MAPPING: &[(&str, &str)] = &[
    ("size", "Size:"),
    ("pss", "Pss:"),
    ("shared_clean", "Shared_Clean:"),
    ("shared_dirty", "Shared_Dirty:"),
    ("private_clean", "Private_Clean:"),
    ("private_dirty", "Private_Dirty:"),
    ("referenced", "Referenced:"),
    ("anonymous", "Anonymous:"),
    ("swap", "Swap:"),
];

/// Mappings with `None` for what the kernel does not tell of them, and how often psutil repeats the
/// number of the mapping before instead (7.2.2, `_pslinux.py`, get_blocks: `data` is never emptied).
pub(crate) fn mappings(machine: &Path, pid: &str, want: &Json) -> (Json, usize) {
    let file = machine.join("proc").join(pid).join("smaps");
    let file = fs::read(file).unwrap_or_default();
    let mut told: Vec<Vec<&[u8]>> = Vec::new();
    for line in file.split(|&byte| byte == b'\n') {
        let word = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        match told.last_mut() {
            Some(mapping) if word.ends_with(b":") => mapping.push(word),
            _ if word.is_empty() => {}
            _ => told.push(Vec::new()),
        }
    }
    let (mut want, mut repeated) = (want.clone(), 0);
    if let Json::List(want) = &mut want {
        for (mapping, told) in want.iter_mut().zip(told) {
            let Json::Map(mapping) = mapping else { continue };
            for (field, line) in MAPPING {
                if !told.contains(&line.as_bytes()) {
                    let said = mapping.insert(field.as_bytes().to_vec(), Json::Null);
                    repeated += usize::from(said != Some(Json::Integer(0)));
                }
            }
        }
    }
    (want, repeated)
}
