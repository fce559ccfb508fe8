//! When a process may run, and how much it may take.

use std::io;

use rustix::process::{Pid, Resource as Number};
use sysvitals_parse::ParseError;
use sysvitals_parse::linux::pid::limits::{self, Limit};
use sysvitals_parse::linux::pid::status;
use sysvitals_parse::linux::{cpulist, stat};

use super::Host;
use super::ffi::schedule::{self as ffi, Rlimit64, UNLIMITED};
use super::target::Target;
use crate::sys::{Machine as _, Schedule};
use crate::{Error, IoClass, IoNice, Resource, ResourceLimit, Result};

/// Far more than any Linux has CPUs (`CONFIG_NR_CPUS` is 8192 at most).
const CPU_BOUND: u32 = 1 << 16;

/// A set of CPUs as system calls take it, a bit each.
type Mask = Vec<libc::c_ulong>;

impl Schedule for Host {
    #[inline]
    fn resource_number(resource: Resource) -> Option<u32> {
        limited(resource).map(|(_, number)| number as u32)
    }

    /// From `stat`, where that was read already; getpriority(2) costs a tenth of it.
    fn nice(&self, target: &Target) -> Result<i32> {
        if target.has_stat() || !self.is_live() {
            return Ok(target.stat()?.facts.nice);
        }
        target.by_pid("nice", |pid| Ok(rustix::process::getpriority_process(Some(pid))?))
    }

    fn set_nice(&self, target: &Target, nice: i32) -> Result<()> {
        target.by_pid("set_nice", |pid| Ok(rustix::process::setpriority_process(Some(pid), nice)?))
    }

    fn ionice(&self, target: &Target) -> Result<IoNice> {
        let priority = target.by_pid("ionice", |pid| ffi::ioprio_get(raw(pid)))?;
        io_nice(priority).map_err(|err| Error::parse("ioprio_get", err))
    }

    fn set_ionice(&self, target: &Target, ionice: IoNice) -> Result<()> {
        let priority = io_priority(ionice)?;
        target.by_pid("set_ionice", |pid| ffi::ioprio_set(raw(pid), priority))
    }

    /// By prlimit(2), which tells of one's own processes only, or from `limits`, which costs more.
    fn rlimit(&self, target: &Target, resource: Resource) -> Result<ResourceLimit> {
        let absent = || Error::Unsupported(resource.as_str());
        let (name, number) = limited(resource).ok_or_else(absent)?;
        if self.is_live() {
            let limit = target.by_pid("rlimit", |pid| ffi::prlimit_get(raw(pid), number as u32));
            if let Ok(Rlimit64 { soft, hard }) = limit {
                let bounded = |limit| Some(limit).filter(|&limit| limit != UNLIMITED);
                return Ok(ResourceLimit { soft: bounded(soft), hard: bounded(hard) });
            }
        }
        target.read_record("limits", |bytes| limit_called(name, bytes))?.ok_or_else(absent)
    }

    fn set_rlimit(&self, target: &Target, resource: Resource, limit: ResourceLimit) -> Result<()> {
        let (_, number) = limited(resource).ok_or(Error::Unsupported(resource.as_str()))?;
        let number = number as u32;
        let limit = rlimit64(limit)?;
        target.by_pid("set_rlimit", |pid| ffi::prlimit(raw(pid), number, limit))
    }

    fn cpu_affinity(&self, target: &Target) -> Result<Vec<u32>> {
        if !self.is_live() {
            return allowed(target)?.ok_or(Error::Unsupported("cpu_affinity"));
        }
        target.by_pid("cpu_affinity", |pid| affinity(raw(pid)))
    }

    fn eligible_cpus(&self, target: &Target) -> Result<Vec<u32>> {
        match allowed(target)? {
            Some(cpus) => Ok(cpus),
            None => self.proc("stat", online),
        }
    }

    fn set_cpu_affinity(&self, target: &Target, cpus: &[u32]) -> Result<()> {
        let set = target.by_pid("set_cpu_affinity", |pid| match mask(cpus) {
            Some(mask) => ffi::sched_setaffinity(raw(pid), &mask),
            None => Err(io::Error::from_raw_os_error(libc::EINVAL)),
        });
        match set {
            Err(Error::Io { source, at }) if source.raw_os_error() == Some(libc::EINVAL) => {
                let online = self.proc("stat", online)?;
                match refusal(cpus, &online, &self.eligible_cpus(target)?) {
                    Some(why) => Err(Error::InvalidArgument(why)),
                    // It can be given to no other CPU, as some kernel threads.
                    None => Err(Error::Io { source, at }),
                }
            }
            answer => answer,
        }
    }
}

