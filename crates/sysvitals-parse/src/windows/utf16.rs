//! UTF-16 as it stands in memory; it need not be well-formed.

/// The units in little-endian `bytes`; half a unit at the end is none.
#[must_use]
pub fn parse(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .collect()
}

/// The units up to the first NUL, or all.
#[must_use]
pub fn until_nul(units: &[u16]) -> &[u16] {
    units.split(|&unit| unit == 0).next().unwrap_or(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: &[u16]) {
        assert_eq!(parse(bytes), want);
    }

    #[test]
    fn units_are_pairs_of_bytes() {
        check(b"", &[]);
        check(b"a", &[]);
        check(b"a\0b\0", &[0x61, 0x62]);
        check(b"a\0b", &[0x61]);
        // A lone surrogate stays.
        check(&[0x3d, 0xd8], &[0xd83d]);
    }

    #[test]
    fn text_ends_at_its_nul() {
        assert_eq!(until_nul(&[1, 2, 0, 3]), [1, 2]);
        assert_eq!(until_nul(&[1, 2]), [1, 2]);
        assert_eq!(until_nul(&[0, 2]), []);
        assert_eq!(until_nul(&[]), []);
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..5 {
            assert_eq!(parse(&b"a\0b\0c"[..end]).len(), end / 2);
        }
    }
}
