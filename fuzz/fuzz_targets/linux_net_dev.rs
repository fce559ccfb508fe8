#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::net_dev;

fuzz_target!(|data: &[u8]| {
    net_dev::parse(data).for_each(drop);
});
