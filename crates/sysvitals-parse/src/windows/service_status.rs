//! `SERVICE_STATUS_PROCESS`: what a service does (winsvc.h). Numbers only, the same for programs of
//! 64 and of 32 bits.

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// What QueryServiceStatusEx tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Whether it runs (`SERVICE_RUNNING` and others).
    pub state: u32,
    /// The process it runs in; 0 if it does not.
    pub pid: u32,
}

/// Parses the structure.
pub fn parse(bytes: &[u8]) -> Result<ServiceStatus, ParseError> {
    let fields = structure(bytes, Word::Bits64);
    Ok(ServiceStatus {
        state: fields.u32(4, "dwCurrentState")?,
        pid: fields.u32(28, "dwProcessId")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_where_the_header_says() {
        let bytes: Vec<u8> = (0..9_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(parse(&bytes), Ok(ServiceStatus { state: 1, pid: 7 }));
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..32 {
            assert!(parse(&[0; 32][..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
