//! `vitals`: the vital signs of a machine and its processes, for people and for scripts.

mod cli;
mod cmd;
mod exit;
mod output;
mod sample;

use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Whole answers only: what fails has printed nothing.
    let mut answer = Vec::new();
    let ended = cli::parse().and_then(|cli| cli.run(&mut answer));
    match ended.and_then(|()| print(&answer)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => exit::report(&err),
    }
}

fn print(answer: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(answer)?;
    Ok(stdout.flush()?)
}
