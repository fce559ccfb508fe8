#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::meminfo;

fuzz_target!(|data: &[u8]| {
    let _ = meminfo::parse(data);
});
