#![no_main]
//! Feeds any bytes to the parser of sockets as our BPF program reports them.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::bpf::socket;

fuzz_target!(|data: &[u8]| {
    let _ = socket::parse(data);
});
