//! Differences of two samples; no clock inside.

use std::time::Duration;

use crate::{CpuTimes, CpuTimesPercent, Result, System};

/// Rounds to one decimal as Python's `round(number, 1)` does: what is halfway in binary, not in
/// print, goes to the even digit.
pub(crate) fn round_to_tenth(number: f64) -> f64 {
    /// Bits of the significand behind the first one, and of the exponent before 1.0.
    const FRACTION: u64 = 52;
    const BIAS: u64 = 1023;
    let bits = number.to_bits();
    let significand = (1 << FRACTION) | (bits & ((1 << FRACTION) - 1));
    // `(number * 10.0).round()` would round twice; ten times the significand is exact.
    let places = (FRACTION + BIAS).saturating_sub((bits >> FRACTION) & 0x7ff);
    let tenths = match places {
        // Its neighbours are more than a tenth away, or it is no number.
        0..=3 => return number,
        // Nothing but zeros is left of it.
        60.. => 0,
        places => {
            let (half, tenths) = (1 << (places - 1), significand * 10);
            let (whole, rest) = (tenths >> places, tenths & ((1 << places) - 1));
            whole + u64::from(rest > half || (rest == half && whole % 2 == 1))
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53")]
    let tenths = tenths as f64;
    (tenths / 10.0).copysign(number)
}

/// `part` in percent of `whole`, rounded to one decimal; 0.0 of nothing.
pub(crate) fn percent(part: u128, whole: u128) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is kept of sixteen digits")]
    let ratio = part as f64 / whole as f64;
    round_to_tenth(ratio * 100.0)
}

impl CpuTimes {
    /// CPU use since an `earlier` sample, in percent of all CPU time that passed, rounded to one
    /// decimal; `None` if none passed.
    ///
    /// Busy is what is neither `idle` nor `iowait`. A time that went backwards, as the kernel's do,
    /// counts as one that stood still.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use sysvitals::CpuTimes;
    ///
    /// let earlier = CpuTimes::default();
    /// let mut later = earlier;
    /// assert_eq!(later.percent_since(&earlier), None);
    ///
    /// later.user = Duration::from_millis(10);
    /// later.idle = Duration::from_millis(20);
    /// assert_eq!(later.percent_since(&earlier), Some(33.3));
    /// ```
    #[must_use]
    pub fn percent_since(&self, earlier: &Self) -> Option<f64> {
        let spent = self.minus(earlier);
        let all = spent.total();
        let idle = spent.idle.saturating_add(spent.iowait.unwrap_or_default());
        let busy = all.saturating_sub(idle);
        (!all.is_zero()).then(|| percent(busy.as_nanos(), all.as_nanos()))
    }

    /// What each mode took since an `earlier` sample, in percent of all CPU time that passed, rounded
    /// to one decimal; `None` if none passed.
    ///
    /// The shares are right however short the time was. psutil's are too low where the CPUs together
    /// spent less than a second.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use sysvitals::CpuTimes;
    ///
    /// let earlier = CpuTimes::default();
    /// let mut later = earlier;
    /// later.user = Duration::from_millis(10);
    /// later.idle = Duration::from_millis(30);
    /// let shares = later.shares_since(&earlier).expect("40 ms have passed");
    /// assert_eq!((shares.user, shares.idle), (25.0, 75.0));
    /// assert_eq!(shares.steal, None, "absent from both samples");
    /// ```
    #[must_use]
    pub fn shares_since(&self, earlier: &Self) -> Option<CpuTimesPercent> {
        let spent = self.minus(earlier);
        let all = spent.total();
        // A guest may have more than there is where its host's time went backwards.
        let share = |time: Duration| percent(time.min(all).as_nanos(), all.as_nanos());
        (!all.is_zero()).then(|| CpuTimesPercent {
            user: share(spent.user),
            nice: spent.nice.map(share),
            system: share(spent.system),
            idle: share(spent.idle),
            iowait: spent.iowait.map(share),
            irq: spent.irq.map(share),
            softirq: spent.softirq.map(share),
            steal: spent.steal.map(share),
            guest: spent.guest.map(share),
            guest_nice: spent.guest_nice.map(share),
            interrupt: spent.interrupt.map(share),
            dpc: spent.dpc.map(share),
        })
    }

    /// How much each time has grown.
    fn minus(&self, earlier: &Self) -> Self {
        let option = |later: Option<Duration>, earlier: Option<Duration>| {
            Some(later?.saturating_sub(earlier?))
        };
        Self {
            user: self.user.saturating_sub(earlier.user),
            nice: option(self.nice, earlier.nice),
            system: self.system.saturating_sub(earlier.system),
            idle: self.idle.saturating_sub(earlier.idle),
            iowait: option(self.iowait, earlier.iowait),
            irq: option(self.irq, earlier.irq),
            softirq: option(self.softirq, earlier.softirq),
            steal: option(self.steal, earlier.steal),
            guest: option(self.guest, earlier.guest),
            guest_nice: option(self.guest_nice, earlier.guest_nice),
            interrupt: option(self.interrupt, earlier.interrupt),
            dpc: option(self.dpc, earlier.dpc),
        }
    }

    /// All modes together. What stands inside another is not counted twice: `guest` and `guest_nice`
    /// inside `user` and `nice`, `interrupt` and `dpc` inside `system`.
    fn total(&self) -> Duration {
        let options = [self.nice, self.iowait, self.irq, self.softirq, self.steal];
        let plain = [self.user, self.system, self.idle];
        plain
            .into_iter()
            .chain(options.into_iter().flatten())
            .fold(Duration::ZERO, |sum, time| sum.saturating_add(time))
    }
}

/// CPU use from sample to sample: psutil's `cpu_percent(interval=None)` and
/// `cpu_times_percent(interval=None)`, with the last samples in a value that the caller holds.
///
/// Each of the four questions has a last sample of its own, so that one does not cut short the time
/// that another looks back on.
///
/// # Example
///
/// ```
/// use sysvitals::{CpuPercent, System};
///
/// let mut cpu = CpuPercent::new(&System::host())?;
/// // … some time later
/// if let Some(percent) = cpu.tick()? {
///     println!("{percent:.1} % busy since");
/// }
/// for (number, percent) in cpu.tick_percpu()?.into_iter().enumerate() {
///     println!("CPU {number}: {percent:?}");
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CpuPercent {
    system: System,
    percent: CpuTimes,
    shares: CpuTimes,
    percent_percpu: Vec<CpuTimes>,
    shares_percpu: Vec<CpuTimes>,
}

impl CpuPercent {
    /// Takes the first samples, which have no rate yet.
    ///
    /// # Errors
    ///
    /// As [`System::cpu_times`] and [`System::cpu_times_percpu`].
    ///
    /// # Platforms
    ///
    /// As [`System::cpu_times`].
    ///
    /// # Example
    ///
    /// See [`CpuPercent`].
    pub fn new(system: &System) -> Result<Self> {
        let (all, each) = (system.cpu_times()?, system.cpu_times_percpu()?);
        Ok(Self {
            system: system.clone(),
            percent: all,
            shares: all,
            percent_percpu: each.clone(),
            shares_percpu: each,
        })
    }

    /// Use of all CPUs since this was last asked, in percent of them all; `None` if no CPU time has
    /// passed, as between two ticks of the kernel. See [`CpuTimes::percent_since`].
    ///
    /// # Errors
    ///
    /// As [`System::cpu_times`].
    ///
    /// # Platforms
    ///
    /// As [`System::cpu_times`].
    ///
    /// # Example
    ///
    /// See [`CpuPercent`].
    pub fn tick(&mut self) -> Result<Option<f64>> {
        let earlier = std::mem::replace(&mut self.percent, self.system.cpu_times()?);
        Ok(self.percent.percent_since(&earlier))
    }

    /// The same of each CPU, by position in [`System::cpu_times_percpu`].
    ///
    /// When CPUs come or go, positions shift: that once there are as many answers as the shorter
    /// sample has CPUs, and some compare two CPUs.
    ///
    /// # Errors
    ///
    /// As [`System::cpu_times_percpu`].
    ///
    /// # Platforms
    ///
    /// As [`System::cpu_times_percpu`].
    ///
    /// # Example
    ///
    /// See [`CpuPercent`].
    pub fn tick_percpu(&mut self) -> Result<Vec<Option<f64>>> {
        let later = self.system.cpu_times_percpu()?;
        let earlier = std::mem::replace(&mut self.percent_percpu, later);
        Ok(each(&earlier, &self.percent_percpu, CpuTimes::percent_since))
    }

    /// What each mode took since this was last asked, in percent of the time of all CPUs; `None` if no
    /// CPU time has passed. See [`CpuTimes::shares_since`].
    ///
    /// # Errors
    ///
    /// As [`System::cpu_times`].
    ///
    /// # Platforms
    ///
    /// As [`System::cpu_times`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{CpuPercent, System};
    ///
    /// let mut cpu = CpuPercent::new(&System::host())?;
    /// // … some time later
    /// if let Some(shares) = cpu.tick_times()? {
    ///     assert!((0.0..=100.0).contains(&shares.idle));
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn tick_times(&mut self) -> Result<Option<CpuTimesPercent>> {
        let earlier = std::mem::replace(&mut self.shares, self.system.cpu_times()?);
        Ok(self.shares.shares_since(&earlier))
    }

    /// The same of each CPU; as [`tick_percpu`](Self::tick_percpu).
    ///
    /// # Errors
    ///
    /// As [`System::cpu_times_percpu`].
    ///
    /// # Platforms
    ///
    /// As [`System::cpu_times_percpu`].
    ///
    /// # Example
    ///
    /// See [`tick_times`](Self::tick_times).
    pub fn tick_times_percpu(&mut self) -> Result<Vec<Option<CpuTimesPercent>>> {
        let later = self.system.cpu_times_percpu()?;
        let earlier = std::mem::replace(&mut self.shares_percpu, later);
        Ok(each(&earlier, &self.shares_percpu, CpuTimes::shares_since))
    }
}

/// `since` of each CPU that both samples have.
pub(crate) fn each<T>(
    earlier: &[CpuTimes],
    later: &[CpuTimes],
    since: impl Fn(&CpuTimes, &CpuTimes) -> Option<T>,
) -> Vec<Option<T>> {
    earlier.iter().zip(later).map(|(earlier, later)| since(later, earlier)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// user, system, idle, iowait, guest in milliseconds.
    fn times([user, system, idle, iowait, guest]: [u64; 5]) -> CpuTimes {
        CpuTimes {
            user: Duration::from_millis(user),
            system: Duration::from_millis(system),
            idle: Duration::from_millis(idle),
            iowait: Some(Duration::from_millis(iowait)),
            guest: Some(Duration::from_millis(guest)),
            ..CpuTimes::default()
        }
    }

    #[test]
    fn tenths_are_those_of_python() {
        let check = |number: f64, want: f64| assert_eq!(round_to_tenth(number), want, "{number}");
        check(0.25, 0.2); // a tie: to the even digit
        check(0.75, 0.8);
        check(1.25, 1.2);
        check(0.05, 0.1); // 0.05000000000000000277
        check(0.15, 0.1); // 0.1499999999999999944
        check(0.35, 0.3);
        check(0.45, 0.5);
        check(2.675, 2.7);
        check(99.95, 100.0);
        check(12.45, 12.4); // 12.449999999999999289
        check(100.0, 100.0);
        check(0.0, 0.0);
    }

    #[test]
    fn tenths_are_those_that_are_printed() {
        let check = |number: f64| {
            let want: f64 = format!("{number:.1}").parse().expect("a number");
            assert_eq!(round_to_tenth(number).to_bits(), want.to_bits(), "{number}");
        };
        // Halves, quarters, eighths and so on, around each power of two; and what lies between.
        for power in -1074..1024 {
            let number = 2_f64.powi(power);
            for part in [0.0, 0.25, 0.5, 0.75, 0.2, 0.3, 0.1234, f64::EPSILON, 1.0 - f64::EPSILON] {
                check(number + number * part);
                check(-number - number * part);
            }
        }
        for number in 0..100_000_u32 {
            check(f64::from(number) / 64.0);
            check(f64::from(number) / 20.0);
            check(f64::from(number) / 999.0 * 100.0);
        }
        [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MAX].iter().copied().for_each(check);
        assert!(round_to_tenth(f64::NAN).is_nan());
    }

    #[test]
    fn nothing_is_no_percentage_of_nothing() {
        assert_eq!((percent(0, 0), percent(5, 0)), (0.0, 0.0));
        assert_eq!((percent(1, 3), percent(u128::MAX, u128::MAX)), (33.3, 100.0));
    }

    #[track_caller]
    fn check(earlier: [u64; 5], later: [u64; 5], want: Option<f64>) {
        assert_eq!(times(later).percent_since(&times(earlier)), want);
    }

    #[test]
    fn waiting_is_not_busy_and_guests_count_once() {
        check([0; 5], [10, 10, 10, 10, 0], Some(50.0));
        check([0; 5], [10, 10, 10, 10, 10], Some(50.0));
        check([100; 5], [110, 100, 190, 100, 100], Some(10.0));
    }

    #[test]
    fn without_time_there_is_no_percentage() {
        check([7; 5], [7; 5], None);
        assert_eq!(times([7; 5]).shares_since(&times([7; 5])), None);
    }

    #[test]
    fn what_goes_backwards_stands_still() {
        check([50, 0, 50, 50, 0], [60, 0, 40, 0, 0], Some(100.0));
        check([50; 5], [0; 5], None);
    }

    #[test]
    fn shares_of_a_short_time_add_up() {
        let shares = times([10, 20, 30, 40, 5]).shares_since(&times([0; 5])).expect("100 ms");
        assert_eq!((shares.user, shares.system, shares.idle), (10.0, 20.0, 30.0));
        assert_eq!((shares.iowait, shares.guest), (Some(40.0), Some(5.0)));
        assert_eq!((shares.nice, shares.steal), (None, None));
    }

    #[test]
    fn no_share_is_above_all() {
        let shares = times([0, 10, 0, 0, 90]).shares_since(&times([50, 0, 0, 0, 0]));
        assert_eq!(shares.expect("10 ms").guest, Some(100.0));
    }

    #[test]
    fn what_one_sample_lacks_is_absent() {
        let earlier = CpuTimes { iowait: None, ..times([0; 5]) };
        let shares = times([10, 0, 10, 500, 0]).shares_since(&earlier).expect("20 ms");
        assert_eq!((shares.user, shares.iowait), (50.0, None));
    }

    #[test]
    fn what_windows_counts_inside_system_counts_once() {
        let mut later = times([0, 10, 10, 0, 0]);
        later.interrupt = Some(Duration::from_millis(10));
        later.dpc = Some(Duration::from_millis(10));
        assert_eq!(later.percent_since(&CpuTimes::default()), Some(50.0));
    }

    #[test]
    fn the_shorter_sample_wins() {
        let (one, two) = (times([0; 5]), times([10, 0, 0, 0, 0]));
        assert_eq!(each(&[one], &[two, two], CpuTimes::percent_since), [Some(100.0)]);
        assert_eq!(each(&[one, one], &[one], CpuTimes::percent_since), [None]);
    }
}
