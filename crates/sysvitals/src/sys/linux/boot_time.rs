//! When the system was booted.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sysvitals_parse::ParseError;
use sysvitals_parse::linux::stat;

use super::{Host, ffi};
use crate::sys::Machine as _;
use crate::{Error, Result};

/// The answer as it was read, which stays the same until somebody sets the clock.
///
/// It stands in a file in which there is a number for every interrupt of the machine, too.
#[derive(Default)]
pub(super) struct BootTime(Mutex<Option<(ClockOffset, SystemTime)>>);

/// How far the wall clock is ahead of the time since boot: it lies between these.
///
/// Both clocks run at one rate, and are read without a system call.
#[derive(Clone, Copy)]
struct ClockOffset {
    least: Duration,
    most: Duration,
}

impl ClockOffset {
    fn now() -> Option<Self> {
        let before = ffi::clock::clock_gettime(libc::CLOCK_BOOTTIME).ok()?;
        let wall = ffi::clock::clock_gettime(libc::CLOCK_REALTIME).ok()?;
        let after = ffi::clock::clock_gettime(libc::CLOCK_BOOTTIME).ok()?;
        Some(Self { least: wall.checked_sub(after)?, most: wall.checked_sub(before)? })
    }

    /// Whether the clock was not set in between, but for less than it takes to read it.
    fn is(&self, other: &Self) -> bool {
        /// If we had to wait in between, nothing is known.
        const BRIEF: Duration = Duration::from_micros(100);
        let is_exact = |offset: &Self| offset.most - offset.least < BRIEF;
        let overlap = self.least <= other.most && other.least <= self.most;
        overlap && is_exact(self) && is_exact(other)
    }
}

impl Host {
    pub(super) fn booted(&self) -> Result<SystemTime> {
        if !self.is_live() {
            return self.booted_by_file();
        }
        let remembered = &self.shared.boot_time.0;
        let before = ClockOffset::now();
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        let last = remembered.try_lock().ok().and_then(|last| *last);
        if let (Some(now), Some((then, time))) = (before, last) {
            if now.is(&then) {
                return Ok(time);
            }
        }
        let time = self.booted_by_file()?;
        if let (Some(before), Some(after)) = (before, ClockOffset::now()) {
            if let (true, Ok(mut last)) = (before.is(&after), remembered.try_lock()) {
                *last = Some((after, time));
            }
        }
        Ok(time)
    }

    fn booted_by_file(&self) -> Result<SystemTime> {
        let path = self.proc_path("stat");
        let bytes = self.read_record(&path)?;
        let stat = stat::parse(&bytes).map_err(|err| Error::parse(&path, err))?;
        let btime = stat.btime.ok_or(Error::Unsupported("boot_time"))?;
        UNIX_EPOCH.checked_add(Duration::from_secs(btime)).ok_or_else(|| {
            Error::parse(path, ParseError::new("btime", btime.to_string().as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Roots;

    #[test]
    fn what_is_remembered_is_what_the_file_says() {
        let host = Host::new(Roots::default());
        for _ in 0..3 {
            assert_eq!(host.booted().expect("procfs"), host.booted_by_file().expect("procfs"));
        }
    }

    #[test]
    fn a_clock_that_was_set_is_seen() {
        let offset = |least, most| ClockOffset {
            least: Duration::from_micros(least),
            most: Duration::from_micros(most),
        };
        assert!(offset(1000, 1010).is(&offset(1005, 1020)));
        assert!(offset(1000, 1010).is(&offset(1010, 1020)));
        assert!(!offset(1000, 1010).is(&offset(1011, 1020)));
        assert!(!offset(1020, 1030).is(&offset(1000, 1010)));
        assert!(!offset(1000, 2000).is(&offset(1000, 1010)), "it took too long to look");
    }
}
