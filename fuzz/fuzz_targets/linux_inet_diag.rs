#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::inet_diag;

fuzz_target!(|data: &[u8]| {
    for endian in [Endian::Little, Endian::Big] {
        let _ = inet_diag::parse(data, endian);
    }
});
