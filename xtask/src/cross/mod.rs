//! `cargo xtask cross`: the workspace on every system this machine is not.
//!
//! For a Debian 12 machine, as root, with nothing installed: Debian's `rustc-web` builds std for
//! each target (`-Zbuild-std`), lints the libraries and `vitals` for it, and runs the tests where
//! something runs them. Prints one line a check and target, and keeps everything it builds, and
//! the compilers' output, in a folder outside the workspace. A second run reuses what it finds.
//!
//! * `SYSVITALS_CROSS_CACHE`: that folder. Else `/var/cache/sysvitals-cross` for root and
//!   `~/.cache/sysvitals-cross` for others.
//! * `SYSVITALS_CROSS_JOBS`: how many targets at a time, one compiler each. Else one a core.

mod target;
mod wine;

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use self::target::{CHECKED, CRATES, TARGETS, Target, Test, Variables};
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Outcome, command, debian};

/// One test binary may take this long, in seconds.
const TEST_SECONDS: u32 = 600;

/// How one check of one target went.
enum Verdict {
    Ok(String),
    Failed { log: PathBuf },
    Skipped(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok(note) => write!(f, "ok{note}"),
            Self::Failed { .. } => f.write_str("FAILED"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// How many of each.
#[derive(Default)]
struct Score {
    ok: u32,
    failed: u32,
    skipped: u32,
    tests: Tally,
}

/// What every check needs to know.
struct Lab {
    cache: PathBuf,
    /// A copy of the workspace, so that nothing is ever written to the original.
    sources: PathBuf,
    fixtures: Option<PathBuf>,
    jobs: usize,
    score: Mutex<Score>,
}

/// The step.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let targets = chosen(args)?;
    let lab = Lab::prepare(workspace)?;
    let queue = Mutex::new(targets.iter());
    thread::scope(|scope| {
        for _ in 0..lab.jobs.min(targets.len()) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(target) = next else { break };
                    lab.examine(target);
                }
            });
        }
    });
    let score = lab.score.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Score { ok, failed, skipped, tests } = score;
    let summary = format!(
        "{} targets: {ok} checks ok, {failed} failed, {skipped} skipped; tests: {tests}",
        targets.len()
    );
    println!("cross: {summary}");
    if failed > 0 {
        bail!("{failed} checks of foreign targets failed");
    }
    Ok(Outcome::Done(summary))
}

/// The targets that were named, or all.
fn chosen(args: &[String]) -> Result<Vec<&'static Target>> {
    if args.is_empty() {
        return Ok(TARGETS.iter().collect());
    }
    let find = |name: &String| {
        let found = TARGETS.iter().find(|target| target.triple == name);
        found.with_context(|| {
            let known: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
            format!("no target `{name}`; there are {}", known.join(" "))
        })
    };
    args.iter().map(find).collect()
}

impl Lab {
    /// Installs the toolchain and lays out the cache.
    fn prepare(workspace: &Workspace) -> Result<Self> {
        let cache = debian::cache_dir()?;
        fs::create_dir_all(cache.join("log"))
            .with_context(|| format!("making {}", cache.display()))?;
        println!("kept in {}", cache.display());
        // Two runs at once would take the copy of the sources from under each other.
        let lock = File::create(cache.join("lock"))?;
        lock.lock().context("waiting for another run of this step")?;
        // Held until this process ends: there is nothing after this step that must not wait.
        std::mem::forget(lock);

        let start = Instant::now();
        debian::install(debian::TOOLCHAIN, &cache.join("log/install.log"))?;
        debian::share_cargo_config(&cache)?;
        let sources = cache.join("workspace");
        workspace.copy_to(&sources)?;
        let fetch = debian::cargo(&cache, "host")
            .current_dir(&sources)
            .args(["fetch", "--quiet", "--locked"])
            .output()
            .context("starting Debian's cargo")?;
        if !fetch.status.success() {
            bail!("cargo fetch: {}", String::from_utf8_lossy(&fetch.stderr).trim());
        }
        println!("toolchain and sources are there after {:.0} s", start.elapsed().as_secs_f64());

        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = match env::var("SYSVITALS_CROSS_JOBS") {
            Ok(text) => text.parse().context("SYSVITALS_CROSS_JOBS is a number")?,
            Err(_) => cores,
        };
        let fixtures = workspace.fixtures();
        Ok(Self { cache, sources, fixtures, jobs: jobs.max(1), score: Mutex::default() })
    }

    /// Checks one target, and runs its tests if something does.
    fn examine(&self, target: &Target) {
        self.report(target, "check", || self.check(target));
        let Some(test) = &target.test else { return };
        self.report(target, "test", || match self.ready(test) {
            Ok(variables) => self.test(target, test, variables),
            Err(reason) => Ok(Verdict::Skipped(format!("{reason:#}"))),
        });
    }

    fn check(&self, target: &Target) -> Result<Verdict> {
        self.install(target.packages)?;
        let mut cargo = self.cargo(target, "clippy")?;
        cargo.args(CRATES.iter().chain(CHECKED).flat_map(|name| ["--package", name]));
        if target.test.is_some() {
            cargo.arg("--all-targets");
        }
        // The interface is the stable one, the same whatever Python the target has.
        cargo.env("PYO3_NO_PYTHON", "1");
        cargo.args(["--", "-D", "warnings"]);
        if !target.has_backend {
            // Its types are `()` too, and shared code binds them to names all the same.
            cargo.args(["-A", "dead_code", "-A", "clippy::let_unit_value"]);
        }
        self.logged(target, "check", cargo)
    }

