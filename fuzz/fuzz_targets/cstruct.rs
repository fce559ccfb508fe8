#![no_main]

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::{CStruct, Endian, Word};

fuzz_target!(|data: &[u8]| {
    let Some((&offset, bytes)) = data.split_first() else { return };
    let at = usize::from(offset);
    for endian in [Endian::Little, Endian::Big] {
        for word in [Word::Bits32, Word::Bits64] {
            let record = CStruct::new(bytes, endian, word);
            let _ = (record.u8(at, "u8"), record.u16(at, "u16"), record.i16(at, "i16"));
            let _ = (record.u32(at, "u32"), record.i32(at, "i32"));
            let _ = (record.u64(at, "u64"), record.i64(at, "i64"));
            let _ = (record.ulong(at, "ulong"), record.long(at, "long"));
            let _ = (record.bytes(at, bytes.len(), "bytes"), record.text(at, 32, "text"));
        }
    }
});
