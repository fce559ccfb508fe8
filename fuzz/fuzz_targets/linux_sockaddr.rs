#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::sockaddr;

fuzz_target!(|data: &[u8]| {
    let _ = sockaddr::parse(data);
    let _ = sockaddr::endpoint(data);
});
