//! Moments and times as Windows counts them: in steps of 100 nanoseconds.

use std::time::{Duration, SystemTime};

/// Steps from 1601, from which Windows counts, to 1970 (Microsoft, "Converting a time_t value to a
/// FILETIME").
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;

/// A length of time.
pub(super) fn duration(steps: u64) -> Duration {
    const A_SECOND: u64 = 10_000_000;
    // Below a second, so that it fits.
    let nanoseconds = u32::try_from(steps % A_SECOND * 100).unwrap_or(0);
    Duration::new(steps / A_SECOND, nanoseconds)
}

/// A moment.
pub(super) fn moment(steps: u64) -> SystemTime {
    match steps.checked_sub(UNIX_EPOCH) {
        Some(since) => SystemTime::UNIX_EPOCH + duration(since),
        None => SystemTime::UNIX_EPOCH - duration(UNIX_EPOCH - steps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_1601() {
        assert_eq!(moment(UNIX_EPOCH), SystemTime::UNIX_EPOCH);
        let later = SystemTime::UNIX_EPOCH + Duration::new(1, 500);
        assert_eq!(moment(UNIX_EPOCH + 10_000_005), later);
        let earlier = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(moment(UNIX_EPOCH - 10_000_000), earlier);
    }

    #[test]
    fn a_length_may_be_of_any_size() {
        assert_eq!(duration(0), Duration::ZERO);
        assert_eq!(duration(12_345_678), Duration::new(1, 234_567_800));
        assert_eq!(duration(u64::MAX).as_secs(), u64::MAX / 10_000_000);
    }
}
