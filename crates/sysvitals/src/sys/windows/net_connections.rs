//! Sockets, of all processes and of one.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;

use sysvitals_parse::windows::connection_rows::Family;
use sysvitals_parse::windows::tcp_table::{self, TcpSocket};
use sysvitals_parse::windows::udp_table::{self, UdpSocket};
use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, STATUS_UNSUCCESSFUL};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    MIB_TCP_STATE_CLOSE_WAIT, MIB_TCP_STATE_CLOSED, MIB_TCP_STATE_CLOSING,
    MIB_TCP_STATE_DELETE_TCB, MIB_TCP_STATE_ESTAB, MIB_TCP_STATE_FIN_WAIT1,
    MIB_TCP_STATE_FIN_WAIT2, MIB_TCP_STATE_LAST_ACK, MIB_TCP_STATE_LISTEN, MIB_TCP_STATE_SYN_RCVD,
    MIB_TCP_STATE_SYN_SENT, MIB_TCP_STATE_TIME_WAIT,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};

use super::ffi::{AlignedBuffer, iphlpapi};
use super::process::{Target, gone};
use super::{Host, buffer};
use crate::sys::Processes as _;
use crate::{
    AddressFamily, Connection, ConnectionKind, ConnectionStatus, Error, Pid, ProcessConnection,
    Result, SocketAddress, SocketKind,
};

/// Which of the four tables to read.
struct Tables {
    families: &'static [Family],
    tcp: bool,
    udp: bool,
}

impl Tables {
    fn of(kind: ConnectionKind) -> Result<Self> {
        const V4: &[Family] = &[Family::V4];
        const V6: &[Family] = &[Family::V6];
        const BOTH: &[Family] = &[Family::V4, Family::V6];
        let (families, tcp, udp) = match kind {
            ConnectionKind::All | ConnectionKind::Inet => (BOTH, true, true),
            ConnectionKind::Inet4 => (V4, true, true),
            ConnectionKind::Inet6 => (V6, true, true),
            ConnectionKind::Tcp => (BOTH, true, false),
            ConnectionKind::Tcp4 => (V4, true, false),
            ConnectionKind::Tcp6 => (V6, true, false),
            ConnectionKind::Udp => (BOTH, false, true),
            ConnectionKind::Udp4 => (V4, false, true),
            ConnectionKind::Udp6 => (V6, false, true),
            // Windows has them, and no table of them.
            ConnectionKind::Unix => return Err(Error::Unsupported("net_connections of unix")),
        };
        Ok(Self { families, tcp, udp })
    }
}

/// The sockets of the system, each once.
pub(super) fn all(kind: ConnectionKind) -> Result<Vec<Connection>> {
    let tables = Tables::of(kind)?;
    let mut sockets = Vec::new();
    for &family in tables.families {
        if tables.tcp {
            sockets.extend(tcp(family)?.into_iter().map(of_tcp));
        }
        if tables.udp {
            sockets.extend(udp(family)?.into_iter().map(of_udp));
        }
    }
    // Two sockets may share a port and differ in nothing that is told.
    let mut seen = HashSet::new();
    sockets.retain(|socket| seen.insert(socket.clone()));
    Ok(sockets)
}

/// The sockets of one process.
pub(super) fn of_process(
    host: &Host,
    target: &Target,
    kind: ConnectionKind,
) -> Result<Vec<ProcessConnection>> {
    let sockets = target.scratch().sockets(kind, || all(kind))?;
    let its = sockets.iter().filter(|socket| socket.pid == Some(target.pid()));
    let its = its.cloned().map(ProcessConnection::from).collect();
    // The tables know pids only: if it has ended, its pid may have been another's by then.
    if host.exists(target) { Ok(its) } else { Err(target.failed("GetExtendedTcpTable", gone())) }
}

fn tcp(family: Family) -> Result<Vec<TcpSocket>> {
    const CALL: &str = "GetExtendedTcpTable";
    let table = grown(CALL, 1 << 14, |bytes, length| {
        iphlpapi::extended_tcp_table(number(family), bytes, length)
    })?;
    tcp_table::parse(table.bytes(), family).map_err(|err| Error::parse(CALL, err))
}

fn udp(family: Family) -> Result<Vec<UdpSocket>> {
    const CALL: &str = "GetExtendedUdpTable";
    let table = grown(CALL, 1 << 12, |bytes, length| {
        iphlpapi::extended_udp_table(number(family), bytes, length)
    })?;
    udp_table::parse(table.bytes(), family).map_err(|err| Error::parse(CALL, err))
}

/// Asks for a table until it fits.
///
/// Where it grows while it is made, the call may also fail with `STATUS_UNSUCCESSFUL`, as psutil found
/// (its issue 1294); a few times that means the same.
fn grown(
    call: &str,
    start: usize,
    mut ask: impl FnMut(&mut [u8], &mut u32) -> io::Result<()>,
) -> Result<AlignedBuffer> {
    let mut left = 4;
    let ask = |bytes: &mut [u8], length: &mut u32| match ask(bytes, length) {
        Err(err) if err.raw_os_error() == Some(STATUS_UNSUCCESSFUL) && left > 0 => {
            left -= 1;
            Err(io::Error::from_raw_os_error(ERROR_INSUFFICIENT_BUFFER as i32))
        }
        answer => answer,
    };
    buffer::grow(call, start, ask).map(|(table, ())| table)
}

