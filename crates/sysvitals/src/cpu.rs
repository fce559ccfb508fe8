use std::time::Duration;

use crate::record::record;
use crate::sys::Cpu as _;
use crate::{Error, Result, System, percent};

/// Time that one CPU, or all together, spent in each mode since boot.
///
/// Guest time is inside `user`, and `guest_nice` inside `nice`, as the kernel counts; on Windows
/// `interrupt` and `dpc` are inside `system`. Times may go backwards by a little, as the kernel's own
/// do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CpuTimes {
    /// Running programs, guests included.
    pub user: Duration,
    /// Running programs of lowered priority, guests included. Linux, macOS, BSDs.
    pub nice: Option<Duration>,
    /// Running the kernel.
    pub system: Duration,
    /// Doing nothing.
    pub idle: Duration,
    /// Doing nothing while a disk was waited for. Linux, SunOS, AIX.
    pub iowait: Option<Duration>,
    /// Serving interrupts. Linux, BSDs.
    pub irq: Option<Duration>,
    /// Serving soft interrupts. Linux.
    pub softirq: Option<Duration>,
    /// Taken by the hypervisor for others. Linux 2.6.11.
    pub steal: Option<Duration>,
    /// Running guests. Linux 2.6.24.
    pub guest: Option<Duration>,
    /// Running guests of lowered priority. Linux 2.6.33.
    pub guest_nice: Option<Duration>,
    /// Serving interrupts, inside `system`. Windows.
    pub interrupt: Option<Duration>,
    /// Serving deferred procedure calls, inside `system`. Windows.
    pub dpc: Option<Duration>,
}

record! { scputimes: CpuTimes {
    user: _,
    nice: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    system: _,
    idle: _,
    iowait since "Linux 2.5.41": Linux | SunOs | Aix,
    irq since "Linux 2.6.0": Linux | FreeBsd | OpenBsd | NetBsd,
    softirq since "Linux 2.6.0": Linux,
    steal since "Linux 2.6.11": Linux,
    guest since "Linux 2.6.24": Linux,
    guest_nice since "Linux 2.6.33": Linux,
    interrupt: Windows,
    dpc: Windows,
} }

/// The share of each mode between two samples of [`CpuTimes`], in percent, rounded to one decimal.
///
/// Guest time is inside `user`, and `guest_nice` inside `nice`. The others make up 100 with what is
/// lost in rounding.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct CpuTimesPercent {
    /// Running programs, guests included.
    pub user: f64,
    /// Running programs of lowered priority, guests included. Linux, macOS, BSDs.
    pub nice: Option<f64>,
    /// Running the kernel.
    pub system: f64,
    /// Doing nothing.
    pub idle: f64,
    /// Doing nothing while a disk was waited for. Linux, SunOS, AIX.
    pub iowait: Option<f64>,
    /// Serving interrupts. Linux, BSDs.
    pub irq: Option<f64>,
    /// Serving soft interrupts. Linux.
    pub softirq: Option<f64>,
    /// Taken by the hypervisor for others. Linux 2.6.11.
    pub steal: Option<f64>,
    /// Running guests. Linux 2.6.24.
    pub guest: Option<f64>,
    /// Running guests of lowered priority. Linux 2.6.33.
    pub guest_nice: Option<f64>,
    /// Serving interrupts, inside `system`. Windows.
    pub interrupt: Option<f64>,
    /// Serving deferred procedure calls, inside `system`. Windows.
    pub dpc: Option<f64>,
}

record! { scputimes: CpuTimesPercent {
    user: _,
    nice: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    system: _,
    idle: _,
    iowait since "Linux 2.5.41": Linux | SunOs | Aix,
    irq since "Linux 2.6.0": Linux | FreeBsd | OpenBsd | NetBsd,
    softirq since "Linux 2.6.0": Linux,
    steal since "Linux 2.6.11": Linux,
    guest since "Linux 2.6.24": Linux,
    guest_nice since "Linux 2.6.33": Linux,
    interrupt: Windows,
    dpc: Windows,
} }

/// Events since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CpuStats {
    /// Context switches; on Windows in 32 bits, so that they begin again from zero.
    pub ctx_switches: u64,
    /// Interrupts; on Windows in 32 bits for each CPU.
    pub interrupts: u64,
    /// Soft interrupts; absent where the kernel does not count them (Linux before 2.6.31, Windows).
    pub soft_interrupts: Option<u64>,
    /// System calls; always 0 on Linux, which does not count them, as in psutil; on Windows in 32
    /// bits.
    pub syscalls: u64,
}

