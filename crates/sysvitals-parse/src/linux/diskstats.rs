//! `/proc/diskstats`: counters of every disk and partition (Documentation/admin-guide/iostats.rst).

use super::block_stat::{self, BlockStat};
use crate::ParseError;
use crate::cursor::{self, Fields};

/// One disk or partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskStats<'a> {
    /// Name of the device, which may have a `/` (`cciss/c0d0`).
    pub name: &'a [u8],
    /// Its counters.
    pub stat: BlockStat,
}

/// Parses the lines of `diskstats`; one that has none of the known layouts is an error.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<DiskStats<'_>, ParseError>> {
    cursor::lines(input).filter(|line| !line.trim_ascii().is_empty()).map(line)
}

fn line(line: &[u8]) -> Result<DiskStats<'_>, ParseError> {
    let mut fields = Fields::new(line);
    fields.pass(2, "minor")?;
    let mut rest = fields.clone();
    if let Some(name) = rest.next().filter(|_| is_unused(rest.rest())) {
        return Ok(DiskStats { name, stat: UNUSED });
    }
    // Columns are only counted in a line that is not as all are.
    let mut rest = fields.clone();
    if let Ok(disk) = usual(&mut rest) {
        if rest.clone().pass(5, "discards").is_ok() || rest.count() == 1 {
            return Ok(disk);
        }
    }
    match Fields::new(line).count() {
        14 | 18.. => usual(&mut fields),
        // Read as psutil does (7.2.2, `_pslinux.py`, disk_io_counters), which takes the column
        // before the name for the reads.
        15 => {
            let reads = fields.number("reads")?;
            let name = fields.text("name")?;
            Ok(DiskStats { name, stat: block_stat::parse_after_reads(reads, &mut fields)? })
        }
        // Partitions before Linux 2.6.25.
        7 => Ok(DiskStats {
            name: fields.text("name")?,
            stat: BlockStat {
                reads: fields.number("reads")?,
                reads_merged: None,
                sectors_read: fields.number("sectors_read")?,
                read_ms: None,
                writes: fields.number("writes")?,
                writes_merged: None,
                sectors_written: fields.number("sectors_written")?,
                write_ms: None,
                busy_ms: None,
            },
        }),
        _ => Err(ParseError::new("diskstats line", line)),
    }
}

/// A device that nobody has used, as most loop devices of most machines are.
const UNUSED: BlockStat = BlockStat {
    reads: 0,
    reads_merged: Some(0),
    sectors_read: 0,
    read_ms: Some(0),
    writes: 0,
    writes_merged: Some(0),
    sectors_written: 0,
    write_ms: Some(0),
    busy_ms: Some(0),
};

/// Whether these are the counters of such a device, in the columns of Linux 5.5, of 4.18 or of 2.6.
fn is_unused(counters: &[u8]) -> bool {
    matches!(
        counters,
        b"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
            | b"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
            | b"0 0 0 0 0 0 0 0 0 0 0"
    )
}

/// Linux 2.6 and later. 4.18 and 5.5 added columns of discards and flushes, which nobody asks for.
fn usual<'a>(fields: &mut Fields<'a>) -> Result<DiskStats<'a>, ParseError> {
    let name = fields.text("name")?;
    let reads = fields.number("reads")?;
    Ok(DiskStats { name, stat: block_stat::parse_after_reads(reads, fields)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, name: &str) {
        let mut disks = parse(line.as_bytes());
        let disk = disks.next().expect("a line").expect("a well-formed line");
        let want = BlockStat {
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
        assert_eq!((disk.name, disk.stat), (name.as_bytes(), want));
        assert!(disks.next().is_none());
    }

    #[test]
    fn kernels_have_several_layouts() {
        check("   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n", "sda");
        check(" 104 0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "cciss/c0d0");
        check(" 259 0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "nvme0n1");
        check("   3     0   1 hda 2 3 4 5 6 7 8 9 10 11 12\n", "hda");
    }

    #[test]
    fn who_was_never_used_has_zeros() {
        for columns in [11, 15, 17, 18] {
            for changed in (0..columns).map(Some).chain([None]) {
                let counters: Vec<_> =
                    (0..columns).map(|at| if Some(at) == changed { "7" } else { "0" }).collect();
                let text = format!("   7       3 loop3 {}\n", counters.join(" "));
                let disk = parse(text.as_bytes()).next().expect("a line").expect("well-formed");
                let mut fields = Fields::new(text.as_bytes());
                fields.pass(2, "minor").expect("two fields");
                assert_eq!(Ok(disk), usual(&mut fields), "{text}");
                assert_eq!(
                    disk.stat == UNUSED,
                    changed.is_none_or(|at| at == 8 || at > 9),
                    "{text}"
                );
            }
        }
        for columns in (0..=18).filter(|columns| ![4, 11, 12, 15, 16, 17, 18].contains(columns)) {
            let text = format!("7 3 loop3 {}", ["0"].repeat(columns).join(" "));
            assert!(parse(text.as_bytes()).all(|disk| disk.is_err()), "{text}");
        }
    }

    #[test]
    fn old_partitions_have_four_counters() {
        let disk = parse(b"3 1 hda1 1 2 3 4\n").next().expect("a line").expect("well-formed");
        let stat = disk.stat;
        assert_eq!(disk.name, b"hda1");
        assert_eq!(
            (stat.reads, stat.sectors_read, stat.writes, stat.sectors_written),
            (1, 2, 3, 4)
        );
        assert_eq!((stat.reads_merged, stat.write_ms, stat.busy_ms), (None, None, None));
    }

    #[test]
    fn unknown_layouts_are_errors_of_their_line() {
        let results: Vec<_> =
            parse(b"8 0 sda 1 2 3\n\n8 1 sda1 1 2 3 4 5 6 7 8 9 10 11\n").collect();
        assert!(matches!(results[..], [Err(_), Ok(_)]));
    }

    #[test]
    fn no_prefix_panics() {
        let input = b"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n3 1 hda1 1 2 3 4\n";
        for end in 0..input.len() {
            parse(&input[..end]).for_each(drop);
        }
    }
}
