//! The process environment block (`PEB` of winternl.h), as it stands in the memory of a process.

use crate::ParseError;
use crate::cstruct::Word;

use super::{by, structure};

/// As much of it as [`parse`] wants to see.
#[must_use]
pub fn size(word: Word) -> usize {
    by(word, 0x14, 0x28)
}

/// The address of its [process parameters](super::process_parameters).
///
/// # Errors
///
/// If the bytes end before it does.
pub fn parse(bytes: &[u8], word: Word) -> Result<u64, ParseError> {
    structure(bytes, word).ulong(by(word, 0x10, 0x20), "ProcessParameters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prefix_panics() {
        let bytes: Vec<u8> = (0..0x28).collect();
        assert_eq!(parse(&bytes, Word::Bits32), Ok(0x1312_1110));
        assert_eq!(parse(&bytes, Word::Bits64), Ok(0x2726_2524_2322_2120));
        for word in [Word::Bits32, Word::Bits64] {
            for end in 0..size(word) {
                assert!(parse(&bytes[..end], word).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
