//! When a process may run, and how much it may take.

use std::io;

use rustix::process::{Pid, Resource as Number};
use sysvitals_parse::ParseError;
use sysvitals_parse::linux::pid::limits::{self, Limit};
use sysvitals_parse::linux::pid::status;
use sysvitals_parse::linux::{cpulist, stat};

use super::Host;
use super::ffi::schedule::{self as ffi, Rlimit64, UNLIMITED};
use super::process::Target;
use crate::sys::{Machine as _, Schedule};
use crate::{Error, IoClass, IoNice, Resource, ResourceLimit, Result};

/// Far more than any Linux has CPUs (`CONFIG_NR_CPUS` is 8192 at most).
const CPU_BOUND: u32 = 1 << 16;

/// A set of CPUs as system calls take it, a bit each.
type Mask = Vec<libc::c_ulong>;

impl Schedule for Host {
    /// From `stat`, which is the process's own; getpriority(2) takes a pid.
    fn nice(&self, target: &Target) -> Result<i32> {
        Ok(target.stat()?.facts.nice)
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

    /// From `limits`, which is the process's own and open to all; prlimit(2) is neither.
    fn rlimit(&self, target: &Target, resource: Resource) -> Result<ResourceLimit> {
        let absent = || Error::Unsupported(resource.as_str());
        let (name, _) = limited(resource).ok_or_else(absent)?;
        target.read("limits", |bytes| limit_called(name, bytes))?.ok_or_else(absent)
    }

    fn set_rlimit(&self, target: &Target, resource: Resource, limit: ResourceLimit) -> Result<()> {
        let (_, number) = limited(resource).ok_or(Error::Unsupported(resource.as_str()))?;
        let number = number as u32;
        let limit = rlimit64(limit)?;
        target.by_pid("set_rlimit", |pid| ffi::prlimit(raw(pid), number, limit))
    }

    fn cpu_affinity(&self, target: &Target) -> Result<Vec<u32>> {
        if !self.is_live() {
            return self.eligible_cpus(target);
        }
        let mask = target.by_pid("cpu_affinity", |pid| affinity(raw(pid)))?;
        Ok(cpus_in(&mask))
    }

    fn eligible_cpus(&self, target: &Target) -> Result<Vec<u32>> {
        let cpus = target.read("status", |bytes| {
            status::parse(bytes)?.cpus_allowed_list.map(listed).transpose()
        })?;
        cpus.ok_or(Error::Unsupported("eligible_cpus"))
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
fn affinity(pid: i32) -> io::Result<Mask> {
    let mut mask = empty_mask(1024);
    loop {
        match ffi::sched_getaffinity(pid, &mut mask) {
            Err(err) if err.raw_os_error() == Some(libc::EINVAL) && bits(&mask) < CPU_BOUND => {
                mask = empty_mask(bits(&mask) * 2);
            }
            Err(err) => return Err(err),
            Ok(()) => return Ok(mask),
        }
    }
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
    let is_set = |cpu: &u32| {
        let word = mask.get((cpu / libc::c_ulong::BITS) as usize);
        word.is_some_and(|word| word >> (cpu % libc::c_ulong::BITS) & 1 == 1)
    };
    (0..bits(mask)).filter(is_set).collect()
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
    stat::parse(bytes)?.cpus().map(|cpu| Ok(cpu?.number)).collect()
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
