#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::performance_information;

fuzz_target!(|data: &[u8]| {
    let _ = performance_information::parse(data);
});
