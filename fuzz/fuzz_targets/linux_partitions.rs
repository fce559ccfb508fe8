#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::partitions;

fuzz_target!(|data: &[u8]| {
    partitions::parse(data).for_each(drop);
});
