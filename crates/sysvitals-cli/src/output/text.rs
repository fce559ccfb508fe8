//! Text of strangers: names and command lines may hold anything, escape sequences included.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write as _;

/// Whether a character could do anything to a terminal, or to the order in which it shows others.
pub(crate) fn is_hostile(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with nothing in it but what can be seen: `\n`, `\x1b`, `\u{202e}` for letters that
/// cannot, `\xff` for bytes that are not UTF-8.
pub(crate) fn shown(text: &OsStr) -> String {
    shown_bytes(text.as_encoded_bytes())
}

/// As [`shown`].
pub(crate) fn shown_bytes(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    show(text, &mut shown);
    shown
}

/// As [`shown`], behind what is there already.
pub(crate) fn show(text: &[u8], shown: &mut String) {
    // Nearly all is, and then it is copied in one piece.
    if let (true, Ok(text)) = (is_plain(text), std::str::from_utf8(text)) {
        shown.push_str(text);
        return;
    }
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\t' | '\n' | '\r' => shown.extend(letter.escape_default()),
                letter if !is_hostile(letter) => shown.push(letter),
                letter if u32::from(letter) < 0x100 => {
                    let _ = write!(shown, "\\x{:02x}", u32::from(letter));
                }
                letter => shown.extend(letter.escape_unicode()),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
}

/// Whether there are only letters, digits and signs of ASCII, which are harmless and a column wide.
fn is_plain(text: &[u8]) -> bool {
    // Without a branch in it, so that the compiler looks at many bytes at a time.
    text.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// How many columns a text takes that has gone through [`shown`].
pub(crate) fn width(text: &str) -> usize {
    if is_plain(text.as_bytes()) { text.len() } else { console::measure_text_width(text) }
}

/// As much of the text as fits into `columns`, with `…` at the end if that is not all.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return text.into();
    }
    let room = text.as_bytes().iter().take(columns.saturating_sub(1));
    let plain = room.take_while(|byte| is_plain(&[**byte])).count();
    let (plain, rest) = text.split_at_checked(plain).unwrap_or(("", text));
    let mut fitting = plain.to_owned();
    for letter in rest.chars() {
        fitting.push(letter);
        if width(&fitting) >= columns {
            fitting.pop();
            break;
        }
    }
    fitting.extend((columns > 0).then_some('…'));
    fitting.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_letters() {
        let check = |text: &str, want: &str| assert_eq!(shown(text.as_ref()), want);
        check("cat", "cat");
        check("ÄÖ 日本", "ÄÖ 日本");
        check("a\x1b[31mb", "a\\x1b[31mb");
        check("a\nb\tc\r", "a\\nb\\tc\\r");
        check("\u{9b}31m", "\\x9b31m");
        check("gnp\u{202e}exe", "gnp\\u{202e}exe");
        check("\x7f\0", "\\x7f\\x00");
        check(" ~\x1f", " ~\\x1f");
    }

    #[test]
    fn bytes_are_shown_one_by_one() {
        assert_eq!(shown_bytes(b"a\xff\xfeb\xc3"), "a\\xff\\xfeb\\xc3");
    }

    #[test]
    fn text_is_cut_between_letters() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 3), "ab…");
        assert_eq!(fit("日本語", 6), "日本語", "two columns each");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit("abc日本語", 6), "abc日…", "plain, then wide");
        assert_eq!(fit("ab日本語", 4), "ab…", "half a letter does not fit");
    }
}
