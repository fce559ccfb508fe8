//! `/proc/PID/statm`: sizes of memory in pages (proc_pid_statm(5)).

use crate::ParseError;
use crate::cursor::Fields;

/// One `statm` file, all in pages.
///
/// The kernel counts inexactly here, and a figure may wrap below 0; it then reads close to
/// [`u64::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statm {
    /// (1) address space.
    pub size: u64,
    /// (2) resident.
    pub resident: u64,
    /// (3) resident and backed by a file or shared memory.
    pub shared: u64,
    /// (4) code.
    pub text: u64,
    /// (5) libraries; always 0 since Linux 2.6.
    pub lib: u64,
    /// (6) data and stack.
    pub data: u64,
    /// (7) dirty; always 0 since Linux 2.6.
    pub dirty: u64,
}

/// Parses one `statm` file.
///
/// # Errors
///
/// When a field is missing or not a number.
pub fn parse(input: &[u8]) -> Result<Statm, ParseError> {
    let names = ["size", "resident", "shared", "text", "lib", "data", "dt"];
    let [size, resident, shared, text, lib, data, dirty] = Fields::new(input).numbers(names)?;
    Ok(Statm { size, resident, shared, text, lib, data, dirty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, want: [u64; 7]) {
        let [size, resident, shared, text, lib, data, dirty] = want;
        let want = Statm { size, resident, shared, text, lib, data, dirty };
        assert_eq!(parse(input.as_bytes()), Ok(want));
    }

    #[test]
    fn every_field_has_its_place() {
        check("1099 321 300 11 1 80 2\n", [1099, 321, 300, 11, 1, 80, 2]);
        check("0 0 0 0 0 0 0\n", [0; 7]);
        check("1 2 3 4 5 18446744073709551615 6", [1, 2, 3, 4, 5, u64::MAX, 6]);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let line = b"1099 321 300 11 0 80 2";
        for end in 0..line.len() {
            assert!(parse(&line[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
