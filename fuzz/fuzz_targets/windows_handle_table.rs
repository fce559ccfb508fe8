#![no_main]
//! Feeds any bytes to the parser of tables of handles.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::handle_table::{self, Layout};

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        for layout in [Layout::Process, Layout::System] {
            if let Ok(handles) = handle_table::parse(data, layout, word) {
                handles.for_each(drop);
            }
        }
    }
});
