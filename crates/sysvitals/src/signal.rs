use std::fmt;
use std::str::FromStr;

use crate::sys::SIGNALS;
use crate::{Error, Result};

/// A signal, by its number on this platform (signal(7)).
///
/// # Example
///
/// ```
/// use sysvitals::Signal;
///
/// let signal: Signal = "TERM".parse()?;
/// assert_eq!(signal.to_string(), "SIGTERM");
/// assert_eq!(signal, "15".parse()?);
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(pub i32);

impl Signal {
    /// Asks the process to end; it may clean up first.
    pub const TERM: Self = Self::known("SIGTERM");

    /// Finds a signal of this platform at compile time; 0, which signals nothing, if it has none.
    pub(crate) const fn known(name: &str) -> Self {
        let mut at = 0;
        while at < SIGNALS.len() {
            let (each, number) = SIGNALS[at];
            if same(each.as_bytes(), name.as_bytes()) {
                return Self(number);
            }
            at += 1;
        }
        Self(0)
    }

    /// The names and numbers of this platform's signals.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        SIGNALS.iter().map(|&(name, number)| (name, Self(number)))
    }

    /// Its name, such as `SIGTERM`; `None` for a number that has none here.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        SIGNALS.iter().find(|(_, number)| *number == self.0).map(|(name, _)| *name)
    }
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

/// A name with or without `SIG`, in any case, or a number.
impl FromStr for Signal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(number) = text.parse() {
            return Ok(Self(number));
        }
        let upper = text.to_ascii_uppercase();
        let found = Self::all().find(|(name, _)| {
            *name == upper || name.strip_prefix("SIG").is_some_and(|short| short == upper)
        });
        match found {
            Some((_, signal)) => Ok(signal),
            None => Err(Error::InvalidArgument(format!("no signal is called {text:?}"))),
        }
    }
}
