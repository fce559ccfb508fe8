//! Signals, and waiting for the end.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Process;
use crate::sys::{Host, Processes};
use crate::{Result, Signal, ToValue, Value};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exit {
    /// By itself, with this exit status. Windows: also by force, and the 32 bits of the status are read
    /// as a signed number, so that `0xC0000005` (an access violation) is negative.
    Code(i32),
    /// By this signal.
    Signal(Signal),
    /// It is gone, but only its parent was told how.
    Unknown,
}

impl Exit {
    /// Whether it ended by itself with status 0.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }
}

/// psutil's numbers: the exit status, the negated signal, or nothing.
impl ToValue for Exit {
    fn to_value(&self) -> Value {
        match *self {
            Self::Code(code) => Value::Signed(code.into()),
            Self::Signal(Signal(number)) => Value::Signed(-i64::from(number)),
            Self::Unknown => Value::Null,
        }
    }
}

impl Process {
    /// Sends it a signal; never to another process that has its pid by now.
    ///
    /// Signal 0 only asks whether that would be allowed, but on Windows it is `CTRL_C_EVENT`. A zombie
    /// takes every signal and does nothing.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended, [`AccessDenied`](crate::Error::AccessDenied)
    /// if it belongs to someone else, [`Io`](crate::Error::Io) if there is no such signal,
    /// [`Unsupported`](crate::Error::Unsupported) on a recorded machine,
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for a signal that Windows does not know.
    ///
    /// # Platforms
    ///
    /// Linux: pidfd_send_signal(2) on a pidfd that was proven to be the process (5.1 and later);
    /// before, kill(2) right after the proof. Windows: `SIGTERM` is TerminateProcess, with 15 as
    /// exit code; `CTRL_C_EVENT` and `CTRL_BREAK_EVENT` go to the process group that it leads on
    /// the caller's console (GenerateConsoleCtrlEvent); there are no others. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, Exit, Signal};
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// child.process()?.send_signal(Signal::TERM)?;
    /// assert_eq!(child.wait(None)?, Some(Exit::Signal(Signal::TERM)));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn send_signal(&self, signal: Signal) -> Result<()> {
        self.control(|host, handle| host.send_signal(handle, signal))
    }

    /// Holds it, and does something to it.
    fn control(
        &self,
        act: impl FnOnce(&Host, &<Host as Processes>::Handle) -> Result<()>,
    ) -> Result<()> {
        let handle = self.handle()?;
        act(&self.system.host, &handle).map_err(|err| self.explain(err, None))
    }

    /// Stops it, until [`resume`](Self::resume). `SIGSTOP`; Windows: suspends its threads.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Platforms
    ///
    /// As [`send_signal`](Self::send_signal). Windows: NtSuspendProcess, which counts: what was
    /// suspended twice is resumed twice.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// child.process()?.suspend()?;
    /// child.process()?.resume()?;
    /// child.process()?.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn suspend(&self) -> Result<()> {
        self.control(|host, handle| host.suspend(handle))
    }

    /// Lets it run again after [`suspend`](Self::suspend). `SIGCONT`.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Platforms
    ///
    /// As [`send_signal`](Self::send_signal). Windows: NtResumeProcess.
    ///
    /// # Example
    ///
    /// See [`suspend`](Self::suspend).
    pub fn resume(&self) -> Result<()> {
        self.control(|host, handle| host.resume(handle))
    }

    /// Asks it to end. `SIGTERM`; Windows: as [`kill`](Self::kill).
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Platforms
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use std::time::Duration;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// let process = child.process()?;
    /// process.terminate()?;
    /// if process.wait(Duration::from_secs(3))?.is_none() {
    ///     process.kill()?;
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn terminate(&self) -> Result<()> {
        self.send_signal(Signal::TERM)
    }

    /// Ends it. `SIGKILL`; Windows: `TerminateProcess`.
    ///
    /// # Errors
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Platforms
    ///
    /// As [`send_signal`](Self::send_signal).
    ///
    /// # Example
    ///
    /// See [`terminate`](Self::terminate).
    pub fn kill(&self) -> Result<()> {
        self.control(|host, handle| host.kill(handle))
    }

    /// Waits until it has ended; `None` if it has not when `timeout` has passed.
    ///
    /// A child of the caller is reaped, and its exit status or signal told again to whoever asks this
    /// `Process` or a clone. Another process has ended once its parent has reaped it; how it ended is
    /// known where the kernel tells, else [`Exit::Unknown`]. Without a timeout (`None`) it waits for
    /// ever; zero only looks.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) without descriptors to spare; [`Unsupported`](crate::Error::Unsupported) on a recorded
    /// machine.
    ///
    /// # Platforms
    ///
    /// Linux: a pidfd is polled (5.3 and later, else the pid every 40 ms), then waitid(2); of
    /// processes that are not children `PIDFD_GET_INFO` tells the exit (6.15 and later). Windows:
    /// WaitForSingleObject and GetExitCodeProcess, of any process that may be opened. Elsewhere not
    /// yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, Exit};
    ///
    /// let child = Child::spawn(Command::new("sh").args(["-c", "exit 7"]))?;
    /// assert_eq!(child.wait(None)?, Some(Exit::Code(7)));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn wait(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Exit>> {
        let known = || *self.state.exit.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(exit) = known() {
            return Ok(Some(exit));
        }
        let ended = match self.handle() {
            Ok(handle) => self
                .system
                .host
                .wait(&handle, timeout.into())
                .map_err(|err| self.explain(err, None)),
            Err(err) => Err(err),
        };
        let exit = match ended {
            Ok(Some(exit)) => exit,
            Ok(None) => return Ok(None),
            Err(err) if err.is_gone() => Exit::Unknown,
            Err(err) => return Err(err),
        };
        let mut state = self.state.exit.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have reaped it first, and knows more.
        match *state {
            Some(Exit::Unknown) | None => *state = Some(exit),
            Some(_) => {}
        }
        Ok(*state)
    }
}

