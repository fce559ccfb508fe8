//! What a process has open.

use std::ffi::OsString;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use rustix::fs::{Access, AtFlags, FileType, Stat};
use sysvitals_parse::linux::pid::fdinfo;

use super::listed::Listed;
use super::process::is_missing;
use super::socket_owners::{self, Descriptor};
use super::target::Target;
use super::{Host, asked_sockets, deleted, net_connections};
use crate::sys::ProcessFiles;
use crate::{ConnectionKind, Error, OpenFile, ProcessConnection, Result};

impl ProcessFiles for Host {
    fn open_files(&self, target: &Target) -> Result<Vec<OpenFile>> {
        let (mut files, mut sockets) = (Vec::new(), Vec::new());
        target.before_descriptors();
        let listed = Listed::open(target, "fd")?;
        let fds = listed.numbers()?;
        let mut look = Look { target, fds: &listed, sockets: None };
        for &fd in &fds {
            match look.behind(fd)? {
                Behind::File(file) => files.push(file),
                Behind::Socket(inode) => {
                    sockets.push(Descriptor { inode, pid: target.pid(), fd });
                }
                Behind::Other => {}
            }
        }
        listed.close();
        target.still_there("listing files of")?;
        target.know_descriptors(Descriptors { count: fds.len(), sockets });
        Ok(files)
    }

    /// The size of the directory (Linux 6.2), else its entries.
    fn num_fds(&self, target: &Target) -> Result<u32> {
        if let Some(known) = target.known_descriptors() {
            return Ok(u32::try_from(known.count).unwrap_or(u32::MAX));
        }
        let stat = |dir: BorrowedFd<'_>, path: &[u8]| {
            // Who may not list it may not know its size, either.
            rustix::fs::accessat(dir, path, Access::READ_OK, AtFlags::EACCESS)?;
            rustix::fs::statat(dir, path, AtFlags::empty())
        };
        target.before_descriptors();
        let told = || target.at("fd", stat).ok();
        if let Some(stat) = target.is_live().then(told).flatten() {
            target.was_shown("fd", &stat);
            if let Some(count) = u32::try_from(stat.st_size).ok().filter(|&count| count > 0) {
                return Ok(count);
            }
        }
        let fds = Listed::open(target, "fd")?.numbers()?;
        target.still_there("counting descriptors of")?;
        Ok(u32::try_from(fds.len()).unwrap_or(u32::MAX))
    }

    fn process_net_connections(
        &self,
        target: &Target,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        net_connections::of_process(target, kind)
    }

    fn process_net_connections_by_duplicates(
        &self,
        target: &Target,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        match asked_sockets::by_duplicates(target, kind)? {
            Some(rows) => Ok(rows),
            None => net_connections::of_process(target, kind),
        }
    }
}

/// The descriptors of a process, as one look at all of them has seen them.
pub(super) struct Descriptors {
    pub(super) count: usize,
    /// By number.
    pub(super) sockets: Vec<Descriptor>,
}

/// What a descriptor leads to.
enum Behind {
    /// A regular file that has a path.
    File(OpenFile),
    /// The socket of this inode.
    Socket(u64),
    /// Anything else; it may have been closed meanwhile.
    Other,
}

/// One look at all descriptors of a process.
struct Look<'a> {
    target: &'a Target,
    fds: &'a Listed<'a>,
    /// The device of the file system that sockets are in, once one was seen there.
    sockets: Option<u64>,
}

