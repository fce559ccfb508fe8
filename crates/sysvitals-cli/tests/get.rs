//! `vitals get`: shapes, arguments, and what goes wrong.
// The machine that they look at is a recording of Linux.
#![cfg(target_os = "linux")]

mod machine;

use machine::{Machine, vitals};
use serde_json::{Value, json};

#[test]
fn records_have_psutil_s_names_in_order() {
    let out = Machine::new().vitals("get swap_memory -o jsonl").ok();
    let want = "{\"total\": 1073741824, \"used\": 268435456, \"free\": 805306368, \
                \"percent\": 25.0, \"sin\": 8192, \"sout\": 12288}\n";
    assert_eq!(out, want);
}

#[test]
fn json_is_pretty_unless_told_otherwise() {
    let machine = Machine::new();
    assert_eq!(machine.vitals("get getloadavg").ok(), "[\n  0.5,\n  1.25,\n  2.0\n]\n");
    assert_eq!(machine.vitals("get getloadavg -o jsonl").ok(), "0.5\n1.25\n2.0\n");
    assert_eq!(machine.vitals("get boot_time").ok(), "1600000000.0\n");
    assert_eq!(machine.vitals("get uptime").ok(), "110.0\n");
    assert_eq!(machine.vitals("get kernel").ok(), "\"Linux 6.1.0\"\n");
}

#[test]
fn flags_choose_the_question() {
    let machine = Machine::new();
    let total = machine.vitals("get cpu_times").json();
    assert_eq!(total["user"], json!(2.0));
    for line in ["--percpu", "--percpu=true", "percpu=True", "true", "--percpu true"] {
        let each = machine.vitals(&format!("get cpu_times {line}")).json();
        assert_eq!(each.as_array().map(Vec::len), Some(2), "{line}");
    }
    assert_eq!(machine.vitals("get cpu_times --no-percpu").json(), total);
    let devices = |value: Value| value.as_array().map(Vec::len);
    assert_eq!(devices(machine.vitals("get disk_partitions").json()), Some(2));
    assert_eq!(devices(machine.vitals("get disk_partitions --all").json()), Some(3));
    let nics = machine.vitals("get net_io_counters --pernic").json();
    assert_eq!(nics["eth0"]["bytes_sent"], json!(2000));
    assert_eq!(machine.vitals("get pid_exists 42").json(), json!(true));
    assert_eq!(machine.vitals("get pid_exists --pid 43").json(), json!(false));
    assert_eq!(machine.vitals("get pids").json(), json!([1, 42]));
    assert_eq!(machine.vitals("get sensors_battery").json(), Value::Null);
    assert_eq!(machine.vitals("get sensors_battery --all").json(), json!({}));
}

#[test]
fn processes_answer_too() {
    let machine = Machine::new();
    let ask = |line: &str| machine.vitals(&format!("get process {line}")).json();
    assert_eq!(ask("42 name"), json!("cat"));
    assert_eq!(ask("42 cmdline"), json!(["cat", "a b"]));
    assert_eq!(ask("42 ppid"), json!(1));
    assert_eq!(ask("42 status"), json!("sleeping"));
    assert_eq!(ask("42 username"), json!("maria"));
    assert_eq!(ask("42 create_time"), json!(1_600_000_010.0));
    assert_eq!(ask("42 uids"), json!({"real": 1000, "effective": 1000, "saved": 1000}));
    assert_eq!(ask("1 is_running"), json!(true));
    let init = json!({
        "pid": 1, "name": "init", "status": "sleeping", "started": 1_600_000_010.0
    });
    assert_eq!(ask("42 parent"), init);
    assert_eq!(ask("42 parents"), json!([init]));
    assert_eq!(ask("1 parent"), Value::Null);
    assert_eq!(ask("1 children --recursive")[0]["pid"], json!(42));
    assert_eq!(ask("1 memory_percent --memtype vms"), json!(8_192_000.0 / 4_294_967_296.0 * 100.0));
}

#[test]
fn as_dict_has_psutil_s_thirty_names() {
    let machine = Machine::new();
    let whole = machine.vitals("get process 42").json();
    let names: Vec<_> = whole.as_object().expect("an object").keys().collect();
    assert_eq!(names.len(), 30);
    assert!(names.is_sorted());
    assert_eq!(whole["memory_info"]["rss"], json!(500 * 4096));
    assert_eq!(whole["cpu_percent"], Value::Null, "a first look has no rate");
    assert_eq!(machine.vitals("get process 42 as_dict").json(), whole);

    let some = machine.vitals("get process 42 as_dict --attrs name,pid -o jsonl").ok();
    assert_eq!(some, "{\"name\": \"cat\", \"pid\": 42}\n");
    let all = machine.vitals("get process_iter --attrs pid,ppid -o jsonl").ok();
    assert_eq!(all, "{\"pid\": 1, \"ppid\": 0}\n{\"pid\": 42, \"ppid\": 1}\n");
    assert_eq!(machine.vitals("get process_iter").json()[1]["name"], json!("cat"));
}

