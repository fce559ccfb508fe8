//! Temperatures and fans, as hwmon chips and thermal zones report them
//! (Documentation/hwmon/sysfs-interface.rst, Documentation/driver-api/thermal/sysfs-api.rst).
//!
//! What is looked for where, and in which order it is told, is psutil's (7.2.2, `_pslinux.py`).

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::Host;
use super::directory::Directory;
use crate::sys::Sensors;
use crate::{Battery, Fan, Result, Temperature};

/// Chips by name; those of one name together.
type ByChip<T> = BTreeMap<OsString, Vec<T>>;

const HWMON: &str = "class/hwmon";

impl Sensors for Host {
    fn sensors_temperatures(&self) -> Result<ByChip<Temperature>> {
        // CentOS 7 and older keep the files one folder further down (psutil #971).
        let mut chips = match self.list_if_there(&self.sys_path(HWMON), "hwmon")? {
            Some((class, names)) => chips(&class, &names, &["/device", ""], "temp"),
            None => Vec::new(),
        };
        self.add_coretemp(&mut chips)?;
        if chips.is_empty() {
            return self.thermal_zones();
        }
        let mut found = ByChip::new();
        for Chip { mut directory, sensors, .. } in chips {
            let Some(name) = directory.os_text("name", "") else { continue };
            for sensor in &sensors {
                let Some(current) = degrees(&mut directory, sensor, "_input") else { continue };
                let temperature = Temperature {
                    label: directory.os_text(sensor, "_label").unwrap_or_default(),
                    current,
                    high: degrees(&mut directory, sensor, "_max"),
                    critical: degrees(&mut directory, sensor, "_crit"),
                };
                found.entry(name.clone()).or_default().push(temperature);
            }
        }
        Ok(found)
    }

    fn sensors_fans(&self) -> Result<ByChip<Fan>> {
        let mut found = ByChip::new();
        let Some((class, names)) = self.list_if_there(&self.sys_path(HWMON), "hwmon")? else {
            return Ok(found);
        };
        let mut chips = chips(&class, &names, &[""], "fan");
        if chips.is_empty() {
            chips = self::chips(&class, &names, &["/device"], "fan");
        }
        for Chip { mut directory, sensors, .. } in chips {
            let Some(name) = directory.os_text("name", "") else { continue };
            for sensor in &sensors {
                let speed = directory.number(sensor, "_input");
                let Some(current) = speed.and_then(|rpm| u64::try_from(rpm).ok()) else { continue };
                let label = directory.os_text(sensor, "_label").unwrap_or_default();
                found.entry(name.clone()).or_default().push(Fan { label, current });
            }
        }
        Ok(found)
    }

    fn sensors_battery(&self) -> Result<Vec<Battery>> {
        self.batteries()
    }

    fn sensors_battery_psutil(&self) -> Result<Option<Battery>> {
        self.battery_of_psutil()
    }
}

/// A directory with sensors of one kind.
struct Chip {
    /// Where it stands, such as `hwmon0` or `hwmon0/device`.
    place: OsString,
    directory: Directory,
    /// What its files start with, such as `temp1`; in the order of their bytes, `temp10` before
    /// `temp2`.
    sensors: BTreeSet<OsString>,
}

/// The chips among `names` in `class` that have files `kind*_*`, looked for at each of `places`.
fn chips(class: &Directory, names: &[OsString], places: &[&str], kind: &str) -> Vec<Chip> {
    let mut chips = Vec::new();
    for name in names {
        for below in places {
            let mut place = name.clone();
            place.push(below);
            let Ok(directory) = class.below(&place) else { continue };
            let Ok(files) = directory.names(kind) else { continue };
            let sensors: BTreeSet<_> = files.iter().filter_map(|name| sensor(name)).collect();
            if !sensors.is_empty() {
                chips.push(Chip { place, directory, sensors });
            }
        }
    }
    chips
}

impl Host {
    /// Adds what is only below the platform devices: on some machines `class/hwmon` lacks the CPU's
    /// sensors (psutil #1708).
    fn add_coretemp(&self, chips: &mut Vec<Chip>) -> Result<()> {
        let Some((platform, devices)) =
            self.list_if_there(&self.sys_path("devices/platform"), "coretemp.")?
        else {
            return Ok(());
        };
        for mut device in devices {
            device.push("/hwmon");
            let Ok(hwmon) = platform.below(&device) else { continue };
            let Ok(names) = hwmon.names("hwmon") else { continue };
            for mut chip in self::chips(&hwmon, &names, &[""], "temp") {
                if let Some(twin) = chips.iter().find(|known| known.place == chip.place) {
                    chip.sensors.retain(|sensor| !twin.sensors.contains(sensor));
                }
                if !chip.sensors.is_empty() {
                    chips.push(chip);
                }
            }
        }
        Ok(())
    }

