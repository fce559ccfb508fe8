//! `/proc/stat`: CPU times and counters of the whole system (proc_stat(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// What one `stat` file says of the whole system, the times of its CPUs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Interrupts served since boot, the first number of `intr`.
    pub intr: Option<u64>,
    /// Context switches since boot.
    pub ctxt: Option<u64>,
    /// When the system booted, in seconds since 1970.
    pub btime: Option<u64>,
    /// Soft interrupts since boot, the first number of `softirq`; absent before Linux 2.6.31.
    pub softirq: Option<u64>,
}

/// Ticks that one CPU, or all of them, spent in each mode since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTicks {
    /// In user mode, `guest` included.
    pub user: u64,
    /// In user mode with low priority, `guest_nice` included.
    pub nice: u64,
    /// In kernel mode.
    pub system: u64,
    /// Doing nothing.
    pub idle: u64,
    /// Doing nothing while a disk was waited for; absent before Linux 2.5.41.
    pub iowait: Option<u64>,
    /// Serving interrupts; absent before Linux 2.6.0.
    pub irq: Option<u64>,
    /// Serving soft interrupts; absent before Linux 2.6.0.
    pub softirq: Option<u64>,
    /// Taken by other guests of the hypervisor; absent before Linux 2.6.11.
    pub steal: Option<u64>,
    /// Running guests; absent before Linux 2.6.24.
    pub guest: Option<u64>,
    /// Running guests of low priority; absent before Linux 2.6.33.
    pub guest_nice: Option<u64>,
}

/// One CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpu {
    /// Its number; offline CPUs leave gaps.
    pub number: u32,
    /// Its times.
    pub ticks: CpuTicks,
}

/// Parses one `stat` file.
///
/// # Errors
///
/// When a line that it knows has no number where one belongs.
pub fn parse(input: &[u8]) -> Result<Stat, ParseError> {
    let mut stat = Stat { intr: None, ctxt: None, btime: None, softirq: None };
    for line in cursor::lines(input) {
        let mut fields = Fields::new(line);
        match fields.next() {
            // The line goes on with thousands of numbers.
            Some(b"intr") => stat.intr = Some(fields.number("intr")?),
            Some(b"ctxt") => stat.ctxt = Some(fields.number("ctxt")?),
            Some(b"btime") => stat.btime = Some(fields.number("btime")?),
            Some(b"softirq") => stat.softirq = Some(fields.number("softirq")?),
            _ => {}
        }
    }
    Ok(stat)
}

/// All CPUs together, from the line `cpu` of a `stat` file, which comes first.
///
/// # Errors
///
/// When that line has no number where one belongs.
pub fn total(input: &[u8]) -> Result<Option<CpuTicks>, ParseError> {
    let mut lines = cursor::lines(input).map(Fields::new);
    let line = lines.find_map(|mut fields| (fields.next() == Some(b"cpu")).then_some(fields));
    line.map(|mut fields| ticks(&mut fields)).transpose()
}

/// Each CPU in a `stat` file that is online, in the order of their numbers.
pub fn cpus(input: &[u8]) -> impl Iterator<Item = Result<Cpu, ParseError>> {
    // They come first, and what follows is long.
    let lines = cursor::lines(input).take_while(|line| line.starts_with(b"cpu"));
    lines.filter(|line| !line.starts_with(b"cpu ")).map(cpu)
}

fn cpu(line: &[u8]) -> Result<Cpu, ParseError> {
    let mut fields = Fields::new(line.strip_prefix(b"cpu").unwrap_or(line));
    Ok(Cpu { number: fields.number("cpu")?, ticks: ticks(&mut fields)? })
}

fn ticks(fields: &mut Fields<'_>) -> Result<CpuTicks, ParseError> {
    Ok(CpuTicks {
        user: fields.number("user")?,
        nice: fields.number("nice")?,
        system: fields.number("system")?,
        idle: fields.number("idle")?,
        iowait: fields.optional("iowait")?,
        irq: fields.optional("irq")?,
        softirq: fields.optional("softirq")?,
        steal: fields.optional("steal")?,
        guest: fields.optional("guest")?,
        guest_nice: fields.optional("guest_nice")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10 11\n\
        cpu3 21 22 23 24 25 26 27 28 29 30\nintr 1462898 33 0 0\nctxt 115315\nbtime 769041601\n\
        processes 86031\nsoftirq 33 1 2 3\n";

    #[test]
    fn every_line_has_its_place() {
        let stat = parse(FILE).expect("a well-formed file");
        let want = CpuTicks {
            user: 1,
            nice: 2,
            system: 3,
            idle: 4,
            iowait: Some(5),
            irq: Some(6),
            softirq: Some(7),
            steal: Some(8),
            guest: Some(9),
            guest_nice: Some(10),
        };
        assert_eq!(total(FILE), Ok(Some(want)));
        assert_eq!((stat.intr, stat.ctxt), (Some(1_462_898), Some(115_315)));
        assert_eq!((stat.btime, stat.softirq), (Some(769_041_601), Some(33)));
        let cpus: Vec<_> = cpus(FILE).collect::<Result<_, _>>().expect("well-formed lines");
        assert_eq!(cpus.iter().map(|cpu| cpu.number).collect::<Vec<_>>(), [0, 3]);
        assert_eq!((cpus[0].ticks, cpus[1].ticks.user), (want, 21));
    }

    /// What is absent begins with the column after the last.
    #[track_caller]
    fn check(columns: &str, absent: [bool; 6]) {
        let line = format!("cpu  {columns}\ncpu0 {columns}\n");
        let total = total(line.as_bytes()).expect("a well-formed line");
        let cpu = total.expect("a line of all CPUs");
        let options = [cpu.iowait, cpu.irq, cpu.softirq, cpu.steal, cpu.guest, cpu.guest_nice];
        assert_eq!(options.map(|ticks| ticks.is_none()), absent);
        assert_eq!(cpus(line.as_bytes()).next().expect("cpu0").expect("well-formed").ticks, cpu);
    }

    #[test]
    fn old_kernels_have_fewer_columns() {
        check("1 2 3 4", [true; 6]); // Linux 2.4
        check("1 2 3 4 5 6 7", [false, false, false, true, true, true]); // 2.6.0
        check("1 2 3 4 5 6 7 8", [false, false, false, false, true, true]); // 2.6.11
        check("1 2 3 4 5 6 7 8 9", [false, false, false, false, false, true]); // 2.6.24
        check("1 2 3 4 5 6 7 8 9 10", [false; 6]); // 2.6.33
    }

    #[test]
    fn malformed_lines_are_errors() {
        assert_eq!(total(b"cpu 1 2 3\n").unwrap_err().field(), "idle");
        assert_eq!(total(b"cpu0 1 2 3 4\nintr 5\n"), Ok(None));
        assert_eq!(parse(b"btime soon\n").unwrap_err().field(), "btime");
        let cpus = cpus(b"cpu0 1 2\ncpuX 1 2 3 4\n");
        let fields: Vec<_> = cpus.map(|cpu| cpu.unwrap_err().field()).collect();
        assert_eq!(fields, ["system", "cpu"]);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            let _ = (parse(&FILE[..end]), total(&FILE[..end]));
            cpus(&FILE[..end]).for_each(drop);
        }
    }
}
