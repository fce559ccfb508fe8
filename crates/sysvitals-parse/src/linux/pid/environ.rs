//! `/proc/PID/environ`: the environment a process was started with (proc_pid_environ(5)).

use memchr::memmem;

/// Names and values, in the order of the file; of two equal names the later counts.
///
/// A process may write anything here (setproctitle(3bsd) does). As psutil does, the first empty
/// entry ends the environment, and an entry without `=` or without a name is passed over. The last
/// entry need not end in NUL: a process may move the end of this memory (prctl(2),
/// `PR_SET_MM_ENV_END`). psutil loses that entry.
#[derive(Debug, Clone)]
pub struct Variables<'a> {
    rest: &'a [u8],
}

/// Splits one `environ` file.
#[must_use]
pub fn parse(input: &[u8]) -> Variables<'_> {
    Variables { rest: input }
}

/// The part of one `environ` file that counts: it may be followed by anything, of any length.
#[must_use]
pub fn whole(input: &[u8]) -> &[u8] {
    let end = if input.first() == Some(&0) { Some(0) } else { memmem::find(input, b"\0\0") };
    end.and_then(|end| input.get(..end)).unwrap_or(input)
}

impl<'a> Iterator for Variables<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        loop {
            let end = memchr::memchr(0, self.rest).unwrap_or(self.rest.len());
            let (entry, tail) = self.rest.split_at_checked(end)?;
            self.rest = tail.get(1..).unwrap_or_default();
            if entry.is_empty() {
                self.rest = b"";
                return None;
            }
            if let Some(equals) = memchr::memchr(b'=', entry).filter(|&equals| equals > 0) {
                let (name, value) = entry.split_at_checked(equals)?;
                return Some((name, value.get(1..)?));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample;

    #[track_caller]
    fn check(input: &[u8], want: &[(&str, &str)]) {
        let got: Vec<_> = parse(input).collect();
        let want: Vec<_> = want.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
        assert_eq!(got, want, "{}", input.escape_ascii());
    }

    #[test]
    fn entries_are_names_and_values() {
        check(b"", &[]);
        check(
            b"HOME=/root\0EMPTY=\0EQ=a=b=c\0",
            &[("HOME", "/root"), ("EMPTY", ""), ("EQ", "a=b=c")],
        );
        check(b"ML=line1\nline2\0A=1\0A=2\0", &[("ML", "line1\nline2"), ("A", "1"), ("A", "2")]);
        check(b"A=1\0B=2", &[("A", "1"), ("B", "2")]);
        let not_utf8: Vec<_> = parse(b"\xff=\xfe\0").collect();
        assert_eq!(not_utf8, [(&b"\xff"[..], &b"\xfe"[..])]);
    }

    #[test]
    fn what_is_no_entry_is_passed_over() {
        check(b"none\0A=1\0", &[("A", "1")]);
        check(b"=value\0=\0A=1\0", &[("A", "1")]);
        check(b"A=1\0B", &[("A", "1")]);
        check(b"A=1\0\0B=2\0", &[("A", "1")]);
        check(b"\0A=1\0", &[]);
    }

    #[test]
    fn no_prefix_panics() {
        let input = b"HOME=/root\0none\0=x\0EMPTY=\0\0A=1\0";
        for end in 0..=input.len() {
            assert!(parse(&input[..end]).count() <= 2);
            assert!(whole(&input[..end]).len() <= b"HOME=/root\0none\0=x\0EMPTY=\0".len());
        }
    }

    proptest! {
        #[test]
        fn the_part_that_counts_says_the_same(input in vec(sample::select(&b"AB=\0"[..]), 0..30)) {
            prop_assert!(parse(whole(&input)).eq(parse(&input)), "{}", input.escape_ascii());
        }

        #[test]
        fn what_is_written_is_read_back(
            variables in vec((vec(b'A'..=b'z', 1..9), vec(1_u8.., 0..20)), 0..10)
        ) {
            let mut input = Vec::new();
            for (name, value) in &variables {
                input.extend([name, &b"="[..], value, b"\0"].concat());
            }
            let read = parse(&input).map(|(name, value)| (name.to_vec(), value.to_vec()));
            prop_assert_eq!(read.collect::<Vec<_>>(), variables);
        }
    }
}
