//! `cargo xtask tidy`: the rules of the house that a program can check.
//!
//! One module a rule. Each has its table of places and exceptions at the top, and at its foot a
//! test that plants offences in a tree of its own and sees them caught, and their clean twins left
//! alone.

mod changelog;
mod layers;
mod length;
mod lexer;
mod names;
mod os_paths;
mod parsers;
mod platform;
mod process_errors;
mod records;
mod tree;
mod unfinished;
mod unsafe_code;

use std::fmt;

use anyhow::{Result, bail};

use self::tree::Tree;
use crate::Outcome;
use crate::workspace::Workspace;

/// One offence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
    rule: &'static str,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, rule: &'static str) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), rule }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.rule)
    }
}

/// A file that a rule leaves alone, and why it may.
struct Exception {
    path: &'static str,
    #[expect(dead_code, reason = "read by people")]
    reason: &'static str,
}

fn excepted(exceptions: &[Exception], path: &str) -> bool {
    exceptions.iter().any(|exception| exception.path == path)
}

/// Whether `path` is where foreign functions are called: the library's `ffi.rs` and `ffi/`.
fn is_ffi(path: &str) -> bool {
    path.starts_with("crates/sysvitals/src/sys/")
        && path.split('/').any(|part| part == "ffi" || part == "ffi.rs")
}

/// A rule, applied to everything.
type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    platform::check,
    unsafe_code::check,
    os_paths::check,
    process_errors::check,
    length::check,
    parsers::check,
    records::check,
    changelog::check,
    names::check,
    unfinished::check,
    layers::check,
];

fn findings(workspace: &Workspace, rules: &[Rule]) -> Result<Vec<Finding>> {
    let tree = Tree::read(workspace)?;
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    Ok(findings)
}

/// The step.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    let findings = findings(workspace, RULES)?;
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} offences against the house", findings.len());
    }
    Ok(Outcome::Done(format!("{} rules", RULES.len())))
}

/// What the rules' own tests share.
#[cfg(test)]
mod planted {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::command;

    /// Plants `files` in a repository of their own; says at which `path:line` `rules` find what.
    #[track_caller]
    pub(super) fn places(rules: &[Rule], files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut git = Command::new("git");
        command::output(git.args(["init", "-q"]).arg(dir.path())).expect("git init");
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let findings = findings(&Workspace::at(dir.path()), rules).expect("a tree");
        findings.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
    }

    /// Plants one file and wants findings on exactly these lines.
    #[track_caller]
    pub(super) fn check(rule: Rule, path: &str, text: &str, lines: &[usize]) {
        let want: Vec<_> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        assert_eq!(places(&[rule], &[(path, text)]), want, "{text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_applied_and_ignored_files_are_not_read() {
        let clean = [
            ("CHANGELOG.md", "## Unreleased\n\n- Linux: it begins.\n"),
            (".gitignore", "/target\n"),
            ("target/a.rs", "fn a() { todo!() }\n"),
            ("crates/sysvitals/src/lib.rs", "//! `unsafe`, /proc, NoSuchProcess.\nfn a() {}\n"),
        ];
        assert_eq!(planted::places(RULES, &clean), Vec::<String>::new());

        let lib = "#[cfg(unix)]\nfn a() { unsafe { b(\"/proc\") }\n todo!() }\nmod utils;\n";
        let face = "[dependencies]\nlibc = \"0.2\"\n";
        let main = "use sysvitals::Error::NoSuchProcess;\n";
        let offences = [
            ("crates/sysvitals/src/lib.rs", lib),
            ("crates/sysvitals/src/memory.rs", "record! { svmem: VirtualMemory {} }\n"),
            ("crates/sysvitals/src/long.rs", &"\n".repeat(801)),
            ("crates/sysvitals-parse/src/linux/stat.rs", "pub fn parse() {}\n"),
            ("crates/sysvitals-cli/Cargo.toml", face),
            ("crates/sysvitals-cli/src/cmd/ps.rs", main),
        ];
        let want = "CHANGELOG.md:1 crates/sysvitals-cli/Cargo.toml:2 \
            crates/sysvitals-cli/src/cmd/ps.rs:1 \
            crates/sysvitals-parse/src/linux/stat.rs:1 crates/sysvitals-parse/src/linux/stat.rs:1 \
            crates/sysvitals-parse/src/linux/stat.rs:1 \
            crates/sysvitals/src/lib.rs:1 crates/sysvitals/src/lib.rs:2 \
            crates/sysvitals/src/lib.rs:2 crates/sysvitals/src/lib.rs:3 \
            crates/sysvitals/src/lib.rs:4 crates/sysvitals/src/long.rs:801 \
            crates/sysvitals/src/memory.rs:1";
        assert_eq!(planted::places(RULES, &offences).join(" "), want);
    }
}
