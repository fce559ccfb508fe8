use std::time::{Duration, Instant};

use super::{MemoryFullInfo, MemoryInfo, MemoryInfoEx, Process};
use crate::percent::round_to_tenth;
use crate::{Error, Platform, ProcessCpuTimes, Record, Result, Value};

/// CPU time used in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct CpuUsage {
    used: f64,
}

impl CpuUsage {
    /// What was used between two samples of CPU time that were `elapsed` apart; `None` if no time has passed.
    pub(crate) fn between(before: Duration, after: Duration, elapsed: Duration) -> Option<Self> {
        let used = after.saturating_sub(before);
        (!elapsed.is_zero()).then(|| Self { used: used.as_secs_f64() / elapsed.as_secs_f64() })
    }

    /// In percent of one CPU: 100 is one CPU all the time, and several threads can use more.
    ///
    /// # Example
    ///
    /// See [`Snapshot::since`](crate::Snapshot::since).
    #[must_use]
    pub fn of_core(self) -> f64 {
        self.used * 100.0
    }

    /// In percent of `cpus` CPUs.
    ///
    /// # Example
    ///
    /// See [`Snapshot::since`](crate::Snapshot::since).
    #[must_use]
    pub fn of_machine(self, cpus: u32) -> f64 {
        self.of_core() / f64::from(cpus.max(1))
    }
}

/// The CPU use of one process from sample to sample: psutil's `Process.cpu_percent(interval=None)`,
/// with the last sample in a value that the caller holds.
///
/// # Example
///
/// ```
/// use sysvitals::{Process, ProcessCpuPercent};
///
/// let mut percent = ProcessCpuPercent::new(&Process::current()?)?;
/// // … some time later
/// if let Some(usage) = percent.tick()? {
///     println!("{:.1} % of a CPU", usage.of_core());
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProcessCpuPercent {
    process: Process,
    times: ProcessCpuTimes,
    at: Instant,
}

impl ProcessCpuPercent {
    /// Takes the first sample, which has no rate yet.
    ///
    /// # Errors
    ///
    /// As [`Process::cpu_times`].
    ///
    /// # Platforms
    ///
    /// As [`Process::cpu_times`].
    ///
    /// # Example
    ///
    /// See [`ProcessCpuPercent`].
    pub fn new(process: &Process) -> Result<Self> {
        Ok(Self { process: process.clone(), times: process.cpu_times()?, at: Instant::now() })
    }

    /// What was used since the last sample; `None` if no time has passed.
    ///
    /// # Errors
    ///
    /// As [`Process::cpu_times`].
    ///
    /// # Platforms
    ///
    /// As [`Process::cpu_times`].
    ///
    /// # Example
    ///
    /// See [`ProcessCpuPercent`].
    pub fn tick(&mut self) -> Result<Option<CpuUsage>> {
        let (times, at) = (self.process.cpu_times()?, Instant::now());
        let usage =
            CpuUsage::between(self.times.total(), times.total(), at.duration_since(self.at));
        (self.times, self.at) = (times, at);
        Ok(usage)
    }
}

impl Process {
    /// CPU use over `interval`, in percent of one CPU, rounded to one decimal; sleeps that long.
    ///
    /// Children are not counted. 100 is one CPU all the time; several threads can use more.
    ///
    /// # Errors
    ///
    /// As [`cpu_times`](Self::cpu_times); [`InvalidArgument`](Error::InvalidArgument) for an interval
    /// of zero, in which nothing can be measured: see [`ProcessCpuPercent`].
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
    /// let percent = sysvitals::Process::current()?.cpu_percent(Duration::from_millis(20))?;
    /// assert!(percent >= 0.0);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_percent(&self, interval: Duration) -> Result<f64> {
        if interval.is_zero() {
            return Err(Error::InvalidArgument("interval must be longer than zero".into()));
        }
        let mut percent = ProcessCpuPercent::new(self)?;
        std::thread::sleep(interval);
        let usage = percent.tick()?.ok_or(Error::Unsupported("a clock that does not move"))?;
        Ok(round_to_tenth(usage.of_core()))
    }

    /// A figure of its memory, in percent of physical memory, not rounded.
    ///
    /// `field` is the name of a field of [`memory_info`](Self::memory_info), such as `rss`, or of
    /// [`memory_footprint`](Self::memory_footprint), such as `uss`, or of
    /// [`memory_info_ex`](Self::memory_info_ex), such as `peak_rss`.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) if there is no such field on this platform,
    /// [`Unsupported`](Error::Unsupported) if this kernel does not tell it; else as the question that it
    /// is a field of, and as [`virtual_memory`](crate::System::virtual_memory).
    ///
    /// # Platforms
    ///
    /// As the question that it is a field of.
    ///
    /// # Example
    ///
    /// ```
    /// let percent = sysvitals::Process::current()?.memory_percent("rss")?;
    /// assert!(percent > 0.0 && percent < 100.0);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn memory_percent(&self, field: &str) -> Result<f64> {
        const HERE: Platform = Platform::CURRENT;
        let value = if MemoryInfo::fields(HERE).any(|name| name == field) {
            self.memory_info()?.get(field)
        } else if MemoryFullInfo::fields(HERE).any(|name| name == field) {
            self.memory_footprint()?.get(field)
        } else if MemoryInfoEx::fields(HERE).any(|name| name == field) {
            self.memory_info_ex()?.get(field)
        } else {
            let mut valid: Vec<_> =
                MemoryFullInfo::fields(HERE).chain(MemoryInfoEx::fields(HERE)).collect();
            valid.sort_unstable();
            valid.dedup();
            return Err(Error::InvalidArgument(format!(
                "invalid memtype {field:?}; valid types are {}",
                valid.join(", ")
            )));
        };
        let Some(Value::Unsigned(bytes)) = value else {
            return Err(Error::Unsupported("this figure of process memory"));
        };
        let total = self.system.virtual_memory()?.total;
        if total == 0 {
            return Err(Error::Unsupported("a share of no memory at all"));
        }
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let share = bytes as f64 / total as f64;
        Ok(share * 100.0)
    }
}
