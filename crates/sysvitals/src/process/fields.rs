use std::fmt;
use std::str::FromStr;

use crate::{Error, Platform};

bitflags::bitflags! {
    /// Which questions to ask of each process: only what these need is read, each file once.
    ///
    /// Pid, parent, start and status come with every row, whatever was asked; parent and status not
    /// where a [`Sampler`](crate::Sampler) goes by clocks alone.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Fields;
    ///
    /// let fields = Fields::NAME | Fields::MEMORY;
    /// assert_eq!(fields, "name,memory_info".parse()?);
    /// assert!(fields.names().eq(["name", "memory_info"]));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Fields: u64 {
        /// [`Process::name`](crate::Process::name).
        const NAME = 1 << 0;
        /// [`Process::exe`](crate::Process::exe).
        const EXE = 1 << 1;
        /// [`Process::cmdline`](crate::Process::cmdline).
        const CMDLINE = 1 << 2;
        /// [`Process::environ`](crate::Process::environ).
        const ENVIRON = 1 << 3;
        /// [`Process::create_time`](crate::Process::create_time).
        const CREATE_TIME = 1 << 4;
        /// [`Process::cwd`](crate::Process::cwd).
        const CWD = 1 << 5;
        /// [`Process::username`](crate::Process::username).
        const USERNAME = 1 << 6;
        /// [`Process::uids`](crate::Process::uids).
        const UIDS = 1 << 7;
        /// [`Process::gids`](crate::Process::gids).
        const GIDS = 1 << 8;
        /// [`Process::terminal`](crate::Process::terminal).
        const TERMINAL = 1 << 9;
        /// [`Process::nice`](crate::Process::nice).
        const NICE = 1 << 10;
        /// [`Process::ionice`](crate::Process::ionice).
        const IONICE = 1 << 11;
        /// [`Process::cpu_affinity`](crate::Process::cpu_affinity).
        const CPU_AFFINITY = 1 << 12;
        /// [`Process::cpu_times`](crate::Process::cpu_times).
        const CPU_TIMES = 1 << 13;
        /// [`Process::cpu_num`](crate::Process::cpu_num).
        const CPU_NUM = 1 << 14;
        /// [`Process::num_threads`](crate::Process::num_threads).
        const NUM_THREADS = 1 << 15;
        /// [`Process::threads`](crate::Process::threads).
        const THREADS = 1 << 16;
        /// [`Process::num_ctx_switches`](crate::Process::num_ctx_switches).
        const NUM_CTX_SWITCHES = 1 << 17;
        /// [`Process::io_counters`](crate::Process::io_counters).
        const IO_COUNTERS = 1 << 18;
        /// [`Process::memory_info`](crate::Process::memory_info).
        const MEMORY = 1 << 19;
        /// [`Process::memory_info_ex`](crate::Process::memory_info_ex).
        const MEMORY_EX = 1 << 20;
        /// [`Process::memory_footprint`](crate::Process::memory_footprint).
        const MEMORY_FOOTPRINT = 1 << 21;
        /// [`Process::memory_maps_grouped`](crate::Process::memory_maps_grouped).
        const MEMORY_MAPS = 1 << 22;
        /// [`Process::page_faults`](crate::Process::page_faults).
        const PAGE_FAULTS = 1 << 23;
        /// [`Process::num_fds`](crate::Process::num_fds).
        const NUM_FDS = 1 << 24;
        /// [`Process::open_files`](crate::Process::open_files).
        const OPEN_FILES = 1 << 25;
        /// [`Process::net_connections`](crate::Process::net_connections), of kind `inet`.
        const NET_CONNECTIONS = 1 << 26;
        /// [`Process::num_handles`](crate::Process::num_handles).
        const NUM_HANDLES = 1 << 27;
        /// [`Process::cpu_clock`](crate::Process::cpu_clock).
        const CPU_CLOCK = 1 << 28;
        /// When it was read, [`Row::read_at`](crate::Row::read_at): no question of psutil's, so without
        /// a name.
        const READ_AT = 1 << 29;
    }
}

