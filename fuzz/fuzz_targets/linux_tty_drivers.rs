#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::tty_drivers;

fuzz_target!(|data: &[u8]| {
    tty_drivers::parse(data).for_each(drop);
});
