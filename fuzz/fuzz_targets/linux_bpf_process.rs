#![no_main]
//! Feeds any bytes to the parser of processes as our BPF program reports them.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::linux::bpf::process;

fuzz_target!(|data: &[u8]| {
    if let Ok(process) = process::parse(data) {
        let _ = process.threads.map(|threads| threads.times());
        let _ = process.memory.flatten().map(|memory| memory.text(4096));
    }
});
