//! `SYSTEM_TIMEOFDAY_INFORMATION`: the clock, and what has moved it (class 3 of
//! NtQuerySystemInformation; the members are those of System Informer's `ntexapi.h`).

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of the structure, which the system wants exactly.
pub const SIZE: usize = 48;

/// When the system was started, in steps of 100 nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    /// Since 1601; moved whenever the clock is set, as it is after sleep.
    pub boot_time: u64,
    /// By how much it was moved in all; negative if back.
    pub boot_time_bias: i64,
}

/// Parses the structure.
pub fn parse(input: &[u8]) -> Result<TimeOfDay, ParseError> {
    let fields = structure(input, Word::Bits64);
    let boot_time = fields.u64(0, "BootTime")?;
    let boot_time_bias = fields.i64(32, "BootTimeBias")?;
    fields.u64(40, "SleepTimeBias")?;
    Ok(TimeOfDay { boot_time, boot_time_bias })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(members: [i64; 6]) -> Vec<u8> {
        members.into_iter().flat_map(i64::to_le_bytes).collect()
    }

    #[test]
    fn members_are_found_by_their_place() {
        let bytes = write([1, 2, 3, 4, -5, 6]);
        assert_eq!(bytes.len(), SIZE);
        assert_eq!(parse(&bytes), Ok(TimeOfDay { boot_time: 1, boot_time_bias: -5 }));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = write([7; 6]);
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
