//! What a platform starts from: every question is answered with `Unsupported`.

use std::ffi::OsString;

use crate::sys::{
    Activity, Cpu, Description, Disk, Machine, Memory, Net, ProcessFiles, ProcessMemory, Processes,
    Schedule, Sensors, Services, Users,
};
use crate::{MemoryInfo, Pid, ProcessCpuTimes, Roots};

/// A machine of which nothing can be told yet.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    roots: Roots,
}

impl Machine for Host {
    fn new(roots: Roots) -> Self {
        Self { roots }
    }

    fn roots(&self) -> &Roots {
        &self.roots
    }
}

impl Cpu for Host {}
impl Memory for Host {}
impl Disk for Host {}
impl Net for Host {}
impl Sensors for Host {}
impl Users for Host {}
impl Services for Host {}

/// What is kept of processes: nothing.
#[derive(Default)]
pub(crate) struct Nothing;

impl Processes for Host {
    type Target = ();
    type Handle = ();
    type Scratch = Nothing;
    type Witness = Nothing;
    type Kept = Nothing;
    type Watch = Nothing;

    fn exists(&self, (): &()) -> bool {
        false
    }

    fn zombie_of(&self, (): &()) -> Option<Pid> {
        None
    }
}

impl Description for Host {
    type Environ = Vec<(OsString, OsString)>;
}

impl Activity for Host {
    type CpuTimes = ProcessCpuTimes;
}

impl ProcessMemory for Host {
    type Memory = MemoryInfo;
}

impl ProcessFiles for Host {}
impl Schedule for Host {}
