//! The environment block of a process: `NAME=value` after `NAME=value` in UTF-16, each ended by a
//! NUL, all by an empty one.

const EQUALS: u16 = b'=' as u16;

/// The variables in the order in which they stand there.
///
/// An entry without a name or without `=` is none: such as `=C:=C:\`, in which the command
/// interpreter keeps the working directory of a drive. Text that no NUL ends is none either.
pub fn parse(units: &[u16]) -> impl Iterator<Item = (&[u16], &[u16])> {
    let ended = units.iter().rposition(|&unit| unit == 0).unwrap_or(0);
    let entries = units.get(..ended).unwrap_or_default().split(|&unit| unit == 0);
    entries.take_while(|entry| !entry.is_empty()).filter_map(|entry| {
        let equals = entry.iter().position(|&unit| unit == EQUALS).filter(|&at| at != 0)?;
        entry.split_at_checked(equals).and_then(|(name, rest)| Some((name, rest.get(1..)?)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, want: &[(&str, &str)]) {
        let units: Vec<u16> = block.encode_utf16().collect();
        let text = |units: &[u16]| String::from_utf16(units).expect("well-formed");
        let got: Vec<_> = parse(&units).map(|(name, value)| (text(name), text(value))).collect();
        let want: Vec<_> = want.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
        assert_eq!(got, want, "{block:?}");
    }

    #[test]
    fn entries_have_a_name() {
        check("A=1\0B=\0\0", &[("A", "1"), ("B", "")]);
        check("A=b=c\0Ü=ß\0\0", &[("A", "b=c"), ("Ü", "ß")]);
        check("=C:=C:\\x\0=\0odd\0A=1\0\0", &[("A", "1")]);
        check("", &[]);
        check("\0", &[]);
    }

    #[test]
    fn it_ends_with_an_empty_entry() {
        check("A=1\0\0B=2\0\0", &[("A", "1")]);
    }

    #[test]
    fn an_entry_that_is_cut_short_is_none() {
        check("A=1\0B=2", &[("A", "1")]);
        check("A=1", &[]);
    }

    #[test]
    fn no_prefix_panics() {
        let units: Vec<u16> = "=C:=C\0A=1\0B=2\0\0".encode_utf16().collect();
        for end in 0..=units.len() {
            assert!(parse(&units[..end]).count() <= 2, "prefix of {end} units");
        }
    }
}
