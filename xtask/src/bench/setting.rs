//! What is looked at: workloads, made and taken away.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::contender::Programs;
use super::question::{Argument, Setting};

/// Reads to the end of its input, as large as a program with some libraries is.
const INTERPRETER: &str = "import decimal, json, ssl, sys; held = bytearray(50 << 20); print('ready', flush=True); sys.stdin.read()";

/// A workload that is there.
pub(super) struct Surroundings {
    pub(super) setting: Setting,
    /// Its processes.
    pub(super) pids: Vec<String>,
    root: u32,
    held: Vec<Held>,
}

/// A program that holds a part of it, until it is dropped.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

impl Surroundings {
    pub(super) fn make(setting: Setting, programs: &Programs) -> Result<Self> {
        let mut new =
            Self { setting, pids: Vec::new(), root: std::process::id(), held: Vec::new() };
        match setting {
            Setting::Host => {}
            Setting::Processes(count) => {
                let mut workload = programs.built("workload");
                workload.arg("processes").arg(count.to_string());
                new.hold(workload.arg(programs.built.join("sleeper")))?;
            }
            Setting::Connections(count) => new.hold(&mut connections(programs, count))?,
            Setting::Few(count) => {
                new.hold(&mut connections(programs, 10))?;
                new.hold(&mut connections(programs, count))?;
            }
            Setting::Mappings(count) => {
                let mut workload = programs.built("workload");
                new.hold(workload.arg("mappings").arg(count.to_string()))?;
            }
            Setting::Interpreter => {
                new.hold(Command::new("python3").args(["-I", "-c", INTERPRETER]))?;
            }
        }
        Ok(new)
    }

    /// Starts a part of it, and waits until it is there.
    fn hold(&mut self, command: &mut Command) -> Result<()> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut held = Held(child.context("starting a workload")?);
        let output = held.0.stdout.take().context("its output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let mut words = line.split_whitespace();
        ensure!(words.next() == Some("ready"), "a workload failed");
        self.root = held.0.id();
        self.pids.extend(words.map(str::to_owned));
        if self.setting == Setting::Interpreter {
            self.pids.push(self.root.to_string());
        }
        self.held.push(held);
        Ok(())
    }

    /// What an operation is told here.
    pub(super) fn argument(&self, argument: Argument) -> String {
        match argument {
            Argument::Nothing => String::new(),
            Argument::Root => self.root.to_string(),
            // In the middle of a crowd; the first where the others are the crowd.
            Argument::Pid => match self.setting {
                Setting::Processes(_) => self.pids.get(self.pids.len() / 2),
                _ => self.pids.first(),
            }
            .cloned()
            .unwrap_or_else(|| std::process::id().to_string()),
        }
    }
}

fn connections(programs: &Programs, count: usize) -> Command {
    let mut workload = programs.built("workload");
    workload.arg("connections").arg(count.to_string());
    workload
}
