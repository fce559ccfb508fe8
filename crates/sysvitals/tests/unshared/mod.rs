//! A test without a harness that runs its own program again, in namespaces of its own.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is its own harness")]

use std::env;
use std::process::{Command, ExitCode, Stdio};

const INSIDE: &str = "--inside-a-namespace";

/// The `main` of such a test: `inside` is what it does in a namespace of this `kind`, which these options of
/// unshare(1) make.
pub(crate) fn main(test: &str, kind: &str, options: &[&str], inside: impl FnOnce()) -> ExitCode {
    if env::args().any(|argument| argument == INSIDE) {
        inside();
        return ExitCode::SUCCESS;
    }
    if env::args().any(|argument| argument == "--list") {
        println!("{test}: test");
        return ExitCode::SUCCESS;
    }
    let this = env::current_exe().expect("a test is a program");
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(options).arg(&this).arg(INSIDE);
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(err) => {
            eprintln!("SKIPPED: unshare(1) is not installed: {err}");
            return ExitCode::SUCCESS;
        }
    };
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        println!("\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n");
        return ExitCode::SUCCESS;
    }
    if String::from_utf8_lossy(&output.stderr).contains("unshare: ") {
        eprintln!("SKIPPED: this user may not make a {kind} namespace here");
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}
