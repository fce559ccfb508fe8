//! `vitals uptime`

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use sysvitals::{System, ToValue, UsersSource, Value};

use crate::output::{Format, Output, human};

/// Show how long the system has been up, who is logged in and the load, like uptime(1).
///
/// What a recorded machine does not tell is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// The answers; `None` where there is none.
pub(super) struct Uptime {
    now: Option<SystemTime>,
    pub(super) boot_time: Option<SystemTime>,
    pub(super) uptime: Option<Duration>,
    pub(super) users: Option<usize>,
    pub(super) load: Option<[f64; 3]>,
}

impl Uptime {
    pub(super) fn of(system: &System) -> Self {
        Self {
            // That of a recorded machine has passed.
            now: system.is_live().then(SystemTime::now),
            boot_time: system.boot_time().ok(),
            uptime: system.uptime().ok(),
            users: users(system),
            load: system.getloadavg().ok(),
        }
    }

    fn shown(&self) -> String {
        let mut line = String::new();
        if let Some(now) = self.now.and_then(human::local) {
            let _ = write!(line, " {}", now.strftime("%H:%M:%S"));
        }
        if let Some(uptime) = self.uptime {
            let _ = write!(line, " up {},", human::uptime(uptime));
        }
        if let Some(users) = self.users {
            let _ = write!(line, "  {users} user{},", if users == 1 { "" } else { "s" });
        }
        if let Some([one, five, fifteen]) = self.load {
            let _ = write!(line, "  load average: {one:.2}, {five:.2}, {fifteen:.2}");
        }
        line.truncate(line.trim_end_matches(',').len());
        line.push('\n');
        line
    }
}

impl ToValue for Uptime {
    fn to_value(&self) -> Value {
        let users = self.users.and_then(|users| u64::try_from(users).ok());
        Value::Record(vec![
            ("time", self.now.to_value()),
            ("boot_time", self.boot_time.to_value()),
            ("uptime", self.uptime.to_value()),
            ("users", users.to_value()),
            ("load", self.load.to_value()),
        ])
    }
}

/// How many are logged in; `None` where nothing keeps count.
fn users(system: &System) -> Option<usize> {
    match system.users_and_source().ok()? {
        (_, UsersSource::Nothing) => None,
        (users, _) => Some(users.len()),
    }
}

pub(super) fn run(_: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let uptime = Uptime::of(system);
    if uptime.uptime.is_none() && uptime.boot_time.is_none() && uptime.load.is_none() {
        // Nothing is no answer; it fails once more to say why.
        system.uptime()?;
    }
    if output.is_table() {
        return Ok(output.text(&uptime.shown())?);
    }
    Ok(output.value(Format::Table, &uptime.to_value())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let nothing = Uptime { now: None, boot_time: None, uptime: None, users: None, load: None };
        let uptime = Some(Duration::from_secs(86400 * 3 + 7380));
        let recorded = Uptime { uptime, load: Some([0.5, 1.25, 10.0]), ..nothing };
        assert_eq!(recorded.shown(), " up 3 days, 2:03,  load average: 0.50, 1.25, 10.00\n");
        let users = Uptime { users: Some(1), load: None, ..recorded };
        assert_eq!(users.shown(), " up 3 days, 2:03,  1 user\n");
    }
}
