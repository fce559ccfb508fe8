//! `/proc/PID/cmdline`: the arguments of a process, as it last left them
//! (proc_pid_cmdline(5)).

/// The arguments of one process, read by the rule of psutil.
///
/// A program may write over this memory (setproctitle(3bsd)), and many leave one line of text
/// there. Hence the rule (psutil 7.2.2, `_pslinux.py`, `Process.cmdline`):
///
/// - Arguments end in NUL if the last byte is one. Otherwise they are separated by spaces.
/// - One separator at the end is dropped; any other makes an empty argument.
/// - A single argument that ends in NUL and has spaces is split at these (Chrome, psutil #1179).
///
/// So a program started as `/opt/my app` without arguments reads as two; nothing in the file tells
/// it from `/opt/my` with the argument `app`, written over. Who knows better, say from the name of
/// the executable, splits at NUL.
#[derive(Debug, Clone)]
pub struct Arguments<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

/// Splits one `cmdline` file; it is empty, and has no arguments, for kernel threads and zombies.
#[must_use]
pub fn parse(input: &[u8]) -> Arguments<'_> {
    let (block, separator) = match input {
        [] => return Arguments { rest: None, separator: 0 },
        [block @ .., 0] if memchr::memchr(0, block).is_some() => (block, 0),
        // One argument. Without a space in it there is nothing to split, whatever the separator.
        [block @ .., 0] => (block, b' '),
        [block @ .., b' '] | block => (block, b' '),
    };
    Arguments { rest: Some(block), separator }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = memchr::memchr(self.separator, rest).unwrap_or(rest.len());
        let (argument, tail) = rest.split_at_checked(end)?;
        self.rest = tail.get(1..);
        Some(argument)
    }

    /// As many as there are, so that a list of them is made as long as it is.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let separators = |rest| memchr::memchr_iter(self.separator, rest).count();
        let count = self.rest.map_or(0, |rest| separators(rest).saturating_add(1));
        (count, Some(count))
    }
}

impl ExactSizeIterator for Arguments<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &[u8], want: &[&[u8]]) {
        assert_eq!(parse(input).len(), want.len(), "{}", input.escape_ascii());
        let got: Vec<_> = parse(input).collect();
        assert_eq!(got, want, "{}", input.escape_ascii());
    }

    #[test]
    fn arguments_end_in_nul() {
        check(b"", &[]);
        check(b"cat\0", &[b"cat"]);
        check(b"odd\0arg with space\0\0--x=1\0", &[b"odd", b"arg with space", b"", b"--x=1"]);
        check(b"a\xff\0\n\0", &[b"a\xff", b"\n"]);
        check(b"-\0\0", &[b"-", b""]);
    }

    #[test]
    fn titles_are_split_at_spaces() {
        check(b"nginx: worker process", &[b"nginx:", b"worker", b"process"]);
        check(b"chrome --type=renderer --lang=en ", &[b"chrome", b"--type=renderer", b"--lang=en"]);
        check(b"chrome --type=gpu\0", &[b"chrome", b"--type=gpu"]);
        check(b"a  b\0", &[b"a", b"", b"b"]);
        check(b"a \0", &[b"a", b""]);
        check(b"a\0b c", &[b"a\0b", b"c"]);
        check(b"postgres: idle\0\0\0", &[b"postgres: idle", b"", b""]);
    }

    #[test]
    fn a_lone_separator_is_an_empty_argument() {
        check(b"\0", &[b""]);
        check(b" ", &[b""]);
        check(b"\0\0", &[b"", b""]);
    }

    #[test]
    fn no_prefix_panics() {
        let input = b"odd\0arg with space\0\0--x=1\0";
        for end in 0..=input.len() {
            assert_eq!(parse(&input[..end]).next().is_none(), end == 0);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(args in vec(vec(1_u8.., 0..20), 2..10)) {
            let mut input = args.join(&0);
            input.push(0);
            prop_assert_eq!(parse(&input).collect::<Vec<_>>(), args);
        }
    }
}
