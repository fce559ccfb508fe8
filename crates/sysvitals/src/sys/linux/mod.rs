//! Linux: procfs, sysfs and system calls.

mod activity;
mod asked_sockets;
mod battery;
mod boot_time;
#[cfg(feature = "bpf")]
pub(crate) mod bpf;
mod clock;
mod closing;
mod cpu;
mod deleted;
mod description;
mod directory;
mod disk;
mod family;
#[expect(unsafe_code, reason = "system calls that rustix lacks")]
mod ffi;
mod handle;
mod held;
mod interfaces;
mod kept;
mod link_counters;
mod listed;
mod memory;
mod net;
mod net_connections;
mod net_io;
mod pidfd;
mod pids;
mod process;
mod process_files;
mod process_memory;
mod read;
#[cfg(test)]
mod recording;
mod schedule;
mod sensors;
mod sock_diag;
mod socket_names;
mod socket_owners;
#[cfg(test)]
mod socket_ways;
#[cfg(test)]
mod started;
mod target;
mod terminal;
mod user_names;
mod users;
mod wait;
mod walk;
mod witness;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sysvitals_parse::ParseError;
use sysvitals_parse::linux::{attribute, pid::status, uptime};

pub(crate) use super::posix::SIGNALS;

use super::{Machine, Services};
use crate::{Error, Pid, Platform, Result, Roots};

pub(crate) const PLATFORM: Platform = Platform::Linux;

/// A machine whose procfs and sysfs stand at some roots.
#[derive(Clone)]
pub(crate) struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    roots: Roots,
    /// Whether pids in `roots.proc` are those that system calls take.
    live: OnceLock<bool>,
    /// `/proc/sys/kernel/random/boot_id`; none in most recordings.
    boot: OnceLock<Option<u128>>,
    /// Tests switch this off to walk the ways of older kernels.
    pidfds: bool,
    /// Whether each process's pidfd has an inode of its own (Linux 6.9).
    pidfs: OnceLock<bool>,
    /// Whether pidfds tell about their processes (Linux 6.13).
    pidfd_info: OnceLock<bool>,
    boot_time: boot_time::BootTime,
    user_names: user_names::UserNames,
    /// What tells of sockets by netlink, and what does not.
    sock_diag: sock_diag::Refused,
    /// Whether it was asked before if a pid exists.
    asked_for_pids: AtomicBool,
    /// What is kept open between questions.
    held: Option<held::Held>,
}

impl Shared {
    fn new(roots: Roots, pidfds: bool) -> Self {
        Self {
            roots,
            live: OnceLock::new(),
            boot: OnceLock::new(),
            pidfds,
            pidfs: OnceLock::new(),
            pidfd_info: OnceLock::new(),
            boot_time: boot_time::BootTime::default(),
            user_names: user_names::UserNames::default(),
            sock_diag: sock_diag::Refused::default(),
            asked_for_pids: AtomicBool::new(false),
            held: None,
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.roots.fmt(f)
    }
}

/// Linux has no services of that kind.
impl Services for Host {}

impl Machine for Host {
    fn new(roots: Roots) -> Self {
        Self::with_pidfds(roots, true)
    }

    fn held(&self) -> Self {
        let mut shared = Shared::new(self.roots().clone(), self.shared.pidfds);
        shared.held = Some(held::Held::default());
        Self { shared: Arc::new(shared) }
    }

    fn roots(&self) -> &Roots {
        &self.shared.roots
    }

    /// `proc` is a procfs, and names us by the pid that system calls know us by: that of another pid
    /// namespace names us otherwise or, where the numbers happen to agree, by more than one
    /// (`NSpid`, Linux 4.1).
    fn is_live(&self) -> bool {
        let is_live = || {
            let us = read::open(rustix::fs::CWD, self.proc_path("self/status"))?;
            let mut bytes = Vec::new();
            read::record_of(&us, &mut bytes)?;
            let is_procfs = read::is_procfs(&rustix::fs::fstatfs(&us)?);
            Ok::<_, io::Error>(
                is_procfs
                    && status::parse(&bytes).is_ok_and(|status| {
                        let pids =
                            status.nspid.map(|pids| pids.split(u8::is_ascii_whitespace).count());
                        status.tgid == Pid::current().get() && pids.is_none_or(|pids| pids == 1)
                    }),
            )
        };
        *once(&self.shared.live, || is_live().unwrap_or(false))
    }

