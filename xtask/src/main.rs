//! `cargo xtask STEP`: the only door to what is done to this repository.
//!
//! Needs cargo, a C compiler, git and python3; a step that wants more says so, and says when it
//! did not run. Each step is a module with one `run`, and tells how long it took.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is for people")]

mod bench;
mod bpf;
mod command;
mod cross;
mod debian;
mod fuzz;
mod gate;
mod instructions;
mod matrix;
mod python;
mod supply;
mod tally;
mod tidy;
mod toolchain;
mod user;
mod workspace;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// What `cargo xtask NAME` does.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> Result<Outcome>,
}

/// How a step that did not fail ended.
enum Outcome {
    /// It did what it is for; the text is what there is to say about it, and may be empty.
    Done(String),
    /// It could not run here, for this reason. That is no failure, but nobody may miss it.
    NotRun(String),
}

/// Every step; the order is that of the help.
const STEPS: &[Step] = &[
    Step { name: "test", about: "all of `fmt` to `msrv` below, in turn", run: gate::test },
    Step { name: "fmt", about: "sources are formatted", run: gate::fmt },
    Step { name: "tidy", about: "the rules of ARCHITECTURE.md, by program", run: tidy::run },
    Step { name: "clippy", about: "lints, with warnings denied", run: gate::clippy },
    Step {
        name: "matrix",
        about: "[--check]: writes PLATFORMS.md from the library's tables",
        run: matrix::run,
    },
    Step { name: "doc", about: "documentation builds without a warning", run: gate::doc },
    Step { name: "unit", about: "every Rust test, doc tests too", run: gate::unit },
    Step {
        name: "instructions",
        about: "what each parser takes for a byte, counted by valgrind",
        run: instructions::run,
    },
    Step { name: "user", about: "the tests again, as an ordinary user", run: user::run },
    Step {
        name: "typing",
        about: "the Python stubs, against those that psutil has elsewhere",
        run: python::typing,
    },
    Step { name: "python", about: "[TEST...]: our tests of the Python face", run: python::run },
    Step {
        name: "conformance",
        about: "[--each]: psutil's own tests against our package, --each in three modes",
        run: python::conformance,
    },
    Step {
        name: "msrv",
        about: "[--install]: the libraries build with the oldest Rust",
        run: toolchain::msrv,
    },
    Step {
        name: "differential",
        about: "every Python answer, here and in psutil at the same time",
        run: python::differential,
    },
    Step {
        name: "speed",
        about: "[OPTION...]: how long each Python call takes, here and in psutil",
        run: python::speed,
    },
    Step {
        name: "bench",
        about: "[--quick] [--only NAME]...: side by side with psutil, sysinfo and the floor",
        run: bench::run,
    },
    Step {
        name: "bpf",
        about: "[--check]: compiles the program that the kernel runs, with a clang from PyPI",
        run: bpf::run,
    },
    Step {
        name: "programs",
        about: "[PROGRAM...]: programs that import psutil, on ours",
        run: python::programs,
    },
    Step { name: "deny", about: "licences, bans and sources of dependencies", run: supply::run },
    Step { name: "cross", about: "[TARGET...]: every foreign target", run: cross::run },
    Step { name: "miri", about: "the parsers' tests under Miri", run: toolchain::miri },
    Step {
        name: "fuzz",
        about: "[--list | --register | --seconds N] [TARGET...]: fuzz each parser for N seconds",
        run: fuzz::run,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((name, rest)) = args.split_first() else {
        usage();
        bail!("which step?");
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        usage();
        return Ok(());
    }
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        usage();
        bail!("no step is called `{name}`");
    };
    let workspace = Workspace::find()?;
    timed(step.name, || (step.run)(&workspace, rest)).map(drop)
}

/// Runs one step between a header and a line that says how it went and how long it took.
fn timed(name: &str, run: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
    println!("\n==> {name}");
    let start = Instant::now();
    let outcome = run();
    let seconds = start.elapsed().as_secs_f64();
    match &outcome {
        Ok(Outcome::Done(note)) if note.is_empty() => println!("<== {name}: ok, {seconds:.1} s"),
        Ok(Outcome::Done(note)) => println!("<== {name}: ok, {seconds:.1} s ({note})"),
        Ok(Outcome::NotRun(reason)) => println!("<== {name}: DID NOT RUN: {reason}"),
        Err(_) => println!("<== {name}: FAILED, {seconds:.1} s"),
    }
    outcome
}

fn usage() {
    println!("usage: cargo xtask STEP [ARGUMENT...]\n");
    for step in STEPS {
        println!("  {:<14}{}", step.name, step.about);
    }
    println!();
}
