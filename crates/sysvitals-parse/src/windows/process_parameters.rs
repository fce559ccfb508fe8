//! `RTL_USER_PROCESS_PARAMETERS`, as it stands in the memory of a process: what it was started with.
//!
//! Layout: winternl.h as far as it goes, the public symbols of ntdll beyond; the same since Windows
//! Vista.

use crate::ParseError;
use crate::cstruct::Word;

use super::{UnicodeString, by, structure};

/// Where in the memory of the process each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessParameters {
    /// The working directory; changes with it.
    pub current_directory: UnicodeString,
    /// The path of the program.
    pub image: UnicodeString,
    /// The command line, as one text.
    pub command_line: UnicodeString,
    /// Address of the [environment](super::environment); changes with it.
    pub environment: u64,
    /// Bytes of the environment.
    pub environment_size: u64,
}

/// As much of it as [`parse`] wants to see.
#[must_use]
pub fn size(word: Word) -> usize {
    by(word, 0x294, 0x3f8)
}

/// Parses the structure.
///
/// # Errors
///
/// If the bytes end before it does.
pub fn parse(bytes: &[u8], word: Word) -> Result<ProcessParameters, ParseError> {
    let fixed = structure(bytes, word);
    let text =
        |bits32, bits64, field| UnicodeString::read(fixed, word, by(word, bits32, bits64), field);
    Ok(ProcessParameters {
        current_directory: text(0x24, 0x38, "CurrentDirectory")?,
        image: text(0x38, 0x60, "ImagePathName")?,
        command_line: text(0x40, 0x70, "CommandLine")?,
        environment: fixed.ulong(by(word, 0x48, 0x80), "Environment")?,
        environment_size: fixed.ulong(by(word, 0x290, 0x3f0), "EnvironmentSize")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(word: Word) -> Vec<u8> {
        let mut bytes = vec![0; size(word)];
        let mut put = |bits32: usize, bits64: usize, value: &[u8]| {
            let offset = by(word, bits32, bits64);
            bytes[offset..offset + value.len()].copy_from_slice(value);
        };
        for (index, (bits32, bits64)) in (1_u8..).zip([(0x24, 0x38), (0x38, 0x60), (0x40, 0x70)]) {
            put(bits32, bits64, &[index * 2, 0, 0xff, 0xff]);
            put(bits32 + 4, bits64 + 8, &[0, index]);
        }
        put(0x48, 0x80, &[0, 9]);
        put(0x290, 0x3f0, &[0, 8]);
        bytes
    }

    #[track_caller]
    fn check(word: Word) {
        let text = |length, buffer| UnicodeString { length, buffer };
        let want = ProcessParameters {
            current_directory: text(2, 0x100),
            image: text(4, 0x200),
            command_line: text(6, 0x300),
            environment: 0x900,
            environment_size: 0x800,
        };
        assert_eq!(parse(&written(word), word), Ok(want));
    }

    #[test]
    fn members_stand_where_pointers_leave_room() {
        check(Word::Bits32);
        check(Word::Bits64);
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = written(word);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], word).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
