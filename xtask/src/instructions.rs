//! `cargo xtask instructions`: how many instructions each parser takes for a byte, which no other
//! work on the machine changes.
//!
//! valgrind counts them, on inputs that are made (`crates/sysvitals-parse/benches`): what twice as
//! many repetitions take, less what the half of them takes, is the parser's.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;
use crate::{Outcome, command};

/// The most instructions that a parser may take for a byte, with a tenth for other compilers.
///
/// What makes a parser cheaper lowers its bound. Counted with Rust 1.95 on an x86-64 with AVX2.
const BOUNDS: &[(&str, f64)] = &[
    ("inet_diag", 2.3),
    ("unix_diag", 3.9),
    ("if_stats_msg", 1.0),
    ("pid/stat", 9.3),
    ("pid/statm", 17.3),
    ("pid/status", 7.1),
    ("pid/status, switches", 0.8),
    ("pid/cmdline", 6.4),
    ("pid/maps", 11.0),
    ("pid/smaps", 2.3),
    ("pid/smaps, totals", 1.7),
    ("net_tcp", 16.1),
    ("net_unix", 17.8),
    ("net_dev", 16.9),
    ("stat", 3.5),
    ("stat, cpus", 12.8),
    ("meminfo", 2.1),
    ("diskstats", 14.7),
    ("mounts", 10.8),
];

/// So many bytes are parsed at least, in the half.
const BYTES: u64 = 100_000;

/// How a count stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    TooMany,
    /// The bound has become loose.
    Lower,
}

fn judge(count: f64, most: f64) -> Verdict {
    match () {
        () if count > most => Verdict::TooMany,
        () if count < most / 1.25 => Verdict::Lower,
        () => Verdict::Ok,
    }
}

/// The step.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    if std::env::consts::ARCH != "x86_64" {
        return Ok(Outcome::NotRun("the bounds are those of x86-64".to_owned()));
    }
    if command::which("valgrind").is_none() {
        return Ok(Outcome::NotRun("valgrind is not installed".to_owned()));
    }
    let program = build(workspace)?;
    let parsers = command::output(&mut Command::new(&program))?;
    let parsers = parsers_in(&String::from_utf8_lossy(&parsers))?;
    let known = |name: &str| BOUNDS.iter().find(|(each, _)| *each == name);
    let mut wrong: Vec<&str> = Vec::new();
    for (name, _) in BOUNDS {
        if !parsers.iter().any(|(_, each)| each == name) {
            println!("{name}: NO SUCH PARSER");
            wrong.push(name);
        }
    }
    for (bytes, name) in &parsers {
        let times = BYTES.div_ceil(*bytes);
        let half = count(&program, name, times)?;
        let whole = count(&program, name, 2 * times)?;
        let each = whole.saturating_sub(half) as f64 / (times * bytes) as f64;
        let (most, verdict) = match known(name) {
            Some((_, most)) => (*most, judge(each, *most)),
            None => (0.0, Verdict::TooMany),
        };
        let told = match verdict {
            Verdict::Ok => "ok",
            Verdict::TooMany => "TOO MANY",
            Verdict::Lower => "the bound can be lowered",
        };
        println!("{name}: {each:.2} instructions for a byte, at most {most}: {told}");
        if verdict == Verdict::TooMany {
            wrong.push(name);
        }
    }
    if !wrong.is_empty() {
        bail!("too many instructions: {}", wrong.join(", "));
    }
    Ok(Outcome::Done(format!("{} parsers", parsers.len())))
}

/// Builds the program that runs one parser, and says where it is.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--release", "--locked", "--package", "sysvitals-parse"]);
    cargo.args(["--bench", "instructions", "--message-format", "json-render-diagnostics"]);
    let messages = command::output(&mut cargo)?;
    let messages = String::from_utf8_lossy(&messages).into_owned();
    executable(&messages).context("cargo does not say where the program is")
}

/// The program that cargo's messages are about.
fn executable(messages: &str) -> Option<PathBuf> {
    let mut paths = messages.lines().filter_map(|line| {
        let (_, path) = line.split_once("\"executable\":\"")?;
        Some(PathBuf::from(path.split('"').next()?))
    });
    paths.next_back()
}

/// The length of each parser's input, and its name.
fn parsers_in(list: &str) -> Result<Vec<(u64, String)>> {
    list.lines()
        .map(|line| {
            let (bytes, name) = line.split_once(' ').context("a length and a name")?;
            Ok((bytes.parse().context("a length")?, name.to_owned()))
        })
        .collect()
}

/// Instructions of so many repetitions, with those of the program's start.
fn count(program: &PathBuf, name: &str, times: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    valgrind.arg(program).arg(name).arg(times.to_string());
    let output = valgrind.output().context("starting valgrind")?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{name} failed under valgrind: {told}");
    instructions(&told).with_context(|| format!("valgrind tells no count: {told}"))
}

/// What valgrind says in the line `==PID== I   refs:      1,234`.
fn instructions(told: &str) -> Option<u64> {
    let line = told.lines().find(|line| line.contains("refs:"))?;
    line.rsplit(' ').next()?.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regression_fails_and_a_loose_bound_is_told() {
        assert_eq!(judge(10.0, 11.0), Verdict::Ok);
        assert_eq!(judge(11.0, 11.0), Verdict::Ok);
        assert_eq!(judge(11.01, 11.0), Verdict::TooMany);
        assert_eq!(judge(13.3, 11.0), Verdict::TooMany);
        assert_eq!(judge(8.7, 11.0), Verdict::Lower);
    }

    #[test]
    fn counts_are_read_as_valgrind_tells_them() {
        let told = "==7== Cachegrind, a cache profiler\n==7== \n==7== I   refs:      1,234,567\n";
        assert_eq!(instructions(told), Some(1_234_567));
        assert_eq!(instructions("==7== I refs:        42\n"), Some(42));
        assert_eq!(instructions("==7== killed\n"), None);
    }

    #[test]
    fn names_may_have_blanks() {
        let parsers = parsers_in("12 pid/smaps, totals\n7 stat\n").expect("a list");
        assert_eq!(parsers, [(12, "pid/smaps, totals".to_owned()), (7, "stat".to_owned())]);
        assert!(parsers_in("stat\n").is_err());
    }

    #[test]
    fn the_program_is_the_last_that_was_built() {
        let messages = "{\"executable\":null}\n{\"executable\":\"/t/a-1\",\"fresh\":true}\n{}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/t/a-1")));
        assert_eq!(executable("{\"executable\":null}\n"), None);
    }
}
