//! `WTS_CLIENT_ADDRESS`: where a session is looked at from (Microsoft, "`WTS_CLIENT_ADDRESS`
//! structure").

use std::net::Ipv4Addr;

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// `AF_INET`.
const INET: u32 = 2;

/// Parses the structure; `None` for a session at the machine itself, and for families whose form is
/// not documented.
pub fn parse(input: &[u8]) -> Result<Option<Ipv4Addr>, ParseError> {
    let fields = structure(input, Word::Bits64);
    let family = fields.u32(0, "AddressFamily")?;
    let address = fields.bytes(4, 20, "Address")?;
    // The number is two bytes into the member.
    let octets: Option<[u8; 4]> = address.get(2..).and_then(|tail| tail.first_chunk()).copied();
    Ok(octets.filter(|_| family == INET).map(Ipv4Addr::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(family: u32) -> Vec<u8> {
        let mut out = family.to_le_bytes().to_vec();
        out.extend([0, 0, 192, 0, 2, 77]);
        out.resize(24, 0xEE);
        out
    }

    #[test]
    fn only_ipv4_is_told() {
        assert_eq!(parse(&write(2)), Ok(Some(Ipv4Addr::new(192, 0, 2, 77))));
        assert_eq!(parse(&write(0)), Ok(None));
        assert_eq!(parse(&write(23)), Ok(None));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write(2);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
