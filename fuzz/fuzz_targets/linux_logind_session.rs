#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::logind_session;

fuzz_target!(|data: &[u8]| {
    let _ = logind_session::parse(data);
});
