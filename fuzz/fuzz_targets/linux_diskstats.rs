#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::diskstats;

fuzz_target!(|data: &[u8]| {
    diskstats::parse(data).for_each(drop);
});
