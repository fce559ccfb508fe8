#![no_main]
//! Feeds any bytes to the parser of working sets.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::psapi_working_set;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = psapi_working_set::parse(data, word);
    }
});
