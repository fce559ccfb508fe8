//! What changes is told to those it changes for.

use super::{Finding, tree::Tree};

const RULE: &str = "CHANGELOG.md has entries under `## Unreleased`";

const CHANGELOG: &str = "CHANGELOG.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(file) = tree.get(CHANGELOG) else {
        return vec![Finding::new(CHANGELOG, 1, "there is none", RULE)];
    };
    let is_unreleased = |line: &str| matches!(line.trim(), "## Unreleased" | "## [Unreleased]");
    let Some(start) = file.text.lines().position(is_unreleased) else {
        return vec![Finding::new(CHANGELOG, 1, "no section `## Unreleased`", RULE)];
    };
    let section = file.text.lines().skip(start + 1).take_while(|line| !line.starts_with("## "));
    let is_entry = |line: &str| ["- ", "* "].iter().any(|bullet| line.starts_with(bullet));
    if section.into_iter().any(is_entry) {
        return Vec::new();
    }
    vec![Finding::new(CHANGELOG, start + 1, "nothing under `## Unreleased`", RULE)]
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn an_entry_is_wanted() {
        let path = "CHANGELOG.md";
        planted::check(check, path, "# Log\n\n## Unreleased\n\n### Added\n\n- Linux: all.\n", &[]);
        planted::check(check, path, "# Log\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n", &[3]);
        planted::check(check, path, "# Log\n\n## 0.1.0\n\n- Old.\n", &[1]);
        assert_eq!(planted::places(&[check], &[("README.md", "")]), ["CHANGELOG.md:1"]);
    }
}