impl Look<'_> {
    /// What it is comes first: where most lead, to devices, pipes and sockets, that says all.
    fn behind(&mut self, fd: u32) -> Result<Behind> {
        let Self { target, fds, sockets } = self;
        let there = target
            .is_live()
            .then(|| fds.at(fd, |dir, link| rustix::fs::statat(dir, link, AtFlags::empty())));
        let mut device = None;
        if let Some(Ok(stat)) = &there {
            #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
            let (on, inode) = (u64::from(stat.st_dev), u64::from(stat.st_ino));
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Socket if *sockets == Some(on) => return Ok(Behind::Socket(inode)),
                // Or a path that a socket was bound to, opened as that (`O_PATH`): the link tells.
                FileType::Socket => device = Some(on),
                FileType::RegularFile => {}
                _ => return Ok(Behind::Other),
            }
        }
        let path = match fds.link(fd) {
            Ok(path) => path,
            Err(err) if is_passed_over(&err) => return Ok(Behind::Other),
            Err(err) => return Err(err),
        };
        if let Some(inode) = socket_owners::inode(path.as_bytes()) {
            *sockets = device.or(*sockets);
            return Ok(Behind::Socket(inode));
        }
        let Some(path) = file_path(target, fds, fd, path, there)? else { return Ok(Behind::Other) };
        let told = match fds.read_record(("../fdinfo/", fd, ""), fdinfo::parse) {
            Ok(told) => Some(told),
            Err(err) if is_missing(&err) && target.is_live() => return Ok(Behind::Other),
            Err(err) if is_missing(&err) => None,
            Err(err) => return Err(err),
        };
        Ok(Behind::File(OpenFile {
            path: path.into(),
            fd: Some(fd),
            position: told.and_then(|told| u64::try_from(told.pos).ok()),
            mode: told.and_then(|told| mode(told.flags)).map(str::to_owned),
            flags: told.map(|told| told.flags),
        }))
    }
}

/// Closed meanwhile, no link, or with a path longer than the kernel tells.
fn is_passed_over(err: &Error) -> bool {
    let Error::Io { source, .. } = err else { return false };
    matches!(source.raw_os_error(), Some(libc::EINVAL | libc::ENAMETOOLONG)) || is_missing(err)
}

/// The path of what is behind a descriptor, if that is a regular file.
///
/// `there` is what the file itself says, not what is called so by now, or in the caller's mount namespace.
/// A deleted file has no path any more, and psutil leaves it out. A recording cannot tell: there all that
/// have paths outside `/dev` are taken for regular, the deleted by their last path.
fn file_path(
    target: &Target,
    fds: &Listed<'_>,
    fd: u32,
    path: OsString,
    there: Option<rustix::io::Result<Stat>>,
) -> Result<Option<OsString>> {
    let bytes = path.as_bytes();
    if !bytes.starts_with(b"/") {
        return Ok(None);
    }
    let Some(there) = there else {
        let is_device = bytes == b"/dev" || bytes.starts_with(b"/dev/");
        let path = deleted::unmarked(bytes).unwrap_or(bytes).to_vec();
        return Ok((!is_device).then(|| OsString::from_vec(path)));
    };
    if deleted::unmarked(bytes).is_some()
        && !fds.at(fd, |dir, link| deleted::is_name(dir, link, bytes))
    {
        return Ok(None);
    }
    match there {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
            Ok(Some(path))
        }
        Err(err @ (rustix::io::Errno::ACCESS | rustix::io::Errno::PERM)) => {
            Err(target.failed("looking at a file of", err))
        }
        // Closed meanwhile, or on a file system that no longer answers.
        Ok(_) | Err(_) => Ok(None),
    }
}

