//! The sockets of a process, asked themselves, so that it does not matter how many others there are:
//! those of another process through duplicates of its descriptors.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::io::Errno;
use rustix::net::{AddressFamily as Domain, SocketFlags, SocketType};
use rustix::process::{PidfdFlags, PidfdGetfdFlags};
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::sockaddr::{self, Endpoint};
use sysvitals_parse::linux::{inet_diag, unix_diag};

use super::ffi::sockets as ffi;
use super::net_connections::{Tables, address, descriptors, status, unix_kind};
use super::sock_diag::{Module, SockDiag};
use super::socket_owners::Descriptor;
use super::target::Target;
use crate::sys::Machine as _;
use crate::{
    AddressFamily, ConnectionKind, ConnectionStatus, Pid, ProcessConnection, Result, SocketAddress,
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
pub(super) fn by_duplicates(
    target: &Target,
    kind: ConnectionKind,
) -> Result<Option<Vec<ProcessConnection>>> {
    if !target.host().is_here(&target.path("ns/net")) {
        return Ok(None);
    }
    let found = descriptors(target)?;
    let rows = if found.is_empty() {
        Some(Vec::new())
    } else {
        Asked::by_duplicates(target).and_then(|asked| asked.rows(&found, kind))
    };
    target.still_there("asking the sockets of")?;
    Ok(rows)
}

/// The same of these sockets of the calling process, which needs no duplicates. The tables confirm what
/// is told of connections.
pub(super) fn of_ourselves(
    target: &Target,
    found: &[Descriptor],
    kind: ConnectionKind,
) -> Option<Vec<ProcessConnection>> {
    /// To ask more costs as much as all tables of a host that has few sockets.
    const MOST: usize = 100;
    let host = target.host();
    let is_us = host.is_live() && target.pid() == Pid::current();
    if !is_us || found.len() > MOST || !host.is_here(&target.path("ns/net")) {
        return None;
    }
    let tables = SockDiag::new(&host.shared.sock_diag);
    Asked { tables: Some(RefCell::new(tables)), ..Asked::by(None)? }.rows(found, kind)
}

/// Who is asked.
pub(super) struct Asked<'a> {
    /// `None` for ourselves: our descriptors need no duplicates.
    pidfd: Option<OwnedFd>,
    /// The network namespace whose sockets are told.
    namespace: u64,
    /// What confirms the ends of a connection: getpeername(2) tells what a BPF program has made of the
    /// other one, if there is such a program, and the tables do not.
    tables: Option<RefCell<SockDiag<'a>>>,
}

impl Asked<'_> {
    fn by_duplicates(target: &Target) -> Option<Self> {
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
        Some(Self { pidfd, namespace, tables: None })
    }

    /// The rows of these descriptors; `None` if one of them is in doubt.
    pub(super) fn rows(
        &self,
        found: &[Descriptor],
        kind: ConnectionKind,
    ) -> Option<Vec<ProcessConnection>> {
        let mut rows: Vec<(Tables, ProcessConnection)> = Vec::with_capacity(found.len());
        // Of each socket its row, if it has one.
        let mut known: HashMap<u64, Option<usize>> = HashMap::with_capacity(found.len());
        for &descriptor in found {
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
                    let at = match self.ask(descriptor) {
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
    fn ask(&self, descriptor: Descriptor) -> Told {
        let Ok(fd) = RawFd::try_from(descriptor.fd) else { return Told::Unlisted };
        let answer = match &self.pidfd {
            None => self.tell(fd, descriptor),
            Some(pidfd) => {
                let flags = PidfdGetfdFlags::empty();
                match rustix::process::pidfd_getfd(pidfd, fd, flags) {
                    Ok(duplicate) => self.tell(duplicate.as_raw_fd(), descriptor),
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

    /// What a socket tells that the process has by this descriptor.
    fn tell(&self, socket: RawFd, descriptor: Descriptor) -> io::Result<Told> {
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
                return Ok(Told::Row(Tables::UNIX, unix_row(kind, path, descriptor.fd)));
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
                let state = match (state, &remote, &self.tables) {
                    (ConnectionStatus::Close, ..) => state,
                    (_, &SocketAddress::Inet(remote), Some(tables)) => {
                        let cookie = ffi::cookie(socket)?;
                        let request = inet_diag::connection(local, remote, cookie, Endian::NATIVE);
                        let mut tables = tables.borrow_mut();
                        let told = tables.one(Module::Tcp, &request);
                        let told = told.map(|told| inet_diag::parse(told, Endian::NATIVE));
                        match told {
                            Some(Ok(told)) if told.inode == descriptor.inode => status(told.state),
                            _ => return Ok(Told::Doubt),
                        }
                    }
                    _ => state,
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
                let remote = remote(socket)?;
                // No request finds just this one.
                if self.tables.is_some() && remote != SocketAddress::None {
                    return Ok(Told::Doubt);
                }
                (udp, SocketKind::Datagram, remote, ConnectionStatus::None)
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
        let (fd, laddr, raddr) = (Some(descriptor.fd), address(local), remote);
        Ok(Told::Row(table, ProcessConnection { fd, family, kind, laddr, raddr, status }))
    }
}

fn unix_row(kind: SocketKind, path: OsString, fd: u32) -> ProcessConnection {
    ProcessConnection {
        fd: Some(fd),
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
