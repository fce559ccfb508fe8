//! `MIB_TCPTABLE_OWNER_PID` and `MIB_TCP6TABLE_OWNER_PID`: what GetExtendedTcpTable tells (tcpmib.h).

use std::net::{IpAddr, SocketAddr};

use crate::ParseError;
use crate::windows::connection_rows::{Family, Row, rows};

/// A TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpSocket {
    /// Its own end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// `MIB_TCP_STATE`.
    pub state: u32,
    /// The process that has it; 0 if none has.
    pub pid: u32,
}

/// Parses the whole table of a family.
pub fn parse(bytes: &[u8], family: Family) -> Result<Vec<TcpSocket>, ParseError> {
    match family {
        Family::V4 => rows(bytes, 24)?.map(|row| v4(row?)).collect(),
        Family::V6 => rows(bytes, 56)?.map(|row| v6(row?)).collect(),
    }
}

fn v4(row: Row<'_>) -> Result<TcpSocket, ParseError> {
    Ok(TcpSocket {
        state: row.number(0, "dwState")?,
        local: end(row.v4(4, "dwLocalAddr")?, row.port(8, "dwLocalPort")?),
        remote: end(row.v4(12, "dwRemoteAddr")?, row.port(16, "dwRemotePort")?),
        pid: row.number(20, "dwOwningPid")?,
    })
}

fn v6(row: Row<'_>) -> Result<TcpSocket, ParseError> {
    Ok(TcpSocket {
        local: end(row.v6(0, "ucLocalAddr")?, row.port(20, "dwLocalPort")?),
        remote: end(row.v6(24, "ucRemoteAddr")?, row.port(44, "dwRemotePort")?),
        state: row.number(48, "dwState")?,
        pid: row.number(52, "dwOwningPid")?,
    })
}

fn end(address: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(address, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    const V4: &[u8] = &[
        2, 0, 0, 0,
        5, 0, 0, 0, 127, 0, 0, 1, 0x1f, 0x90, 0xaa, 0xbb, 192, 0, 2, 1, 0, 80, 0, 0, 42, 1, 0, 0,
        2, 0, 0, 0, 0, 0, 0, 0, 0, 22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    fn v6_table() -> Vec<u8> {
        let mut bytes = vec![1, 0, 0, 0];
        bytes.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        bytes.extend([7, 0, 0, 0, 0x1f, 0x90, 0, 0]);
        bytes.extend([0; 15].iter().chain(&[1]));
        bytes.extend([7, 0, 0, 0, 0, 80, 0, 0, 11, 0, 0, 0, 9, 0, 0, 0]);
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], family: Family, want: &[(&str, &str, u32, u32)]) {
        let got = parse(bytes, family).expect("a table");
        let got: Vec<_> = got
            .iter()
            .map(|row| (row.local.to_string(), row.remote.to_string(), row.state, row.pid))
            .collect();
        let got: Vec<_> = got.iter().map(|(a, b, c, d)| (a.as_str(), b.as_str(), *c, *d)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn rows_follow_their_number() {
        // The upper half of a port is rubbish.
        check(
            V4,
            Family::V4,
            &[("127.0.0.1:8080", "192.0.2.1:80", 5, 298), ("0.0.0.0:22", "0.0.0.0:0", 2, 0)],
        );
        check(&v6_table(), Family::V6, &[("[fe80::1]:8080", "[::1]:80", 11, 9)]);
        check(&[0; 4], Family::V4, &[]);
        check(&[0; 99], Family::V6, &[]);
    }

    #[test]
    fn no_prefix_panics() {
        for (bytes, family) in [(V4, Family::V4), (&v6_table(), Family::V6)] {
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], family).is_err(), "prefix of {end} bytes");
            }
        }
        assert_eq!(parse(&[0xff; 4], Family::V4), Err(ParseError::new("table", b"")));
    }
}