    /// What boards without hwmon report (psutil #1310).
    fn thermal_zones(&self) -> Result<ByChip<Temperature>> {
        let mut found = ByChip::new();
        let Some((class, names)) =
            self.list_if_there(&self.sys_path("class/thermal"), "thermal_zone")?
        else {
            return Ok(found);
        };
        for name in names {
            let Ok(mut zone) = class.below(&name) else { continue };
            let Some(current) = degrees(&mut zone, OsStr::new("temp"), "") else { continue };
            let Some(kind) = zone.os_text("type", "") else { continue };
            let (mut high, mut critical) = (None, None);
            for file in zone.names("trip_point_").unwrap_or_default() {
                let Some(trip) = file.as_bytes().strip_suffix(b"_type").map(OsStr::from_bytes)
                else {
                    continue;
                };
                let limit = match zone.text(trip, "_type") {
                    Some(b"high") => &mut high,
                    Some(b"critical") => &mut critical,
                    _ => continue,
                };
                // Of several, the one that is crossed first.
                *limit = match (*limit, degrees(&mut zone, trip, "_temp")) {
                    (Some(one), Some(other)) => Some(f64::min(one, other)),
                    (one, other) => one.or(other),
                };
            }
            let temperature = Temperature { label: OsString::new(), current, high, critical };
            found.entry(kind).or_default().push(temperature);
        }
        Ok(found)
    }
}

/// The sensor that a file belongs to: `temp1` of `temp1_input` and `temp1_crit_alarm`.
fn sensor(file: &OsStr) -> Option<OsString> {
    let end = file.as_bytes().iter().position(|&byte| byte == b'_')?;
    file.as_bytes().get(..end).map(|stem| OsString::from_vec(stem.to_vec()))
}

