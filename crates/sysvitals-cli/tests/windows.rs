//! `vitals` on Windows, of this very machine.
#![cfg(windows)]

mod machine;

use machine::vitals;
use serde_json::{Value, json};

/// What a question needs to be asked at all.
fn arguments(name: &str) -> &'static str {
    match name {
        "disk_usage" => r"C:\",
        "pid_exists" => "4",
        "wait_procs" => "PID --timeout 0.01",
        "rlimit" => "nofile",
        "cpu_percent" | "cpu_times_percent" => "--interval 0.05",
        "wait" => "--timeout 0.01",
        "win_service_get" => "PlugPlay",
        _ => "",
    }
}

#[test]
fn every_question_answers_or_says_that_it_cannot() {
    let list = vitals("get --list -o json").json();
    let list = list.as_array().expect("a list");
    assert!(list.len() > 70, "{}", list.len());
    let pid = std::process::id().to_string();
    for question in list {
        let name = question["name"].as_str().expect("a name");
        let last = name.rsplit(' ').next().expect("a word");
        let line = format!("get {name} {}", arguments(last)).replace("PID", &pid);
        let answer = vitals(&line);
        let expected = match last {
            // It will not end before we do.
            "wait" => answer.code == 5,
            _ => answer.code == 0 || answer.code == 6,
        };
        assert!(expected, "{line}: {} {}", answer.code, answer.err);
        assert_eq!(answer.code == 0, !answer.out.is_empty(), "{line}");
    }
}

#[test]
fn services_are_a_table_or_records() {
    let table = vitals("services").ok();
    let head: Vec<_> = table.lines().next().expect("a head").split_whitespace().collect();
    assert_eq!(head, ["NAME", "STATUS", "START", "PID", "USER", "DISPLAY", "NAME"]);
    let list = vitals("services -o json").json();
    let list = list.as_array().expect("a list");
    assert_eq!(list.len() + 1, table.lines().count());
    let name = |service: &Value| service["name"].as_str().expect("a name").to_lowercase();
    assert!(list.is_sorted_by_key(name));
    assert_eq!(vitals("get win_service_iter").json().as_array(), Some(list));

    let first = list[0]["name"].as_str().expect("a name");
    let fields: Vec<_> = list[0].as_object().expect("a record").keys().collect();
    let want = "display_name binpath username start_type status pid name description";
    assert_eq!(fields, want.split(' ').collect::<Vec<_>>());
    assert_eq!(vitals(&format!("services {first} -o json")).json()[0]["name"], *first);
    assert_eq!(vitals(&format!("get win_service_get {first}")).json()["name"], *first);
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let told = vitals("services nonesuch").failure(3);
    assert_eq!(told, "service \"nonesuch\" does not exist");
    assert_eq!(vitals("get win_service_get nonesuch").failure(3), told);
}

#[test]
fn sockets_and_interfaces_have_psutils_shapes() {
    let connections = vitals("get net_connections --kind all -o jsonl").ok();
    for line in connections.lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(row["fd"], -1, "{line}");
        let is_end = |end: &Value| *end == json!([]) || end["ip"].is_string();
        assert!(row["status"].is_string() && is_end(&row["laddr"]), "{line}");
        assert!(is_end(&row["raddr"]), "{line}");
    }
    assert_eq!(vitals("get net_connections --kind unix").code, 6);
    let addresses = vitals("get net_if_addrs").json();
    let families: Vec<_> = addresses
        .as_object()
        .expect("a map")
        .values()
        .flat_map(|rows| rows.as_array().expect("rows"))
        .map(|row| row["family"].as_str().expect("a name").to_owned())
        .collect();
    assert!(families.iter().any(|family| family == "AF_INET"), "{families:?}");
}

#[test]
fn nonsense_has_its_number() {
    vitals("frob").failure(2);
    vitals("get virtual_memry").failure(2);
    vitals("get process 4294967290 name").failure(3);
    assert!(vitals("--version").ok().starts_with("vitals "));
    assert!(vitals("--help").ok().contains("services"));
}

#[test]
fn screens_for_people_are_drawn() {
    let out = vitals("free").ok();
    let heads: Vec<_> = out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(heads, ["TOTAL", "Mem", "Swap"], "{out}");
    assert!(vitals("uptime").ok().contains(" up "));
    // Wine says on standard error that the labels of some drives are hidden from it.
    let df = vitals("df");
    assert_eq!(df.code, 0, "{}", df.err);
    assert!(df.out.lines().any(|line| line.starts_with(r"C:\")), "{}", df.out);
    let overview = vitals("");
    assert_eq!(overview.code, 0, "{}", overview.err);
    assert!(overview.out.contains("Windows 10.") && overview.out.contains("memory"));
    let ps = vitals("ps --columns pid").ok();
    let mut pids = ps.lines().skip(1).map(str::trim);
    assert!(pids.any(|pid| pid == std::process::id().to_string()), "{ps}");
}
