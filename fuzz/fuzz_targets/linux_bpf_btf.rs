#![no_main]
//! Feeds any bytes to the parser of BTF.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::bpf::btf;

fuzz_target!(|data: &[u8]| {
    let Ok(btf) = btf::parse(data) else { return };
    for id in btf.ids() {
        let _ = (btf.name(id), btf.size(id), btf.resolved(id));
        if let Ok(members) = btf.members(id) {
            members.for_each(drop);
        }
    }
});
