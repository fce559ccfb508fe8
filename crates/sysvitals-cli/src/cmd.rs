//! The commands, a file each.

mod df;
mod free;
mod get;
mod overview;
mod ps;
mod services;
mod uptime;

use sysvitals::System;

use crate::output::Output;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Overview(overview::Args),
    Ps(ps::Args),
    Free(free::Args),
    Df(df::Args),
    Uptime(uptime::Args),
    Services(services::Args),
    Get(get::Args),
}

impl Default for Command {
    fn default() -> Self {
        Self::Overview(overview::Args::default())
    }
}

impl Command {
    pub(crate) fn run(&self, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
        match self {
            Self::Overview(args) => overview::run(args, system, output),
            Self::Ps(args) => ps::run(args, system, output),
            Self::Free(args) => free::run(args, system, output),
            Self::Df(args) => df::run(args, system, output),
            Self::Uptime(args) => uptime::run(args, system, output),
            Self::Services(args) => services::run(args, system, output),
            Self::Get(args) => get::run(args, system, output),
        }
    }
}
