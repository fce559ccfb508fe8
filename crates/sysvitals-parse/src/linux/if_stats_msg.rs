//! `struct if_stats_msg`: counters of a network interface by netlink (Linux 4.7,
//! `linux/if_link.h`).

use super::net_dev::Traffic;
use super::netlink;
use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// The type of a message that tells counters.
pub const RTM_NEWSTATS: u16 = 92;
/// The type of a request.
pub const RTM_GETSTATS: u16 = 94;

/// The attribute that holds a `struct rtnl_link_stats64`.
const IFLA_STATS_LINK_64: u16 = 1;

/// The counters of an interface, which has a name elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkStats {
    /// Its number.
    pub index: u32,
    /// What came in.
    pub receive: Traffic,
    /// What went out.
    pub transmit: Traffic,
}

/// Parses what such a message holds; `endian` is the byte order of the machine it is from.
///
/// # Errors
///
/// When it ends early, or has no counters.
pub fn parse(input: &[u8], endian: Endian) -> Result<LinkStats, ParseError> {
    const SIZE: usize = 12;
    let message = CStruct::new(input, endian, Word::Bits64);
    let index = message.u32(4, "ifindex")?;
    let attributes = message.bytes(SIZE, input.len().saturating_sub(SIZE), "if_stats_msg")?;
    for attribute in netlink::attributes(attributes, endian) {
        if let (IFLA_STATS_LINK_64, stats) = attribute? {
            let (receive, transmit) = traffic(CStruct::new(stats, endian, Word::Bits64))?;
            return Ok(LinkStats { index, receive, transmit });
        }
    }
    Err(ParseError::new("IFLA_STATS_LINK_64", b""))
}

/// As `/proc/net/dev` adds them up (`dev_seq_printf_stats` of `net/core/net-procfs.c`).
fn traffic(stats: CStruct<'_>) -> Result<(Traffic, Traffic), ParseError> {
    let counter = |place: usize, field| stats.u64(place * 8, field);
    let dropped = counter(6, "rx_dropped")?.wrapping_add(counter(15, "rx_missed_errors")?);
    let receive = Traffic {
        bytes: counter(2, "rx_bytes")?,
        packets: counter(0, "rx_packets")?,
        errs: counter(4, "rx_errors")?,
        drop: dropped,
    };
    let transmit = Traffic {
        bytes: counter(3, "tx_bytes")?,
        packets: counter(1, "tx_packets")?,
        errs: counter(5, "tx_errors")?,
        drop: counter(7, "tx_dropped")?,
    };
    Ok((receive, transmit))
}

/// What a request for the counters of all interfaces holds.
#[must_use]
pub fn request(endian: Endian) -> Vec<u8> {
    let filter: u32 = 1 << (IFLA_STATS_LINK_64 - 1);
    let mut bytes = vec![0; 8];
    bytes.extend(match endian {
        Endian::Little => filter.to_le_bytes(),
        Endian::Big => filter.to_be_bytes(),
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counters 1, 2, 3 ... of interface 7, before them an attribute of no use.
    fn message(endian: Endian) -> Vec<u8> {
        let u16 = |number: u16| match endian {
            Endian::Little => number.to_le_bytes(),
            Endian::Big => number.to_be_bytes(),
        };
        let mut bytes = match endian {
            Endian::Little => b"\0\0\0\0\x07\0\0\0\x01\0\0\0".to_vec(),
            Endian::Big => b"\0\0\0\0\0\0\0\x07\0\0\0\x01".to_vec(),
        };
        bytes.extend([u16(4), u16(0), u16(4 + 25 * 8), u16(IFLA_STATS_LINK_64)].concat());
        for number in 1..=25_u64 {
            bytes.extend(match endian {
                Endian::Little => number.to_le_bytes(),
                Endian::Big => number.to_be_bytes(),
            });
        }
        bytes
    }

    #[test]
    fn counters_stand_where_the_file_has_them() {
        for endian in [Endian::Little, Endian::Big] {
            let stats = parse(&message(endian), endian).expect("a message");
            assert_eq!(stats.index, 7);
            let receive = Traffic { bytes: 3, packets: 1, errs: 5, drop: 7 + 16 };
            let transmit = Traffic { bytes: 4, packets: 2, errs: 6, drop: 8 };
            assert_eq!((stats.receive, stats.transmit), (receive, transmit));
        }
    }

    #[test]
    fn without_counters_there_are_none() {
        let bytes = message(Endian::Little);
        let told = parse(&bytes[..16], Endian::Little);
        assert_eq!(told, Err(ParseError::new("IFLA_STATS_LINK_64", b"")));
    }

    #[test]
    fn requests_follow_the_byte_order() {
        assert_eq!(request(Endian::Little)[8..], [1, 0, 0, 0]);
        assert_eq!(request(Endian::Big)[8..], [0, 0, 0, 1]);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for endian in [Endian::Little, Endian::Big] {
            let bytes = message(endian);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], endian).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