fn raw(pid: Pid) -> i32 {
    pid.as_raw_nonzero().get()
}

/// From `IOPRIO_PRIO_VALUE` of `linux/ioprio.h`: the class from bit 13 on, the level in the lowest
/// three, and hints in between (Linux 6.5).
fn io_nice(priority: u32) -> Result<IoNice, String> {
    let ioclass = match priority >> 13 {
        0 => IoClass::None,
        1 => IoClass::RealTime,
        2 => IoClass::BestEffort,
        3 => IoClass::Idle,
        class => return Err(format!("I/O class {class} is not known")),
    };
    Ok(IoNice::new(ioclass, u8::try_from(priority & 7).ok()))
}

fn io_priority(ionice: IoNice) -> Result<u32> {
    let invalid = |why: String| Err(Error::InvalidArgument(why));
    let value = ionice.value.unwrap_or(0);
    let class = match ionice.ioclass {
        IoClass::None => 0,
        IoClass::RealTime => 1,
        IoClass::BestEffort => 2,
        IoClass::Idle => 3,
        class => return invalid(format!("{class} is no ioclass of this system")),
    };
    if value != 0 && matches!(ionice.ioclass, IoClass::None | IoClass::Idle) {
        return invalid(format!("{} ioclass accepts no value", ionice.ioclass));
    }
    if value > 7 {
        return invalid("value not in 0-7 range".into());
    }
    Ok(class << 13 | u32::from(value))
}

/// What `limits` calls a resource, and its number; `None` if Linux does not limit it.
#[inline]
fn limited(resource: Resource) -> Option<(&'static [u8], Number)> {
    Some(match resource {
        Resource::AddressSpace => (b"Max address space", Number::As),
        Resource::Core => (b"Max core file size", Number::Core),
        Resource::Cpu => (b"Max cpu time", Number::Cpu),
        Resource::Data => (b"Max data size", Number::Data),
        Resource::FileSize => (b"Max file size", Number::Fsize),
        Resource::Locks => (b"Max file locks", Number::Locks),
        Resource::MemLock => (b"Max locked memory", Number::Memlock),
        Resource::MsgQueue => (b"Max msgqueue size", Number::Msgqueue),
        Resource::Nice => (b"Max nice priority", Number::Nice),
        Resource::NoFile => (b"Max open files", Number::Nofile),
        Resource::NProc => (b"Max processes", Number::Nproc),
        Resource::Rss => (b"Max resident set", Number::Rss),
        Resource::RtPriority => (b"Max realtime priority", Number::Rtprio),
        Resource::RtTime => (b"Max realtime timeout", Number::Rttime),
        Resource::SigPending => (b"Max pending signals", Number::Sigpending),
        Resource::Stack => (b"Max stack size", Number::Stack),
        Resource::PseudoTerminals | Resource::SocketBuffers | Resource::Swap => return None,
    })
}

/// The line of `limits` with this name.
fn limit_called(name: &[u8], bytes: &[u8]) -> Result<Option<ResourceLimit>, ParseError> {
    let value = |limit| match limit {
        Limit::Unlimited => None,
        Limit::Value(value) => Some(value),
    };
    for entry in limits::parse(bytes) {
        let entry = entry?;
        if entry.name == name {
            return Ok(Some(ResourceLimit { soft: value(entry.soft), hard: value(entry.hard) }));
        }
    }
    Ok(None)
}

fn rlimit64(limit: ResourceLimit) -> Result<Rlimit64> {
    let soft = limit.soft.unwrap_or(UNLIMITED);
    let hard = limit.hard.unwrap_or(UNLIMITED);
    if soft > hard {
        return Err(Error::InvalidArgument("current limit exceeds maximum limit".into()));
    }
    Ok(Rlimit64 { soft, hard })
}

/// Asks with ever larger masks, until one has room for all CPUs that the kernel may have.
fn affinity(pid: i32) -> io::Result<Vec<u32>> {
    // As many as most kernels know of at most.
    let mut few = [0; 1024 / libc::c_ulong::BITS as usize];
    let mut asked = ffi::sched_getaffinity(pid, &mut few).map(|()| cpus_in(&few));
    let mut room = bits(&few);
    while matches!(&asked, Err(err) if err.raw_os_error() == Some(libc::EINVAL)) && room < CPU_BOUND
    {
        room *= 2;
        let mut mask = empty_mask(room);
        asked = ffi::sched_getaffinity(pid, &mut mask).map(|()| cpus_in(&mask));
    }
    asked
}

