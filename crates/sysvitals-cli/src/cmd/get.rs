//! `vitals get`: every question of the library by psutil's name.

mod arguments;
mod as_dict;
mod list;
mod process;
mod questions;
mod system;

use std::ffi::{OsStr, OsString};

use sysvitals::{Pid, System, Value};

use crate::exit::usage;
use crate::output::{Format, Output, text};
use questions::Question;

/// Ask one question, by psutil's name, and answer in psutil's shapes as JSON.
///
/// Arguments are psutil's too, in any of these ways: `--percpu`, `--percpu=true`, `--no-percpu`,
/// `percpu=True`, or in psutil's order, as in `get disk_usage /home`. A process is asked with `get
/// process PID METHOD`; without a METHOD it tells everything, as its `as_dict` does.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  vitals get virtual_memory
  vitals get cpu_percent --interval 1 --percpu
  vitals get net_connections --kind tcp4
  vitals get process 1 memory_maps --ungrouped
  vitals get --list")]
pub(crate) struct Args {
    /// Name all questions, with their arguments and what they are about.
    #[arg(long)]
    list: bool,
    /// The question.
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// Its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<OsString>,
}

impl Args {
    /// Takes out options of every command, which may stand behind the arguments too.
    pub(crate) fn take_options(&mut self) -> Vec<OsString> {
        let (mut options, mut rest) = (Vec::new(), Vec::new());
        let mut words = std::mem::take(&mut self.arguments).into_iter();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("-o" | "--output" | "--root" | "--procfs" | "--sysfs") => {
                    options.push(word);
                    options.extend(words.next());
                }
                Some(text) if is_option_with_value(text) => options.push(word),
                Some("--list") => self.list = true,
                Some("--") => {
                    rest.push(word);
                    rest.extend(words.by_ref());
                }
                _ => rest.push(word),
            }
        }
        self.arguments = rest;
        options
    }
}

fn is_option_with_value(word: &str) -> bool {
    let long = ["--output=", "--root=", "--procfs=", "--sysfs="];
    long.iter().any(|option| word.starts_with(option))
        || word.strip_prefix("-o").is_some_and(|value| !value.starts_with('-'))
}

pub(crate) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let Some(name) = args.name.as_deref().filter(|_| !args.list) else {
        return list::write(output);
    };
    let value = match name {
        "process" => ask_process(system, &args.arguments)?,
        _ => ask(&system::QUESTIONS, name, system, &args.arguments)?,
    };
    Ok(output.value(Format::Json, &value)?)
}

/// `PID [METHOD [ARGUMENT…]]`
fn ask_process(system: &System, words: &[OsString]) -> anyhow::Result<Value> {
    let (pid, words) = words.split_first().ok_or_else(|| usage!("process: which PID?"))?;
    let process = system.process(self::pid(pid)?)?;
    match words.split_first() {
        None => ask(&process::QUESTIONS, "as_dict", &process, &[]),
        Some((method, words)) => {
            ask(&process::QUESTIONS, &method.to_string_lossy(), &process, words)
        }
    }
}

fn ask<T>(
    questions: &[Question<T>],
    name: &str,
    whom: &T,
    words: &[OsString],
) -> anyhow::Result<Value> {
    let spelled = name.replace('-', "_");
    let Some(question) = questions.iter().find(|question| question.name == spelled) else {
        return Err(unknown(questions.iter().map(|question| question.name), name));
    };
    (question.ask)(whom, &arguments::read(question.name, question.parameters, words)?)
}

fn unknown<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> anyhow::Error {
    const ALIKE: f64 = 0.8;
    let mut near: Vec<_> = names
        .map(|each| (strsim::jaro_winkler(each, name), each))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| *name).collect();
    if near.is_empty() {
        usage!("unknown question {name:?}; `vitals get --list` names them all")
    } else {
        usage!("unknown question {name:?}; did you mean {}?", near.join(" or "))
    }
}

/// A number that can be a pid; one that is too large for any process is asked for all the same.
fn pid(word: &OsStr) -> anyhow::Result<Pid> {
    let digits = word.to_str().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.filter(|digits| !digits.is_empty()) {
        Some(digits) => Ok(Pid::new(digits.parse().unwrap_or(u32::MAX))),
        None => Err(usage!("{} is not a pid", text::shown(word))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_from_arguments() {
        let words = ["--percpu", "-o", "csv", "x", "--root=r", "-ojson", "--", "-o"];
        let mut args =
            Args { list: false, name: None, arguments: words.map(OsString::from).to_vec() };
        assert_eq!(args.take_options(), ["-o", "csv", "--root=r", "-ojson"]);
        assert_eq!(args.arguments, ["--percpu", "x", "--", "-o"]);
    }

    #[test]
    fn near_names_are_suggested() {
        let check = |name: &str, want: &str| {
            let names = system::QUESTIONS.iter().map(|question| question.name);
            let told = unknown(names, name).to_string();
            assert!(told.contains(want), "{told}");
        };
        check("virtual_memry", "did you mean virtual_memory");
        check("cpu_time", "cpu_times");
        check("xyzzy", "--list");
    }

    #[test]
    fn pids_are_numbers() {
        assert_eq!(pid("1".as_ref()).expect("a pid"), Pid::new(1));
        assert_eq!(pid("99999999999999999999".as_ref()).expect("a pid"), Pid::new(u32::MAX));
        for word in ["", "-1", "+1", "1.0", "x", "1\u{1b}"] {
            let told = pid(word.as_ref()).expect_err(word).to_string();
            assert!(told.ends_with("is not a pid"), "{told}");
        }
    }
}
