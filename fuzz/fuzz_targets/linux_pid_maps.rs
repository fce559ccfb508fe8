#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/maps`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::maps;

fuzz_target!(|data: &[u8]| {
    for mapping in maps::parse(data).flatten() {
        assert_ne!(mapping.path, Some(&b""[..]));
    }
});
