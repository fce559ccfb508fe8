//! `inet_diag`: internet sockets by netlink (sock_diag(7), `linux/inet_diag.h`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::net_tcp::Socket;
use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// Which sockets to tell about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// `AF_INET` or `AF_INET6`; `None` for both, which only TCP is asked for.
    pub family: Option<u8>,
    /// `IPPROTO_TCP` or `IPPROTO_UDP`.
    pub protocol: u8,
    /// A bit for each state as numbered in the kernel's `tcp_states.h`.
    pub states: u32,
}

impl Request {
    /// The states that `/proc/net/tcp` shows: all but that of sockets that have a port and nothing else
    /// (`TCP_BOUND_INACTIVE`, Linux 6.8).
    pub const LISTED: u32 = 0x1fff;
    /// Those in which a file may be open for a socket: not `TCP_TIME_WAIT` nor `TCP_NEW_SYN_RECV`.
    pub const OPEN: u32 = Self::LISTED & !(1 << 6 | 1 << 12);

    /// The type of the message, and what it holds.
    ///
    /// One that asks for both families walks the kernel's table once: the request of Linux 2.6.14 to 3.2
    /// (`TCPDIAG_GETSOCK`), which has no word for a family.
    #[must_use]
    pub fn message(&self, endian: Endian) -> (u16, Vec<u8>) {
        const TCPDIAG_GETSOCK: u16 = 18;
        const SOCK_DIAG_BY_FAMILY: u16 = 20;
        let states = match endian {
            Endian::Little => self.states.to_le_bytes(),
            Endian::Big => self.states.to_be_bytes(),
        };
        match self.family {
            Some(family) => {
                // idiag_ext, padding; then struct inet_diag_sockid, which a dump does not look at.
                let mut bytes = vec![family, self.protocol, 0, 0];
                bytes.extend(states);
                bytes.resize(56, 0);
                (SOCK_DIAG_BY_FAMILY, bytes)
            }
            None => {
                let mut bytes = vec![0; 60];
                if let Some(field) = bytes.get_mut(52..56) {
                    field.copy_from_slice(&states);
                }
                (TCPDIAG_GETSOCK, bytes)
            }
        }
    }
}

/// The type of the message that asks for one connection of TCP, and what it holds; `cookie` is the
/// `SO_COOKIE` of the socket.
///
/// It is found by both ends, as the kernel finds that of a packet.
#[must_use]
pub fn connection(
    local: SocketAddr,
    remote: SocketAddr,
    cookie: u64,
    endian: Endian,
) -> (u16, Vec<u8>) {
    const IPPROTO_TCP: u8 = 6;
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    let request = Request { family: Some(family), protocol: IPPROTO_TCP, states: Request::LISTED };
    let (kind, mut bytes) = request.message(endian);
    bytes.truncate(8);
    bytes.extend(local.port().to_be_bytes());
    bytes.extend(remote.port().to_be_bytes());
    for end in [local, remote] {
        let address = match end.ip() {
            IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
            IpAddr::V6(ip) => ip.to_bits(),
        };
        bytes.extend(address.to_be_bytes());
    }
    // Any interface; then the lower half of the cookie and the upper.
    for number in [0, cookie & u64::from(u32::MAX), cookie >> 32] {
        let number = u32::try_from(number).unwrap_or_default();
        bytes.extend(match endian {
            Endian::Little => number.to_le_bytes(),
            Endian::Big => number.to_be_bytes(),
        });
    }
    (kind, bytes)
}

