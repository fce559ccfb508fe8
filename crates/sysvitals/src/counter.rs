//! Counters that never run backwards.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::mem;

use crate::sys::Disk as _;
use crate::{DiskIoCounters, NetIoCounters, Result, System};

/// A column of a record of counters.
pub(crate) enum Column<'a> {
    /// Every kernel tells it.
    Always(&'a mut u128),
    /// This kernel may not.
    Perhaps(&'a mut Option<u128>),
}

impl<'a> From<&'a mut u128> for Column<'a> {
    fn from(column: &'a mut u128) -> Self {
        Self::Always(column)
    }
}

impl<'a> From<&'a mut Option<u128>> for Column<'a> {
    fn from(column: &'a mut Option<u128>) -> Self {
        Self::Perhaps(column)
    }
}

impl Column<'_> {
    fn get(&self) -> Option<u128> {
        match self {
            Self::Always(column) => Some(**column),
            Self::Perhaps(column) => **column,
        }
    }

    fn add(&mut self, more: u128) {
        match self {
            Self::Always(column) => **column = column.saturating_add(more),
            Self::Perhaps(column) => **column = Some(column.unwrap_or(0).saturating_add(more)),
        }
    }
}

/// A record of `N` counters.
pub(crate) trait Columns<const N: usize>: Copy + Default + PartialEq {
    /// All of them, always in the same order.
    fn columns(&mut self) -> [Column<'_>; N];
}

/// Adds up; `None` without records. A column is absent from the sum if all records lack it.
pub(crate) fn total<const N: usize, R: Columns<N>>(
    records: impl IntoIterator<Item = R>,
) -> Option<R> {
    records.into_iter().reduce(|mut total, mut record| {
        for (sum, column) in total.columns().iter_mut().zip(record.columns()) {
            if let Some(count) = column.get() {
                sum.add(count);
            }
        }
        total
    })
}

/// What was seen of each device, in the order of their names.
#[derive(Debug, Clone)]
struct History<const N: usize, R> {
    devices: Vec<Device<N, R>>,
}

#[derive(Debug, Clone)]
struct Device<const N: usize, R> {
    name: OsString,
    /// What the kernel said last.
    last: R,
    columns: [Past; N],
    /// Whether any column has lost something.
    lost_any: bool,
}

/// One counter as it was.
#[derive(Debug, Clone, Copy, Default)]
struct Past {
    /// What the kernel said last, whenever it told this one.
    last: u128,
    /// What it had counted before it began again from zero, each time.
    lost: u128,
}

impl<const N: usize, R: Columns<N>> History<N, R> {
    const fn new() -> Self {
        Self { devices: Vec::new() }
    }

    /// Corrects a table of all devices for what their counters have lost, and remembers it.
    fn correct(&mut self, table: &mut BTreeMap<OsString, R>) {
        if !self.devices.iter().map(|device| &device.name).eq(table.keys()) {
            self.follow(table);
        }
        // Both are in the order of their names, which are the same.
        for (record, device) in table.values_mut().zip(&mut self.devices) {
            // Most devices are at rest.
            if device.last == *record && !device.lost_any {
                continue;
            }
            device.last = *record;
            for (column, past) in record.columns().iter_mut().zip(&mut device.columns) {
                let Some(count) = column.get() else { continue };
                if count < past.last {
                    past.lost = past.lost.saturating_add(past.last);
                    device.lost_any = true;
                }
                past.last = count;
                if past.lost != 0 {
                    column.add(past.lost);
                }
            }
        }
    }

    /// Has a place for each device in the table. One that comes back under its name is another one.
    #[cold]
    fn follow(&mut self, table: &BTreeMap<OsString, R>) {
        let known = mem::take(&mut self.devices).into_iter();
        let mut known =
            known.map(|device| (device.name.clone(), device)).collect::<BTreeMap<_, _>>();
        let new = |name: &OsString| Device {
            name: name.clone(),
            last: R::default(),
            columns: [Past::default(); N],
            lost_any: false,
        };
        let devices = table.keys().map(|name| known.remove(name).unwrap_or_else(|| new(name)));
        self.devices = devices.collect();
    }
}

/// [`disk_io_counters`](System::disk_io_counters) that never run backwards; psutil's `nowrap=True`.
///
/// Kernels keep some counters in 32 bits, so that a busy disk makes them start again from zero. This
/// value remembers what it saw at the last question and adds what was lost since. It does so for
/// every disk and partition at every question, whichever was asked for. A disk that disappears is
/// forgotten: one that comes later under its name starts afresh.
///
/// Nothing is remembered elsewhere: two of these know nothing of each other. Ask one of them about
/// one [`System`] only.
///
/// # Example
///
/// ```
/// use sysvitals::{MonotonicDiskIo, System};
///
/// let system = System::host();
/// let mut disks = MonotonicDiskIo::new();
/// let before = disks.total(&system)?;
/// let after = disks.total(&system)?;
/// if let (Some(before), Some(after)) = (before, after) {
///     assert!(after.read_bytes >= before.read_bytes);
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MonotonicDiskIo {
    history: History<9, DiskIoCounters>,
}

impl Default for MonotonicDiskIo {
    fn default() -> Self {
        Self::new()
    }
}

impl MonotonicDiskIo {
    /// One that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { history: History::new() }
    }

