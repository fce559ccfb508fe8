//! `FILE_STANDARD_INFO`: what a file on a disk is (GetFileInformationByHandleEx).

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// Bytes of the structure.
pub const SIZE: usize = 24;

/// A file or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStandardInfo {
    /// It goes once nobody has it open.
    pub delete_pending: bool,
    /// It is a directory.
    pub directory: bool,
}

/// Parses the structure; what follows it is left alone.
///
/// # Errors
///
/// When it is incomplete.
pub fn parse(input: &[u8]) -> Result<FileStandardInfo, ParseError> {
    // Of no size that depends on that of pointers.
    let info = structure(input, Word::Bits64);
    Ok(FileStandardInfo {
        delete_pending: info.u8(20, "DeletePending")? != 0,
        directory: info.u8(21, "Directory")? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(delete_pending: u8, directory: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(4096_i64.to_le_bytes()); // AllocationSize
        bytes.extend((-1_i64).to_le_bytes()); // EndOfFile
        bytes.extend(1_u32.to_le_bytes()); // NumberOfLinks
        bytes.extend([delete_pending, directory]);
        bytes
    }

    #[test]
    fn any_number_but_zero_is_true() {
        let check = |bytes: [u8; 2], delete_pending, directory| {
            let info = parse(&write(bytes[0], bytes[1]));
            assert_eq!(info, Ok(FileStandardInfo { delete_pending, directory }));
        };
        check([0, 0], false, false);
        check([1, 0], true, false);
        check([0, 1], false, true);
        check([0xFF, 2], true, true);
        assert!(write(0, 0).len() <= SIZE);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write(1, 1);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
