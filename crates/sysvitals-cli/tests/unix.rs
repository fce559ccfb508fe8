//! What happens to the output, where it is a Unix pipe, file or terminal.
#![cfg(unix)]

mod machine;

use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::{Command, Stdio};

use machine::{Machine, run};

fn vitals() -> Command {
    Command::new(env!("CARGO_BIN_EXE_vitals"))
}

#[test]
fn a_closed_pipe_is_success() {
    for line in ["ps", "get --list", "--help", "get process_iter"] {
        let mut child = vitals()
            .args(line.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("vitals runs");
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut told).expect("text");
        assert!(child.wait().expect("its end").success(), "{line}");
        assert_eq!(told, "", "{line}");
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
    let answer = run(vitals().args(["get", "pids"]).stdout(full));
    // The output was ours to choose, so nothing of it came back.
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.starts_with("vitals: ") && answer.err.lines().count() == 1,
        "{}",
        answer.err
    );
}

/// Runs `vitals` on a terminal that script(1) lends, forty columns wide; not every machine has one.
fn on_a_terminal(machine: &Machine, environment: &str, line: &str) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_vitals");
    let root = machine.path().display();
    let line = format!("stty rows 24 cols 40; env {environment} {program} {line} --root {root}");
    let mut script = Command::new("script");
    let output = script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn colours_are_for_terminals() {
    let machine = Machine::new();
    let Some(coloured) = on_a_terminal(&machine, "-u NO_COLOR TERM=xterm", "") else { return };
    assert!(coloured.contains("\x1b[1m") && coloured.contains('█'), "{coloured}");
    let plain = on_a_terminal(&machine, "NO_COLOR=1 TERM=xterm", "").expect("script(1)");
    assert!(!plain.contains("\x1b[") && plain.contains('█'), "{plain}");
    for line in plain.lines() {
        assert!(line.trim_end().chars().count() <= 40, "{line:?}");
    }
}

#[test]
fn terminals_see_no_escape_sequences_and_no_long_lines() {
    let machine = Machine::new();
    machine.process(66, 1, b"\x1b[31mred", b"\x1b]0;title\x07\0and then a good many more words\0");
    for format in ["table", "json", "jsonl", "csv"] {
        let line = format!("ps -o {format} --columns pid,name,command --pid 66");
        let Some(out) = on_a_terminal(&machine, "NO_COLOR=1", &line) else { return };
        assert!(out.contains("66") && !out.contains('\x1b') && !out.contains('\x07'), "{out:?}");
        let widest = out.lines().map(|line| line.trim_end().chars().count()).max();
        assert_eq!(format == "table", widest == Some(40), "{format}: {out}");
    }
    let wide = on_a_terminal(&machine, "NO_COLOR=1", "ps --wide --pid 66").expect("script(1)");
    assert!(wide.contains("many more words"), "{wide}");
}
