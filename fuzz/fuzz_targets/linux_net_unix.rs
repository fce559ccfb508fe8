#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::net_unix;

fuzz_target!(|data: &[u8]| {
    net_unix::parse(data).for_each(drop);
});
