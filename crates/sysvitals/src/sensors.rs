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
    /// Above this it is hot. Where the chip tells only `critical`, the same; absent where it tells
    /// neither.
    pub high: Option<f64>,
    /// Above this the machine is at risk. Where the chip tells only `high`, the same; absent where
    /// it tells neither.
    pub critical: Option<f64>,
}

record! { shwtemp: Temperature {
    label: Linux | FreeBsd,
    current: Linux | FreeBsd,
    high: Linux | FreeBsd,
    critical: Linux | FreeBsd,
} }

/// One fan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Fan {
    /// What it cools; empty where the chip does not tell.
    pub label: OsString,
    /// Revolutions a minute.
    pub current: u64,
}

record! { sfan: Fan { label: Linux, current: Linux } }

impl Temperature {
    /// The same in degrees Fahrenheit.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Temperature;
    ///
    /// let mut celsius = Temperature::default();
    /// (celsius.current, celsius.critical) = (37.5, Some(100.0));
    /// let fahrenheit = celsius.to_fahrenheit();
    /// assert_eq!((fahrenheit.current, fahrenheit.critical), (99.5, Some(212.0)));
    /// assert_eq!(fahrenheit.high, None);
    /// ```
    #[must_use]
    pub fn to_fahrenheit(&self) -> Self {
        let convert = |celsius: f64| celsius * 9.0 / 5.0 + 32.0;
        Self {
            label: self.label.clone(),
            current: convert(self.current),
            high: self.high.map(convert),
            critical: self.critical.map(convert),
        }
    }

    /// Where one limit is known it stands for the other. Zero is what chips tell of a limit that
    /// nobody set, so it does not.
    fn complete(&mut self) {
        let known = |limit: Option<f64>| limit.is_some_and(|degrees| degrees != 0.0);
        match (known(self.high), known(self.critical)) {
            (true, false) => self.critical = self.high,
            (false, true) => self.high = self.critical,
            _ => {}
        }
    }
}

/// How long a battery lasts without mains power.
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
    /// The system's name of it, such as `BAT0`; empty on Windows, which tells of all together.
    pub name: OsString,
    /// Charge, in percent of what it holds when full; gauges may tell a little more than 100.
    pub percent: f64,
    /// How long it lasts at the rate of now, in whole seconds.
    pub secsleft: TimeLeft,
    /// Whether power comes in from outside; absent where that cannot be told.
    pub power_plugged: Option<bool>,
}

record! { sbattery: Battery {
    percent: Linux | Windows | MacOs | FreeBsd,
    secsleft: Linux | Windows | MacOs | FreeBsd,
    power_plugged: Linux | Windows | MacOs | FreeBsd,
} }

impl System {
    /// Temperatures by chip, in degrees Celsius; empty where there is no sensor.
    ///
    /// Chips of one name stand together. A sensor that does not answer is left out: many are
    /// announced that are not wired, or sleep.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) when the list of chips is there and cannot be read.
    /// [`Unsupported`](crate::Error::Unsupported) on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: `class/hwmon` of sysfs, with `coretemp` chips that are only among the platform devices;
    /// where there is neither, `class/thermal` (a zone's trip points `high` and `critical` are its
    /// limits; of several the lowest). Windows: no call tells. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for (chip, temperatures) in sysvitals::sensors_temperatures()? {
    ///     for sensor in temperatures {
    ///         println!("{chip:?} {:?}: {} °C", sensor.label, sensor.current);
    ///         assert!(sensor.current.is_finite());
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn sensors_temperatures(&self) -> Result<BTreeMap<OsString, Vec<Temperature>>> {
        let mut chips = self.host.sensors_temperatures()?;
        chips.values_mut().flatten().for_each(Temperature::complete);
        Ok(chips)
    }

