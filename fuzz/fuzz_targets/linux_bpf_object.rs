#![no_main]
//! Feeds any bytes to the parser of BPF objects.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::bpf::object;

fuzz_target!(|data: &[u8]| {
    let Ok(object) = object::parse(data) else { return };
    for program in object.programs {
        for (at, _) in program.maps {
            let _ = object::name_map(&mut program.code.to_vec(), at, 3);
        }
    }
});
