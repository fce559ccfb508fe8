//! `/proc/uptime`: how long the system has been up (proc_uptime(5)).

use std::time::Duration;

use crate::ParseError;
use crate::cursor::{self, Fields};

/// How long the system has been up, in hundredths of a second as the kernel prints it.
///
/// # Errors
///
/// When the first field is not such a number. The second, the idle time of all CPUs, is left alone.
pub fn parse(input: &[u8]) -> Result<Duration, ParseError> {
    let (seconds, hundredths) =
        cursor::split_once(Fields::new(input).text("uptime")?, b'.', "uptime")?;
    if hundredths.len() != 2 {
        return Err(ParseError::new("uptime", hundredths));
    }
    let hundredths: u64 = cursor::number(hundredths, "uptime")?;
    Ok(Duration::from_secs(cursor::number(seconds, "uptime")?)
        .saturating_add(Duration::from_millis(hundredths * 10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"1812.69 1040.34\n";

    #[test]
    fn only_the_first_number_counts() {
        assert_eq!(parse(FILE), Ok(Duration::from_millis(1_812_690)));
        assert_eq!(parse(b"0.05"), Ok(Duration::from_millis(50)));
        assert!(parse(b"18446744073709551615.99").is_ok(), "saturates");
        assert!(parse(b"-1.00").is_err());
        assert!(parse(b"1.5 0.00").is_err(), "hundredths have two digits");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 0..FILE.len() {
            assert_eq!(
                parse(&FILE[..end]).is_err(),
                end < "1812.69".len(),
                "prefix of {end} bytes"
            );
        }
    }
}
