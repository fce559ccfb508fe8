//! Counts the system calls of one answer: `calls OPERATION ARGUMENT PROGRAM [ARGUMENT]...`.
//!
//! It starts the program, lets it answer some times so that what it keeps is there, and counts by
//! ptrace(2) what two answers take, less what one takes, with what the programs take that it starts.
//! Where that is much, what it takes to hear the question does not count, and one answer is enough.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let operation = arguments.next().context("an operation")?;
    let argument = arguments.next().context("an argument")?;
    let program = arguments.next().context("a program")?;
    let mut traced = Traced::start(Command::new(program).args(arguments))?;
    let question = |times: u32| format!("time {operation} {times} {argument}");
    let start = Instant::now();
    for _ in 0..WARM {
        traced.ask(&question(1))?;
        traced.hear()?;
        if start.elapsed() > LONG {
            break;
        }
    }
    let one = traced.count(&question(1))?;
    if one > MANY {
        println!("{one}");
        return Ok(());
    }
    let two = traced.count(&question(2))?;
    println!("{}", two.saturating_sub(one));
    Ok(())
}

/// Question and answer are some three calls.
const MANY: u64 = 10_000;
/// What is kept need not be kept from the first answer on.
const WARM: usize = 5;
const LONG: Duration = Duration::from_millis(200);

/// A program that answers lines; it ends with its standard input.
struct Traced {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Traced {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self { child, input, output })
    }

    fn ask(&mut self, question: &str) -> Result<()> {
        let input = self.input.as_mut().context("its input")?;
        writeln!(input, "{question}").and_then(|()| input.flush()).context("it has ended")
    }

    fn hear(&mut self) -> Result<()> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        match line.split(' ').next().and_then(|word| word.parse::<u64>().ok()) {
            Some(_) => Ok(()),
            None => bail!("it says `{}`", line.trim_end()),
        }
    }

    /// The calls from the question to the answer, with those of the programs that it starts.
    fn count(&mut self, question: &str) -> Result<u64> {
        let pid = Pid::from_raw(self.child.id().try_into()?);
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_EXITKILL
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK;
        ptrace::seize(pid, options).context("tracing it")?;
        ptrace::interrupt(pid)?;
        waitpid(pid, None)?;
        self.ask(question)?;
        // Each call stops who makes it twice: before and after.
        let (mut stops, mut started) = (0, 0);
        let (mut stopped, mut signal) = (pid, None);
        loop {
            ptrace::syscall(stopped, signal.take())?;
            // Who ends need not be told to go on.
            let stop = loop {
                match waitpid(None, Some(WaitPidFlag::__WALL))? {
                    WaitStatus::Exited(other, _) | WaitStatus::Signaled(other, ..)
                        if other != pid => {}
                    stop => break stop,
                }
            };
            stopped = stop.pid().context("nobody stopped")?;
            match stop {
                WaitStatus::PtraceSyscall(_) if stopped == pid => stops += 1,
                WaitStatus::PtraceSyscall(_) => started += 1,
                WaitStatus::Stopped(_, other) => signal = Some(other),
                WaitStatus::PtraceEvent(..) => {}
                ended => bail!("it ended: {ended:?}"),
            }
            let answer = PollFd::new(self.output.get_ref().as_fd(), PollFlags::POLLIN);
            if stopped == pid && stops % 2 == 0 && poll(&mut [answer], PollTimeout::ZERO)? > 0 {
                break;
            }
        }
        ptrace::detach(pid, None)?;
        self.hear()?;
        Ok((stops + started) / 2)
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
