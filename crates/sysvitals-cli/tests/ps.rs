//! `vitals ps`
// The machine that they look at is a recording of Linux.
#![cfg(target_os = "linux")]

mod machine;

use machine::{Machine, vitals};
use serde_json::json;

#[test]
fn the_usual_columns() {
    let out = Machine::new().vitals("ps").ok();
    let want = "\
USER   PID  %CPU  %MEM      VMS       RSS  TTY  STATUS    STARTED  TIME  COMMAND
maria    1   2.0   0.0  7.8 MiB  2.0 MiB  -    sleeping    12:26  0:02  /sbin/init --log
maria   42   2.0   0.0  7.8 MiB  2.0 MiB  -    sleeping    12:26  0:02  cat a b
";
    let squeeze = |text: &str| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    assert_eq!(squeeze(&out), squeeze(want));
}

#[test]
fn numbers_are_raw_for_programs() {
    let line = "ps --columns pid,cpu,rss,time,started,name,cmdline -o json --where pid=42";
    let want = json!([{
        "pid": 42, "cpu": 2.0, "rss": 2_048_000, "time": 2.0, "started": 1_600_000_010.0,
        "name": "cat", "cmdline": ["cat", "a b"],
    }]);
    assert_eq!(Machine::new().vitals(line).json(), want);
}

#[test]
fn what_is_not_told_is_a_dash_or_null() {
    let machine = Machine::new();
    assert_eq!(machine.vitals("ps --columns pid,read --pid 1").ok(), "PID  READ\n  1     -\n");
    assert_eq!(machine.vitals("ps --columns read --pid 1 -o jsonl").ok(), "{\"read\": null}\n");
    assert_eq!(machine.vitals("ps --columns pid,read --pid 1 -o csv").ok(), "pid,read\r\n1,\r\n");
    assert_eq!(machine.vitals("ps --columns pid --where read=0 -o jsonl").ok(), "");
}

#[test]
fn conditions_choose_rows() {
    let machine = Machine::new();
    machine.process(50, 42, b"dog", b"dog\0");
    let check = |line: &str, want: &str| {
        let out = machine.vitals(&format!("ps --columns pid -o jsonl {line}")).ok();
        let pids: Vec<_> =
            out.lines().map(|line| line.trim_matches(|c: char| !c.is_ascii_digit())).collect();
        assert_eq!(pids.join(" "), want, "{line}");
    };
    check("", "1 42 50");
    check("--where pid=1,50", "1 50");
    check("--where pid!=1 --where name~A", "42");
    check("--where pid>1 -w command!~cat", "50");
    check("--pid 42", "42");
    check("--pid 50,42,50,77", "42 50");
    check("--pid 1,42 --where pid=42,50", "42");
    check("--pid 1,42 --name cat,dog", "42");
    check("--pid 1.5,1e18,-1,50", "50");
    check("--name dog,init", "1 50");
    check("--user maria", "1 42 50");
    check("--user 1000 --name cat", "42");
    check("--user root", "");
    check("--where rss>1M", "1 42 50");
    check("--where rss>1G", "");
    check("--sort -pid", "50 42 1");
    check("--sort name", "42 50 1");
    check("--sort user,-name", "1 50 42");
}

#[test]
fn a_tree_is_drawn_in_the_name() {
    let machine = Machine::new();
    machine.process(43, 1, b"dog", b"");
    machine.process(50, 42, b"rat", b"");
    let out = machine.vitals("ps --tree --columns pid,name").ok();
    let want = "PID  NAME\n  1  init\n 42  ├─ cat\n 50  │  └─ rat\n 43  └─ dog\n";
    assert_eq!(out, want);
    assert_eq!(
        machine.vitals("ps --tree --columns command --where pid!=42").ok(),
        "COMMAND\n/sbin/init --log\n└─ [dog]\n[rat]\n"
    );
}

#[test]
fn hostile_names_are_made_visible() {
    let machine = Machine::new();
    machine.process(66, 1, b"a\x1b[2J\nb", b"\x1b]0;owned\x07\0\xff\0");
    let out = machine.vitals("ps --columns name,command --pid 66").ok();
    let want = "NAME           COMMAND\na\\x1b[2J\\nb    \\x1b]0;owned\\x07 \\xff\n";
    assert_eq!(
        out.split_whitespace().collect::<Vec<_>>(),
        want.split_whitespace().collect::<Vec<_>>()
    );
    assert!(!out.contains('\x1b'));
}

#[test]
fn nonsense_is_told() {
    let check = |line: &str, want: &str| {
        let told = vitals(line).failure(2);
        assert!(told.contains(want), "{told}");
    };
    check("ps --columns colour", "no column \"colour\"; there are pid, ");
    check("ps --sort -colour", "no column \"colour\"");
    check("ps --columns ,", "names no column");
    check("ps --where pid", "has none of");
    check("ps --interval 0", "not a number of seconds above zero");
    check("ps --interval", "a value is required");
    Machine::new().vitals("ps --interval 0.01").failure(6);
}

#[test]
fn cpu_use_is_measured_when_asked() {
    let rows = vitals("ps --interval 0.05 --sort -cpu --columns pid,cpu -o json").json();
    let rows = rows.as_array().expect("a list");
    assert!(rows.iter().any(|row| row["pid"] == json!(std::process::id())));
    assert!(rows.iter().all(|row| row["cpu"].is_null() || row["cpu"].as_f64() >= Some(0.0)));
}
