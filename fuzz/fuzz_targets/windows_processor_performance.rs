#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::processor_performance;

fuzz_target!(|data: &[u8]| {
    processor_performance::parse(data).for_each(drop);
});
