//! A procfs that hides the processes of others (proc(5), `hidepid`), seen by an ordinary user.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stderr, reason = "what cannot be tested here is said aloud")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// Runs `vitals` as nobody, in a mount namespace whose procfs hides as told; `None` where that cannot
/// be made.
fn vitals(hidepid: u32, arguments: &str) -> Option<Output> {
    if fs::metadata("/proc/self").expect("procfs").uid() != 0 {
        eprintln!("SKIPPED: only root can mount a procfs with hidepid");
        return None;
    }
    // While one copies the program, another that starts one would keep the copy from being started.
    static TURN: Mutex<()> = Mutex::new(());
    let _alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody may not enter the folder that it was built in, perhaps.
    let folder = tempfile::tempdir().expect("a directory");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let program = folder.path().join("vitals");
    fs::copy(env!("CARGO_BIN_EXE_vitals"), &program).expect("a copy");
    let script = format!(
        "mount -t proc -o hidepid={hidepid} proc /proc || exit 99
        exec setpriv --reuid=65534 --regid=65534 --clear-groups {} {arguments}",
        program.display()
    );
    let output = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &script])
        .output()
        .expect("unshare(1)");
    if output.status.code() == Some(99) || output.stderr.starts_with(b"unshare") {
        eprintln!("SKIPPED: {}", String::from_utf8_lossy(&output.stderr).trim());
        return None;
    }
    Some(output)
}

#[test]
fn what_is_there_but_may_not_be_read_is_denied() {
    let Some(output) = vitals(1, "get process 1 name") else { return };
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let Some(output) = vitals(1, "get process_iter --attrs pid,name -o jsonl") else { return };
    let text = String::from_utf8(output.stdout).expect("JSON");
    assert!(text.contains("{\"pid\": 1, \"name\": null}"), "{text}");
    assert!(text.contains("\"name\": \"vitals\""), "{text}");
}

#[test]
fn what_is_hidden_is_not_there() {
    let Some(output) = vitals(2, "get process 1 name") else { return };
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let Some(output) = vitals(2, "get pids -o jsonl") else { return };
    let text = String::from_utf8(output.stdout).expect("JSON");
    assert!(!text.lines().any(|line| line == "1"), "{text}");
    assert_eq!(vitals(2, "").map(|output| output.status.code()), Some(Some(0)), "the overview");
}
