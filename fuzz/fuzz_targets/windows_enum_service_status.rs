#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::block::Block;
use sysvitals_parse::windows::enum_service_status;

fuzz_target!(|data: &[u8]| {
    // At a low address, so that many numbers are pointers into the block.
    for word in [Word::Bits32, Word::Bits64] {
        let block = Block::new(data, 1, word);
        let _ = enum_service_status::parse(block, 100);
    }
});
