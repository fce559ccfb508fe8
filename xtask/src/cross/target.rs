//! The foreign targets, as a table.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use super::wine;

/// A system that this machine is not.
pub(super) struct Target {
    pub(super) triple: &'static str,
    /// Debian's packages without which not even a check is possible.
    pub(super) packages: &'static [&'static str],
    /// Whether the standard library must be patched to compile for it.
    pub(super) patched_std: bool,
    /// Whether its backend answers something. While it does not, what only backends use is dead
    /// code there, and that is no offence.
    pub(super) has_backend: bool,
    /// How its tests are run here, where anything runs them.
    pub(super) test: Option<Test>,
}

/// Environment variables.
pub(super) type Variables = Vec<(&'static str, OsString)>;

/// What it takes to link and run a target's tests.
pub(super) struct Test {
    /// Debian's packages with the linker, its C library and the runner.
    pub(super) packages: &'static [&'static str],
    pub(super) linker: &'static str,
    /// What programs of that target are started with; empty if the kernel runs them.
    pub(super) runner: &'static str,
    /// A command that succeeds where such programs run at all.
    pub(super) probe: &'static [&'static str],
    /// Sets the runner up below this folder, where that is not done yet, and gives the variables
    /// that it wants.
    pub(super) prepare: fn(&Path) -> Result<Variables>,
    /// The crates whose tests are run.
    pub(super) crates: &'static [&'static str],
}

/// What is tested where tests run, and checked for every target.
pub(super) const CRATES: &[&str] = &["sysvitals-parse", "sysvitals", "sysvitals-cli"];

/// What is checked beside: it has no tests of its own, and needs a Python to be linked.
pub(super) const CHECKED: &[&str] = &["sysvitals-py"];

const fn check(triple: &'static str) -> Target {
    Target { triple, packages: &[], patched_std: false, has_backend: false, test: None }
}

/// A runner that works as it is.
fn as_it_is(_: &Path) -> Result<Variables> {
    Ok(Vec::new())
}

/// Every target, those with tests first since they take longest.
pub(super) const TARGETS: &[Target] = &[
    Target {
        triple: "i686-unknown-linux-gnu",
        packages: &[],
        patched_std: false,
        has_backend: true,
        test: Some(Test {
            packages: &["gcc-i686-linux-gnu", "libc6-dev-i386-cross", "libc6-i386", "lib32gcc-s1"],
            linker: "i686-linux-gnu-gcc",
            runner: "",
            probe: &["/lib/ld-linux.so.2", "--version"],
            prepare: as_it_is,
            crates: CRATES,
        }),
    },
    // Big-endian. Only the parsers: qemu invents some of `/proc/self`, so what the library reads
    // of a live host is not what that host would say.
    Target {
        triple: "s390x-unknown-linux-gnu",
        packages: &[],
        patched_std: false,
        has_backend: true,
        test: Some(Test {
            packages: &["gcc-s390x-linux-gnu", "libc6-dev-s390x-cross", "qemu-user"],
            linker: "s390x-linux-gnu-gcc",
            runner: "qemu-s390x -L /usr/s390x-linux-gnu",
            probe: &["qemu-s390x", "-version"],
            prepare: as_it_is,
            crates: &["sysvitals-parse"],
        }),
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        // std names the functions it imports and has dlltool make import libraries of them.
        packages: &["binutils-mingw-w64-x86-64"],
        patched_std: false,
        has_backend: true,
        test: Some(Test {
            packages: &["gcc-mingw-w64-x86-64-win32", "wine64"],
            linker: wine::COMPILER,
            runner: wine::WINE,
            probe: &[wine::WINE, "--version"],
            prepare: wine::prepare,
            crates: CRATES,
        }),
    },
    // Pointers of 32 bits, and the toolchain that Windows programs are mostly built with.
    check("i686-pc-windows-msvc"),
    check("x86_64-apple-darwin"),
    check("aarch64-apple-darwin"),
    check("x86_64-unknown-freebsd"),
    check("x86_64-unknown-openbsd"),
    check("x86_64-unknown-netbsd"),
    check("x86_64-unknown-illumos"),
    check("x86_64-pc-solaris"),
    // std 1.96 reads stat's `st_mtime.tv_sec`, which its libc calls `st_mtim`.
    Target { patched_std: true, ..check("powerpc64-ibm-aix") },
];
