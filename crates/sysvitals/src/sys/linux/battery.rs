//! Batteries, as the power supplies of sysfs report them
//! (Documentation/ABI/testing/sysfs-class-power, Documentation/power/power_supply_class.rst).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use super::Host;
use super::directory::Directory;
use crate::{Battery, Result, TimeLeft};

const POWER_SUPPLY: &str = "class/power_supply";

/// What a battery says of itself; absent where the driver does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Facts {
    /// In µWh.
    energy_now: Option<i64>,
    energy_full: Option<i64>,
    /// In µAh.
    charge_now: Option<i64>,
    charge_full: Option<i64>,
    /// In µW; drivers disagree on the sign.
    power_now: Option<i64>,
    /// In µA; negative while discharging, but not with every driver.
    current_now: Option<i64>,
    /// In µV.
    voltage_now: Option<i64>,
    /// In percent.
    capacity: Option<i64>,
    /// In seconds.
    time_to_empty_now: Option<i64>,
    status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Status {
    Discharging,
    ChargingOrFull,
    /// Unknown, or `Not charging`: full enough, or on mains that are too weak.
    #[default]
    Other,
}

/// Whether power comes in from outside; absent where no supply of that kind tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Outside {
    mains: Option<bool>,
    /// USB or wireless.
    port: Option<bool>,
}

impl Host {
    /// Every battery that powers the machine, by name.
    pub(super) fn batteries(&self) -> Result<Vec<Battery>> {
        let Some((class, names)) = self.list_if_there(&self.sys_path(POWER_SUPPLY), "")? else {
            return Ok(Vec::new());
        };
        let (mut outside, mut batteries) = (Outside::default(), Vec::new());
        for name in names {
            let Ok(mut supply) = class.below(&name) else { continue };
            // A mouse or a keyboard has its own.
            if supply.text("scope", "").is_some_and(|scope| scope.eq_ignore_ascii_case(b"device")) {
                continue;
            }
            let source = match supply.text("type", "") {
                Some(b"Mains") => &mut outside.mains,
                Some(b"Wireless") => &mut outside.port,
                Some(kind) if kind.starts_with(b"USB") => &mut outside.port,
                kind => {
                    let is_battery =
                        kind.map_or(is_named_battery(&name), |kind| kind == b"Battery");
                    if is_battery && supply.number("present", "") != Some(0) {
                        batteries.push((name, facts(&mut supply)));
                    }
                    continue;
                }
            };
            if let Some(online) = supply.number("online", "") {
                *source = Some(online > 0 || *source == Some(true));
            }
        }
        let batteries = batteries.into_iter();
        Ok(batteries.filter_map(|(name, facts)| battery(name, &facts, outside)).collect())
    }

    /// The battery that psutil 7.2.2 reports (`_pslinux.py`).
    pub(super) fn battery_of_psutil(&self) -> Result<Option<Battery>> {
        let Some((class, names)) = self.list_if_there(&self.sys_path(POWER_SUPPLY), "")? else {
            return Ok(None);
        };
        let Some(name) = names.into_iter().find(|name| is_named_battery(name)) else {
            return Ok(None);
        };
        let Ok(mut supply) = class.below(&name) else { return Ok(None) };
        let facts = facts(&mut supply);
        let online =
            ["AC0", "AC"].iter().find_map(|ac| class.below(*ac).ok()?.number("online", ""));
        Ok(battery_of_psutil(name, &facts, online))
    }
}

/// psutil's rule, and the only one where a recording lacks the type.
fn is_named_battery(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"BAT")
        || name.as_bytes().windows(7).any(|part| part.eq_ignore_ascii_case(b"battery"))
}

