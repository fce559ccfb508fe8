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
    /// CPU time since its start.
    pub fn cpu_times(&self) -> Result<ProcessCpuTimes> {
        self.ask(|host, target| host.process_cpu_times(target))
    }

    /// The CPU it last ran on.
    pub fn cpu_num(&self) -> Result<u64> {
        self.ask(|host, target| host.cpu_num(target))
    }

    /// Number of its threads.
    pub fn num_threads(&self) -> Result<u32> {
        self.ask(|host, target| host.num_threads(target))
    }

    /// CPU time of each of its threads.
    pub fn threads(&self) -> Result<Vec<ThreadTimes>> {
        self.ask(|host, target| host.threads(target))
    }

    /// How often it left the CPU.
    pub fn num_ctx_switches(&self) -> Result<ContextSwitches> {
        self.ask(|host, target| host.num_ctx_switches(target))
    }

    /// What it read and wrote.
    pub fn io_counters(&self) -> Result<IoCounters> {
        self.ask(|host, target| host.io_counters(target))
    }
}
