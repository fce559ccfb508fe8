#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/status`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::{cpulist, pid::status};

fuzz_target!(|data: &[u8]| {
    let Ok(status) = status::parse(data) else { return };
    // The list is what `Cpus_allowed_list` is for; a few of a huge one are enough.
    let list = status.cpus_allowed_list.unwrap_or_default();
    cpulist::cpus(list).take(4096).for_each(drop);
});