    fn test(&self, target: &Target, test: &Test, variables: Variables) -> Result<Verdict> {
        let mut cargo = self.cargo(target, "test")?;
        cargo.envs(variables);
        cargo.args(["--no-fail-fast", "--lib", "--bins", "--tests"]);
        cargo.args(test.crates.iter().flat_map(|name| ["--package", name]));
        self.logged(target, "test", cargo)
    }

    /// Installs what a target's tests need, and gives the variables that their runner wants; the
    /// error is why they cannot run.
    fn ready(&self, test: &Test) -> Result<Variables> {
        self.install(test.packages)?;
        let [program, arguments @ ..] = test.probe else { return Ok(Vec::new()) };
        if !command::succeeds(Command::new(program).args(arguments)) {
            bail!("this machine runs no such programs (tried `{}`)", test.probe.join(" "));
        }
        (test.prepare)(&self.cache)
    }

    fn install(&self, packages: &[&str]) -> Result<()> {
        static APT: Mutex<()> = Mutex::new(());
        let _one_at_a_time = APT.lock().unwrap_or_else(PoisonError::into_inner);
        debian::install(packages, &self.cache.join("log/install.log"))
    }

    /// Debian's cargo for one target, with std built the way the target needs it.
    fn cargo(&self, target: &Target, subcommand: &str) -> Result<Command> {
        let mut cargo = debian::cargo(&self.cache, target.triple);
        cargo.current_dir(&self.sources).arg(subcommand);
        // By content, not by time: the copy of the sources is always newer.
        cargo.args(["--locked", "-Zchecksum-freshness", "--target", target.triple]);
        if let Some(test) = &target.test {
            // The same std for the check as for the tests, or it is compiled twice.
            cargo.arg("-Zbuild-std=std,panic_abort,panic_unwind,test");
            cargo.arg("-Zbuild-std-features=panic-unwind");
            let name = target.triple.to_uppercase().replace('-', "_");
            cargo.env(format!("CARGO_TARGET_{name}_LINKER"), test.linker);
            let runner = format!("timeout {TEST_SECONDS} {}", test.runner);
            cargo.env(format!("CARGO_TARGET_{name}_RUNNER"), runner.trim_end());
        } else {
            // A check needs no backtraces, and their crates cost a quarter of std.
            cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
        }
        if target.patched_std {
            // Cargo's own way to be told where std's source is.
            cargo.env("__CARGO_TESTS_ONLY_SRC_ROOT", debian::patched_std(&self.cache)?);
        }
        if let Some(fixtures) = &self.fixtures {
            cargo.env("SYSVITALS_FIXTURES", fixtures);
        }
        Ok(cargo)
    }

    /// Runs `command` with its output in a file.
    fn logged(&self, target: &Target, what: &str, mut command: Command) -> Result<Verdict> {
        let log = self.cache.join(format!("log/{what}-{}.log", target.triple));
        let file = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        command.stdout(file.try_clone()?).stderr(file);
        let status = command.status().context("starting Debian's cargo")?;
        let tests = if what == "test" {
            Tally::of_text(&String::from_utf8_lossy(&fs::read(&log)?))
        } else {
            Tally::default()
        };
        let mut score = self.score.lock().unwrap_or_else(PoisonError::into_inner);
        score.tests += tests;
        drop(score);
        Ok(match status.success() {
            true if what == "test" => Verdict::Ok(format!(", {tests}")),
            true => Verdict::Ok(String::new()),
            false => Verdict::Failed { log },
        })
    }

    /// Prints the line of one check, and counts it.
    fn report(&self, target: &Target, what: &str, run: impl FnOnce() -> Result<Verdict>) {
        let start = Instant::now();
        let verdict = run().unwrap_or_else(|error| {
            let log = self.cache.join(format!("log/{what}-{}.log", target.triple));
            let _ = fs::write(&log, format!("error: {error:#}\n"));
            Verdict::Failed { log }
        });
        let mut score = self.score.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = start.elapsed().as_secs_f64();
        match &verdict {
            Verdict::Skipped(_) => println!("{} {what} {verdict}", target.triple),
            _ => println!("{} {what} {verdict} ({seconds:.0} s)", target.triple),
        }
        match verdict {
            Verdict::Ok(_) => score.ok += 1,
            Verdict::Skipped(_) => score.skipped += 1,
            Verdict::Failed { log } => {
                score.failed += 1;
                show_errors(&log);
            }
        }
    }
}

/// What a person wants to see of a log first: its errors, or else its end.
fn show_errors(log: &Path) {
    const LINES: usize = 40;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let telling = |line: &str| {
        line.starts_with("error")
            || line.contains("panicked at")
            || (line.starts_with("test ") && line.ends_with("FAILED"))
    };
    let first = lines.iter().position(|line| telling(line));
    let start = first.unwrap_or(lines.len().saturating_sub(LINES));
    for line in lines.iter().skip(start).take(LINES) {
        eprintln!("    {line}");
    }
    eprintln!("    all of it is in {}", log.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_chosen_by_name() {
        let all = chosen(&[]).expect("all");
        assert_eq!(all.len(), TARGETS.len());
        let one = chosen(&["powerpc64-ibm-aix".to_owned()]).expect("AIX");
        assert!(matches!(one.as_slice(), [target] if target.patched_std));
        assert!(chosen(&["pdp11".to_owned()]).is_err());
    }
}
