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
    #[inline]
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: without_blanks(input) }
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
    #[inline]
    pub fn number<T: Number>(&mut self, field: &'static str) -> Result<T, ParseError> {
        match T::leading(self.rest) {
            // One blank between two fields.
            Some((number, [b' ', rest @ ..])) if rest.first().is_some_and(|next| *next > b' ') => {
                self.rest = rest;
                Ok(number)
            }
            Some((number, rest)) if rest.first().is_none_or(is_blank) => {
                self.rest = without_blanks(rest);
                Ok(number)
            }
            _ => number(self.text(field)?, field),
        }
    }

    /// The next field, as a number; `None` if the input has ended.
    ///
    /// # Errors
    ///
    /// When the field is not such a number.
    #[inline]
    pub fn optional<T: Number>(&mut self, field: &'static str) -> Result<Option<T>, ParseError> {
        if self.rest.is_empty() { Ok(None) } else { self.number(field).map(Some) }
    }

    /// The next fields, as numbers.
    ///
    /// # Errors
    ///
    /// When the input has ended or a field is not such a number.
    pub fn numbers<const COUNT: usize>(
        &mut self,
        names: [&'static str; COUNT],
    ) -> Result<[u64; COUNT], ParseError> {
        let mut same = self.clone();
        if let Some(short) = same.short_numbers().filter(|all| all.iter().all(|one| *one >= 0)) {
            *self = same;
            return Ok(short.map(i64::unsigned_abs));
        }
        let mut numbers = [0; COUNT];
        for (place, name) in numbers.iter_mut().zip(names) {
            *place = self.number(name)?;
        }
        Ok(numbers)
    }

    /// The next fields, if all are numbers with one blank after each, as in nearly every line of the
    /// kernel. Else nothing is taken.
    #[must_use]
    #[inline]
    pub fn short_numbers<const COUNT: usize>(&mut self) -> Option<[i64; COUNT]> {
        let mut numbers = [0; COUNT];
        let mut rest = self.rest;
        for place in &mut numbers {
            (*place, rest) = match rest {
                [digit @ b'0'..=b'9', b' ' | b'\n', rest @ ..] => ((digit - b'0').into(), rest),
                _ => short_number(rest)?,
            };
        }
        if rest.first().is_some_and(is_blank) {
            return None;
        }
        self.rest = rest;
        Some(numbers)
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
    #[inline]
    pub fn pass(&mut self, count: usize, field: &'static str) -> Result<(), ParseError> {
        if count > 2 {
            return self.pass_many(count, field);
        }
        (0..count).try_for_each(|_| self.text(field).map(drop))
    }

    fn pass_many(&mut self, count: usize, field: &'static str) -> Result<(), ParseError> {
        let mut left = count;
        let (mut rest, mut in_field, mut after_blank) = (self.rest, false, false);
        // Eight bytes at a time, as long as one blank is between two fields.
        while left > 0 {
            let Some((eight, behind)) = rest.split_first_chunk() else { break };
            let Some(blanks) = single_blanks(*eight, after_blank) else { break };
            let (count, last) = (blanks.count(), blanks.nth(left));
            if let Some(last) = last {
                self.rest = without_blanks(rest.get(last + 1..).unwrap_or_default());
                return Ok(());
            }
            left -= count;
            rest = behind;
            after_blank = blanks.at_end();
            in_field = !after_blank;
        }
        if in_field && left > 0 {
            let end = rest.iter().position(is_blank).unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or_default();
            left -= 1;
        }
        self.rest = without_blanks(rest);
        for _ in 0..left {
            self.text(field)?;
        }
        Ok(())
    }
}

/// A number and what is behind the blank after it.
#[inline]
fn short_number(text: &[u8]) -> Option<(i64, &[u8])> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (number, rest) = leading(digits)?;
    let number = i64::try_from(number).ok()?;
    let [b' ' | b'\n', rest @ ..] = rest else { return None };
    Some((if is_negative { -number } else { number }, rest))
}