/// Waits for several processes; gives those that ended, and those that had not when `timeout` passed.
///
/// `ended` is called once for each as soon as its end is seen. Without a timeout it waits for all.
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
/// use sysvitals::{Child, wait_procs};
///
/// let brief = Child::spawn(Command::new("true").arg(""))?;
/// let long = Child::spawn(Command::new("sleep").arg("60"))?;
/// let both = vec![brief.process()?.clone(), long.process()?.clone()];
/// # brief.wait(None)?;
/// let (gone, alive) = wait_procs(both, Duration::from_millis(500), |_, exit| println!("{exit:?}"))?;
/// assert_eq!((gone.len(), alive.len()), (1, 1));
/// alive[0].kill()?;
/// # long.wait(None)?;
/// # Ok::<(), sysvitals::Error>(())
/// ```
pub fn wait_procs(
    processes: impl IntoIterator<Item = Process>,
    timeout: impl Into<Option<Duration>>,
    mut ended: impl FnMut(&Process, Exit),
) -> Result<(Vec<Process>, Vec<Process>)> {
    /// A turn over all that are alive lasts at most this long.
    const TURN: Duration = Duration::from_millis(100);

    let deadline = timeout.into().and_then(|timeout| Instant::now().checked_add(timeout));
    let (mut gone, mut alive) = (Vec::new(), processes.into_iter().collect::<Vec<_>>());
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let share = TURN / u32::try_from(alive.len().max(1)).unwrap_or(u32::MAX);
        let share = left.map_or(share, |left| left.min(share));
        let mut still = Vec::with_capacity(alive.len());
        for process in alive {
            match process.wait(share)? {
                Some(exit) => {
                    ended(&process, exit);
                    gone.push(process);
                }
                None => still.push(process),
            }
        }
        alive = still;
        if alive.is_empty() || left == Some(Duration::ZERO) {
            return Ok((gone, alive));
        }
    }
}
