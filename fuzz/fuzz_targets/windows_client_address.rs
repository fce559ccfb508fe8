#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::client_address;

fuzz_target!(|data: &[u8]| {
    let _ = client_address::parse(data);
});
