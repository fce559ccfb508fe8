use std::path::PathBuf;

use super::Process;
use crate::net::descriptor;
use crate::record::record;
use crate::sys::ProcessFiles as _;
use crate::{ConnectionKind, ProcessConnection, Result};

/// A regular file that a process has open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OpenFile {
    /// Its path.
    pub path: PathBuf,
    /// Its descriptor; absent on Windows (psutil: -1).
    pub fd: Option<u32>,
    /// Where the next read or write goes. Linux.
    pub position: Option<u64>,
    /// How it was opened: `r`, `w`, `a`, `r+` or `a+`. Linux.
    pub mode: Option<String>,
    /// The flags it was opened with (open(2)). Linux.
    pub flags: Option<u32>,
}

record! { popenfile: OpenFile {
    path: _, fd via descriptor: _, position: Linux, mode: Linux, flags: Linux,
} }

impl Process {
    /// Regular files that it has open.
    pub fn open_files(&self) -> Result<Vec<OpenFile>> {
        self.ask(|host, target| host.open_files(target))
    }

    /// Number of its descriptors.
    pub fn num_fds(&self) -> Result<u32> {
        self.ask(|host, target| host.num_fds(target))
    }

    /// Its sockets.
    pub fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<ProcessConnection>> {
        self.ask(|host, target| host.process_net_connections(target, kind))
    }
}
