#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::unix_diag;

fuzz_target!(|data: &[u8]| {
    for endian in [Endian::Little, Endian::Big] {
        if let Ok(socket) = unix_diag::parse(data, endian) {
            assert!(socket.path().len() <= data.len());
        }
    }
});
