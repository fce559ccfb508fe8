//! `PROCESS_BASIC_INFORMATION` (winternl.h): what NtQueryInformationProcess (class 0) tells.

use crate::ParseError;
use crate::cstruct::Word;

use super::{by, structure};

/// What stands in it of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicInformation {
    /// Address of its process environment block; 0 for a process without a program.
    pub peb: u64,
    /// Its pid.
    pub pid: u64,
    /// The pid of the process that started it, which may be another's by now.
    pub ppid: u64,
}

/// Its size: the system wants room for exactly that.
#[must_use]
pub fn size(word: Word) -> usize {
    by(word, 0x18, 0x30)
}

/// Parses the structure.
///
/// # Errors
///
/// If the bytes end before it does.
pub fn parse(bytes: &[u8], word: Word) -> Result<BasicInformation, ParseError> {
    let fixed = structure(bytes, word);
    Ok(BasicInformation {
        peb: fixed.ulong(by(word, 4, 8), "PebBaseAddress")?,
        pid: fixed.ulong(by(word, 0x10, 0x20), "UniqueProcessId")?,
        ppid: fixed.ulong(by(word, 0x14, 0x28), "InheritedFromUniqueProcessId")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: Word, size: usize, offsets: [usize; 3]) {
        let mut bytes = vec![0xee; size];
        for (value, offset) in (1_u64..).zip(offsets) {
            bytes[offset..offset + by(word, 4, 8)]
                .copy_from_slice(&value.to_le_bytes()[..by(word, 4, 8)]);
        }
        let want = BasicInformation { peb: 1, pid: 2, ppid: 3 };
        assert_eq!(parse(&bytes, word), Ok(want));
        for end in 0..size {
            assert!(parse(&bytes[..end], word).is_err(), "prefix of {end} bytes");
        }
    }

    #[test]
    fn no_prefix_panics() {
        check(Word::Bits32, 0x18, [4, 0x10, 0x14]);
        check(Word::Bits64, 0x30, [8, 0x20, 0x28]);
    }
}