record! { scpustats: CpuStats { ctx_switches: _, interrupts: _, soft_interrupts: _, syscalls: _ } }

/// The clock of one CPU, or the mean of several, in MHz.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct CpuFreq {
    /// Now; absent where the kernel does not tell, or not the caller, or the CPU is offline.
    pub current: Option<f64>,
    /// The lowest that it may go to; absent as `current`. psutil says 0.0 then.
    pub min: Option<f64>,
    /// The highest that it may go to; absent as `current`.
    pub max: Option<f64>,
}

record! { scpufreq: CpuFreq {
    current: Linux | Windows | MacOs | FreeBsd | OpenBsd,
    min: Linux | Windows | MacOs | FreeBsd | OpenBsd,
    max: Linux | Windows | MacOs | FreeBsd | OpenBsd,
} }

impl CpuFreq {
    /// The clock of all CPUs from that of `each`: none, or means.
    fn of_all(each: &[Self]) -> Option<Self> {
        if each.is_empty() {
            return None;
        }
        let current: Vec<_> = each.iter().filter_map(|freq| freq.current).collect();
        let limits = |limit: fn(&Self) -> Option<f64>| {
            mean(&each.iter().map(limit).collect::<Option<Vec<_>>>()?)
        };
        Some(Self {
            current: mean(&current),
            min: limits(|freq| freq.min),
            max: limits(|freq| freq.max),
        })
    }
}

fn mean(numbers: &[f64]) -> Option<f64> {
    let count = u32::try_from(numbers.len()).ok().filter(|&count| count > 0)?;
    Some(numbers.iter().sum::<f64>() / f64::from(count))
}

impl System {
    /// Time that all CPUs together spent in each mode since boot.
    ///
    /// With four CPUs, four seconds pass in one.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) without the source; [`Parse`](Error::Parse) if it cannot be understood.
    ///
    /// # Platforms
    ///
    /// Linux: the first line of `/proc/stat`, in ticks of 10 ms on most machines. Windows: the sum of
    /// [`cpu_times_percpu`](Self::cpu_times_percpu), over all groups of processors. Elsewhere not
    /// yet.
    ///
    /// # Example
    ///
    /// ```
    /// let times = sysvitals::cpu_times()?;
    /// assert!(times.guest <= Some(times.user), "guests are inside user");
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_times(&self) -> Result<CpuTimes> {
        self.host.cpu_times()
    }