#[test]
fn every_failure_has_its_number() {
    let machine = Machine::new();
    let check = |line: &str, code: i32, want: &str| {
        let told = machine.vitals(line).failure(code);
        assert!(told.contains(want), "{line}: {told}");
    };
    check("get virtual_memry", 2, "did you mean virtual_memory?");
    check("get cpu_times --colour", 2, "unknown argument --colour");
    check("get cpu_percent --interval x", 2, "interval is a number of seconds, not x");
    check("get cpu_percent --interval 0", 2, "longer than zero");
    check("get net_connections --kind tcp5", 2, "valid ones are: all, inet");
    check("get disk_usage", 2, "path must be given");
    check("get process", 2, "which PID?");
    check("get process x", 2, "x is not a pid");
    check("get process -1", 2, "-1 is not a pid");
    check("get process 1 nane", 2, "did you mean name");
    check("get process 1 as_dict --attrs pid,colour", 2, "invalid attr name \"colour\"");
    check("get process 1 rlimit RLIMIT_COLOUR", 2, "RLIMIT_NOFILE");
    check("get process 7", 3, "process no longer exists (pid 7)");
    check("get process 99999999999 name", 3, "no longer exists");
    check("get process 7 wait", 3, "no longer exists");
    check("get process 42 wait --timeout 0", 6, "not supported here");
    check("get cpu_percent", 6, "recorded");
    check("get process 1 cpu_percent", 6, "recorded");
    check("services", 6, "win_service_iter is not supported here");
    check("services Spooler", 6, "win_service_get is not supported here");
    check("get disk_usage /", 6, "not supported here");
    check("get", 2, "required");
    check("get cpu_stats -o yaml", 2, "invalid value 'yaml'");
    check("frob", 2, "unrecognized subcommand 'frob'");
    machine.write("proc/stat", b"cpu x\n");
    check("get cpu_times", 1, "stat cannot be understood: ");
    assert_eq!(
        vitals("get virtual_memory --procfs /nope").failure(1),
        "reading /nope/meminfo failed: No such file or directory (os error 2)"
    );
}

#[test]
fn hostile_names_reach_nobody() {
    let machine = Machine::new();
    machine.process(66, 1, b"\x1b[31m\xff\n\"", b"\x1b]0;x\x07\0\xc2\x9b\xe2\x80\xae\0");
    let name = machine.vitals("get process 66 name").ok();
    assert_eq!(name, "\"\\u001b[31m\\udcff\\n\\\"\"\n");
    let cmdline = machine.vitals("get process 66 cmdline -o jsonl").ok();
    assert_eq!(cmdline, "\"\\u001b]0;x\\u0007\"\n\"\\u009b\\u202e\"\n");
    let table = machine.vitals("get process 66 name -o table").ok();
    assert_eq!(table, "\\x1b[31m\\xff\\n\"\n");
    machine.write("proc/66/stat", b"66 (\x1b[31m) broken");
    let told = machine.vitals("get process 66 ppid").failure(1);
    assert!(!told.contains('\x1b'), "{told:?}");
    let told = machine.vitals("get process \x1b[31m").failure(2);
    assert_eq!(told, "\\x1b[31m is not a pid");
}

#[test]
fn formats_agree() {
    let machine = Machine::new();
    let csv = machine.vitals("get net_io_counters --pernic -o csv").ok();
    let want = "name,bytes_sent,bytes_recv,packets_sent,packets_recv,errin,errout,dropin,dropout\r\n\
                eth0,2000,1000,20,10,0,0,1,2\r\n";
    assert_eq!(csv, want);
    let csv = machine.vitals("get disk_partitions -o csv").ok();
    let want =
        "device,mountpoint,fstype,opts\r\n/dev/sda1,/,ext4,rw\r\n/dev/sda2,/my home,ext4,rw\r\n";
    assert_eq!(csv, want);
    let table = machine.vitals("get disk_partitions -o table").ok();
    let want = "DEVICE     MOUNTPOINT  FSTYPE  OPTS\n/dev/sda1  /           ext4    rw\n\
                /dev/sda2  /my home    ext4    rw\n";
    assert_eq!(table, want);
    let pretty = machine.vitals("get virtual_memory").json();
    let line = machine.vitals("get virtual_memory -o jsonl").json();
    assert_eq!(pretty, line);
}

/// What a question needs to be asked at all.
fn arguments(name: &str) -> &'static str {
    match name {
        "disk_usage" => "/",
        "win_service_get" => "Spooler",
        "pid_exists" => "1",
        "wait_procs" => "PID --timeout 0.01",
        "rlimit" => "nofile",
        "cpu_percent" | "cpu_times_percent" => "--interval 0.05",
        "wait" => "--timeout 0.01",
        _ => "",
    }
}

#[test]
fn every_question_answers_or_says_that_it_cannot() {
    let machine = Machine::new();
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
        assert!(!question["help"].as_str().expect("help").is_empty());
        let recorded =
            machine.vitals(&format!("get {name} {}", arguments(last)).replace("PID", "42"));
        assert!(
            [0, 1, 3, 6].contains(&recorded.code),
            "{line}: {} {}",
            recorded.code,
            recorded.err
        );
    }
}

#[test]
fn this_process_is_found() {
    let pid = std::process::id();
    let me = vitals(&format!("get process {pid}")).json();
    assert_eq!(me["pid"], json!(pid));
    assert!(me["cmdline"][0].as_str().is_some_and(|program| program.contains("get")));
    let children = vitals(&format!("get process {pid} children")).json();
    assert!(
        children.as_array().is_some_and(|list| list.iter().any(|child| child["name"] == "vitals"))
    );
    let waited = vitals(&format!("get wait_procs {pid} --timeout 0.01")).json();
    assert_eq!((&waited[0], &waited[1][0]["pid"]), (&json!([]), &json!(pid)));
}