    /// Fans by chip, in revolutions a minute; empty where there is none.
    ///
    /// Chips of one name stand together. A fan that does not answer, or answers with no speed, is
    /// left out; one that stands still is 0.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) when the list of chips is there and cannot be read.
    /// [`Unsupported`](crate::Error::Unsupported) on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: `class/hwmon` of sysfs. Windows: no call tells. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for (chip, fans) in sysvitals::sensors_fans()? {
    ///     assert!(!fans.is_empty(), "{chip:?} is there because of its fans");
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn sensors_fans(&self) -> Result<BTreeMap<OsString, Vec<Fan>>> {
        self.host.sensors_fans()
    }

    /// Every battery that powers the machine, by name; empty where there is none.
    ///
    /// Those of mice and other devices do not count, nor do empty slots, nor batteries that do not
    /// tell their charge. The time left follows from charge and rate of the same unit (a voltage
    /// turns one into the other), else it is the battery's own estimate; it is
    /// [`Unlimited`](TimeLeft::Unlimited) while power comes in.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) when the list of power supplies is there and cannot be read.
    /// [`Unsupported`](crate::Error::Unsupported) on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: `class/power_supply` of sysfs; power comes in when a supply of type `Mains` is online,
    /// whatever its name, or one of type `USB` or `Wireless` while the battery does not discharge;
    /// without any, the battery's status tells. Windows: GetSystemPowerStatus, one for all batteries
    /// together. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for battery in sysvitals::sensors_battery()? {
    ///     println!("{:?}: {:.0} %, {:?}", battery.name, battery.percent, battery.secsleft);
    ///     assert!(battery.percent >= 0.0);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn sensors_battery(&self) -> Result<Vec<Battery>> {
        self.host.sensors_battery()
    }

    /// The one battery that psutil 7.2.2 tells of, as it tells of it; `None` where it finds none.
    ///
    /// For programs that must answer what psutil answers. It takes the first name that starts with
    /// `BAT` or contains `battery`, be it a mouse's or an empty slot; only mains called `AC0` or `AC`
    /// count; energy may be divided by current, and the battery's estimate is taken for minutes.
    /// [`sensors_battery`](System::sensors_battery) is right where this is not.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) when the list of power supplies is there and cannot be read.
    /// [`Unsupported`](crate::Error::Unsupported) on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: `class/power_supply` of sysfs. Windows: GetSystemPowerStatus, where a charge that is
    /// not known is 255 percent, and mains that are not known are no mains. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::System;
    ///
    /// let desktop = System::at("/nonexistent");
    /// assert_eq!(desktop.sensors_battery_psutil()?, None);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn sensors_battery_psutil(&self) -> Result<Option<Battery>> {
        self.host.sensors_battery_psutil()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limits: [Option<f64>; 2], want: [Option<f64>; 2]) {
        let [high, critical] = limits;
        let mut temperature = Temperature { high, critical, ..Temperature::default() };
        temperature.complete();
        assert_eq!([temperature.high, temperature.critical], want);
    }

    #[test]
    fn one_limit_stands_for_the_other() {
        check([Some(80.0), None], [Some(80.0), Some(80.0)]);
        check([None, Some(90.0)], [Some(90.0), Some(90.0)]);
        check([Some(80.0), Some(90.0)], [Some(80.0), Some(90.0)]);
        check([None, None], [None, None]);
    }

    #[test]
    fn zero_is_no_limit_to_copy() {
        check([Some(0.0), None], [Some(0.0), None]);
        check([Some(0.0), Some(90.0)], [Some(90.0), Some(90.0)]);
        check([Some(80.0), Some(0.0)], [Some(80.0), Some(80.0)]);
        check([Some(0.0), Some(0.0)], [Some(0.0), Some(0.0)]);
    }

    #[test]
    fn time_left_has_psutils_numbers() {
        assert_eq!(TimeLeft::Unknown.to_value(), Value::Signed(-1));
        assert_eq!(TimeLeft::Unlimited.to_value(), Value::Signed(-2));
        let time = TimeLeft::Remaining(Duration::from_secs(7));
        assert_eq!(time.to_value(), Value::Unsigned(7));
    }
}
