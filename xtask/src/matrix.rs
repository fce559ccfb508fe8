//! PLATFORMS.md, written from the tables of the library.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{Outcome, command};

const FILE: &str = "PLATFORMS.md";

/// Writes it; with `--check` fails if it is not what would be written.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: matrix [--check]"),
    };
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "sysvitals", "--example", "matrix", "--locked"]);
    let want = command::output(&mut cargo)?;
    let path = workspace.root().join(FILE);
    if !check {
        fs::write(&path, want).with_context(|| format!("writing {}", path.display()))?;
    } else if fs::read(&path).ok() != Some(want) {
        bail!("{FILE} is out of date; `cargo xtask matrix` writes it");
    }
    Ok(Outcome::Done(String::new()))
}