/// The blanks among eight bytes: the highest bit of each, the first byte being the lowest.
#[derive(Clone, Copy)]
struct Blanks(u64);

/// `None` if two blanks stand together, or any is another than a space.
#[inline]
fn single_blanks(bytes: [u8; 8], after_blank: bool) -> Option<Blanks> {
    let bytes = u64::from_le_bytes(bytes);
    let low = up_to_the_space(bytes);
    let others = not_zero(bytes ^ (ONES * 0x20));
    let together = low & ((low << 8) | (u64::from(after_blank) << 7));
    ((low & others) | together == 0).then_some(Blanks(low))
}

impl Blanks {
    #[inline]
    fn count(self) -> usize {
        // Adds all bytes up in the highest one.
        ((self.0 >> 7).wrapping_mul(ONES) >> 56) as usize
    }

    /// The place of the one with this number, from 1 on.
    #[inline]
    fn nth(self, number: usize) -> Option<usize> {
        if number > self.count() {
            return None;
        }
        let before = (1..number).fold(self.0, |blanks, _| blanks & blanks.wrapping_sub(1));
        Some(before.trailing_zeros() as usize / 8)
    }

    #[inline]
    fn at_end(self) -> bool {
        self.0 >> 63 == 1
    }
}

/// 1 in each of eight bytes, and the highest bit of each.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

/// The highest bit of each byte that is a space or less.
#[inline]
fn up_to_the_space(bytes: u64) -> u64 {
    !((bytes | HIGH) - ONES * 0x21) & !bytes & HIGH
}

/// The highest bit of each byte that is not zero.
#[inline]
fn not_zero(bytes: u64) -> u64 {
    (((bytes & !HIGH) + !HIGH) | bytes) & HIGH
}

/// How many bytes stand before the first that is a space or less.
#[inline]
pub(crate) fn before_space(bytes: [u8; 8]) -> usize {
    up_to_the_space(u64::from_le_bytes(bytes)).trailing_zeros() as usize / 8
}

/// What stands before the first space, and what follows it; `None` if there is no space, or if there is
/// what nobody prints before it.
#[inline]
pub(crate) fn split_at_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = text;
    let others = loop {
        let Some((eight, behind)) = rest.split_first_chunk() else {
            break rest.iter().position(|byte| *byte <= b' ')?;
        };
        let others = before_space(*eight);
        if others < 8 {
            break others;
        }
        rest = behind;
    };
    let (before, space) = text.split_at_checked(text.len() - rest.len() + others)?;
    Some((before, space.strip_prefix(b" ")?))
}

/// Whether any of the bytes is this one.
#[inline]
pub(crate) fn has(bytes: [u8; 8], byte: u8) -> bool {
    not_zero(u64::from_le_bytes(bytes) ^ (ONES * u64::from(byte))) != HIGH
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(is_blank).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at_checked(end)?;
        self.rest = without_blanks(rest);
        Some(field)
    }
}

#[inline]
fn is_blank(byte: &u8) -> bool {
    // One comparison for most bytes.
    *byte <= b' ' && byte.is_ascii_whitespace()
}

#[inline]
fn without_blanks(mut input: &[u8]) -> &[u8] {
    while let [b' ' | b'\t'..=b'\n' | b'\x0c'..=b'\r', rest @ ..] = input {
        input = rest;
    }
    input
}

/// Integers that can be read from decimal and hexadecimal text.
pub trait Number: Sized {
    /// Reads the whole of `digits` in `radix`; `None` if it is anything else, or too large.
    fn from_ascii(digits: &[u8], radix: u32) -> Option<Self>;

    /// Reads the decimal digits that `text` begins with, and what follows them; `None` if there are
    /// none, or more than every number of so many digits fits.
    fn leading(text: &[u8]) -> Option<(Self, &[u8])>;

