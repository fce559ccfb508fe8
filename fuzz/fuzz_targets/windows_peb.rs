#![no_main]
//! Feeds any bytes to the parser of the process environment block.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::peb;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = peb::parse(data, word);
    }
});
