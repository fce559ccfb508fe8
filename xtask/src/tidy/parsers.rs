//! Every parser is fed each prefix of a good input, and fuzzed.

use super::tree::{Rust, Tree};
use super::{Exception, Finding, excepted};
use crate::fuzz;

const PREFIX_RULE: &str = "a parser has a test that no prefix of its input panics";
const FUZZ_RULE: &str = "a parser has a fuzz target; `cargo xtask fuzz --register` lists them";

const SOURCES: &str = "crates/sysvitals-parse/src/";

/// Names for the test; the first says more.
const PREFIX_TESTS: &[&str] = &["every_prefix_is_an_error_not_a_panic", "no_prefix_panics"];

const EXCEPTIONS: &[Exception] = &[];

/// Where `pub fn parse` stands, if this is a parser.
fn entry(file: &Rust<'_>) -> Option<usize> {
    (0..file.code.len()).find(|&at| file.goes(at, &["pub", "fn", "parse"]) && !file.is_test(at))
}

/// The name of a parser's fuzz target: `linux/pid/stat.rs` has `linux_pid_stat`.
fn target(path: &str) -> String {
    let path = path.strip_prefix(SOURCES).unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    path.strip_suffix("/mod").unwrap_or(path).replace('/', "_")
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let manifest = tree.get(fuzz::MANIFEST).map_or("", |file| file.text.as_str());
    let registered = fuzz::registered(manifest);

    for file in tree.rust().filter(|file| file.path.starts_with(SOURCES)) {
        let Some(at) = entry(&file).filter(|_| !excepted(EXCEPTIONS, file.path)) else { continue };
        let mut find = |what: String, rule| {
            findings.push(Finding::new(file.path, file.line(at), what, rule));
        };
        let tested =
            file.names().any(|(at, name)| PREFIX_TESTS.contains(&name) && file.is_test(at));
        if !tested {
            find(format!("no test `{}`", PREFIX_TESTS.join("` or `")), PREFIX_RULE);
        }
        let target = target(file.path);
        let source = fuzz::source(&target);
        if tree.get(&source).is_none() {
            find(format!("no {source}"), FUZZ_RULE);
        }
        if !registered.contains(&target) {
            find(format!("`{target}` is not in {}", fuzz::MANIFEST), FUZZ_RULE);
        }
    }

    // And back: no target is forgotten, none is listed that is not there.
    for file in &tree.files {
        let Some(target) = fuzz::target_of(&file.path) else { continue };
        if !registered.iter().any(|name| name == target) {
            let what = format!("not in {}", fuzz::MANIFEST);
            findings.push(Finding::new(&file.path, 1, what, FUZZ_RULE));
        }
    }
    for target in registered {
        if tree.get(&fuzz::source(&target)).is_none() {
            let what = format!("`{target}` has no source");
            findings.push(Finding::new(fuzz::MANIFEST, 1, what, FUZZ_RULE));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    const STAT: &str = "crates/sysvitals-parse/src/linux/pid/stat.rs";
    const TARGET: &str = "fuzz/fuzz_targets/linux_pid_stat.rs";
    const MANIFEST: &str = "[[bin]]\nname = \"linux_pid_stat\"\n";
    const GOOD: &str =
        "pub fn parse() {}\n#[cfg(test)]\nmod tests {\n #[test]\n fn no_prefix_panics() {}\n}\n";

    #[track_caller]
    fn places(files: &[(&str, &str)], want: &[&str]) {
        assert_eq!(planted::places(&[check], files), want);
    }

    #[test]
    fn a_parser_has_its_test_and_its_target() {
        places(&[(STAT, GOOD), (TARGET, ""), ("fuzz/Cargo.toml", MANIFEST)], &[]);
        let named = GOOD.replace("no_prefix_panics", "every_prefix_is_an_error_not_a_panic");
        places(&[(STAT, &named), (TARGET, ""), ("fuzz/Cargo.toml", MANIFEST)], &[]);
        places(&[("crates/sysvitals-parse/src/cursor.rs", "pub fn split() {}\n")], &[]);
    }

    #[test]
    fn a_parser_without_them_is_caught() {
        let line = format!("{STAT}:1");
        let untested = "pub fn parse() {}\n// no_prefix_panics\n";
        places(&[(STAT, untested), (TARGET, ""), ("fuzz/Cargo.toml", MANIFEST)], &[&line]);
        let uncalled = "pub fn parse() {}\nfn no_prefix_panics() {}\n";
        places(&[(STAT, uncalled), (TARGET, ""), ("fuzz/Cargo.toml", MANIFEST)], &[&line]);
        places(&[(STAT, GOOD), ("fuzz/Cargo.toml", "")], &[&line, &line]);
        let target = format!("{TARGET}:1");
        places(&[(STAT, GOOD), (TARGET, ""), ("fuzz/Cargo.toml", "")], &[&line, &target]);
        let manifest = "fuzz/Cargo.toml:1";
        places(&[(STAT, GOOD), ("fuzz/Cargo.toml", MANIFEST)], &[&line, manifest]);
    }
}
