//! `/proc/tty/drivers`: names of terminals by device number (proc_tty_drivers(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// The terminals of one driver that share a major number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Driver<'a> {
    /// Path of the terminals, without their number.
    pub path: &'a [u8],
    /// Major number of the devices.
    pub major: u32,
    /// Lowest minor number.
    pub first: u32,
    /// Highest minor number.
    pub last: u32,
    /// What they are, as `serial`, `console`, `pty:slave` or `system:console`.
    pub kind: &'a [u8],
}

/// Parses the lines of `drivers`.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<Driver<'_>, ParseError>> {
    cursor::lines(input).map(|line| {
        let mut fields = Fields::new(line);
        fields.pass(1, "name")?;
        let path = fields.text("path")?;
        let major = fields.number("major")?;
        let range = fields.text("minor")?;
        let (first, last) = match memchr::memchr(b'-', range) {
            Some(_) => cursor::split_once(range, b'-', "minor")?,
            None => (range, range),
        };
        Ok(Driver {
            path,
            major,
            first: cursor::number(first, "minor")?,
            last: cursor::number(last, "minor")?,
            kind: fields.text("kind")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"/dev/console         /dev/console    5       1 system:console\n\
        usbserial            /dev/ttyUSB   188 0-511 serial\n";

    #[test]
    fn every_field_has_its_place() {
        let drivers: Vec<_> = parse(FILE).collect::<Result<_, _>>().expect("well-formed lines");
        let want = [
            Driver { path: b"/dev/console", major: 5, first: 1, last: 1, kind: b"system:console" },
            Driver { path: b"/dev/ttyUSB", major: 188, first: 0, last: 511, kind: b"serial" },
        ];
        assert_eq!(drivers, want);
    }

    #[test]
    fn malformed_lines_are_errors() {
        let fields: Vec<_> = parse(b"a /dev/a 4\na /dev/a x 1 b\na /dev/a 4 1-x b\na /dev/a 4 1\n")
            .map(|line| line.unwrap_err().field())
            .collect();
        assert_eq!(fields, ["minor", "major", "minor", "kind"]);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            parse(&FILE[..end]).for_each(drop);
        }
    }
}
