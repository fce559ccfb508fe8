//! The machine as a whole.

use std::ffi::OsString;
use std::time::Duration;

use windows_sys::Win32::System::SystemInformation::ComputerNamePhysicalDnsHostname;

use super::ffi::{kernel32, sysinfo};
use super::{Host, wide_text};
use crate::sys::Machine;
use crate::{Error, Result, Roots};

impl Machine for Host {
    fn new(roots: Roots) -> Self {
        Self::at(roots)
    }

    fn roots(&self) -> &Roots {
        &self.shared.roots
    }

    /// Nothing of Windows is read from files, so that no machine can be recorded.
    fn is_live(&self) -> bool {
        self.shared.roots == Roots::default()
    }

    fn host_name(&self) -> Result<OsString> {
        self.live("host_name")?;
        let name = wide_text::grow("GetComputerNameExW", 64, |units, length| {
            sysinfo::computer_name(ComputerNamePhysicalDnsHostname, units, length)
        })?;
        Ok(wide_text::text(&name))
    }

    fn kernel(&self) -> Result<OsString> {
        self.live("kernel")?;
        let version = sysinfo::version().map_err(|err| Error::io("RtlGetVersion", err))?;
        let (major, minor) = (version.dwMajorVersion, version.dwMinorVersion);
        Ok(format!("Windows {major}.{minor}.{}", version.dwBuildNumber).into())
    }

    fn uptime(&self) -> Result<Duration> {
        self.live("uptime")?;
        Ok(Duration::from_millis(kernel32::tick_count()))
    }
}
