#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::uevent;

fuzz_target!(|data: &[u8]| {
    uevent::parse(data).for_each(drop);
    let _ = uevent::lookup(data, b"DEVNAME");
});
