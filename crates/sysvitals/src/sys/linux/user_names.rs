//! What users are called.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use sysvitals_parse::linux::passwd;

use super::{Host, ffi, whole};
use crate::sys::Machine as _;
use crate::{Error, Result};

/// Names of users that were looked up and that stand in a file, as long as that is the same.
#[derive(Default)]
pub(super) struct UserNames(Mutex<Option<Seen>>);

struct Seen {
    file: Version,
    names: HashMap<u32, OsString>,
}

/// A state of a file: who writes to it, or puts another in its place, changes one of these.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    file: (u64, u64),
    size: i128,
    /// Seconds and nanoseconds, which have other types on other architectures.
    changed: (i128, i128),
}

impl Version {
    fn of(path: &Path) -> Option<Self> {
        let stat = rustix::fs::stat(path).ok()?;
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Some(Self {
            file: (stat.st_dev.into(), stat.st_ino.into()),
            size: stat.st_size.into(),
            changed: (stat.st_ctime.into(), stat.st_ctime_nsec.into()),
        })
    }

    /// Whether it would show if somebody wrote to it now: not within one tick of the clock that its
    /// file system keeps, which may be of two seconds.
    fn is_final(&self) -> bool {
        const COARSE: Duration = Duration::from_secs(3);
        let Ok(seconds) = u64::try_from(self.changed.0) else { return false };
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
        age.is_some_and(|age| age > COARSE)
    }
}

impl UserNames {
    fn get(&self, uid: u32, file: Version) -> Option<OsString> {
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        let seen = self.0.try_lock().ok()?;
        seen.as_ref().filter(|seen| seen.file == file)?.names.get(&uid).cloned()
    }

    /// Whether names were looked up in this state of the file before: then there will be more.
    fn is_used(&self, file: Version) -> bool {
        let Ok(mut seen) = self.0.try_lock() else { return false };
        if seen.as_ref().is_some_and(|seen| seen.file == file) {
            return true;
        }
        *seen = Some(Seen { file, names: HashMap::new() });
        false
    }

    fn set(&self, uid: u32, name: &OsStr, file: Version) {
        let Ok(mut seen) = self.0.try_lock() else { return };
        if let Some(seen) = seen.as_mut().filter(|seen| seen.file == file) {
            seen.names.insert(uid, name.to_owned());
        }
    }
}

impl Host {
    /// Name of a user; `None` if there is no such one. Before files are opened, `make_room` closes what
    /// need not be open: a database that cannot open its own may say that there is no such user.
    pub(super) fn user(&self, uid: u32, make_room: impl FnOnce()) -> Result<Option<OsString>> {
        /// Where the C library looks, too.
        const OURS: (&str, &str) = ("/etc", "/etc/passwd");
        let etc = &self.roots().etc;
        if self.is_live() && etc.as_os_str() == OURS.0 {
            return self.known_user(uid, Path::new(OURS.1), make_room);
        }
        make_room();
        let path = etc.join("passwd");
        let Some(bytes) = self.read_if_there(&path)? else { return Ok(None) };
        Ok(listed(&bytes, uid))
    }

    /// Name of a user of the running system.
    ///
    /// The C library asks files and networks, which is dear; a name that it takes from `passwd` stays
    /// the same as that file does.
    fn known_user(
        &self,
        uid: u32,
        passwd: &Path,
        make_room: impl FnOnce(),
    ) -> Result<Option<OsString>> {
        let names = &self.shared.user_names;
        let file = Version::of(passwd);
        if let Some(name) = file.and_then(|file| names.get(uid, file)) {
            return Ok(Some(name));
        }
        make_room();
        let user = database_user(uid)?;
        let file = file.filter(|file| names.is_used(*file) && file.is_final());
        if let (Some(name), Some(file)) = (&user, file) {
            let stands_there = || whole(passwd).is_ok_and(|bytes| listed(&bytes, uid) == user);
            if stands_there() && Version::of(passwd) == Some(file) {
                names.set(uid, name, file);
            }
        }
        Ok(user)
    }
}

/// Who has this number in a `passwd` file.
fn listed(bytes: &[u8], uid: u32) -> Option<OsString> {
    // One bad line is none of the others' fault.
    let mut users = passwd::parse(bytes).filter_map(std::result::Result::ok);
    let user = users.find(|user| user.uid == uid)?;
    Some(OsStr::from_bytes(user.name).to_owned())
}

/// Name of a user by the C library, which may know it from a network only.
fn database_user(uid: u32) -> Result<Option<OsString>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Roots;
    use std::cell::Cell;
    use std::fs;

    #[test]
    fn users_of_this_machine_are_asked_of_the_c_library() {
        let host = Host::new(Roots::default());
        let name_of = |uid| {
            let is_looked_up = Cell::new(false);
            let name = host.user(uid, || is_looked_up.set(true)).expect("a database");
            (name, is_looked_up.get())
        };
        for _ in 0..4 {
            assert_eq!(name_of(0).0.as_deref(), Some(OsStr::new("root")));
            assert_eq!(name_of(4_000_000_000), (None, true));
        }
    }

    #[test]
    fn a_name_is_remembered_as_long_as_the_file_is_the_same() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("passwd");
        fs::write(&path, "ann:x:1000:7::/:/bin/sh\n").expect("a file");
        let first = Version::of(&path).expect("it is there");
        assert!(!first.is_final(), "it may be written to within the same tick");
        let old = Version { changed: (first.changed.0 - 10, 0), ..first };
        assert!(old.is_final());
        let names = UserNames::default();
        assert!(!names.is_used(first));
        assert!(names.is_used(first));
        names.set(1000, OsStr::new("ann"), first);
        assert_eq!(names.get(1000, first).as_deref(), Some(OsStr::new("ann")));
        assert_eq!(names.get(1001, first), None);
        fs::write(folder.path().join("other"), "eve:x:1000:7::/:/bin/sh\n").expect("a file");
        fs::rename(folder.path().join("other"), &path).expect("the same folder");
        let second = Version::of(&path).expect("it is there");
        assert_eq!(names.get(1000, second), None);
        assert!(!names.is_used(second));
        names.set(1000, OsStr::new("eve"), second);
        assert_eq!(names.get(1000, second).as_deref(), Some(OsStr::new("eve")));
        assert_eq!(names.get(1000, first), None);
    }
}
