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
    /// Who is logged in.
    pub fn users(&self) -> Result<Vec<User>> {
        self.host.users().map(|(users, _)| users)
    }

    /// Who is logged in, and what told so.
    pub fn users_and_source(&self) -> Result<(Vec<User>, UsersSource)> {
        self.host.users()
    }

    /// When the system was started, by the system's clock now.
    pub fn boot_time(&self) -> Result<SystemTime> {
        self.host.boot_time()
    }
}
