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
                let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                if let Some(mark) = words.find(|word| MARKS.contains(word)) {
                    let what = format!("`{mark}` in a comment");
                    findings.push(Finding::new(file.path, comment.line + offset, what, RULE));
                }
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
    fn marks_are_caught() {
        let source = "fn a() { todo!() }\n// TODO: b\n/* c\n FIXME(d) */\nfn e() {} /// XXX\n\
            #[cfg(test)]\nmod tests { fn f() { unimplemented!(\"g\") } }\n";
        planted::check(check, "crates/sysvitals/src/a.rs", source, &[1, 2, 4, 5, 7]);
    }

    #[test]
    fn words_and_strings_are_not() {
        let source =
            "fn todo() -> &'static str { \"TODO\" }\n// mkdtemp(\"aXXXXXX\"), todo, TODOS\n";
        planted::check(check, "crates/sysvitals/src/a.rs", source, &[]);
    }
}
