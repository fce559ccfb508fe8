//! `WTSINFOW`: one session of a user (Microsoft, "WTSQuerySessionInformationW function").

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// When a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionInfo {
    /// When the user logged in, in steps of 100 nanoseconds since 1601; 0 if nobody has.
    pub logon_time: u64,
}

/// Parses the structure; bytes past its end are left alone.
pub fn parse(input: &[u8]) -> Result<SessionInfo, ParseError> {
    let fields = structure(input, Word::Bits64);
    let logon_time = fields.u64(200, "LogonTime")?;
    fields.u64(208, "CurrentTime")?;
    Ok(SessionInfo { logon_time })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members in order: numbers, three texts, times.
    fn numbered() -> Vec<u8> {
        let mut out = vec![0xEE; 8 * 4];
        for characters in [32, 17, 21] {
            out.resize(out.len() + characters * 2, 0xDD);
        }
        out.resize(out.len().next_multiple_of(8), 0xCC);
        for time in 1..=5_u64 {
            out.extend(time.to_le_bytes());
        }
        out
    }

    #[test]
    fn the_logon_follows_three_other_times() {
        assert_eq!(parse(&numbered()), Ok(SessionInfo { logon_time: 4 }));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = numbered();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
