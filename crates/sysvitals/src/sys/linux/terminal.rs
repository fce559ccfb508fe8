//! Terminals: paths of device numbers.

use std::path::{Path, PathBuf};
use std::{fs, io};

use rustix::fs::FileType;
use sysvitals_parse::linux::tty_drivers;

use super::Host;
use crate::sys::Machine as _;
use crate::{Error, Result};

/// Where a machine has its devices, whatever root they are looked up below.
const DEV: &str = "/dev";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Device {
    major: u32,
    minor: u32,
}

impl Device {
    /// From `tty_nr` of proc_pid_stat(5).
    fn new(number: i32) -> Self {
        let bits = u32::from_ne_bytes(number.to_ne_bytes());
        Self { major: (bits >> 8) & 0xfff, minor: (bits & 0xff) | ((bits >> 12) & 0xf_ff00) }
    }

    /// The path that every Linux machine has for it (`Documentation/admin-guide/devices.txt`).
    fn usual_path(self) -> Option<PathBuf> {
        let Self { major, minor } = self;
        let name = match (major, minor) {
            (4, 0..=63) => format!("tty{minor}"),
            (4, 64..=255) => format!("ttyS{}", minor - 64),
            // Eight majors of 256 each before Linux 2.6, then all under the first.
            (136..=143, _) => format!("pts/{}", (major - 136) * 256 + minor),
            _ => return None,
        };
        Some(Path::new(DEV).join(name))
    }

    /// The path that its driver has for it, from `tty/drivers`.
    fn driver_path(self, drivers: &[u8]) -> Option<PathBuf> {
        let driver = tty_drivers::parse(drivers).filter_map(Result::ok).find(|driver| {
            driver.major == self.major && (driver.first..=driver.last).contains(&self.minor)
        })?;
        let path = std::str::from_utf8(driver.path).ok()?;
        // Those of the BSD kind are called by two letters (pty(7)).
        if driver.kind.starts_with(b"pty:") {
            return None;
        }
        // One of a kind has no number.
        let is_alone = driver.first == driver.last
            && (driver.kind.starts_with(b"system") || driver.kind == b"console");
        Some(if is_alone {
            path.into()
        } else {
            format!("{path}{}", self.minor - driver.first).into()
        })
    }
}

/// The path of a terminal; `None` if there is none in this machine's `/dev`.
pub(super) fn path(host: &Host, number: i32) -> Result<Option<PathBuf>> {
    let device = Device::new(number);
    let path = match device.usual_path() {
        Some(path) => Some(path),
        None => host
            .read_if_there(&host.proc_path("tty/drivers"))?
            .and_then(|drivers| device.driver_path(&drivers)),
    };
    if !host.is_live() {
        return Ok(path);
    }
    match path.filter(|path| is_at(host, path, device)) {
        Some(path) => Ok(Some(path)),
        None => search(host, device),
    }
}

/// Whether the device stands at this path of the machine.
fn is_at(host: &Host, path: &Path, device: Device) -> bool {
    let below = path.strip_prefix(DEV).unwrap_or(path);
    rustix::fs::stat(host.roots().dev.join(below)).is_ok_and(|stat| {
        let found = Device {
            major: rustix::fs::major(stat.st_rdev),
            minor: rustix::fs::minor(stat.st_rdev),
        };
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && found == device
    })
}

/// Looks for it where psutil does, in `tty*` and `pts/*`.
fn search(host: &Host, device: Device) -> Result<Option<PathBuf>> {
    for (directory, prefix) in [("", "tty"), ("pts", "")] {
        let listed = host.roots().dev.join(directory);
        let failed = |err| Error::io(format!("listing {}", listed.display()), err);
        let entries = match fs::read_dir(&listed) {
            Ok(entries) => entries,
            Err(err) if err.kind() == io::ErrorKind::NotFound => continue,
            Err(err) => return Err(failed(err)),
        };
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let path = Path::new(DEV).join(directory).join(&name);
            if name.as_encoded_bytes().starts_with(prefix.as_bytes()) && is_at(host, &path, device)
            {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_major_and_minor() {
        let check = |number, major, minor| assert_eq!(Device::new(number), Device { major, minor });
        check(34_816, 136, 0);
        check(1025, 4, 1);
        check(0x0010_8803, 136, 259);
        check(-1, 0xfff, 0xf_ffff);
    }

    #[test]
    fn usual_terminals_are_called_by_number() {
        let check = |major, minor, want: Option<&str>| {
            let path = Device { major, minor }.usual_path();
            assert_eq!(path.as_deref(), want.map(Path::new), "{major}:{minor}");
        };
        check(4, 1, Some("/dev/tty1"));
        check(4, 63, Some("/dev/tty63"));
        check(4, 64, Some("/dev/ttyS0"));
        check(4, 256, None);
        check(136, 259, Some("/dev/pts/259"));
        check(137, 3, Some("/dev/pts/259"));
        check(188, 0, None);
        check(u32::MAX, u32::MAX, None);
    }

    #[test]
    fn others_are_called_by_their_driver() {
        const DRIVERS: &[u8] = b"odd\n/dev/console /dev/console 5 1 system:console\n\
            pty_slave /dev/ttyp 3 0-255 pty:slave\nhvc /dev/hvc 229 0-7 system\n\
            ttyAMA /dev/ttyAMA 204 64-77 serial\nlone /dev/ttyX 7 9 serial\n";
        let check = |major, minor, want: Option<&str>| {
            let path = Device { major, minor }.driver_path(DRIVERS);
            assert_eq!(path.as_deref(), want.map(Path::new), "{major}:{minor}");
        };
        check(5, 1, Some("/dev/console"));
        check(3, 17, None);
        check(229, 0, Some("/dev/hvc0"));
        check(204, 65, Some("/dev/ttyAMA1"));
        check(7, 9, Some("/dev/ttyX0"));
        check(7, 10, None);
    }
}
