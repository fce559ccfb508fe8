//! The command line as a whole.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Parser;
use sysvitals::{Roots, System};

use crate::cmd::Command;
use crate::exit;
use crate::output::{Format, Output, Terminal};

const UNITS: &str = "\
Units of json, jsonl and csv: sizes are bytes, spans of time seconds, moments seconds since 1970
(UTC), clocks MHz, temperatures degrees Celsius, rates bytes a second, shares percent; of a CPU, 100
is one CPU in full. As in psutil, the read_time, write_time and busy_time of disks are milliseconds,
and the speed of a network interface is megabits a second.

What is not known, or not told to this user, is null, never 0. Bytes that are not UTF-8 stand in JSON
as Python's surrogateescape writes them (\\udc80 to \\udcff).";

/// Everything about running processes and the system.
///
/// Without a command: the vital signs of this machine, on one screen.
#[derive(Debug, Parser)]
#[command(
    name = "vitals",
    version,
    about,
    after_help = exit::HELP,
    after_long_help = format!("{UNITS}\n\n{}", exit::HELP),
    infer_subcommands = false,
)]
pub(crate) struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    /// Layout of the output: a table for people, or raw numbers for programs.
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
    /// The machine recorded below DIR, which holds its proc, sys, etc and run.
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Where procfs is mounted.
    #[arg(long, global = true, value_name = "DIR")]
    procfs: Option<PathBuf>,
    /// Where sysfs is mounted.
    #[arg(long, global = true, value_name = "DIR")]
    sysfs: Option<PathBuf>,
}

/// [`Options`] that stand behind the arguments of `get`, which clap leaves alone.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Trailing {
    #[command(flatten)]
    options: Options,
}

impl Options {
    fn system(&self) -> System {
        let mut roots = self.root.as_ref().map_or_else(Roots::default, Roots::below);
        roots.proc = self.procfs.clone().unwrap_or(roots.proc);
        roots.sys = self.sysfs.clone().unwrap_or(roots.sys);
        System::with_roots(roots)
    }

    /// These, where `later` says nothing.
    fn overridden_by(self, later: Self) -> Self {
        Self {
            output: later.output.or(self.output),
            root: later.root.or(self.root),
            procfs: later.procfs.or(self.procfs),
            sysfs: later.sysfs.or(self.sysfs),
        }
    }
}

/// Reads the command line.
pub(crate) fn parse() -> anyhow::Result<Cli> {
    Cli::read(std::env::args_os())
}

impl Cli {
    fn read(arguments: impl Iterator<Item = std::ffi::OsString>) -> anyhow::Result<Self> {
        let mut cli = Self::try_parse_from(arguments)?;
        if let Some(Command::Get(get)) = &mut cli.command {
            let trailing = Trailing::try_parse_from(get.take_options())?;
            cli.options = cli.options.overridden_by(trailing.options);
        }
        Ok(cli)
    }

    /// Answers into `out`.
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let terminal = io::stdout().is_terminal().then(Terminal::of_this_process);
        let mut output = Output::new(self.options.output, terminal, out);
        let overview = Command::default();
        self.command.as_ref().unwrap_or(&overview).run(&self.options.system(), &mut output)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_stand_anywhere() {
        let check = |line: &str| {
            let words = line.split(' ').map(Into::into);
            let cli = Cli::read(words).expect("a command line");
            assert_eq!(cli.options.root, Some("dir".into()), "{line}");
            assert_eq!(cli.options.output, Some(Format::Jsonl), "{line}");
        };
        check("vitals -o jsonl --root dir get cpu_times");
        check("vitals get -o jsonl --root=dir cpu_times");
        check("vitals get cpu_times -o jsonl --root dir");
        check("vitals get cpu_times --percpu -ojsonl --root dir");
        check("vitals get process 1 memory_maps --root dir --ungrouped --output=jsonl");
        check("vitals ps -o jsonl --root dir");
    }

    #[test]
    fn single_roots_win_over_all_of_them() {
        let words = ["vitals", "--root", "r", "--procfs", "p"].map(Into::into);
        let roots = Cli::read(words.into_iter()).expect("a command line").options.system();
        assert_eq!(
            (roots.roots().proc.as_path(), roots.roots().sys.as_path()),
            ("p".as_ref(), "r/sys".as_ref())
        );
    }
}
