//! `UNICODE_STRING` (ntdef.h): text of another place in memory.

use crate::ParseError;
use crate::cstruct::{CStruct, Word};

use super::{by, structure};

/// Where a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnicodeString {
    /// Bytes of the text, two a unit, without a NUL.
    pub length: u16,
    /// Address of its first byte.
    pub buffer: u64,
}

impl UnicodeString {
    pub(super) fn read(
        bytes: CStruct<'_>,
        word: Word,
        offset: usize,
        field: &'static str,
    ) -> Result<Self, ParseError> {
        let buffer = offset.saturating_add(by(word, 4, 8));
        Ok(Self { length: bytes.u16(offset, field)?, buffer: bytes.ulong(buffer, field)? })
    }

    /// Its text, if that stands in `bytes`, which were at `address`.
    pub(super) fn within<'a>(
        &self,
        bytes: &'a [u8],
        address: u64,
        field: &'static str,
    ) -> Result<&'a [u8], ParseError> {
        if self.length == 0 {
            return Ok(b"");
        }
        let start = self.buffer.checked_sub(address).and_then(|start| start.try_into().ok());
        start
            .and_then(|start: usize| bytes.get(start..)?.get(..usize::from(self.length)))
            .ok_or_else(|| ParseError::new(field, b""))
    }
}

/// The text of a string that the system gives alone, as NtQueryInformationProcess does: the
/// structure, and the text behind it. `bytes` were at `address`.
///
/// # Errors
///
/// If the text is not in `bytes`.
pub fn parse(bytes: &[u8], word: Word, address: u64) -> Result<&[u8], ParseError> {
    UnicodeString::read(structure(bytes, word), word, 0, "Length")?.within(bytes, address, "Buffer")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: u64 = 0x10_0000;

    fn written(word: Word, text: &[u8]) -> Vec<u8> {
        let size = by(word, 8, 16);
        let mut bytes = vec![0; size];
        bytes[..2].copy_from_slice(&u16::try_from(text.len()).expect("short").to_le_bytes());
        let place = (ADDRESS + u64::try_from(size).expect("small")).to_le_bytes();
        bytes[by(word, 4, 8)..].copy_from_slice(&place[..by(word, 4, 8)]);
        bytes.extend(text);
        bytes
    }

    #[track_caller]
    fn check(text: &[u8]) {
        for word in [Word::Bits32, Word::Bits64] {
            assert_eq!(parse(&written(word, text), word, ADDRESS), Ok(text));
        }
    }

    #[test]
    fn texts_stand_where_the_pointer_says() {
        check(b"");
        check(b"a\0b\0");
        check(&[b'x'; 65_534]);
    }

    #[test]
    fn a_text_elsewhere_is_an_error() {
        let bytes = written(Word::Bits64, b"a\0b\0");
        for address in [0, ADDRESS + 17, u64::MAX] {
            let text = parse(&bytes, Word::Bits64, address);
            assert_eq!(text, Err(ParseError::new("Buffer", b"")), "{address:#x}");
        }
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = written(word, b"a\0b\0");
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], word, ADDRESS).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
