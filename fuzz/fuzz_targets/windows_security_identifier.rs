#![no_main]
//! Feeds any bytes to the parser of `SID`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::security_identifier;

fuzz_target!(|data: &[u8]| {
    if let Ok(identifier) = security_identifier::parse(data) {
        assert!(identifier.to_string().starts_with("S-"));
    }
});
