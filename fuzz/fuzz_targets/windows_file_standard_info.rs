#![no_main]
//! Feeds any bytes to the parser of `FILE_STANDARD_INFO`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::file_standard_info;

fuzz_target!(|data: &[u8]| {
    let _ = file_standard_info::parse(data);
});
