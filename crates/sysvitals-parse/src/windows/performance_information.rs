//! `SYSTEM_PERFORMANCE_INFORMATION`: what the whole system has done since it was started
//! (Microsoft, "NtQuerySystemInformation function"; the members are those of Wine's `winternl.h`).

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// What the system counts; 32 bits each, so that they wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Context switches.
    pub context_switches: u32,
    /// System calls.
    pub system_calls: u32,
}

/// Parses the structure; what newer systems add at its end is left alone.
pub fn parse(input: &[u8]) -> Result<Counts, ParseError> {
    let fields = structure(input, Word::Bits64);
    Ok(Counts {
        context_switches: fields.u32(296, "ContextSwitches")?,
        system_calls: fields.u32(308, "SystemCalls")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four 64-bit members, then 32-bit ones that count from 0.
    fn numbered() -> Vec<u8> {
        let wide = [0xEE; 4 * 8];
        let narrow = (0..70_u32).flat_map(u32::to_le_bytes);
        wide.into_iter().chain(narrow).collect()
    }

    #[test]
    fn members_are_found_by_their_place() {
        let counts = Counts { context_switches: 66, system_calls: 69 };
        let mut bytes = numbered();
        assert_eq!(parse(&bytes), Ok(counts));
        bytes.extend([0xEE; 32]);
        assert_eq!(parse(&bytes), Ok(counts));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = numbered();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