    /// [`System::disk_io_counters_perdisk`] without steps backwards.
    ///
    /// The first answer is what the kernel says. A failure leaves what is remembered as it was.
    ///
    /// # Errors
    ///
    /// Those of [`System::disk_io_counters_perdisk`].
    ///
    /// # Platforms
    ///
    /// Those of [`System::disk_io_counters_perdisk`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{MonotonicDiskIo, System};
    ///
    /// let system = System::host();
    /// let mut disks = MonotonicDiskIo::new();
    /// let before = disks.perdisk(&system)?;
    /// for (name, after) in disks.perdisk(&system)? {
    ///     let before = before.get(&name).copied().unwrap_or_default();
    ///     assert!(after.write_bytes >= before.write_bytes);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn perdisk(&mut self, system: &System) -> Result<BTreeMap<OsString, DiskIoCounters>> {
        let mut table = system.disk_io_counters_perdisk()?;
        self.history.correct(&mut table);
        Ok(table)
    }

    /// [`System::disk_io_counters`] without steps backwards, unless a disk disappears.
    ///
    /// # Errors
    ///
    /// Those of [`System::disk_io_counters`].
    ///
    /// # Platforms
    ///
    /// Those of [`System::disk_io_counters`].
    ///
    /// # Example
    ///
    /// See [`MonotonicDiskIo`].
    pub fn total(&mut self, system: &System) -> Result<Option<DiskIoCounters>> {
        let mut table = self.perdisk(system)?;
        table.retain(|name, _| system.host.is_whole_disk(name));
        Ok(total(table.into_values()))
    }

    /// Forgets all that was seen; psutil's `disk_io_counters.cache_clear()`.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{MonotonicDiskIo, System};
    ///
    /// let mut disks = MonotonicDiskIo::new();
    /// disks.perdisk(&System::host())?;
    /// disks.clear(); // the next answer is the kernel's again
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.history.devices.clear();
    }
}

/// [`net_io_counters`](System::net_io_counters) that never run backwards; psutil's `nowrap=True`.
///
/// As [`MonotonicDiskIo`], with an interface for a disk. Where the kernel counts bytes in 32 bits,
/// they start again from zero every 4 GiB.
///
/// # Example
///
/// ```
/// use sysvitals::{MonotonicNetIo, System};
///
/// let system = System::host();
/// let mut interfaces = MonotonicNetIo::new();
/// let before = interfaces.total(&system)?;
/// let after = interfaces.total(&system)?;
/// if let (Some(before), Some(after)) = (before, after) {
///     assert!(after.bytes_recv >= before.bytes_recv);
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MonotonicNetIo {
    history: History<8, NetIoCounters>,
}

impl Default for MonotonicNetIo {
    fn default() -> Self {
        Self::new()
    }
}

