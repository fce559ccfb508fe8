//! `unsafe` stands in `ffi`, and is let in there by an attribute on `mod ffi`.

use super::tree::{Rust, Tree};
use super::{Exception, Finding, excepted, is_ffi};

const RULE: &str = "unsafe stands in sys/<os>/ffi only, let in by an `expect` on `mod ffi`";

const EXCEPTIONS: &[Exception] = &[
    Exception {
        path: "crates/sysvitals/tests/allocations.rs",
        reason: "an allocator that counts implements an unsafe trait",
    },
    Exception {
        path: "crates/sysvitals-py/src/ffi.rs",
        reason: "pyo3 makes named tuples by calling their class, at three times the cost",
    },
];

/// Lint levels under which `unsafe` compiles in silence.
const LENIENT: &[&str] = &["allow", "warn"];
const LEVELS: &[&str] = &["allow", "warn", "expect", "deny", "forbid"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !excepted(EXCEPTIONS, file.path)) {
        for (at, name) in file.names() {
            let what = match name {
                "unsafe" if !is_ffi(file.path) => "`unsafe`",
                "unsafe_code" => match level(&file, at) {
                    Some(level) if LENIENT.contains(&level) => "the lint `unsafe_code` is let off",
                    Some("expect") if !lets_ffi_in(&file, at) => {
                        "`unsafe_code` is expected on something else than `mod ffi`"
                    }
                    _ => continue,
                },
                _ => continue,
            };
            findings.push(Finding::new(file.path, file.line(at), what, RULE));
        }
    }
    findings
}

/// The level that a lint attribute gives to the lint named at `at`.
fn level<'a>(file: &Rust<'a>, at: usize) -> Option<&'a str> {
    let mut depth = 0_usize;
    for before in (1..at).rev() {
        if file.goes(before, &[")"]) {
            depth += 1;
        } else if file.goes(before, &["("]) {
            if depth == 0 {
                return file.name(before - 1).filter(|name| LEVELS.contains(name));
            }
            depth -= 1;
        }
    }
    None
}

/// Whether the attribute around `at` is that of `mod ffi`.
fn lets_ffi_in(file: &Rust<'_>, at: usize) -> bool {
    let end = (at..file.code.len()).find(|&end| file.goes(end, &["]"]));
    let Some(mut next) = end.map(|end| end + 1) else { return false };
    while file.goes(next, &["#", "["]) {
        next = file.after_group(next + 1);
    }
    if file.goes(next, &["pub"]) {
        next += 1;
        if file.goes(next, &["("]) {
            next = file.after_group(next);
        }
    }
    file.goes(next, &["mod", "ffi"])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::planted;

    #[test]
    fn unsafe_stands_in_ffi() {
        let source =
            "fn a() {\n unsafe { b() }\n}\nunsafe impl Send for C {}\nunsafe extern \"C\" {}\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/mod.rs", source, &[2, 4, 5]);
        planted::check(check, "crates/sysvitals-cli/src/ffi.rs", source, &[2, 4, 5]);
        planted::check(check, "crates/sysvitals/tests/contract.rs", source, &[2, 4, 5]);
        planted::check(check, "crates/sysvitals/src/sys/linux/ffi.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/sys/windows/ffi/ntdll.rs", source, &[]);
    }

    #[test]
    fn the_word_alone_is_nothing() {
        let source =
            "//! no `unsafe` here\n#![forbid(unsafe_code)]\nconst A: &str = \"unsafe {\";\n";
        planted::check(check, "crates/sysvitals-parse/src/lib.rs", source, &[]);
        let module = "#[expect(dead_code)]\nmod unsafe_code;\nfn a() { unsafe_code::b(c) }\n";
        planted::check(check, "xtask/src/tidy/mod.rs", module, &[]);
    }

    #[test]
    fn the_lint_is_expected_on_mod_ffi_only() {
        let good = "#[expect(unsafe_code, reason = \"system calls\")]\n#[rustfmt::skip]\n\
            pub(super) mod ffi;\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/mod.rs", good, &[]);
        let bad = "#[expect(unsafe_code, reason = \"x\")]\nmod process;\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/mod.rs", bad, &[1]);
        let off =
            "#![allow(unused, unsafe_code)]\n#[cfg_attr(test, warn(unsafe_code))]\nmod ffi;\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/ffi.rs", off, &[1, 2]);
    }
}
