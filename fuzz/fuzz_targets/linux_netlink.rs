#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::netlink;

fuzz_target!(|data: &[u8]| {
    for endian in [Endian::Little, Endian::Big] {
        netlink::attributes(data, endian).for_each(drop);
        for message in netlink::parse(data, endian).flatten() {
            message.status(endian);
        }
    }
});
