#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::attribute;

fuzz_target!(|data: &[u8]| {
    let _ = attribute::number(data);
    let _ = attribute::text(data);
});
