//! `cargo xtask bench`: the same questions to all who answer them, in turns, and one table.
//!
//! What is compared is CPU time, in ratios: every round asks each contender once, one after the
//! other, a ratio is taken within the round, and the median of these counts. So a slower or a busier
//! machine changes little. Before anything is timed, all must have given the same answer.
//!
//! * `--quick`: fewer rounds and sizes, some minutes.
//! * `--only NAME`: this row; may be given several times.
//! * `--list`: the names.
//!
//! It fails if a goal is missed that can be reached: where the floor itself, which does nothing but
//! the system calls (and in Python makes the objects of the answer), is short of it, the goal is out of
//! reach on this machine, and is called so. What falls short else, or is within a twentieth of its goal,
//! is measured again, longer, and that counts. A second table tells where the time goes: calls of one
//! answer, and the kernel's share. A whole run takes up to an hour, and writes `benches/RESULTS.md`
//! at its end. A new row is an entry of [`question::QUESTIONS`], and an operation of that name in the
//! programs below `benches/`.

mod agree;
mod contender;
mod goal;
mod judged;
mod measure;
mod measured;
mod methods;
mod procs;
mod profile;
mod question;
mod report;
mod setting;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::contender::Programs;
use self::measure::Effort;
use self::measured::Measured;
use self::question::{QUESTIONS, Question};
use self::report::Report;
use self::setting::Surroundings;
use crate::workspace::Workspace;
use crate::{Outcome, command, python};

/// Where a whole run is written down.
const RESULTS: &str = "benches/RESULTS.md";

/// The step.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let (mut effort, mut only) = (Effort::WHOLE, Vec::new());
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--quick" => effort = Effort::QUICK,
            "--only" => only.push(args.next().context("--only wants a name")?),
            "--list" => {
                QUESTIONS.iter().for_each(|question| println!("{}", question.name));
                return Ok(Outcome::Done(format!("{} rows", QUESTIONS.len())));
            }
            _ => bail!("usage: bench [--quick] [--only NAME]... [--list]"),
        }
    }
    for name in &only {
        if !QUESTIONS.iter().any(|question| question.name == *name) {
            bail!("no row is called `{name}`; --list tells their names");
        }
    }
    let wanted = |question: &&Question| {
        let all = only.is_empty() && (question.quick || !effort.quick);
        all || only.contains(&question.name)
    };
    let questions: Vec<&Question> = QUESTIONS.iter().filter(wanted).collect();
    let wants_procs = questions.iter().any(|question| question.name == "ps");
    let programs = match build(workspace, wants_procs && !effort.quick)? {
        Ok(programs) => programs,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    if let Err(reason) = &programs.pythons {
        println!("NO PYTHON: {reason}");
    }

    let mut report = Report::new(workspace, &programs)?;
    println!("\n{}", report.head());
    let mut surroundings: Option<Surroundings> = None;
    for question in questions {
        if surroundings.as_ref().is_none_or(|there| there.setting != question.setting) {
            // The old one goes before the new one comes.
            drop(surroundings.take());
            surroundings = Some(Surroundings::make(question.setting, &programs)?);
        }
        let there = surroundings.as_ref().context("a workload")?;
        let measured = measure::measure(question, there, &programs, effort)
            .unwrap_or_else(|error| Measured::failed(format!("{error:#}")));
        println!("{}", report.row(question, &measured));
    }
    drop(surroundings);
    println!("\n{}", report.foot());
    if only.is_empty() && !effort.quick {
        let path = workspace.root().join(RESULTS);
        fs::write(&path, report.whole()).with_context(|| format!("writing {RESULTS}"))?;
    }
    report.judge()
}

/// Builds everything that is measured; the program procs too, if it is asked for and not there.
fn build(workspace: &Workspace, procs: bool) -> Result<Result<Programs, String>> {
    let Some(cc) = ["cc", "gcc", "clang"].into_iter().find_map(command::which) else {
        return Ok(Err("the floor wants a C compiler".to_owned()));
    };
    // The folder that cargo built this program in, wherever that is.
    let program = env::current_exe().context("asking where this program is")?;
    let target: PathBuf = program.ancestors().nth(2).context("a target folder")?.to_owned();
    let folder = target.join("benches");
    for manifest in ["benches/Cargo.toml", "benches/rust-psutil/Cargo.toml"] {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--quiet", "--release", "--locked", "--bins"]);
        cargo.args(["--manifest-path", manifest, "--target-dir"]).arg(&folder);
        command::run(&mut cargo)?;
    }
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--release", "--locked", "--package", "sysvitals-cli"]);
    command::run(cargo.arg("--target-dir").arg(&target))?;
    let built = folder.join("release");
    for (name, sources) in [("floor", &["floor.c", "process.c"][..]), ("sleeper", &["sleeper.c"])] {
        let mut compile = Command::new(&cc);
        compile.args(["-O2", "-Wall", "-Wextra", "-o"]).arg(built.join(name));
        let folder = workspace.root().join("benches/floor");
        compile.args(sources.iter().map(|source| folder.join(source)));
        command::run(&mut compile)?;
    }
    let pythons = python::interpreters(workspace)?;
    let script = workspace.root().join("benches/python.py");
    let procs = procs::find(workspace, procs)?;
    Ok(Ok(Programs { built, vitals: target.join("release/vitals"), procs, script, pythons }))
}
