//! `/proc/loadavg`: how many tasks wanted to run (proc_loadavg(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// The load, and what the kernel says next to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadAvg {
    /// Tasks running or waiting for a disk, averaged over one minute.
    pub one: f64,
    /// As `one`, over five minutes.
    pub five: f64,
    /// As `one`, over fifteen minutes.
    pub fifteen: f64,
    /// Tasks that run or could run now.
    pub running: u32,
    /// All tasks, threads counted one by one.
    pub total: u32,
    /// The pid given last.
    pub last_pid: u32,
}

/// Parses one `loadavg` file.
///
/// # Errors
///
/// When a field is missing or not a number.
pub fn parse(input: &[u8]) -> Result<LoadAvg, ParseError> {
    let mut fields = Fields::new(input);
    let one = cursor::decimal(fields.text("one")?, "one")?;
    let five = cursor::decimal(fields.text("five")?, "five")?;
    let fifteen = cursor::decimal(fields.text("fifteen")?, "fifteen")?;
    let (running, total) = cursor::split_once(fields.text("running")?, b'/', "running")?;
    Ok(LoadAvg {
        one,
        five,
        fifteen,
        running: cursor::number(running, "running")?,
        total: cursor::number(total, "total")?,
        last_pid: fields.number("last_pid")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"0.21 10.37 0.39 1/719 19737\n";

    #[test]
    fn every_field_has_its_place() {
        let want = LoadAvg {
            one: 0.21,
            five: 10.37,
            fifteen: 0.39,
            running: 1,
            total: 719,
            last_pid: 19737,
        };
        assert_eq!(parse(FILE), Ok(want));
        assert_eq!(parse(b"0.00 0.00 nan 1/1 1").unwrap_err().field(), "fifteen");
        assert_eq!(parse(b"0.00 0.00 0.00 1 1").unwrap_err().field(), "running");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 0..FILE.len() - b"19737\n".len() {
            assert!(parse(&FILE[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