fn empty_mask(cpus: u32) -> Mask {
    vec![0; cpus.div_ceil(libc::c_ulong::BITS) as usize]
}

fn bits(mask: &[libc::c_ulong]) -> u32 {
    u32::try_from(mask.len()).unwrap_or(u32::MAX).saturating_mul(libc::c_ulong::BITS)
}

/// A mask of these CPUs, or of all; `None` if no mask has room for one of them.
///
/// With all bits set the kernel takes those that the process may have (cpuset(7)).
fn mask(cpus: &[u32]) -> Option<Mask> {
    let Some(last) = cpus.iter().max() else { return Some(vec![libc::c_ulong::MAX; 1024]) };
    if *last >= CPU_BOUND {
        return None;
    }
    let mut mask = empty_mask(last + 1);
    for cpu in cpus {
        if let Some(word) = mask.get_mut((cpu / libc::c_ulong::BITS) as usize) {
            *word |= 1 << (cpu % libc::c_ulong::BITS);
        }
    }
    Some(mask)
}

fn cpus_in(mask: &[libc::c_ulong]) -> Vec<u32> {
    let count: u32 = mask.iter().map(|word| word.count_ones()).sum();
    let mut cpus = Vec::with_capacity(count as usize);
    for (first, &word) in (0..).step_by(libc::c_ulong::BITS as usize).zip(mask) {
        let mut left = word;
        while left != 0 {
            cpus.push(first + left.trailing_zeros());
            left &= left - 1;
        }
    }
    cpus
}

/// `Cpus_allowed_list` of `status`; `None` before Linux 2.6.26.
fn allowed(target: &Target) -> Result<Option<Vec<u32>>> {
    target.read_record("status", |bytes| {
        status::parse(bytes)?.cpus_allowed_list.map(listed).transpose()
    })
}

/// The CPUs of a list such as `0-3,8-11`.
fn listed(list: &[u8]) -> Result<Vec<u32>, ParseError> {
    let mut cpus = Vec::new();
    for cpu in cpulist::cpus(list) {
        match cpu? {
            cpu if cpu < CPU_BOUND => cpus.push(cpu),
            _ => return Err(ParseError::new("Cpus_allowed_list", list)),
        }
    }
    Ok(cpus)
}

/// The CPUs that are online, from the system's `stat`.
fn online(bytes: &[u8]) -> Result<Vec<u32>, ParseError> {
    stat::cpus(bytes).map(|cpu| Ok(cpu?.number)).collect()
}

