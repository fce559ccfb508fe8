//! Windows: structures of ntdll and of the process environment block.
//!
//! Numbers are little-endian on every Windows; the size of pointers is an argument, since a 64-bit
//! program also looks at 32-bit ones.

pub mod adapter_addresses;
pub mod basic_information;
pub mod block;
pub mod client_address;
pub mod command_line;
pub mod connection_rows;
pub mod disk_performance;
pub mod enum_service_status;
pub mod environment;
pub mod file_standard_info;
pub mod handle_table;
pub mod if_table2;
pub mod logical_processor;
pub mod nt_path;
pub mod object_type_information;
pub mod page_file;
pub mod peb;
pub mod performance_information;
pub mod process_parameters;
pub mod processor_performance;
pub mod processor_power;
pub mod psapi_working_set;
pub mod security_identifier;
pub mod service_config;
pub mod service_status;
pub mod session_info;
pub mod system_process_information;
pub mod tcp_table;
pub mod time_of_day;
pub mod token_user;
pub mod udp_table;
pub mod unicode_string;
pub mod utf16;
pub mod vm_counters;

use self::unicode_string::UnicodeString;
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
