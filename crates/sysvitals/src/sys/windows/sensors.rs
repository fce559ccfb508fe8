//! The battery, by GetSystemPowerStatus. Windows has no call for temperatures and fans.

use std::ffi::OsString;
use std::time::Duration;

use windows_sys::Win32::System::Power::SYSTEM_POWER_STATUS;

use super::Host;
use super::ffi::sysinfo;
use crate::sys::Sensors;
use crate::{Battery, Error, Result, TimeLeft};

/// `BatteryFlag` (winbase.h): it is being charged.
const CHARGING: u8 = 8;
/// `BatteryFlag`: there is none. Set as well in 255, which is for not known.
const NO_BATTERY: u8 = 128;
/// `BatteryLifePercent` and `ACLineStatus`: not known.
const UNKNOWN: u8 = 255;

impl Sensors for Host {
    fn sensors_battery(&self) -> Result<Vec<Battery>> {
        self.live("sensors_battery")?;
        let status = status()?;
        let known = status.BatteryLifePercent != UNKNOWN;
        Ok(battery(&status).filter(|_| known).into_iter().collect())
    }

    fn sensors_battery_psutil(&self) -> Result<Option<Battery>> {
        self.live("sensors_battery_psutil")?;
        Ok(battery(&status()?).map(|battery| Battery {
            power_plugged: Some(battery.power_plugged == Some(true)),
            ..battery
        }))
    }
}

fn status() -> Result<SYSTEM_POWER_STATUS> {
    sysinfo::power_status().map_err(|err| Error::io("GetSystemPowerStatus", err))
}

/// All batteries together; `None` without one.
fn battery(status: &SYSTEM_POWER_STATUS) -> Option<Battery> {
    if status.BatteryFlag & NO_BATTERY != 0 {
        return None;
    }
    let power_plugged = match status.ACLineStatus {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    };
    let charging = status.BatteryFlag & CHARGING != 0;
    let secsleft = match status.BatteryLifeTime {
        _ if power_plugged == Some(true) || charging => TimeLeft::Unlimited,
        u32::MAX => TimeLeft::Unknown,
        seconds => TimeLeft::Remaining(Duration::from_secs(seconds.into())),
    };
    let percent = status.BatteryLifePercent.into();
    Some(Battery { name: OsString::new(), percent, secsleft, power_plugged })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: (u8, u8, u8, u32), want: Option<(f64, TimeLeft, Option<bool>)>) {
        let status = SYSTEM_POWER_STATUS {
            ACLineStatus: members.0,
            BatteryFlag: members.1,
            BatteryLifePercent: members.2,
            SystemStatusFlag: 0,
            BatteryLifeTime: members.3,
            BatteryFullLifeTime: u32::MAX,
        };
        let got = battery(&status);
        assert_eq!(got.map(|got| (got.percent, got.secsleft, got.power_plugged)), want);
    }

    #[test]
    fn time_is_left_only_without_mains() {
        let left = |seconds| TimeLeft::Remaining(Duration::from_secs(seconds));
        check((0, 0, 50, 3600), Some((50.0, left(3600), Some(false))));
        check((0, 4, 3, 0), Some((3.0, left(0), Some(false))));
        check((0, 1, 100, u32::MAX), Some((100.0, TimeLeft::Unknown, Some(false))));
        check((1, 1, 100, u32::MAX), Some((100.0, TimeLeft::Unlimited, Some(true))));
        check((1, 9, 90, 3600), Some((90.0, TimeLeft::Unlimited, Some(true))));
        check((255, 0, 50, 60), Some((50.0, left(60), None)));
        check((255, 8, 50, 60), Some((50.0, TimeLeft::Unlimited, None)));
    }

    #[test]
    fn without_a_battery_there_is_none() {
        check((1, 128, 255, u32::MAX), None);
        check((255, 255, 255, u32::MAX), None);
    }
}
