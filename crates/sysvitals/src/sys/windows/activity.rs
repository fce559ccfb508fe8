//! What a process does.

use std::os::windows::io::BorrowedHandle;
use std::time::Duration;

use sysvitals_parse::windows::system_process_information::{Process, Thread};
use windows_sys::Win32::System::Threading::PROCESS_QUERY_LIMITED_INFORMATION;

use super::Host;
use super::ffi::kernel32;
use super::filetime::duration;
use super::parameters::misread;
use super::process::{Target, or_record};
use crate::sys::Activity;
use crate::{ContextSwitches, IoCounters, ProcessCpuTimes, Result, SignedDuration, ThreadTimes};

impl Activity for Host {
    type CpuTimes = ProcessCpuTimes;

    fn process_cpu_times(&self, target: &Target) -> Result<ProcessCpuTimes> {
        quick(
            target,
            "GetProcessTimes",
            |handle| {
                kernel32::process_times(handle).map(|times| cpu_times(times.user, times.kernel))
            },
            |process| cpu_times(process.user, process.kernel),
        )
    }

    fn num_threads(&self, target: &Target) -> Result<u32> {
        target.record().map(|process| process.thread_count)
    }

    fn threads(&self, target: &Target) -> Result<Vec<ThreadTimes>> {
        each_thread(&target.record()?, |thread| ThreadTimes {
            id: thread.id,
            user_time: duration(thread.user),
            system_time: duration(thread.kernel),
        })
    }

    /// Windows does not tell which were voluntary, and psutil calls all of them so.
    fn num_ctx_switches(&self, target: &Target) -> Result<ContextSwitches> {
        let switches = each_thread(&target.record()?, |thread| thread.context_switches)?;
        let voluntary = switches.into_iter().map(u64::from).sum();
        Ok(ContextSwitches { voluntary, involuntary: 0 })
    }

    fn io_counters(&self, target: &Target) -> Result<IoCounters> {
        quick(
            target,
            "GetProcessIoCounters",
            |handle| {
                let counters = kernel32::process_io_counters(handle)?;
                Ok(IoCounters {
                    read_count: counters.ReadOperationCount,
                    write_count: counters.WriteOperationCount,
                    read_bytes: Some(counters.ReadTransferCount),
                    write_bytes: Some(counters.WriteTransferCount),
                    other_count: Some(counters.OtherOperationCount),
                    other_bytes: Some(counters.OtherTransferCount),
                    ..IoCounters::default()
                })
            },
            |process| IoCounters {
                read_count: process.read_count,
                write_count: process.write_count,
                read_bytes: Some(process.read_bytes),
                write_bytes: Some(process.write_bytes),
                other_count: Some(process.other_count),
                other_bytes: Some(process.other_bytes),
                ..IoCounters::default()
            },
        )
    }
}

/// From the table where there is one, else from the process, else from a table after all.
fn quick<T>(
    target: &Target,
    call: &'static str,
    ask: impl FnOnce(BorrowedHandle<'_>) -> std::io::Result<T>,
    record: impl FnOnce(&Process<'_>) -> T,
) -> Result<T> {
    if target.has_record() {
        return target.record().map(|process| record(&process));
    }
    or_record(target, target.ask(PROCESS_QUERY_LIMITED_INFORMATION, call, ask), record)
}

fn cpu_times(user: u64, kernel: u64) -> ProcessCpuTimes {
    // Of children nothing is kept.
    let none = SignedDuration::new(false, Duration::ZERO);
    ProcessCpuTimes {
        user: duration(user),
        system: duration(kernel),
        children_user: none,
        children_system: none,
        iowait: None,
    }
}

fn each_thread<T>(process: &Process<'_>, fact: impl Fn(Thread) -> T) -> Result<Vec<T>> {
    process
        .threads()
        .map(|thread| thread.map(&fact).map_err(|err| misread("SYSTEM_THREAD_INFORMATION", err)))
        .collect()
}
