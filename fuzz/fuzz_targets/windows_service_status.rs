#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::service_status;

fuzz_target!(|data: &[u8]| {
    let _ = service_status::parse(data);
});
