//! `ENUM_SERVICE_STATUS_PROCESSW`: the services that EnumServicesStatusExW lists (winsvc.h).

use crate::ParseError;
use crate::windows::block::Block;
use crate::windows::by;

/// A service by its names, in UTF-16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What programs call it.
    pub name: Vec<u16>,
    /// What people call it.
    pub display_name: Vec<u16>,
}

/// Parses the first `count` services of an array.
pub fn parse(block: Block<'_>, count: u32) -> Result<Vec<Service>, ParseError> {
    let word = block.word();
    let pointer = by(word, 4, 8);
    let length = by(word, 44, 56);
    let mut services = Vec::new();
    for at in 0..usize::try_from(count).unwrap_or(usize::MAX) {
        let fields = block.at(at.saturating_mul(length));
        let name = fields.ulong(0, "lpServiceName")?;
        let display_name = fields.ulong(pointer, "lpDisplayName")?;
        services.push(Service {
            name: block.text(name, "lpServiceName")?,
            display_name: block.text(display_name, "lpDisplayName")?,
        });
    }
    Ok(services)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cstruct::Word;

    const AT: u64 = 0x1000;

    /// Two services, the second without a display name.
    fn array(word: Word) -> Vec<u8> {
        let length = by(word, 44, 56);
        let mut bytes = vec![0; 2 * length];
        let texts = [(0, "Spooler\0"), (by(word, 4, 8), "Drücker\0"), (length, "RpcSs\0")];
        for (offset, text) in texts {
            let pointer = (AT + bytes.len() as u64).to_le_bytes();
            bytes[offset..offset + by(word, 4, 8)].copy_from_slice(&pointer[..by(word, 4, 8)]);
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        bytes
    }

    #[test]
    fn names_are_pointed_to() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let service = |name, display| Service { name: units(name), display_name: units(display) };
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = array(word);
            let block = Block::new(&bytes, AT, word);
            let want = [service("Spooler", "Drücker"), service("RpcSs", "")];
            assert_eq!(parse(block, 2).expect("an array"), want);
            assert_eq!(parse(block, 0), Ok(Vec::new()));
            assert!(parse(block, u32::MAX).is_err());
        }
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = array(word);
            for end in 0..bytes.len() {
                let prefix = Block::new(&bytes[..end], AT, word);
                assert!(parse(prefix, 2).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
