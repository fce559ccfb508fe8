#![no_main]
//! Feeds any bytes to what makes paths of those of the kernel.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::nt_path::{self, Drive};

fuzz_target!(|data: &[u8]| {
    let units = |bytes: &[u8]| -> Vec<u16> {
        bytes
            .chunks(2)
            .map(|unit| unit.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)))
            .collect()
    };
    let (device, path) = data.split_at(data.len().min(8));
    let drives = [Drive { letter: b'C', device: units(device) }];
    let _ = nt_path::parse(&units(path), &drives);
});
