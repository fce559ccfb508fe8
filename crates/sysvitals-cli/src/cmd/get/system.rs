//! Questions to the machine.

use std::ffi::OsStr;
use std::time::Duration;

use sysvitals::{Battery, CpuTimes, Error, Process, System, ToValue, Value};

use super::arguments::{Arguments, Kind, Parameter};
use super::questions::{ATTRS, INTERVAL, KIND, NOWRAP, Question, TIMEOUT, flag, questions};
use super::{as_dict, process};
use crate::cmd::services;
use crate::sample;

const PERCPU: Parameter = flag("percpu");

/// Every question, in the order of psutil's documentation.
pub(super) static QUESTIONS: [Question<System>; 32] = questions! {
    cpu_times(PERCPU) "Seconds that the CPUs spent in each mode since boot" => |system, given| {
        one_or_each(given, "percpu", || system.cpu_times(), || system.cpu_times_percpu())
    };
    cpu_percent(INTERVAL, PERCPU) "CPU use during an interval, in percent" => |system, given| {
        rate(system, given, CpuTimes::percent_since)
    };
    cpu_times_percent(INTERVAL, PERCPU) "Share of each mode during an interval, in percent" =>
        |system, given| rate(system, given, CpuTimes::shares_since);
    cpu_count(Parameter::new("logical", Kind::Flag).or("True"))
        "Number of logical CPUs, or of physical cores" => |system, given| {
            let logical = given.flag("logical");
            answer(if logical { system.cpu_count() } else { system.cpu_count_cores() })
        };
    cpu_stats() "Context switches, interrupts and system calls since boot" =>
        |system, _| answer(system.cpu_stats());
    cpu_freq(PERCPU) "Clock of the CPUs, in MHz" => |system, given| {
        one_or_each(given, "percpu", || system.cpu_freq(), || system.cpu_freq_percpu())
    };
    getloadavg() "Processes that run or want to, over 1, 5 and 15 minutes" =>
        |system, _| answer(system.getloadavg());
    virtual_memory() "Physical memory, in bytes" => |system, _| answer(system.virtual_memory());
    swap_memory() "Swap space, in bytes" => |system, _| answer(system.swap_memory());
    disk_partitions(flag("all")) "Mounted file systems on devices, or all" => |system, given| {
        let all = given.flag("all");
        answer(if all { system.disk_partitions_all() } else { system.disk_partitions() })
    };
    disk_usage(Parameter::new("path", Kind::Text)) "Space of a path's file system, in bytes" =>
        |system, given| answer(system.disk_usage(given.text("path").unwrap_or_default()));
    disk_io_counters(flag("perdisk"), NOWRAP) "What was read and written since boot" =>
        |system, given| one_or_each(
            given, "perdisk", || system.disk_io_counters(), || system.disk_io_counters_perdisk(),
        );
    net_io_counters(flag("pernic"), NOWRAP) "What was sent and received since boot" =>
        |system, given| one_or_each(
            given, "pernic", || system.net_io_counters(), || system.net_io_counters_pernic(),
        );
    net_connections(KIND) "Sockets of the system" =>
        |system, given| answer(system.net_connections(given.choice("kind")?));
    net_if_addrs() "Addresses of each network interface" =>
        |system, _| answer(system.net_if_addrs());
    net_if_stats() "State of each network interface" => |system, _| answer(system.net_if_stats());
    sensors_temperatures(flag("fahrenheit")) "Temperatures by chip" => temperatures;
    sensors_fans() "Fans by chip, in revolutions a minute" =>
        |system, _| answer(system.sensors_fans());
    sensors_battery(flag("all")) "The battery as psutil picks it, or all of them" => battery;
    users() "Who is logged in" => |system, _| answer(system.users());
    boot_time() "When the system was started" => |system, _| answer(system.boot_time());
    pids() "Every pid, ascending" => |system, _| answer(system.pids());
    pid_exists(Parameter::new("pid", Kind::Text)) "Whether a process has this pid" =>
        |system, given| answer(system.pid_exists(pid(given.text("pid"))?));
    process_iter(ATTRS) "Every process, or what is asked of each" => |system, given| {
        match given.text("attrs") {
            None => process::list(system),
            Some(names) => as_dict::of_all(system, names),
        }
    };
    wait_procs(Parameter::new("procs", Kind::Text), TIMEOUT)
        "Which of some processes (PID,PID,...) end in time, and which do not" => wait_procs;
    win_service_iter() "Every service, with all about it (Windows)" =>
        |system, _| answer(services::all(system));
    win_service_get(Parameter::new("name", Kind::Text)) "All about a service (Windows)" =>
        |system, given| answer(services::one(system, given.text("name").unwrap_or_default()));
    heap_info() "What the allocator of this very command holds, in bytes" =>
        |system, _| answer(system.heap_info());
    heap_trim() "Gives free memory of this very command back" => |system, _| {
        system.heap_trim()?;
        Ok(Value::Null)
    };
    host_name() "Name of the machine" => |system, _| answer(system.host_name());
    kernel() "Name and release of the kernel" => |system, _| answer(system.kernel());
    uptime() "Seconds since boot, sleep included" => |system, _| answer(system.uptime());
};

