#![no_main]
//! Feeds any bytes to the parser of `RTL_USER_PROCESS_PARAMETERS`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::process_parameters;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = process_parameters::parse(data, word);
    }
});
