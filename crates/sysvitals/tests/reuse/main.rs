//! A pid that is given to another process: never a wrong answer, never a signal to a stranger.

#[cfg(target_os = "linux")]
mod namespace;
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
