//! What has no name has no home yet.

use super::{Finding, tree::Tree};

const RULE: &str = "a module is named after what is in it";

const NAMELESS: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "manager"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let code = [".rs", ".py", ".pyi"].iter().any(|ending| file.path.ends_with(ending));
        let stem = |part: &str| NAMELESS.contains(&part.split('.').next().unwrap_or(part));
        if code && file.path.split('/').any(stem) {
            findings.push(Finding::new(&file.path, 1, "a path that says nothing", RULE));
        }
    }
    for file in tree.rust() {
        for (at, _) in file.names().filter(|&(_, name)| name == "mod") {
            if let Some(name) = file.name(at + 1).filter(|name| NAMELESS.contains(name)) {
                let what = format!("`mod {name}`");
                findings.push(Finding::new(file.path, file.line(at), what, RULE));
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
    fn nameless_modules_are_caught() {
        planted::check(check, "crates/sysvitals/src/utils.rs", "", &[1]);
        planted::check(check, "crates/sysvitals/tests/common/mod.rs", "", &[1]);
        planted::check(check, "python/sysvitals/misc.py", "", &[1]);
        planted::check(check, "xtask/src/main.rs", "mod a;\nmod helpers {}\n", &[2]);
    }

    #[test]
    fn names_are_not() {
        let source = "mod utility; // mod utils;\nfn common() {}\n";
        planted::check(check, "crates/sysvitals/src/commons.rs", source, &[]);
        planted::check(check, "docs/common.md", "", &[]);
    }
}
