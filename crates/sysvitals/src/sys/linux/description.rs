//! Who a process is.

use super::Host;
use super::process::Target;
use crate::sys::Description;
use crate::{Pid, ProcessStatus, Result};

impl Description for Host {
    fn ppid(&self, target: &Target) -> Result<Pid> {
        Ok(Pid::new(target.stat()?.facts.ppid))
    }

    fn status(&self, target: &Target) -> Result<ProcessStatus> {
        Ok(match target.stat()?.facts.state {
            b'R' => ProcessStatus::Running,
            b'S' => ProcessStatus::Sleeping,
            b'D' => ProcessStatus::DiskSleep,
            b'T' => ProcessStatus::Stopped,
            b't' => ProcessStatus::TracingStop,
            b'Z' => ProcessStatus::Zombie,
            b'X' | b'x' => ProcessStatus::Dead,
            b'K' => ProcessStatus::WakeKill,
            b'W' => ProcessStatus::Waking,
            b'I' => ProcessStatus::Idle,
            b'P' => ProcessStatus::Parked,
            _ => ProcessStatus::Unknown,
        })
    }
}
