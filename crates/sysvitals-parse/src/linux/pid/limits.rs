//! `/proc/PID/limits`: a table of resource limits (proc_pid_limits(5), getrlimit(2); since Linux
//! 2.6.24).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What is limited, as `Max open files`.
    pub name: &'a [u8],
    /// The limit in force.
    pub soft: Limit,
    /// What the process may raise `soft` to.
    pub hard: Limit,
    /// What is counted, as `files`; none for priorities.
    pub units: Option<&'a [u8]>,
}

/// How much a process may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// As much as there is (`RLIM_INFINITY`).
    Unlimited,
    /// So much, in the units of the line.
    Value(u64),
}

/// The lines of the table below its head.
///
/// An item is an error where a line is not a name, two limits and perhaps units; those after it
/// can still be read.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    lines: cursor::Lines<'a>,
}

/// Starts at the head of one `limits` file.
#[must_use]
pub fn parse(input: &[u8]) -> Entries<'_> {
    Entries { lines: cursor::lines(input) }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_entry = |line: &&[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"Limit ");
        self.lines.by_ref().find(is_entry).map(entry)
    }
}

fn entry(line: &[u8]) -> Result<Entry<'_>, ParseError> {
    // Names have blanks, but no two in a row, and are shorter than their column.
    let name_end = line.windows(2).position(|pair| pair == b"  ").unwrap_or(line.len());
    let missing = || ParseError::new("limit", line);
    let (name, values) = line.split_at_checked(name_end).ok_or_else(missing)?;
    let mut fields = Fields::new(values);
    Ok(Entry {
        name,
        soft: limit(fields.text("soft limit")?, "soft limit")?,
        hard: limit(fields.text("hard limit")?, "hard limit")?,
        units: fields.next(),
    })
}

fn limit(text: &[u8], field: &'static str) -> Result<Limit, ParseError> {
    match text {
        b"unlimited" => Ok(Limit::Unlimited),
        digits => cursor::number(digits, field).map(Limit::Value),
    }
}

#[cfg(test)]
mod tests {
    use super::Limit::{Unlimited, Value};
    use super::*;

    const HEAD: &str =
        "Limit                     Soft Limit           Hard Limit           Units     \n";
    const STACK: &str =
        "Max stack size            8388608              unlimited            bytes     \n";
    const NICE: &str = "Max nice priority         0                    1                    \n";

    #[test]
    fn lines_are_names_limits_and_units() {
        let input = [HEAD, STACK, NICE].concat();
        let stack = Entry {
            name: b"Max stack size",
            soft: Value(8_388_608),
            hard: Unlimited,
            units: Some(b"bytes"),
        };
        let nice =
            Entry { name: b"Max nice priority", soft: Value(0), hard: Value(1), units: None };
        assert_eq!(parse(input.as_bytes()).collect::<Vec<_>>(), [Ok(stack), Ok(nice)]);
    }

    #[test]
    fn the_largest_value_fills_its_column() {
        let line = "Max open files            18446744073709551614 18446744073709551614 files\n";
        let entry = parse(line.as_bytes()).next().expect("a line").expect("an entry");
        let largest = Value(u64::MAX - 1);
        assert_eq!((entry.soft, entry.hard, entry.units), (largest, largest, Some(&b"files"[..])));
    }

    #[test]
    fn one_bad_line_loses_only_itself() {
        let input = [HEAD, "Max odd things            many  7 \n", "\n", STACK].concat();
        let found: Vec<_> = parse(input.as_bytes()).map(|entry| entry.is_ok()).collect();
        assert_eq!(found, [false, true]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn no_prefix_panics() {
        let input = [HEAD, STACK, NICE].concat();
        for end in 0..=input.len() {
            assert!(parse(&input.as_bytes()[..end]).count() <= 2);
        }
    }
}
