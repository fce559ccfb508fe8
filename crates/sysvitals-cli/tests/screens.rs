//! `vitals` alone, `free`, `df` and `uptime`.
// The machine that they look at is a recording of Linux.
#![cfg(target_os = "linux")]

mod machine;

use machine::{Machine, vitals};
use serde_json::{Value, json};

#[test]
fn free_is_like_its_namesake() {
    let machine = Machine::new();
    let want = "         TOTAL     USED      FREE  SHARED  BUFF/CACHE  AVAILABLE  USE%\n\
                Mem    4.0 GiB  1.0 GiB   1.0 GiB  50.0 MiB   1.1 GiB    3.0 GiB  25.0\n\
                Swap   1.0 GiB  256 MiB   768 MiB                                 25.0\n";
    let squeeze = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(squeeze(&machine.vitals("free").ok()), squeeze(want));
    assert!(machine.vitals("free --bytes").ok().contains("4294967296"));
    let json = machine.vitals("free -o json").json();
    assert_eq!(json["memory"]["total"], json!(4_294_967_296_u64));
    assert_eq!(json["swap"]["percent"], json!(25.0));
    let csv = machine.vitals("free -o csv").ok();
    assert!(csv.starts_with("name,total,available,percent,used,free,"), "{csv}");
    assert!(csv.contains("\r\nswap,1073741824,,25.0,268435456,805306368,"), "{csv}");
}

#[test]
fn df_names_what_it_cannot_measure() {
    let machine = Machine::new();
    let out = machine.vitals("df").ok();
    assert_eq!(out.lines().count(), 3);
    assert!(
        out.lines().nth(2).is_some_and(|line| line.ends_with("-     -      -     -  /my home")),
        "{out}"
    );
    let json = machine.vitals("df -o json").json();
    assert_eq!(json[0]["mountpoint"], json!("/"));
    assert_eq!(json[0]["total"], Value::Null);
    assert_eq!(machine.vitals("df --all -o jsonl").ok().lines().count(), 3);
    machine.vitals("df /").failure(6);
}

#[test]
fn df_measures_this_machine() {
    let json = vitals("df / -o json").json();
    assert!(json[0]["total"].as_u64() > Some(0));
    assert_eq!(json[0]["mountpoint"], json!("/"));
    assert!(vitals("df /nope").failure(1).contains("/nope"));
}

#[test]
fn uptime_is_like_its_namesake() {
    let machine = Machine::new();
    assert_eq!(machine.vitals("uptime").ok(), " up 1 min,  load average: 0.50, 1.25, 2.00\n");
    let want = json!({
        "time": null, "boot_time": 1_600_000_000.0, "uptime": 110.0, "users": null,
        "load": [0.5, 1.25, 2.0],
    });
    assert_eq!(machine.vitals("uptime -o json").json(), want);
    assert!(vitals("uptime").ok().contains(" up "));
    assert!(vitals("uptime --root /nope").failure(1).contains("/nope/proc/uptime"));
}

#[test]
fn the_overview_of_a_recorded_machine() {
    let machine = Machine::new();
    let want = "\
recorded  Linux 6.1.0, up 1 min, load 0.50 1.25 2.00

cpu    2 CPUs
memory  25.0%  1.0 GiB of 4.0 GiB, 3.0 GiB available
swap    25.0%  256 MiB of 1.0 GiB
disk   / on /dev/sda1, space not told
       /my home on /dev/sda2, space not told
net    eth0  1000 B received  2.0 KiB sent

2 processes, 0 running
PID  USER       RSS  NAME
  1  maria  2.0 MiB  init
 42  maria  2.0 MiB  cat
";
    assert_eq!(machine.vitals("").ok(), want);
    let json = machine.vitals("-o json").json();
    assert_eq!(json["interval"], Value::Null);
    assert_eq!(json["cpu"]["percent"], Value::Null);
    assert_eq!(json["processes"]["by_memory"][1]["name"], json!("cat"));
}

#[test]
fn the_overview_of_this_machine() {
    let out = vitals("overview --interval 0.1").ok();
    assert!(out.contains("memory") && out.contains("processes"), "{out}");
    assert!(!out.contains('\x1b') && !out.contains('█'), "plain: {out}");
    let json = vitals("overview --interval 0.1 -o json").json();
    assert!(json["interval"].as_f64() >= Some(0.1));
    assert!(json["processes"]["count"].as_u64() > Some(0));
    assert!(vitals("--root /nope").failure(1).contains("/nope/proc"));
}

#[test]
fn help_names_the_exit_codes() {
    for line in ["--help", "-h"] {
        let help = vitals(line).ok();
        assert!(help.contains("Exit status:") && help.contains("no such process"), "{help}");
    }
    assert!(vitals("ps --help").ok().contains("Columns:"));
    assert!(vitals("--version").ok().starts_with("vitals 0."));
}