    /// Time that each CPU spent in each mode since boot, in the order of the CPUs' numbers.
    ///
    /// CPUs that are offline are left out, so that a position is not always a number.
    ///
    /// # Errors
    ///
    /// As [`cpu_times`](Self::cpu_times).
    ///
    /// # Platforms
    ///
    /// Linux: the lines `cpuN` of `/proc/stat`. Windows:
    /// `NtQuerySystemInformation(SystemProcessorPerformanceInformation)`, one group of processors
    /// after the other. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for times in sysvitals::cpu_times_percpu()? {
    ///     println!("idle for {:?}", times.idle);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_times_percpu(&self) -> Result<Vec<CpuTimes>> {
        self.host.cpu_times_percpu()
    }

    /// CPU use over `interval`, in percent of all CPUs, rounded to one decimal; sleeps that long.
    ///
    /// `None` if no CPU time passed: the interval was shorter than a tick of the kernel, or time
    /// stands still, as on a recorded machine. See [`CpuTimes::percent_since`]; who asks again and
    /// again keeps a [`CpuPercent`](crate::CpuPercent), which does not sleep.
    ///
    /// # Errors
    ///
    /// As [`cpu_times`](Self::cpu_times); [`InvalidArgument`](Error::InvalidArgument) for an interval
    /// of zero, in which nothing can be measured.
    ///
    /// # Platforms
    ///
    /// As [`cpu_times`](Self::cpu_times).
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let percent = sysvitals::cpu_percent(Duration::from_millis(50))?;
    /// assert!(percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_percent(&self, interval: Duration) -> Result<Option<f64>> {
        let (earlier, later) = self.around(interval, Self::cpu_times)?;
        Ok(later.percent_since(&earlier))
    }

    /// Use of each CPU over `interval`, in percent, rounded to one decimal; sleeps that long.
    ///
    /// By position in [`cpu_times_percpu`](Self::cpu_times_percpu). `None` as in
    /// [`cpu_percent`](Self::cpu_percent).
    ///
    /// # Errors
    ///
    /// As [`cpu_percent`](Self::cpu_percent).
    ///
    /// # Platforms
    ///
    /// As [`cpu_times_percpu`](Self::cpu_times_percpu).
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// for percent in sysvitals::cpu_percent_percpu(Duration::from_millis(50))? {
    ///     println!("{} %", percent.unwrap_or(0.0));
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_percent_percpu(&self, interval: Duration) -> Result<Vec<Option<f64>>> {
        let (earlier, later) = self.around(interval, Self::cpu_times_percpu)?;
        Ok(percent::each(&earlier, &later, CpuTimes::percent_since))
    }

    /// What each mode took over `interval`, in percent of the time of all CPUs; sleeps that long.
    ///
    /// `None` as in [`cpu_percent`](Self::cpu_percent). See [`CpuTimes::shares_since`].
    ///
    /// # Errors
    ///
    /// As [`cpu_percent`](Self::cpu_percent).
    ///
    /// # Platforms
    ///
    /// As [`cpu_times`](Self::cpu_times).
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// if let Some(shares) = sysvitals::cpu_times_percent(Duration::from_millis(50))? {
    ///     println!("{} % user, {} % idle", shares.user, shares.idle);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_times_percent(&self, interval: Duration) -> Result<Option<CpuTimesPercent>> {
        let (earlier, later) = self.around(interval, Self::cpu_times)?;
        Ok(later.shares_since(&earlier))
    }

    /// What each mode took of each CPU over `interval`, in percent; sleeps that long.
    ///
    /// By position in [`cpu_times_percpu`](Self::cpu_times_percpu). `None` as in
    /// [`cpu_percent`](Self::cpu_percent).
    ///
    /// # Errors
    ///
    /// As [`cpu_percent`](Self::cpu_percent).
    ///
    /// # Platforms
    ///
    /// As [`cpu_times_percpu`](Self::cpu_times_percpu).
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let interval = Duration::from_millis(50);
    /// for shares in sysvitals::cpu_times_percent_percpu(interval)?.into_iter().flatten() {
    ///     println!("{} % idle", shares.idle);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_times_percent_percpu(
        &self,
        interval: Duration,
    ) -> Result<Vec<Option<CpuTimesPercent>>> {
        let (earlier, later) = self.around(interval, Self::cpu_times_percpu)?;
        Ok(percent::each(&earlier, &later, CpuTimes::shares_since))
    }

    /// Two samples, `interval` apart.
    fn around<T>(&self, interval: Duration, sample: impl Fn(&Self) -> Result<T>) -> Result<(T, T)> {
        if interval.is_zero() {
            return Err(Error::InvalidArgument(
                "interval must be longer than zero; CpuPercent measures without waiting".into(),
            ));
        }
        let earlier = sample(self)?;
        std::thread::sleep(interval);
        Ok((earlier, sample(self)?))
    }

    /// The number of logical CPUs that are online; `None` if it cannot be determined.
    ///
    /// It may be more than the caller may use: see
    /// [`Process::cpu_affinity`](crate::Process::cpu_affinity).
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) if a source is there but not readable; [`Parse`](Error::Parse) if it cannot
    /// be understood.
    ///
    /// # Platforms
    ///
    /// Linux: the first that tells of `/sys/devices/system/cpu/online`, `/proc/stat` and
    /// `/proc/cpuinfo`. Windows: GetActiveProcessorCount, of all groups. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let (cpus, cores) = (sysvitals::cpu_count()?, sysvitals::cpu_count_cores()?);
    /// println!("{cpus:?} CPUs on {cores:?} cores");
    /// assert_ne!(cpus, Some(0));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_count(&self) -> Result<Option<u32>> {
        self.host.cpu_count()
    }

    /// The number of physical cores; `None` if it cannot be determined. psutil's
    /// `cpu_count(logical=False)`.
    ///
    /// # Errors
    ///
    /// As [`cpu_count`](Self::cpu_count).
    ///
    /// # Platforms
    ///
    /// Linux: groups of siblings below `/sys/devices/system/cpu/cpuN/topology`, where cores without a
    /// CPU online do not appear; else `physical id` and `cpu cores` of `/proc/cpuinfo`. Windows:
    /// GetLogicalProcessorInformationEx. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// See [`cpu_count`](Self::cpu_count).
    pub fn cpu_count_cores(&self) -> Result<Option<u32>> {
        self.host.cpu_count_cores()
    }

    /// Context switches, interrupts and system calls since boot.
    ///
    /// # Errors
    ///
    /// As [`cpu_times`](Self::cpu_times).
    ///
    /// # Platforms
    ///
    /// Linux: `ctxt`, `intr` and `softirq` of `/proc/stat`. Windows: `NtQuerySystemInformation` with
    /// `SystemPerformanceInformation`, and for interrupts with
    /// `SystemProcessorPerformanceInformation`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let earlier = sysvitals::cpu_stats()?;
    /// let later = sysvitals::cpu_stats()?;
    /// assert!(later.ctx_switches >= earlier.ctx_switches);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_stats(&self) -> Result<CpuStats> {
        self.host.cpu_stats()
    }

    /// The clock of the CPUs in MHz, as a mean of [`cpu_freq_percpu`](Self::cpu_freq_percpu); `None`
    /// if the system does not tell.
    ///
    /// `current` is the mean of the CPUs that tell theirs; `min` and `max` are absent unless all tell
    /// theirs.
    ///
    /// # Errors
    ///
    /// As [`cpu_freq_percpu`](Self::cpu_freq_percpu).
    ///
    /// # Platforms
    ///
    /// As [`cpu_freq_percpu`](Self::cpu_freq_percpu).
    ///
    /// # Example
    ///
    /// ```
    /// if let Some(freq) = sysvitals::cpu_freq()? {
    ///     println!("{:?} of {:?} MHz", freq.current, freq.max);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_freq(&self) -> Result<Option<CpuFreq>> {
        Ok(CpuFreq::of_all(&self.host.cpu_freq_percpu()?))
    }

    /// The clock of each CPU in MHz, or of each group of CPUs that share one; empty if the system does
    /// not tell.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) if a source is there but cannot be read. What the kernel refuses to tell of
    /// one CPU is absent, and no error.
    ///
    /// # Platforms
    ///
    /// Linux: an entry for each `/sys/devices/system/cpu/cpufreq/policyN`, in the order of the
    /// numbers, or for each `cpuN/cpufreq` (before Linux 4.4), with `scaling_cur_freq` or
    /// `cpuinfo_cur_freq`, `scaling_min_freq` and `scaling_max_freq`. Where `/proc/cpuinfo` tells as
    /// many clocks, `current` is read there, which is faster; where there is no cpufreq, each of
    /// these is an entry. Windows: one entry, that of the first CPU, as in psutil
    /// (`CallNtPowerInformation(ProcessorInformation)`); `min` is not told. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for freq in sysvitals::cpu_freq_percpu()? {
    ///     println!("{:?} MHz", freq.current);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_freq_percpu(&self) -> Result<Vec<CpuFreq>> {
        self.host.cpu_freq_percpu()
    }

    /// Processes that run or want to, as a mean over the last 1, 5 and 15 minutes.
    ///
    /// # Errors
    ///
    /// As [`cpu_times`](Self::cpu_times). [`Unsupported`](Error::Unsupported) where the system keeps
    /// no load averages.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/loadavg`, with two decimals; includes processes that wait for a disk. Windows
    /// keeps none: a [`LoadAverage`](crate::LoadAverage) computes them for as long as it is held.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Error;
    ///
    /// match sysvitals::getloadavg() {
    ///     Ok(load) => assert!(load.iter().all(|&load| load >= 0.0)),
    ///     Err(Error::Unsupported(_)) => println!("see LoadAverage"),
    ///     Err(err) => return Err(err),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn getloadavg(&self) -> Result<[f64; 3]> {
        self.host.getloadavg()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freq(current: f64, min: impl Into<Option<f64>>, max: impl Into<Option<f64>>) -> CpuFreq {
        CpuFreq { current: Some(current), min: min.into(), max: max.into() }
    }

    #[track_caller]
    fn check(each: &[CpuFreq], want: Option<CpuFreq>) {
        assert_eq!(CpuFreq::of_all(each), want);
    }

    #[test]
    fn the_clock_of_all_is_a_mean() {
        check(&[], None);
        check(&[freq(1000.0, None, 3000.0)], Some(freq(1000.0, None, 3000.0)));
        let two = [freq(1000.0, 400.0, 3000.0), freq(2000.0, 800.0, 4000.0)];
        check(&two, Some(freq(1500.0, 600.0, 3500.0)));
    }

    #[test]
    fn unknown_clocks_are_not_zeros() {
        let offline = CpuFreq::default();
        check(&[freq(1000.0, 400.0, 3000.0), offline], Some(freq(1000.0, None, None)));
        check(&[freq(1.0, 2.0, None), freq(3.0, 4.0, 5.0)], Some(freq(2.0, 3.0, None)));
        check(&[offline, offline], Some(offline));
    }
}
