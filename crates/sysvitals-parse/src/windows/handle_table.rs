//! `PROCESS_HANDLE_SNAPSHOT_INFORMATION` and `SYSTEM_HANDLE_INFORMATION_EX`: the handles of one
//! process, and those of all (NtQueryInformationProcess and NtQuerySystemInformation).

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// One handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    /// Whose it is; of a table of one process, 0.
    pub pid: u64,
    /// Its value, in that process.
    pub value: u64,
    /// What it allows.
    pub granted_access: u32,
    /// The type of its object: a number of this boot.
    pub object_type: u32,
}

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Of one process: `PROCESS_HANDLE_SNAPSHOT_INFORMATION`, Windows 8.
    Process,
    /// Of all processes: `SYSTEM_HANDLE_INFORMATION_EX`.
    System,
}

/// Parses a table: a count, a reserved word, and the handles.
///
/// # Errors
///
/// When the count is missing, and in the place of each handle that was announced and is not there.
pub fn parse(
    input: &[u8],
    layout: Layout,
    word: Word,
) -> Result<impl Iterator<Item = Result<Handle, ParseError>>, ParseError> {
    let table = structure(input, word);
    let count = table.ulong(0, "NumberOfHandles")?;
    let size = 3 * word.size() + 16;
    let handle = move |index: u64| {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let start = index.saturating_mul(size).saturating_add(2 * word.size());
        let bytes = table.bytes(start, size, "handle")?;
        let entry = structure(bytes, word);
        let fixed = 3 * word.size();
        Ok(match layout {
            // HandleValue, HandleCount, PointerCount; then 32-bit numbers.
            Layout::Process => Handle {
                pid: 0,
                value: entry.ulong(0, "HandleValue")?,
                granted_access: entry.u32(fixed, "GrantedAccess")?,
                object_type: entry.u32(fixed + 4, "ObjectTypeIndex")?,
            },
            // Object, UniqueProcessId, HandleValue; the type is the second of two 16-bit numbers.
            Layout::System => Handle {
                pid: entry.ulong(word.size(), "UniqueProcessId")?,
                value: entry.ulong(2 * word.size(), "HandleValue")?,
                granted_access: entry.u32(fixed, "GrantedAccess")?,
                object_type: entry.u16(fixed + 6, "ObjectTypeIndex")?.into(),
            },
        })
    };
    let mut handles = (0..count).map(handle);
    let mut is_over = false;
    // A count that lies ends with one error, not with as many as it announces.
    Ok(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let handle = handles.next()?;
        is_over = handle.is_err();
        Some(handle)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Writer {
        bytes: Vec<u8>,
        word: Word,
    }

    impl Writer {
        fn word(mut self, number: u64) -> Self {
            match self.word {
                Word::Bits32 => {
                    self.bytes.extend(u32::try_from(number).expect("32 bits").to_le_bytes());
                }
                Word::Bits64 => self.bytes.extend(number.to_le_bytes()),
            }
            self
        }

        fn u32(mut self, number: u32) -> Self {
            self.bytes.extend(number.to_le_bytes());
            self
        }

        fn u16(mut self, number: u16) -> Self {
            self.bytes.extend(number.to_le_bytes());
            self
        }
    }

    /// Independent of the offsets above: members in the order of the structures.
    fn write(handles: &[Handle], layout: Layout, word: Word) -> Vec<u8> {
        let mut out = Writer { bytes: Vec::new(), word }.word(handles.len() as u64).word(0);
        for handle in handles {
            out = match layout {
                Layout::Process => out
                    .word(handle.value)
                    .word(7)
                    .word(9)
                    .u32(handle.granted_access)
                    .u32(handle.object_type)
                    .u32(0xAAAA)
                    .u32(0),
                Layout::System => out
                    .word(0xFFFF_0000)
                    .word(handle.pid)
                    .word(handle.value)
                    .u32(handle.granted_access)
                    .u16(0xBBBB)
                    .u16(u16::try_from(handle.object_type).expect("16 bits"))
                    .u32(0xAAAA)
                    .u32(0),
            };
        }
        out.bytes
    }

    const TABLES: [(Layout, Word); 4] = [
        (Layout::Process, Word::Bits32),
        (Layout::Process, Word::Bits64),
        (Layout::System, Word::Bits32),
        (Layout::System, Word::Bits64),
    ];

    fn handles(layout: Layout) -> [Handle; 2] {
        let pid = if layout == Layout::System { 4321 } else { 0 };
        [
            Handle { pid, value: 0x44, granted_access: 0x12_019F, object_type: 37 },
            Handle { pid, value: 0x8000_0008, granted_access: 0, object_type: 0xFFFF },
        ]
    }

    #[test]
    fn tables_of_one_and_of_all() {
        for (layout, word) in TABLES {
            let handles = handles(layout);
            let bytes = write(&handles, layout, word);
            let parsed: Result<Vec<_>, _> = parse(&bytes, layout, word).expect("a count").collect();
            assert_eq!(parsed.as_deref(), Ok(&handles[..]), "{layout:?} {word:?}");
            let none = write(&[], layout, word);
            assert_eq!(parse(&none, layout, word).expect("a count").count(), 0);
        }
    }

    #[test]
    fn a_count_that_lies_is_one_error() {
        for (layout, word) in TABLES {
            let bytes = [0xFF; 16];
            let parsed: Vec<_> = parse(&bytes, layout, word).expect("a count").collect();
            assert!(matches!(parsed[..], [Err(_)]), "{layout:?} {word:?}");
        }
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for (layout, word) in TABLES {
            let bytes = write(&handles(layout), layout, word);
            for end in 0..bytes.len() {
                let parsed = parse(&bytes[..end], layout, word)
                    .and_then(|handles| handles.collect::<Result<Vec<_>, _>>());
                assert!(parsed.is_err(), "prefix of {end} bytes");
            }
        }
    }
}
