#![no_main]
//! Feeds any bytes to the parser of `.BTF.ext`, after the types that it is of.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::bpf::{btf, relocation};

fuzz_target!(|data: &[u8]| {
    let Some((split, data)) = data.split_first_chunk() else { return };
    let Some((types, data)) = data.split_at_checked(usize::from(u16::from_le_bytes(*split))) else {
        return;
    };
    let Ok(types) = btf::parse(types) else { return };
    let (Ok(relocations), Ok(kernel)) =
        (relocation::parse(data, &types), relocation::Kernel::new(&types))
    else {
        return;
    };
    for relocation in &relocations {
        let _ = kernel.relocate(&mut data.to_vec(), &types, relocation);
    }
});
