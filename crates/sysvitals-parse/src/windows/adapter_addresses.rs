//! `IP_ADAPTER_ADDRESSES`: the list of interfaces that GetAdaptersAddresses fills (iptypes.h).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ParseError;
use crate::cstruct::CStruct;
use crate::windows::block::Block;
use crate::windows::by;

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Adapter {
    /// What it is called where people see it, in UTF-16: `Ethernet 2`.
    pub friendly_name: Vec<u16>,
    /// Its locally unique identifier, the same as in the table of interfaces.
    pub luid: u64,
    /// Its hardware address; empty if it has none.
    pub physical_address: Vec<u8>,
    /// Its addresses.
    pub unicast: Vec<Unicast>,
}

/// One of its IPv4 and IPv6 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unicast {
    /// The address.
    pub address: IpAddr,
    /// How many of its bits name the network (`OnLinkPrefixLength`).
    pub prefix: u8,
}

/// Parses the whole list, which starts with the block.
pub fn parse(block: Block<'_>) -> Result<Vec<Adapter>, ParseError> {
    let word = block.word();
    let first = block.at(0);
    let mut adapters = Vec::new();
    let mut next = Some(first);
    // A list that leads back into itself is longer than the memory it stands in.
    let most = block.len() / by(word, 184, 232);
    while let Some(fields) = next {
        if adapters.len() > most {
            return Err(ParseError::new("Next", b"a circle"));
        }
        let length = fields.u32(by(word, 52, 88), "PhysicalAddressLength")?;
        let physical = fields.bytes(by(word, 44, 80), 8, "PhysicalAddress")?;
        let physical = usize::try_from(length).ok().and_then(|length| physical.get(..length));
        let physical = physical
            .ok_or_else(|| ParseError::new("PhysicalAddressLength", &length.to_le_bytes()))?;
        let name = fields.ulong(by(word, 40, 72), "FriendlyName")?;
        adapters.push(Adapter {
            friendly_name: block.text(name, "FriendlyName")?,
            luid: fields.u64(by(word, 176, 224), "Luid")?,
            physical_address: physical.to_vec(),
            unicast: unicast(block, fields.ulong(by(word, 16, 24), "FirstUnicastAddress")?)?,
        });
        next = block.structure(fields.ulong(8, "Next")?, "Next")?;
    }
    Ok(adapters)
}

/// The list of `IP_ADAPTER_UNICAST_ADDRESS` that starts where `pointer` points to.
fn unicast(block: Block<'_>, pointer: u64) -> Result<Vec<Unicast>, ParseError> {
    let word = block.word();
    let mut addresses = Vec::new();
    let mut next = block.structure(pointer, "FirstUnicastAddress")?;
    let mut left = block.len() / by(word, 48, 64);
    while let Some(fields) = next {
        left = left.checked_sub(1).ok_or_else(|| ParseError::new("Next", b"a circle"))?;
        let pointer = fields.ulong(by(word, 12, 16), "lpSockaddr")?;
        if let Some(sockaddr) = block.structure(pointer, "lpSockaddr")? {
            let prefix = fields.u8(by(word, 44, 56), "OnLinkPrefixLength")?;
            addresses.extend(ip(sockaddr)?.map(|address| Unicast { address, prefix }));
        }
        next = block.structure(fields.ulong(8, "Next")?, "Next")?;
    }
    Ok(addresses)
}

/// The address in a `sockaddr_in` or `sockaddr_in6` (ws2def.h, ws2ipdef.h); `None` of other families.
fn ip(sockaddr: CStruct<'_>) -> Result<Option<IpAddr>, ParseError> {
    Ok(match sockaddr.u16(0, "sa_family")? {
        2 => sockaddr.bytes(4, 4, "sin_addr")?.first_chunk().map(|at| Ipv4Addr::from(*at).into()),
        23 => {
            sockaddr.bytes(8, 16, "sin6_addr")?.first_chunk().map(|at| Ipv6Addr::from(*at).into())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cstruct::Word;

    const AT: u64 = 0x7000_0000;

    /// Two interfaces: one with a name, hardware and two addresses, one with nothing.
    fn list(word: Word) -> Vec<u8> {
        let size = by(word, 184, 232);
        let mut bytes = vec![0; 2 * size];
        let mut append = |part: &[u8]| {
            let at = AT + bytes.len() as u64;
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            at
        };
        let name: Vec<u8> = "Ethernet ä\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name = append(&name);
        let v4 = append(&[2, 0, 0, 0, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut v6 = vec![23, 0, 0, 0, 0, 0, 0, 0];
        v6.extend(Ipv6Addr::from(0xfe80 << 112 | 1).octets());
        v6.extend([0; 4]);
        let v6 = append(&v6);
        let unknown = append(&[30, 0]);
        let mut next = 0;
        for (sockaddr, prefix) in [(unknown, 0), (v6, 64), (v4, 24)] {
            let mut unicast = vec![0; by(word, 48, 64)];
            put(&mut unicast, word, 8, next);
            put(&mut unicast, word, by(word, 12, 16), sockaddr);
            unicast[by(word, 44, 56)] = prefix;
            next = append(&unicast);
        }
        put(&mut bytes, word, 8, AT + size as u64);
        put(&mut bytes, word, by(word, 16, 24), next);
        put(&mut bytes, word, by(word, 40, 72), name);
        let hardware = by(word, 44, 80);
        bytes[hardware..hardware + 6].copy_from_slice(&[2, 4, 6, 8, 10, 12]);
        bytes[hardware + 8] = 6;
        bytes[by(word, 176, 224)] = 9;
        bytes
    }

    fn put(bytes: &mut [u8], word: Word, offset: usize, value: u64) {
        let length = by(word, 4, 8);
        bytes[offset..offset + length].copy_from_slice(&value.to_le_bytes()[..length]);
    }

    #[test]
    fn lists_are_followed() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = list(word);
            let adapters = parse(Block::new(&bytes, AT, word)).expect("a list");
            let unicast = [("192.0.2.7", 24), ("fe80::1", 64)].map(|(address, prefix)| Unicast {
                address: address.parse().expect("an address"),
                prefix,
            });
            let first = Adapter {
                friendly_name: "Ethernet ä".encode_utf16().collect(),
                luid: 9,
                physical_address: vec![2, 4, 6, 8, 10, 12],
                unicast: unicast.to_vec(),
            };
            assert_eq!(adapters, [first, Adapter::default()]);
        }
    }

    #[test]
    fn what_leads_nowhere_is_an_error() {
        let word = Word::Bits64;
        let check = |offset: usize, value: u64, field: &str| {
            let mut bytes = list(word);
            put(&mut bytes, word, offset, value);
            let err = parse(Block::new(&bytes, AT, word)).expect_err(field);
            assert_eq!(err.field(), field);
        };
        // Back to itself, before the block, past its end.
        check(8, AT, "Next");
        check(72, AT - 2, "FriendlyName");
        check(24, u64::MAX, "FirstUnicastAddress");
        check(88, 9, "PhysicalAddressLength");
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = list(word);
            for end in 0..by(word, 184, 232) {
                let prefix = Block::new(&bytes[..end], AT, word);
                assert!(parse(prefix).is_err(), "prefix of {end} bytes");
            }
            for end in 0..bytes.len() {
                let _ = parse(Block::new(&bytes[..end], AT, word));
            }
        }
    }
}
