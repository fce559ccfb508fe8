#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::block_stat;

fuzz_target!(|data: &[u8]| {
    let _ = block_stat::parse(data);
});
