//! Who a process is.

use std::ffi::{CStr, OsStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::time::SystemTime;

use rustix::fs::Access;
use sysvitals_parse::linux::pid::{cmdline, environ};

use super::target::Target;
use super::{Host, deleted, terminal};
use crate::sys::{Description, Machine as _, Users as _, Variables};
use crate::{Error, Gids, Pid, ProcessStatus, Result, Uids};

/// What counts of an `environ` file, as it is: a table of thousands has no use for a map of each.
#[derive(Clone, Default)]
pub(crate) struct Environ(Box<[u8]>);

impl Variables for Environ {
    fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let each = environ::parse(&self.0);
        each.map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value)))
    }
}

impl Description for Host {
    type Environ = Environ;

    fn ppid(&self, target: &Target) -> Result<Pid> {
        target.ppid()
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
        let guess: Option<PathBuf> = target.read_record("cmdline", first)?;
        Ok(guess.filter(|path| {
            path.is_absolute()
                && path.is_file()
                && rustix::fs::access(path, Access::EXEC_OK).is_ok()
        }))
    }

    fn cmdline(&self, target: &Target) -> Result<Vec<OsString>> {
        // Threads of the kernel have none, nor will they.
        if target.is_live() && target.has_stat() && target.is_kernel_thread()? {
            return Ok(Vec::new());
        }
        let arguments = arguments(target)?;
        if arguments.is_empty() && target.may_fill("cmdline")? {
            return self::arguments(target);
        }
        Ok(arguments)
    }

    fn environ(&self, target: &Target) -> Result<Environ> {
        let environ = match environ(target) {
            Ok(environ) => environ,
            Err(err) => return has_none(target, err, "environ").map(|()| Environ::default()),
        };
        if environ.variables().next().is_none() && target.may_fill("environ")? {
            return self::environ(target);
        }
        Ok(environ)
    }

    fn create_time(&self, target: &Target) -> Result<SystemTime> {
        let boot = target.boot_time(|| self.boot_time())?;
        let after = super::ticks(target.stat()?.facts.starttime);
        boot.checked_add(after).ok_or(Error::Unsupported("create_time"))
    }

    fn status(&self, target: &Target) -> Result<ProcessStatus> {
        Ok(status(target.stat()?.facts.state))
    }

    fn cwd(&self, target: &Target) -> Result<Option<PathBuf>> {
        link(target, "cwd")
    }

    fn username(&self, target: &Target) -> Result<OsString> {
        let make_room = || _ = target.closing().now();
        target.user_name(target.ids()?.uids.real, |uid| user_name(self, uid, make_room))
    }

    fn uids(&self, target: &Target) -> Result<Uids> {
        Ok(target.ids()?.uids)
    }

    fn gids(&self, target: &Target) -> Result<Gids> {
        Ok(target.ids()?.gids)
    }

    fn terminal(&self, target: &Target) -> Result<Option<PathBuf>> {
        match target.stat()?.facts.tty_nr {
            0 => Ok(None),
            number => target.terminal_path(number, |number| terminal::path(self, number)),
        }
    }
}

/// What the letter of a state stands for.
pub(super) fn status(letter: u8) -> ProcessStatus {
    match letter {
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
    }
}

/// The name of a user, or the number of one who has none; see [`Host::user`].
pub(super) fn user_name(host: &Host, uid: u32, make_room: impl FnOnce()) -> Result<OsString> {
    Ok(host.user(uid, make_room)?.unwrap_or_else(|| uid.to_string().into()))
}

