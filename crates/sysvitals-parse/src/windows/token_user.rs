//! `TOKEN_USER` (winnt.h): what GetTokenInformation tells of whom a program acts for.

use crate::ParseError;
use crate::cstruct::Word;

use super::structure;

/// The [security identifier](super::security_identifier) that it points to. `bytes` were at
/// `address`.
///
/// # Errors
///
/// If it is not in `bytes`.
pub fn parse(bytes: &[u8], word: Word, address: u64) -> Result<&[u8], ParseError> {
    let missing = || ParseError::new("User.Sid", b"");
    let place = structure(bytes, word).ulong(0, "User.Sid")?;
    let start = place.checked_sub(address).and_then(|start| usize::try_from(start).ok());
    let identifier = start.and_then(|start| bytes.get(start..)).ok_or_else(missing)?;
    let count = identifier.get(1).copied().ok_or_else(missing)?;
    identifier.get(..8 + usize::from(count) * 4).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::by;

    const SYSTEM: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

    fn written(word: Word) -> Vec<u8> {
        let size = by(word, 8, 16);
        let mut bytes = vec![0; size];
        bytes[..2].copy_from_slice(&[u8::try_from(size).expect("small"), 0x10]);
        bytes.extend(SYSTEM);
        bytes
    }

    #[test]
    fn the_identifier_stands_behind() {
        for word in [Word::Bits32, Word::Bits64] {
            let mut bytes = written(word);
            bytes.extend([0xee; 8]);
            assert_eq!(parse(&bytes, word, 0x1000), Ok(SYSTEM));
            assert!(parse(&bytes, word, 0x2000).is_err());
            assert!(parse(&bytes, word, 0).is_err());
        }
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = written(word);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], word, 0x1000).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
