//! `DISK_PERFORMANCE`: what was read from and written to a disk (Microsoft,
//! "`IOCTL_DISK_PERFORMANCE` IOCTL").

use super::structure;
use crate::ParseError;
use crate::cstruct::Word;

/// Bytes of the structure.
pub const SIZE: usize = 88;

/// One disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// Time that reads took, in steps of 100 nanoseconds.
    pub read_time: u64,
    /// Time that writes took, in steps of 100 nanoseconds.
    pub write_time: u64,
    /// Reads completed; wraps.
    pub reads: u32,
    /// Writes completed; wraps.
    pub writes: u32,
}

/// Parses the structure; bytes past its end are left alone.
pub fn parse(input: &[u8]) -> Result<Counters, ParseError> {
    let fields = structure(input, Word::Bits64);
    Ok(Counters {
        bytes_read: fields.u64(0, "BytesRead")?,
        bytes_written: fields.u64(8, "BytesWritten")?,
        read_time: fields.u64(16, "ReadTime")?,
        write_time: fields.u64(24, "WriteTime")?,
        reads: fields.u32(40, "ReadCount")?,
        writes: fields.u32(44, "WriteCount")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members in order, up to the name of the storage manager.
    fn numbered() -> Vec<u8> {
        let wide = (1..=5_u64).flat_map(u64::to_le_bytes);
        let narrow = (6..=9_u32).flat_map(u32::to_le_bytes);
        let mut out: Vec<u8> = wide.chain(narrow).collect();
        out.extend(10_u64.to_le_bytes());
        out.extend(11_u32.to_le_bytes());
        out.extend([0xEE; 16]);
        out.resize(out.len().next_multiple_of(8), 0xEE);
        out
    }

    #[test]
    fn members_are_found_by_their_place() {
        let bytes = numbered();
        assert_eq!(bytes.len(), SIZE);
        let (bytes_read, bytes_written, read_time, write_time) = (1, 2, 3, 4);
        let want =
            Counters { bytes_read, bytes_written, read_time, write_time, reads: 6, writes: 7 };
        assert_eq!(parse(&bytes), Ok(want));
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = numbered();
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes[..end]).is_ok(), end >= 48, "prefix of {end} bytes");
        }
    }
}
