//! `PSAPI_WORKING_SET_INFORMATION`: the pages in physical memory, a word each (QueryWorkingSet).

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// The pages of a working set, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkingSet {
    /// All of them.
    pub pages: u64,
    /// Those that no other process uses: not shareable, or shared with nobody.
    pub unshared: u64,
}

/// Bytes of a structure with so many pages.
#[must_use]
pub fn size(pages: u64, word: Word) -> usize {
    let entries = usize::try_from(pages).unwrap_or(usize::MAX).saturating_add(1);
    entries.saturating_mul(word.size())
}

/// The number of pages that stands at the start, also where they themselves had no room.
///
/// # Errors
///
/// When it is missing.
pub fn count(input: &[u8], word: Word) -> Result<u64, ParseError> {
    structure(input, word).ulong(0, "NumberOfEntries")
}

/// Counts the pages.
///
/// # Errors
///
/// When there are fewer than announced.
pub fn parse(input: &[u8], word: Word) -> Result<WorkingSet, ParseError> {
    let set = structure(input, word);
    let pages = count(input, word)?;
    let mut unshared = 0;
    for page in 0..pages {
        // Its place is where a structure of the pages before it ends.
        let block = set.ulong(size(page, word), "WorkingSetInfo")?;
        let sharers = block >> 5 & 0b111;
        let is_shareable = block >> 8 & 1 == 1;
        if !is_shareable || sharers <= 1 {
            unshared += 1;
        }
    }
    Ok(WorkingSet { pages, unshared })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page: its address, whether it is shareable, by how many it is shared, its protection.
    fn block(address: u64, is_shareable: bool, sharers: u64, protection: u64) -> u64 {
        address & !0xFFF | u64::from(is_shareable) << 8 | sharers << 5 | protection
    }

    fn write(blocks: &[u64], word: Word) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in std::iter::once(&(blocks.len() as u64)).chain(blocks) {
            match word {
                Word::Bits32 => {
                    bytes.extend(u32::try_from(*number).expect("32 bits").to_le_bytes());
                }
                Word::Bits64 => bytes.extend(number.to_le_bytes()),
            }
        }
        bytes
    }

    #[test]
    fn what_is_shared_with_nobody_is_its_own() {
        let blocks = [
            block(0x1000, false, 0, 4),
            block(0x2000, true, 1, 1),
            block(0x3000, true, 2, 1),
            block(0x4000, true, 7, 0x1F),
            block(0xFFFF_F000, false, 0, 5),
        ];
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write(&blocks, word);
            assert_eq!(bytes.len(), size(5, word));
            assert_eq!(count(&bytes, word), Ok(5));
            assert_eq!(parse(&bytes, word), Ok(WorkingSet { pages: 5, unshared: 3 }));
        }
        assert_eq!(parse(&write(&[], Word::Bits64), Word::Bits64), Ok(WorkingSet::default()));
    }

    #[test]
    fn a_count_without_its_pages_is_an_error() {
        let mut bytes = write(&[], Word::Bits64);
        bytes.fill(0xFF);
        assert_eq!(count(&bytes, Word::Bits64), Ok(u64::MAX));
        assert!(parse(&bytes, Word::Bits64).is_err());
        assert_eq!(size(u64::MAX, Word::Bits64), usize::MAX);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write(&[block(0x1000, false, 0, 4), block(0x2000, true, 3, 1)], word);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], word).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
