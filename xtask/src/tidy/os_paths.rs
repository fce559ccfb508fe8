//! Paths of operating systems stand in backends.

use super::lexer::Kind;
use super::tree::Tree;
use super::{Exception, Finding, excepted};

const RULE: &str = "paths of a system stand in sysvitals' sys/ and system.rs only";

/// What such a path starts with.
const ROOTS: &[&str] = &["/proc", "/sys", "/etc", "/run", "/dev"];

const PLACES: &[&str] = &["crates/sysvitals/src/sys/", "crates/sysvitals/src/system.rs"];

const EXCEPTIONS: &[Exception] = &[];

/// Whether `text` is one of those folders or something below it.
fn is_os_path(text: &str) -> bool {
    let below = |root| text.strip_prefix(root).map(|rest| rest.chars().next());
    ROOTS
        .iter()
        .filter_map(below)
        .any(|next| next.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))))
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let place = PLACES.iter().any(|place| file.path.starts_with(place));
        if place || !file.path.starts_with("crates/") || excepted(EXCEPTIONS, file.path) {
            continue;
        }
        for (at, token) in file.code.iter().enumerate() {
            let Kind::Text(text) = token.kind else { continue };
            if is_os_path(text) && !file.is_test(at) {
                let what = format!("the path \"{text}\"");
                findings.push(Finding::new(file.path, token.line, what, RULE));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn faces_and_parsers_know_no_path() {
        let source = "const A: &str = \"/proc\";\nconst B: &[u8] = br#\"/sys/class\"#;\n\
            fn c() { open(c\"/dev/null\") }\nfn d() { format!(\"/run{x}\") }\n";
        planted::check(check, "crates/sysvitals-cli/src/main.rs", source, &[1, 2, 3, 4]);
        planted::check(check, "crates/sysvitals-parse/src/linux/stat.rs", source, &[1, 2, 3, 4]);
        planted::check(check, "crates/sysvitals/src/cpu.rs", source, &[1, 2, 3, 4]);
        planted::check(check, "crates/sysvitals/src/sys/linux/mod.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/system.rs", source, &[]);
        planted::check(check, "crates/sysvitals-cli/tests/free.rs", source, &[]);
        planted::check(check, "xtask/src/main.rs", source, &[]);
    }

    #[test]
    fn comments_tests_and_other_words_may() {
        let source = "//! Reads `/proc/stat`, \"/proc\".\nconst A: &str = \"/system /proc\";\n\
            const B: &str = \"/process\";\n#[cfg(test)]\nmod tests {\n const C: &str = \"/etc\";\n}\n";
        planted::check(check, "crates/sysvitals-cli/src/main.rs", source, &[]);
    }
}
