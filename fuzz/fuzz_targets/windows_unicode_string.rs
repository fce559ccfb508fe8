#![no_main]
//! Feeds any bytes to the parser of `UNICODE_STRING`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::unicode_string;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = unicode_string::parse(data, word, 0);
    }
});
