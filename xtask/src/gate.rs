//! What must pass before anything lands: `cargo xtask test`, and the steps it is made of.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Outcome, STEPS, command, timed};

/// The steps of `test`, quickest refusal first.
///
/// `differential` is among the tests of `python`.
const TEST: &[&str] = &[
    "fmt",
    "tidy",
    "clippy",
    "matrix --check",
    "doc",
    "unit",
    "instructions",
    "user",
    "typing",
    "python",
    "conformance",
    "msrv",
];

/// Runs all of them, also after one has failed: one run tells everything that is wrong.
pub(crate) fn test(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    let mut failed = Vec::new();
    let mut not_run = Vec::new();
    let mut notes = Vec::new();
    for &line in TEST {
        let (name, args) = line.split_once(' ').unwrap_or((line, ""));
        let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
        let step = STEPS.iter().find(|step| step.name == name).context("a step of `test`")?;
        match timed(name, || (step.run)(workspace, &args)) {
            Ok(Outcome::Done(note)) if note.is_empty() => {}
            Ok(Outcome::Done(note)) => notes.push(format!("{name}: {note}")),
            Ok(Outcome::NotRun(_)) => not_run.push(name),
            Err(error) => {
                eprintln!("xtask: {name}: {error:#}");
                failed.push(name);
            }
        }
    }
    println!();
    for note in &notes {
        println!("{note}");
    }
    if !not_run.is_empty() {
        println!("did not run: {}", not_run.join(", "));
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(Outcome::Done(String::new()))
}

/// `rustfmt`, in the workspaces of the fuzz targets and the benches too.
pub(crate) fn fmt(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    command::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    for manifest in ["fuzz/Cargo.toml", "benches/Cargo.toml", "benches/rust-psutil/Cargo.toml"] {
        let other = ["fmt", "--all", "--manifest-path", manifest, "--check"];
        command::run(workspace.cargo().args(other))?;
    }
    Ok(Outcome::Done(String::new()))
}

/// Every lint of the workspace, in tests too; `incompatible_msrv` is among them.
pub(crate) fn clippy(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"]);
    command::run(cargo.args(["--", "-D", "warnings"]))?;
    Ok(Outcome::Done(String::new()))
}

/// The documentation, with private items' links too.
pub(crate) fn doc(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--all-features", "--locked"]);
    command::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Done(String::new()))
}

/// `cargo test` of everything. The environment goes through as it is, so `SYSVITALS_FIXTURES`
/// chooses which recorded machines are replayed.
pub(crate) fn unit(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--all-features", "--locked", "--no-fail-fast"]);
    let tally = counted(&mut cargo)?;
    if tally.passed == 0 {
        bail!("no test ran");
    }
    Ok(Outcome::Done(tally.to_string()))
}

/// Runs a test runner, passes its output on, and counts the results in it.
pub(crate) fn counted(command: &mut Command) -> Result<Tally> {
    counted_by(command, Tally::of_line)
}

/// The same for any runner: `result` is what a line of its output says.
pub(crate) fn counted_by(
    command: &mut Command,
    result: fn(&str) -> Option<Tally>,
) -> Result<Tally> {
    let (text, status) = passed_on(command)?;
    let mut tally = Tally::default();
    text.lines().filter_map(result).for_each(|result| tally += result);
    if !status.success() {
        bail!("tests failed ({tally}): {status}");
    }
    Ok(tally)
}

/// Runs a program, passes its output on as it comes, and keeps it.
pub(crate) fn passed_on(command: &mut Command) -> Result<(String, ExitStatus)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting the tests")?;
    let stdout = child.stdout.take().context("the tests' output")?;
    let mut text = String::new();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.context("reading the tests' output")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    let status = child.wait().context("waiting for the tests")?;
    Ok((text, status))
}
