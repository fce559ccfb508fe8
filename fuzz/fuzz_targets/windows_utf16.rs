#![no_main]
//! Feeds any bytes to the parser of UTF-16.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::utf16;

fuzz_target!(|data: &[u8]| {
    let units = utf16::parse(data);
    assert!(utf16::until_nul(&units).len() <= units.len());
});
