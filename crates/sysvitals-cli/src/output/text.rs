//! Text of strangers: names and command lines may hold anything, escape sequences included.

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
    shown
}

/// How many columns a text takes that has gone through [`shown`].
pub(crate) fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// As much of the text as fits into `columns`, with `…` at the end if that is not all.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut fitting = String::new();
    for letter in text.chars() {
        fitting.push(letter);
        if width(&fitting) >= columns {
            fitting.pop();
            break;
        }
    }
    fitting.extend((columns > 0).then_some('…'));
    fitting
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
    }
}
