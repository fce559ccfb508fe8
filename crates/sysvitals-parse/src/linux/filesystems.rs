//! `/proc/filesystems`: the types of file system that the kernel can mount (proc_filesystems(5)).

use crate::{ParseError, cursor};

/// One type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSystem<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Whether it needs no block device.
    pub nodev: bool,
}

/// Parses the lines of `filesystems`; one without a name is an error.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<FileSystem<'_>, ParseError>> {
    cursor::lines(input).map(|line| {
        let (flag, name) = cursor::split_once(line, b'\t', "name")?;
        let name = name.trim_ascii();
        if name.is_empty() {
            return Err(ParseError::new("name", b""));
        }
        Ok(FileSystem { name, nodev: flag.trim_ascii() == b"nodev" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"nodev\tsysfs\n\text4\nnodev\tzfs\n";

    #[test]
    fn types_with_and_without_device() {
        let types: Vec<_> = parse(FILE).collect::<Result<_, _>>().expect("well-formed lines");
        let types: Vec<_> = types.iter().map(|fs| (fs.name, fs.nodev)).collect();
        assert_eq!(types, [(&b"sysfs"[..], true), (b"ext4", false), (b"zfs", true)]);
    }

    #[test]
    fn lines_without_a_name_are_errors() {
        assert!(parse(b"ext4\nnodev\t\n\n").all(|line| line.is_err()));
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            parse(&FILE[..end]).for_each(drop);
        }
    }
}
