#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::mounts;

fuzz_target!(|data: &[u8]| {
    mounts::parse(data).for_each(drop);
});
