use std::ffi::OsString;
use std::time::Duration;

use crate::sys::Machine as _;
use crate::{Result, System};

impl System {
    /// The name that the machine goes by in its network.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if it cannot be read, as in recordings that lack it.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/sys/kernel/hostname`. Windows: GetComputerNameExW, its name in DNS. Elsewhere not
    /// yet.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(!sysvitals::System::host().host_name()?.is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn host_name(&self) -> Result<OsString> {
        self.host.host_name()
    }

    /// Name and release of the kernel, such as `Linux 6.12.38+deb13-amd64` or `Windows 10.0.26100`.
    ///
    /// # Errors
    ///
    /// As [`host_name`](Self::host_name).
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/sys/kernel/ostype` and `osrelease`. Windows: RtlGetVersion. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let kernel = sysvitals::System::host().kernel()?;
    /// assert!(kernel.to_string_lossy().contains(' '), "a name and a release");
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn kernel(&self) -> Result<OsString> {
        self.host.kernel()
    }

    /// How long the system has been up, sleep included.
    ///
    /// Unlike the time since [`boot_time`](Self::boot_time), it does not move when the clock is set.
    ///
    /// # Errors
    ///
    /// As [`host_name`](Self::host_name), and [`Parse`](crate::Error::Parse).
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/uptime`; that of a recorded machine when it was recorded. Windows:
    /// GetTickCount64, in steps of some 15 ms. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(!sysvitals::System::host().uptime()?.is_zero());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn uptime(&self) -> Result<Duration> {
        self.host.uptime()
    }
}
