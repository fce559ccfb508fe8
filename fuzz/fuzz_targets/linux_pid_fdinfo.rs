#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/fdinfo/FD`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::fdinfo;

fuzz_target!(|data: &[u8]| {
    let _ = fdinfo::parse(data);
});
