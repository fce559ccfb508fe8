#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::passwd;

fuzz_target!(|data: &[u8]| {
    passwd::parse(data).for_each(drop);
});
