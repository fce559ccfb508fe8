#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::stat;

fuzz_target!(|data: &[u8]| {
    if let Ok(stat) = stat::parse(data) {
        stat.cpus().for_each(drop);
    }
});
