//! The files that the rules look at.

use std::fs;
use std::ops::Range;

use anyhow::{Context, Result};

use super::lexer::{Kind, Token, tokens};
use crate::workspace::Workspace;

/// All files of a workspace.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

/// One file, and its text if a rule may want it.
pub(super) struct File {
    /// Below the root, with `/`.
    pub(super) path: String,
    /// Empty for what is neither Rust, Python, TOML nor Markdown.
    pub(super) text: String,
}

impl Tree {
    /// Reads a workspace.
    pub(super) fn read(workspace: &Workspace) -> Result<Self> {
        let read = |path: String| -> Result<File> {
            let wanted = [".rs", ".py", ".toml", ".md"].iter().any(|ending| path.ends_with(ending));
            let text = if wanted {
                let bytes = fs::read(workspace.root().join(&path))
                    .with_context(|| format!("reading {path}"))?;
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                String::new()
            };
            Ok(File { path, text })
        };
        let files = workspace.files()?.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Self { files })
    }

    /// The file at `path`.
    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// All Rust files, in tokens.
    pub(super) fn rust(&self) -> impl Iterator<Item = Rust<'_>> {
        self.files.iter().filter(|file| file.path.ends_with(".rs")).map(Rust::new)
    }
}

/// A Rust file in tokens.
pub(super) struct Rust<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    /// Everything but comments.
    pub(super) code: Vec<Token<'a>>,
    pub(super) comments: Vec<Token<'a>>,
    /// Which of `code` is compiled for tests only.
    tests: Vec<Range<usize>>,
}

impl<'a> Rust<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        let is_comment = |token: &Token<'_>| matches!(token.kind, Kind::Comment(_));
        let (comments, code): (Vec<_>, Vec<_>) =
            tokens(&file.text).into_iter().partition(is_comment);
        let tests = test_items(&code);
        Self { path: &file.path, text: &file.text, code, comments, tests }
    }

    /// Whether the whole file is a test: an integration test, or `tests.rs` beside a module.
    pub(super) fn is_test_file(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether `code[at]` is compiled for tests only.
    pub(super) fn is_test(&self, at: usize) -> bool {
        self.is_test_file() || self.tests.iter().any(|range| range.contains(&at))
    }

    /// The lines, first and last, of each item that is compiled for tests only.
    pub(super) fn test_lines(&self) -> impl Iterator<Item = (usize, usize)> {
        self.tests.iter().filter_map(|range| {
            let items = self.code.get(range.clone())?;
            Some((items.first()?.line, items.last()?.line))
        })
    }

    /// Whether `code` goes on at `at` with these names and marks.
    pub(super) fn goes(&self, at: usize, want: &[&str]) -> bool {
        goes(&self.code, at, want)
    }

    /// The name at `at`.
    pub(super) fn name(&self, at: usize) -> Option<&'a str> {
        match self.code.get(at)?.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// All names, each with where it stands.
    pub(super) fn names(&self) -> impl Iterator<Item = (usize, &'a str)> {
        (0..self.code.len()).filter_map(|at| Some((at, self.name(at)?)))
    }

    /// The line of `code[at]`.
    pub(super) fn line(&self, at: usize) -> usize {
        self.code.get(at).map_or(0, |token| token.line)
    }

    /// One past the bracket that closes the one at `at`.
    pub(super) fn after_group(&self, at: usize) -> usize {
        after_group(&self.code, at)
    }
}

fn goes(code: &[Token<'_>], at: usize, want: &[&str]) -> bool {
    want.iter().enumerate().all(|(offset, want)| match code.get(at + offset).map(|t| t.kind) {
        Some(Kind::Name(name)) => name == *want,
        Some(Kind::Mark(mark)) => want.len() == mark.len_utf8() && want.starts_with(mark),
        _ => false,
    })
}

fn after_group(code: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in code.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Every item under `#[cfg(test)]` or `#[test]`, its attributes included.
fn test_items(code: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut at = 0;
    while at < code.len() {
        if !goes(code, at, &["#", "["]) {
            at += 1;
            continue;
        }
        let after = after_group(code, at + 1);
        let inside = code.get(at + 2..after).unwrap_or_default();
        if !is_for_tests(inside) {
            at = after;
            continue;
        }
        // Up to the end of the item: its block, or a semicolon if it has none.
        let mut end = after;
        while let Some(token) = code.get(end) {
            match token.kind {
                Kind::Mark('(' | '[') => end = after_group(code, end),
                Kind::Mark('{') => {
                    end = after_group(code, end);
                    break;
                }
                Kind::Mark(';') => {
                    end += 1;
                    break;
                }
                _ => end += 1,
            }
        }
        items.push(at..end);
        at = end;
    }
    items
}

/// Whether the attribute is `test`, or a `cfg` that holds in tests only.
fn is_for_tests(attribute: &[Token<'_>]) -> bool {
    let has = |name| attribute.iter().any(|token| token.kind == Kind::Name(name));
    goes(attribute, 0, &["test", "]"])
        || goes(attribute, 0, &["cfg", "("]) && has("test") && !has("not") && !has("any")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(usize, usize)]) {
        let file = File { path: "src/a.rs".to_owned(), text: text.to_owned() };
        let lines: Vec<_> = Rust::new(&file).test_lines().collect();
        assert_eq!(lines, want);
    }

    #[test]
    fn test_items_are_known() {
        check("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}", &[(2, 5)]);
        check("#[cfg(test)]\n#[expect(dead_code)]\nmod tests;\nfn c() {}", &[(1, 3)]);
        check("#[test]\nfn a() -> [u8; 2] {\n}\n", &[(1, 3)]);
        check("#[cfg(all(test, feature = \"x\"))]\nuse a::{b, c};\nfn c() {}", &[(1, 2)]);
        check("#[cfg(not(test))]\nfn a() {}\n#[cfg(any(test, unix))] fn b() {}", &[]);
        check("#[derive(Debug)]\nstruct A;", &[]);
    }
}