    /// The same number; `None` if it is too large.
    fn from_u64(number: u64) -> Option<Self>;
}

/// The decimal digits that `text` begins with, if there are 1 to 19, which cannot be too large.
#[inline]
fn leading(text: &[u8]) -> Option<(u64, &[u8])> {
    // Most numbers are short, and something follows them.
    if let Some(eight) = text.first_chunk() {
        let (number, digits) = up_to_eight_digits(*eight);
        if matches!(digits, 1..8) {
            return Some((number, text.get(digits..)?));
        }
    }
    let (mut number, mut rest) = (0_u64, text);
    while let [byte @ b'0'..=b'9', tail @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
        rest = tail;
    }
    matches!(text.len() - rest.len(), 1..=19).then_some((number, rest))
}

/// The digits that the bytes begin with as a number, and how many there are; all bytes at a time.
#[inline]
fn up_to_eight_digits(bytes: [u8; 8]) -> (u64, usize) {
    // The first byte is the lowest; digits become 0 to 9.
    let values = u64::from_le_bytes(bytes) ^ (ONES * 0x30);
    let others = (((values & !HIGH) + ONES * 0x76) | values) & HIGH;
    let bits = others.trailing_zeros() & !7;
    // What follows the digits falls out at the top, and noughts come in before them.
    let digits = values.checked_shl(64 - bits).unwrap_or(0);
    // Neighbours are joined, then pairs of them, then pairs of these.
    let pairs = (digits.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(1 + (10_000 << 32)) >> 32, (bits / 8) as usize)
}

/// A number in eight columns, with spaces before it; `None` if it is anything else.
#[inline]
pub(crate) fn padded(columns: [u8; 8]) -> Option<u64> {
    // Most counters of most mappings.
    if columns == *b"       0" {
        return Some(0);
    }
    let bytes = u64::from_le_bytes(columns);
    // A space has all bits of a nought but one, which other signs lack too.
    let lacking = ((!bytes & (ONES * 0x10)) >> 4).wrapping_mul(0xff);
    let (number, digits) = up_to_eight_digits((bytes | (ONES * 0x10)).to_le_bytes());
    let only_spaces = bytes & lacking & (ONES * 0x0f) == 0;
    let only_in_front = lacking & lacking.wrapping_add(1) == 0 && lacking >> 63 == 0;
    (digits == 8 && only_spaces && only_in_front).then_some(number)
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

            #[inline]
            fn leading(text: &[u8]) -> Option<(Self, &[u8])> {
                let (number, rest) = leading(text)?;
                Some((<$type>::try_from(number).ok()?, rest))
            }

            #[inline]
            fn from_u64(number: u64) -> Option<Self> {
                <$type>::try_from(number).ok()
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
    if let Some((number, [])) = T::leading(digits) {
        return Ok(number);
    }
    T::from_ascii(digits, 10).ok_or_else(|| ParseError::new(field, digits))
}

/// Reads the whole of `digits` as a hexadecimal number without prefix.
///
/// # Errors
///
/// When it is anything else, or out of range.
pub fn hex<T: Number>(digits: &[u8], field: &'static str) -> Result<T, ParseError> {
    let number = match leading_hex(digits) {
        Some((number, [])) => T::from_u64(number),
        _ => T::from_ascii(digits, 16),
    };
    number.ok_or_else(|| ParseError::new(field, digits))
}

/// The hexadecimal digits that `text` begins with, and what follows them; `None` if there are none,
/// or more than 16.
#[inline]
pub(crate) fn leading_hex(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut rest) = (0_u64, text);
    while let Some((eight, tail)) = rest.split_first_chunk() {
        let (part, digits) = up_to_eight_hex_digits(*eight);
        if digits < 8 {
            break;
        }
        number = (number << 32) | part;
        rest = tail;
    }
    if let Some(eight) = rest.first_chunk() {
        let (part, digits) = up_to_eight_hex_digits(*eight);
        number = (number << (4 * digits)) | part;
        rest = rest.get(digits..)?;
    }
    while let [byte, tail @ ..] = rest {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => break,
        };
        number = (number << 4) | u64::from(digit);
        rest = tail;
    }
    matches!(text.len() - rest.len(), 1..=16).then_some((number, rest))
}

