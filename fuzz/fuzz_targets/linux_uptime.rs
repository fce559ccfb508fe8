#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::uptime;

fuzz_target!(|data: &[u8]| {
    let _ = uptime::parse(data);
});
