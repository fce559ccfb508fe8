//! In a pid namespace of its own, where `/proc/sys/kernel/ns_last_pid` chooses the next pid, so that
//! every round reuses one, within a clock tick as a rule.
#![expect(clippy::print_stdout, reason = "it is its own harness")]

use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::{fs, thread};

use sysvitals::{Fields, Pid, Process, Sampler, Snapshot};

use super::unshared;

const ROUNDS: u32 = 3000;

/// No harness: the second run of this program, in the namespace, must not be one.
pub(super) fn main() -> ExitCode {
    unshared::main("reuse", "pid", &["--pid", "--fork", "--mount-proc", "--kill-child"], || {
        let rounds = reuse(ROUNDS);
        println!("{rounds} rounds of reuse, no wrong answer, no wrong signal");
    })
}

/// Starts a process with this pid and these many seconds to sleep, by which its command line tells.
fn start(pid: Option<u32>, seconds: u32) -> Option<std::process::Child> {
    if let Some(pid) = pid {
        fs::write("/proc/sys/kernel/ns_last_pid", (pid - 1).to_string()).expect("ns_last_pid");
    }
    let child = Command::new("sleep").arg(seconds.to_string()).spawn().expect("sleep(1)");
    if pid.is_none_or(|pid| pid == child.id()) {
        // Spawning ends while the memory of the parent is still in place, and its arguments with it.
        while fs::read(format!("/proc/{}/comm", child.id())).expect("our child") != b"sleep\n" {
            thread::yield_now();
        }
        return Some(child);
    }
    end(child);
    None
}

fn end(mut child: std::process::Child) {
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");
}

fn arguments(process: &Process) -> sysvitals::Result<Option<String>> {
    // Empty between fork and exec.
    Ok(process.cmdline()?.get(1).map(|argument| argument.to_string_lossy().into_owned()))
}

/// A sampler, which keeps arguments, must not take those of the last one for this one's.
fn sampled(samplers: &mut [Sampler], pid: u32, seconds: u32) {
    for sampler in samplers {
        let row = sampler.tick().expect("a table").get(pid).expect("it runs");
        if let Some(argument) = row.cmdline().expect("readable").get(1) {
            assert_eq!(argument.to_string_lossy(), seconds.to_string());
        }
    }
}

fn reuse(rounds: u32) -> u32 {
    let mut seconds = 1_000_000;
    let mut child = start(None, seconds).expect("any pid");
    let pid = child.id();
    // The second goes by clocks alone.
    let asked = [Fields::CMDLINE | Fields::MEMORY, Fields::CMDLINE | Fields::CPU_CLOCK];
    let mut samplers = asked.map(|fields| Sampler::new(fields).expect("a sampler"));
    let mut done = 0;
    while done < rounds {
        let process = Process::new(pid).expect("it runs");
        let held = process.hold().expect("it runs");
        // From now on it is recognised by this very file.
        for _ in 0..2 {
            let argument = arguments(&process).expect("it runs");
            assert_eq!(argument.unwrap_or_else(|| seconds.to_string()), seconds.to_string());
        }
        let earlier = Snapshot::take(Fields::CMDLINE).expect("a table");
        sampled(&mut samplers, pid, seconds);
        let next = seconds + 1;
        let over = AtomicBool::new(false);
        let asked = AtomicU32::new(0);
        // While the pid changes hands, another thread asks and signals all the time.
        let stranger = thread::scope(|scope| {
            let asker = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for process in [&process, &held] {
                        match arguments(process) {
                            Ok(Some(argument)) => assert_eq!(argument, seconds.to_string()),
                            Ok(None) => {}
                            Err(err) => assert!(err.is_gone(), "{err:?}"),
                        }
                        // Deadly to the old one, which is about to die anyway.
                        if let Err(err) = process.terminate() {
                            assert!(err.is_gone(), "{err:?}");
                        }
                        match process.oneshot(Fields::CMDLINE) {
                            Ok(row) => {
                                if let Some(argument) =
                                    row.cmdline().ok().and_then(|all| all.get(1))
                                {
                                    assert_eq!(argument.to_string_lossy(), seconds.to_string());
                                }
                            }
                            Err(err) => assert!(err.is_gone(), "{err:?}"),
                        }
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
            end(child);
            let stranger = start(Some(pid), next);
            let before = asked.load(Ordering::Relaxed);
            // At least one whole turn with the stranger there.
            while asked.load(Ordering::Relaxed) < before + 2 && !asker.is_finished() {
                thread::yield_now();
            }
            over.store(true, Ordering::Relaxed);
            stranger
        });
        let Some(mut stranger) = stranger else {
            // The thread that asks took the number.
            child = start(None, next).expect("any pid");
            end(child);
            child = loop {
                if let Some(child) = start(Some(pid), next) {
                    break child;
                }
            };
            seconds = next;
            continue;
        };

        assert!(!process.is_running() && !held.is_running());
        assert_ne!(process, Process::new(pid).expect("the stranger"));
        for gone in [&process, &held] {
            let err = gone.name().expect_err("not a stranger's name");
            assert!(err.is_gone() && err.pid() == Some(Pid::new(pid)), "{err}");
            assert!(gone.kill().expect_err("not a stranger").is_gone());
            assert!(gone.set_nice(5).is_err());
            assert!(gone.children().is_err());
        }
        let later = Snapshot::take(Fields::CMDLINE).expect("a table");
        let row = later.get(pid).expect("the stranger");
        // Empty while it is being started: the kernel sets the arguments last.
        if let Some(argument) = row.cmdline().expect("readable").get(1) {
            assert_eq!(argument.to_string_lossy(), next.to_string());
        }
        sampled(&mut samplers, pid, next);
        let old = earlier.get(pid).expect("the old one").identity();
        // Within one tick a table alone cannot tell them apart; a process can.
        if old != row.identity() {
            assert!(later.process(earlier.get(pid).expect("it")).is_err());
        }
        assert!(stranger.try_wait().expect("our child").is_none(), "a signal hit the stranger");
        child = stranger;
        seconds = next;
        done += 1;
    }
    end(child);
    done
}
