#![no_main]
//! Feeds any bytes to the parser of `/proc/PID/status`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::{cpulist, pid::status};

fuzz_target!(|data: &[u8]| {
    let switches = status::switches(data);
    let Ok(status) = status::parse(data) else { return };
    let voluntary = status.voluntary_ctxt_switches;
    let nonvoluntary = status.nonvoluntary_ctxt_switches;
    assert_eq!(switches, Ok(status::Switches { voluntary, nonvoluntary }));
    // The list is what `Cpus_allowed_list` is for; a few of a huge one are enough.
    let list = status.cpus_allowed_list.unwrap_or_default();
    cpulist::cpus(list).take(4096).for_each(drop);
});
