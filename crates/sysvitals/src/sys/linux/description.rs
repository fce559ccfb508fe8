//! Who a process is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::time::SystemTime;

use rustix::fs::Access;
use sysvitals_parse::linux::passwd;
use sysvitals_parse::linux::pid::{cmdline, environ};

use super::process::Target;
use super::{Host, deleted, ffi, terminal};
use crate::sys::{Description, Machine as _, Users as _};
use crate::{Error, Gids, Pid, ProcessStatus, Result, Roots, Uids};

impl Description for Host {
    fn ppid(&self, target: &Target) -> Result<Pid> {
        Ok(Pid::new(target.stat()?.facts.ppid))
    }

    fn name(&self, target: &Target) -> Result<OsString> {
        Ok(target.stat()?.comm().to_owned())
    }

    /// `TASK_COMM_LEN` without its NUL.
    fn longest_name(&self) -> Result<usize> {
        Ok(15)
    }

    fn exe(&self, target: &Target) -> Result<Option<PathBuf>> {
        link(target, "exe")
    }

    fn exe_from_cmdline(&self, target: &Target) -> Result<Option<PathBuf>> {
        if !self.is_live() {
            return Ok(None);
        }
        let first = |bytes: &[u8]| Ok(cmdline::parse(bytes).next().map(|first| text(first).into()));
        let guess: Option<PathBuf> = target.read("cmdline", first)?;
        Ok(guess.filter(|path| {
            path.is_absolute()
                && path.is_file()
                && rustix::fs::access(path, Access::EXEC_OK).is_ok()
        }))
    }

    fn cmdline(&self, target: &Target) -> Result<Vec<OsString>> {
        let arguments: Vec<_> =
            target.read("cmdline", |bytes| Ok(cmdline::parse(bytes).map(text).collect()))?;
        if arguments.is_empty() {
            target.still_has("cmdline")?;
        }
        Ok(arguments)
    }

    fn environ(&self, target: &Target) -> Result<BTreeMap<OsString, OsString>> {
        let variables = target.read("environ", |bytes| {
            Ok(environ::parse(bytes).map(|(name, value)| (text(name), text(value))).collect())
        });
        let variables: BTreeMap<_, _> = match variables {
            Ok(variables) => variables,
            Err(err) => return has_none(target, err, "environ").map(|()| BTreeMap::new()),
        };
        if variables.is_empty() {
            target.still_has("environ")?;
        }
        Ok(variables)
    }

    fn create_time(&self, target: &Target) -> Result<SystemTime> {
        let boot = target.boot_time(|| self.boot_time())?;
        let after = super::ticks(target.stat()?.facts.starttime);
        boot.checked_add(after).ok_or(Error::Unsupported("create_time"))
    }

    fn status(&self, target: &Target) -> Result<ProcessStatus> {
        Ok(match target.stat()?.facts.state {
            b'R' => ProcessStatus::Running,
            b'S' => ProcessStatus::Sleeping,
            b'D' => ProcessStatus::DiskSleep,
            b'T' => ProcessStatus::Stopped,
            b't' => ProcessStatus::TracingStop,
            b'Z' => ProcessStatus::Zombie,
            b'X' | b'x' => ProcessStatus::Dead,
            b'K' => ProcessStatus::WakeKill,
            b'W' => ProcessStatus::Waking,
            b'I' => ProcessStatus::Idle,
            b'P' => ProcessStatus::Parked,
            _ => ProcessStatus::Unknown,
        })
    }

    fn cwd(&self, target: &Target) -> Result<Option<PathBuf>> {
        link(target, "cwd")
    }

    fn username(&self, target: &Target) -> Result<OsString> {
        target.user_name(target.status()?.uid.real, |uid| {
            Ok(self.user(uid)?.unwrap_or_else(|| uid.to_string().into()))
        })
    }

    fn uids(&self, target: &Target) -> Result<Uids> {
        let uid = target.status()?.uid;
        Ok(Uids { real: uid.real, effective: uid.effective, saved: Some(uid.saved) })
    }

    fn gids(&self, target: &Target) -> Result<Gids> {
        let gid = target.status()?.gid;
        Ok(Gids { real: gid.real, effective: gid.effective, saved: Some(gid.saved) })
    }

    fn terminal(&self, target: &Target) -> Result<Option<PathBuf>> {
        match target.stat()?.facts.tty_nr {
            0 => Ok(None),
            number => target.terminal_path(number, |number| terminal::path(self, number)),
        }
    }
}

fn text(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

/// Where a link of the process leads; `None` if it has none.
fn link(target: &Target, name: &'static str) -> Result<Option<PathBuf>> {
    let mut path = match target.link(name) {
        Ok(path) => path.into_vec(),
        Err(err) => return has_none(target, err, name).map(|()| None),
    };
    // Kernels have left what stood there before (psutil #717).
    path.truncate(path.iter().position(|&byte| byte == 0).unwrap_or(path.len()));
    if let Some(unmarked) = deleted::unmarked(&path) {
        let length = unmarked.len();
        if !target.is_live() || !deleted::is_name(target.dir(), name, &path) {
            path.truncate(length);
        }
    }
    Ok(Some(OsString::from_vec(path).into()))
}

/// Whether a process that is there has none of what could not be read.
///
/// # Errors
///
/// `err`, why it could not, if that is not what it means; `Unsupported` if it may be that a recording
/// just lacks it.
fn has_none(target: &Target, err: Error, question: &'static str) -> Result<()> {
    if !target.lacks(&err) {
        Err(err)
    } else if target.is_live() || target.is_kernel_thread()? {
        Ok(())
    } else {
        Err(Error::Unsupported(question))
    }
}

impl Host {
    /// Name of a user; `None` if there is no such one.
    fn user(&self, uid: u32) -> Result<Option<OsString>> {
        let etc = &self.roots().etc;
        if self.is_live() && *etc == Roots::default().etc {
            return known_user(uid);
        }
        let path = etc.join("passwd");
        let Some(bytes) = self.read_if_there(&path)? else { return Ok(None) };
        // One bad line is none of the others' fault.
        let mut users = passwd::parse(&bytes).filter_map(Result::ok);
        Ok(users.find(|user| user.uid == uid).map(|user| text(user.name)))
    }
}

/// Name of a user of the running system, which may be known to a network only.
fn known_user(uid: u32) -> Result<Option<OsString>> {
    /// No user database has entries this long.
    const BOUND: usize = 1 << 20;
    let mut buffer = vec![0; 1024];
    loop {
        let err = match ffi::users::getpwuid_r(uid, &mut buffer) {
            Ok(name) => return Ok(name),
            Err(err) => err,
        };
        match err.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::ERANGE) if buffer.len() < BOUND => buffer.resize(buffer.len() * 2, 0),
            // How some databases say that there is no such user (getpwuid_r(3)).
            Some(libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM) => return Ok(None),
            // That would be said of the process.
            _ => return Err(Error::io(format!("looking up user {uid}"), io::Error::other(err))),
        }
    }
}