fn text(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

fn arguments(target: &Target) -> Result<Vec<OsString>> {
    target.read_record("cmdline", |bytes| Ok(cmdline::parse(bytes).map(text).collect()))
}

fn environ(target: &Target) -> Result<Environ> {
    target.read_record("environ", |bytes| Ok(Environ(environ::whole(bytes).into())))
}

/// Where a link of the process leads; `None` if it has none.
fn link(target: &Target, name: &'static str) -> Result<Option<PathBuf>> {
    let mut path = match target.link(name) {
        Ok(path) => path.into_vec(),
        Err(err) => return has_none(target, err, name).map(|()| None),
    };
    // Kernels have left what stood there before (psutil #717).
    if let Ok(before) = CStr::from_bytes_until_nul(&path) {
        path.truncate(before.count_bytes());
    }
    if let Some(unmarked) = deleted::unmarked(&path) {
        let length = unmarked.len();
        let is_name = |dir: BorrowedFd<'_>, link: &[u8]| deleted::is_name(dir, link, &path);
        if !target.is_live() || !target.at(name, is_name) {
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

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;
    use crate::{Process, System, ToValue as _};
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn a_process_of_the_kernel_has_no_program_arguments_or_environment() {
        let process =
            Recording::of_kernel_thread().file("proc/42/cmdline", "").link("proc/42/cwd", "/");
        let process = process.process();
        assert_eq!(process.exe().expect("an answer"), None);
        assert_eq!(process.cmdline().expect("an answer"), Vec::<OsString>::new());
        assert!(process.environ().expect("an answer").is_empty());
        assert_eq!(process.cwd().expect("an answer").as_deref(), Some(Path::new("/")));
    }

    #[test]
    fn a_zombie_has_lost_them() {
        let recording = Recording::of_zombie().file("proc/42/cmdline", "");
        let process = recording.process();
        let is_lost = |err: Error| matches!(err, Error::ZombieProcess { ppid: Some(_), .. });
        assert!(is_lost(process.exe().expect_err("it is lost")));
        assert!(is_lost(process.cmdline().expect_err("it is lost")));
        assert!(is_lost(process.environ().expect_err("it is lost")));
        assert!(is_lost(process.cwd().expect_err("it is lost")));
        let recording = recording.file("proc/42/environ", "");
        assert!(is_lost(process.environ().expect_err("it is lost")));
        assert_eq!(process.name().expect("it has kept that"), "gone");
        assert_eq!(process.status().expect("it has kept that"), ProcessStatus::Zombie);
        // Its parent has waited for it and takes it away.
        let _recording = recording.stat("gone", 'X', 0, 0x0040_000c);
        assert!(is_lost(process.cmdline().expect_err("it is lost")));
        assert!(is_lost(process.cwd().expect_err("it is lost")));
    }

    #[test]
    fn what_was_not_recorded_is_not_known() {
        let process = Recording::new();
        let process = process.process();
        assert!(matches!(process.exe(), Err(Error::Unsupported("exe"))));
        assert!(matches!(process.cwd(), Err(Error::Unsupported("cwd"))));
        assert!(matches!(process.environ(), Err(Error::Unsupported("environ"))));
        assert!(matches!(process.cmdline(), Err(Error::Io { .. })));
        assert!(matches!(process.username(), Err(Error::Io { .. })));
    }

    #[test]
    fn deleted_programs_keep_their_path() {
        let recording =
            Recording::new().link("proc/42/exe", "/bin/a b (deleted)").link("proc/42/cwd", "/x");
        let process = recording.process();
        assert_eq!(process.exe().expect("a link").as_deref(), Some(Path::new("/bin/a b")));
        assert_eq!(process.cwd().expect("a link").as_deref(), Some(Path::new("/x")));
    }

    #[test]
    fn texts_are_bytes() {
        let recording = Recording::new()
            .stat(") a (b", 'S', 0, 0)
            .file("proc/42/cmdline", b"x\xff\0a b\0\0")
            .file("proc/42/environ", b"A=1\0B=x\xff\0A=2\0C=3");
        let process = recording.process();
        assert_eq!(process.name().expect("a name"), ") a (b");
        let text = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
        assert_eq!(
            process.cmdline().expect("arguments"),
            [text(b"x\xff"), text(b"a b"), text(b"")]
        );
        let environ = process.environ().expect("variables");
        let want = [("A", &b"1"[..]), ("B", b"x\xff"), ("A", b"2"), ("C", b"3")]
            .map(|(name, value)| (OsStr::new(name), OsStr::from_bytes(value)));
        assert_eq!(environ.iter().collect::<Vec<_>>(), want);
        assert_eq!((environ.get("A"), environ.get("D")), (Some("2".as_ref()), None));
        let by_name = [want[2], want[1], want[3]].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(environ.to_value(), BTreeMap::from(by_name.clone()).to_value());
        assert_eq!(BTreeMap::from(environ), BTreeMap::<OsString, OsString>::from(by_name));
    }

    #[test]
    fn start_is_counted_from_boot() {
        let recording = Recording::new();
        let process = recording.process();
        assert!(matches!(process.create_time(), Err(Error::Io { .. })));
        let recording = recording.file("proc/stat", "ctxt 1\n");
        assert!(matches!(process.create_time(), Err(Error::Unsupported("boot_time"))));
        let _recording = recording.file("proc/stat", "btime 1000\n");
        let want = SystemTime::UNIX_EPOCH + Duration::from_millis(1_051_500);
        assert_eq!(process.create_time().expect("a time"), want);
    }

    #[test]
    fn users_are_those_of_the_recording() {
        let recording = Recording::new().file("proc/42/status", Recording::STATUS);
        let process = recording.process();
        assert_eq!(process.username().expect("a number"), "1000");
        let _recording = recording.file("etc/passwd", "odd\nann:x:1000:7::/:/bin/sh\n");
        assert_eq!(process.username().expect("a name"), "ann");
        let uids = process.uids().expect("they stand in status");
        assert_eq!((uids.real, uids.effective, uids.saved), (1000, 1, Some(2)));
        let gids = process.gids().expect("they stand in status");
        assert_eq!((gids.real, gids.effective, gids.saved), (4, 5, Some(6)));
    }

    #[test]
    fn terminals_of_a_recording_are_called_by_number() {
        let terminal = |tty| {
            let recording = Recording::new()
                .stat("sh", 'S', tty, 0)
                .file("proc/tty/drivers", "usbserial            /dev/ttyUSB   188 0-511 serial\n");
            recording.process().terminal().expect("an answer")
        };
        assert_eq!(terminal(0), None);
        assert_eq!(terminal(34_818).as_deref(), Some(Path::new("/dev/pts/2")));
        assert_eq!(terminal(188 << 8 | 3).as_deref(), Some(Path::new("/dev/ttyUSB3")));
        assert_eq!(terminal(99 << 8), None);
    }

    #[test]
    fn a_recording_is_never_checked_against_this_machine() {
        let recording = Recording::new().file("proc/42/cmdline", "/bin/sh\0");
        let process: Process = recording.process();
        let guess = process.ask(|host, target| host.exe_from_cmdline(target));
        assert_eq!(guess.expect("no guess"), None);
        let us = System::host().process(Pid::current()).expect("ourselves");
        let guess = us.ask(|host, target| host.exe_from_cmdline(target)).expect("a guess or none");
        assert!(guess.is_none_or(|guess| guess.is_absolute()));
    }
}
