//! `uevent` files of sysfs: what the kernel told udev of a device, as `KEY=VALUE` lines
//! (Documentation/ABI/testing/sysfs-uevent).

use crate::cursor;

/// Keys and values; lines without `=` are left out.
pub fn parse(input: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    cursor::lines(input).filter_map(|line| cursor::split_once(line, b'=', "key").ok())
}

/// The value of the first line with that key.
#[must_use]
pub fn lookup<'a>(input: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    parse(input).find(|&(name, _)| name == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"MAJOR=8\nDEVNAME=sda1\nPARTNAME=a=b\nodd\nEMPTY=\n";

    #[test]
    fn values_are_found_by_key() {
        assert_eq!(lookup(FILE, b"DEVNAME"), Some(&b"sda1"[..]));
        assert_eq!(lookup(FILE, b"PARTNAME"), Some(&b"a=b"[..]));
        assert_eq!(lookup(FILE, b"EMPTY"), Some(&b""[..]));
        assert_eq!(lookup(FILE, b"DEV"), None);
        assert_eq!(parse(FILE).count(), 4);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            parse(&FILE[..end]).for_each(drop);
        }
    }
}
