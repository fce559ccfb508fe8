//! `cargo xtask programs`: what says `import psutil`, started and used on this repository's.
//!
//! `python/tests/programs.py` does it: it builds both wheels, and makes a virtual environment for
//! each program below `target`. No part of `test`, since it installs a hundred packages.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{Outcome, command};

/// What the script cannot do without.
const NEEDED: &[&str] = &["python3", "tmux"];

/// The step.
pub(crate) fn run(workspace: &Workspace, programs: &[String]) -> Result<Outcome> {
    if let Some(lacking) = NEEDED.iter().find(|program| command::which(program).is_none()) {
        return Ok(Outcome::NotRun(format!("there is no {lacking}")));
    }
    let script = workspace.root().join("python/tests/programs.py");
    let mut python = std::process::Command::new("python3");
    command::run(python.arg("-u").arg(script).args(programs).current_dir(workspace.root()))?;
    Ok(Outcome::Done(String::new()))
}
