//! `/proc/vmstat`: counters of virtual memory, one a line (proc_vmstat(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// Pages swapped since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VmStat {
    /// `pswpin`: pages brought in; absent where the kernel has no swap.
    pub pswpin: Option<u64>,
    /// `pswpout`: pages sent out; absent as `pswpin`.
    pub pswpout: Option<u64>,
}

/// Parses one `vmstat` file.
///
/// # Errors
///
/// When a counter has no number.
pub fn parse(input: &[u8]) -> Result<VmStat, ParseError> {
    Ok(VmStat { pswpin: lookup(input, b"pswpin")?, pswpout: lookup(input, b"pswpout")? })
}

/// The counter called `name`, if there is one.
///
/// # Errors
///
/// When it has no number.
pub fn lookup(input: &[u8], name: &[u8]) -> Result<Option<u64>, ParseError> {
    for line in cursor::lines(input) {
        let mut fields = Fields::new(line);
        if fields.next() == Some(name) {
            return fields.number("counter").map(Some);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"nr_free_pages 515\npswpin 12\npswpout 34\npswpout_x 5\nempty\n";

    #[test]
    fn counters_are_found_by_name() {
        assert_eq!(parse(FILE), Ok(VmStat { pswpin: Some(12), pswpout: Some(34) }));
        assert_eq!(lookup(FILE, b"nr_free_pages"), Ok(Some(515)));
        assert_eq!(lookup(FILE, b"pswp"), Ok(None));
        assert_eq!(lookup(FILE, b"empty").unwrap_err().field(), "counter");
        assert_eq!(parse(b""), Ok(VmStat { pswpin: None, pswpout: None }));
    }

    #[test]
    fn no_prefix_panics() {
        for end in 0..FILE.len() {
            let _ = parse(&FILE[..end]);
        }
    }
}
