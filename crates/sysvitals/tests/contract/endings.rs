//! Every question to a process that has ended: unreaped, and gone.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sysvitals::{Error, Held, Pid, Process, ProcessStatus, Signal};

use crate::questions::all;

/// A child of ours that has ended and that nobody has waited for; the same, held and asked everything
/// while it lived.
fn zombie() -> (std::process::Child, Process, Held) {
    // It lives until its input is closed, so that it can be looked at first.
    let mut child = Command::new("cat");
    let mut child = child.stdin(Stdio::piped()).spawn().expect("cat(1)");
    let process = Process::new(Pid::new(child.id())).expect("our child");
    let patience = Instant::now() + Duration::from_secs(20);
    // Between fork and exec it has our name, and its last one is what errors must tell.
    while process.name().expect("it runs") != "cat" {
        assert!(Instant::now() < patience, "it never became cat(1)");
    }
    let held = process.hold().expect("it runs");
    for (_, question) in all() {
        let _ = question(&held);
    }
    drop(child.stdin.take());
    while process.status().expect("nobody reaps it") != ProcessStatus::Zombie {
        assert!(Instant::now() < patience, "it never ended");
        std::thread::yield_now();
    }
    (child, process, held)
}

#[test]
fn zombies_answer_or_say_so() {
    let (mut child, process, held) = zombie();
    let fresh = Process::new(process.pid()).expect("a zombie has a pid");
    for process in [&process, &fresh, &*held] {
        assert!(process.is_running(), "until it is reaped");
        let mut wrong = Vec::new();
        for (name, question) in all() {
            match question(process) {
                Ok(_) => {}
                Err(Error::ZombieProcess { pid, name: Some(last), ppid })
                    if pid == process.pid() && last == "cat" && ppid == Some(Pid::current()) => {}
                Err(Error::AccessDenied { pid, .. }) if pid == Some(process.pid()) => {}
                Err(err) => wrong.push(format!("{name}: {err:?}")),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(process.status().expect("it is known"), ProcessStatus::Zombie);
        assert_eq!(process.ppid().expect("it is known"), Pid::current());
        assert_eq!(process.name().expect("it is known"), "cat");
        process.send_signal(Signal::TERM).expect("a zombie takes every signal");
    }
    child.wait().expect("it is ours");
}

#[test]
fn those_gone_are_gone_for_every_question() {
    let (mut child, process, held) = zombie();
    let held_late = process.hold().expect("a zombie can be held");
    child.wait().expect("it is ours");
    for process in [&process, &*held, &*held_late] {
        let mut wrong = Vec::new();
        let gone = |result: Result<(), Error>| match result {
            Err(Error::NoSuchProcess { pid, name: Some(last), reused: false })
                if pid == process.pid() && last == "cat" =>
            {
                None
            }
            other => Some(format!("{other:?}")),
        };
        for (name, question) in all() {
            // What is held needs no proof, so that holding it once more asks nothing.
            if *name == "hold" && [&*held, &*held_late].iter().any(|it| std::ptr::eq(process, *it))
            {
                continue;
            }
            let answer = question(process).map(|_| ());
            wrong.extend(gone(answer).map(|said| format!("{name}: {said}")));
        }
        let refused = [
            ("send_signal", process.send_signal(Signal::TERM)),
            ("terminate", process.terminate()),
            ("kill", process.kill()),
            ("suspend", process.suspend()),
            ("resume", process.resume()),
            ("set_nice", process.set_nice(5)),
            ("set_cpu_affinity", process.set_cpu_affinity(&[0])),
        ];
        for (name, answer) in refused {
            wrong.extend(gone(answer).map(|said| format!("{name}: {said}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(!process.is_running());
        assert!(process.wait(Duration::ZERO).expect("it has ended").is_some());
    }
    let err = Process::new(process.pid()).expect_err("nobody has its pid");
    assert!(matches!(err, Error::NoSuchProcess { .. }), "{err:?}");
    assert!(!sysvitals::pid_exists(process.pid()).expect("it can be told"));
}
