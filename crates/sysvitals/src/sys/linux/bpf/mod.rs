//! Tables that the kernel writes itself: programs of ours, which it checks and then runs.

mod load;
mod rows;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::io::Errno;
use sysvitals_parse::linux::bpf::{process, socket};

use super::socket_owners::Descriptor;
use super::{Host, ffi, net_connections};
use crate::os::linux::bpf::Unavailable;
use crate::{Connection, ConnectionKind, Error, Fields, Pid, Result, Row};

/// Our programs, loaded.
pub(crate) struct Programs {
    host: Host,
    processes: OwnedFd,
    sockets: OwnedFd,
}

/// The program for the kernel that runs, or the one for older ones.
const PROCESSES: &[&[u8]] = &[b"iter/task", b"iter/task/followed"];

impl Programs {
    /// What the table of processes tells.
    pub(crate) const FIELDS: Fields = Fields::NAME
        .union(Fields::CREATE_TIME)
        .union(Fields::USERNAME)
        .union(Fields::UIDS)
        .union(Fields::GIDS)
        .union(Fields::TERMINAL)
        .union(Fields::NICE)
        .union(Fields::CPU_TIMES)
        .union(Fields::CPU_NUM)
        .union(Fields::NUM_THREADS)
        .union(Fields::NUM_CTX_SWITCHES)
        .union(Fields::MEMORY)
        .union(Fields::PAGE_FAULTS);

    pub(crate) fn load(host: &Host) -> Result<Self, Unavailable> {
        let [processes, sockets] = load::all(host, [PROCESSES, &[b"iter/task_file"]])?;
        Ok(Self { host: host.clone(), processes, sockets })
    }

    /// A row of every process in the caller's pid namespace, by pid.
    pub(crate) fn rows(&self, fields: Fields, rows: &mut Vec<Row>) -> Result<()> {
        rows.clear();
        let told = rows::Telling::new(&self.host, fields);
        read(&self.processes, process::SIZE, |record| {
            let process = process::parse(record).map_err(|err| unreadable("processes", err))?;
            rows.push(told.row(&process));
            Ok(())
        })?;
        // The kernel goes from number to number.
        rows.sort_by_key(Row::pid);
        rows.dedup_by_key(|row| row.pid());
        Ok(())
    }

    /// The sockets in the caller's network namespace.
    pub(crate) fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
        net_connections::of_owned(&self.host, kind, |owners| owners.hear(|see| self.tell(see)))
    }

    /// Tells of the descriptors that are sockets, of every process in the caller's pid namespace.
    fn tell(&self, see: &mut dyn FnMut(Descriptor)) -> Result<()> {
        read(&self.sockets, socket::SIZE, |record| {
            let socket = socket::parse(record).map_err(|err| unreadable("sockets", err))?;
            let (inode, pid, fd) = (socket.inode, Pid::new(socket.pid), socket.fd);
            see(Descriptor { inode, pid, fd });
            Ok(())
        })
    }
}

fn unreadable(what: &str, err: sysvitals_parse::ParseError) -> Error {
    Error::parse(format!("BPF iterator of {what}"), err)
}

/// Runs a program from the first object to the last, and hands on each record that it writes.
fn read(link: &OwnedFd, size: usize, mut see: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let failed = |what: &str, err: io::Error| Error::io(format!("{what} a BPF iterator"), err);
    let iterator = ffi::bpf::open_iterator(link.as_fd()).map_err(|err| failed("opening", err))?;
    // What one read gives: eight pages of 4 KiB, or of 64.
    let mut buffer = vec![0; 64 << 10];
    let mut held = 0;
    loop {
        let room = buffer.get_mut(held..).unwrap_or_default();
        match rustix::io::read(&iterator, room) {
            Ok(0) => return Ok(()),
            Ok(count) => held += count,
            // A million objects in a row had nothing to tell.
            Err(Errno::AGAIN | Errno::INTR) => continue,
            Err(err) => return Err(failed("reading", err.into())),
        }
        let bytes = buffer.get(..held).unwrap_or_default();
        let whole = bytes.chunks_exact(size);
        let rest = whole.remainder().len();
        for record in whole {
            see(record)?;
        }
        buffer.copy_within(held - rest..held, 0);
        held = rest;
    }
}
