#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::page_file;

fuzz_target!(|data: &[u8]| {
    page_file::parse(data).for_each(drop);
});
