use std::fmt;

use crate::sys;

/// An operating system that this library speaks to.
///
/// Data rather than `cfg`: any machine can be asked what another would answer, for example which
/// fields a record has there ([`Record::fields`](crate::Record::fields)).
///
/// # Example
///
/// ```
/// use sysvitals::{Platform, Record, VirtualMemory};
///
/// let fields: Vec<_> = VirtualMemory::fields(Platform::SunOs).collect();
/// assert_eq!(fields, ["total", "available", "percent", "used", "free"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// Linux, and Android.
    Linux,
    /// Windows 10 and Server 2016 or later.
    Windows,
    /// macOS.
    MacOs,
    /// FreeBSD.
    FreeBsd,
    /// OpenBSD.
    OpenBsd,
    /// NetBSD.
    NetBsd,
    /// Solaris and illumos.
    SunOs,
    /// AIX.
    Aix,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 8] = [
        Self::Linux,
        Self::Windows,
        Self::MacOs,
        Self::FreeBsd,
        Self::OpenBsd,
        Self::NetBsd,
        Self::SunOs,
        Self::Aix,
    ];

    /// The platform that this program was built for.
    pub const CURRENT: Self = sys::PLATFORM;
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Linux => "Linux",
            Self::Windows => "Windows",
            Self::MacOs => "macOS",
            Self::FreeBsd => "FreeBSD",
            Self::OpenBsd => "OpenBSD",
            Self::NetBsd => "NetBSD",
            Self::SunOs => "SunOS",
            Self::Aix => "AIX",
        })
    }
}
