use std::ffi::OsString;
use std::time::SystemTime;

use crate::record::record;
use crate::sys::Users as _;
use crate::{Pid, Result, System};

/// Someone who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Name of the user.
    pub name: OsString,
    /// The terminal; absent for sessions without one.
    pub terminal: Option<OsString>,
    /// Where from: a host name, an address, or `localhost`; absent where the system does not tell.
    pub host: Option<OsString>,
    /// Since when.
    pub started: SystemTime,
    /// The process that logged them in; absent where the system does not tell.
    pub pid: Option<Pid>,
}

record! { suser: User { name: _, terminal: _, host: _, started: _, pid: _ } }

/// What told who is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UsersSource {
    /// The utmp file (utmp(5)).
    Utmp,
    /// The session files of systemd-logind, where utmp is gone.
    Logind,
    /// The system's session service. Windows.
    Sessions,
    /// There is none on this machine: nobody can be known to be logged in.
    Nothing,
}

impl System {
    /// Who is logged in, once a session; empty where nobody is, or nothing keeps count.
    ///
    /// [`users_and_source`](System::users_and_source) tells these two apart. A login at the machine
    /// itself has the host `localhost` on Linux, and none on Windows.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) and [`Parse`](crate::Error::Parse) when what keeps count is there and
    /// cannot be read. [`Unsupported`](crate::Error::Unsupported) on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: the records `USER_PROCESS` of `/run/utmp` (which `/var/run/utmp` is as well), in the
    /// layout of glibc, with `started` in whole seconds as in psutil. Where that file is missing or
    /// empty, as on systems that have given it up, the sessions of systemd-logind below
    /// `/run/systemd/sessions` whose class is that of a user and which are not closing, oldest first.
    /// Windows: the sessions of WTSEnumerateSessionsW that have a user, disconnected ones too; `host`
    /// is the IPv4 address of a remote client, and there is no `terminal` and no `pid`. Elsewhere not
    /// yet.
    ///
    /// # Example
    ///
    /// ```
    /// for user in sysvitals::users()? {
    ///     println!("{:?} at {:?} from {:?}", user.name, user.terminal, user.host);
    ///     assert!(user.terminal.is_none_or(|terminal| !terminal.is_empty()));
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn users(&self) -> Result<Vec<User>> {
        self.host.users().map(|(users, _)| users)
    }

    /// Who is logged in, and what told so.
    ///
    /// With [`Nothing`](UsersSource::Nothing) the list is empty, which does not mean that nobody is.
    ///
    /// # Errors
    ///
    /// As [`users`](System::users).
    ///
    /// # Platforms
    ///
    /// As [`users`](System::users). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{System, UsersSource};
    ///
    /// let (users, source) = System::at("/nonexistent").users_and_source()?;
    /// assert!(users.is_empty());
    /// assert_eq!(source, UsersSource::Nothing);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn users_and_source(&self) -> Result<(Vec<User>, UsersSource)> {
        self.host.users()
    }

    /// When the system was started.
    ///
    /// By the clock of now: if that is set, so is this moment, and it must not serve to tell one
    /// boot from another. On Windows it is by the clock of then, and stays.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) and [`Parse`](crate::Error::Parse) when its source cannot be read.
    /// [`Unsupported`](crate::Error::Unsupported) where that does not tell it, and on other platforms.
    ///
    /// # Platforms
    ///
    /// Linux: `btime` of `/proc/stat`, in whole seconds. Windows: `BootTime` less `BootTimeBias` of
    /// `NtQuerySystemInformation(SystemTimeOfDayInformation)`, to 100 nanoseconds; the bias is what
    /// sleep and setting the clock have added. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// assert!(sysvitals::boot_time()? < SystemTime::now());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn boot_time(&self) -> Result<SystemTime> {
        self.host.boot_time()
    }
}
