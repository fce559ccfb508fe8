#![no_main]
//! Feeds any bytes to the parser of `TOKEN_USER`.

use libfuzzer_sys::fuzz_target;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::{security_identifier, token_user};

fuzz_target!(|data: &[u8]| {
    for word in [Word::Bits32, Word::Bits64] {
        if let Ok(identifier) = token_user::parse(data, word, 0) {
            assert!(security_identifier::parse(identifier).is_ok());
        }
    }
});