/// Why the kernel takes none of these CPUs, in psutil's words.
fn refusal(cpus: &[u32], online: &[u32], eligible: &[u32]) -> Option<String> {
    cpus.iter().find_map(|cpu| {
        if !online.contains(cpu) {
            Some(format!("invalid CPU {cpu}; choose between {online:?}"))
        } else if !eligible.contains(cpu) {
            Some(format!("CPU number {cpu} is not eligible; choose between {eligible:?}"))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;
    use crate::System;

    #[test]
    fn io_priorities_are_class_and_level() {
        let check = |bits, class, level| {
            assert_eq!(io_nice(bits), Ok(IoNice::new(class, Some(level))));
        };
        check(0, IoClass::None, 0);
        check(1 << 13 | 4, IoClass::RealTime, 4);
        check(2 << 13 | 7, IoClass::BestEffort, 7);
        check(3 << 13, IoClass::Idle, 0);
        check(2 << 13 | 1 << 3 | 5, IoClass::BestEffort, 5);
        assert!(io_nice(7 << 13).is_err());
    }

    #[test]
    fn io_priorities_that_cannot_be_are_refused() {
        let bits = |class, value| io_priority(IoNice::new(class, value)).ok();
        assert_eq!(bits(IoClass::BestEffort, Some(7)), Some(2 << 13 | 7));
        assert_eq!(bits(IoClass::RealTime, None), Some(1 << 13));
        assert_eq!(bits(IoClass::Idle, Some(0)), Some(3 << 13));
        let why = |class, value| {
            io_priority(IoNice::new(class, value)).expect_err("it cannot be").to_string()
        };
        assert!(why(IoClass::BestEffort, Some(8)).contains("value not in 0-7 range"));
        assert!(why(IoClass::Idle, Some(1)).contains("IOPRIO_CLASS_IDLE ioclass accepts no value"));
        assert!(why(IoClass::None, Some(1)).contains("accepts no value"));
        assert!(why(IoClass::VeryLow, None).contains("IOPRIO_VERYLOW"));
    }

    #[test]
    fn limits_are_ordered() {
        let check = |soft, hard| rlimit64(ResourceLimit { soft, hard }).is_ok();
        assert!(check(Some(1), Some(1)) && check(Some(1), None) && check(None, None));
        assert!(!check(Some(2), Some(1)) && !check(None, Some(1)));
    }

    #[test]
    fn masks_have_a_bit_for_each_cpu() {
        let read_back = |cpus: &[u32]| cpus_in(&mask(cpus).expect("room for all"));
        assert_eq!(read_back(&[3, 0, 3]), [0, 3]);
        assert_eq!(read_back(&[1023, 1024, 8191]), [1023, 1024, 8191]);
        assert_eq!(read_back(&[]).len(), 1024 * libc::c_ulong::BITS as usize);
        assert_eq!(mask(&[0, u32::MAX]), None);
    }

    #[test]
    fn lists_are_read_whole() {
        let check = |list: &[u8], want: &[u32]| assert_eq!(listed(list).as_deref(), Ok(want));
        check(b"0-3,8-11", &[0, 1, 2, 3, 8, 9, 10, 11]);
        check(b"0", &[0]);
        check(b"0,2", &[0, 2]);
        assert!(listed(b"0-4294967295").is_err(), "it would fill the memory");
    }

    #[test]
    fn a_refusal_names_the_cpu() {
        let why = |cpus: &[u32]| refusal(cpus, &[0, 1, 2], &[0, 1]);
        assert_eq!(why(&[0, 999]).as_deref(), Some("invalid CPU 999; choose between [0, 1, 2]"));
        assert_eq!(
            why(&[2]).as_deref(),
            Some("CPU number 2 is not eligible; choose between [0, 1]")
        );
        assert_eq!(why(&[0, 1]), None);
    }

    #[test]
    fn a_recording_tells_what_its_files_tell() {
        let recording =
            Recording::new().file("proc/stat", "cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu2 1 2 3 4\n").file(
                "proc/42/limits",
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max open files            1024                 unlimited            files     \n",
            );
        let process = recording.process();
        assert_eq!(process.nice().expect("it stands in stat"), -5);
        let limit = process.rlimit(Resource::NoFile).expect("it stands in limits");
        assert_eq!(limit, ResourceLimit { soft: Some(1024), hard: None });
        assert!(matches!(process.rlimit(Resource::Core), Err(Error::Unsupported("RLIMIT_CORE"))));
        assert!(matches!(process.rlimit(Resource::Swap), Err(Error::Unsupported("RLIMIT_SWAP"))));

        // Linux 2.6.25 tells no list.
        let recording = recording.file("proc/42/status", Recording::STATUS);
        assert_eq!(process.eligible_cpus().expect("the system's"), [0, 2]);
        assert!(matches!(process.cpu_affinity(), Err(Error::Unsupported("cpu_affinity"))));
        let list = format!("{}Cpus_allowed_list:\t1,3-4\n", Recording::STATUS);
        let _recording = recording.file("proc/42/status", list);
        assert_eq!(process.eligible_cpus().expect("its own"), [1, 3, 4]);
        assert_eq!(process.cpu_affinity().expect("its own"), [1, 3, 4]);
    }

    #[test]
    fn no_process_of_the_host_answers_for_a_recording() {
        let recording = Recording::new();
        let process = recording.process();
        let unlimited = ResourceLimit { soft: None, hard: None };
        let refused = [
            process.ionice().map(drop),
            process.set_nice(0),
            process.set_ionice(IoNice::new(IoClass::Idle, None)),
            process.set_rlimit(Resource::Core, unlimited),
            process.set_cpu_affinity(&[0]),
            process.set_cpu_affinity(&[u32::MAX]),
        ];
        for answer in refused {
            assert!(matches!(answer, Err(Error::Unsupported(_))), "{answer:?}");
        }
    }

    #[test]
    fn impossible_cpus_are_refused_before_the_kernel_is_asked() {
        let process = System::host().process(crate::Pid::current()).expect("ourselves");
        let err = process.set_cpu_affinity(&[u32::MAX]).expect_err("no such CPU").to_string();
        assert!(err.contains("invalid CPU 4294967295; choose between [0"), "{err}");
    }
}
