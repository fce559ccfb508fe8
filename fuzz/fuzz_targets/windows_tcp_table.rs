#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::windows::connection_rows::Family;
use sysvitals_parse::windows::tcp_table;

fuzz_target!(|data: &[u8]| {
    for family in [Family::V4, Family::V6] {
        let _ = tcp_table::parse(data, family);
    }
});
