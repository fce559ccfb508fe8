//! A command line, taken apart as CommandLineToArgvW does.
//!
//! Windows gives a program one text; into which arguments it falls is only a custom. Its rules
//! (Microsoft, "CommandLineToArgvW", and as that function does it since Windows Vista):
//!
//! * the program ends at the next quote if it begins with one, else at the first blank; backslashes
//!   mean nothing in it;
//! * arguments are parted by blanks and tabs outside quotes;
//! * of backslashes before a quote each pair stands for one; one that is left over makes the quote a
//!   part of the argument; other backslashes are just that;
//! * of quotes in a row, the one that opens or has opened the quoted part counted, each third is a
//!   part of the argument; two end the quoted part.

const QUOTE: u16 = b'"' as u16;
const BACKSLASH: u16 = b'\\' as u16;

fn is_blank(unit: u16) -> bool {
    unit == u16::from(b' ') || unit == u16::from(b'\t')
}

/// The program and its arguments; none for an empty line.
#[must_use]
pub fn parse(line: &[u16]) -> Vec<Vec<u16>> {
    if line.is_empty() {
        return Vec::new();
    }
    let (program, mut rest) = program(line);
    let mut arguments = vec![program.to_vec()];
    loop {
        let start = rest.iter().position(|&unit| !is_blank(unit)).unwrap_or(rest.len());
        rest = rest.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return arguments;
        }
        let (argument, length) = argument(rest);
        arguments.push(argument);
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// The program, and what follows it.
fn program(line: &[u16]) -> (&[u16], &[u16]) {
    let (line, is_end): (_, fn(u16) -> bool) = match line.split_first() {
        Some((&QUOTE, quoted)) => (quoted, |unit| unit == QUOTE),
        _ => (line, is_blank),
    };
    let end = line.iter().position(|&unit| is_end(unit)).unwrap_or(line.len());
    let (program, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (program, rest.get(1..).unwrap_or_default())
}

/// One argument, and how many units it took.
fn argument(line: &[u16]) -> (Vec<u16>, usize) {
    let mut argument = Vec::new();
    // Odd within a quoted part; 2 is one that was ended just now.
    let mut quotes = 0_u8;
    let mut backslashes = 0_usize;
    for (at, &unit) in line.iter().enumerate() {
        if unit != QUOTE && quotes == 2 {
            quotes = 0;
        }
        match unit {
            BACKSLASH => {
                backslashes += 1;
                argument.push(BACKSLASH);
                continue;
            }
            QUOTE => {
                argument.truncate(argument.len().saturating_sub(backslashes.div_ceil(2)));
                if backslashes % 2 == 1 {
                    argument.push(QUOTE);
                } else {
                    quotes += 1;
                    if quotes == 3 {
                        argument.push(QUOTE);
                        quotes = 0;
                    }
                }
            }
            blank if is_blank(blank) && quotes == 0 => return (argument, at),
            _ => argument.push(unit),
        }
        backslashes = 0;
    }
    (argument, line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &[&str]) {
        let units: Vec<u16> = line.encode_utf16().collect();
        let text = |units: &Vec<u16>| String::from_utf16(units).expect("well-formed");
        let got: Vec<_> = parse(&units).iter().map(text).collect();
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn blanks_part_arguments() {
        check("", &[]);
        check("a", &["a"]);
        check("a  b\tc ", &["a", "b", "c"]);
        check(" a", &["", "a"]);
        check("a\u{a0}b ü", &["a\u{a0}b", "ü"]);
    }

    #[test]
    fn programs_know_quotes_only() {
        check(r#""C:\a b\c.exe" d"#, &[r"C:\a b\c.exe", "d"]);
        check(r#""C:\a\" b"#, &[r"C:\a\", "b"]);
        check(r#""a"b c"#, &["a", "b", "c"]);
        check(r#"a"b c"d"#, &[r#"a"b"#, "cd"]);
        check(r#""a b"#, &["a b"]);
    }

    #[test]
    fn backslashes_count_before_quotes_only() {
        check(r"p a\\b\", &["p", r"a\\b\"]);
        check(r#"p a\"b"#, &["p", r#"a"b"#]);
        check(r#"p a\\"b c""#, &["p", r"a\b c"]);
        check(r#"p a\\\"b c"#, &["p", r#"a\"b"#, "c"]);
        check(r#"p "a\\" b"#, &["p", r"a\", "b"]);
    }

    // The table in Microsoft's "Parsing C command-line arguments", where it speaks of this function
    // too.
    #[test]
    fn examples_of_the_manual() {
        check(r#"p "abc" d e"#, &["p", "abc", "d", "e"]);
        check(r#"p a\\b d"e f"g h"#, &["p", r"a\\b", "de fg", "h"]);
        check(r#"p a\\\"b c d"#, &["p", r#"a\"b"#, "c", "d"]);
        check(r#"p a\\\\"b c" d e"#, &["p", r"a\\b c", "d", "e"]);
    }

    #[test]
    fn quotes_in_a_row() {
        check(r#"p "" b"#, &["p", "", "b"]);
        check(r#"p """ b"#, &["p", "\"", "b"]);
        check(r#"p """" b"#, &["p", "\" b"]);
        check(r#"p "a"" b"#, &["p", "a\"", "b"]);
        check(r#"p "a""" b"#, &["p", "a\" b"]);
        check(r#"p "a"" b c" d"#, &["p", "a\"", "b", "c d"]);
        check(r#"p a""b c"#, &["p", "ab", "c"]);
    }

    #[test]
    fn no_prefix_panics() {
        let line: Vec<u16> = r#""a b" \\"c"" \"d""" """e"#.encode_utf16().collect();
        for end in 0..=line.len() {
            let arguments = parse(&line[..end]);
            assert!(arguments.iter().map(Vec::len).sum::<usize>() <= end, "prefix of {end} units");
        }
    }
}
