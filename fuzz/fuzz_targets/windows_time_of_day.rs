#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::time_of_day;

fuzz_target!(|data: &[u8]| {
    let _ = time_of_day::parse(data);
});