    fn host_name(&self) -> Result<OsString> {
        self.kernel_setting("hostname")
    }

    fn kernel(&self) -> Result<OsString> {
        let mut kernel = self.kernel_setting("ostype")?;
        kernel.push(" ");
        kernel.push(self.kernel_setting("osrelease")?);
        Ok(kernel)
    }

    fn uptime(&self) -> Result<Duration> {
        self.proc_record("uptime", uptime::parse)
    }
}

impl Host {
    fn with_pidfds(roots: Roots, pidfds: bool) -> Self {
        Self { shared: Arc::new(Shared::new(roots, pidfds)) }
    }

    /// One whose kernel lacks these modules, or a seccomp filter refuses them.
    #[cfg(test)]
    fn without_sock_diag(modules: &[sock_diag::Module]) -> Self {
        let mut host = Self::new(Roots::default());
        let shared = Arc::get_mut(&mut host.shared).expect("nobody else has it");
        shared.sock_diag = sock_diag::Refused::these(modules);
        host
    }

    /// Which boot this is.
    fn boot(&self) -> Option<u128> {
        *once(&self.shared.boot, || {
            let text = self.read(&self.proc_path("sys/kernel/random/boot_id")).ok()?;
            let digits = text.trim_ascii().iter().copied().filter(|&byte| byte != b'-');
            let digits = String::from_utf8(digits.collect()).ok()?;
            u128::from_str_radix(&digits, 16).ok()
        })
    }

    /// A text below `/proc/sys/kernel`.
    fn kernel_setting(&self, name: &str) -> Result<OsString> {
        let bytes = self.read(&self.proc_path(Path::new("sys/kernel").join(name)))?;
        Ok(OsString::from_vec(attribute::text(&bytes).to_vec()))
    }

    /// A file below the procfs root.
    fn proc_path(&self, file: impl AsRef<Path>) -> PathBuf {
        below(&self.roots().proc, file.as_ref())
    }

    /// A file below the sysfs root.
    fn sys_path(&self, file: impl AsRef<Path>) -> PathBuf {
        below(&self.roots().sys, file.as_ref())
    }

    /// Reads a whole file.
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        whole(path).map_err(|err| unreadable(path, err))
    }

    /// Reads a file that the kernel prints at once, such as any of sysfs.
    fn read_record(&self, path: &Path) -> Result<Vec<u8>> {
        record(path).map_err(|err| unreadable(path, err))
    }

    /// Reads a whole file that need not be there.
    fn read_if_there(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        if_there(path, whole(path))
    }

    /// Reads a file that the kernel prints at once and that need not be there, and hands it to `parse`.
    fn record_if_there<T>(
        &self,
        path: &Path,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<Option<T>> {
        let mut room: read::Room = [const { MaybeUninit::uninit() }; read::RECORD];
        let mut rest = Vec::new();
        let file = read::open(rustix::fs::CWD, path);
        let read = file.and_then(|file| read::record_in(file, &mut room, &mut rest));
        let Some(bytes) = if_there(path, read)? else { return Ok(None) };
        parse(bytes).map(Some).map_err(|err| Error::parse(path, err))
    }

    /// Reads a file below the procfs root that the kernel prints at once, and hands it to `parse`.
    fn proc_record<T>(
        &self,
        file: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        self.proc_file(file, Self::read_record, parse)
    }

    /// Reads a file below the procfs root and hands it to `parse`.
    fn proc<T>(&self, file: &str, parse: impl FnOnce(&[u8]) -> Result<T, ParseError>) -> Result<T> {
        self.proc_file(file, Self::read, parse)
    }

    fn proc_file<T>(
        &self,
        file: &str,
        read: fn(&Self, &Path) -> Result<Vec<u8>>,
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let held = self.shared.held.as_ref();
        let held = held.and_then(|held| held.read(&self.roots().proc, file));
        let told = match &held {
            Some(bytes) => parse(bytes),
            None => parse(&read(self, &self.proc_path(file))?),
        };
        told.map_err(|err| Error::parse(self.proc_path(file), err))
    }
}

fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read::file(rustix::fs::CWD, path, &mut bytes).map(|()| bytes)
}

