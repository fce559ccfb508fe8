//! `SYSTEM_PAGEFILE_INFORMATION`: the files that memory is paged out to (class 18 of
//! NtQuerySystemInformation; the same numbers as `ENUM_PAGE_FILE_INFORMATION` of psapi).

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of a structure up to its name, which is not read.
const HEADER: usize = 16;

/// One file, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageFile {
    /// Its size now.
    pub total: u32,
    /// What is in use.
    pub used: u32,
}

/// Parses one file after another; one that cannot be ends them. No bytes are no files.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<PageFile, ParseError>> + '_ {
    let mut rest = Some(input).filter(|input| !input.is_empty());
    std::iter::from_fn(move || {
        let bytes = rest.take()?;
        Some(page_file(bytes).map(|(file, next)| {
            rest = next;
            file
        }))
    })
}

/// The first file, and the bytes from the next one on if there is one.
fn page_file(bytes: &[u8]) -> Result<(PageFile, Option<&[u8]>), ParseError> {
    let fields = structure(bytes, Word::Bits64);
    let offset = fields.u32(0, "NextEntryOffset")?;
    let file = PageFile { total: fields.u32(4, "TotalSize")?, used: fields.u32(8, "TotalInUse")? };
    fields.u32(12, "PeakUsage")?;
    if offset == 0 {
        return Ok((file, None));
    }
    // One that points into itself would never end.
    let next = usize::try_from(offset).ok().filter(|&offset| offset >= HEADER);
    match next.and_then(|offset| bytes.get(offset..)) {
        Some(next) => Ok((file, Some(next))),
        None => Err(ParseError::new("NextEntryOffset", &offset.to_le_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(next: u32, total: u32, used: u32, length: usize) -> Vec<u8> {
        let mut out: Vec<u8> =
            [next, total, used, used].into_iter().flat_map(u32::to_le_bytes).collect();
        out.resize(length, 0xEE);
        out
    }

    #[test]
    fn files_are_a_chain() {
        let bytes = [write(80, 1000, 10, 80), write(0, 500, 0, 64)].concat();
        let files: Vec<_> = parse(&bytes).collect();
        let want = |total, used| Ok(PageFile { total, used });
        assert_eq!(files, [want(1000, 10), want(500, 0)]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn a_chain_that_leads_nowhere_is_an_error() {
        for next in [1, 15, 65, u32::MAX] {
            let files: Vec<_> = parse(&write(next, 1, 1, 64)).collect();
            assert!(matches!(files[..], [Err(_)]), "{next}");
        }
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write(0, 1, 1, HEADER);
        for end in 1..bytes.len() {
            let files: Vec<_> = parse(&bytes[..end]).collect();
            assert!(matches!(files[..], [Err(_)]), "prefix of {end} bytes");
        }
    }
}
