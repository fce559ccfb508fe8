//! The overview for people.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use sysvitals::{Battery, Cell, TimeLeft};

use super::facts::{Busy, Facts, Nic, Processes};
use crate::output::table::{Align, Table};
use crate::output::{Paint, Terminal, human, text};

/// Where no terminal says how wide it is.
const USUAL_WIDTH: usize = 80;
/// Lines that any one part may take.
const MANY: usize = 6;
/// Columns of the names in front.
const LABEL: usize = 6;

pub(super) fn draw(facts: &Facts, terminal: Option<Terminal>) -> String {
    let mut screen = Screen {
        text: String::new(),
        paint: Paint::new(terminal.is_some_and(|terminal| terminal.colour)),
        width: terminal.map_or(USUAL_WIDTH, |terminal| terminal.width),
        bars: terminal.is_some(),
    };
    screen.host(facts);
    screen.cpus(facts);
    screen.memory(facts);
    screen.disks(facts);
    screen.nics(facts);
    screen.sensors(facts);
    if let Some(processes) = &facts.processes {
        screen.processes(processes);
    }
    screen.text
}

struct Screen {
    text: String,
    paint: Paint,
    width: usize,
    /// Whether bars are drawn: they mean nothing to a program.
    bars: bool,
}

impl Screen {
    /// A line with a name in front; none repeats that of the line above.
    fn line(&mut self, label: &str, rest: &str) {
        let label = format!("{label:<LABEL$} ");
        let rest = text::fit(rest, self.width.saturating_sub(LABEL + 1));
        let _ = writeln!(self.text, "{}{rest}", self.paint.bold(label));
    }

    /// A line with a bar.
    fn gauge(&mut self, label: &str, percent: f64, rest: &str) {
        if !self.bars {
            return self.line(label, &format!("{percent:>5.1}%  {rest}"));
        }
        let columns = (self.width / 4).clamp(8, 30);
        let left = self.width.saturating_sub(LABEL + 1 + columns + 9);
        let bar = self.bar(percent, columns);
        let label = self.paint.bold(format!("{label:<LABEL$} "));
        let rest = text::fit(rest, left);
        let _ = writeln!(self.text, "{label}{bar} {percent:>5.1}%  {rest}");
    }

    fn bar(&self, percent: f64, columns: usize) -> String {
        let (full, empty) = human::bar(percent, columns);
        format!("{}{}", self.paint.by_use(percent, full), self.paint.dim(empty))
    }

    fn host(&mut self, facts: &Facts) {
        let mut parts = Vec::new();
        parts.extend(facts.kernel.as_deref().map(text::shown));
        parts.extend(facts.uptime.uptime.map(|up| format!("up {}", human::uptime(up))));
        parts.extend(facts.uptime.users.map(|users| match users {
            1 => "1 user".to_owned(),
            users => format!("{users} users"),
        }));
        parts.extend(
            facts
                .uptime
                .load
                .map(|[one, five, fifteen]| format!("load {one:.2} {five:.2} {fifteen:.2}")),
        );
        let name =
            facts.host_name.as_deref().map_or_else(|| "unknown host".to_owned(), text::shown);
        let name = text::fit(&name, self.width);
        let parts = parts.join(", ");
        let rest = text::fit(&parts, self.width.saturating_sub(text::width(&name) + 2));
        let _ = writeln!(self.text, "{}  {rest}\n", self.paint.bold(name));
    }

    fn cpus(&mut self, facts: &Facts) {
        let cpu = &facts.cpu;
        let mut parts = Vec::new();
        parts.extend(cpu.logical.map(|count| several(count, "CPU")));
        parts.extend(cpu.cores.map(|count| several(count, "core")));
        let clock = cpu.freq.and_then(|freq| freq.current).filter(|&mhz| mhz > 0.0);
        parts.extend(clock.map(|mhz| format!("{mhz:.0} MHz")));
        match cpu.percent {
            Some(percent) => self.gauge("cpu", percent, &parts.join(", ")),
            None if parts.is_empty() => return,
            None => self.line("cpu", &parts.join(", ")),
        }
        if cpu.each.len() > 1 {
            self.each_cpu(&cpu.each);
        }
    }