fn number(family: Family) -> u32 {
    match family {
        Family::V4 => AF_INET.into(),
        Family::V6 => AF_INET6.into(),
    }
}

fn of_tcp(socket: TcpSocket) -> Connection {
    let status = status(socket.state);
    // Who listens has no other end, whatever stands there.
    let connected = status != ConnectionStatus::Listen;
    Connection {
        fd: None,
        family: family(socket.local),
        kind: SocketKind::Stream,
        laddr: end(socket.local),
        raddr: if connected { end(socket.remote) } else { SocketAddress::None },
        status,
        pid: owner(socket.pid),
    }
}

fn of_udp(socket: UdpSocket) -> Connection {
    Connection {
        fd: None,
        family: family(socket.local),
        kind: SocketKind::Datagram,
        laddr: end(socket.local),
        raddr: SocketAddress::None,
        status: ConnectionStatus::None,
        pid: owner(socket.pid),
    }
}

fn family(address: SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

fn end(address: SocketAddr) -> SocketAddress {
    if address.port() == 0 { SocketAddress::None } else { SocketAddress::Inet(address) }
}

/// Sockets that no process has any more, as those that wait for stray packets, are the idle
/// process's in these tables.
fn owner(pid: u32) -> Option<Pid> {
    (pid != 0).then(|| Pid::new(pid))
}

/// The state of `MIB_TCP_STATE`.
fn status(state: u32) -> ConnectionStatus {
    match i32::try_from(state).unwrap_or(-1) {
        MIB_TCP_STATE_CLOSED => ConnectionStatus::Close,
        MIB_TCP_STATE_LISTEN => ConnectionStatus::Listen,
        MIB_TCP_STATE_SYN_SENT => ConnectionStatus::SynSent,
        MIB_TCP_STATE_SYN_RCVD => ConnectionStatus::SynRecv,
        MIB_TCP_STATE_ESTAB => ConnectionStatus::Established,
        MIB_TCP_STATE_FIN_WAIT1 => ConnectionStatus::FinWait1,
        MIB_TCP_STATE_FIN_WAIT2 => ConnectionStatus::FinWait2,
        MIB_TCP_STATE_CLOSE_WAIT => ConnectionStatus::CloseWait,
        MIB_TCP_STATE_CLOSING => ConnectionStatus::Closing,
        MIB_TCP_STATE_LAST_ACK => ConnectionStatus::LastAck,
        MIB_TCP_STATE_TIME_WAIT => ConnectionStatus::TimeWait,
        MIB_TCP_STATE_DELETE_TCB => ConnectionStatus::DeleteTcb,
        _ => ConnectionStatus::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(state: u32, remote: &str, pid: u32) -> Connection {
        let remote = remote.parse().expect("an address");
        of_tcp(TcpSocket { local: "[::1]:8080".parse().expect("an address"), remote, state, pid })
    }

    #[test]
    fn a_table_that_grows_is_asked_for_again() {
        let answer = |failures: usize, code: i32| {
            let mut asked = 0;
            let table = grown("a call", 8, |bytes, length| {
                asked += 1;
                *length = 16;
                if asked <= failures {
                    return Err(io::Error::from_raw_os_error(code));
                }
                bytes.fill(1);
                Ok(())
            });
            (table.map(|table| table.bytes().len()).ok(), asked)
        };
        assert_eq!(answer(0, STATUS_UNSUCCESSFUL), (Some(8), 1));
        assert_eq!(answer(2, STATUS_UNSUCCESSFUL), (Some(48), 3));
        assert_eq!(answer(9, STATUS_UNSUCCESSFUL), (None, 5));
        assert_eq!(answer(1, 5), (None, 1));
    }

    #[test]
    fn every_state_has_a_name() {
        let names: Vec<_> = (0..14).map(|state| status(state).as_str()).collect();
        let want = "NONE CLOSE LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT \
                    CLOSING LAST_ACK TIME_WAIT DELETE_TCB NONE";
        assert_eq!(names.join(" "), want);
        assert_eq!(status(u32::MAX), ConnectionStatus::None);
    }

    #[test]
    fn who_listens_has_no_other_end_and_nobody_is_not_process_0() {
        assert_eq!(socket(2, "[::2]:99", 4).raddr, SocketAddress::None);
        assert_eq!(socket(5, "[::2]:0", 4).raddr, SocketAddress::None);
        let waiting = socket(11, "[::2]:99", 0);
        assert_eq!(waiting.raddr, SocketAddress::Inet("[::2]:99".parse().expect("an address")));
        assert_eq!((waiting.pid, waiting.fd), (None, None));
        assert_eq!((waiting.family, waiting.kind), (AddressFamily::Inet6, SocketKind::Stream));
    }
}