fn facts(supply: &mut Directory) -> Facts {
    let status = supply.text("status", "").unwrap_or_default();
    let status = match status.to_ascii_lowercase().as_slice() {
        b"discharging" => Status::Discharging,
        b"charging" | b"full" => Status::ChargingOrFull,
        _ => Status::Other,
    };
    Facts {
        energy_now: supply.number("energy_now", ""),
        energy_full: supply.number("energy_full", ""),
        charge_now: supply.number("charge_now", ""),
        charge_full: supply.number("charge_full", ""),
        power_now: supply.number("power_now", ""),
        current_now: supply.number("current_now", ""),
        voltage_now: supply.number("voltage_now", ""),
        capacity: supply.number("capacity", ""),
        time_to_empty_now: supply.number("time_to_empty_now", ""),
        status,
    }
}

/// `None` where nothing tells the charge: no percentage is honest then.
fn battery(name: OsString, facts: &Facts, outside: Outside) -> Option<Battery> {
    let ratio = |now, full| match (now, full) {
        (Some(now), Some(full)) if now >= 0 && full > 0 => Some(100.0 * float(now) / float(full)),
        _ => None,
    };
    let percent = ratio(facts.energy_now, facts.energy_full)
        .or_else(|| ratio(facts.charge_now, facts.charge_full))
        .or_else(|| facts.capacity.filter(|&percent| percent >= 0).map(float))?;
    let power_plugged = power_plugged(facts.status, outside);
    let secsleft = if power_plugged == Some(true) {
        TimeLeft::Unlimited
    } else {
        whole_seconds(seconds_left(facts))
    };
    Some(Battery { name, percent, secsleft, power_plugged })
}

fn power_plugged(status: Status, outside: Outside) -> Option<bool> {
    match (status, outside) {
        (_, Outside { mains: Some(true), .. }) => Some(true),
        // A port is online as well while the machine powers what is plugged in there.
        (Status::Discharging, _) => Some(false),
        (_, Outside { port: Some(true), .. }) => Some(true),
        (_, Outside { mains: Some(false), .. }) => Some(false),
        (Status::ChargingOrFull, _) => Some(true),
        (Status::Other, _) => None,
    }
}

/// How long the charge lasts at this rate, else what the battery estimates.
fn seconds_left(facts: &Facts) -> Option<f64> {
    let amount = |amount: Option<i64>| amount.filter(|&amount| amount >= 0).map(float);
    // Zero is what drivers without a gauge report.
    let rate = |rate: Option<i64>| rate.filter(|&rate| rate != 0).map(|rate| float(rate).abs());
    let (energy, charge) = (amount(facts.energy_now), amount(facts.charge_now));
    let (power, current) = (rate(facts.power_now), rate(facts.current_now));
    let volts = rate(facts.voltage_now).map(|microvolts| microvolts / 1e6);

    let hours = match (energy, charge, power, current, volts) {
        (Some(energy), _, Some(power), ..) => Some(energy / power),
        (_, Some(charge), _, Some(current), _) => Some(charge / current),
        (Some(energy), _, _, Some(current), Some(volts)) => Some(energy / (current * volts)),
        (_, Some(charge), Some(power), _, Some(volts)) => Some(charge * volts / power),
        _ => None,
    };
    hours.map(|hours| hours * 3600.0).or_else(|| amount(facts.time_to_empty_now))
}

/// What psutil computes of the same files, oddities included: it takes energy for charge, power for
/// current and seconds for minutes.
fn battery_of_psutil(name: OsString, facts: &Facts, online: Option<i64>) -> Option<Battery> {
    let now = facts.energy_now.or(facts.charge_now);
    let full = facts.energy_full.or(facts.charge_full);
    let rate = facts.power_now.or(facts.current_now);
    let percent = match (now, full) {
        (Some(_), Some(0)) => 0.0,
        (Some(now), Some(full)) => 100.0 * float(now) / float(full),
        _ => facts.capacity.filter(|&percent| percent != -1).map(float)?,
    };
    let power_plugged = match (online, facts.status) {
        (Some(online), _) => Some(online == 1),
        (None, Status::Discharging) => Some(false),
        (None, Status::ChargingOrFull) => Some(true),
        (None, Status::Other) => None,
    };
    let secsleft = match (power_plugged, now, rate, facts.time_to_empty_now) {
        (Some(true), ..) => TimeLeft::Unlimited,
        (_, Some(_), Some(0), _) => TimeLeft::Unknown,
        (_, Some(now), Some(rate), _) => {
            whole_seconds(Some(float(now) / float(rate).abs() * 3600.0))
        }
        (.., minutes) => whole_seconds(minutes.map(|minutes| float(minutes) * 60.0)),
    };
    Some(Battery { name, percent, secsleft, power_plugged })
}

