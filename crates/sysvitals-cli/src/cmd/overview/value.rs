//! The overview for programs.

use sysvitals::{ToValue as _, Value};

use super::facts::{Busy, Facts, Nic, Processes};

pub(super) fn of(facts: &Facts) -> Value {
    let cpu = &facts.cpu;
    let nics = facts.nics.iter().map(|one| (one.name.clone(), nic(one))).collect();
    Value::Record(vec![
        ("interval", facts.elapsed.to_value()),
        (
            "host",
            Value::Record(vec![
                ("name", facts.host_name.to_value()),
                ("kernel", facts.kernel.to_value()),
                ("boot_time", facts.uptime.boot_time.to_value()),
                ("uptime", facts.uptime.uptime.to_value()),
                ("users", facts.uptime.users.map(count).to_value()),
            ]),
        ),
        ("load", facts.uptime.load.to_value()),
        (
            "cpu",
            Value::Record(vec![
                ("logical", cpu.logical.to_value()),
                ("cores", cpu.cores.to_value()),
                ("freq", cpu.freq.to_value()),
                ("percent", cpu.percent.to_value()),
                ("percpu", cpu.each.to_value()),
            ]),
        ),
        ("memory", facts.memory.to_value()),
        ("swap", facts.swap.to_value()),
        ("disks", facts.disks.to_value()),
        ("disk_io", rates(["read_rate", "write_rate"], facts.disk_rates)),
        ("nics", Value::Map(nics)),
        ("temperatures", facts.temperatures.to_value()),
        ("fans", facts.fans.to_value()),
        (
            "batteries",
            Value::Map(
                facts.batteries.iter().map(|one| (one.name.clone(), one.to_value())).collect(),
            ),
        ),
        ("processes", facts.processes.as_ref().map_or(Value::Null, processes)),
    ])
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn rates(names: [&'static str; 2], rates: Option<(f64, f64)>) -> Value {
    let [first, second] = names;
    Value::Record(vec![
        (first, rates.map(|(rate, _)| rate).to_value()),
        (second, rates.map(|(_, rate)| rate).to_value()),
    ])
}

fn nic(nic: &Nic) -> Value {
    let mut fields = vec![
        ("isup", nic.stats.as_ref().map(|stats| stats.isup).to_value()),
        ("speed", nic.stats.as_ref().map(|stats| stats.speed).to_value()),
        ("bytes_recv", nic.counters.map(|counters| counters.bytes_recv).to_value()),
        ("bytes_sent", nic.counters.map(|counters| counters.bytes_sent).to_value()),
    ];
    if let Value::Record(rates) = rates(["recv_rate", "sent_rate"], nic.rates) {
        fields.extend(rates);
    }
    Value::Record(fields)
}

fn processes(processes: &Processes) -> Value {
    let list = |list: &[Busy]| Value::List(list.iter().map(busy).collect());
    Value::Record(vec![
        ("count", count(processes.count).to_value()),
        ("running", count(processes.running).to_value()),
        ("by_cpu", list(&processes.by_cpu)),
        ("by_memory", list(&processes.by_memory)),
    ])
}

fn busy(process: &Busy) -> Value {
    Value::Record(vec![
        ("pid", process.pid.to_value()),
        ("user", process.user.as_ref().ok().to_value()),
        ("name", process.name.as_ref().ok().to_value()),
        ("cpu", process.cpu.to_value()),
        ("rss", process.rss.ok().to_value()),
    ])
}
