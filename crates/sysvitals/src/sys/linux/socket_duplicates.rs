//! The sockets of a process, asked themselves: through duplicates of its descriptors, so that it does
//! not matter how many others there are.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::io::Errno;
use rustix::net::{AddressFamily as Domain, SocketFlags, SocketType};
use rustix::process::{PidfdFlags, PidfdGetfdFlags};
use sysvitals_parse::linux::sockaddr::{self, Endpoint};
use sysvitals_parse::linux::unix_diag;

use super::ffi::sockets as ffi;
use super::net_connections::{Tables, address, descriptors, status, unix_kind};
use super::socket_owners::Descriptor;
use super::target::Target;
use crate::{
    AddressFamily, ConnectionKind, ConnectionStatus, ProcessConnection, Result, SocketAddress,
    SocketKind,
};

/// What a socket tells.
#[derive(Debug)]
enum Told {
    /// What its row in this table would.
    Row(Tables, ProcessConnection),
    /// It is in none of the tables: it is of another kind, namespace or file, or was closed.
    Unlisted,
    /// The tables know better, or nothing can be asked.
    Doubt,
}

/// The sockets of a process as [`of_process`](super::net_connections::of_process) tells them, but in
/// the order of their numbers within a table; `None` if that cannot be known for certain.
pub(super) fn of_process(
    target: &Target,
    kind: ConnectionKind,
) -> Result<Option<Vec<ProcessConnection>>> {
    if !target.host().is_here(&target.path("ns/net")) {
        return Ok(None);
    }
    let found = descriptors(target)?;
    if found.is_empty() {
        target.still_there("listing the descriptors of")?;
        return Ok(Some(Vec::new()));
    }
    let Some(rows) = Asked::new(target).and_then(|asked| asked.rows(found, kind)) else {
        return Ok(None);
    };
    target.still_there("asking the sockets of")?;
    Ok(Some(rows))
}

/// Who is asked.
pub(super) struct Asked {
    /// `None` for ourselves: our descriptors need no duplicates.
    pidfd: Option<OwnedFd>,
    /// The network namespace whose sockets are told.
    namespace: u64,
}

impl Asked {
    fn new(target: &Target) -> Option<Self> {
        let pid = target.live_pid("duplicates").ok()?;
        if pid == rustix::process::getpid() {
            return Self::by(None);
        }
        let pidfd = match target.held_pidfd() {
            Some(held) => held.try_clone_to_owned().ok()?,
            None => rustix::process::pidfd_open(pid, PidfdFlags::empty()).ok()?,
        };
        // If it is there, it had its pid when that was asked for.
        target.still_there("pidfd_open of").ok()?;
        Self::by(Some(pidfd))
    }

    pub(super) fn by(pidfd: Option<OwnedFd>) -> Option<Self> {
        let flags = SocketFlags::CLOEXEC;
        let ours = rustix::net::socket_with(Domain::UNIX, SocketType::DGRAM, flags, None).ok()?;
        let namespace = ffi::netns_cookie(ours.as_raw_fd()).ok()?;
        Some(Self { pidfd, namespace })
    }

