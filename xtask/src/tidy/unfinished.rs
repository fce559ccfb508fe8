//! What is not done is an issue, not a mark in the code.

use super::lexer::Kind;
use super::{Finding, tree::Tree};

const RULE: &str = "what is unfinished is `Unsupported`, or an issue";

const MACROS: &[&str] = &["todo", "unimplemented"];
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (at, name) in file.names() {
            if MACROS.contains(&name) && file.goes(at + 1, &["!"]) {
                let what = format!("`{name}!`");
                findings.push(Finding::new(file.path, file.line(at), what, RULE));
            }
        }
        for comment in &file.comments {
            let Kind::Comment(text) = comment.kind else { continue };
            for (offset, line) in text.lines().enumerate() {
                if let Some(mark) = mark(line) {
                    let what = format!("`{mark}` in a comment");
                    findings.push(Finding::new(file.path, comment.line + offset, what, RULE));
                }
            }
        }
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with(".py")) {
        for (index, line) in file.text.lines().enumerate() {
            // A `#` in a string is taken for a comment's: rare, and a mark behind it rarer.
            if let Some(mark) = line.split_once('#').and_then(|(_, comment)| mark(comment)) {
                let what = format!("`{mark}` in a comment");
                findings.push(Finding::new(&file.path, index + 1, what, RULE));
            }
        }
    }
    findings
}

/// The first mark among the words of a line.
fn mark(line: &str) -> Option<&str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).find(|word| MARKS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn marks_are_caught() {
        let source = "fn a() { todo!() }\n// TODO: b\n/* c\n FIXME(d) */\nfn e() {} /// XXX\n\
            #[cfg(test)]\nmod tests { fn f() { unimplemented!(\"g\") } }\n";
        planted::check(check, "crates/sysvitals/src/a.rs", source, &[1, 2, 4, 5, 7]);
    }

    #[test]
    fn marks_in_python_are_caught_too() {
        let source = "a = 1  # TODO: b\nTODO = 2\n# todo, the TODOS\n#XXX\n";
        planted::check(check, "python/sysvitals/_process.py", source, &[1, 4]);
    }

    #[test]
    fn words_and_strings_are_not() {
        let source =
            "fn todo() -> &'static str { \"TODO\" }\n// mkdtemp(\"aXXXXXX\"), todo, TODOS\n";
        planted::check(check, "crates/sysvitals/src/a.rs", source, &[]);
    }
}
