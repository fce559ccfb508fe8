//! Windows: structures of ntdll and of the process environment block.
//!
//! Numbers are little-endian on every Windows; the size of pointers is an argument, since a 64-bit
//! program also looks at 32-bit ones.

pub mod adapter_addresses;
pub mod block;
pub mod client_address;
pub mod connection_rows;
pub mod disk_performance;
pub mod enum_service_status;
pub mod if_table2;
pub mod logical_processor;
pub mod page_file;
pub mod performance_information;
pub mod processor_performance;
pub mod processor_power;
pub mod service_config;
pub mod service_status;
pub mod session_info;
pub mod system_process_information;
pub mod tcp_table;
pub mod time_of_day;
pub mod udp_table;
pub mod utf16;

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

fn structure(bytes: &[u8], word: Word) -> CStruct<'_> {
    CStruct::new(bytes, Endian::Little, word)
}

/// Where a member stands, by the size of pointers.
fn by(word: Word, bits32: usize, bits64: usize) -> usize {
    match word {
        Word::Bits32 => bits32,
        Word::Bits64 => bits64,
    }
}

/// A `UNICODE_STRING` (ntdef.h): text of another place in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnicodeString {
    /// Bytes of the text, two a unit, without a NUL.
    pub length: u16,
    /// Address of its first byte.
    pub buffer: u64,
}

impl UnicodeString {
    fn read(
        bytes: CStruct<'_>,
        word: Word,
        offset: usize,
        field: &'static str,
    ) -> Result<Self, ParseError> {
        let buffer = offset.saturating_add(by(word, 4, 8));
        Ok(Self { length: bytes.u16(offset, field)?, buffer: bytes.ulong(buffer, field)? })
    }

    /// Its text, if that stands in `bytes`, which were at `address`.
    fn within<'a>(
        &self,
        bytes: &'a [u8],
        address: u64,
        field: &'static str,
    ) -> Result<&'a [u8], ParseError> {
        if self.length == 0 {
            return Ok(b"");
        }
        let start = self.buffer.checked_sub(address).and_then(|start| start.try_into().ok());
        start
            .and_then(|start: usize| bytes.get(start..)?.get(..usize::from(self.length)))
            .ok_or_else(|| ParseError::new(field, b""))
    }
}
