use std::time::Duration;

use super::Process;
use crate::record::record;
use crate::sys::Activity as _;
use crate::{Result, SignedDuration};

/// CPU time of a process since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProcessCpuTimes {
    /// In its program.
    pub user: Duration,
    /// In the kernel.
    pub system: Duration,
    /// In programs of children that were waited for; 0 on Windows and macOS. Linux prints it as a
    /// signed number (proc_pid_stat(5), `cutime`).
    pub children_user: SignedDuration,
    /// In the kernel for children that were waited for; as `children_user`.
    pub children_system: SignedDuration,
    /// Waiting for disks. Linux 2.6.18, where delay accounting is on.
    pub iowait: Option<Duration>,
}

record! { pcputimes: ProcessCpuTimes {
    user: _, system: _, children_user: _, children_system: _, iowait: Linux,
} }

impl ProcessCpuTimes {
    /// `user` and `system` together: what the process itself used.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.user + self.system
    }
}

/// CPU time of one thread since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadTimes {
    /// Number of the thread.
    pub id: u64,
    /// In its program.
    pub user_time: Duration,
    /// In the kernel.
    pub system_time: Duration,
}

record! { pthread: ThreadTimes { id: _, user_time: _, system_time: _ } }

/// How often a process left the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContextSwitches {
    /// Because it waited for something. Windows and macOS: all switches.
    pub voluntary: u64,
    /// Because its time was up; 0 on Windows and macOS.
    pub involuntary: u64,
}

record! { pctxsw: ContextSwitches { voluntary: _, involuntary: _ } }

/// What a process read and wrote since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct IoCounters {
    /// Calls that read.
    pub read_count: u64,
    /// Calls that wrote.
    pub write_count: u64,
    /// Bytes read from devices; absent on the BSDs (psutil: -1).
    pub read_bytes: Option<u64>,
    /// Bytes written to devices; absent on the BSDs (psutil: -1).
    pub write_bytes: Option<u64>,
    /// Bytes that calls read from anywhere, caches and terminals included. Linux.
    pub read_chars: Option<u64>,
    /// Bytes that calls wrote to anywhere. Linux.
    pub write_chars: Option<u64>,
    /// Calls that did neither. Windows.
    pub other_count: Option<u64>,
    /// Bytes of those. Windows.
    pub other_bytes: Option<u64>,
}

record! { pio: IoCounters {
    read_count: Linux | Windows | FreeBsd | OpenBsd | NetBsd | Aix,
    write_count: Linux | Windows | FreeBsd | OpenBsd | NetBsd | Aix,
    read_bytes: Linux | Windows | FreeBsd | OpenBsd | NetBsd | Aix,
    write_bytes: Linux | Windows | FreeBsd | OpenBsd | NetBsd | Aix,
    read_chars: Linux,
    write_chars: Linux,
    other_count: Windows,
    other_bytes: Windows,
} }

impl Process {
    /// CPU time since its start, in user and kernel mode.
    ///
    /// Of all its threads, those that have ended too. Children count once they were waited for. As
    /// exact as the kernel's ticks, of which a second has 100.
    /// [`ProcessCpuPercent`](crate::ProcessCpuPercent) makes rates of it.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, fields 14 to 17 and 42. Windows: GetProcessTimes; 0 for children,
    /// of which nothing is kept. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let times = sysvitals::Process::current()?.cpu_times()?;
    /// assert_eq!(times.total(), times.user + times.system);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[allow(clippy::useless_conversion, reason = "what some systems tell is the record")]
    pub fn cpu_times(&self) -> Result<ProcessCpuTimes> {
        self.ask(|host, target| host.process_cpu_times(target)).map(Into::into)
    }

    /// CPU time since its start, in user and kernel mode together, by the clock that the scheduler keeps.
    ///
    /// Of all its threads, those that have ended too; not of children. To the nanosecond, where
    /// [`cpu_times`](Self::cpu_times) counts ticks, and cheaper than that: a [`Sampler`](crate::Sampler)
    /// of nothing but [`Fields::CPU_CLOCK`](crate::Fields::CPU_CLOCK) reads no files.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`Unsupported`](crate::Error::Unsupported) elsewhere, and on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: clock_gettime(2) of the clock that clock_getcpuclockid(3) names; anybody may ask. Not on
    /// Windows, which tells nothing finer than `cpu_times`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let me = sysvitals::Process::current()?;
    /// let before = me.cpu_clock()?;
    /// assert!(me.cpu_clock()? > before, "asking takes time, too");
    /// # }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_clock(&self) -> Result<Duration> {
        self.ask(|host, target| host.cpu_clock(target))
    }

    /// The number of the CPU it last ran on.
    ///
    /// That of its first thread.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`Unsupported`](crate::Error::Unsupported) before Linux 2.2.8.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, field 39. Not on Windows. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// println!("on CPU {}", sysvitals::Process::current()?.cpu_num()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cpu_num(&self) -> Result<u64> {
        self.ask(|host, target| host.cpu_num(target))
    }

    /// The number of its threads.
    ///
    /// At least 1.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `Threads` of `/proc/PID/status`. Windows:
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(sysvitals::Process::current()?.num_threads()? >= 1);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn num_threads(&self) -> Result<u32> {
        self.ask(|host, target| host.num_threads(target))
    }

    /// CPU time of each of its threads, by number.
    ///
    /// Those that end while they are read are left out. On Linux the first has the number of the
    /// process.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/task/*/stat`, fields 14 and 15. Windows:
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for thread in sysvitals::Process::current()?.threads()? {
    ///     println!("{}: {:?}", thread.id, thread.user_time + thread.system_time);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn threads(&self) -> Result<Vec<ThreadTimes>> {
        self.ask(|host, target| host.threads(target))
    }

    /// How often it left the CPU since its start.
    ///
    /// On Linux, of its first thread.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`Unsupported`](crate::Error::Unsupported) before Linux 2.6.23.
    ///
    /// # Platforms
    ///
    /// Linux: `voluntary_ctxt_switches` and `nonvoluntary_ctxt_switches` of `/proc/PID/status`.
    /// Windows: the sum over its threads, all as `voluntary`: which were is not told.
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let switches = sysvitals::Process::current()?.num_ctx_switches()?;
    /// println!("{} times of its own will", switches.voluntary);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn num_ctx_switches(&self) -> Result<ContextSwitches> {
        self.ask(|host, target| host.num_ctx_switches(target))
    }

    /// What it read and wrote since its start: calls and bytes.
    ///
    /// Of all its threads, and of children that were waited for.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else;
    /// [`Unsupported`](crate::Error::Unsupported) by kernels that do not count.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/io` (2.6.20). Windows: GetProcessIoCounters, of all reads and writes, not
    /// of devices only. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let io = sysvitals::Process::current()?.io_counters()?;
    /// assert!(io.read_count > 0);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn io_counters(&self) -> Result<IoCounters> {
        self.ask(|host, target| host.io_counters(target))
    }
}
