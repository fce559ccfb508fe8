//! What holds of every answer on the machine that the tests run on, for root and for anyone else,
//! while processes come and go.
#![cfg(target_os = "linux")]

mod chosen;
mod endings;
mod own;
mod processes;
mod questions;
#[path = "../resting/mod.rs"]
mod resting;
#[path = "../started/mod.rs"]
mod started;
mod system;

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Above the test harness, which keeps what a passing test prints to itself.
fn say(text: &str) {
    // A closed stderr is no failure of what is tested.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Runs `test` while short-lived processes start and end all the time.
fn under_churn<T>(test: impl FnOnce() -> T) -> T {
    /// Lets the churn end when the test does, however it does.
    struct Until<'a>(&'a AtomicBool);
    impl Drop for Until<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let mut brief = Command::new("true");
                brief.stdin(Stdio::null()).status().expect("true(1)");
            }
        });
        let _until = Until(&done);
        test()
    })
}
