//! `cargo xtask fuzz`: feeds every parser what nobody would write.
//!
//! * `--list` prints the targets, one a line.
//! * `--register` writes the list of `[[bin]]`s in `fuzz/Cargo.toml` anew, from the files in
//!   `fuzz/fuzz_targets`. Add a file there, run this, and that is all.
//! * `--seconds N` is how long each target runs; 10 by default.
//! * `TARGET...` runs only those.
//!
//! It needs a C++ compiler for libFuzzer, but neither cargo-fuzz nor a nightly compiler: the
//! coverage that libFuzzer is guided by is a pass of LLVM's that stable rustc runs too. There is
//! no address sanitizer, which the parsers, having no unsafe code, do not want.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{Outcome, command};

/// The fuzz targets' own workspace: libFuzzer stays out of everybody else's lock file.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";
const TARGETS: &str = "fuzz/fuzz_targets/";

/// Everything below this line of the manifest is written by `--register`.
const MARK: &str = "# Below: `cargo xtask fuzz --register`.\n";

/// What cargo-fuzz passes to rustc, less its sanitizer.
const FLAGS: &[&str] = &[
    "--cfg fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// The file of a target.
pub(crate) fn source(target: &str) -> String {
    format!("{TARGETS}{target}.rs")
}

/// The target that `path` is the file of.
pub(crate) fn target_of(path: &str) -> Option<&str> {
    path.strip_prefix(TARGETS)?.strip_suffix(".rs")
}

/// The targets that a manifest lists.
pub(crate) fn registered(manifest: &str) -> Vec<String> {
    let mut in_bin = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_bin = line == "[[bin]]";
        } else if let Some((key, value)) = line.split_once('=')
            && in_bin
            && key.trim() == "name"
        {
            names.push(value.trim().trim_matches('"').to_owned());
        }
    }
    names
}

/// `manifest` with these targets listed instead of those it lists.
fn register(manifest: &str, targets: &[&str]) -> Result<String> {
    let (head, _) = manifest.split_once(MARK).context("fuzz/Cargo.toml has lost its mark")?;
    let mut text = format!("{head}{MARK}");
    for target in targets {
        text.push_str(&format!(
            "\n[[bin]]\nname = \"{target}\"\npath = \"fuzz_targets/{target}.rs\"\n\
             test = false\ndoc = false\nbench = false\n"
        ));
    }
    Ok(text)
}

/// The step.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let files = workspace.files()?;
    let all: Vec<&str> = files.iter().filter_map(|path| target_of(path)).collect();
    let mut seconds = 10_u32;
    let mut chosen = Vec::new();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--list" => {
                all.iter().for_each(|target| println!("{target}"));
                return Ok(Outcome::Done(format!("{} targets", all.len())));
            }
            "--register" => {
                let path = workspace.root().join(MANIFEST);
                let old = fs::read_to_string(&path).context("reading fuzz/Cargo.toml")?;
                fs::write(&path, register(&old, &all)?).context("writing fuzz/Cargo.toml")?;
                return Ok(Outcome::Done(format!("{} targets", all.len())));
            }
            "--seconds" => {
                let number = args.next().and_then(|text| text.parse().ok());
                seconds = number.context("--seconds wants a number")?;
            }
            name => {
                let known = all.iter().find(|target| **target == name);
                chosen.push(*known.with_context(|| format!("no fuzz target `{name}`"))?);
            }
        }
    }
    if command::which("c++").is_none() {
        return Ok(Outcome::NotRun("libFuzzer wants a C++ compiler, `c++`".to_owned()));
    }
    let targets = if chosen.is_empty() { all } else { chosen };
    fuzz(workspace, &targets, seconds)
}

/// Builds the targets and runs each for some seconds.
fn fuzz(workspace: &Workspace, targets: &[&str], seconds: u32) -> Result<Outcome> {
    let triple = host_triple()?;
    let folder = workspace.root().join("fuzz");
    // With `--target`, build scripts are not instrumented.
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--manifest-path", MANIFEST, "--release", "--locked"]);
    cargo.args(["--target", &triple]).arg("--target-dir").arg(folder.join("target"));
    cargo.args(targets.iter().flat_map(|target| ["--bin", target]));
    command::run(cargo.env("RUSTFLAGS", FLAGS.join(" ")))?;

    let artifacts = folder.join("artifacts");
    fs::create_dir_all(&artifacts).context("making fuzz/artifacts")?;
    let mut broken = Vec::new();
    for target in targets {
        let corpus = folder.join("corpus").join(target);
        fs::create_dir_all(&corpus).context("making fuzz/corpus")?;
        let program = folder.join(format!("target/{triple}/release/{target}"));
        let mut libfuzzer = Command::new(program);
        libfuzzer.arg(format!("-max_total_time={seconds}"));
        libfuzzer.arg(format!("-artifact_prefix={}/{target}-", artifacts.display()));
        libfuzzer.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
        // libFuzzer is talkative: all of it goes to a file, and what counts to the terminal.
        let log = artifacts.join(format!("{target}.log"));
        let file = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        libfuzzer.arg(&corpus).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let status = libfuzzer.status().with_context(|| format!("starting {target}"))?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if status.success() {
            let runs =
                said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
            println!("{target}: {} inputs", runs.unwrap_or("?").trim());
        } else {
            println!("{target}: FAILED, {status}");
            let from = said.find("panicked at").unwrap_or(said.len().saturating_sub(2000));
            said.get(from..)
                .unwrap_or(&said)
                .lines()
                .take(20)
                .for_each(|line| println!("    {line}"));
            broken.push(*target);
        }
    }
    if !broken.is_empty() {
        bail!("what broke {} is in fuzz/artifacts", broken.join(", "));
    }
    Ok(Outcome::Done(format!("{} targets, {seconds} s each", targets.len())))
}

/// What rustc calls this machine.
fn host_triple() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = command::output(Command::new(rustc).arg("-vV"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not say its host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registering_replaces_the_list_and_keeps_the_rest() {
        let head = format!("[package]\nname = \"fuzz\"\n\n{MARK}");
        let old = format!("{head}\n[[bin]]\nname = \"gone\"\n");
        let new = register(&old, &["a", "b"]).expect("a mark");
        assert!(new.starts_with(&head), "{new}");
        assert_eq!(registered(&new), ["a", "b"]);
        assert_eq!(register(&new, &["a", "b"]).expect("a mark"), new);
        assert!(register("[package]\n", &[]).is_err());
    }

    #[test]
    fn a_target_has_one_file() {
        assert_eq!(target_of(&source("linux_stat")), Some("linux_stat"));
        assert_eq!(target_of("fuzz/Cargo.toml"), None);
    }
}
