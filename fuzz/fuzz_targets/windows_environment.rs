#![no_main]
//! Feeds any bytes to the parser of environment blocks.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::{environment, utf16};

fuzz_target!(|data: &[u8]| {
    let block = utf16::parse(data);
    for (name, _) in environment::parse(&block) {
        assert!(!name.is_empty());
    }
});
