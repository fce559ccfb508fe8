#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::session_info;

fuzz_target!(|data: &[u8]| {
    let _ = session_info::parse(data);
});
