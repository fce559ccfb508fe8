use crate::sys::Disk as _;
use crate::{DiskPartition, Result, System};

/// Mounted file systems for who asks again and again: told only if they may not be what they were.
///
/// They seldom change, and to make a list of them takes a fifth as long as to ask the system. It is asked
/// every time all the same; this value remembers what it said at the last question, and compares.
///
/// # Example
///
/// ```
/// use sysvitals::{MountTable, System};
///
/// let system = System::host();
/// let mut table = MountTable::all();
/// let mut mounts = Vec::new();
/// for _ in 0..2 {
///     if let Some(changed) = table.changed(&system)? {
///         mounts = changed;
///     }
/// }
/// println!("{} file systems", mounts.len());
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MountTable {
    all: bool,
    told: Option<Told>,
}

/// The tables that an answer was made of, byte for byte, and of nothing else.
pub(crate) type Told = [Vec<u8>; 2];

impl MountTable {
    /// Of [`System::disk_partitions_all`]; nothing was told yet.
    ///
    /// # Example
    ///
    /// See [`MountTable`].
    #[must_use]
    pub const fn all() -> Self {
        Self { all: true, told: None }
    }

    /// Of [`System::disk_partitions`]; nothing was told yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{MountTable, System};
    ///
    /// let mut table = MountTable::on_devices();
    /// assert!(table.changed(&System::host())?.is_some(), "the first time");
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub const fn on_devices() -> Self {
        Self { all: false, told: None }
    }

    /// What the system answers now; `None` if that is what it answered at the last question.
    ///
    /// Where this cannot be known for less than the answer, it is told every time. After a failure
    /// the next question is compared with the last answer. It may be asked about one [`System`] and
    /// then about another.
    ///
    /// # Errors
    ///
    /// Those of [`System::disk_partitions`] and [`System::disk_partitions_all`].
    ///
    /// # Platforms
    ///
    /// Linux: unless a device is called `/dev/root` or `rootfs`, whose own name is looked up every
    /// time. Elsewhere all is told every time; else as [`System::disk_partitions`].
    ///
    /// # Example
    ///
    /// See [`MountTable`].
    pub fn changed(&mut self, system: &System) -> Result<Option<Vec<DiskPartition>>> {
        system.host.disk_partitions_unless(&mut self.told, self.all)
    }
}