impl MonotonicNetIo {
    /// One that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { history: History::new() }
    }

    /// [`System::net_io_counters_pernic`] without steps backwards.
    ///
    /// The first answer is what the kernel says. A failure leaves what is remembered as it was.
    ///
    /// # Errors
    ///
    /// Those of [`System::net_io_counters_pernic`].
    ///
    /// # Platforms
    ///
    /// Those of [`System::net_io_counters_pernic`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{MonotonicNetIo, System};
    ///
    /// let system = System::host();
    /// let mut interfaces = MonotonicNetIo::new();
    /// let before = interfaces.pernic(&system)?;
    /// for (name, after) in interfaces.pernic(&system)? {
    ///     let before = before.get(&name).copied().unwrap_or_default();
    ///     assert!(after.bytes_sent >= before.bytes_sent);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn pernic(&mut self, system: &System) -> Result<BTreeMap<OsString, NetIoCounters>> {
        let mut table = system.net_io_counters_pernic()?;
        self.history.correct(&mut table);
        Ok(table)
    }

    /// [`System::net_io_counters`] without steps backwards, unless an interface disappears.
    ///
    /// # Errors
    ///
    /// Those of [`System::net_io_counters`].
    ///
    /// # Platforms
    ///
    /// Those of [`System::net_io_counters`].
    ///
    /// # Example
    ///
    /// See [`MonotonicNetIo`].
    pub fn total(&mut self, system: &System) -> Result<Option<NetIoCounters>> {
        Ok(total(self.pernic(system)?.into_values()))
    }

    /// Forgets all that was seen; psutil's `net_io_counters.cache_clear()`.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{MonotonicNetIo, System};
    ///
    /// let mut interfaces = MonotonicNetIo::new();
    /// interfaces.pernic(&System::host())?;
    /// interfaces.clear(); // the next answer is the kernel's again
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn clear(&mut self) {
        self.history.devices.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    struct Pair(u128, Option<u128>);

    impl Columns<2> for Pair {
        fn columns(&mut self) -> [Column<'_>; 2] {
            [(&mut self.0).into(), (&mut self.1).into()]
        }
    }

    /// Feeds one table and compares what comes back.
    #[track_caller]
    fn check(history: &mut History<2, Pair>, table: &[(&str, Pair)], want: &[(&str, Pair)]) {
        let map = |rows: &[(&str, Pair)]| -> BTreeMap<OsString, Pair> {
            rows.iter().map(|&(name, pair)| (name.into(), pair)).collect()
        };
        let mut got = map(table);
        history.correct(&mut got);
        assert_eq!(got, map(want));
    }

    const fn pair(first: u128, second: u128) -> Pair {
        Pair(first, Some(second))
    }

    #[test]
    fn the_first_answer_is_the_kernels() {
        check(&mut History::new(), &[("a", pair(5, 0))], &[("a", pair(5, 0))]);
        check(&mut History::new(), &[], &[]);
    }

    #[test]
    fn a_column_that_wraps_adds_what_it_was() {
        let history = &mut History::new();
        check(history, &[("a", pair(100, 100))], &[("a", pair(100, 100))]);
        check(history, &[("a", pair(10, 105))], &[("a", pair(110, 105))]);
        check(history, &[("a", pair(10, 105))], &[("a", pair(110, 105))]);
        check(history, &[("a", pair(40, 2))], &[("a", pair(140, 107))]);
        check(history, &[("a", pair(0, 2))], &[("a", pair(140, 107))]);
        check(history, &[("a", pair(90, 1))], &[("a", pair(230, 108))]);
    }

    #[test]
    fn devices_are_apart() {
        let history = &mut History::new();
        check(history, &[("a", pair(9, 9))], &[("a", pair(9, 9))]);
        let rows = [("a", pair(1, 1)), ("b", pair(2, 2))];
        check(history, &rows, &[("a", pair(10, 10)), ("b", pair(2, 2))]);
        let rows = [("a", pair(1, 1)), ("b", pair(1, 1))];
        check(history, &rows, &[("a", pair(10, 10)), ("b", pair(3, 3))]);
    }

    #[test]
    fn a_device_that_was_gone_starts_afresh() {
        let history = &mut History::new();
        check(
            history,
            &[("a", pair(9, 9)), ("b", pair(9, 9))],
            &[("a", pair(9, 9)), ("b", pair(9, 9))],
        );
        check(
            history,
            &[("a", pair(1, 1)), ("b", pair(1, 1))],
            &[("a", pair(10, 10)), ("b", pair(10, 10))],
        );
        check(history, &[("b", pair(1, 1))], &[("b", pair(10, 10))]);
        check(
            history,
            &[("a", pair(1, 1)), ("b", pair(1, 1))],
            &[("a", pair(1, 1)), ("b", pair(10, 10))],
        );
    }

    #[test]
    fn a_column_that_is_absent_stays_absent_and_is_not_forgotten() {
        let history = &mut History::new();
        check(history, &[("a", pair(1, 9))], &[("a", pair(1, 9))]);
        check(history, &[("a", Pair(1, None))], &[("a", Pair(1, None))]);
        check(history, &[("a", pair(1, 2))], &[("a", pair(1, 11))]);
    }

    #[test]
    fn clones_go_separate_ways() {
        let mut history = History::new();
        check(&mut history, &[("a", pair(9, 9))], &[("a", pair(9, 9))]);
        let mut other = history.clone();
        check(&mut history, &[("a", pair(1, 9))], &[("a", pair(10, 9))]);
        check(&mut other, &[("a", pair(9, 8))], &[("a", pair(9, 17))]);
    }

    #[test]
    fn totals_add_what_there_is() {
        assert_eq!(total::<2, Pair>([]), None);
        assert_eq!(total([pair(1, 2), pair(3, 4)]), Some(pair(4, 6)));
        assert_eq!(total([Pair(1, None), pair(3, 4), Pair(0, None)]), Some(pair(4, 4)));
        assert_eq!(total([Pair(1, None), Pair(3, None)]), Some(Pair(4, None)));
        let most = u64::MAX.into();
        assert_eq!(total([pair(most, 0), pair(1, 0)]), Some(pair(most + 1, 0)));
    }
}
