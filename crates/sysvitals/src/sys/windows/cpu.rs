//! Processors: their times and counts of ntdll, their number of kernel32, their clock of powrprof.

use std::path::Path;

use sysvitals_parse::ParseError;
use sysvitals_parse::windows::logical_processor::{self, Relationship};
use sysvitals_parse::windows::performance_information;
use sysvitals_parse::windows::processor_performance::{self, Processor};
use sysvitals_parse::windows::processor_power::{self, Clock};
use sysvitals_parse::windows::system_process_information::{Process, Thread};
use windows_sys::Wdk::System::SystemInformation::{
    SystemPerformanceInformation, SystemProcessorPerformanceInformation,
};
use windows_sys::Win32::System::Power::ProcessorInformation;
use windows_sys::Win32::System::SystemInformation::RelationProcessorCore;
use windows_sys::Win32::System::Threading::ALL_PROCESSOR_GROUPS;

use super::ffi::{ntdll, powrprof, sysinfo};
use super::filetime::duration;
use super::{Host, buffer, table};
use crate::sys::Cpu;
use crate::{CpuFreq, CpuStats, CpuTimes, Error, Result};

const PERFORMANCE: &str = "NtQuerySystemInformation(SystemPerformanceInformation)";
const PROCESSORS: &str = "NtQuerySystemInformation(SystemProcessorPerformanceInformation)";
const TOPOLOGY: &str = "GetLogicalProcessorInformationEx";
const CLOCKS: &str = "CallNtPowerInformation(ProcessorInformation)";

/// A group has this many processors at most (Microsoft, "Processor Groups"), so that the answer
/// about one always fits: the kernel fills a shorter buffer and says nothing of the rest.
const GROUP: usize = 64;

impl Cpu for Host {
    fn cpu_times(&self) -> Result<CpuTimes> {
        self.live("cpu_times")?;
        Ok(times(&all(&processors()?)))
    }

    fn cpu_times_percpu(&self) -> Result<Vec<CpuTimes>> {
        self.live("cpu_times_percpu")?;
        Ok(processors()?.iter().map(times).collect())
    }

    fn cpu_count(&self) -> Result<Option<u32>> {
        self.live("cpu_count")?;
        let count = sysinfo::active_processor_count(ALL_PROCESSOR_GROUPS);
        count.map(Some).map_err(|err| Error::io("GetActiveProcessorCount", err))
    }

    fn cpu_count_cores(&self) -> Result<Option<u32>> {
        self.live("cpu_count_cores")?;
        let (bytes, length) = buffer::grow(TOPOLOGY, 4096, |bytes, length| {
            sysinfo::logical_processor_information(RelationProcessorCore, bytes, length)?;
            Ok(*length)
        })?;
        let cores =
            cores(buffer::written(&bytes, length)).map_err(|err| unreadable(TOPOLOGY, err))?;
        Ok(Some(cores).filter(|&cores| cores > 0))
    }

    fn cpu_stats(&self) -> Result<CpuStats> {
        self.live("cpu_stats")?;
        let (bytes, length) = buffer::grow(PERFORMANCE, 512, |bytes, length| {
            ntdll::query_system_information(SystemPerformanceInformation, bytes, length)?;
            Ok(*length)
        })?;
        let counts = performance_information::parse(buffer::written(&bytes, length));
        let counts = counts.map_err(|err| unreadable(PERFORMANCE, err))?;
        Ok(CpuStats {
            ctx_switches: counts.context_switches.into(),
            interrupts: processors()?.iter().map(|each| u64::from(each.interrupts)).sum(),
            soft_interrupts: None,
            syscalls: counts.system_calls.into(),
        })
    }

