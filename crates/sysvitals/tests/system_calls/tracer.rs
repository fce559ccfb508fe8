//! Counts the system calls of a program that it starts, by ptrace(2): that wants no rights where
//! the program asks for it itself.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::asked::NOT_TRACED;
use super::bounds::{COUNT, LOOK_AT};

/// What one answer took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) calls: u32,
    pub(super) items: u32,
}

/// A process that is there to be looked at; it ends with its standard input.
pub(super) struct Sitter(Child);

impl Sitter {
    pub(super) fn new(connections: usize) -> Self {
        let mut child = this(LOOK_AT, &[&connections.to_string()]);
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(child)
    }

    pub(super) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sitter {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// This program, in one of its parts.
fn this(part: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(env::current_exe().expect("a test is a program"));
    command.arg(part).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().expect("to start this program again")
}

/// Counts one answer; `None` if programs may not be traced here.
pub(super) fn count(question: &str, pid: u32) -> Option<Count> {
    #[expect(clippy::zombie_processes, reason = "where it has exited, waitpid(2) has reaped it")]
    let child = this(COUNT, &[question, &pid.to_string()]);
    let traced = Pid::from_raw(child.id().try_into().expect("a pid"));
    if let WaitStatus::Exited(_, code) = waitpid(traced, None).expect("a child") {
        assert_eq!(code, NOT_TRACED, "{question} failed");
        return None;
    }
    let options = ptrace::Options::PTRACE_O_TRACESYSGOOD | ptrace::Options::PTRACE_O_EXITKILL;
    ptrace::setoptions(traced, options).expect("a traced child that is stopped");
    let of_a_stop = calls_to_the_next_stop(traced);
    let calls = calls_to_the_next_stop(traced) - of_a_stop;
    ptrace::detach(traced, None).expect("a traced child that is stopped");
    let output = child.wait_with_output().expect("a child");
    let items = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    Some(Count { calls, items })
}

/// Lets it run until it stops itself; the calls that it entered.
fn calls_to_the_next_stop(traced: Pid) -> u32 {
    // Each call stops it twice: before and after.
    let mut stops = 0;
    let mut signal = None;
    loop {
        ptrace::syscall(traced, signal.take()).expect("a traced child that is stopped");
        match waitpid(traced, None).expect("a child") {
            WaitStatus::PtraceSyscall(_) => stops += 1,
            WaitStatus::Stopped(_, Signal::SIGSTOP) => return stops / 2,
            WaitStatus::Stopped(_, other) => signal = Some(other),
            ended => panic!("{ended:?}"),
        }
    }
}
