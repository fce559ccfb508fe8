//! When a process that a test started has nothing to do any more.

use std::time::{Duration, Instant};
use std::{fs, thread};

/// Whatever a test waits for has come by then, or never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long it must look the same where the kernel does not tell what it waits for.
const UNTOLD: Duration = Duration::from_secs(1);

/// Waits until a process runs the program of this name and sleeps, so that nothing of it changes.
///
/// Who starts a program goes on before that has its name, its arguments and none but its own
/// descriptors. And who is said to sleep may be on its way there yet: what it waits for (`wchan`) is
/// told once it has left the processor.
#[track_caller]
pub(crate) fn at_rest(pid: u32, name: &str) {
    let file = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let sleeps = format!("({name}) S ");
    let start = Instant::now();
    let mut since = (start, String::new());
    loop {
        let before = file("stat");
        let waits = !matches!(file("wchan").trim_end(), "" | "0");
        let now = Instant::now();
        if before != since.1 {
            since = (now, before);
        }
        let is_settled = waits || now - since.0 >= UNTOLD;
        if is_settled && since.1.contains(&sleeps) && file("stat") == since.1 {
            return;
        }
        assert!(now - start < PATIENCE, "{pid} never sleeps as {name}: {}", since.1);
        thread::sleep(Duration::from_millis(1));
    }
}