/// psutil's word for how a file was opened (open(2)); `None` if for ioctl(2) only.
fn mode(flags: u32) -> Option<&'static str> {
    let has = |flag: i32| u32::try_from(flag).is_ok_and(|flag| flags & flag != 0);
    match (has(libc::O_WRONLY), has(libc::O_RDWR), has(libc::O_APPEND)) {
        (false, false, _) => Some("r"),
        (true, false, false) => Some("w"),
        (true, false, true) => Some("a"),
        (false, true, false) => Some("r+"),
        (false, true, true) => Some("a+"),
        (true, true, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;
    use crate::sys::{Machine as _, Processes as _};
    use crate::{Fields, Pid, System};
    use rustix::fs::{Mode, OFlags};
    use std::fs::File;
    use std::os::fd::{AsFd as _, AsRawFd as _};
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;

    #[test]
    fn modes_are_called_as_in_psutil() {
        let check = |flags: i32, want: Option<&str>| {
            assert_eq!(mode(flags.try_into().expect("a flag")), want);
        };
        check(libc::O_RDONLY, Some("r"));
        check(libc::O_RDONLY | libc::O_APPEND, Some("r"));
        check(libc::O_WRONLY | libc::O_CREAT, Some("w"));
        check(libc::O_WRONLY | libc::O_APPEND, Some("a"));
        check(libc::O_RDWR, Some("r+"));
        check(libc::O_RDWR | libc::O_APPEND, Some("a+"));
        check(libc::O_WRONLY | libc::O_RDWR, None);
    }

    #[test]
    fn what_has_a_path_was_a_file_when_it_was_recorded() {
        let recording = Recording::new()
            .link("proc/42/fd/0", "/dev/null")
            .link("proc/42/fd/1", "pipe:[7]")
            .link("proc/42/fd/10", "/srv/gone (deleted)")
            .link("proc/42/fd/9", "/srv/a b")
            .file("proc/42/fdinfo/10", "pos:\t29\nflags:\t0100001\n")
            .file("proc/42/fd/.keep", "")
            .file("proc/42/fd/3", "no link");
        let process = recording.process();
        let files = process.open_files().expect("a list");
        let told: Vec<_> = files
            .iter()
            .map(|file| (&*file.path, file.fd, file.position, file.mode.as_deref(), file.flags))
            .collect();
        assert_eq!(
            told,
            [
                (Path::new("/srv/a b"), Some(9), None, None, None),
                (Path::new("/srv/gone"), Some(10), Some(29), Some("w"), Some(0o100_001)),
            ]
        );
        assert_eq!(process.num_fds().expect("a number"), 5);
    }

    #[test]
    fn sockets_and_the_number_are_those_of_the_files() {
        let recording = Recording::new()
            .link("proc/42/fd/0", "/srv/a")
            .link("proc/42/fd/5", "socket:[77]")
            .link("proc/42/fd/3", "socket:[78]");
        let process = recording.process();
        let host = &process.system().host;
        let mut scratch = host.walk(Fields::OPEN_FILES);
        let opened = host.open_pid(process.pid(), &mut scratch).expect("a recording");
        let (_, target) = opened.expect("a process");
        assert_eq!(host.open_files(&target).expect("a list").len(), 1);
        // Nobody looks again.
        std::fs::remove_dir_all(host.roots().proc.join("42/fd")).expect("a directory");
        let known = target.known_descriptors().expect("they were looked at");
        let sockets: Vec<_> = known.sockets.iter().map(|each| (each.fd, each.inode)).collect();
        assert_eq!(sockets, [(3, 78), (5, 77)]);
        assert_eq!(host.num_fds(&target).expect("a number"), 3);
        let found = net_connections::descriptors(&target).expect("a list");
        assert_eq!(found, known.sockets);
    }

    #[test]
    fn what_is_there_is_what_its_link_tells() {
        let dir = tempfile::tempdir().expect("a directory");
        let bound = UnixDatagram::bind(dir.path().join("socket")).expect("a socket");
        let (one, other) = UnixDatagram::pair().expect("sockets");
        let file = File::create(dir.path().join("file")).expect("a file");
        // A socket by what it is, and none that anybody could find.
        let path = rustix::fs::open(dir.path().join("socket"), OFlags::PATH, Mode::empty());
        let path = path.expect("the path of a socket");
        let deleted = tempfile::tempfile_in(dir.path()).expect("a file");
        let device = File::open("/dev/null").expect("a device");

        let host = System::host().host;
        let look = || {
            let mut scratch = host.walk(Fields::OPEN_FILES);
            host.open_pid(Pid::current(), &mut scratch).expect("procfs").expect("ourselves").1
        };
        let (target, unseen) = (look(), look());
        let files = host.open_files(&target).expect("a list");
        let ours = |fd: u32| {
            let all = [bound.as_fd(), one.as_fd(), other.as_fd(), file.as_fd(), path.as_fd()];
            let all = all.into_iter().chain([deleted.as_fd(), device.as_fd()]);
            all.into_iter().any(|each| u32::try_from(each.as_raw_fd()) == Ok(fd))
        };
        let told: Vec<_> =
            files.iter().filter(|file| file.fd.is_some_and(ours)).map(|file| &*file.path).collect();
        assert_eq!(told, [dir.path().join("file")]);
        // Who only wants sockets goes by the links.
        let by_links = net_connections::descriptors(&unseen).expect("a list");
        let known = target.known_descriptors().expect("they were looked at");
        let [seen, linked] = [&known.sockets, &by_links].map(|sockets| {
            sockets.iter().filter(|each| ours(each.fd)).copied().collect::<Vec<_>>()
        });
        assert_eq!(seen.len(), 3);
        assert_eq!(seen, linked);
    }

    #[test]
    fn what_was_not_recorded_is_not_none() {
        let process = Recording::new();
        let process = process.process();
        assert!(matches!(process.num_fds(), Err(Error::Io { .. })));
        assert!(matches!(process.open_files(), Err(Error::Io { .. })));
    }
}
