#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::logical_processor;

fuzz_target!(|data: &[u8]| {
    logical_processor::parse(data).for_each(drop);
});
