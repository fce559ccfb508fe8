//! Recorded machines through the whole backend, compared with what upstream psutil or an independent
//! computation says of them.
//!
//! `SYSVITALS_FIXTURES` names the directory with `linux/<machine>/{proc,sys,etc,run,expected.json}`;
//! without it `shared/fixtures` beside the checkout is looked for. All mismatches are told at once.
#![cfg(target_os = "linux")]

mod compare;
mod copy;
mod json;
mod process;
mod system;
mod zeros;

use std::env;
use std::fs;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::Command;

use sysvitals::{Fields, Pid, System};
use tempfile::TempDir;

use compare::{Question, Tally};
use json::Json;

/// One recorded answer.
#[derive(Default)]
struct Entry<'a> {
    value: Option<&'a Json>,
    /// A better answer than upstream's where opinions may differ, which is ours.
    better: Option<&'a Json>,
    /// The number under which the reason is told why upstream's answer is not ours.
    bug: Option<&'a str>,
    /// The exception that upstream answered with.
    raises: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// What is said about the question `title`; members that are not known are mismatches.
    fn read(entry: &'a Json, title: &str, tally: &mut Tally) -> Self {
        let mut read = Self::default();
        for (name, member) in entry.map().into_iter().flatten() {
            match name.as_slice() {
                b"value" => read.value = Some(member),
                b"better" => read.better = Some(member),
                b"bug" => read.bug = member.text().map(|bug| bug.split(' ').next().unwrap_or(bug)),
                b"raises" | b"error" => read.raises = member.text(),
                b"oracle" | b"by_hand" | b"upstream" | b"upstream_warnings" => {}
                _ => tally.wrong(title, &"members that this test knows", &name.escape_ascii()),
            }
        }
        read
    }
}

/// Above the test harness, which keeps what a passing test prints to itself.
fn say(text: &str) {
    // A closed stderr is no failure of what is tested.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The recorded machines, and what keeps them where they are.
fn machines() -> Option<(Vec<PathBuf>, Option<TempDir>)> {
    let named = env::var_os("SYSVITALS_FIXTURES").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let fixtures = named.clone().unwrap_or(beside);
    let mut linux = fixtures.join("linux");
    let archive = fixtures.join("linux.tar.gz");
    if !linux.is_dir() && !archive.is_file() {
        assert!(named.is_none(), "SYSVITALS_FIXTURES has no {}", linux.display());
        say("replay: SKIPPED: no recorded machines; set SYSVITALS_FIXTURES to where they are");
        return None;
    }
    let mut unpacked = None;
    let has_link = has_link(&linux);
    if !has_link && !archive.is_file() {
        say("replay: no symbolic link in the recorded machines: descriptors and disks may be lost");
    } else if !has_link {
        say("replay: no symbolic link in the recorded machines: unpacking linux.tar.gz instead");
        let directory = tempfile::tempdir().expect("a directory");
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).arg("-C").arg(directory.path());
        assert!(tar.status().expect("tar(1)").success(), "{} unpacks", archive.display());
        linux = directory.path().join("linux");
        unpacked = Some(directory);
    }
    let mut machines = list(&linux);
    machines.retain(|machine| machine.is_dir());
    assert!(!machines.is_empty(), "no machine in {}", linux.display());
    Some((machines, unpacked))
}

