//! Memory with pointers into itself, as Windows fills it: structures first, what they lead to after.

use crate::ParseError;
use crate::cstruct::{CStruct, Word};
use crate::windows::structure;

/// The bytes of such memory, and where they were when they were filled.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    bytes: &'a [u8],
    address: u64,
    word: Word,
}

impl<'a> Block<'a> {
    /// `bytes` that stood at `address` of a program whose pointers have the size `word`.
    #[must_use]
    pub fn new(bytes: &'a [u8], address: u64, word: Word) -> Self {
        Self { bytes, address, word }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn word(&self) -> Word {
        self.word
    }

    /// The structure that starts at `offset`.
    pub(super) fn at(&self, offset: usize) -> CStruct<'a> {
        structure(self.bytes.get(offset..).unwrap_or_default(), self.word)
    }

    /// What `pointer` points to, `None` if nowhere.
    pub(super) fn structure(
        &self,
        pointer: u64,
        field: &'static str,
    ) -> Result<Option<CStruct<'a>>, ParseError> {
        Ok(self.tail(pointer, field)?.map(|tail| structure(tail, self.word)))
    }

    /// The text that `pointer` points to, in UTF-16 up to its NUL; empty if it points nowhere.
    pub(super) fn text(&self, pointer: u64, field: &'static str) -> Result<Vec<u16>, ParseError> {
        let Some(tail) = self.tail(pointer, field)? else { return Ok(Vec::new()) };
        let mut units = tail.chunks_exact(2).map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        });
        let mut ended = false;
        let text = units.by_ref().take_while(|unit| {
            ended = *unit == 0;
            !ended
        });
        let text = text.collect();
        if ended { Ok(text) } else { Err(ParseError::new(field, b"")) }
    }

    fn tail(&self, pointer: u64, field: &'static str) -> Result<Option<&'a [u8]>, ParseError> {
        if pointer == 0 {
            return Ok(None);
        }
        let start = pointer.checked_sub(self.address).and_then(|start| usize::try_from(start).ok());
        let tail = start.and_then(|start| self.bytes.get(start..));
        tail.map(Some).ok_or_else(|| ParseError::new(field, &pointer.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_count_from_the_address() {
        let block = Block::new(b"abc\0d\0\0\0\xff\xff", 0x1000, Word::Bits64);
        let text = |pointer| block.text(pointer, "f");
        assert_eq!(text(0), Ok(Vec::new()));
        assert_eq!(text(0x1002), Ok(vec![u16::from(b'c'), u16::from(b'd')]));
        assert_eq!(text(0x1006), Ok(Vec::new()));
        // Without a NUL, before the block, and past its end.
        assert_eq!(text(0x1008), Err(ParseError::new("f", b"")));
        assert!(text(0xfff).is_err() && text(0x100b).is_err() && text(u64::MAX).is_err());
        let structure = |pointer| block.structure(pointer, "f");
        assert_eq!(structure(0), Ok(None));
        let found = structure(0x1001).expect("in the block").expect("not null");
        assert_eq!(found.u8(0, "f"), Ok(b'b'));
        assert!(structure(1).is_err());
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..4 {
            let block = Block::new(&b"a\0\0\0"[..end], 8, Word::Bits32);
            assert_eq!(block.text(8, "f").is_ok(), end == 4, "prefix of {end} bytes");
            assert!(block.at(end + 1).u8(0, "f").is_err());
        }
    }
}