impl Fields {
    const NAMES: [(&'static str, Self); 29] = [
        ("name", Self::NAME),
        ("exe", Self::EXE),
        ("cmdline", Self::CMDLINE),
        ("environ", Self::ENVIRON),
        ("create_time", Self::CREATE_TIME),
        ("cwd", Self::CWD),
        ("username", Self::USERNAME),
        ("uids", Self::UIDS),
        ("gids", Self::GIDS),
        ("terminal", Self::TERMINAL),
        ("nice", Self::NICE),
        ("ionice", Self::IONICE),
        ("cpu_affinity", Self::CPU_AFFINITY),
        ("cpu_times", Self::CPU_TIMES),
        ("cpu_num", Self::CPU_NUM),
        ("num_threads", Self::NUM_THREADS),
        ("threads", Self::THREADS),
        ("num_ctx_switches", Self::NUM_CTX_SWITCHES),
        ("io_counters", Self::IO_COUNTERS),
        ("memory_info", Self::MEMORY),
        ("memory_info_ex", Self::MEMORY_EX),
        ("memory_footprint", Self::MEMORY_FOOTPRINT),
        ("memory_maps", Self::MEMORY_MAPS),
        ("page_faults", Self::PAGE_FAULTS),
        ("num_fds", Self::NUM_FDS),
        ("open_files", Self::OPEN_FILES),
        ("net_connections", Self::NET_CONNECTIONS),
        ("num_handles", Self::NUM_HANDLES),
        ("cpu_clock", Self::CPU_CLOCK),
    ];

    /// psutil's names of the questions, in the order of their declaration.
    ///
    /// # Example
    ///
    /// See [`Fields`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, field)| self.contains(*field)).map(|(name, _)| *name)
    }

    /// The questions that `platform` has answers to, as in psutil; the others are
    /// [`Unsupported`](crate::Error::Unsupported) there.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Platform};
    ///
    /// assert!(Fields::on(Platform::Windows).contains(Fields::NUM_HANDLES));
    /// assert!(!Fields::on(Platform::Windows).intersects(Fields::NUM_FDS | Fields::UIDS));
    /// ```
    #[must_use]
    #[inline]
    pub fn on(platform: Platform) -> Self {
        use Platform::{Aix, FreeBsd, Linux, MacOs, NetBsd, OpenBsd, SunOs, Windows};
        let mut fields = Self::all();
        for (some, having) in [
            (Self::UIDS | Self::GIDS | Self::TERMINAL | Self::NUM_FDS, None),
            (Self::NUM_HANDLES, Some(&[Windows][..])),
            (Self::CPU_CLOCK, Some(&[Linux])),
            (Self::CPU_NUM, Some(&[Linux, FreeBsd, SunOs])),
            (Self::CPU_AFFINITY, Some(&[Linux, Windows, FreeBsd])),
            (Self::IONICE, Some(&[Linux, Windows])),
            (Self::IO_COUNTERS, Some(&[Linux, Windows, FreeBsd, OpenBsd, NetBsd, Aix])),
            (Self::MEMORY_MAPS, Some(&[Linux, Windows, FreeBsd, SunOs])),
            (Self::MEMORY_FOOTPRINT, Some(&[Linux, Windows, MacOs])),
        ] {
            // What POSIX has and Windows has not.
            let has = having.map_or(platform != Windows, |having| having.contains(&platform));
            fields.set(some, has);
        }
        fields
    }

    /// The question that psutil calls `name`; nothing for what every row has anyway (`pid`, `ppid`,
    /// `status`), and `None` for no question at all.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Fields;
    ///
    /// assert_eq!(Fields::named("cmdline"), Some(Fields::CMDLINE));
    /// assert_eq!(Fields::named("ppid"), Some(Fields::empty()));
    /// assert_eq!(Fields::named("colour"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if let Some((_, field)) = Self::NAMES.iter().find(|(each, _)| *each == name) {
            return Some(*field);
        }
        match name {
            "pid" | "ppid" | "status" => Some(Self::empty()),
            "memory_full_info" => Some(Self::MEMORY | Self::MEMORY_FOOTPRINT),
            "memory_percent" => Some(Self::MEMORY),
            _ => None,
        }
    }
}

/// psutil's names, separated by commas.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().enumerate() {
            write!(f, "{}{name}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for Fields {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| {
                Self::named(name)
                    .ok_or_else(|| Error::InvalidArgument(format!("invalid attr name {name:?}")))
            })
            .collect()
    }
}
