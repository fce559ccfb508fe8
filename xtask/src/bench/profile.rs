//! Where the time of an answer goes: how many system calls it makes, and how much of its CPU time is
//! the kernel's.
//!
//! Calls are counted by `benches/src/bin/calls.rs`, and are the same on every machine.

use std::fs;

use anyhow::{Context, Result};

use super::contender::{Program, Programs};
use super::measured::Part;
use crate::command;

/// Of whom it is told.
pub(super) const PROFILED: [(&str, Part); 4] = [
    ("ours", Part::Ours),
    ("the floor", Part::Floor),
    ("ours in Python", Part::OursInPython),
    ("psutil", Part::Psutil),
];

/// What one contender did for a row.
#[derive(Clone, Copy)]
pub(super) struct Profile {
    /// System calls of one answer.
    pub(super) calls: u64,
    /// How much of the CPU time of all rounds was the kernel's; 0 to 1.
    pub(super) kernel: f64,
}

/// CPU time in ticks: the program's own, the kernel's.
#[derive(Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) user: u64,
    pub(super) system: u64,
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

    pub(super) fn since(self, before: Self) -> Self {
        Self { user: self.user - before.user, system: self.system - before.system }
    }

    pub(super) fn and(self, more: Self) -> Self {
        Self { user: self.user + more.user, system: self.system + more.system }
    }

    /// The kernel's share; `None` for less than a tick.
    pub(super) fn kernel(self) -> Option<f64> {
        let Self { user, system } = self;
        (user + system > 0).then(|| system as f64 / (user + system) as f64)
    }
}

/// The system calls of one answer.
pub(super) fn calls(
    programs: &Programs,
    program: Program,
    operation: &str,
    argument: &str,
) -> Result<u64> {
    let contender = programs.command(program).context("a contender")?;
    let mut count = programs.built("calls");
    count.arg(operation).arg(argument);
    let said = command::output(&mut command::through(count, &contender))?;
    String::from_utf8_lossy(&said).trim().parse().context("a number of calls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_share_is_that_of_what_was_spent() {
        assert_eq!(Spent { user: 1, system: 3 }.kernel(), Some(0.75));
        assert_eq!(Spent { user: 0, system: 0 }.kernel(), None);
    }

    #[test]
    fn our_own_time_is_read() {
        let now = Spent::until_now(std::process::id()).expect("procfs");
        let later = Spent::until_now(std::process::id()).expect("procfs");
        assert!(later.user >= now.user && later.system >= now.system);
    }
}
