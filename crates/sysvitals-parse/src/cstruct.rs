//! C structures as bytes: the only reader of binary records.
//!
//! Byte order and word size are arguments, since a record may come from another machine.

use crate::ParseError;

/// Byte order of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// That of the machine this was compiled for.
    pub const NATIVE: Self = if u16::from_ne_bytes([1, 0]) == 1 { Self::Little } else { Self::Big };
}

/// Size of C's `long` in a record; in one of Windows, of a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Four bytes.
    Bits32,
    /// Eight bytes.
    Bits64,
}

impl Word {
    /// In bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }
}

/// The bytes of one structure; members are asked for by offset, aligned or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CStruct<'a> {
    bytes: &'a [u8],
    endian: Endian,
    word: Word,
}

macro_rules! integers {
    ($($(#[$doc:meta])* $type:ident)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// When the structure ends before.
        pub fn $type(&self, offset: usize, field: &'static str) -> Result<$type, ParseError> {
            let bytes = self.array(offset, field)?;
            Ok(match self.endian {
                Endian::Little => $type::from_le_bytes(bytes),
                Endian::Big => $type::from_be_bytes(bytes),
            })
        }
    )*};
}

impl<'a> CStruct<'a> {
    /// A structure that starts with the first of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8], endian: Endian, word: Word) -> Self {
        Self { bytes, endian, word }
    }

    integers! {
        /// The unsigned byte at `offset`.
        u8
        /// The unsigned 16-bit number at `offset`.
        u16
        /// The unsigned 32-bit number at `offset`.
        u32
        /// The unsigned 64-bit number at `offset`.
        u64
        /// The signed 16-bit number at `offset`.
        i16
        /// The signed 32-bit number at `offset`.
        i32
        /// The signed 64-bit number at `offset`.
        i64
    }

    /// The `unsigned long` at `offset`.
    ///
    /// # Errors
    ///
    /// When the structure ends before.
    pub fn ulong(&self, offset: usize, field: &'static str) -> Result<u64, ParseError> {
        match self.word {
            Word::Bits32 => self.u32(offset, field).map(u64::from),
            Word::Bits64 => self.u64(offset, field),
        }
    }

    /// The `long` at `offset`.
    ///
    /// # Errors
    ///
    /// When the structure ends before.
    pub fn long(&self, offset: usize, field: &'static str) -> Result<i64, ParseError> {
        match self.word {
            Word::Bits32 => self.i32(offset, field).map(i64::from),
            Word::Bits64 => self.i64(offset, field),
        }
    }

    /// The `length` bytes at `offset`.
    ///
    /// # Errors
    ///
    /// When the structure ends before.
    pub fn bytes(
        &self,
        offset: usize,
        length: usize,
        field: &'static str,
    ) -> Result<&'a [u8], ParseError> {
        let member = self.bytes.get(offset..).and_then(|tail| tail.get(..length));
        member.ok_or_else(|| ParseError::new(field, b""))
    }

    /// The text in the `char[length]` at `offset`: up to the first NUL, or all of it.
    ///
    /// # Errors
    ///
    /// When the structure ends before.
    pub fn text(
        &self,
        offset: usize,
        length: usize,
        field: &'static str,
    ) -> Result<&'a [u8], ParseError> {
        let member = self.bytes(offset, length, field)?;
        let end = memchr::memchr(0, member).unwrap_or(member.len());
        Ok(member.get(..end).unwrap_or(member))
    }

    fn array<const N: usize>(
        &self,
        offset: usize,
        field: &'static str,
    ) -> Result<[u8; N], ParseError> {
        let tail = self.bytes.get(offset..).and_then(|tail| tail.first_chunk());
        tail.copied().ok_or_else(|| ParseError::new(field, b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = &[0x80, 1, 2, 3, 4, 5, 6, 7, 8];

    #[test]
    fn numbers_follow_the_byte_order() {
        let little = CStruct::new(BYTES, Endian::Little, Word::Bits32);
        let big = CStruct::new(BYTES, Endian::Big, Word::Bits64);
        assert_eq!((little.u8(0, "f"), big.u8(8, "f")), (Ok(0x80), Ok(8)));
        assert_eq!((little.u16(0, "f"), big.u16(1, "f")), (Ok(0x0180), Ok(0x0102)));
        assert_eq!((little.i16(0, "f"), big.i16(0, "f")), (Ok(0x0180), Ok(-0x7fff)));
        assert_eq!((little.u32(1, "f"), big.u32(1, "f")), (Ok(0x0403_0201), Ok(0x0102_0304)));
        assert_eq!((little.i32(5, "f"), big.i32(5, "f")), (Ok(0x0807_0605), Ok(0x0506_0708)));
        assert_eq!(little.u64(1, "f"), Ok(0x0807_0605_0403_0201));
        assert_eq!(big.i64(1, "f"), Ok(0x0102_0304_0506_0708));
    }

    #[test]
    fn words_have_the_size_asked_for() {
        let narrow = CStruct::new(BYTES, Endian::Big, Word::Bits32);
        let wide = CStruct::new(BYTES, Endian::Big, Word::Bits64);
        assert_eq!(narrow.ulong(1, "f"), Ok(0x0102_0304));
        assert_eq!(narrow.long(0, "f"), Ok(i64::from(i32::from_be_bytes([0x80, 1, 2, 3]))));
        assert_eq!(wide.ulong(1, "f"), Ok(0x0102_0304_0506_0708));
        assert_eq!(wide.long(1, "f"), Ok(0x0102_0304_0506_0708));
    }

    #[test]
    fn text_ends_with_its_nul_or_its_member() {
        let text = |bytes| CStruct::new(bytes, Endian::NATIVE, Word::Bits64).text(1, 3, "f");
        assert_eq!(text(b"-ab\0-"), Ok(&b"ab"[..]));
        assert_eq!(text(b"-abc-"), Ok(&b"abc"[..]));
        assert_eq!(text(b"-\0bc-"), Ok(&b""[..]));
        assert_eq!(text(b"-ab"), Err(ParseError::new("f", b"")));
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..BYTES.len() {
            let prefix = CStruct::new(&BYTES[..end], Endian::NATIVE, Word::Bits64);
            assert_eq!(prefix.u64(1, "f"), Err(ParseError::new("f", b"")), "prefix of {end} bytes");
            assert!(prefix.bytes(usize::MAX, 1, "f").is_err());
            assert!(prefix.bytes(0, usize::MAX, "f").is_err());
        }
    }
}
