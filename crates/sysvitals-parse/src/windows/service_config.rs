//! `QUERY_SERVICE_CONFIGW` and `SERVICE_DESCRIPTIONW`: how a service is set up (winsvc.h).

use crate::ParseError;
use crate::windows::block::Block;
use crate::windows::by;

/// What QueryServiceConfigW tells. Texts are in UTF-16, and empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceConfig {
    /// When it is started (`SERVICE_AUTO_START` and others).
    pub start_type: u32,
    /// Its program with arguments.
    pub binary_path: Vec<u16>,
    /// The user it runs as.
    pub start_name: Vec<u16>,
    /// What people call it.
    pub display_name: Vec<u16>,
}

/// Parses a `QUERY_SERVICE_CONFIGW`.
pub fn parse(block: Block<'_>) -> Result<ServiceConfig, ParseError> {
    let (word, fields) = (block.word(), block.at(0));
    let text = |offset, field| block.text(fields.ulong(offset, field)?, field);
    Ok(ServiceConfig {
        start_type: fields.u32(4, "dwStartType")?,
        binary_path: text(by(word, 12, 16), "lpBinaryPathName")?,
        start_name: text(by(word, 28, 48), "lpServiceStartName")?,
        display_name: text(by(word, 32, 56), "lpDisplayName")?,
    })
}

/// Parses a `SERVICE_DESCRIPTIONW`, which is one text, empty where there is none.
pub fn parse_description(block: Block<'_>) -> Result<Vec<u16>, ParseError> {
    block.text(block.at(0).ulong(0, "lpDescription")?, "lpDescription")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cstruct::Word;

    const AT: u64 = 0x1000;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// A structure of `length` bytes with texts behind it, pointed to from these offsets.
    fn structure(word: Word, length: usize, texts: &[(usize, &str)]) -> Vec<u8> {
        let mut bytes = vec![0; length];
        for (offset, text) in texts {
            let size = by(word, 4, 8);
            let pointer = (AT + bytes.len() as u64).to_le_bytes();
            bytes[*offset..offset + size].copy_from_slice(&pointer[..size]);
            bytes.extend(units(text).into_iter().chain([0]).flat_map(u16::to_le_bytes));
        }
        bytes
    }

    fn config(word: Word) -> Vec<u8> {
        let texts = [(by(word, 12, 16), r"C:\a b.exe -k"), (by(word, 28, 48), "LocalSystem")];
        let mut bytes = structure(word, by(word, 36, 64), &texts);
        bytes[4] = 3;
        bytes
    }

    #[test]
    fn texts_are_pointed_to() {
        for word in [Word::Bits32, Word::Bits64] {
            let want = ServiceConfig {
                start_type: 3,
                binary_path: units(r"C:\a b.exe -k"),
                start_name: units("LocalSystem"),
                display_name: Vec::new(),
            };
            assert_eq!(parse(Block::new(&config(word), AT, word)), Ok(want));

            let bytes = structure(word, by(word, 4, 8), &[(0, "Tut was.")]);
            let told = parse_description(Block::new(&bytes, AT, word));
            assert_eq!(told, Ok(units("Tut was.")));
            assert_eq!(parse_description(Block::new(&[0; 8], AT, word)), Ok(Vec::new()));
        }
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = config(word);
            for end in 0..bytes.len() {
                let prefix = Block::new(&bytes[..end], AT, word);
                assert!(parse(prefix).is_err(), "prefix of {end} bytes");
                let _ = parse_description(prefix);
            }
        }
    }
}
