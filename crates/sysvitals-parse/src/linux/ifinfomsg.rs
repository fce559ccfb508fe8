//! `struct ifinfomsg`: a network interface by netlink (rtnetlink(7), `linux/rtnetlink.h`).

use super::netlink;
use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// The type of a message that tells of an interface, one that is asked for or has changed.
pub const RTM_NEWLINK: u16 = 16;
/// The type of a message that tells of an interface that is no more.
pub const RTM_DELLINK: u16 = 17;
/// The type of a request.
pub const RTM_GETLINK: u16 = 18;

/// An interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its number, which another one may have when it is gone.
    pub index: u32,
    /// Its name, which may change.
    pub name: &'a [u8],
}

/// Parses what such a message holds; `endian` is the byte order of the machine it is from.
///
/// # Errors
///
/// When it ends early, or has no name.
pub fn parse(input: &[u8], endian: Endian) -> Result<Link<'_>, ParseError> {
    const SIZE: usize = 16;
    const IFLA_IFNAME: u16 = 3;
    let message = CStruct::new(input, endian, Word::Bits32);
    let index = message.u32(4, "ifi_index")?;
    let attributes = message.bytes(SIZE, input.len().saturating_sub(SIZE), "ifinfomsg")?;
    for attribute in netlink::attributes(attributes, endian) {
        if let (IFLA_IFNAME, name) = attribute? {
            let end = memchr::memchr(0, name).unwrap_or(name.len());
            return Ok(Link { index, name: name.get(..end).unwrap_or(name) });
        }
    }
    Err(ParseError::new("IFLA_IFNAME", b""))
}

/// What a request for names holds; kernels tell more, and newer ones less of it.
#[must_use]
pub fn request(endian: Endian) -> Vec<u8> {
    const IFLA_EXT_MASK: u16 = 29;
    /// No counters (Linux 4.11).
    const RTEXT_FILTER_SKIP_STATS: u32 = 1 << 3;
    let mut bytes = vec![0; 16];
    let (length, kind, mask) = match endian {
        Endian::Little => (
            8_u16.to_le_bytes(),
            IFLA_EXT_MASK.to_le_bytes(),
            RTEXT_FILTER_SKIP_STATS.to_le_bytes(),
        ),
        Endian::Big => (
            8_u16.to_be_bytes(),
            IFLA_EXT_MASK.to_be_bytes(),
            RTEXT_FILTER_SKIP_STATS.to_be_bytes(),
        ),
    };
    bytes.extend(length);
    bytes.extend(kind);
    bytes.extend(mask);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lo`, as Linux 6.18 tells of it on a little-endian machine, up to its state.
    const LO: &[u8] = b"\0\0\x04\x03\x01\0\0\0\x49\0\x01\0\0\0\0\0\x07\0\x03\0lo\0\0\
        \x08\0\x0d\0\xe8\x03\0\0\x05\0\x10\0\0\0\0\0";

    #[test]
    fn an_interface_has_a_number_and_a_name() {
        assert_eq!(parse(LO, Endian::Little), Ok(Link { index: 1, name: b"lo" }));
        let big = b"\0\0\x03\x04\0\0\0\x02\0\0\0\0\0\0\0\0\0\x08\0\x1d\0\0\0\x08\0\x09\0\x03eth0\0";
        assert_eq!(parse(big, Endian::Big), Ok(Link { index: 2, name: b"eth0" }));
    }

    #[test]
    fn without_a_name_it_is_none() {
        let nameless = [&LO[..16], &LO[24..]].concat();
        assert_eq!(parse(&nameless, Endian::Little), Err(ParseError::new("IFLA_IFNAME", b"")));
    }

    #[test]
    fn requests_follow_the_byte_order() {
        assert_eq!(request(Endian::Little)[16..], *b"\x08\0\x1d\0\x08\0\0\0");
        assert_eq!(request(Endian::Big)[16..], *b"\0\x08\0\x1d\0\0\0\x08");
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..LO.len() {
            let told = parse(&LO[..end], Endian::Little);
            assert_eq!(told.is_ok(), end >= 23, "prefix of {end} bytes");
        }
    }
}
