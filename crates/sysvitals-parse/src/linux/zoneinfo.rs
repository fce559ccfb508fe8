//! `/proc/zoneinfo`: the zones of memory and their watermarks (proc_zoneinfo(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// What all zones have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneInfo {
    /// Pages below which the kernel begins to reclaim: the sum of the `low` watermarks.
    pub low: u64,
}

/// Parses one `zoneinfo` file.
///
/// # Errors
///
/// When a watermark is not a number.
pub fn parse(input: &[u8]) -> Result<ZoneInfo, ParseError> {
    let mut low = 0_u64;
    for line in cursor::lines(input) {
        let mut fields = Fields::new(line);
        if fields.next() == Some(b"low") {
            low = low.saturating_add(fields.number("low")?);
        }
    }
    Ok(ZoneInfo { low })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"Node 0, zone      DMA\n  pages free     3952\n        min      33\n\
        \x20       low      41\n        high     49\n  nr_low 5\nNode 0, zone    DMA32\n\
        \x20       low      1000\n";

    #[test]
    fn watermarks_are_added_up() {
        assert_eq!(parse(FILE), Ok(ZoneInfo { low: 1041 }));
        assert_eq!(parse(b""), Ok(ZoneInfo { low: 0 }));
        assert_eq!(parse(b"low\n").unwrap_err().field(), "low");
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            let _ = parse(&FILE[..end]);
        }
    }
}
