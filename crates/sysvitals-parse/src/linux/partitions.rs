//! `/proc/partitions`: block devices by number (proc_partitions(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// One disk or partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition<'a> {
    /// Major number of the device.
    pub major: u32,
    /// Minor number of the device.
    pub minor: u32,
    /// Size in KiB.
    pub blocks: u64,
    /// Name below `/dev`, which may have a `/` (`cciss/c0d0`).
    pub name: &'a [u8],
}

/// Parses the lines of `partitions`, its heading left out.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<Partition<'_>, ParseError>> {
    let is_heading = |line: &[u8]| matches!(Fields::new(line).next(), None | Some(b"major"));
    cursor::lines(input).filter(move |line| !is_heading(line)).map(|line| {
        let mut fields = Fields::new(line);
        Ok(Partition {
            major: fields.number("major")?,
            minor: fields.number("minor")?,
            blocks: fields.number("blocks")?,
            name: fields.text("name")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"major minor  #blocks  name\n\n   8        0  500107608 sda\n \
        104        1       1024 cciss/c0d0p1\n";

    #[test]
    fn every_field_has_its_place() {
        let partitions: Vec<_> = parse(FILE).collect::<Result<_, _>>().expect("well-formed lines");
        let want = [
            Partition { major: 8, minor: 0, blocks: 500_107_608, name: b"sda" },
            Partition { major: 104, minor: 1, blocks: 1024, name: b"cciss/c0d0p1" },
        ];
        assert_eq!(partitions, want);
    }

    #[test]
    fn malformed_lines_are_errors() {
        let fields: Vec<_> =
            parse(b"8 0 1\n8 x 1 sda\n").map(|line| line.unwrap_err().field()).collect();
        assert_eq!(fields, ["name", "minor"]);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            parse(&FILE[..end]).for_each(drop);
        }
    }
}
