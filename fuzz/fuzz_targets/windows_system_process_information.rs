#![no_main]
//! Feeds any bytes to the parser of `SYSTEM_PROCESS_INFORMATION`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::system_process_information;

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        // A chain leads forwards only, so that it ends.
        for (_, process) in system_process_information::parse(data, word, 0).flatten() {
            let _ = process.threads().count();
        }
    }
});
