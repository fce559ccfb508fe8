use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use crate::record::record;
use crate::sys::Sensors as _;
use crate::{Result, System, ToValue, Value};

/// One temperature sensor, in degrees Celsius.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Temperature {
    /// What it measures; empty where the chip does not tell.
    pub label: OsString,
    /// The temperature.
    pub current: f64,
    /// Above this it is hot; absent where the chip does not tell.
    pub high: Option<f64>,
    /// Above this the machine is at risk; absent where the chip does not tell.
    pub critical: Option<f64>,
}

record! { shwtemp: Temperature { label: _, current: _, high: _, critical: _ } }

/// One fan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Fan {
    /// What it cools; empty where the chip does not tell.
    pub label: OsString,
    /// Revolutions a minute.
    pub current: u64,
}

record! { sfan: Fan { label: _, current: _ } }

/// How long a battery lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// Cannot be told; psutil's `POWER_TIME_UNKNOWN`.
    Unknown,
    /// For ever, being on mains; psutil's `POWER_TIME_UNLIMITED`.
    Unlimited,
    /// This long.
    Remaining(Duration),
}

/// psutil's numbers: -1 unknown, -2 unlimited, else whole seconds.
impl ToValue for TimeLeft {
    fn to_value(&self) -> Value {
        match self {
            Self::Unknown => Value::Signed(-1),
            Self::Unlimited => Value::Signed(-2),
            Self::Remaining(time) => Value::Unsigned(time.as_secs().into()),
        }
    }
}

/// A battery.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Battery {
    /// The system's name of it, such as `BAT0`.
    pub name: OsString,
    /// Charge, in percent of full.
    pub percent: f64,
    /// How long it lasts.
    pub secsleft: TimeLeft,
    /// Whether mains power is connected; absent where that cannot be told.
    pub power_plugged: Option<bool>,
}

record! { sbattery: Battery { percent: _, secsleft: _, power_plugged: _ } }

impl System {
    /// Temperatures by chip.
    pub fn sensors_temperatures(&self) -> Result<BTreeMap<OsString, Vec<Temperature>>> {
        self.host.sensors_temperatures()
    }

    /// Fans by chip.
    pub fn sensors_fans(&self) -> Result<BTreeMap<OsString, Vec<Fan>>> {
        self.host.sensors_fans()
    }

    /// Every battery that powers the machine.
    pub fn sensors_battery(&self) -> Result<Vec<Battery>> {
        self.host.sensors_battery()
    }
}
