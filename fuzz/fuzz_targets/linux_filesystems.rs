#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::filesystems;

fuzz_target!(|data: &[u8]| {
    filesystems::parse(data).for_each(drop);
});
