#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/stat`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::stat;

fuzz_target!(|data: &[u8]| {
    let _ = stat::parse(data);
});
