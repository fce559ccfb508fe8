//! Sockets that processes have open, as our program reports them.

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// A descriptor that is a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    /// Inode of the socket.
    pub inode: u64,
    /// The process that has it.
    pub pid: u32,
    /// The number that it has there.
    pub fd: u32,
}

/// Bytes of a record.
pub const SIZE: usize = 16;

/// Reads one record.
///
/// # Errors
///
/// When it is cut short.
pub fn parse(input: &[u8]) -> Result<Socket, ParseError> {
    let record = CStruct::new(input, Endian::Little, Word::Bits64);
    Ok(Socket {
        inode: record.u64(0, "inode")?,
        pid: record.u32(8, "pid")?,
        fd: record.u32(12, "fd")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: [u8; SIZE] = [1, 2, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0];

    #[test]
    fn every_field_has_its_place() {
        assert_eq!(parse(&RECORD), Ok(Socket { inode: 0x201, pid: 0x403, fd: 0x605 }));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 0..SIZE {
            assert!(parse(&RECORD[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
