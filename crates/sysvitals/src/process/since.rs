use std::time::Duration;

use super::{Cell, CpuUsage, Missing, Row, Snapshot};

/// What happened between two snapshots of one machine.
#[derive(Debug, Clone)]
pub struct Changes<'a> {
    elapsed: Duration,
    /// Rows of the later snapshot, with those of the same process in the earlier one.
    rows: Vec<Change<'a>>,
    ended: Vec<&'a Row>,
}

/// A row of the later snapshot, next to that of the same process in the earlier one.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    before: Option<&'a Row>,
    after: &'a Row,
    elapsed: Duration,
}

impl Snapshot {
    /// What started, what ended, what changed and at which rates since an `earlier` snapshot.
    ///
    /// Rates are over the time that really passed between the two. A process that was not in the
    /// earlier one has no rate yet, which is not 0.
    ///
    /// # Example
    ///
    /// ```
    /// use std::{thread, time::Duration};
    /// use sysvitals::{Fields, Snapshot};
    ///
    /// let fields = Fields::NAME | Fields::CPU_TIMES | Fields::MEMORY;
    /// let before = Snapshot::take(fields)?;
    /// thread::sleep(Duration::from_millis(100));
    /// let after = Snapshot::take(fields)?;
    /// for row in after.since(&before).by_cpu().iter().take(10) {
    ///     if let (Ok(usage), Ok(name)) = (row.cpu_usage(), row.name()) {
    ///         println!("{:>7} {:>5.1}% {}", row.pid(), usage.of_core(), name.display());
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn since<'a>(&'a self, earlier: &'a Self) -> Changes<'a> {
        let elapsed = self.taken().saturating_duration_since(earlier.taken());
        let same = |one: &Row, other: &Row| one.identity == other.identity;
        let rows = self.rows().iter().map(|after| {
            let before = earlier.get(after.pid()).filter(|before| same(before, after));
            Change { before, after, elapsed }
        });
        let ended = earlier
            .rows()
            .iter()
            .filter(|before| !self.get(before.pid()).is_some_and(|after| same(before, after)));
        Changes { elapsed, rows: rows.collect(), ended: ended.collect() }
    }
}

impl<'a> Changes<'a> {
    /// The time between the two snapshots.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Every process of the later snapshot, by pid.
    #[must_use]
    pub fn rows(&self) -> &[Change<'a>] {
        &self.rows
    }

    /// Those that started in between.
    pub fn started(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|row| row.before.is_none()).map(|row| row.after)
    }

    /// Those that ended in between, as they were before.
    pub fn ended(&self) -> impl Iterator<Item = &'a Row> {
        self.ended.iter().copied()
    }

    /// Those of which any answer differs.
    pub fn changed(&self) -> impl Iterator<Item = &Change<'a>> {
        self.rows.iter().filter(|row| row.before.is_some_and(|before| before != row.after))
    }

    /// Every process of the later snapshot, the greatest CPU use first; those without a rate last.
    #[must_use]
    pub fn by_cpu(&self) -> Vec<Change<'a>> {
        let mut rows = self.rows.clone();
        let used = |row: &Change<'_>| row.cpu_usage().map_or(-1.0, CpuUsage::of_core);
        rows.sort_by(|one, other| used(other).total_cmp(&used(one)));
        rows
    }
}

impl<'a> Change<'a> {
    /// The row before; `None` if the process started since.
    #[must_use]
    pub fn before(&self) -> Option<&'a Row> {
        self.before
    }

    /// The row after.
    #[must_use]
    pub fn after(&self) -> &'a Row {
        self.after
    }

    /// CPU use in between, from [`Fields::CPU_CLOCK`](crate::Fields::CPU_CLOCK) if both snapshots have
    /// that, else from [`Fields::CPU_TIMES`](crate::Fields::CPU_TIMES).
    ///
    /// # Errors
    ///
    /// [`Missing::Unsupported`] for a process that started in between, and if no time has passed:
    /// there is no rate yet.
    pub fn cpu_usage(&self) -> Cell<CpuUsage> {
        let before = self.before.ok_or(Missing::Unsupported)?;
        let (before, after) = match (before.cpu_clock(), self.after.cpu_clock()) {
            (Ok(before), Ok(after)) => (before, after),
            _ => (before.cpu_times()?.total(), self.after.cpu_times()?.total()),
        };
        CpuUsage::between(before, after, self.elapsed).ok_or(Missing::Unsupported)
    }

    /// Bytes read from devices and written to them, a second, from
    /// [`Fields::IO_COUNTERS`](crate::Fields::IO_COUNTERS).
    ///
    /// # Errors
    ///
    /// As [`cpu_usage`](Self::cpu_usage); [`Missing::Unsupported`] also where the platform counts
    /// no bytes (BSDs).
    pub fn io_rates(&self) -> Cell<(f64, f64)> {
        let before = self.before.ok_or(Missing::Unsupported)?.io_counters()?;
        let after = self.after.io_counters()?;
        let rate = |before: Option<u64>, after: Option<u64>| {
            let bytes = after?.saturating_sub(before?);
            #[expect(clippy::cast_precision_loss, reason = "a rate")]
            let bytes = bytes as f64;
            (!self.elapsed.is_zero()).then(|| bytes / self.elapsed.as_secs_f64())
        };
        match (
            rate(before.read_bytes, after.read_bytes),
            rate(before.write_bytes, after.write_bytes),
        ) {
            (Some(read), Some(written)) => Ok((read, written)),
            _ => Err(Missing::Unsupported),
        }
    }
}

/// What the row after tells.
impl std::ops::Deref for Change<'_> {
    type Target = Row;

    fn deref(&self) -> &Row {
        self.after
    }
}
