#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::cpuinfo;

fuzz_target!(|data: &[u8]| {
    let info = cpuinfo::parse(data);
    let _ = (info.processors().count(), info.cores());
    info.mhz().for_each(drop);
});
