//! `/proc/PID/maps`: the mappings of an address space, a line each (proc_pid_maps(5)).
//!
//! The same lines head the blocks of [`smaps`](super::smaps).

use crate::ParseError;
use crate::cursor::{self, Fields, Number as _};

/// One mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// `start` and `end` as the file has them, as `7f0c1000-7f0c3000`.
    pub address: &'a [u8],
    /// First address.
    pub start: u64,
    /// First address behind.
    pub end: u64,
    /// Permissions, as `r-xp`; the last letter is `s` where writes are shared.
    pub perms: &'a [u8],
    /// Where in the file the mapping starts, in bytes.
    pub offset: u64,
    /// Major and minor number of the file's device; 0 and 0 for none.
    pub device: (u32, u32),
    /// Inode of the file; 0 for none.
    pub inode: u64,
    /// Path of the file, or a name like `[heap]`; none for anonymous memory.
    ///
    /// As the file has it: a newline is `\012`, and so may be four bytes of a name. ` (deleted)`
    /// ends the path of what was deleted, or a file called so.
    pub path: Option<&'a [u8]>,
}

/// The mappings, by address. An item is an error where a line is none; those after it can still
/// be read.
#[derive(Debug, Clone)]
pub struct Mappings<'a> {
    lines: cursor::Lines<'a>,
}

/// Starts at the first mapping of one `maps` file.
#[must_use]
pub fn parse(input: &[u8]) -> Mappings<'_> {
    Mappings { lines: cursor::lines(input) }
}

impl<'a> Iterator for Mappings<'a> {
    type Item = Result<Mapping<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.lines.next().map(mapping)
    }
}

/// Parses one line.
#[inline]
pub(super) fn mapping(line: &[u8]) -> Result<Mapping<'_>, ParseError> {
    match printed(line) {
        Some(mapping) => Ok(mapping),
        None => written(line),
    }
}

/// A line as the kernel prints it: one blank between fields, four letters of permissions.
#[inline]
fn printed(line: &[u8]) -> Option<Mapping<'_>> {
    let (start, rest) = cursor::leading_hex(line)?;
    let (end, rest) = cursor::leading_hex(rest.strip_prefix(b"-")?)?;
    let address = line.get(..line.len() - rest.len())?;
    let (perms, rest) = rest.strip_prefix(b" ")?.split_at_checked(4)?;
    let (offset, rest) = cursor::leading_hex(rest.strip_prefix(b" ")?)?;
    let (major, rest) = cursor::leading_hex(rest.strip_prefix(b" ")?)?;
    let (minor, rest) = cursor::leading_hex(rest.strip_prefix(b":")?)?;
    let device = (u32::try_from(major).ok()?, u32::try_from(minor).ok()?);
    let (inode, rest) = u64::leading(rest.strip_prefix(b" ")?)?;
    if perms.iter().any(u8::is_ascii_whitespace) || !matches!(rest, [] | [b' ', ..]) {
        return None;
    }
    Some(Mapping { address, start, end, perms, offset, device, inode, path: path(rest) })
}

/// What follows the inode.
#[inline]
pub(super) fn path(mut rest: &[u8]) -> Option<&[u8]> {
    // Paths begin in one column, far to the right.
    while let Some((b"        ", tail)) = rest.split_first_chunk() {
        rest = tail;
    }
    Some(Fields::new(rest).rest()).filter(|path| !path.is_empty())
}

/// Any line of such fields.
#[cold]
fn written(line: &[u8]) -> Result<Mapping<'_>, ParseError> {
    let mut fields = Fields::new(line);
    let address = fields.text("address")?;
    let (start, end) = cursor::split_once(address, b'-', "address")?;
    let perms = fields.text("perms")?;
    let offset = fields.text("offset")?;
    let (major, minor) = cursor::split_once(fields.text("dev")?, b':', "dev")?;
    Ok(Mapping {
        address,
        start: cursor::hex(start, "address")?,
        end: cursor::hex(end, "address")?,
        perms,
        offset: cursor::hex(offset, "offset")?,
        device: (cursor::hex(major, "dev")?, cursor::hex(minor, "dev")?),
        inode: fields.number("inode")?,
        // Blanks at its end are the path's own.
        path: Some(fields.rest()).filter(|path| !path.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAT: &str = "563133fa3000-563133fa5000 r-xp 00002000 fe:1f 247282                     ";

    #[track_caller]
    fn check_path(path: &str, want: Option<&str>) {
        let line = format!("{CAT}{path}\n");
        let mapping = parse(line.as_bytes()).next().expect("a line").expect("a mapping");
        assert_eq!(mapping.path, want.map(str::as_bytes));
    }

    #[test]
    fn every_field_has_its_place() {
        let line = format!("{CAT}/usr/bin/cat\n");
        let want = Mapping {
            address: b"563133fa3000-563133fa5000",
            start: 0x5631_33fa_3000,
            end: 0x5631_33fa_5000,
            perms: b"r-xp",
            offset: 0x2000,
            device: (0xfe, 0x1f),
            inode: 247_282,
            path: Some(b"/usr/bin/cat"),
        };
        assert_eq!(parse(line.as_bytes()).collect::<Vec<_>>(), [Ok(want)]);
    }

    #[test]
    fn path_is_the_rest_of_the_line() {
        check_path("", None);
        check_path("[heap]", Some("[heap]"));
        check_path("/a b  c (deleted)", Some("/a b  c (deleted)"));
        check_path(r"/new\012line", Some(r"/new\012line"));
        check_path("/ends in blank ", Some("/ends in blank "));
    }

    #[test]
    fn the_highest_page_fits() {
        let line = b"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0      [vsyscall]";
        let mapping = parse(line).next().expect("a line").expect("a mapping");
        assert_eq!(mapping.end, 0xffff_ffff_ff60_1000);
    }

    #[test]
    fn one_bad_line_loses_only_itself() {
        let input = format!("{CAT}/a\nodd\n{CAT}/b\n");
        let found: Vec<_> = parse(input.as_bytes()).map(|mapping| mapping.is_ok()).collect();
        assert_eq!(found, [true, false, true]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 1..=CAT.find("247282").expect("inode") {
            let found = parse(&CAT.as_bytes()[..end]).next().expect("a line");
            assert!(found.is_err(), "prefix of {end} bytes");
        }
        for end in 0..CAT.len() {
            assert!(parse(&CAT.as_bytes()[..end]).count() <= 1);
        }
    }
}
