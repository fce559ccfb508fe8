#![no_main]
//! Feeds any bytes to the parser of `OBJECT_TYPE_INFORMATION`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::object_type_information;

fuzz_target!(|data: &[u8]| {
    let Some((address, bytes)) = data.split_first_chunk() else { return };
    for word in [Word::Bits32, Word::Bits64] {
        let _ = object_type_information::parse(bytes, u64::from_le_bytes(*address), word);
    }
});
