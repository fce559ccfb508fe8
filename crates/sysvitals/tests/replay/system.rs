//! Questions to a machine as a whole.

use std::collections::BTreeMap;

use sysvitals::{ConnectionKind, Result, System};

use crate::compare::json;
use crate::json::Json;

/// Recorded for information: what upstream falls back to where `sysconf` cannot tell, which is wrong
/// on ARM (UB-18). `cpu_count_logical` is the answer.
pub(crate) const NOT_OURS: &[&str] = &["cpu_count_logical_without_sysconf"];

/// Our answer under the name that the recordings give the question; `None` for no question of ours.
pub(crate) fn ask(system: &System, key: &str) -> Option<Result<Json>> {
    Some(match key {
        "boot_time" => system.boot_time().map(|answer| json(&answer)),
        "cpu_count_cores" => system.cpu_count_cores().map(|answer| json(&answer)),
        "cpu_count_logical" => system.cpu_count().map(|answer| json(&answer)),
        "cpu_freq" => system.cpu_freq().map(|answer| json(&answer)),
        "cpu_freq_percpu" => system.cpu_freq_percpu().map(|answer| json(&answer)),
        "cpu_stats" => system.cpu_stats().map(|answer| json(&answer)),
        "cpu_times" => system.cpu_times().map(|answer| json(&answer)),
        "per_cpu_times" => system.cpu_times_percpu().map(|answer| json(&answer)),
        "getloadavg" => system.getloadavg().map(|answer| json(&answer)),
        "disk_io_counters" => system.disk_io_counters().map(|answer| json(&answer)),
        "disk_io_counters_perdisk" => system.disk_io_counters_perdisk().map(|answer| json(&answer)),
        "disk_partitions" => system.disk_partitions().map(|answer| json(&answer)),
        "disk_partitions_all" => system.disk_partitions_all().map(|answer| json(&answer)),
        "net_io_counters" => system.net_io_counters().map(|answer| json(&answer)),
        "net_io_counters_pernic" => system.net_io_counters_pernic().map(|answer| json(&answer)),
        "pids" => system.pids().map(|answer| json(&answer)),
        // The first of all; each that is better than upstream's answer stands beside it.
        "sensors_battery" => system.sensors_battery().map(|all| json(&all.first())),
        "sensors_battery_psutil" => system.sensors_battery_psutil().map(|answer| json(&answer)),
        "sensors_fans" => system.sensors_fans().map(|answer| json(&answer)),
        "sensors_temperatures" | "sensors_temperatures_public" => {
            system.sensors_temperatures().map(|answer| json(&answer))
        }
        "swap_memory" => system.swap_memory().map(|answer| json(&answer)),
        "users" => system.users().map(|answer| json(&answer)),
        "virtual_memory" => system.virtual_memory().map(|answer| json(&answer)),
        _ => {
            let kind: ConnectionKind = key.strip_prefix("net_connections_")?.parse().ok()?;
            system.net_connections(kind).map(|answer| json(&answer))
        }
    })
}

/// A recorded answer in the shape of ours.
///
/// `sensors_temperatures` was recorded off psutil's platform layer: without names, and before a
/// missing `high` is given the value of `critical` and the other way round, which ours is.
pub(crate) fn shaped(key: &str, want: &Json) -> Json {
    match (key, want) {
        ("sensors_temperatures", Json::Map(chips)) => {
            let chip = |(name, sensors): (&Vec<u8>, &Json)| (name.clone(), named(sensors));
            Json::Map(chips.iter().map(chip).collect())
        }
        _ => want.clone(),
    }
}

/// The mean clock where some CPUs do not tell theirs (0.0): upstream counts them in, and we do not:
/// `current` is the mean of those that tell, and `min` and `max` are absent unless all do.
pub(crate) fn mean(each: &Json) -> Option<Json> {
    let Json::List(each) = each else { return None };
    let told = |field: &str| {
        let all = each.iter().filter_map(|each| each.get(field).and_then(Json::number));
        all.filter(|clock| *clock != 0.0).collect::<Vec<_>>()
    };
    let some = |count: usize| count > 0 && count < each.len();
    if !["current", "min", "max"].into_iter().any(|field| some(told(field).len())) {
        return None;
    }
    let mean = |field: &str, least: usize| {
        let clocks = told(field);
        let mean = || clocks.iter().sum::<f64>() / clocks.len() as f64;
        let value = if clocks.len() >= least { Json::Float(mean()) } else { Json::Null };
        (field.as_bytes().to_vec(), value)
    };
    Some(Json::Map([mean("current", 1), mean("min", each.len()), mean("max", each.len())].into()))
}

/// Whether the answer is a list in no particular order.
pub(crate) fn is_unordered(key: &str) -> bool {
    key.starts_with("net_connections")
}

fn named(sensors: &Json) -> Json {
    const FIELDS: [&str; 4] = ["label", "current", "high", "critical"];
    let Json::List(sensors) = sensors else { return sensors.clone() };
    let sensor = |sensor: &Json| match sensor {
        Json::List(values) if values.len() == FIELDS.len() => {
            let fields = FIELDS.iter().map(|name| name.as_bytes().to_vec());
            let mut sensor = fields.zip(values.iter().cloned()).collect();
            fill_up(&mut sensor);
            Json::Map(sensor)
        }
        other => other.clone(),
    };
    Json::List(sensors.iter().map(sensor).collect())
}

/// As psutil's public layer does, to which 0 degrees are none.
fn fill_up(sensor: &mut BTreeMap<Vec<u8>, Json>) {
    let told = |name: &str| sensor.get(name.as_bytes()).cloned().unwrap_or(Json::Null);
    let (high, critical) = (told("high"), told("critical"));
    let is_hot = |limit: &Json| limit.number().is_some_and(|limit| limit != 0.0);
    if is_hot(&high) && !is_hot(&critical) {
        sensor.insert(b"critical".to_vec(), high);
    } else if is_hot(&critical) && !is_hot(&high) {
        sensor.insert(b"high".to_vec(), critical);
    }
}
