//! Every process of one moment, in one call.

use std::path::Path;

use sysvitals_parse::windows::system_process_information::{self, Process};
use windows_sys::Wdk::System::SystemInformation::SystemProcessInformation;

use super::ffi::{AlignedBuffer, ntdll};
use super::{Host, WORD, buffer};
use crate::{Error, Pid, Result};

pub(super) const CALL: &str = "NtQuerySystemInformation(SystemProcessInformation)";

/// Room for some 300 processes with 4000 threads.
const START: usize = 512 << 10;

/// What the system tells of every process at one moment.
pub(super) struct Table {
    bytes: AlignedBuffer,
    /// Where the entry of each is, by pid.
    entries: Vec<(Pid, usize)>,
}

impl Table {
    pub(super) fn pids(&self) -> impl Iterator<Item = Pid> {
        self.entries.iter().map(|&(pid, _)| pid)
    }

    /// What it tells of one; `None` if no process has the pid.
    pub(super) fn get(&self, pid: Pid) -> Result<Option<Process<'_>>> {
        let Ok(found) = self.entries.binary_search_by_key(&pid, |&(pid, _)| pid) else {
            return Ok(None);
        };
        self.entries.get(found).map(|&(_, at)| self.entry(at)).transpose()
    }

    /// All of them, by pid.
    pub(super) fn processes(&self) -> impl Iterator<Item = Result<Process<'_>>> {
        self.entries.iter().map(|&(_, at)| self.entry(at))
    }

    fn entry(&self, at: usize) -> Result<Process<'_>> {
        let (bytes, address) = (self.bytes.bytes(), self.bytes.address());
        system_process_information::parse_at(bytes, WORD, address, at)
            .map_err(|err| Error::parse(Path::new(CALL), err))
    }
}

impl Host {
    /// Every process, now.
    pub(super) fn table(&self) -> Result<Table> {
        let (bytes, ()) = buffer::grow(CALL, START, |bytes, length| {
            ntdll::query_system_information(SystemProcessInformation, bytes, length)
        })?;
        let mut entries = Vec::new();
        for process in system_process_information::parse(bytes.bytes(), WORD, bytes.address()) {
            let (at, process) = process.map_err(|err| Error::parse(Path::new(CALL), err))?;
            if let Ok(pid) = u32::try_from(process.pid) {
                entries.push((Pid::new(pid), at));
            }
        }
        entries.sort_unstable();
        Ok(Table { bytes, entries })
    }
}
