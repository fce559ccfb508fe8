#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/environ`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::environ;

fuzz_target!(|data: &[u8]| {
    for (name, value) in environ::parse(data) {
        assert!(!name.is_empty() && !name.contains(&b'=') && !value.contains(&0));
    }
    assert!(environ::parse(environ::whole(data)).eq(environ::parse(data)));
});
