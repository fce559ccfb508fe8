//! `OBJECT_TYPE_INFORMATION`: what kind of object a handle leads to (NtQueryObject).

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;
use crate::windows::unicode_string::UnicodeString;

/// The type of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectTypeInformation<'a> {
    /// Its name, such as `File`, in UTF-16.
    pub name: &'a [u8],
    /// Its number, as tables of handles have it. Windows 8.1.
    pub index: u8,
}

/// Parses the structure, which points into itself: `address` is where its first byte stood.
///
/// # Errors
///
/// When it is incomplete, or points elsewhere.
pub fn parse(
    input: &[u8],
    address: u64,
    word: Word,
) -> Result<ObjectTypeInformation<'_>, ParseError> {
    let information = structure(input, word);
    let name = UnicodeString::read(information, word, 0, "TypeName")?;
    Ok(ObjectTypeInformation {
        name: name.within(input, address, "TypeName")?,
        // Behind 18 numbers and two marks.
        index: information.u8(2 * word.size() + 74, "TypeIndex")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: u64 = 0x7000_1000;

    /// The structure as the kernel writes it: its text behind the other members.
    fn write(name: &str, word: Word) -> Vec<u8> {
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(text.len()).expect("a short name");
        let rest: u32 = 22 * 4;
        let mut bytes = Vec::new();
        bytes.extend(length.to_le_bytes());
        bytes.extend((length + 2).to_le_bytes());
        match word {
            Word::Bits32 => bytes.extend((0x7000_1000_u32 + 8 + rest).to_le_bytes()),
            Word::Bits64 => {
                bytes.extend([0xEE; 4]);
                bytes.extend((ADDRESS + 16 + u64::from(rest)).to_le_bytes());
            }
        }
        // Counts and rights; SecurityRequired and MaintainHandleCount; then the type, and the rest.
        bytes.extend(std::iter::repeat_n(0xEE, 18 * 4 + 2));
        bytes.extend([37, 0]);
        bytes.extend(std::iter::repeat_n(0xEE, rest as usize - 18 * 4 - 4));
        bytes.extend(text);
        bytes
    }

    #[test]
    fn the_name_is_where_it_points() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write("File", word);
            let file = ObjectTypeInformation { name: b"F\0i\0l\0e\0", index: 37 };
            assert_eq!(parse(&bytes, ADDRESS, word), Ok(file));
            let nameless = ObjectTypeInformation { name: b"", index: 37 };
            assert_eq!(parse(&write("", word), ADDRESS, word), Ok(nameless));
            assert!(parse(&bytes, ADDRESS + 0x1000, word).is_err(), "before its start");
            assert!(parse(&bytes, 0, word).is_err(), "behind its end");
        }
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write("Directory", word);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], ADDRESS, word).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
