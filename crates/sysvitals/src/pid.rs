use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// The number of a process: a number, not a promise.
///
/// The system gives it to another process once this one has ended. What is bound to one process
/// for ever is [`Process`](crate::Process).
///
/// # Example
///
/// ```
/// use sysvitals::Pid;
///
/// let init: Pid = "1".parse()?;
/// assert_eq!(init, Pid::new(1));
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pid(u32);

impl Pid {
    /// The process with this number, if there is one. Zero is a process on Windows, macOS and the
    /// BSDs.
    #[must_use]
    pub const fn new(pid: u32) -> Self {
        Self(pid)
    }

    /// The calling process.
    #[must_use]
    pub fn current() -> Self {
        Self(std::process::id())
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for Pid {
    fn from(pid: u32) -> Self {
        Self(pid)
    }
}

impl FromStr for Pid {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
