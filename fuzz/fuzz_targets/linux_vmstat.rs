#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::vmstat;

fuzz_target!(|data: &[u8]| {
    let _ = vmstat::parse(data);
    let _ = vmstat::lookup(data, b"nr_free_pages");
});
