//! How many system calls an answer takes: counted, not timed, so that no other work on the machine
//! is in the number and a slower way to ask is seen on any of them.

#[cfg(target_os = "linux")]
mod asked;
#[cfg(target_os = "linux")]
mod bounds;
#[cfg(target_os = "linux")]
mod tracer;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    bounds::main()
}

/// There is nothing to show elsewhere, but without a harness a program must start somewhere.
#[cfg(not(target_os = "linux"))]
fn main() {}
