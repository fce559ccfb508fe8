#![no_main]
//! Feeds any bytes to the parser of command lines.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::{command_line, utf16};

fuzz_target!(|data: &[u8]| {
    let line = utf16::parse(data);
    let arguments = command_line::parse(&line);
    assert_eq!(arguments.is_empty(), line.is_empty());
    assert!(arguments.iter().map(Vec::len).sum::<usize>() <= line.len());
});
