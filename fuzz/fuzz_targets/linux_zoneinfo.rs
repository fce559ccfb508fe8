#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::zoneinfo;

fuzz_target!(|data: &[u8]| {
    let _ = zoneinfo::parse(data);
});
