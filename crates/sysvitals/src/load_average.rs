//! Load averages where the system keeps none.

use std::time::Duration;

use crate::sys::Cpu as _;
use crate::{Result, System};

/// What each mean looks back on, in seconds: 1, 5 and 15 minutes.
const SPANS: [f64; 3] = [60.0, 300.0, 900.0];

/// Load averages of a system that keeps none: means over 1, 5 and 15 minutes of how many threads
/// are ready to run and wait for a CPU; psutil's `getloadavg()` on Windows.
///
/// The system tells only how many wait now, so someone must ask again and again, about every five
/// seconds: the caller, since nothing here starts a thread. Each [`tick`](Self::tick) is told how
/// long ago the last one was. The means start at zero, as psutil's do, and after one minute the
/// first has come two thirds of the way.
///
/// Unlike those of [`System::getloadavg`] elsewhere, they do not count threads that run.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use sysvitals::{Error, LoadAverage, System};
///
/// match LoadAverage::new(&System::host()) {
///     Ok(mut load) => {
///         // … five seconds later, and every five seconds from then on
///         let [one, five, fifteen] = load.tick(Duration::from_secs(5))?;
///         assert!(one >= five && five >= fifteen, "at the first tick");
///     }
///     Err(Error::Unsupported(_)) => println!("see System::getloadavg"),
///     Err(err) => return Err(err),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LoadAverage {
    system: System,
    means: [f64; 3],
}

impl LoadAverage {
    /// Starts at zero; asks once, to see whether there is an answer.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where the system keeps load averages itself, and
    /// on a recorded machine; [`Io`](crate::Error::Io) and [`Parse`](crate::Error::Parse) if the
    /// table of processes cannot be read.
    ///
    /// # Platforms
    ///
    /// Windows: the threads that are ready, in the table of processes
    /// (`NtQuerySystemInformation(SystemProcessInformation)`); the counter `\System\Processor Queue
    /// Length`, which psutil reads, counts the same.
    ///
    /// # Example
    ///
    /// See [`LoadAverage`].
    pub fn new(system: &System) -> Result<Self> {
        system.host.processor_queue_length()?;
        Ok(Self { system: system.clone(), means: [0.0; 3] })
    }

    /// Takes the queue of now to have been that long ever since the last tick, or since this was
    /// made, `elapsed` ago; returns the new means. A failure leaves them as they were.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Platforms
    ///
    /// As [`new`](Self::new).
    ///
    /// # Example
    ///
    /// See [`LoadAverage`].
    pub fn tick(&mut self, elapsed: Duration) -> Result<[f64; 3]> {
        let queue = self.system.host.processor_queue_length()?;
        self.means = damp(self.means, queue, elapsed);
        Ok(self.means)
    }

    /// The means of 1, 5 and 15 minutes as of the last tick; zero before the first.
    #[must_use]
    pub fn means(&self) -> [f64; 3] {
        self.means
    }
}

/// The means after a queue was `length` long for a time.
fn damp(means: [f64; 3], length: u32, elapsed: Duration) -> [f64; 3] {
    let length = f64::from(length);
    let mut means = means;
    for (mean, span) in means.iter_mut().zip(SPANS) {
        let kept = (-elapsed.as_secs_f64() / span).exp();
        *mean = *mean * kept + length * (1.0 - kept);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_SECONDS: Duration = Duration::from_secs(5);

    #[track_caller]
    fn check(got: [f64; 3], want: [f64; 3]) {
        for (got, want) in got.into_iter().zip(want) {
            assert!((got - want).abs() < 0.000_05, "{got} is not {want}");
        }
    }

    #[test]
    fn the_means_follow_at_their_own_pace() {
        // 1 - exp(-5/60) and so on.
        check(damp([0.0; 3], 1, FIVE_SECONDS), [0.0800, 0.0165, 0.0055]);
        check(damp([2.0; 3], 2, FIVE_SECONDS), [2.0; 3]);
        check(damp([1.0; 3], 0, Duration::from_secs(60)), [0.3679, 0.8187, 0.9355]);
    }

    #[test]
    fn many_short_times_are_one_long_time() {
        let twelve = (0..12).fold([3.0; 3], |means, _| damp(means, 7, FIVE_SECONDS));
        check(twelve, damp([3.0; 3], 7, Duration::from_secs(60)));
    }

    #[test]
    fn no_time_changes_nothing_and_all_time_everything() {
        check(damp([1.0, 2.0, 3.0], 9, Duration::ZERO), [1.0, 2.0, 3.0]);
        check(damp([1.0, 2.0, 3.0], 9, Duration::MAX), [9.0; 3]);
    }
}