/// Parses a `struct inet_diag_msg`: what a message of the answer holds; `endian` is the byte order of
/// the machine it is from.
///
/// # Errors
///
/// When it ends early, or is of another family.
pub fn parse(input: &[u8], endian: Endian) -> Result<Socket, ParseError> {
    let message = CStruct::new(input, endian, Word::Bits32);
    // Ports and addresses are in network order.
    let id = CStruct::new(input, Endian::Big, Word::Bits32);
    let address = |port, address, field| {
        let ip = match message.u8(0, "idiag_family")? {
            AF_INET => IpAddr::V4(Ipv4Addr::from(id.u32(address, field)?)),
            AF_INET6 => {
                let (high, low) = (id.u64(address, field)?, id.u64(address + 8, field)?);
                IpAddr::V6(Ipv6Addr::from(u128::from(high) << 64 | u128::from(low)))
            }
            other => return Err(ParseError::new("idiag_family", &[other])),
        };
        Ok(SocketAddr::new(ip, id.u16(port, field)?))
    };
    Ok(Socket {
        local: address(4, 8, "idiag_src")?,
        remote: address(6, 24, "idiag_dst")?,
        state: message.u8(1, "idiag_state")?,
        uid: message.u32(64, "idiag_uid")?,
        inode: message.u32(68, "idiag_inode")?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(family: u8, src: &[u8], dst: &[u8], endian: Endian) -> Vec<u8> {
        let mut bytes = vec![family, 10, 0, 0, 0x1f, 0x90, 0, 22];
        for address in [src, dst] {
            bytes.extend(address);
            bytes.resize(bytes.len() + 16 - address.len(), 0);
        }
        bytes.resize(64, 0xff);
        for number in [1000_u32, 60000] {
            bytes.extend(match endian {
                Endian::Little => number.to_le_bytes(),
                Endian::Big => number.to_be_bytes(),
            });
        }
        bytes
    }

    #[test]
    fn addresses_are_in_network_order() {
        let v6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1];
        for endian in [Endian::Little, Endian::Big] {
            let check = |bytes: Vec<u8>, local: &str, remote: &str| {
                let [local, remote] = [local, remote].map(|text| text.parse().expect("one"));
                let want = Socket { local, remote, state: 10, uid: 1000, inode: 60000 };
                assert_eq!(parse(&bytes, endian), Ok(want));
            };
            let bytes = message(2, &[127, 0, 0, 1], &[10, 1, 2, 3], endian);
            check(bytes, "127.0.0.1:8080", "10.1.2.3:22");
            let bytes = message(10, &v6, &mapped, endian);
            check(bytes, "[2001:db8::102:304:506:708]:8080", "[::ffff:127.0.0.1]:22");
        }
    }

    #[test]
    fn other_families_are_errors() {
        let err = parse(&message(1, &[], &[], Endian::Big), Endian::Big).expect_err("no address");
        assert_eq!((err.field(), err.found()), ("idiag_family", &[1][..]));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for family in [2, 10] {
            let bytes = message(family, &[1; 4], &[2; 4], Endian::Little);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], Endian::Little).is_err(), "prefix of {end} bytes");
            }
            let longer = [bytes, vec![0; 8]].concat();
            assert!(parse(&longer, Endian::Little).is_ok(), "attributes follow");
        }
    }

    #[test]
    fn requests_have_the_lengths_of_the_structures() {
        let request = Request { family: Some(10), protocol: 17, states: 0x1234_5678 };
        let (kind, bytes) = request.message(Endian::Little);
        assert_eq!((kind, bytes.len()), (20, 56));
        assert_eq!(bytes[..8], [10, 17, 0, 0, 0x78, 0x56, 0x34, 0x12]);
        let both = Request { family: None, ..request };
        let (kind, bytes) = both.message(Endian::Big);
        assert_eq!((kind, bytes.len()), (18, 60));
        assert_eq!(bytes[50..58], [0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0]);
    }

    #[test]
    fn a_connection_is_asked_for_by_both_ends() {
        let ends = |local: &str, remote: &str| {
            [local, remote].map(|text| text.parse().expect("an address"))
        };
        let [local, remote] = ends("127.0.0.1:8080", "10.1.2.3:22");
        let (kind, bytes) = connection(local, remote, 0x0102_0304_0506_0708, Endian::Little);
        assert_eq!((kind, bytes.len()), (20, 56));
        assert_eq!(bytes[..16], [2, 6, 0, 0, 255, 31, 0, 0, 0x1f, 0x90, 0, 22, 127, 0, 0, 1]);
        assert_eq!(bytes[28..32], [10, 1, 2, 3]);
        assert_eq!(bytes[44..], [0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]);
        let [local, remote] = ends("[1::2]:8080", "[3::4]:22");
        let (_, bytes) = connection(local, remote, 1, Endian::Big);
        assert_eq!((bytes[0], bytes.len()), (10, 56));
        assert_eq!((&bytes[12..14], &bytes[26..30]), (&[0, 1][..], &[0, 2, 0, 3][..]));
        assert_eq!(bytes[48..], [0, 0, 0, 1, 0, 0, 0, 0]);
    }
}
