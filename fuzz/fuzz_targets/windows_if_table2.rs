#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::if_table2;

fuzz_target!(|data: &[u8]| {
    let _ = if_table2::parse(data);
});