/// The answer without its type.
pub(super) fn answer<T: ToValue>(answer: sysvitals::Result<T>) -> anyhow::Result<Value> {
    Ok(answer?.to_value())
}

fn one_or_each<T: ToValue, E: ToValue>(
    given: &Arguments,
    flag: &str,
    one: impl FnOnce() -> sysvitals::Result<T>,
    each: impl FnOnce() -> sysvitals::Result<E>,
) -> anyhow::Result<Value> {
    if given.flag(flag) { answer(each()) } else { answer(one()) }
}

/// What `compare` says of the CPU times at both ends of the interval.
fn rate<T: ToValue>(
    system: &System,
    given: &Arguments,
    compare: fn(&CpuTimes, &CpuTimes) -> Option<T>,
) -> anyhow::Result<Value> {
    let interval = interval(given)?;
    if given.flag("percpu") {
        let before = system.cpu_times_percpu()?;
        sample::wait(system, interval)?;
        let after = system.cpu_times_percpu()?;
        let each = after.iter().zip(&before).map(|(after, before)| compare(after, before));
        return Ok(Value::List(each.map(|rate| rate.to_value()).collect()));
    }
    let before = system.cpu_times()?;
    sample::wait(system, interval)?;
    Ok(compare(&system.cpu_times()?, &before).to_value())
}

/// psutil's interval of 0 compares with the call before, and there is none.
pub(super) fn interval(given: &Arguments) -> sysvitals::Result<Duration> {
    given
        .seconds("interval")
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| Error::InvalidArgument("interval must be longer than zero".to_owned()))
}

fn temperatures(system: &System, given: &Arguments) -> anyhow::Result<Value> {
    let mut chips = system.sensors_temperatures()?;
    if given.flag("fahrenheit") {
        chips.values_mut().flatten().for_each(|sensor| *sensor = sensor.to_fahrenheit());
    }
    Ok(chips.to_value())
}

fn battery(system: &System, given: &Arguments) -> anyhow::Result<Value> {
    if !given.flag("all") {
        return answer(system.sensors_battery_psutil());
    }
    let batteries = system.sensors_battery()?;
    let named = |battery: &Battery| (battery.name.clone(), battery.to_value());
    Ok(Value::Map(batteries.iter().map(named).collect()))
}

fn wait_procs(system: &System, given: &Arguments) -> anyhow::Result<Value> {
    let (mut waited_for, mut gone) = (Vec::new(), Vec::new());
    let pids = given.text("procs").unwrap_or_default().to_string_lossy();
    for word in pids.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        waited_for.push(system.process(pid(Some(word.as_ref()))?)?);
    }
    let shown = waited_for.iter().map(process::shown).collect::<Result<Vec<_>, _>>()?;
    let of = |process: &Process| {
        let at = waited_for.iter().position(|each| each == process);
        at.and_then(|at| shown.get(at)).cloned().unwrap_or(Value::Null)
    };
    let timeout = given.seconds("timeout");
    let (_, alive) = sysvitals::wait_procs(waited_for.clone(), timeout, |process, exit| {
        let mut value = of(process);
        if let Value::Record(fields) = &mut value {
            fields.push(("returncode", exit.to_value()));
        }
        gone.push(value);
    })?;
    let alive = alive.iter().map(of).collect();
    Ok(Value::List(vec![Value::List(gone), Value::List(alive)]))
}

fn pid(word: Option<&OsStr>) -> anyhow::Result<sysvitals::Pid> {
    super::pid(word.unwrap_or_default())
}
