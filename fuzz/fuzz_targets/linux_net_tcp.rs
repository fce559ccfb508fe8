#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::net_tcp;

fuzz_target!(|data: &[u8]| {
    for endian in [Endian::Little, Endian::Big] {
        net_tcp::parse(data, endian).for_each(drop);
    }
});
