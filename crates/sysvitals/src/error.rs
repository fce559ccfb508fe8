use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;
use std::{error, fmt, io};

use crate::Pid;

/// Why a question has no answer.
///
/// The first four are psutil's exception classes. Each knows the process and the last name it was
/// seen with; what the operating system said is the [`source`](error::Error::source).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No process has this pid, or not any more.
    NoSuchProcess {
        /// The pid that was asked for.
        pid: Pid,
        /// The last name the process was seen with.
        name: Option<String>,
        /// Whether another process has the pid now.
        reused: bool,
    },
    /// The process ended but its parent has not reaped it yet, so that what was asked is gone.
    ZombieProcess {
        /// The pid of the process.
        pid: Pid,
        /// The last name the process was seen with.
        name: Option<String>,
        /// The parent that has not reaped it.
        ppid: Option<Pid>,
    },
    /// No service has this name, or not any more. Windows.
    NoSuchService {
        /// The name that was asked for.
        name: String,
    },
    /// The operating system refused.
    AccessDenied {
        /// The process that it refused to tell about; `None` for system-wide questions and services.
        pid: Option<Pid>,
        /// The last name the process was seen with, or that of the service.
        name: Option<String>,
        /// What the operating system said.
        source: Option<io::Error>,
    },
    /// The process outlived the time given to wait for it.
    Timeout {
        /// The time given.
        after: Duration,
        /// The process waited for.
        pid: Pid,
        /// The last name the process was seen with.
        name: Option<String>,
    },
    /// This platform, this kernel or this recording has no such thing; the field names what was
    /// asked.
    Unsupported(&'static str),
    /// The caller asked for something that cannot be; the text says what and why.
    InvalidArgument(String),
    /// The kernel wrote something we cannot read: our bug, or a new kernel.
    Parse {
        /// The file that it stood in, or the call that returned it.
        path: PathBuf,
        /// What was expected and what was found.
        source: Box<dyn error::Error + Send + Sync>,
    },
    /// Any other failure.
    Io {
        /// The call or the path that it happened at.
        at: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What a question answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the process asked about has ended: it is no more, or a zombie. So is a service that is
    /// not there.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Pid, Process};
    ///
    /// let err = Process::new(Pid::new(u32::MAX)).unwrap_err();
    /// assert!(err.is_gone());
    /// ```
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::NoSuchProcess { .. } | Self::ZombieProcess { .. } | Self::NoSuchService { .. }
        )
    }

    /// Whether the operating system refused, to tell about a process or anything else.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        match self {
            Self::AccessDenied { .. } => true,
            Self::Io { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
            _ => false,
        }
    }

    /// The process that the error is about.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        match self {
            Self::NoSuchProcess { pid, .. }
            | Self::ZombieProcess { pid, .. }
            | Self::Timeout { pid, .. } => Some(*pid),
            Self::AccessDenied { pid, .. } => *pid,
            _ => None,
        }
    }

    /// The last name that process was seen with, or that of the service.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::NoSuchProcess { name, .. }
            | Self::ZombieProcess { name, .. }
            | Self::Timeout { name, .. }
            | Self::AccessDenied { name, .. } => name.as_deref(),
            Self::NoSuchService { name } => Some(name),
            _ => None,
        }
    }

    /// That a service is not there.
    pub(crate) fn no_service(name: &OsStr) -> Self {
        Self::NoSuchService { name: name.to_string_lossy().into_owned() }
    }

    /// That a service may not be looked at.
    pub(crate) fn service_denied(name: &OsStr, source: io::Error) -> Self {
        let name = Some(name.to_string_lossy().into_owned());
        Self::AccessDenied { pid: None, name, source: Some(source) }
    }

    /// A failed call or read, for backends.
    pub(crate) fn io(at: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::Io { at: at.into(), source: source.into() }
    }

    /// Text that could not be understood, for backends.
    pub(crate) fn parse(
        path: impl Into<PathBuf>,
        source: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self::Parse { path: path.into(), source: source.into() }
    }
}

/// `" (pid=1, name='init')"` with what is known; names are the program's to choose, so quoted.
struct Subject<'a>(Option<Pid>, Option<&'a str>);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (None, _) => Ok(()),
            (Some(pid), None) => write!(f, " (pid {pid})"),
            (Some(pid), Some(name)) => write!(f, " (pid {pid}, {name:?})"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = Subject(self.pid(), self.name());
        match self {
            Self::NoSuchProcess { reused: false, .. } => {
                write!(f, "process no longer exists{subject}")
            }
            Self::NoSuchProcess { reused: true, .. } => {
                write!(f, "process no longer exists and its pid has been reused{subject}")
            }
            Self::ZombieProcess { ppid, .. } => {
                write!(f, "process has ended but was not reaped")?;
                if let Some(ppid) = ppid {
                    write!(f, " by its parent {ppid}")?;
                }
                write!(f, "{subject}")
            }
            Self::NoSuchService { name } => write!(f, "service {name:?} does not exist"),
            Self::AccessDenied { pid: None, name: Some(name), .. } => {
                write!(f, "service {name:?} is not queryable: access denied")
            }
            Self::AccessDenied { .. } => write!(f, "access denied{subject}"),
            Self::Timeout { after, .. } => {
                write!(f, "timeout after {} seconds{subject}", after.as_secs_f64())
            }
            Self::Unsupported(what) => write!(f, "{what} is not supported here"),
            Self::InvalidArgument(what) => f.write_str(what),
            Self::Parse { path, .. } => write!(f, "{} cannot be understood", path.display()),
            Self::Io { at, .. } => write!(f, "{at} failed"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::AccessDenied { source: Some(source), .. } | Self::Io { source, .. } => {
                Some(source)
            }
            Self::Parse { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
