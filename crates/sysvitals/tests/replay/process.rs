//! Questions to one process.

use std::path::Path;

use sysvitals::{MemoryFootprint, Process, Result, System};

use crate::compare::json;
use crate::copy::copy;
use crate::json::Json;

/// Our answer under the name that the recordings give the question; `None` for no question of ours.
///
/// Three keys are facts that our API does not show by themselves, and are read off what it shows:
/// `create_time_monotonic` off the start in the printed identity, `name` and `terminal_nr` off the
/// full name and the terminal, as far as these tell ([`consistent`]).
pub(crate) fn ask(
    machine: &Path,
    process: &Process,
    key: &str,
    want: &Json,
) -> Option<Result<Json>> {
    Some(match key {
        "ppid" => process.ppid().map(|answer| json(&answer)),
        "name_public" => process.name().map(|answer| json(&answer)),
        "exe" => process.exe().map(|answer| json(&answer)),
        "cmdline" => process.cmdline().map(|answer| json(&answer)),
        "environ" => process.environ().map(|answer| json(&answer)),
        "create_time" => process.create_time().map(|answer| json(&answer)),
        "status" => process.status().map(|answer| json(&answer)),
        "cwd" => process.cwd().map(|answer| json(&answer)),
        "uids" => process.uids().map(|answer| json(&answer)),
        "gids" => process.gids().map(|answer| json(&answer)),
        "cpu_times" => process.cpu_times().map(|answer| json(&answer)),
        "cpu_num" => process.cpu_num().map(|answer| json(&answer)),
        "num_threads" => process.num_threads().map(|answer| json(&answer)),
        "threads" => process.threads().map(|answer| json(&answer)),
        "num_ctx_switches" => process.num_ctx_switches().map(|answer| json(&answer)),
        "io_counters" => process.io_counters().map(|answer| json(&answer)),
        "memory_info" => process.memory_info().map(|answer| json(&answer)),
        "memory_maps" => process.memory_maps().map(|answer| json(&answer)),
        "num_fds" => process.num_fds().map(|answer| json(&answer)),
        "open_files_assuming_regular" => process.open_files().map(|answer| json(&answer)),
        "eligible_cpus" => process.eligible_cpus().map(|answer| json(&answer)),
        "uss_pss_swap_from_smaps_rollup" => process.memory_footprint().map(footprint),
        "uss_pss_swap_from_smaps" => from_smaps(machine, process).map(footprint),
        "create_time_monotonic" => Ok(Json::Float(started(process))),
        "name" => {
            process.name().map(|name| consistent(want, cut_name(want, &json(&name)), &json(&name)))
        }
        "terminal_nr" => process.terminal().map(|terminal| {
            let shown = json(&terminal);
            consistent(want, terminal_agrees(want, &shown), &shown)
        }),
        _ => return None,
    })
}

/// What was recorded if our answer agrees with it, else our answer.
fn consistent(want: &Json, agrees: bool, ours: &Json) -> Json {
    if agrees { want.clone() } else { ours.clone() }
}

/// The kernel keeps 15 bytes of a name, and more of its own workers; ours is completed from the
/// command line.
fn cut_name(want: &Json, ours: &Json) -> bool {
    match (want, ours) {
        (Json::Text(cut), Json::Text(full)) if cut.len() >= 15 => full.starts_with(cut),
        _ => want == ours,
    }
}

/// No terminal has number 0; `pts/3` and `tty2` tell theirs, and a terminal whose node was not
/// recorded has no name.
fn terminal_agrees(number: &Json, ours: &Json) -> bool {
    let (Json::Integer(number), path) = (number, ours.text()) else { return false };
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00));
    let Some(path) = path else { return *ours == Json::Null };
    match major {
        136..=143 => path.ends_with(&format!("/pts/{}", minor + (major - 136) * 256)),
        4 if minor < 64 => path.ends_with(&format!("/tty{minor}")),
        _ => *number != 0,
    }
}

/// Seconds from boot to its start: ticks, by `PID-START` of its identity.
fn started(process: &Process) -> f64 {
    let identity = process.identity().to_string();
    let ticks = identity.split('-').nth(1).and_then(|ticks| ticks.parse::<f64>().ok());
    ticks.map_or(f64::NAN, |ticks| ticks / 100.0)
}

fn footprint(footprint: MemoryFootprint) -> Json {
    Json::List(vec![json(&footprint.uss), json(&footprint.pss), json(&footprint.swap)])
}

/// The footprint as a kernel without `smaps_rollup` tells it.
fn from_smaps(machine: &Path, process: &Process) -> Result<MemoryFootprint> {
    let copy = copy(machine, &process.pid().to_string(), "smaps_rollup").expect("a copy");
    System::at(copy.path()).process(process.pid())?.memory_footprint()
}