/// The digits that the bytes begin with as a number, and how many there are; as
/// [`up_to_eight_digits`]. Letters are small, as the kernel prints them in most places.
#[inline]
fn up_to_eight_hex_digits(bytes: [u8; 8]) -> (u64, usize) {
    let bytes = u64::from_le_bytes(bytes);
    let values = (bytes & (ONES * 0x0f)) + ((bytes >> 6) & ONES) * 9;
    // What is too large, or is not printed so again, was no digit.
    let letters = ((values + ONES * 0x76) >> 7) & ONES;
    let printed = values + ONES * 0x30 + letters * 0x27;
    let others = (printed ^ bytes) | (values & (ONES * 0x10));
    let others = (((others & !HIGH) + !HIGH) | others) & HIGH;
    let bits = others.trailing_zeros() & !7;
    let digits = values.checked_shl(64 - bits).unwrap_or(0);
    let pairs = (digits.wrapping_mul(1 + (0x10 << 8)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(1 + (0x100 << 16)) >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(1 + (0x1_0000 << 32)) >> 32, (bits / 8) as usize)
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
    use proptest::prelude::*;

    #[test]
    fn short_numbers_are_taken_all_or_none() {
        #[track_caller]
        fn check(line: &str, want: Option<([i64; 3], &str)>) {
            let mut fields = Fields::new(line.as_bytes());
            assert_eq!(fields.short_numbers(), want.map(|(numbers, _)| numbers), "{line:?}");
            let rest = want.map_or(line, |(_, rest)| rest);
            assert_eq!(fields.rest(), rest.as_bytes(), "{line:?}");
        }
        check("1 -22 333 4", Some(([1, -22, 333], "4")));
        check("0 -0 007 x y", Some(([0, 0, 7], "x y")));
        check("999999999999999999 -999999999999999999 1 2", {
            Some(([999_999_999_999_999_999, -999_999_999_999_999_999, 1], "2"))
        });
        check("9223372036854775807 2 333\n", Some(([i64::MAX, 2, 333], "")));
        check("1 2 3 ", Some(([1, 2, 3], "")));
        check("1 2 3 \x01", Some(([1, 2, 3], "\x01")));
        for other in [
            "",
            "1",
            "1 2 3",
            "1 2  3 4",
            "1\t2 3 4",
            "1 - 3 4",
            "1 --2 3 4",
            "1 2x 3 4",
            "1 x 3 4",
            "1 9223372036854775808 3 4",
            "1 2 3  4",
        ] {
            check(other, None);
        }
    }

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
        assert_eq!(hex::<u64>(b"fFffffffffffffff", "n").unwrap(), u64::MAX);
        assert_eq!(hex::<u128>(b"10000000000000000", "n").unwrap(), 1 << 64);
        assert_eq!(hex::<i32>(b"-a", "n").unwrap(), -10);
        for wrong in [&b""[..], b"0x0A", b"100000000", b"g", b"-1", b" 1"] {
            assert!(hex::<u32>(wrong, "n").is_err(), "{}", wrong.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn numbers_are_read_up_to_what_follows(number: u64, shift in 0..64, tail in "[^0-9].{0,9}|") {
            let number = number >> shift;
            let text = format!("{number}{tail}");
            let want = (number < 10_u64.pow(19)).then_some((number, tail.as_bytes()));
            prop_assert_eq!(u64::leading(text.as_bytes()), want);
            let mut fields = Fields::new(text.as_bytes());
            let whole = text.split_ascii_whitespace().next().and_then(|field| field.parse().ok());
            prop_assert_eq!(fields.number::<u64>("n").ok(), whole);
        }

        #[test]
        fn numbers_are_those_that_are_read_one_by_one(text in "(([0-9]{1,9}|0|-?[0-9]{1,21})([ \n]|[ \t\n]{1,2}|x)){0,4}") {
            let mut together = Fields::new(text.as_bytes());
            let mut read = together.clone();
            let numbers = together.numbers(["a", "b", "c"]);
            let want = (|| Ok([read.number("a")?, read.number("b")?, read.number("c")?]))();
            prop_assert_eq!(&numbers, &want);
            if want.is_ok() {
                prop_assert_eq!(together.rest(), read.rest());
            }
        }

        #[test]
        fn fields_are_passed_as_if_they_were_read(text in "([a-z]{1,9}[ \t\n\\x01\u{e9}]{1,3}|[a-z]{1,3} ){0,12}[a-z]{0,3}", count in 0..12_usize) {
            let mut passed = Fields::new(text.as_bytes());
            let mut read = passed.clone();
            let missing = passed.pass(count, "f").is_err();
            let wanted = (0..count).filter(|_| read.next().is_none()).count() > 0;
            prop_assert_eq!((missing, passed.rest()), (wanted, read.rest()));
        }

        #[test]
        fn hexadecimal_is_read_up_to_what_follows(number: u64, shift in 0..64, tail in "[^0-9a-fA-F].{0,9}|") {
            let number = number >> shift;
            for text in [format!("{number:x}{tail}"), format!("{number:X}{tail}"), format!("{number:016x}{tail}")] {
                prop_assert_eq!(leading_hex(text.as_bytes()), Some((number, tail.as_bytes())));
                let more = format!("0{text:0>16}");
                prop_assert_eq!(leading_hex(more.as_bytes()).is_some(), text.len() - tail.len() < 16 && more.len() - tail.len() <= 16);
            }
        }

        #[test]
        fn a_column_is_a_number_or_nothing(text in "[ ]{0,8}[0-9]{0,8}[ !-/:0-9a\\x00\u{e9}]{0,3}") {
            let columns = format!("{text:>8}").into_bytes();
            let Ok(columns) = <[u8; 8]>::try_from(columns) else { return Ok(()) };
            let want = std::str::from_utf8(&columns).ok().and_then(|text| {
                let digits = text.trim_start_matches(' ');
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| digits.parse().ok()).flatten()
            });
            prop_assert_eq!(padded(columns), want);
        }

        #[test]
        fn what_is_no_number_is_none(text in "[-+0-9 a\\x00\\xff]{0,12}") {
            let mut fields = Fields::new(text.as_bytes());
            let field = text.split_ascii_whitespace().next();
            let plain = field.filter(|field| !field.starts_with('+'));
            let want = plain.and_then(|field| field.parse::<i32>().ok());
            prop_assert_eq!(fields.number::<i32>("n").ok(), want);
        }
    }

    #[test]
    fn hexadecimal_digits_end_with_f() {
        let digits = b"0123456789abcdefABCDEF";
        for byte in 0..=u8::MAX {
            let found = |text: &[u8]| leading_hex(text).map(|(_, rest)| text.len() - rest.len());
            let is_digit = digits.contains(&byte);
            assert_eq!(found(&[byte; 8]), is_digit.then_some(8), "{byte}");
            let last = [&b"1234567"[..], &[byte]].concat();
            assert_eq!(found(&last), Some(if is_digit { 8 } else { 7 }), "{byte}");
        }
    }

    #[test]
    fn columns_are_filled_with_spaces() {
        let check = |text: &[u8; 8], want| assert_eq!(padded(*text), want);
        check(b"       0", Some(0));
        check(b"    1234", Some(1234));
        check(b"12345678", Some(12_345_678));
        for wrong in [b"        ", b"1234    ", b"  12  34", b"   +1234", b"   !1234", b"\t   1234"]
        {
            check(wrong, None);
        }
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
