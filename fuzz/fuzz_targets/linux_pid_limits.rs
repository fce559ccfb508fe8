#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/limits`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::limits;

fuzz_target!(|data: &[u8]| {
    limits::parse(data).for_each(drop);
});
