//! `/sys/block/*/stat` and `/sys/block/*/*/stat`: the counters of one disk or partition
//! (Documentation/block/stat.rst).

use crate::ParseError;
use crate::cursor::Fields;

/// Counters since boot; a sector is 512 bytes whatever the disk's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockStat {
    /// Reads completed.
    pub reads: u64,
    /// Reads merged with others before they were queued; absent for partitions before
    /// Linux 2.6.25.
    pub reads_merged: Option<u64>,
    /// Sectors read.
    pub sectors_read: u64,
    /// Milliseconds that reads waited, added up; absent as `reads_merged`.
    pub read_ms: Option<u64>,
    /// Writes completed.
    pub writes: u64,
    /// Writes merged with others before they were queued; absent as `reads_merged`.
    pub writes_merged: Option<u64>,
    /// Sectors written.
    pub sectors_written: u64,
    /// Milliseconds that writes waited, added up; absent as `reads_merged`.
    pub write_ms: Option<u64>,
    /// Milliseconds in which anything was under way; absent as `reads_merged`.
    pub busy_ms: Option<u64>,
}

/// Parses one `stat` file.
///
/// # Errors
///
/// When one of the first ten columns is missing or not a number.
pub fn parse(input: &[u8]) -> Result<BlockStat, ParseError> {
    let mut fields = Fields::new(input);
    let reads = fields.number("reads")?;
    parse_after_reads(reads, &mut fields)
}

/// The columns after the first, which one layout of `/proc/diskstats` has elsewhere.
pub(super) fn parse_after_reads(
    reads: u64,
    fields: &mut Fields<'_>,
) -> Result<BlockStat, ParseError> {
    let [reads_merged, sectors_read, read_ms, writes, writes_merged, sectors_written, write_ms] =
        fields.numbers([
            "reads_merged",
            "sectors_read",
            "read_ms",
            "writes",
            "writes_merged",
            "sectors_written",
            "write_ms",
        ])?;
    fields.pass(1, "in_flight")?;
    Ok(BlockStat {
        reads,
        reads_merged: Some(reads_merged),
        sectors_read,
        read_ms: Some(read_ms),
        writes,
        writes_merged: Some(writes_merged),
        sectors_written,
        write_ms: Some(write_ms),
        busy_ms: Some(fields.number("busy_ms")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANT: BlockStat = BlockStat {
        reads: 1,
        reads_merged: Some(2),
        sectors_read: 3,
        read_ms: Some(4),
        writes: 5,
        writes_merged: Some(6),
        sectors_written: 7,
        write_ms: Some(8),
        busy_ms: Some(10),
    };

    #[test]
    fn every_field_has_its_place() {
        assert_eq!(parse(b"       1        2   3 4 5 6 7 8 9 10 11\n"), Ok(WANT));
        assert_eq!(parse(b"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"), Ok(WANT), "Linux 5.5");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let input = b"1 2 3 4 5 6 7 8 9 10";
        for end in 0..input.len() - 1 {
            assert!(parse(&input[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
