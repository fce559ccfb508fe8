use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::sys::{Description, Host, Variables as _};
use crate::{ToValue, Value};

/// An environment as its system keeps it.
type Told = <Host as Description>::Environ;

/// The environment of a process: variables in the order in which it was given them.
///
/// A name may be there twice; the later counts. It takes as little memory as its text, whatever the number
/// of its variables: tables have one for every process.
///
/// # Example
///
/// ```
/// use std::collections::BTreeMap;
/// use std::ffi::OsString;
///
/// let environ = sysvitals::Process::current()?.environ()?;
/// for (name, value) in environ.iter() {
///     println!("{}={}", name.display(), value.display());
/// }
/// assert_eq!(environ.get("NO SUCH NAME"), None);
/// let by_name: BTreeMap<OsString, OsString> = environ.into();
/// # assert!(!by_name.is_empty());
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Clone)]
pub struct Environment(Told);

impl Environment {
    pub(crate) fn new(told: Told) -> Self {
        Self(told)
    }

    /// The value of the variable of this name, the last if there are several; `None` if there is none.
    ///
    /// # Example
    ///
    /// ```
    /// let environ = sysvitals::Process::current()?.environ()?;
    /// # #[cfg(unix)]
    /// assert_eq!(environ.get("PATH"), std::env::var_os("PATH").as_deref());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        let name = name.as_ref();
        self.iter().filter(|(each, _)| *each == name).last().map(|(_, value)| value)
    }

    /// Names and values, in the order in which they stand there.
    ///
    /// # Example
    ///
    /// ```
    /// let environ = sysvitals::Process::current()?.environ()?;
    /// assert!(environ.iter().all(|(name, _)| !name.is_empty()));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.variables()
    }

    /// Whether there is no variable.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(!sysvitals::Process::current()?.environ()?.is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Environment {}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// By name: of several of one name the last.
impl From<Environment> for BTreeMap<OsString, OsString> {
    fn from(environ: Environment) -> Self {
        environ.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// By name: of several of one name the last.
impl ToValue for Environment {
    fn to_value(&self) -> Value {
        let by_name: BTreeMap<_, _> = self.iter().collect();
        let variables = by_name.into_iter();
        Value::Map(variables.map(|(name, value)| (name.to_owned(), value.to_value())).collect())
    }
}
