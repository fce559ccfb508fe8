//! Steps that want another compiler than the one at hand: they run where it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{Outcome, command, debian, gate};

/// Where Debian has the libraries of a compiler that was unpacked.
fn libraries(rustc: &Path) -> PathBuf {
    let folder = format!("../lib/{}-linux-gnu", std::env::consts::ARCH);
    rustc.with_file_name(folder)
}

/// Builds the libraries with the oldest compiler they promise to build with.
///
/// That is rustup's if it has one, else Debian's if `--install` fetched it once. clippy's
/// `incompatible_msrv` looks for the same mistakes in every run of `clippy`; this one sees
/// dependencies and syntax too.
pub(crate) fn msrv(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let version = rust_version(workspace)?;
    let mut cargo;
    let found;
    if let Some(toolchain) = toolchain(&version) {
        cargo = with_toolchain(workspace, &toolchain);
        found = toolchain;
    } else if let Some(rustc) = debians(&version, args.iter().any(|arg| arg == "--install"))? {
        cargo = workspace.cargo();
        // Its libraries are not where it was built to find them.
        let libraries = libraries(&rustc);
        cargo.env("RUSTC", &rustc).env("LD_LIBRARY_PATH", &libraries);
        let mut rustc = Command::new(rustc);
        let version = command::output(rustc.arg("--version").env("LD_LIBRARY_PATH", libraries))?;
        found = String::from_utf8_lossy(&version).trim().to_owned();
    } else {
        let reason =
            format!("no Rust {version} here (`cargo xtask msrv --install`); clippy looked");
        return Ok(Outcome::NotRun(reason));
    }
    cargo.args(["check", "--locked", "--all-features"]);
    for package in ["sysvitals-parse", "sysvitals", "sysvitals-py"] {
        cargo.args(["--package", package]);
    }
    command::run(&mut cargo)?;
    Ok(Outcome::Done(found))
}

/// Debian's rustc of this version, unpacked beside the one that is installed.
fn debians(version: &str, install: bool) -> Result<Option<PathBuf>> {
    let cache = debian::cache_dir()?;
    let dir = cache.join(format!("rust-{version}"));
    let rustc = dir.join("usr/bin/rustc");
    if !rustc.exists() && install {
        let log = cache.join("log");
        fs::create_dir_all(&log).with_context(|| format!("making {}", log.display()))?;
        // What Debian 12's 1.85 is linked with; also brings the list of packages up to date.
        debian::install(&["libllvm19"], &log.join("install.log"))?;
        let packages = [
            format!("rustc-web={version}*"),
            format!("libstd-rust-web-dev={version}*"),
            format!("libstd-rust-web-{version}"),
        ];
        // Debian drops an old version from its archive some day: no fault of this workspace.
        if let Err(error) = debian::unpack(&packages, &dir) {
            println!("Debian's Rust {version} cannot be had: {error:#}");
        }
    }
    Ok(rustc.exists().then_some(rustc))
}

/// Runs the parsers' tests in the interpreter that knows undefined behaviour.
pub(crate) fn miri(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    const MINUTES: &str = "15m";
    if !command::succeeds(with_toolchain(workspace, "nightly").args(["miri", "--version"])) {
        return Ok(Outcome::NotRun("no nightly toolchain with miri is installed".to_owned()));
    }
    let mut timeout = Command::new("timeout");
    timeout.args([MINUTES, "cargo", "+nightly", "miri", "test", "--locked"]);
    timeout.args(["--package", "sysvitals-parse", "--lib"]);
    // Proptest's default of 256 cases takes an interpreter an hour.
    timeout.env("PROPTEST_CASES", "4").env("MIRIFLAGS", "-Zmiri-disable-isolation");
    timeout.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").current_dir(workspace.root());
    let tally = gate::counted(&mut timeout)?;
    Ok(Outcome::Done(tally.to_string()))
}

/// rustup's cargo for one of its toolchains.
fn with_toolchain(workspace: &Workspace, toolchain: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg(format!("+{toolchain}")).current_dir(workspace.root());
    // Set by the cargo that runs us, and meant for its own toolchain.
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "LD_LIBRARY_PATH"] {
        cargo.env_remove(name);
    }
    cargo
}

/// A toolchain of rustup's with this version of Rust.
fn toolchain(version: &str) -> Option<String> {
    let list = command::output(Command::new("rustup").args(["toolchain", "list"])).ok()?;
    let list = String::from_utf8_lossy(&list).into_owned();
    let names = list.lines().filter_map(|line| line.split(' ').next());
    let has = |name: &&str| {
        let rest = name.strip_prefix(version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    names.into_iter().find(has).map(str::to_owned)
}

/// `rust-version` of the workspace.
fn rust_version(workspace: &Workspace) -> Result<String> {
    let manifest = workspace.root().join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("rust-version"));
    let value = line.and_then(|rest| rest.split('"').nth(1)).context("no rust-version")?;
    Ok(value.to_owned())
}
