//! `/proc/PID/fdinfo/FD`: where an open file stands (proc_pid_fdinfo(5); since Linux 2.6.22).

use crate::ParseError;
use crate::cursor::{self, Number};

/// What every `fdinfo` file begins with; what follows depends on the kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fdinfo {
    /// Bytes from the start of the file; may be negative for files of the kernel's.
    pub pos: i64,
    /// Access mode and status flags of open(2).
    pub flags: u32,
}

/// Parses one `fdinfo` file.
///
/// # Errors
///
/// When `pos` or `flags` is missing, or not a number.
pub fn parse(input: &[u8]) -> Result<Fdinfo, ParseError> {
    let mut pos = None;
    let mut flags = None;
    for line in cursor::lines(input) {
        // Lines further down may be a program's: `name` of a dma-buf.
        if pos.is_some() && flags.is_some() {
            break;
        }
        if let Some(value) = line.strip_prefix(b"pos:") {
            pos = Some(cursor::number(value.trim_ascii(), "pos")?);
        } else if let Some(value) = line.strip_prefix(b"flags:") {
            flags = Some(octal(value.trim_ascii(), "flags")?);
        }
    }
    Ok(Fdinfo {
        pos: pos.ok_or_else(|| ParseError::new("pos", b""))?,
        flags: flags.ok_or_else(|| ParseError::new("flags", b""))?,
    })
}

fn octal(digits: &[u8], field: &'static str) -> Result<u32, ParseError> {
    Number::from_ascii(digits, 8).ok_or_else(|| ParseError::new(field, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, pos: i64, flags: u32) {
        assert_eq!(parse(input.as_bytes()), Ok(Fdinfo { pos, flags }));
    }

    #[test]
    fn flags_are_octal() {
        check("pos:\t29\nflags:\t0100001\nmnt_id:\t27\nino:\t3\n", 29, 0o100_001);
        check("pos:\t0\nflags:\t02004002\nmnt_id:\t9\neventfd-count:  0\n", 0, 0o2_004_002);
        check("pos:\t-4096\nflags:\t01", -4096, 1);
    }

    #[test]
    fn later_lines_cannot_imitate_earlier_ones() {
        check("pos:\t0\nflags:\t02\nname:\tx\npos:\t7\nflags:\tx\n", 0, 2);
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        let field = |input: &str| parse(input.as_bytes()).expect_err("a broken file").field();
        assert_eq!(field(""), "pos");
        assert_eq!(field("pos:\t0\n"), "flags");
        assert_eq!(field("pos:\t0\nflags:\t08\n"), "flags");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let input = b"pos:\t29\nflags:\t0100001\nmnt_id:\t27\n";
        for end in 0..=b"pos:\t29\nflags:\t".len() {
            assert!(parse(&input[..end]).is_err(), "prefix of {end} bytes");
        }
        for end in 0..input.len() {
            let _ = parse(&input[..end]);
        }
    }
}
