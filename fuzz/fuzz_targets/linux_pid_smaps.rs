#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/smaps` and `smaps_rollup`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::smaps;

fuzz_target!(|data: &[u8]| {
    smaps::parse(data).for_each(drop);
    let _ = smaps::totals(data);
});
