//! procs, the other program that shows processes as ps(1) does: found, or built once.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::workspace::Workspace;

/// With this version the goals were set.
const VERSION: &str = "0.14.12";
/// It takes some minutes; a row is not worth more.
const LONGEST: &str = "20m";

/// Where procs is; `None` if it is not installed, or cannot be had where it may be built.
pub(super) fn find(workspace: &Workspace, build: bool) -> Result<Option<PathBuf>> {
    if let Some(path) = command::which("procs") {
        return Ok(Some(path));
    }
    let cache = cache()?;
    let program = cache.join("bin/procs");
    if !program.exists() && build {
        println!("building procs {VERSION} in {}, once", cache.display());
        if !install(workspace, &cache)? {
            println!("procs cannot be had");
        }
    }
    Ok(program.exists().then_some(program))
}

/// Whether cargo could build it.
fn install(workspace: &Workspace, cache: &Path) -> Result<bool> {
    let built = cache.join("target");
    let mut cargo = Command::new("timeout");
    cargo.arg(LONGEST).arg(workspace.cargo().get_program());
    cargo.args(["install", "procs", "--quiet", "--locked", "--version", VERSION]);
    cargo.arg("--root").arg(cache).arg("--target-dir").arg(&built);
    let done = command::succeeds(&mut cargo);
    // Some hundred MiB that nobody needs again.
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| format!("removing {}", built.display()))?;
    }
    Ok(done)
}

/// What is built for measurements is kept there, outside any workspace.
fn cache() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("SYSVITALS_BENCH_CACHE") {
        return Ok(PathBuf::from(dir));
    }
    if command::uid()? == 0 {
        return Ok(PathBuf::from("/var/cache/sysvitals-bench"));
    }
    let home = env::var_os("HOME").context("neither SYSVITALS_BENCH_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/sysvitals-bench"))
}