    /// The rows of these descriptors; `None` if one of them is in doubt.
    pub(super) fn rows(
        &self,
        found: Vec<Descriptor>,
        kind: ConnectionKind,
    ) -> Option<Vec<ProcessConnection>> {
        let mut rows: Vec<(Tables, ProcessConnection)> = Vec::with_capacity(found.len());
        // Of each socket its row, if it has one.
        let mut known: HashMap<u64, Option<usize>> = HashMap::with_capacity(found.len());
        for descriptor in found {
            match known.get(&descriptor.inode) {
                // A unix socket has a row for each descriptor.
                Some(&Some(at)) => {
                    if let Some((Tables::UNIX, row)) = rows.get(at) {
                        let row = ProcessConnection { fd: Some(descriptor.fd), ..row.clone() };
                        rows.push((Tables::UNIX, row));
                    }
                }
                Some(None) => {}
                None => {
                    let at = match self.ask(descriptor.fd) {
                        Told::Row(table, row) => {
                            rows.push((table, row));
                            Some(rows.len() - 1)
                        }
                        Told::Unlisted => None,
                        Told::Doubt => return None,
                    };
                    known.insert(descriptor.inode, at);
                }
            }
        }
        let tables = Tables::of(kind);
        rows.retain(|(table, _)| tables.contains(*table));
        rows.sort_by_key(|(table, _)| table.bits());
        Some(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// What the socket of this number tells. A duplicate lives as long as it is asked.
    fn ask(&self, fd: u32) -> Told {
        let Ok(fd) = RawFd::try_from(fd) else { return Told::Unlisted };
        let answer = match &self.pidfd {
            None => self.tell(fd, fd),
            Some(pidfd) => {
                let flags = PidfdGetfdFlags::empty();
                match rustix::process::pidfd_getfd(pidfd, fd, flags) {
                    Ok(duplicate) => self.tell(duplicate.as_raw_fd(), fd),
                    Err(err) => Err(err.into()),
                }
            }
        };
        answer.unwrap_or_else(|err| match Errno::from_io_error(&err) {
            // Closed since, or given to something that is no socket.
            Some(Errno::BADF | Errno::NOTSOCK) => Told::Unlisted,
            _ => Told::Doubt,
        })
    }

    /// What a socket tells that is called `fd` by the process.
    fn tell(&self, socket: RawFd, fd: RawFd) -> io::Result<Told> {
        const IPPROTO_SMC: i32 = 256;
        if ffi::netns_cookie(socket)? != self.namespace {
            return Ok(Told::Unlisted);
        }
        let local = ffi::getsockname(socket)?;
        let local = match sockaddr::endpoint(local.bytes()) {
            Ok(Endpoint::Inet(local)) => local,
            Ok(Endpoint::Unix(name)) => {
                let Some(kind) = unix_kind(ffi::kind(socket)?) else { return Ok(Told::Unlisted) };
                let path = OsStr::from_bytes(&unix_diag::path(name)).to_owned();
                return Ok(Told::Row(Tables::UNIX, unix_row(kind, path, fd)));
            }
            Ok(Endpoint::Other(_)) => return Ok(Told::Unlisted),
            Err(_) => return Ok(Told::Doubt),
        };
        let (family, tcp, udp) = if local.is_ipv4() {
            (AddressFamily::Inet, Tables::TCP4, Tables::UDP4)
        } else {
            (AddressFamily::Inet6, Tables::TCP6, Tables::UDP6)
        };
        let (table, kind, remote, status) = match ffi::protocol(socket)? {
            libc::IPPROTO_TCP => {
                let remote = remote(socket)?;
                // What it was when all else was known: a connection that ended meanwhile is in no table.
                let state = match ffi::tcp_state(socket) {
                    Ok(state) => status(state),
                    Err(err) if is_no_tcp(&err) => return Ok(Told::Unlisted),
                    Err(err) => return Err(err),
                };
                match (state, &remote) {
                    (ConnectionStatus::Close, _) => return Ok(Told::Unlisted),
                    (ConnectionStatus::Listen, _) => {
                        (tcp, SocketKind::Stream, SocketAddress::None, state)
                    }
                    // To whom it wants to speak getpeername(2) does not tell.
                    (_, SocketAddress::None) => return Ok(Told::Doubt),
                    _ => (tcp, SocketKind::Stream, remote, state),
                }
            }
            libc::IPPROTO_UDP if ffi::kind(socket)? == libc::SOCK_DGRAM => {
                // Without a port it is in no table.
                if local.port() == 0 {
                    return Ok(Told::Unlisted);
                }
                (udp, SocketKind::Datagram, remote(socket)?, ConnectionStatus::None)
            }
            // Of MPTCP all connections are told that one is made of, and each listens through one.
            libc::IPPROTO_MPTCP => match ffi::tcp_state(socket).map(status) {
                Ok(ConnectionStatus::Listen) => {
                    let status = ConnectionStatus::Listen;
                    (tcp, SocketKind::Stream, SocketAddress::None, status)
                }
                _ => return Ok(Told::Doubt),
            },
            IPPROTO_SMC => return Ok(Told::Doubt),
            _ => return Ok(Told::Unlisted),
        };
        let (fd, laddr, raddr) = (u32::try_from(fd).ok(), address(local), remote);
        Ok(Told::Row(table, ProcessConnection { fd, family, kind, laddr, raddr, status }))
    }
}

fn unix_row(kind: SocketKind, path: OsString, fd: RawFd) -> ProcessConnection {
    ProcessConnection {
        fd: u32::try_from(fd).ok(),
        family: AddressFamily::Unix,
        kind,
        laddr: SocketAddress::Unix(path),
        raddr: SocketAddress::Unix(OsString::new()),
        status: ConnectionStatus::None,
    }
}

/// The other end, if there is one.
fn remote(socket: RawFd) -> io::Result<SocketAddress> {
    match ffi::getpeername(socket) {
        Ok(remote) => match sockaddr::endpoint(remote.bytes()) {
            Ok(Endpoint::Inet(remote)) => Ok(address(remote)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        },
        Err(err) if Errno::from_io_error(&err) == Some(Errno::NOTCONN) => Ok(SocketAddress::None),
        Err(err) => Err(err),
    }
}

/// Whether a socket has no such option: one of IP packets that carry TCP.
fn is_no_tcp(err: &io::Error) -> bool {
    matches!(Errno::from_io_error(err), Some(Errno::NOPROTOOPT | Errno::OPNOTSUPP))
}
