#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/smaps` and `smaps_rollup`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::pid::smaps;

fuzz_target!(|data: &[u8]| {
    let (whole, rest) = data.split_at(smaps::last(data));
    assert!(smaps::parse(whole).chain(smaps::parse(rest)).eq(smaps::parse(data)));
    let _ = smaps::totals(data);
});
