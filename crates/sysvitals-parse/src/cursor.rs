//! The only tokenizer: splits bytes into fields and reads numbers, naming each field it was after.

use crate::ParseError;

/// Blank-separated fields of one line or of a whole small file.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Starts at the first field of `input`.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input.trim_ascii_start() }
    }

    /// What was not taken yet, without leading blanks.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next field.
    ///
    /// # Errors
    ///
    /// When the input has ended.
    pub fn text(&mut self, field: &'static str) -> Result<&'a [u8], ParseError> {
        self.next().ok_or_else(|| ParseError::new(field, b""))
    }

    /// The next field, as a number.
    ///
    /// # Errors
    ///
    /// When the input has ended or the field is not such a number.
    pub fn number<T: Number>(&mut self, field: &'static str) -> Result<T, ParseError> {
        number(self.text(field)?, field)
    }

    /// The first byte of the next field.
    ///
    /// # Errors
    ///
    /// When the input has ended.
    pub fn byte(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.text(field)?.first().copied().ok_or_else(|| ParseError::new(field, b""))
    }

    /// Leaves out `count` fields.
    ///
    /// # Errors
    ///
    /// When the input ends before.
    pub fn pass(&mut self, count: usize, field: &'static str) -> Result<(), ParseError> {
        for _ in 0..count {
            self.text(field)?;
        }
        Ok(())
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(u8::is_ascii_whitespace).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.trim_ascii_start();
        Some(field)
    }
}

/// Integers that can be read from decimal and hexadecimal text.
pub trait Number: Sized {
    /// Reads the whole of `digits` in `radix`; `None` if it is anything else, or too large.
    fn from_ascii(digits: &[u8], radix: u32) -> Option<Self>;
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Number for $type {
            #[inline]
            fn from_ascii(digits: &[u8], radix: u32) -> Option<Self> {
                let (negative, digits) = match digits {
                    [b'-', digits @ ..] => (true, digits),
                    digits => (false, digits),
                };
                let (first, rest) = digits.split_first()?;
                let digit = |byte: u8| char::from(byte).to_digit(radix);
                let signed = |digit: u32| {
                    let digit = <$type>::try_from(digit).ok()?;
                    if negative { digit.checked_neg() } else { Some(digit) }
                };
                let mut number = signed(digit(*first)?)?;
                for &byte in rest {
                    let shifted = number.checked_mul(<$type>::try_from(radix).ok()?)?;
                    number = shifted.checked_add(signed(digit(byte)?)?)?;
                }
                Some(number)
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 u128 usize i32 i64);

/// Reads the whole of `digits` as a decimal number.
///
/// # Errors
///
/// When it is anything else, or out of range.
pub fn number<T: Number>(digits: &[u8], field: &'static str) -> Result<T, ParseError> {
    T::from_ascii(digits, 10).ok_or_else(|| ParseError::new(field, digits))
}

/// Reads the whole of `digits` as a hexadecimal number without prefix.
///
/// # Errors
///
/// When it is anything else, or out of range.
pub fn hex<T: Number>(digits: &[u8], field: &'static str) -> Result<T, ParseError> {
    T::from_ascii(digits, 16).ok_or_else(|| ParseError::new(field, digits))
}

/// Reads the whole of `digits` as an unsigned number with or without a decimal point.
///
/// # Errors
///
/// When it is anything else; infinity and exponents are.
pub fn decimal(digits: &[u8], field: &'static str) -> Result<f64, ParseError> {
    let plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let text = std::str::from_utf8(digits).ok().filter(|_| plain);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| ParseError::new(field, digits))
}

/// Splits at the first `separator`, which is in neither part.
///
/// # Errors
///
/// When there is none.
pub fn split_once<'a>(
    input: &'a [u8],
    separator: u8,
    field: &'static str,
) -> Result<(&'a [u8], &'a [u8]), ParseError> {
    split_at(input, memchr::memchr(separator, input), field)
}

/// Splits at the last `separator`, which is in neither part.
///
/// # Errors
///
/// When there is none.
pub fn rsplit_once<'a>(
    input: &'a [u8],
    separator: u8,
    field: &'static str,
) -> Result<(&'a [u8], &'a [u8]), ParseError> {
    split_at(input, memchr::memrchr(separator, input), field)
}

fn split_at<'a>(
    input: &'a [u8],
    at: Option<usize>,
    field: &'static str,
) -> Result<(&'a [u8], &'a [u8]), ParseError> {
    let missing = || ParseError::new(field, input);
    let (head, tail) = input.split_at_checked(at.ok_or_else(missing)?).ok_or_else(missing)?;
    Ok((head, tail.get(1..).ok_or_else(missing)?))
}

/// The lines of `input` without their newlines; a final newline starts no further line.
#[must_use]
pub fn lines(input: &[u8]) -> Lines<'_> {
    let input = input.strip_suffix(b"\n").unwrap_or(input);
    Lines { rest: (!input.is_empty()).then_some(input) }
}

/// What [`lines`] gives.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at_checked(end)?;
        self.rest = tail.get(1..);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_separated_by_any_blanks() {
        let mut fields = Fields::new(b"  a \t 7\nx");
        assert_eq!(fields.text("first").unwrap(), b"a");
        assert_eq!(fields.number::<u64>("second").unwrap(), 7);
        assert_eq!(fields.rest(), b"x");
        assert_eq!(fields.byte("third").unwrap(), b'x');
        assert_eq!(fields.text("fourth").unwrap_err(), ParseError::new("fourth", b""));
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        assert_eq!(number::<u64>(b"18446744073709551615", "n").unwrap(), u64::MAX);
        assert_eq!(number::<i32>(b"-1", "n").unwrap(), -1);
        assert_eq!(number::<i32>(b"-2147483648", "n").unwrap(), i32::MIN);
        assert!(number::<i32>(b"-2147483649", "n").is_err());
        for wrong in [&b""[..], b"+1", b"-1", b"1 ", b"1kB", b"18446744073709551616", b"\xff"] {
            assert!(number::<u64>(wrong, "n").is_err(), "{}", wrong.escape_ascii());
        }
        assert_eq!(hex::<u32>(b"0A", "n").unwrap(), 10);
        assert!(hex::<u32>(b"0x0A", "n").is_err());
    }

    #[test]
    fn decimals_have_no_exponent() {
        assert_eq!(decimal(b"1403.000000", "n").unwrap(), 1403.0);
        assert_eq!(decimal(b"5504", "n").unwrap(), 5504.0);
        for wrong in [&b""[..], b".", b"-1.0", b"1e3", b"inf", b"nan", b"1.2.3", b" 1"] {
            assert!(decimal(wrong, "n").is_err(), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn splits_name_the_field_they_were_after() {
        assert_eq!(split_once(b"a:b:c", b':', "f").unwrap(), (&b"a"[..], &b"b:c"[..]));
        assert_eq!(rsplit_once(b"a:b:c", b':', "f").unwrap(), (&b"a:b"[..], &b"c"[..]));
        assert_eq!(split_once(b"abc", b':', "f").unwrap_err().field(), "f");
    }

    #[test]
    fn lines_end_with_the_input() {
        let count = |input: &[u8]| lines(input).count();
        assert_eq!(
            [count(b""), count(b"\n"), count(b"a"), count(b"a\n"), count(b"a\n\nb")],
            [0, 0, 1, 1, 3]
        );
    }
}