    fn each_cpu(&mut self, each: &[Option<f64>]) {
        const BAR: usize = 8;
        let cell = if self.bars { BAR + 13 } else { 12 };
        let columns = (self.width.saturating_sub(LABEL + 1) / cell).max(1);
        for (row, chunk) in each.chunks(columns).enumerate() {
            if row == MANY {
                let left = each.len() - row * columns;
                return self.line("", &format!("and {left} more"));
            }
            let _ = write!(self.text, "{:LABEL$} ", "");
            for (at, percent) in chunk.iter().enumerate() {
                let number = row * columns + at;
                let shown = percent.map_or("-".to_owned(), |percent| format!("{percent:.1}%"));
                let bar =
                    if self.bars { self.bar(percent.unwrap_or(0.0), BAR) } else { String::new() };
                let end = if at + 1 < chunk.len() { "  " } else { "" };
                let _ = write!(self.text, "{number:>3} {bar}{shown:>7}{end}");
            }
            self.text.push('\n');
        }
    }

    fn memory(&mut self, facts: &Facts) {
        let of = |used: u64, total: u64| {
            format!("{} of {}", human::size(used.into()), human::size(total.into()))
        };
        if let Some(memory) = &facts.memory {
            let available = human::size(memory.available.into());
            let rest = format!("{}, {available} available", of(memory.used, memory.total));
            self.gauge("memory", memory.percent, &rest);
        }
        match &facts.swap {
            Some(swap) if swap.total > 0 => {
                self.gauge("swap", swap.percent, &of(swap.used, swap.total));
            }
            Some(_) => self.line("swap", "none"),
            None => {}
        }
    }

    fn disks(&mut self, facts: &Facts) {
        for (at, disk) in facts.disks.iter().enumerate() {
            if at == MANY {
                self.line("", &format!("and {} more", facts.disks.len() - at));
                break;
            }
            let label = if at == 0 { "disk" } else { "" };
            let place = text::shown(disk.partition.mountpoint.as_os_str());
            match disk.usage {
                Some(usage) => {
                    let (free, total) =
                        (human::size(usage.free.into()), human::size(usage.total.into()));
                    self.gauge(label, usage.percent, &format!("{place}, {free} of {total} free"));
                }
                None => {
                    let device = text::shown(&disk.partition.device);
                    self.line(label, &format!("{place} on {device}, space not told"));
                }
            }
        }
        if let Some((read, written)) = facts.disk_rates {
            let label = if facts.disks.is_empty() { "disk" } else { "" };
            let (read, written) = (human::rate(read), human::rate(written));
            self.line(label, &format!("{read} read, {written} written"));
        }
    }

    fn nics(&mut self, facts: &Facts) {
        let is_up = |nic: &&Nic| nic.stats.as_ref().is_none_or(|stats| stats.isup);
        let up: Vec<_> = facts.nics.iter().filter(is_up).collect();
        let columns = ["name", "in", "out"].map(|name| (name.to_owned(), Align::Left));
        let mut table = Table::new(columns).headless();
        for nic in up.iter().take(MANY) {
            let (received, sent) = match (nic.rates, nic.counters) {
                (Some((received, sent)), _) => (human::rate(received), human::rate(sent)),
                (None, Some(counters)) => {
                    (human::size(counters.bytes_recv), human::size(counters.bytes_sent))
                }
                (None, None) => continue,
            };
            let name = text::shown(&nic.name);
            table.row(vec![name, format!("{received} received"), format!("{sent} sent")]);
        }
        for (at, line) in table.lines(None).iter().enumerate() {
            self.line(if at == 0 { "net" } else { "" }, line);
        }
        if up.len() > MANY {
            self.line("", &format!("and {} more", up.len() - MANY));
        }
    }

