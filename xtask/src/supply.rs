//! `cargo xtask deny`: what comes from elsewhere, under which licence, and from where.
//!
//! `deny.toml` says what may. cargo-deny reads it where it is installed; elsewhere, since building
//! cargo-deny takes longer than all other steps, the two lists that matter are read here: licences
//! and sources. Advisories are not checked: their database is not on crates.io.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{Outcome, command};

/// Whether a package comes from crates.io, the only place it may come from, as Cargo.lock writes it.
fn is_crates_io(source: &str) -> bool {
    source.starts_with("registry+https://") && source.ends_with("/crates.io-index")
}

/// The step.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    if command::which("cargo-deny").is_some() {
        let mut deny = workspace.cargo();
        command::run(deny.args([
            "deny",
            "--all-features",
            "check",
            "licenses",
            "bans",
            "sources",
        ]))?;
        return Ok(Outcome::Done("cargo-deny: licences, bans, sources".to_owned()));
    }

    let read = |name: &str| {
        fs::read_to_string(workspace.root().join(name)).with_context(|| format!("reading {name}"))
    };
    let allowed = allowed_licences(&read("deny.toml")?);
    let mut cargo = workspace.cargo();
    cargo.args(["tree", "--workspace", "--all-features", "--target", "all", "--locked"]);
    cargo.args(["--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}|{l}"]);
    let packages = command::output(&mut cargo)?;
    let packages = String::from_utf8_lossy(&packages).into_owned();
    // What follows the licence says that a package was listed before.
    let lines = packages.lines().filter(|line| !line.is_empty());
    let lines: BTreeSet<&str> = lines.map(|line| line.trim_end_matches(" (*)")).collect();

    let mut offences = foreign_sources(&read("Cargo.lock")?);
    for line in &lines {
        let (package, licence) = line.rsplit_once('|').context("a package without licence")?;
        if !is_allowed(licence, &allowed) {
            offences.push(format!("{package} has the licence `{licence}`"));
        }
    }
    for offence in &offences {
        println!("{offence}");
    }
    if !offences.is_empty() {
        bail!("{} packages against deny.toml", offences.len());
    }
    let count = lines.len();
    Ok(Outcome::Done(format!("licences and sources of {count} packages, without cargo-deny")))
}

/// The list `allow` of the section `[licenses]`.
fn allowed_licences(deny: &str) -> Vec<String> {
    let (_, section) = deny.split_once("[licenses]").unwrap_or_default();
    let (_, list) = section.split_once("allow = [").unwrap_or_default();
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Packages of a lock file that come neither from this repository nor from crates.io.
fn foreign_sources(lock: &str) -> Vec<String> {
    let mut name = "";
    let mut found = Vec::new();
    for line in lock.lines() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let value = value.trim_matches('"');
        match key {
            "name" => name = value,
            "source" if !is_crates_io(value) => found.push(format!("{name} comes from {value}")),
            _ => {}
        }
    }
    found
}

/// Whether an SPDX expression can be met with the licences that are allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut spdx = Spdx { words: &words, allowed };
    spdx.any() && spdx.words.is_empty()
}

/// What is left to read of an expression.
struct Spdx<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Spdx<'a> {
    /// Takes `word` if it is next.
    fn takes(&mut self, word: &str) -> bool {
        let next = self.words.split_first().filter(|(first, _)| **first == word);
        next.map(|(_, rest)| self.words = rest).is_some()
    }

    /// `A OR B`; every part is read, whatever the first one was.
    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.takes("OR") {
            met |= self.all();
        }
        met
    }

    /// `A AND B`, which binds tighter.
    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.takes("AND") {
            met &= self.one();
        }
        met
    }

    /// A licence, with its exception if it has one, or parentheses.
    fn one(&mut self) -> bool {
        if self.takes("(") {
            let met = self.any();
            return self.takes(")") && met;
        }
        let Some((first, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        let mut licence = (*first).to_owned();
        if self.takes("WITH") {
            let exception: &'a str = self.words.first().copied().unwrap_or_default();
            self.words = self.words.get(1..).unwrap_or_default();
            licence = format!("{licence} WITH {exception}");
        }
        self.allowed.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, want: bool) {
        let allowed = allowed_licences(
            "[graph]\n[licenses]\nallow = [\n \"MIT\",\n \"Zlib\", # and\n \"A WITH B\" ]\n\
             [bans]\nallow = [\"GPL-3.0\"]\n",
        );
        assert_eq!(allowed, ["MIT", "Zlib", "A WITH B"]);
        assert_eq!(is_allowed(expression, &allowed), want, "{expression}");
    }

    #[test]
    fn expressions_are_met_or_not() {
        check("MIT", true);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0/MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("(GPL-3.0 OR MIT) AND Zlib", true);
        check("GPL-3.0 OR MIT AND X", false);
        check("A WITH B", true);
        check("A", false);
        check("A WITH C OR MIT", true);
        check("", false);
        check("(MIT", false);
        check("MIT)", false);
    }

    #[test]
    fn other_sources_are_told() {
        let lock = "[[package]]\nname = \"a\"\n\n\
             [[package]]\nname = \"b\"\nsource = \"registry+https://a/crates.io-index\"\n\
             [[package]]\nname = \"c\"\nsource = \"git+https://example.org/c\"\n";
        assert_eq!(foreign_sources(lock), ["c comes from git+https://example.org/c"]);
    }
}
