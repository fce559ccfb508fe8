#![no_main]
//! Feeds any bytes to the parser of `VM_COUNTERS_EX`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::vm_counters;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        let _ = vm_counters::parse(data, word);
    }
});