fn list(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Whether there is a symbolic link anywhere below.
fn has_link(directory: &Path) -> bool {
    list(directory).iter().any(|path| path.is_symlink() || (path.is_dir() && has_link(path)))
}

#[test]
fn recorded_machines_answer_as_they_should() {
    let Some((machines, _unpacked)) = machines() else { return };
    let mut tally = Tally::default();
    for machine in machines {
        let replayed = panic::catch_unwind(AssertUnwindSafe(|| replay(&machine, &mut tally)));
        if replayed.is_err() {
            tally.wrong(&machine.display().to_string(), &"answers", &"a panic");
        }
    }
    say(&tally.to_string());
    assert!(
        tally.wrong.is_empty(),
        "{} mismatches:\n{}",
        tally.wrong.len(),
        tally.wrong.join("\n")
    );
}

fn replay(machine: &Path, tally: &mut Tally) {
    let name = machine.file_name().expect("a name").to_string_lossy();
    let expected = fs::read(machine.join("expected.json")).map_err(|err| err.to_string());
    let expected = match expected.and_then(|text| Json::parse(&text)) {
        Ok(expected) => expected,
        Err(err) => return tally.wrong(&format!("{name} expected.json"), &"JSON", &err),
    };
    tally.machines += 1;
    let system = System::at(machine);
    assert!(!system.is_live(), "{name} is a recording");
    for (section, content) in expected.map().into_iter().flatten() {
        match section.as_slice() {
            b"machine" | b"about_oracles" => {}
            b"expect" => {
                for (key, entry) in content.map().into_iter().flatten() {
                    let key = String::from_utf8_lossy(key);
                    let each = content.get("cpu_freq_percpu").and_then(|each| each.get("value"));
                    let mean = each.filter(|_| key == "cpu_freq").and_then(system::mean);
                    check_system(machine, &name, &system, &key, entry, mean, tally);
                }
            }
            b"processes" => {
                for (pid, answers) in content.map().into_iter().flatten() {
                    let pid = String::from_utf8_lossy(pid);
                    check_process(machine, &name, &system, &pid, answers, tally);
                }
            }
            _ => tally.wrong(&name, &"sections that this test knows", &section.escape_ascii()),
        }
    }
}

fn check_system(
    machine: &Path,
    name: &str,
    system: &System,
    key: &str,
    entry: &Json,
    instead: Option<Json>,
    tally: &mut Tally,
) {
    let title = format!("{name} {key}");
    let entry = Entry::read(entry, &title, tally);
    if system::NOT_OURS.contains(&key) {
        return tally.not_ours();
    }
    let Some(got) = system::ask(system, key) else {
        return tally.wrong(&title, &"a question of ours", &"none");
    };
    let zero = |around: &str, field: &str| zeros::zero(machine, "", key, around, field);
    let question = Question { title, zero: &zero, is_unordered: system::is_unordered(key) };
    match (entry.better.or(entry.value), entry.raises) {
        (Some(want), _) => {
            if let ("sensors_battery", Some(want)) = (key, entry.value) {
                let asked = system::ask(system, "sensors_battery_psutil").expect("a question");
                let title = format!("{} as psutil", question.title);
                tally.check(&Question { title, ..question.clone() }, want, asked, None);
            }
            let want = instead.unwrap_or_else(|| system::shaped(key, want));
            let bug = entry.bug.or(entry.better.map(|_| "UB-20"));
            tally.check(&question, &want, got, bug);
        }
        (None, Some(raises)) => tally.check_error(&question, raises, None, &got, entry.bug),
        (None, None) => tally.wrong(&question.title, &"a value or an error", &"neither"),
    }
}

fn check_process(
    machine: &Path,
    name: &str,
    system: &System,
    pid: &str,
    answers: &Json,
    tally: &mut Tally,
) {
    let number: Pid = pid.parse().expect("a pid");
    // Of some only files that no question needs were recorded.
    if answers.map().is_none_or(|answers| answers.is_empty()) {
        return;
    }
    let process = match system.process(number) {
        Ok(process) => process,
        Err(err) => return tally.wrong(&format!("{name} {pid}"), &"a process", &err),
    };
    tally.processes += 1;
    // Whatever can be asked at once is answered one way or another, and of this process.
    match process.oneshot(Fields::all()) {
        Ok(row) if row.pid() == number => {}
        Ok(row) => tally.wrong(&format!("{name} {pid} oneshot"), &pid, &row.pid()),
        Err(err) => tally.wrong(&format!("{name} {pid} oneshot"), &"a row", &err),
    }
    for (key, answer) in answers.map().into_iter().flatten() {
        let key = String::from_utf8_lossy(key);
        let title = format!("{name} {pid} {key}");
        // A plain value is upstream's; an object says who else was asked.
        let said = |oracle: &str| oracle == "by hand" || oracle.starts_with("psutil ");
        let entry = match answer.get("oracle").and_then(Json::text) {
            Some(oracle) if said(oracle) => Entry::read(answer, &title, tally),
            _ => Entry { value: Some(answer), ..Entry::default() },
        };
        let want = entry.value.unwrap_or(&Json::Null);
        // Recorded in pages of 4096 bytes, whatever the machine's own are.
        if key == "memory_info" && rustix::param::page_size() != 4096 {
            tally.not_ours();
            continue;
        }
        let Some(got) = process::ask(machine, &process, &key, want) else {
            tally.wrong(&title, &"a question of ours", &"none");
            continue;
        };
        let zero = |around: &str, field: &str| zeros::zero(machine, pid, &key, around, field);
        let question = Question { title, zero: &zero, is_unordered: false };
        match (entry.value, entry.raises) {
            (Some(want), _) if key == "memory_maps" => {
                let (want, repeated) = zeros::mappings(machine, pid, want);
                if tally.check(&question, &want, got, entry.bug) {
                    tally.differs("repeated smaps", repeated);
                }
            }
            (Some(want), _) => {
                tally.check(&question, want, got, entry.bug);
            }
            (None, Some(raises)) => match zeros::blank_status(machine, pid, &key) {
                Some(want) => {
                    tally.check(&question, &want, got, Some("blank status"));
                }
                None => tally.check_error(&question, raises, Some(number), &got, entry.bug),
            },
            (None, None) => tally.wrong(&question.title, &"a value or an error", &"neither"),
        }
    }
}
