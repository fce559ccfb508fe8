//! `MIB_UDPTABLE_OWNER_PID` and `MIB_UDP6TABLE_OWNER_PID`: what GetExtendedUdpTable tells (udpmib.h).

use std::net::SocketAddr;

use crate::ParseError;
use crate::windows::connection_rows::{Family, Row, rows};

/// A UDP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpSocket {
    /// Its own end.
    pub local: SocketAddr,
    /// The process that has it; 0 if none has.
    pub pid: u32,
}

/// Parses the whole table of a family.
pub fn parse(bytes: &[u8], family: Family) -> Result<Vec<UdpSocket>, ParseError> {
    let socket = |row: Row<'_>| match family {
        Family::V4 => Ok(UdpSocket {
            local: SocketAddr::new(row.v4(0, "dwLocalAddr")?, row.port(4, "dwLocalPort")?),
            pid: row.number(8, "dwOwningPid")?,
        }),
        Family::V6 => Ok(UdpSocket {
            local: SocketAddr::new(row.v6(0, "ucLocalAddr")?, row.port(20, "dwLocalPort")?),
            pid: row.number(24, "dwOwningPid")?,
        }),
    };
    let length = match family {
        Family::V4 => 12,
        Family::V6 => 28,
    };
    rows(bytes, length)?.map(|row| socket(row?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &[u8] = &[1, 0, 0, 0, 192, 0, 2, 1, 0, 53, 0xaa, 0xbb, 7, 0, 0, 0];

    fn v6_table() -> Vec<u8> {
        let mut bytes = vec![1, 0, 0, 0];
        bytes.extend([0; 15].iter().chain(&[1]));
        bytes.extend([0, 0, 0, 0, 0, 53, 0, 0, 8, 0, 0, 0]);
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], family: Family, want: &[(&str, u32)]) {
        let got = parse(bytes, family).expect("a table");
        let got: Vec<_> = got.iter().map(|row| (row.local.to_string(), row.pid)).collect();
        let got: Vec<_> = got.iter().map(|(local, pid)| (local.as_str(), *pid)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn rows_follow_their_number() {
        check(V4, Family::V4, &[("192.0.2.1:53", 7)]);
        check(&v6_table(), Family::V6, &[("[::1]:53", 8)]);
        check(&[0; 40], Family::V4, &[]);
    }

    #[test]
    fn no_prefix_panics() {
        for (bytes, family) in [(V4, Family::V4), (&v6_table(), Family::V6)] {
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], family).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
