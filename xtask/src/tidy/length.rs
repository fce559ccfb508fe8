//! No file is longer than a person reads.

use super::{Exception, Finding, excepted, tree::Tree};

const RULE: &str = "a file has 800 lines at most, unit tests not counted";

const LIMIT: usize = 800;

const EXCEPTIONS: &[Exception] = &[];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !excepted(EXCEPTIONS, file.path)) {
        let tests: usize = file.test_lines().map(|(first, last)| last + 1 - first).sum();
        let lines = file.text.lines().count().saturating_sub(tests);
        if lines > LIMIT {
            let what = format!("{lines} lines");
            findings.push(Finding::new(file.path, LIMIT + 1, what, RULE));
        }
    }
    let python = tree.files.iter().filter(|file| file.path.ends_with(".py"));
    for file in python.filter(|file| !excepted(EXCEPTIONS, &file.path)) {
        let lines = file.text.lines().count();
        if lines > LIMIT {
            findings.push(Finding::new(&file.path, LIMIT + 1, format!("{lines} lines"), RULE));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn long_files_are_caught_and_long_tests_are_not() {
        let path = "crates/sysvitals/src/net.rs";
        let code = "fn a() {}\n";
        planted::check(check, path, &code.repeat(801), &[801]);
        planted::check(check, path, &code.repeat(800), &[]);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", code.repeat(900));
        planted::check(check, path, &(code.repeat(800) + &tests), &[]);
        planted::check(check, path, &(code.repeat(801) + &tests), &[801]);
        planted::check(check, "python/sysvitals/_process.py", &"a\n".repeat(801), &[801]);
        planted::check(check, "python/sysvitals/_process.py", &"a\n".repeat(800), &[]);
    }
}
