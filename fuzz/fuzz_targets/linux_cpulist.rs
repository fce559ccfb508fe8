#![no_main]
//! Feeds any bytes to the parser of lists of CPUs.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::cpulist;

fuzz_target!(|data: &[u8]| {
    // A stride may make two thousand million ranges of a few bytes.
    for range in cpulist::parse(data).take(4096).flatten() {
        assert!(!range.is_empty());
    }
    cpulist::cpus(data).take(4096).for_each(drop);
});
