use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Process;
use crate::record::{names, record};
use crate::sys::{Description as _, Host, Processes};
use crate::{Error, Pid, Result};

/// What a process is doing; psutil's `STATUS_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProcessStatus {
    /// Runs, or is ready to.
    Running,
    /// Waits for something.
    Sleeping,
    /// Waits for a disk, and cannot be interrupted.
    DiskSleep,
    /// Was stopped by a signal.
    Stopped,
    /// Was stopped by a debugger.
    TracingStop,
    /// Has ended and was not reaped.
    Zombie,
    /// Is ending.
    Dead,
    /// Waits, but for a deadly signal. Linux 2.6.33 to 3.13.
    WakeKill,
    /// Is being woken.
    Waking,
    /// A kernel thread without work.
    Idle,
    /// Waits for a lock. FreeBSD.
    Locked,
    /// Waits to run. FreeBSD, SunOS.
    Waiting,
    /// Was suspended. NetBSD.
    Suspended,
    /// A kernel thread that was parked.
    Parked,
    /// A state that this library does not know; psutil says `?`.
    Unknown,
}

names! { ProcessStatus {
    Running => "running",
    Sleeping => "sleeping",
    DiskSleep => "disk-sleep",
    Stopped => "stopped",
    TracingStop => "tracing-stop",
    Zombie => "zombie",
    Dead => "dead",
    WakeKill => "wake-kill",
    Waking => "waking",
    Idle => "idle",
    Locked => "locked",
    Waiting => "waiting",
    Suspended => "suspended",
    Parked => "parked",
    Unknown => "?",
} }

/// User ids of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Uids {
    /// Who started it.
    pub real: u32,
    /// On whose behalf it acts.
    pub effective: u32,
    /// What it may return to; absent on SunOS without the right to see it.
    pub saved: Option<u32>,
}

record! { puids: Uids {
    real: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    effective: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    saved: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
} }

/// Group ids of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Gids {
    /// The group of who started it.
    pub real: u32,
    /// The group for which it acts.
    pub effective: u32,
    /// What it may return to; absent on SunOS without the right to see it.
    pub saved: Option<u32>,
}

record! { pgids: Gids {
    real: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    effective: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    saved: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
} }

impl Process {
    /// Pid of its parent; 0 for none.
    pub fn ppid(&self) -> Result<Pid> {
        self.ask(|host, target| host.ppid(target))
    }

    /// Its name.
    pub fn name(&self) -> Result<OsString> {
        let name = self.ask(super::full_name)?;
        self.remember(&name);
        Ok(name)
    }

    /// Path of its program; `None` where there is none, as for kernel threads.
    pub fn exe(&self) -> Result<Option<PathBuf>> {
        self.ask(exe)
    }

    /// Its command line, as the program may have changed it; empty for kernel threads.
    pub fn cmdline(&self) -> Result<Vec<OsString>> {
        self.ask(|host, target| host.cmdline(target))
    }

    /// Its environment, as it was when it started or as the program changed it in place.
    pub fn environ(&self) -> Result<BTreeMap<OsString, OsString>> {
        self.ask(|host, target| host.environ(target))
    }

    /// When it was started, by the system's clock now.
    pub fn create_time(&self) -> Result<SystemTime> {
        self.ask(|host, target| host.create_time(target))
    }

    /// What it is doing.
    pub fn status(&self) -> Result<ProcessStatus> {
        self.ask(|host, target| host.status(target))
    }

    /// Its working directory; `None` where there is none.
    pub fn cwd(&self) -> Result<Option<PathBuf>> {
        self.ask(|host, target| host.cwd(target))
    }

    /// Name of its real user; the number where no user has it.
    pub fn username(&self) -> Result<OsString> {
        self.ask(|host, target| host.username(target))
    }

    /// Its user ids.
    pub fn uids(&self) -> Result<Uids> {
        self.ask(|host, target| host.uids(target))
    }

    /// Its group ids.
    pub fn gids(&self) -> Result<Gids> {
        self.ask(|host, target| host.gids(target))
    }

    /// The terminal that controls it; `None` for none.
    pub fn terminal(&self) -> Result<Option<PathBuf>> {
        self.ask(|host, target| host.terminal(target))
    }
}

/// The program; where the link to it may not be read, a guess from the command line, which may.
pub(super) fn exe(host: &Host, target: &<Host as Processes>::Target) -> Result<Option<PathBuf>> {
    match host.exe(target) {
        Err(Error::Io { at, source }) if source.kind() == io::ErrorKind::PermissionDenied => {
            match host.exe_from_cmdline(target) {
                Ok(Some(guess)) => Ok(Some(guess)),
                _ => Err(Error::Io { at, source }),
            }
        }
        answer => answer,
    }
}
