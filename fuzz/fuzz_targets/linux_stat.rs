#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::stat;

fuzz_target!(|data: &[u8]| {
    let _ = (stat::parse(data), stat::total(data));
    stat::cpus(data).for_each(drop);
});