fn whole_seconds(seconds: Option<f64>) -> TimeLeft {
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds.trunc()).ok());
    time.map_or(TimeLeft::Unknown, TimeLeft::Remaining)
}

#[expect(clippy::cast_precision_loss, reason = "no battery comes near 2^53 µWh")]
fn float(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::System;

    /// A machine with the power supplies that `text` tells of: `name: file=content file=content`.
    fn machine(text: &str) -> (TempDir, System) {
        let root = tempfile::tempdir().unwrap();
        let class = root.path().join("sys").join(POWER_SUPPLY);
        fs::create_dir_all(&class).unwrap();
        for line in text.lines() {
            let (name, files) = line.split_once(':').unwrap();
            fs::create_dir_all(class.join(name.trim())).unwrap();
            for file in files.split_ascii_whitespace() {
                let (file, content) = file.split_once('=').unwrap();
                fs::write(class.join(name.trim()).join(file), format!("{content}\n")).unwrap();
            }
        }
        let system = System::at(root.path());
        (root, system)
    }

    /// `name percent seconds plugged`, in psutil's numbers.
    fn show(battery: &Battery) -> String {
        let seconds = match battery.secsleft {
            TimeLeft::Unknown => "?".into(),
            TimeLeft::Unlimited => "∞".into(),
            TimeLeft::Remaining(time) => time.as_secs_f64().to_string(),
        };
        let plugged = battery.power_plugged.map_or("?".into(), |plugged| plugged.to_string());
        format!("{} {} {seconds} {plugged}", battery.name.to_string_lossy(), battery.percent)
    }

    #[track_caller]
    fn check(supplies: &str, want: &[&str], psutil: Option<&str>) {
        let (_root, system) = machine(supplies);
        let got: Vec<_> = system.sensors_battery().unwrap().iter().map(show).collect();
        assert_eq!(got, want);
        let got = system.sensors_battery_psutil().unwrap();
        assert_eq!(got.as_ref().map(show).as_deref(), psutil, "of psutil");
    }

    #[test]
    fn no_directory_is_no_battery() {
        let root = tempfile::tempdir().unwrap();
        let system = System::at(root.path());
        assert_eq!(system.sensors_battery().unwrap(), []);
        assert_eq!(system.sensors_battery_psutil().unwrap(), None);
        fs::create_dir_all(root.path().join("sys/class")).unwrap();
        fs::write(root.path().join("sys/class/power_supply"), "").unwrap();
        assert!(matches!(system.sensors_battery(), Err(crate::Error::Io { .. })));
        check("", &[], None);
    }

    #[test]
    fn every_battery_counts() {
        check(
            "ACAD: type=Mains online=0\n\
             BAT0: type=Battery energy_now=10 energy_full=10 power_now=0 status=Full\n\
             BAT1: type=Battery energy_now=10 energy_full=40 power_now=5 status=Discharging",
            &["BAT0 100 ? false", "BAT1 25 7200 false"],
            Some("BAT0 100 ∞ true"),
        );
    }

    #[test]
    fn others_batteries_and_empty_slots_do_not() {
        check(
            "BAT0: type=Battery present=0 energy_now=0 energy_full=0\n\
             BAT1: present=1 capacity=50 status=Unknown\n\
             hid-x-battery: type=Battery scope=Device capacity=100\n\
             ups: type=UPS capacity=100",
            &["BAT1 50 ? ?"],
            Some("BAT0 0 ? ?"),
        );
        check(
            "CMB0: type=Battery capacity=7\nmy-Battery: type=Mains online=1",
            &["CMB0 7 ∞ true"],
            None,
        );
    }

    #[test]
    fn an_unknown_charge_is_not_zero() {
        check("BAT0: status=Charging charge_now=5", &[], None);
        check("BAT0: energy_now=5 energy_full=0", &[], Some("BAT0 0 ? ?"));
        check("BAT0: energy_now=0 energy_full=0 capacity=3", &["BAT0 3 ? ?"], Some("BAT0 0 ? ?"));
        check("BAT0: energy_now= energy_full=9 capacity=3", &["BAT0 3 ? ?"], Some("BAT0 3 ? ?"));
        check("BAT0: capacity=-1", &[], None);
    }

    #[test]
    fn units_are_not_mixed() {
        // 25 Wh at 1 A and 12.5 V last two hours.
        check(
            "BAT0: energy_now=25000000 energy_full=50000000 current_now=-1000000 \
             voltage_now=12500000 charge_full=1",
            &["BAT0 50 7200 ?"],
            Some("BAT0 50 90000 ?"),
        );
        // 2 Ah at 12.5 V and 25 W last one.
        check(
            "BAT0: charge_now=2000000 charge_full=4000000 power_now=25000000 voltage_now=12500000 \
             energy_full=4000000",
            &["BAT0 50 3600 ?"],
            Some("BAT0 50 288 ?"),
        );
        check(
            "BAT0: energy_now=5 energy_full=10 current_now=5",
            &["BAT0 50 ? ?"],
            Some("BAT0 50 3600 ?"),
        );
        check(
            "BAT0: energy_now=5 charge_now=5 charge_full=10 current_now=5 capacity=9",
            &["BAT0 50 3600 ?"],
            Some("BAT0 50 3600 ?"),
        );
    }

    #[test]
    fn batteries_estimate_in_seconds() {
        check(
            "BAT0: capacity=30 time_to_empty_now=655",
            &["BAT0 30 655 ?"],
            Some("BAT0 30 39300 ?"),
        );
        check("BAT0: capacity=30 time_to_empty_now=-1", &["BAT0 30 ? ?"], Some("BAT0 30 ? ?"));
        check(
            "BAT0: energy_now=5 energy_full=5 power_now=0 time_to_empty_now=7",
            &["BAT0 100 7 ?"],
            Some("BAT0 100 ? ?"),
        );
    }

    #[track_caller]
    fn check_plugged(status: &str, supplies: &str, want: &str, psutil: &str) {
        check(
            &format!("BAT0: capacity=1 status={status}\n{supplies}"),
            &[&format!("BAT0 1 {want}")],
            Some(&format!("BAT0 1 {psutil}")),
        );
    }

    #[test]
    fn mains_are_known_by_type() {
        check_plugged("Unknown", "ADP1: type=Mains online=1", "∞ true", "? ?");
        check_plugged("Unknown", "ADP1: type=Mains online=0", "? false", "? ?");
        check_plugged("Unknown", "A: type=Mains online=1\nB: type=Mains online=0", "∞ true", "? ?");
        check_plugged("Discharging", "AC0: type=Mains online=1", "∞ true", "∞ true");
        check_plugged("Charging", "AC: type=Mains online=0", "? false", "? false");
        check_plugged("Charging", "AC: type=Mains online=", "∞ true", "∞ true");
        check_plugged("Unknown", "AC: type=Mains scope=Device online=1", "? ?", "∞ true");
    }

    #[test]
    fn ports_count_unless_the_battery_empties() {
        check_plugged("Unknown", "usb: type=USB_PD online=1", "∞ true", "? ?");
        check_plugged("Unknown", "pad: type=Wireless online=2", "∞ true", "? ?");
        check_plugged("Discharging", "usb: type=USB online=1", "? false", "? false");
        check_plugged("Full", "usb: type=USB online=0", "∞ true", "∞ true");
        check_plugged("Unknown", "usb: type=USB online=0", "? ?", "? ?");
    }
}
