#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/io`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::io;

fuzz_target!(|data: &[u8]| {
    let _ = io::parse(data);
});
