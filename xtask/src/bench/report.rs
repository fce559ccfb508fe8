//! The table.

use std::fs;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::contender::Programs;
use super::goal::{NEAR, Verdict};
use super::judged::{Judged, Judgement};
use super::measure::{Effort, LONG, LONGER};
use super::measured::{Measured, Part};
use super::methods;
use super::profile::{PROFILED, Profile};
use super::question::{Kind, Question};
use crate::workspace::Workspace;
use crate::{Outcome, command};

const COLUMNS: &[&str] = &[
    "operation",
    "items",
    "ours, µs",
    "µs per item",
    "peak, MiB",
    "× floor",
    "psutil ÷",
    "in Python: psutil ÷",
    "sysinfo ÷",
    "others ÷",
    "rounds",
];

/// What has been said so far.
pub(super) struct Report {
    machine: String,
    rows: Vec<String>,
    notes: Vec<String>,
    profiles: Vec<String>,
    met: usize,
    missed: usize,
    beyond: usize,
    absent: usize,
    failed: usize,
    start: Instant,
}

impl Report {
    pub(super) fn new(workspace: &Workspace, programs: &Programs) -> Result<Self> {
        let machine = machine(workspace, programs)?;
        Ok(Self {
            machine,
            rows: Vec::new(),
            notes: Vec::new(),
            profiles: Vec::new(),
            met: 0,
            missed: 0,
            beyond: 0,
            absent: 0,
            failed: 0,
            start: Instant::now(),
        })
    }

    /// The machine, and the head of the table.
    pub(super) fn head(&self) -> String {
        let rules: Vec<&str> = COLUMNS.iter().map(|_| "---").collect();
        let (names, rules) = (COLUMNS.join(" | "), rules.join(" | "));
        format!("{}\n\n| {names} |\n| {rules} |", self.machine)
    }

    /// One row of the table.
    pub(super) fn row(&mut self, question: &Question, measured: &Measured) -> String {
        let ours = question.ours();
        let mut cells = vec![question.label.to_owned()];
        if let Some(trouble) = &measured.trouble {
            self.failed += 1;
            cells.push(format!("FAILED: {trouble}"));
            cells.resize(COLUMNS.len(), String::new());
            return self.keep(&cells);
        }
        match measured.cost(ours) {
            Some((cost, items)) if question.kind == Kind::PythonMemory => {
                cells.extend([
                    items.to_string(),
                    format!("{:.0} KiB", cost / 1024.0),
                    "–".to_owned(),
                ]);
            }
            Some((cost, items)) => {
                let each = cost / 1e3 / items.max(1) as f64;
                cells.extend([
                    items.to_string(),
                    format!("{:.1}", cost / 1e3),
                    format!("{each:.2}"),
                ]);
            }
            None => cells.extend(["–", "not there yet", "–"].map(str::to_owned)),
        }
        cells.push(
            measured.peak.map_or("–".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0)),
        );
        let judgement = Judgement::of(question, measured);
        judgement.verdicts().for_each(|verdict| self.count(verdict));
        cells.push(judgement.floor.told());
        cells.extend(judgement.peers.iter().map(Judged::told));
        if question.kind == Kind::Methods {
            let note = methods::note(&measured.methods, question.goals.python);
            self.notes.push(format!("{}: {note}", question.label));
        }
        let others = question.others.iter().zip(&judgement.others);
        let others: Vec<_> = others
            .map(|(other, judged)| match judged {
                Some(judged) => format!("{} {}", other.name, judged.told()),
                None => format!("{} is not installed", other.name),
            })
            .collect();
        cells.push(if others.is_empty() { "–".to_owned() } else { others.join(", ") });
        cells.push(match measured.rounds() {
            Some((fewest, most)) if fewest < most => format!("{fewest}–{most}"),
            Some((rounds, _)) => rounds.to_string(),
            None => "–".to_owned(),
        });
        self.profile(question, measured);
        self.keep(&cells)
    }

    fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Met => &mut self.met,
            Verdict::Beyond(_) => &mut self.beyond,
            Verdict::Short => &mut self.missed,
            Verdict::Absent => &mut self.absent,
        } += 1;
    }

    fn keep(&mut self, cells: &[String]) -> String {
        let row = format!("| {} |", cells.join(" | "));
        self.rows.push(row.clone());
        row
    }

    /// One row of the second table.
    fn profile(&mut self, question: &Question, measured: &Measured) {
        let told = PROFILED.map(|(_, part)| match measured.profile(part) {
            Some(Profile { calls, kernel }) => format!("{calls}, {:.0} %", kernel * 100.0),
            None => "–".to_owned(),
        });
        let of_kernel = [Part::Ours, Part::OursInPython].map(|ours| {
            let profile = measured.profile(ours);
            let at_most = measured.ratio(Part::Psutil, ours).zip(profile);
            // Whom no tick of the kernel's clock met in the kernel, of him nothing can be said.
            let at_most = at_most.filter(|(_, profile)| profile.kernel > 0.0);
            at_most.map_or("–".to_owned(), |(ratio, Profile { kernel, .. })| {
                format!("{:.2}", ratio / kernel)
            })
        });
        if !measured.calls.is_empty() {
            let (told, of_kernel) = (told.join(" | "), of_kernel.join(" | "));
            self.profiles.push(format!("| {} | {told} | {of_kernel} |", question.label));
        }
    }

    /// What there is to say under the table.
    pub(super) fn foot(&self) -> String {
        let mut text = String::new();
        if !self.profiles.is_empty() {
            let names = PROFILED.map(|(name, _)| name).join(" | ");
            let rules = PROFILED.map(|_| "---").join(" | ");
            text.push_str(
                "System calls of one answer, and the kernel's share of its CPU time; and what psutil would \
                 have to ours if all but the kernel's part of ours cost nothing:\n\n",
            );
            text.push_str(&format!(
                "| operation | {names} | psutil ÷, calls alone | in Python |\n| --- | {rules} | --- | --- |\n"
            ));
            text.push_str(&format!("{}\n\n", self.profiles.join("\n")));
        }
        for note in &self.notes {
            text.push_str(&format!("* {note}\n"));
        }
        text.push_str(&format!("\n{}\n", self.summary()));
        text
    }

    fn summary(&self) -> String {
        format!(
            "{} goals met, {} short, {} that the floor misses too, {} not there yet, {} rows failed; \
             {:.0} s",
            self.met,
            self.missed,
            self.beyond,
            self.absent,
            self.failed,
            self.start.elapsed().as_secs_f64()
        )
    }

    /// All of it, for a file.
    pub(super) fn whole(&self) -> String {
        format!(
            "# Results of `cargo xtask bench`\n\n\
             CPU time, user and kernel, on one processor. A ratio is the median of so many rounds as the last column has, \
             in which all took turns twice, there and back; after each {} all were started anew, as where \
             its memory lies makes a program up to a third faster or slower as long as it runs. Who takes \
             more than {} s for one answer took part in the first round after each start. Above 1 says for \
             the floor that ours costs more, for all others that ours costs less. A row in which something \
             fell short, or was within {:.0} % of its goal, was measured again, in {} times as many rounds, \
             and those count, whatever they say.\n\n\
             In brackets: the goal, and where that is out of reach what the floor has, which does nothing \
             but system calls; where ours keeps files open, the better of a floor that opens them and of \
             one that keeps them, and sees before it uses a descriptor that it still leads to what was \
             opened; of `smaps` the better of one that reads as much as there is and of one that reads by \
             less than a page; where ours is a program, a program that is started as well. In Python the objects of an answer have to be made, too: the floor there \
             is bare system calls and, measured in the same rounds, what Python's own `marshal` takes to \
             make the very answer again of bytes, with plain tuples in the place of named ones; and of a \
             method that one call answers what Python's own function for that call takes. Rows that \
             are given again and not made have no objects to be counted.\n\n\
             2,000 sleeping processes unless a row says otherwise.\n\n{}\n{}\n\n{}",
            Effort::WHOLE.rounds,
            LONG.as_secs(),
            (NEAR - 1.0) * 100.0,
            LONGER,
            self.head(),
            self.rows.join("\n"),
            self.foot()
        )
    }

    /// Fails if anything is not as it is to be.
    pub(super) fn judge(&self) -> Result<Outcome> {
        if self.missed + self.absent + self.failed > 0 {
            bail!("{}", self.summary());
        }
        Ok(Outcome::Done(self.summary()))
    }
}

