use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use super::{Exit, Held, Process, explain};
use crate::{Error, Pid, Result, System};

/// A process that the caller started: psutil's `Popen`.
///
/// Everything that can be asked of a [`Process`] can be asked of [`process`](Child::process), which is
/// held from the moment of the start, so that signals and waiting cannot reach another. It reaps
/// the child itself; like `std::process::Child`, it neither kills nor waits when it is dropped.
pub struct Child {
    pid: Pid,
    process: Result<Held, Error>,
    /// What is connected to the child's standard input, if that was asked for.
    pub stdin: Option<ChildStdin>,
    /// What is connected to its standard output, if that was asked for.
    pub stdout: Option<ChildStdout>,
    /// What is connected to its standard error, if that was asked for.
    pub stderr: Option<ChildStderr>,
    /// The child itself, for as long as nobody has reaped it.
    inner: Mutex<std::process::Child>,
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
        let pid = Pid::new(child.id());
        // Nobody can reap it but us, so the pid is its own until then. Only a program that ignores
        // SIGCHLD loses its children at once, and gets `NoSuchProcess` here.
        let process = System::host().process(pid).and_then(|process| process.hold());
        Self {
            pid,
            process,
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            inner: Mutex::new(child),
        }
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
    /// at, as happens where the program ignores `SIGCHLD`.
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// See [`Process::terminate`].
    pub fn process(&self) -> Result<&Process> {
        match &self.process {
            Ok(held) => Ok(held),
            Err(_) => Err(explain::no_process(self.pid)),
        }
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
        // A child waits for ever for input from a pipe that its parent keeps open, but that is the
        // caller's to close: `stdin` is public.
        match &self.process {
            Ok(held) => held.wait(timeout),
            Err(_) => self.reap(),
        }
    }

    /// The end of a child that could not be looked at.
    fn reap(&self) -> Result<Option<Exit>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.wait() {
            Ok(status) => Ok(Some(status.code().map_or(Exit::Unknown, Exit::Code))),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Some(Exit::Unknown)),
            // ECHILD: it was reaped for us.
            Err(_) => Ok(Some(Exit::Unknown)),
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("process", &self.process).finish_non_exhaustive()
    }
}
