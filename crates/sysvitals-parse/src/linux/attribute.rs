//! Files of sysfs that hold one value (Documentation/filesystems/sysfs.rst).

use crate::{ParseError, cursor};

/// The value as a number; its unit is the attribute's own.
///
/// # Errors
///
/// When it is anything else, as drivers without an answer leave it empty or say `N/A`.
pub fn number(input: &[u8]) -> Result<i64, ParseError> {
    cursor::number(text(input), "number")
}

/// The value without the blanks around it.
#[must_use]
pub fn text(input: &[u8]) -> &[u8] {
    input.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_trimmed() {
        assert_eq!(number(b"45000\n"), Ok(45000));
        assert_eq!(number(b" -128\n"), Ok(-128));
        assert_eq!(text(b"Not charging\n"), b"Not charging");
        assert_eq!(text(b"\n"), b"");
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for wrong in [&b""[..], b"\n", b"N/A\n", b"1.5\n", b"0x10\n", b"1 2\n"] {
            assert_eq!(number(wrong).unwrap_err().field(), "number");
        }
    }

    #[test]
    fn no_prefix_panics() {
        let input = b" -9223372036854775808\n";
        for end in 0..input.len() {
            let _ = number(&input[..end]);
        }
        assert_eq!(number(input), Ok(i64::MIN));
    }
}
