#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::utmp::{self, Layout};

fuzz_target!(|data: &[u8]| {
    for layout in [Layout::Narrow, Layout::Wide] {
        for endian in [Endian::Little, Endian::Big] {
            utmp::parse(data, layout, endian).for_each(drop);
        }
    }
});
