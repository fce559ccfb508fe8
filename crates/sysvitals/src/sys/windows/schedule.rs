//! When a process may run, and how much it may take.

use std::path::Path;

use windows_sys::Wdk::System::Threading::ProcessIoPriority;
use windows_sys::Win32::Foundation::ERROR_INVALID_PARAMETER;
use windows_sys::Win32::System::Threading::{
    ABOVE_NORMAL_PRIORITY_CLASS, BELOW_NORMAL_PRIORITY_CLASS, HIGH_PRIORITY_CLASS,
    IDLE_PRIORITY_CLASS, NORMAL_PRIORITY_CLASS, PROCESS_QUERY_LIMITED_INFORMATION,
    PROCESS_SET_INFORMATION, REALTIME_PRIORITY_CLASS,
};

use super::Host;
use super::ffi::{ntdll, schedule as ffi};
use super::process::Target;
use super::win32_error::is_one_of;
use crate::sys::Schedule;
use crate::{Error, IoClass, IoNice, Result};

impl Schedule for Host {
    /// The priority class: one of psutil's `…_PRIORITY_CLASS`.
    fn nice(&self, target: &Target) -> Result<i32> {
        let rights = PROCESS_QUERY_LIMITED_INFORMATION;
        target.ask(rights, "GetPriorityClass", ffi::priority_class).map(|class| class as i32)
    }

    fn set_nice(&self, target: &Target, nice: i32) -> Result<()> {
        let class = priority_class(nice)?;
        target.ask(PROCESS_SET_INFORMATION, "SetPriorityClass", |process| {
            ffi::set_priority_class(process, class)
        })
    }

    fn ionice(&self, target: &Target) -> Result<IoNice> {
        let call = "NtQueryInformationProcess(ProcessIoPriority)";
        let asked = target.ask(PROCESS_QUERY_LIMITED_INFORMATION, call, |process| {
            ntdll::query_number_of_process(process, ProcessIoPriority)
        });
        let priority = match asked {
            // There is nothing else that could be wrong: Wine has no such class.
            Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_INVALID_PARAMETER]) => {
                return Err(Error::Unsupported("ionice"));
            }
            asked => asked?,
        };
        io_class(priority)
            .map(|ioclass| IoNice::new(ioclass, None))
            .map_err(|err| Error::parse(Path::new(call), err))
    }

    fn set_ionice(&self, target: &Target, ionice: IoNice) -> Result<()> {
        let priority = io_priority(ionice)?;
        let call = "NtSetInformationProcess(ProcessIoPriority)";
        target.ask(PROCESS_SET_INFORMATION, call, |process| {
            ntdll::set_number_of_process(process, ProcessIoPriority, priority)
        })
    }

    fn cpu_affinity(&self, target: &Target) -> Result<Vec<u32>> {
        let (own, _) = masks(target)?;
        // Its threads are spread over several groups of 64 CPUs, which the mask of one cannot tell.
        if own == 0 { Err(Error::Unsupported("cpu_affinity")) } else { Ok(cpus(own)) }
    }

    fn eligible_cpus(&self, target: &Target) -> Result<Vec<u32>> {
        let (_, all) = masks(target)?;
        if all == 0 { Err(Error::Unsupported("eligible_cpus")) } else { Ok(cpus(all)) }
    }

    fn set_cpu_affinity(&self, target: &Target, cpus: &[u32]) -> Result<()> {
        let (_, all) = masks(target)?;
        let mask = if cpus.is_empty() { all } else { mask(cpus, all)? };
        target.ask(PROCESS_SET_INFORMATION, "SetProcessAffinityMask", |process| {
            ffi::set_affinity_mask(process, mask)
        })
    }
}

fn masks(target: &Target) -> Result<(usize, usize)> {
    target.ask(PROCESS_QUERY_LIMITED_INFORMATION, "GetProcessAffinityMask", ffi::affinity_masks)
}

fn priority_class(nice: i32) -> Result<u32> {
    let class = nice as u32;
    let known = matches!(
        class,
        ABOVE_NORMAL_PRIORITY_CLASS
            | BELOW_NORMAL_PRIORITY_CLASS
            | HIGH_PRIORITY_CLASS
            | IDLE_PRIORITY_CLASS
            | NORMAL_PRIORITY_CLASS
            | REALTIME_PRIORITY_CLASS
    );
    if known {
        return Ok(class);
    }
    Err(Error::InvalidArgument(format!("{nice} is not a priority class of Windows")))
}

/// From `IO_PRIORITY_HINT` of wdm.h.
fn io_class(priority: u32) -> Result<IoClass, String> {
    Ok(match priority {
        0 => IoClass::VeryLow,
        1 => IoClass::Low,
        2 => IoClass::Normal,
        3 => IoClass::High,
        priority => return Err(format!("I/O priority {priority} is not known")),
    })
}

fn io_priority(ionice: IoNice) -> Result<u32> {
    if ionice.value.is_some_and(|value| value != 0) {
        return Err(Error::InvalidArgument("value argument not accepted on Windows".into()));
    }
    Ok(match ionice.ioclass {
        IoClass::VeryLow => 0,
        IoClass::Low => 1,
        IoClass::Normal => 2,
        IoClass::High => 3,
        class => {
            let why = format!("{class} is not a valid priority");
            return Err(Error::InvalidArgument(why));
        }
    })
}

fn cpus(mask: usize) -> Vec<u32> {
    (0..usize::BITS).filter(|cpu| mask >> cpu & 1 == 1).collect()
}

/// A mask of these CPUs, of those that there are.
fn mask(cpus: &[u32], all: usize) -> Result<usize> {
    let mut mask = 0;
    for &cpu in cpus {
        match 1_usize.checked_shl(cpu) {
            Some(bit) if all & bit != 0 => mask |= bit,
            _ => return Err(Error::InvalidArgument(format!("invalid CPU {cpu}"))),
        }
    }
    Ok(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_are_bits() {
        assert_eq!(cpus(0b1011), [0, 1, 3]);
        assert_eq!(mask(&[3, 0, 1, 3], usize::MAX).ok(), Some(0b1011));
        for wrong in [2, 4, usize::BITS, u32::MAX] {
            let err = mask(&[0, wrong], 0b1011).expect_err("there is none");
            assert_eq!(err.to_string(), format!("invalid CPU {wrong}"));
        }
    }

    #[test]
    fn io_priorities_come_back() {
        for class in [IoClass::VeryLow, IoClass::Low, IoClass::Normal, IoClass::High] {
            let priority = io_priority(IoNice::new(class, Some(0))).expect("a class of Windows");
            assert_eq!(io_class(priority), Ok(class));
        }
        assert!(io_class(4).is_err(), "critical, which processes do not have");
        assert!(io_priority(IoNice::new(IoClass::Normal, Some(1))).is_err());
        assert!(io_priority(IoNice::new(IoClass::BestEffort, None)).is_err());
    }

    #[test]
    fn priority_classes_are_those_of_psutil() {
        for class in [0x8000, 0x4000, 0x80, 0x40, 0x20, 0x100] {
            assert_eq!(priority_class(class).ok(), Some(class as u32));
        }
        assert!(priority_class(0).is_err() && priority_class(-1).is_err());
    }
}
