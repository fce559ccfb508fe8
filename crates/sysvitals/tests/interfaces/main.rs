//! Interfaces that change between two questions of a held system: none has the counters of another.

#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod rtnetlink;
#[cfg(target_os = "linux")]
#[path = "../unshared/mod.rs"]
mod unshared;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    namespace::main()
}

/// There is nothing to show elsewhere, but without a harness a program must start somewhere.
#[cfg(not(target_os = "linux"))]
fn main() {}