/// Kernel, processor, versions, load and day.
fn machine(workspace: &Workspace, programs: &Programs) -> Result<String> {
    let said = |command: &mut Command| {
        let text = command::output(command).unwrap_or_default();
        String::from_utf8_lossy(&text).trim().to_owned()
    };
    let kernel = said(Command::new("uname").arg("-srm"));
    let date = said(Command::new("date").args(["-u", "+%Y-%m-%d"]));
    let rustc = said(Command::new("rustc").arg("-V"));
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names = cpus.lines().filter_map(|line| line.strip_prefix("model name"));
    let names: Vec<&str> = names.filter_map(|name| Some(name.split_once(':')?.1.trim())).collect();
    let processor = format!("{} × {}", names.len(), names.first().unwrap_or(&"?"));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let version = |folder: &str, package: &str| -> Result<String> {
        let lock = fs::read_to_string(workspace.root().join(folder).join("Cargo.lock"))?;
        let named = format!("name = \"{package}\"");
        let entry = lock.split("[[package]]").find(|entry| entry.lines().any(|line| line == named));
        let entry = entry.with_context(|| format!("{package} in the lock file of {folder}"))?;
        let version = entry.lines().find_map(|line| line.strip_prefix("version = "));
        Ok(version.context("a version")?.trim_matches('"').to_owned())
    };
    let mut peers = vec![
        format!("sysinfo {}", version("benches", "sysinfo")?),
        format!("procfs {}", version("benches", "procfs")?),
        format!("the crate psutil {}", version("benches/rust-psutil", "psutil")?),
    ];
    if let Ok((_, upstream)) = &programs.pythons {
        let ask = "import sys, psutil; print('psutil', psutil.__version__ + ', Python', sys.version.split()[0])";
        peers.push(said(Command::new(upstream).args(["-c", ask])));
    }
    Ok(format!(
        "{date}; {kernel}; {processor}; {rustc}; {}; load {load} at the start",
        peers.join(", ")
    ))
}
