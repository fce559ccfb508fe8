//! `vitals` alone: the vital signs on one screen.

mod facts;
mod screen;
mod value;

use std::time::Duration;

use sysvitals::System;

use self::facts::Facts;
use crate::output::{Format, Output};
use crate::sample;

/// Show the vital signs of the machine on one screen; this is what vitals alone does.
///
/// What the machine does not tell, or not to this user, is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Measure rates and CPU use over so many seconds. A recorded machine has none.
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = sample::interval)]
    interval: Duration,
}

impl Default for Args {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1) }
    }
}

pub(super) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let facts = Facts::of(system, args.interval)?;
    if output.is_table() {
        let screen = screen::draw(&facts, output.terminal());
        return Ok(output.text(&screen)?);
    }
    Ok(output.value(Format::Table, &value::of(&facts))?)
}
