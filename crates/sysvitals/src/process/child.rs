use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use std::sync::OnceLock;
use std::time::Duration;

use super::{Exit, Held, Process, explain};
use crate::{Error, Pid, Result, System};

/// A process that the caller started: psutil's `Popen`.
///
/// Everything that can be asked of a [`Process`] can be asked of [`process`](Child::process), which is
/// held from the moment of the start, so that signals and waiting cannot reach another. It reaps
/// the child itself; like `std::process::Child`, it neither kills nor waits when it is dropped.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    /// Unset as long as it could not be looked at, for want of descriptors or because it is gone.
    held: OnceLock<Held>,
    /// What is connected to the child's standard input, if that was asked for.
    pub stdin: Option<ChildStdin>,
    /// What is connected to its standard output, if that was asked for.
    pub stdout: Option<ChildStdout>,
    /// What is connected to its standard error, if that was asked for.
    pub stderr: Option<ChildStderr>,
}

impl Child {
    /// Starts a command.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) if the program cannot be started.
    ///
    /// # Platforms
    ///
    /// All: what `std::process::Command` does; then as [`Process::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::io::Read;
    /// use std::process::{Command, Stdio};
    /// use sysvitals::{Child, Exit};
    ///
    /// let mut child = Child::spawn(Command::new("echo").arg("hello").stdout(Stdio::piped()))?;
    /// let mut text = String::new();
    /// child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("text");
    /// assert_eq!((text.as_str(), child.wait(None)?), ("hello\n", Some(Exit::Code(0))));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let spawned = command.spawn();
        let program = Path::new(command.get_program()).display();
        spawned.map(Self::adopt).map_err(|err| Error::io(format!("starting {program}"), err))
    }

    /// Takes over a child that was started otherwise and that nobody has waited for yet.
    ///
    /// # Platforms
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::adopt(Command::new("true").spawn().expect("true(1)"));
    /// assert!(child.wait(None)?.expect("no timeout").is_success());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn adopt(mut child: std::process::Child) -> Self {
        let adopted = Self {
            pid: Pid::new(child.id()),
            held: OnceLock::new(),
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
        };
        // If this fails now, whoever asks is told why, or finds it there after all.
        let _ = adopted.hold();
        adopted
    }

    /// Holds the process, once.
    fn hold(&self) -> Result<&Held> {
        if let Some(held) = self.held.get() {
            return Ok(held);
        }
        // Only we can reap it, and only through what is held here, so that the pid is still its own.
        // A program that ignores SIGCHLD loses its children at once: then the pid may be anyone's.
        let process = System::host().process(self.pid)?;
        if process.ppid()? != Pid::current() {
            return Err(explain::no_process(self.pid));
        }
        let held = process.hold()?;
        Ok(self.held.get_or_init(|| held))
    }

    /// Its pid: a number, which may be another process's once it was waited for.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The process.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it had ended and was reaped before it could be looked
    /// at, as happens where the program ignores `SIGCHLD`; [`Io`](Error::Io) without descriptors to
    /// spare.
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// See [`Process::terminate`].
    pub fn process(&self) -> Result<&Process> {
        self.hold().map(|held| &**held)
    }

    /// Waits until it has ended; `None` if it has not when `timeout` has passed. See
    /// [`Process::wait`].
    ///
    /// # Errors
    ///
    /// As [`Process::wait`].
    ///
    /// # Platforms
    ///
    /// As [`Process::wait`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use std::time::Duration;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// assert_eq!(child.wait(Duration::ZERO)?, None);
    /// child.process()?.kill()?;
    /// assert!(child.wait(None)?.is_some());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn wait(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Exit>> {
        match self.process() {
            Ok(process) => process.wait(timeout),
            Err(err) if err.is_gone() => Ok(Some(Exit::Unknown)),
            Err(err) => Err(err),
        }
    }
}
