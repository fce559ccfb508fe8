#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::processor_power;

fuzz_target!(|data: &[u8]| {
    processor_power::parse(data).for_each(drop);
});
