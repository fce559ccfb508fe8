#![no_main]
//! Feeds any bytes to the parser of `PROCESS_BASIC_INFORMATION`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::basic_information;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = basic_information::parse(data, word);
    }
});
