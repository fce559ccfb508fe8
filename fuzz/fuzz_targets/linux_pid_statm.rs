#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/statm`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::statm;

fuzz_target!(|data: &[u8]| {
    let _ = statm::parse(data);
});