/// Degrees Celsius, of a file in thousandths.
fn degrees(directory: &mut Directory, sensor: &OsStr, suffix: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "no temperature comes near 2^53")]
    directory.number(sensor, suffix).map(|thousandths| thousandths as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use crate::sys::Sensors as _;
    use crate::{Error, System};

    /// Files of a machine, below its `sys`.
    fn machine(files: &[(&str, &[u8])]) -> (TempDir, System) {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join("sys").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let system = System::at(root.path());
        (root, system)
    }

    /// `chip: label current high critical, …` as the backend has them, one line a chip.
    #[track_caller]
    fn check(files: &[(&str, &[u8])], want: &[&str]) {
        let (_root, system) = machine(files);
        check_machine(&system, want);
    }

    #[track_caller]
    fn check_machine(system: &System, want: &[&str]) {
        let number = |limit: Option<f64>| limit.map_or("-".into(), |limit| limit.to_string());
        let got: Vec<_> = system
            .host
            .sensors_temperatures()
            .unwrap()
            .into_iter()
            .map(|(chip, temperatures)| {
                let temperatures: Vec<_> = temperatures
                    .iter()
                    .map(|each| {
                        let (high, critical) = (number(each.high), number(each.critical));
                        format!(
                            "{} {} {high} {critical}",
                            each.label.to_string_lossy(),
                            each.current
                        )
                    })
                    .collect();
                format!("{}: {}", chip.to_string_lossy(), temperatures.join(", "))
            })
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn no_directory_is_no_sensor() {
        let (_root, system) = machine(&[("x", b"")]);
        assert_eq!(system.sensors_temperatures().unwrap().len(), 0);
        assert_eq!(system.sensors_fans().unwrap().len(), 0);
    }

    #[test]
    fn what_is_no_directory_is_an_error() {
        let (_root, system) = machine(&[("class/hwmon", b"")]);
        assert!(matches!(system.sensors_temperatures(), Err(Error::Io { .. })));
        assert!(matches!(system.sensors_fans(), Err(Error::Io { .. })));
    }

    #[test]
    fn order_is_that_of_bytes() {
        check(
            &[
                ("class/hwmon/hwmon2/name", b"k10temp\n"),
                ("class/hwmon/hwmon2/temp1_input", b"1000\n"),
                ("class/hwmon/hwmon10/name", b"k10temp\n"),
                ("class/hwmon/hwmon10/temp2_input", b"2500\n"),
                ("class/hwmon/hwmon10/temp10_input", b"-3000\n"),
                ("class/hwmon/hwmon10/device/name", b"k10temp\n"),
                ("class/hwmon/hwmon10/device/temp3_input", b"4000\n"),
            ],
            &["k10temp:  4 - -,  -3 - -,  2.5 - -,  1 - -"],
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let (root, system) = machine(&[
            ("class/hwmon/hwmon0/temp1_input", b"1000\n"), // no name
            ("class/hwmon/hwmon1/name", b" odd \n"),
            ("class/hwmon/hwmon1/temp1_input", b"\n"),
            ("class/hwmon/hwmon1/temp2_label", b"no input\n"),
            ("class/hwmon/hwmon1/temp3_input/.keep", b""), // reading a directory fails
            ("class/hwmon/hwmon1/temp4_input", b"4000\n"),
            ("class/hwmon/hwmon1/temp4_label", b" \xff label \n"),
            ("class/hwmon/hwmon1/temp4_max", b"N/A\n"),
            ("class/hwmon/hwmon1/temp4_crit", b" 90000 \n"),
            ("class/hwmon/hwmon2", b"not a directory"),
        ]);
        check_machine(&system, &["odd: \u{fffd} label 4 - 90"]);
        let temperatures = system.sensors_temperatures().unwrap();
        let label = temperatures[std::ffi::OsStr::new("odd")][0].label.clone();
        assert_eq!(std::os::unix::ffi::OsStringExt::into_vec(label), b"\xff label");
        drop(root);
    }

    #[test]
    fn coretemp_may_be_below_platform_only() {
        let class: [(&str, &[u8]); 3] = [
            ("class/hwmon/hwmon0/name", b"coretemp\n"),
            ("class/hwmon/hwmon0/temp1_input", b"1000\n"),
            ("class/thermal/thermal_zone0/type", b"acpitz\n"),
        ];
        let platform: [(&str, &[u8]); 5] = [
            ("devices/platform/coretemp.0/hwmon/hwmon0/name", b"coretemp\n"),
            ("devices/platform/coretemp.0/hwmon/hwmon0/temp1_input", b"1000\n"),
            ("devices/platform/coretemp.1/hwmon/hwmon1/name", b"coretemp\n"),
            ("devices/platform/coretemp.1/hwmon/hwmon1/temp1_input", b"2000\n"),
            ("devices/platform/other.0/hwmon/hwmon2/temp1_input", b"3000\n"),
        ];
        check(&[&class[..], &platform].concat(), &["coretemp:  1 - -,  2 - -"]);
        check(&platform, &["coretemp:  1 - -,  2 - -"]);
    }

    #[test]
    fn zones_count_where_there_is_no_hwmon() {
        let zones: [(&str, &[u8]); 14] = [
            ("class/thermal/thermal_zone0/type", b"acpitz\n"),
            ("class/thermal/thermal_zone0/temp", b"27800\n"),
            ("class/thermal/thermal_zone0/trip_point_0_type", b"critical\n"),
            ("class/thermal/thermal_zone0/trip_point_0_temp", b"105000\n"),
            ("class/thermal/thermal_zone0/trip_point_1_type", b"passive\n"),
            ("class/thermal/thermal_zone0/trip_point_1_temp", b"50000\n"),
            ("class/thermal/thermal_zone0/trip_point_2_type", b"critical\n"),
            ("class/thermal/thermal_zone0/trip_point_2_temp", b"99000\n"),
            ("class/thermal/thermal_zone0/trip_point_3_type", b"high\n"),
            ("class/thermal/thermal_zone0/trip_point_3_temp", b"?\n"),
            ("class/thermal/thermal_zone1/temp", b"1000\n"), // no type
            ("class/thermal/thermal_zone2/type", b"dead\n"),
            ("class/thermal/thermal_zone2/temp", b"\n"),
            ("class/thermal/cooling_device0/type", b"Processor\n"),
        ];
        check(&zones, &["acpitz:  27.8 - 99"]);
        let hwmon: (&str, &[u8]) = ("class/hwmon/hwmon0/temp1_input", b"\n");
        check(&[&zones[..], &[hwmon]].concat(), &[]);
    }

    #[track_caller]
    fn check_fans(files: &[(&str, &[u8])], want: &[(&str, &str, u64)]) {
        let (_root, system) = machine(files);
        let fans = system.sensors_fans().unwrap();
        let got: Vec<_> = fans
            .iter()
            .flat_map(|(chip, fans)| fans.iter().map(move |fan| (chip, fan)))
            .map(|(chip, fan)| (chip.to_str().unwrap(), fan.label.to_str().unwrap(), fan.current))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn one_bad_fan_spoils_nothing() {
        let device: [(&str, &[u8]); 2] = [
            ("class/hwmon/hwmon9/device/name", b"old\n"),
            ("class/hwmon/hwmon9/device/fan1_input", b"0\n"),
        ];
        check_fans(&device, &[("old", "", 0)]);
        let own: [(&str, &[u8]); 8] = [
            ("class/hwmon/hwmon0/fan1_input", b"1000\n"), // no name
            ("class/hwmon/hwmon1/name", b"nct6775\n"),
            ("class/hwmon/hwmon1/fan1_input", b"\n"),
            ("class/hwmon/hwmon1/fan2_input", b"-1\n"),
            ("class/hwmon/hwmon1/fan3_pulses", b"2\n"),
            ("class/hwmon/hwmon1/fan4_input", b"65535\n"),
            ("class/hwmon/hwmon1/fan4_label", b"rear \n"),
            ("class/hwmon/hwmon1/fan5_input/.keep", b""),
        ];
        check_fans(&[&device[..], &own].concat(), &[("nct6775", "rear", 65535)]);
    }

    #[test]
    fn roots_need_not_exist() {
        let system = System::at(Path::new("/nonexistent"));
        assert_eq!(system.sensors_temperatures().unwrap().len(), 0);
        assert_eq!(system.sensors_battery().unwrap(), []);
    }
}
