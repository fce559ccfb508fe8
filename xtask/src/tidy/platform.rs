//! Conditional compilation by platform stands at the two edges and nowhere else.

use super::tree::{Rust, Tree};
use super::{Exception, Finding, excepted, is_ffi};

const RULE: &str = "platforms differ in sys/mod.rs and os/mod.rs only, the ABI also in ffi";

/// Names that tell operating systems apart.
const SYSTEM: &[&str] = &["target_os", "target_family", "target_vendor", "unix", "windows"];
/// Names that tell processors and calling conventions apart.
const ABI: &[&str] =
    &["target_arch", "target_env", "target_abi", "target_pointer_width", "target_endian"];

/// What takes such a condition.
const CONDITIONAL: &[&str] = &["cfg", "cfg_attr", "cfg_select", "cfg_if", "cfg_match"];

const EDGES: &[&str] = &["crates/sysvitals/src/sys/mod.rs", "crates/sysvitals/src/os/mod.rs"];

const EXCEPTIONS: &[Exception] = &[];

/// Whether `name` may be a condition in this file.
fn allowed(file: &Rust<'_>, name: &str) -> bool {
    EDGES.contains(&file.path)
        // A whole integration test is for one system; unit tests stand beside what they test.
        || file.is_test_file()
        || ABI.contains(&name) && is_ffi(file.path)
        // illumos and Solaris are one backend.
        || name == "target_os" && file.path.starts_with("crates/sysvitals/src/sys/sunos/")
        || excepted(EXCEPTIONS, file.path)
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (at, _) in file.names().filter(|(_, name)| CONDITIONAL.contains(name)) {
            let open = at + if file.goes(at + 1, &["!"]) { 2 } else { 1 };
            let opens = ["(", "{", "["].into_iter().any(|bracket| file.goes(open, &[bracket]));
            if !opens {
                continue;
            }
            for inside in open..file.after_group(open) {
                let Some(name) = file.name(inside) else { continue };
                let platform = SYSTEM.contains(&name) || ABI.contains(&name);
                if platform && !allowed(&file, name) {
                    let what = format!("`{name}` as a condition");
                    findings.push(Finding::new(file.path, file.line(inside), what, RULE));
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
    fn systems_are_told_apart_at_the_edges_only() {
        let source = "#[cfg(target_os = \"linux\")]\nmod linux;\n#[cfg(unix)] mod posix;\n";
        planted::check(check, "crates/sysvitals/src/memory.rs", source, &[1, 3]);
        planted::check(check, "crates/sysvitals-cli/src/main.rs", source, &[1, 3]);
        planted::check(check, "crates/sysvitals/src/sys/linux/mod.rs", source, &[1, 3]);
        planted::check(check, "crates/sysvitals/src/sys/linux/ffi.rs", source, &[1, 3]);
        planted::check(check, "crates/sysvitals/src/sys/mod.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/os/mod.rs", source, &[]);
        planted::check(check, "crates/sysvitals/tests/contract.rs", source, &[]);
    }

    #[test]
    fn every_form_of_condition_is_seen() {
        let source = "fn a() {\n if cfg!(windows) {}\n}\n#[cfg_attr(all(\n  test,\n  target_family = \"unix\"), x)]\n\
            struct B;\ncfg_select! { unix => {} }\n#![cfg(target_vendor = \"apple\")]\n";
        planted::check(check, "crates/sysvitals/src/disk.rs", source, &[2, 6, 8, 9]);
    }

    #[test]
    fn what_only_looks_like_one_is_not() {
        let source = "// #[cfg(unix)]\nuse std::os::unix::fs;\n#[cfg(feature = \"unix\")]\nmod a;\n\
            #[cfg(test)]\nfn b() -> &'static str { \"cfg(windows)\" }\nfn cfg(unix: u8) {}\n";
        // The last line is a function of that name: rare enough to be asked for another one.
        planted::check(check, "crates/sysvitals/src/disk.rs", source, &[7]);
    }

    #[test]
    fn the_abi_differs_in_ffi_too() {
        let source = "#[cfg(target_env = \"musl\")]\nfn a() {}\n";
        planted::check(check, "crates/sysvitals/src/sys/linux/ffi.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/sys/windows/ffi/psapi.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/sys/linux/cpu.rs", source, &[1]);
        planted::check(check, "crates/sysvitals-parse/src/cstruct.rs", source, &[1]);
    }

    #[test]
    fn illumos_and_solaris_are_one_folder() {
        let source = "#[cfg(target_os = \"illumos\")]\nfn a() {}\n";
        planted::check(check, "crates/sysvitals/src/sys/sunos/process.rs", source, &[]);
        planted::check(check, "crates/sysvitals/src/sys/aix/process.rs", source, &[1]);
    }
}
