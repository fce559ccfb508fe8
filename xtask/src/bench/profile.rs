//! Where the time of an answer goes: how many system calls it makes, and how much of its CPU time is
//! the kernel's.
//!
//! Calls are counted by ptrace(2), so that they are the same on every machine. What is counted is one
//! answer: what two took, less what one took.

use std::fs;

use anyhow::{Context, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::ptrace;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::contender::Contender;

/// What one contender did for a row.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    /// System calls of one answer.
    pub(super) calls: u64,
    /// How much of the CPU time of all rounds was the kernel's; 0 to 1.
    pub(super) kernel: f64,
}

/// CPU time in ticks: the program's own, the kernel's.
#[derive(Clone, Copy)]
pub(super) struct Spent {
    user: u64,
    system: u64,
}

impl Spent {
    /// What a program and its ended children have spent until now (proc_pid_stat(5)).
    pub(super) fn until_now(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let (_, after_name) = stat.rsplit_once(')').context("a name in stat")?;
        let field = |number: usize| -> Result<u64> {
            let word = after_name.split_whitespace().nth(number - 3);
            Ok(word.context("a field of stat")?.parse()?)
        };
        Ok(Self { user: field(14)? + field(16)?, system: field(15)? + field(17)? })
    }

    /// The kernel's share since `before`; `None` for less than a tick.
    pub(super) fn kernel_since(self, before: Self) -> Option<f64> {
        let (user, system) = (self.user - before.user, self.system - before.system);
        (user + system > 0).then(|| system as f64 / (user + system) as f64)
    }
}

/// The system calls of one answer.
pub(super) fn calls(contender: &mut Contender, operation: &str, argument: &str) -> Result<u64> {
    let one = traced(contender, operation, argument, 1)?;
    let two = traced(contender, operation, argument, 2)?;
    Ok(two.saturating_sub(one))
}

/// The calls from the question to the answer.
fn traced(contender: &mut Contender, operation: &str, argument: &str, times: u64) -> Result<u64> {
    let traced = Pid::from_raw(contender.pid().try_into()?);
    let options = ptrace::Options::PTRACE_O_TRACESYSGOOD | ptrace::Options::PTRACE_O_EXITKILL;
    ptrace::seize(traced, options).context("tracing a contender")?;
    ptrace::interrupt(traced)?;
    waitpid(traced, None)?;
    contender.ask_for_time(operation, argument, times)?;
    // Each call stops it twice: before and after.
    let mut stops = 0;
    let mut signal = None;
    loop {
        ptrace::syscall(traced, signal.take())?;
        match waitpid(traced, None)? {
            WaitStatus::PtraceSyscall(_) => stops += 1,
            WaitStatus::Stopped(_, other) => signal = Some(other),
            WaitStatus::PtraceEvent(..) => {}
            ended => bail!("a contender ended while it was traced: {ended:?}"),
        }
        let answer = PollFd::new(contender.output(), PollFlags::POLLIN);
        if stops % 2 == 0 && poll(&mut [answer], PollTimeout::ZERO)? > 0 {
            break;
        }
    }
    ptrace::detach(traced, None)?;
    contender.hear_time()?;
    Ok(stops / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_share_is_that_of_what_was_spent_since() {
        let before = Spent { user: 10, system: 10 };
        let now = Spent { user: 11, system: 13 };
        assert_eq!(now.kernel_since(before), Some(0.75));
        assert_eq!(now.kernel_since(now), None);
    }

    #[test]
    fn our_own_time_is_read() {
        let now = Spent::until_now(std::process::id()).expect("procfs");
        let later = Spent::until_now(std::process::id()).expect("procfs");
        assert!(later.user >= now.user && later.system >= now.system);
    }
}