    /// One entry for all, that of the first processor, as psutil has it.
    fn cpu_freq_percpu(&self) -> Result<Vec<CpuFreq>> {
        self.live("cpu_freq_percpu")?;
        let (bytes, ()) = buffer::grow(CLOCKS, GROUP * processor_power::SIZE, |bytes, _| {
            powrprof::power_information(ProcessorInformation, bytes)
        })?;
        let first = processor_power::parse(bytes.bytes()).next();
        let first = first.transpose().map_err(|err| unreadable(CLOCKS, err))?;
        Ok(first.and_then(freq).into_iter().collect())
    }

    fn processor_queue_length(&self) -> Result<u32> {
        self.live("processor_queue_length")?;
        ready(self.table()?.processes())
    }
}

/// Threads that wait for a processor.
fn ready<'a>(processes: impl Iterator<Item = Result<Process<'a>>>) -> Result<u32> {
    let mut ready: u32 = 0;
    for process in processes {
        let process = process?;
        // The threads of the idle process have a processor each, and want none.
        if process.pid == 0 {
            continue;
        }
        for thread in process.threads() {
            let thread = thread.map_err(|err| unreadable(table::CALL, err))?;
            ready = ready.saturating_add(u32::from(thread.state == Thread::READY));
        }
    }
    Ok(ready)
}

/// Every processor that is active, by group and number.
fn processors() -> Result<Vec<Processor>> {
    let groups = sysinfo::active_processor_group_count();
    let groups = groups.map_err(|err| Error::io("GetActiveProcessorGroupCount", err))?;
    let mut all = Vec::new();
    for group in 0..groups {
        let (bytes, length) =
            buffer::grow(PROCESSORS, GROUP * processor_performance::SIZE, |bytes, length| {
                let class = SystemProcessorPerformanceInformation;
                if groups == 1 {
                    ntdll::query_system_information(class, bytes, length)?;
                } else {
                    ntdll::query_system_information_of_group(class, group, bytes, length)?;
                }
                Ok(*length)
            })?;
        for processor in processor_performance::parse(buffer::written(&bytes, length)) {
            all.push(processor.map_err(|err| unreadable(PROCESSORS, err))?);
        }
    }
    Ok(all)
}

fn unreadable(call: &str, err: ParseError) -> Error {
    Error::parse(Path::new(call), err)
}

/// The sum of all. (GetSystemTimes sums them as well, but over one group only on some systems.)
fn all(processors: &[Processor]) -> Processor {
    let none = Processor { idle: 0, kernel: 0, user: 0, dpc: 0, interrupt: 0, interrupts: 0 };
    processors.iter().fold(none, |sum, each| Processor {
        idle: sum.idle.saturating_add(each.idle),
        kernel: sum.kernel.saturating_add(each.kernel),
        user: sum.user.saturating_add(each.user),
        dpc: sum.dpc.saturating_add(each.dpc),
        interrupt: sum.interrupt.saturating_add(each.interrupt),
        interrupts: sum.interrupts.wrapping_add(each.interrupts),
    })
}

fn times(processor: &Processor) -> CpuTimes {
    CpuTimes {
        user: duration(processor.user),
        system: duration(processor.kernel.saturating_sub(processor.idle)),
        idle: duration(processor.idle),
        interrupt: Some(duration(processor.interrupt)),
        dpc: Some(duration(processor.dpc)),
        ..CpuTimes::default()
    }
}

fn cores(bytes: &[u8]) -> Result<u32, ParseError> {
    logical_processor::parse(bytes).try_fold(0, |cores: u32, record| {
        Ok(cores.saturating_add(u32::from(record? == Relationship::Core)))
    })
}

