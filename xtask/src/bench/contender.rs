//! The programs that are measured: started, asked a line at a time, and ended.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// Whose answers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Ours,
    Floor,
    Peers,
    RustPsutil,
    /// An interpreter whose psutil is ours.
    OurPython,
    /// One that has psutil's own.
    TheirPython,
}

/// Where all of them are.
pub(super) struct Programs {
    /// The folder of what cargo and cc have built.
    pub(super) built: PathBuf,
    pub(super) vitals: PathBuf,
    /// If it can be had here.
    pub(super) procs: Option<PathBuf>,
    pub(super) script: PathBuf,
    /// Our Python, and the other; or why there are none.
    pub(super) pythons: Result<(PathBuf, PathBuf), String>,
}

impl Programs {
    pub(super) fn built(&self, name: &str) -> Command {
        Command::new(self.built.join(name))
    }

    /// What starts `program`, if it can be had here.
    pub(super) fn command(&self, program: Program) -> Option<Command> {
        let python = |interpreter: &Path| {
            let mut command = Command::new(interpreter);
            command.arg(&self.script).env("PYTHONDONTWRITEBYTECODE", "1");
            command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
            command
        };
        Some(match program {
            Program::Ours => self.built("ours"),
            Program::Floor => self.built("floor"),
            Program::Peers => self.built("peers"),
            Program::RustPsutil => self.built("rust-psutil"),
            Program::OurPython => python(&self.pythons.as_ref().ok()?.0),
            Program::TheirPython => python(&self.pythons.as_ref().ok()?.1),
        })
    }
}

/// The same on the last processor that we may use: what another has in its caches, and who else uses its
/// core, would be taken for a difference between two programs. Where nobody can do that, on all.
fn on_one_processor(command: Command) -> Result<Command> {
    let Some(taskset) = command::which("taskset") else { return Ok(command) };
    let status = fs::read_to_string("/proc/self/status")?;
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let last = allowed.and_then(|list| list.trim().rsplit([',', '-']).next());
    let mut pinned = Command::new(taskset);
    pinned.args(["--cpu-list", last.context("a list of processors")?]);
    Ok(command::through(pinned, &command))
}

/// One that runs. It ends with its standard input.
pub(super) struct Contender {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// One answer to be timed.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// Nanoseconds, or bytes, of one repetition.
    pub(super) cost: f64,
    pub(super) items: u64,
}

impl Contender {
    /// Starts it; `None` if it cannot be had here.
    pub(super) fn start(programs: &Programs, program: Program) -> Result<Option<Self>> {
        let Some(command) = programs.command(program) else { return Ok(None) };
        let mut command = on_one_processor(command)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {program:?}"))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("its output")?;
        Ok(Some(Self { child, input, output: BufReader::new(output) }))
    }

    fn say(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("its input")?;
        writeln!(input, "{line}").and_then(|()| input.flush()).context("it has ended")
    }

    /// The next line; `None` if it says that it knows no such thing.
    fn hear(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        self.output.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        match line.trim_end_matches('\n') {
            "" => bail!("it has ended"),
            "none" => Ok(None),
            line => match line.strip_prefix("error ") {
                Some(error) => bail!("{error}"),
                None => Ok(Some(line.to_owned())),
            },
        }
    }

    /// The rows of its answer; `None` if it has no such operation.
    pub(super) fn rows(&mut self, operation: &str, argument: &str) -> Result<Option<Vec<String>>> {
        self.say(&format!("rows {operation} {argument}"))?;
        let mut rows = Vec::new();
        loop {
            match self.hear()? {
                None => return Ok(None),
                Some(line) if line == "." => return Ok(Some(rows)),
                Some(line) => rows.push(line),
            }
        }
    }

    /// What `repetitions` of it cost.
    pub(super) fn time(
        &mut self,
        operation: &str,
        argument: &str,
        repetitions: u64,
    ) -> Result<Sample> {
        self.say(&format!("time {operation} {repetitions} {argument}"))?;
        let line = self.hear()?.context("it has no such operation")?;
        let mut numbers = line.split(' ');
        let mut next = || numbers.next().and_then(|word| word.parse::<u64>().ok());
        let (cost, items) = (next().context("a cost")?, next().context("a number of items")?);
        Ok(Sample { cost: cost as f64 / repetitions as f64, items })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it ever had, in KiB.
    pub(super) fn peak(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
