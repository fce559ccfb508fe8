//! `/proc/PID/io`: what a process read and wrote (proc_pid_io(5); since Linux 2.6.20).

use crate::ParseError;
use crate::cursor;

/// One `io` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Io {
    /// Bytes that read calls returned, from wherever.
    pub rchar: u64,
    /// Bytes given to write calls.
    pub wchar: u64,
    /// Read calls.
    pub syscr: u64,
    /// Write calls.
    pub syscw: u64,
    /// Bytes fetched from block devices.
    pub read_bytes: u64,
    /// Bytes sent to block devices, or to be sent.
    pub write_bytes: u64,
    /// Bytes counted in `write_bytes` whose file was cut before they were sent. proc_pid_io(5)
    /// has it that a process may also cancel what it did not write: negative.
    pub cancelled_write_bytes: Option<i64>,
}

/// Parses one `io` file. Lines that are not `key: value` are passed over (psutil #1004).
///
/// # Errors
///
/// When one of the first six is missing, or one of the seven is not a number.
pub fn parse(input: &[u8]) -> Result<Io, ParseError> {
    const KEYS: [&str; 6] = ["rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes"];
    let mut values = [None; KEYS.len()];
    let mut cancelled_write_bytes = None;
    for line in cursor::lines(input) {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let Some((key, [_, value @ ..])) = line.split_at_checked(colon) else { continue };
        let (key, value) = (key.trim_ascii(), value.trim_ascii());
        if key == b"cancelled_write_bytes" {
            cancelled_write_bytes = Some(cursor::number(value, "cancelled_write_bytes")?);
        }
        for (place, name) in values.iter_mut().zip(KEYS) {
            if key == name.as_bytes() {
                *place = Some(cursor::number(value, name)?);
            }
        }
    }
    let [rchar, wchar, syscr, syscw, read_bytes, write_bytes] = values;
    let needed = |value: Option<u64>, name| value.ok_or_else(|| ParseError::new(name, b""));
    Ok(Io {
        rchar: needed(rchar, "rchar")?,
        wchar: needed(wchar, "wchar")?,
        syscr: needed(syscr, "syscr")?,
        syscw: needed(syscw, "syscw")?,
        read_bytes: needed(read_bytes, "read_bytes")?,
        write_bytes: needed(write_bytes, "write_bytes")?,
        cancelled_write_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "rchar: 6976\nwchar: 1\nsyscr: 10\nsyscw: 2\nread_bytes: 4096\n\
        write_bytes: 8192\ncancelled_write_bytes: -1024\n";

    #[track_caller]
    fn check(input: &str, cancelled_write_bytes: Option<i64>) {
        let want = Io {
            rchar: 6976,
            wchar: 1,
            syscr: 10,
            syscw: 2,
            read_bytes: 4096,
            write_bytes: 8192,
            cancelled_write_bytes,
        };
        assert_eq!(parse(input.as_bytes()), Ok(want));
    }

    #[test]
    fn every_line_has_its_place() {
        check(FULL, Some(-1024));
        check(&FULL[..FULL.find("cancelled").expect("the last line")], None);
    }

    #[test]
    fn lines_of_another_form_are_passed_over() {
        check(&FULL.replace("syscr", "\n  \nodd\nmore: 1: 2\n: 7\nsyscr"), Some(-1024));
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        let field = |input: &str| parse(input.as_bytes()).expect_err("a broken file").field();
        assert_eq!(field(""), "rchar");
        assert_eq!(field(&FULL.replace("syscw: 2\n", "")), "syscw");
        assert_eq!(field(&FULL.replace("wchar: 1", "wchar: x")), "wchar");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 0..=FULL.find("8192").expect("write_bytes") {
            assert!(parse(&FULL.as_bytes()[..end]).is_err(), "prefix of {end} bytes");
        }
        for end in 0..FULL.len() {
            let _ = parse(&FULL.as_bytes()[..end]);
        }
    }
}
