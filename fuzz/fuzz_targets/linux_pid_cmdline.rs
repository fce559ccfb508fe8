#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/cmdline`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::cmdline;

fuzz_target!(|data: &[u8]| {
    // Nothing is lost but separators, of which each ends one argument.
    let count = cmdline::parse(data).count();
    let bytes: usize = cmdline::parse(data).map(<[u8]>::len).sum();
    assert!(count <= data.len() && data.len() <= count + bytes);
});
