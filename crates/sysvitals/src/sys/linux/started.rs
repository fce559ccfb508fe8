//! For tests: when a process that was just started is what it was started as.

use std::time::{Duration, Instant};
use std::{fs, thread};

/// Waits until it runs the program of this name: who starts one goes on before that has its name.
#[track_caller]
pub(super) fn runs(pid: u32, name: &str) {
    let patience = Instant::now() + Duration::from_secs(60);
    while fs::read(format!("/proc/{pid}/comm")).expect("it runs").trim_ascii_end()
        != name.as_bytes()
    {
        assert!(Instant::now() < patience, "{pid} does not become {name}");
        thread::sleep(Duration::from_micros(100));
    }
}
