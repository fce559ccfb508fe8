//! `PROCESSOR_POWER_INFORMATION`: the clock of each processor (Microsoft, "CallNtPowerInformation
//! function").

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of one structure.
pub const SIZE: usize = 24;

/// The clock of one processor, in MHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Its number in its group.
    pub number: u32,
    /// The highest that is specified.
    pub max: u32,
    /// Now.
    pub current: u32,
}

/// Parses one structure after another; an incomplete one at the end is an error.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<Clock, ParseError>> + '_ {
    input.chunks(SIZE).map(clock)
}

fn clock(bytes: &[u8]) -> Result<Clock, ParseError> {
    if bytes.len() < SIZE {
        return Err(ParseError::new("clock", bytes));
    }
    let fields = structure(bytes, Word::Bits64);
    Ok(Clock {
        number: fields.u32(0, "Number")?,
        max: fields.u32(4, "MaxMhz")?,
        current: fields.u32(8, "CurrentMhz")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number, limits and idle states.
    fn write(members: [u32; 6]) -> Vec<u8> {
        members.into_iter().flat_map(u32::to_le_bytes).collect()
    }

    #[test]
    fn one_follows_the_other() {
        let bytes = [write([0, 3600, 800, 3600, 2, 1]), write([1, 3600, 1200, 9, 9, 9])].concat();
        let clocks: Vec<_> = parse(&bytes).collect();
        let want = |number, current| Ok(Clock { number, max: 3600, current });
        assert_eq!(clocks, [want(0, 800), want(1, 1200)]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write([1; 6]);
        for end in 1..bytes.len() {
            let clocks: Vec<_> = parse(&bytes[..end]).collect();
            assert!(matches!(clocks[..], [Err(_)]), "prefix of {end} bytes");
        }
    }
}
