//! `struct sockaddr` and its kinds: addresses as system calls give them (sockaddr(3type)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// One address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sockaddr<'a> {
    /// `sockaddr_in` (ip(7)).
    Inet(Ipv4Addr),
    /// `sockaddr_in6` (ipv6(7)).
    Inet6 {
        /// The address.
        address: Ipv6Addr,
        /// Index of the interface that it is local to; 0 if none.
        scope: u32,
    },
    /// `sockaddr_ll` (packet(7)): a hardware address, empty where the hardware has none.
    Link(&'a [u8]),
    /// Any other family.
    Other(u16),
}

/// Parses a structure of the running kernel; bytes past its end are left alone.
pub fn parse(input: &[u8]) -> Result<Sockaddr<'_>, ParseError> {
    let fields = CStruct::new(input, Endian::NATIVE, Word::Bits64);
    Ok(match fields.u16(0, "sa_family")? {
        2 => Sockaddr::Inet(Ipv4Addr::from(network_order(&fields, 4, "sin_addr")?)),
        10 => Sockaddr::Inet6 {
            address: Ipv6Addr::from(network_order(&fields, 8, "sin6_addr")?),
            scope: fields.u32(24, "sin6_scope_id")?,
        },
        17 => {
            let length = fields.u8(11, "sll_halen")?;
            Sockaddr::Link(fields.bytes(12, length.into(), "sll_addr")?)
        }
        family => Sockaddr::Other(family),
    })
}

/// One end of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// Address and port, without the interface that the address is local to.
    Inet(SocketAddr),
    /// `sun_path` (unix(7)): a path ends in a NUL, and an abstract name starts with one; empty if it has
    /// none.
    Unix(&'a [u8]),
    /// Any other family.
    Other(u16),
}

/// Parses what getsockname(2) and getpeername(2) of the running kernel gave, which is as long as they
/// say.
///
/// # Errors
///
/// When it ends early.
pub fn endpoint(input: &[u8]) -> Result<Endpoint<'_>, ParseError> {
    const AF_UNIX: u16 = 1;
    let port = || {
        let port = CStruct::new(input, Endian::Big, Word::Bits64);
        port.u16(2, "sin_port")
    };
    Ok(match parse(input)? {
        Sockaddr::Inet(address) => Endpoint::Inet(SocketAddr::new(IpAddr::V4(address), port()?)),
        Sockaddr::Inet6 { address, .. } => {
            Endpoint::Inet(SocketAddr::new(IpAddr::V6(address), port()?))
        }
        Sockaddr::Other(AF_UNIX) => Endpoint::Unix(input.get(2..).unwrap_or_default()),
        Sockaddr::Link(_) => Endpoint::Other(17),
        Sockaddr::Other(family) => Endpoint::Other(family),
    })
}

fn network_order<const N: usize>(
    fields: &CStruct<'_>,
    offset: usize,
    field: &'static str,
) -> Result<[u8; N], ParseError> {
    let bytes = fields.bytes(offset, N, field)?;
    bytes.try_into().map_err(|_| ParseError::new(field, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockaddr(family: u16, rest: &[u8]) -> Vec<u8> {
        [&family.to_ne_bytes()[..], rest].concat()
    }

    #[test]
    fn each_family_has_its_layout() {
        let inet = sockaddr(2, &[0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(parse(&inet), Ok(Sockaddr::Inet(Ipv4Addr::new(192, 0, 2, 1))));

        let address: Ipv6Addr = "fe80::1:2".parse().expect("an address");
        let port_and_flow = [0; 6];
        let rest = [&port_and_flow, &address.octets()[..], &7_u32.to_ne_bytes()].concat();
        assert_eq!(parse(&sockaddr(10, &rest)), Ok(Sockaddr::Inet6 { address, scope: 7 }));

        assert_eq!(parse(&sockaddr(28, &[])), Ok(Sockaddr::Other(28)));
    }

    #[test]
    fn ends_of_sockets_have_ports_or_names() {
        let inet = sockaddr(2, &[0x1f, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        let want = "192.0.2.1:8080".parse().expect("an address");
        assert_eq!(endpoint(&inet), Ok(Endpoint::Inet(want)));

        let address: Ipv6Addr = "fe80::1:2".parse().expect("an address");
        let rest = [&[0, 80, 9, 9, 9, 9], &address.octets()[..], &7_u32.to_ne_bytes()].concat();
        let want = "[fe80::1:2]:80".parse().expect("an address");
        assert_eq!(endpoint(&sockaddr(10, &rest)), Ok(Endpoint::Inet(want)));

        for name in [&b""[..], b"/run/a\0", b"\0a\0b"] {
            assert_eq!(endpoint(&sockaddr(1, name)), Ok(Endpoint::Unix(name)));
        }
        assert_eq!(endpoint(&sockaddr(16, &[0; 10])), Ok(Endpoint::Other(16)));
        assert_eq!(endpoint(&sockaddr(17, &[0; 18])), Ok(Endpoint::Other(17)));
        assert!(endpoint(&inet[..7]).is_err() && endpoint(&[]).is_err());
    }

    #[test]
    fn hardware_addresses_have_any_length() {
        let check = |length: u8, want: &[u8]| {
            let rest = [&[0; 9], &[length][..], &(1..=20).collect::<Vec<u8>>()].concat();
            assert_eq!(parse(&sockaddr(17, &rest)), Ok(Sockaddr::Link(want)));
        };
        check(6, &[1, 2, 3, 4, 5, 6]);
        check(0, &[]);
        check(20, &(1..=20).collect::<Vec<u8>>());
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for (family, length) in [(2, 8), (10, 28), (17, 20)] {
            let mut whole = sockaddr(family, &[0; 26]);
            if let Some(halen) = whole.get_mut(11).filter(|_| family == 17) {
                *halen = 8;
            }
            for end in 0..length {
                assert!(parse(&whole[..end]).is_err(), "{family}: prefix of {end} bytes");
            }
            assert!(parse(&whole[..length]).is_ok(), "{family}");
        }
    }
}