fn record(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read::record(rustix::fs::CWD, path, &mut bytes).map(|()| bytes)
}

fn unreadable(path: &Path, err: io::Error) -> Error {
    Error::io(format!("reading {}", path.display()), err)
}

/// `root.join(file)`, in one piece of memory from the start.
fn below(root: &Path, file: &Path) -> PathBuf {
    let mut path = PathBuf::with_capacity(root.as_os_str().len() + 1 + file.as_os_str().len());
    path.push(root);
    path.push(file);
    path
}

/// `None` for a file that is not there.
fn if_there<T>(path: &Path, bytes: io::Result<T>) -> Result<Option<T>> {
    match bytes {
        Ok(bytes) => Ok(Some(bytes)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(unreadable(path, err)),
    }
}

/// Ticks a second of the times in procfs (sysconf(3), `_SC_CLK_TCK`).
fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

/// Bytes of a page (sysconf(3), `_SC_PAGESIZE`).
fn page_size() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX)
}

/// What is found out once. Nobody waits for who does: a child may have been forked meanwhile.
fn once<T>(known: &OnceLock<T>, find: impl FnOnce() -> T) -> &T {
    known.get().unwrap_or_else(|| {
        let found = find();
        known.get_or_init(|| found)
    })
}

/// A time in ticks.
fn ticks(count: u64) -> Duration {
    let of_a_second = |hz: u64| {
        // Nobody has more ticks than nanoseconds.
        let rest = (count % hz).saturating_mul(1_000_000_000) / hz;
        Duration::new(count / hz, u32::try_from(rest).unwrap_or(0))
    };
    match ticks_per_second() {
        // That of most architectures: divisions by what is known here are multiplications.
        100 => of_a_second(100),
        hz => of_a_second(hz.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;
    use std::time::Duration;
    use std::{fs, io};

    use super::once;
    use crate::{Error, System};

    #[test]
    fn nobody_waits_for_who_finds_out() {
        let known = OnceLock::new();
        let found = once(&known, || {
            // As a child does that was forked by now: it finds out for itself.
            assert_eq!(*once(&known, || 1), 1);
            2
        });
        assert_eq!(*found, 1, "who was first is believed");
        assert_eq!(*once(&known, || panic!("it is known")), 1);
    }

    #[test]
    fn a_recorded_machine_has_its_own_name_and_age() {
        let root = tempfile::tempdir().expect("a directory");
        let kernel = root.path().join("proc/sys/kernel");
        fs::create_dir_all(&kernel).expect("a directory");
        fs::write(kernel.join("hostname"), "db\n").expect("a file");
        fs::write(kernel.join("ostype"), "Linux\n").expect("a file");
        fs::write(root.path().join("proc/uptime"), "12.34 1.00\n").expect("a file");
        let recorded = System::at(root.path());
        assert_eq!(recorded.host_name().expect("a name"), "db");
        assert_eq!(recorded.uptime().expect("an age"), Duration::from_millis(12_340));
        let missing = recorded.kernel().expect_err("no osrelease");
        assert!(
            matches!(missing, Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
        );
        fs::write(kernel.join("osrelease"), "6.1.0\n").expect("a file");
        assert_eq!(recorded.kernel().expect("a kernel"), "Linux 6.1.0");
    }
}
