//! Two looks at a machine, and what happened in between.

use std::thread;
use std::time::Duration;

use sysvitals::{Error, Result, System};

/// Lets `interval` pass on the machine.
pub(crate) fn wait(system: &System, interval: Duration) -> Result<()> {
    check(system)?;
    thread::sleep(interval);
    Ok(())
}

/// Fails for a machine that was recorded: there, no time passes, and nothing has a rate.
pub(crate) fn check(system: &System) -> Result<()> {
    moves(system).then_some(()).ok_or(Error::Unsupported("a rate of a recorded machine"))
}

/// Whether time passes on the machine, as it does where the procfs of another container is looked at.
pub(crate) fn moves(system: &System) -> bool {
    // Twice the resolution of the uptime that Linux tells.
    const MOMENT: Duration = Duration::from_millis(20);
    if system.is_live() {
        return true;
    }
    let before = system.uptime();
    thread::sleep(MOMENT);
    matches!((before, system.uptime()), (Ok(before), Ok(after)) if before != after)
}

/// A number of seconds of the command line.
pub(crate) fn interval(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| "not a number of seconds above zero".to_owned())
}
