//! `SID` (winnt.h): who a user or a group is.

use std::fmt;

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// A security identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityIdentifier<'a> {
    revision: u8,
    authority: u64,
    /// 32-bit numbers.
    rest: &'a [u8],
}

/// Parses the identifier that `bytes` start with.
///
/// # Errors
///
/// If the bytes end before it does.
pub fn parse(bytes: &[u8]) -> Result<SecurityIdentifier<'_>, ParseError> {
    let fixed = CStruct::new(bytes, Endian::Little, Word::Bits32);
    // The only number of Windows that is big-endian.
    let authority = CStruct::new(bytes, Endian::Big, Word::Bits32);
    let high = u64::from(authority.u16(2, "IdentifierAuthority")?);
    let low = u64::from(authority.u32(4, "IdentifierAuthority")?);
    let count = usize::from(fixed.u8(1, "SubAuthorityCount")?);
    Ok(SecurityIdentifier {
        revision: fixed.u8(0, "Revision")?,
        authority: high << 32 | low,
        rest: fixed.bytes(8, count * 4, "SubAuthority")?,
    })
}

/// As people write it: `S-1-5-18`.
impl fmt::Display for SecurityIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-{}", self.revision)?;
        // MS-DTYP 2.4.2.1.
        if self.authority < 1 << 32 {
            write!(f, "-{}", self.authority)?;
        } else {
            write!(f, "-0x{:012X}", self.authority)?;
        }
        for bytes in self.rest.chunks_exact(4) {
            let number = bytes.first_chunk().copied().map_or(0, u32::from_le_bytes);
            write!(f, "-{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

    #[track_caller]
    fn check(bytes: &[u8], want: &str) {
        assert_eq!(parse(bytes).expect("an identifier").to_string(), want);
    }

    #[test]
    fn it_is_written_as_people_do() {
        check(SYSTEM, "S-1-5-18");
        check(&[1, 0, 0, 0, 0, 0, 0, 5], "S-1-5");
        check(&[1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0xf4, 1, 0, 0, 9], "S-1-5-21-500");
        check(&[1, 1, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255], "S-1-0x000100000000-4294967295");
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..SYSTEM.len() {
            assert!(parse(&SYSTEM[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
