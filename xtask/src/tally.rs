//! Counting tests from what test runners print.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed, and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tally {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …`; any other line is no result.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        Self::of_counts(counts, "; ")
    }

    /// Reads pytest's last line: `3 passed, 1 skipped in 0.12s`.
    pub(crate) fn of_pytest(line: &str) -> Option<Self> {
        let (counts, time) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
        let seconds = time.split(' ').next()?.strip_suffix('s')?;
        seconds.parse::<f64>().ok()?;
        Self::of_counts(counts, ", ")
    }

    /// Reads the last line of `conformance.py`: `conformance, whole: 3 passed, 0 failed, …`.
    pub(crate) fn of_conformance(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("conformance, ")?.split_once(": ")?;
        Self::of_counts(counts, ", ")
    }

    fn of_counts(counts: &str, separator: &str) -> Option<Self> {
        let mut tally = Self::default();
        for count in counts.split(separator) {
            let Some((number, what)) = count.split_once(' ') else { continue };
            let place = match what {
                "passed" => &mut tally.passed,
                "failed" | "error" | "errors" => &mut tally.failed,
                "ignored" | "skipped" => &mut tally.skipped,
                _ => continue,
            };
            *place += number.parse::<u32>().ok()?;
        }
        Some(tally)
    }

    /// All results in the output of one or more test binaries.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut sum = Self::default();
        text.lines().filter_map(Self::of_line).for_each(|tally| sum += tally);
        sum
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_add_up() {
        let text = "running 4 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(Tally::of_text(text), Tally { passed: 5, failed: 5, skipped: 1 });
        assert_eq!(Tally::of_line("test result"), None);
    }

    #[test]
    fn other_runners_have_other_lines() {
        let want = Some(Tally { passed: 12, failed: 3, skipped: 4 });
        let pytest = "2 failed, 12 passed, 4 skipped, 9 warnings, 1 error in 61.20s (0:01:01)";
        assert_eq!(Tally::of_pytest(pytest), want);
        assert_eq!(Tally::of_pytest(&format!("=== {pytest} ===")), want);
        assert_eq!(Tally::of_pytest("no tests ran in Prague"), None);
        let ours = "conformance, whole: 12 passed, 3 failed, 4 skipped";
        assert_eq!(Tally::of_conformance(ours), want);
        assert_eq!(Tally::of_conformance("test_misc: 12 passed"), None);
    }
}