/// `None` for a processor that tells neither clock, as in some virtual machines.
fn freq(clock: Clock) -> Option<CpuFreq> {
    let known = |mhz: u32| Some(f64::from(mhz)).filter(|&mhz| mhz > 0.0);
    let freq = CpuFreq { current: known(clock.current), min: None, max: known(clock.max) };
    (freq.current.is_some() || freq.max.is_some()).then_some(freq)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sysvitals_parse::cstruct::Word;
    use sysvitals_parse::windows::system_process_information;

    use super::super::ffi::AlignedBuffer;
    use super::*;

    const ONE: Processor =
        Processor { idle: 40, kernel: 70, user: 20, dpc: 3, interrupt: 5, interrupts: 9 };

    #[test]
    fn the_kernel_does_not_count_what_is_idle() {
        let each = times(&ONE);
        let steps = |steps: u64| Duration::from_nanos(steps * 100);
        assert_eq!((each.user, each.system, each.idle), (steps(20), steps(30), steps(40)));
        assert_eq!((each.dpc, each.interrupt), (Some(steps(3)), Some(steps(5))));
        assert_eq!((each.nice, each.irq), (None, None), "not of this platform");
        let odd = times(&Processor { kernel: 39, ..ONE });
        assert_eq!(odd.system, Duration::ZERO);
    }

    #[test]
    fn all_is_the_sum_of_each() {
        let sum = times(&all(&[ONE, ONE, ONE]));
        let each = times(&ONE);
        assert_eq!((sum.user, sum.system), (each.user * 3, each.system * 3));
        assert_eq!((sum.idle, sum.dpc), (each.idle * 3, each.dpc.map(|dpc| dpc * 3)));
        assert_eq!(times(&all(&[])).idle, Duration::ZERO);
    }

    /// With one group the two calls answer the same, so that the second is tried on any machine.
    #[test]
    fn a_group_answers_as_the_machine_does() {
        let mut bytes = AlignedBuffer::new(GROUP * processor_performance::SIZE);
        let mut length = 0;
        let class = SystemProcessorPerformanceInformation;
        match ntdll::query_system_information_of_group(class, 0, bytes.bytes_mut(), &mut length) {
            Ok(()) => {
                let bytes = buffer::written(&bytes, length);
                let group: Vec<_> = processor_performance::parse(bytes).collect();
                let count = sysinfo::active_processor_count(0).expect("a count");
                assert_eq!(group.len(), count as usize);
                assert!(group.iter().all(Result::is_ok), "{group:?}");
            }
            // ERROR_INVALID_FUNCTION: Wine knows this class in the plain call only.
            Err(err) => assert_eq!(err.raw_os_error(), Some(1), "{err:?}"),
        }
    }

    #[test]
    fn a_clock_that_stands_still_is_not_known() {
        let clock = |max, current| freq(Clock { number: 0, max, current });
        let known = clock(3600, 800).expect("a clock");
        assert_eq!((known.current, known.min, known.max), (Some(800.0), None, Some(3600.0)));
        assert_eq!(clock(3600, 0).expect("a limit").current, None);
        assert_eq!(clock(0, 0), None);
    }

    /// An entry of the table of processes, with a thread in each of `states`.
    fn process(pid: u64, states: &[u32], last: bool) -> Vec<u8> {
        let mut out = vec![0; 256];
        for state in states {
            let mut thread = [0; 80];
            thread[68..72].copy_from_slice(&state.to_le_bytes());
            out.extend(thread);
        }
        let next = if last { 0 } else { u32::try_from(out.len()).expect("a small number") };
        let threads = u32::try_from(states.len()).expect("a small number");
        out[..4].copy_from_slice(&next.to_le_bytes());
        out[4..8].copy_from_slice(&threads.to_le_bytes());
        out[80..88].copy_from_slice(&pid.to_le_bytes());
        out
    }

    #[test]
    fn who_waits_for_a_processor_is_ready_and_not_idle() {
        let waiting = Thread::WAITING;
        let bytes = [
            process(0, &[1, 1], false),
            process(4, &[2, waiting, 1], false),
            process(8, &[1, 1, waiting, 7], true),
        ]
        .concat();
        let table = system_process_information::parse(&bytes, Word::Bits64, 0);
        let processes = table.map(|entry| Ok(entry.expect("an entry").1));
        assert_eq!(ready(processes).expect("threads"), 3);
        assert_eq!(ready(std::iter::empty()).expect("no threads"), 0);
    }
}