    fn sensors(&mut self, facts: &Facts) {
        let label = |chip: &OsStr, label: &OsStr| match label.is_empty() {
            true => text::shown(chip),
            false => format!("{} {}", text::shown(chip), text::shown(label)),
        };
        let mut hottest: Vec<_> = facts
            .temperatures
            .iter()
            .flat_map(|(chip, sensors)| sensors.iter().map(move |sensor| (chip, sensor)))
            .collect();
        hottest.sort_by(|one, other| other.1.current.total_cmp(&one.1.current));
        let shown = hottest.iter().map(|(chip, sensor)| {
            format!("{} {:.0} °C", label(chip, &sensor.label), sensor.current)
        });
        self.list("heat", shown);
        let fans =
            facts.fans.iter().flat_map(|(chip, fans)| fans.iter().map(move |fan| (chip, fan)));
        let fans =
            fans.map(|(chip, fan)| format!("{} {} rpm", label(chip, &fan.label), fan.current));
        self.list("fans", fans);
        for battery in &facts.batteries {
            self.gauge("power", battery.percent, &power(battery));
        }
    }

    /// As many as fit into a line.
    fn list(&mut self, label: &str, items: impl Iterator<Item = String>) {
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            return;
        }
        let room = self.width.saturating_sub(LABEL + 1);
        let mut line = String::new();
        for (at, item) in items.iter().enumerate() {
            let more = format!(", and {} more", items.len() - at);
            let last = at + 1 == items.len();
            let needed =
                text::width(&line) + text::width(item) + if last { 2 } else { 2 + more.len() };
            if at > 0 && needed > room {
                line.push_str(&more);
                break;
            }
            line.push_str(if at > 0 { ", " } else { "" });
            line.push_str(item);
        }
        self.line(label, &line);
    }

    fn processes(&mut self, processes: &Processes) {
        let (count, running) = (processes.count, processes.running);
        let title = format!("{count} processes, {running} running");
        let _ = writeln!(self.text, "\n{}", self.paint.bold(text::fit(&title, self.width)));
        let cpu = |process: &Busy| process.cpu.map_or("-".to_owned(), |cpu| format!("{cpu:.1}"));
        let rss =
            |process: &Busy| process.rss.map_or("-".to_owned(), |rss| human::size(rss.into()));
        let by_cpu = busy("%CPU", &processes.by_cpu, cpu);
        let by_memory = busy("RSS", &processes.by_memory, rss);
        let tables: Vec<_> =
            [by_cpu, by_memory].into_iter().filter(|table| !table.is_empty()).collect();
        if self.width < USUAL_WIDTH || tables.len() < 2 {
            for table in &tables {
                let lines = table.lines(Some(self.width));
                lines.iter().enumerate().for_each(|(at, line)| self.row(at, line, ""));
            }
            return;
        }
        let half = self.width / 2 - 1;
        let mut halves = tables.iter().map(|table| table.lines(Some(half)));
        let (left, right) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        for at in 0..left.len().max(right.len()) {
            let of = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let padding = " ".repeat(half.saturating_sub(text::width(&of(&left))));
            self.row(at, &format!("{}{padding}  ", of(&left)), &of(&right));
        }
    }

    fn row(&mut self, at: usize, left: &str, right: &str) {
        let line = format!("{left}{right}");
        let line = line.trim_end();
        let _ =
            writeln!(self.text, "{}", if at == 0 { self.paint.dim(line) } else { line.to_owned() });
    }
}

fn several(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn power(battery: &Battery) -> String {
    let plugged = match battery.power_plugged {
        Some(true) => ", on mains",
        Some(false) => ", on battery",
        None => "",
    };
    let left = match battery.secsleft {
        TimeLeft::Remaining(time) => format!(", {} left", human::uptime(time)),
        TimeLeft::Unknown | TimeLeft::Unlimited => String::new(),
    };
    format!("{}{plugged}{left}", text::shown(&battery.name))
}

fn busy(head: &str, processes: &[Busy], value: impl Fn(&Busy) -> String) -> Table {
    let columns =
        [("PID", Align::Right), ("USER", Align::Left), (head, Align::Right), ("NAME", Align::Left)];
    let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
    let name = |name: &Cell<OsString>| name.as_deref().map_or_else(|_| "-".to_owned(), text::shown);
    for process in processes {
        let user = text::fit(&name(&process.user), 12).into_owned();
        table.row(vec![process.pid.to_string(), user, value(process), name(&process.name)]);
    }
    table
}
