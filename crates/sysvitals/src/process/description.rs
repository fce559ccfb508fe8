use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use super::{Environment, Process};
use crate::record::{names, record};
use crate::sys::{Description as _, Host, Processes};
use crate::{Fields, Pid, Result};

/// What a process is doing; psutil's `STATUS_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProcessStatus {
    /// Runs, or is ready to.
    Running,
    /// Waits for something.
    Sleeping,
    /// Waits for a disk, and cannot be interrupted.
    DiskSleep,
    /// Was stopped by a signal.
    Stopped,
    /// Was stopped by a debugger.
    TracingStop,
    /// Has ended and was not reaped.
    Zombie,
    /// Is ending.
    Dead,
    /// Waits, but for a deadly signal. Linux 2.6.33 to 3.13.
    WakeKill,
    /// Is being woken.
    Waking,
    /// A kernel thread without work.
    Idle,
    /// Waits for a lock. FreeBSD.
    Locked,
    /// Waits to run. FreeBSD, SunOS.
    Waiting,
    /// Was suspended. NetBSD.
    Suspended,
    /// A kernel thread that was parked.
    Parked,
    /// A state that this library does not know; psutil says `?`.
    Unknown,
}

names! { ProcessStatus {
    Running => "running",
    Sleeping => "sleeping",
    DiskSleep => "disk-sleep",
    Stopped => "stopped",
    TracingStop => "tracing-stop",
    Zombie => "zombie",
    Dead => "dead",
    WakeKill => "wake-kill",
    Waking => "waking",
    Idle => "idle",
    Locked => "locked",
    Waiting => "waiting",
    Suspended => "suspended",
    Parked => "parked",
    Unknown => "?",
} }

/// User ids of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Uids {
    /// Who started it.
    pub real: u32,
    /// On whose behalf it acts.
    pub effective: u32,
    /// What it may return to; absent on SunOS without the right to see it.
    pub saved: Option<u32>,
}

record! { puids: Uids {
    real: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    effective: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    saved: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
} }

/// Group ids of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Gids {
    /// The group of who started it.
    pub real: u32,
    /// The group for which it acts.
    pub effective: u32,
    /// What it may return to; absent on SunOS without the right to see it.
    pub saved: Option<u32>,
}

record! { pgids: Gids {
    real: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    effective: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
    saved: Linux | MacOs | FreeBsd | OpenBsd | NetBsd | SunOs | Aix,
} }

impl Process {
    /// The pid of its parent; 0 for none.
    ///
    /// A parent that ends hands its children on, so it may change. [`parent`](Self::parent) is the
    /// process itself, proven not to be younger.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: a pidfd (6.13), or `/proc/PID/stat`; 0 also for a parent outside the pid namespace. Windows:
    /// NtQueryInformationProcess(ProcessBasicInformation); it may have ended long ago, since nobody
    /// takes its children over. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, Pid};
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// assert_eq!(child.process()?.ppid()?, Pid::current());
    /// child.process()?.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn ppid(&self) -> Result<Pid> {
        // What tells the ids tells this, too.
        self.ask_for(Fields::UIDS, |host, target| host.ppid(target))
    }

    /// Its name: that of its program, or what it calls itself.
    ///
    /// A name that the kernel may have cut short is completed from the command line, where that
    /// begins with it. Any bytes may stand in it.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, field 2 (15 bytes, more for kernel threads), and `cmdline`.
    /// Windows: the file name of the program (QueryFullProcessImageNameW), or `ImageName` of
    /// NtQuerySystemInformation(SystemProcessInformation); pid 0 is `System Idle Process`.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert!(!me.name()?.is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn name(&self) -> Result<OsString> {
        let name = self.ask(super::full_name)?;
        self.remember(&name);
        Ok(name)
    }

    /// The path of its program; `None` where there is none, as for kernel threads.
    ///
    /// A program that was deleted or replaced since keeps the path that it had. Where the system
    /// refuses to tell, the first argument is taken, if it is the absolute path of a program.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`ZombieProcess`](crate::Error::ZombieProcess) if it has and was not reaped,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else and nothing can be
    /// guessed; [`Unsupported`](crate::Error::Unsupported) where a recording lacks it.
    ///
    /// # Platforms
    ///
    /// Linux: the link `/proc/PID/exe`, without ` (deleted)`. Windows: QueryFullProcessImageNameW;
    /// `None` for pids 0 and 4 and processes of the kernel such as `Registry`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert!(me.exe()?.is_some_and(|path| path.is_absolute()));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn exe(&self) -> Result<Option<PathBuf>> {
        self.ask(exe)
    }

    /// Its command line, as the program may have changed it; empty for kernel threads.
    ///
    /// Programs write titles over their arguments: text that no NUL ends, and a single argument
    /// with blanks, is split at the blanks, as in psutil.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`ZombieProcess`](crate::Error::ZombieProcess) if it has and was not reaped.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/cmdline`. Windows:
    /// NtQueryInformationProcess(ProcessCommandLineInformation), taken apart as CommandLineToArgvW
    /// does; before 8.1 the process environment block. Empty for pids 0 and 4. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// # while child.process()?.name()? != "sleep" {}
    /// assert_eq!(child.process()?.cmdline()?, ["sleep", "60"]);
    /// child.process()?.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cmdline(&self) -> Result<Vec<OsString>> {
        self.ask(|host, target| host.cmdline(target))
    }

    /// Its environment, as it was when it started or as the program changed it in place.
    ///
    /// What a program changes later, it keeps elsewhere. Of two variables of one name the later
    /// counts; an entry without a name or without `=` is none. Empty for kernel threads.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`ZombieProcess`](crate::Error::ZombieProcess) if it has and was not reaped,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else;
    /// [`Unsupported`](crate::Error::Unsupported) where a recording lacks it.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/environ`. Windows: the process environment block, with names in upper
    /// case, since Windows does not tell cases apart; empty for pids 0 and 4. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::Child;
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60").env("COLOUR", "blue"))?;
    /// # while child.process()?.name()? != "sleep" {}
    /// assert_eq!(child.process()?.environ()?.get("COLOUR"), Some("blue".as_ref()));
    /// child.process()?.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn environ(&self) -> Result<Environment> {
        self.ask(|host, target| host.environ(target).map(Environment::new))
    }

    /// When it was started, by the system's clock now.
    ///
    /// If that clock is set, the answer moves with it; what tells processes apart is
    /// [`identity`](Self::identity). As exact as the kernel's ticks, of which a second has 100.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended; [`Unsupported`](crate::Error::Unsupported)
    /// where the system does not tell when it booted.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, field 22, after `btime` of `/proc/stat`. Windows: GetProcessTimes,
    /// in steps of 100 ns and by the clock as it was then; pid 0 is as old as the system. Elsewhere
    /// not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let started = sysvitals::Process::current()?.create_time()?;
    /// assert!(started < SystemTime::now() + Duration::from_secs(1));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn create_time(&self) -> Result<SystemTime> {
        self.ask(|host, target| host.create_time(target))
    }

    /// What it is doing.
    ///
    /// That of its first thread; the others may be doing something else.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, field 3. Windows: [`Stopped`](ProcessStatus::Stopped) if every
    /// thread was suspended, else [`Running`](ProcessStatus::Running);
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Process, ProcessStatus};
    ///
    /// // A test runs in a thread of its own, and the first may wait for it.
    /// let status = Process::current()?.status()?;
    /// assert!(matches!(status, ProcessStatus::Running | ProcessStatus::Sleeping));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn status(&self) -> Result<ProcessStatus> {
        self.ask(|host, target| host.status(target))
    }

    /// Its working directory; `None` where there is none.
    ///
    /// A directory that was deleted since keeps the path that it had.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`ZombieProcess`](crate::Error::ZombieProcess) if it has and was not reaped,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else;
    /// [`Unsupported`](crate::Error::Unsupported) where a recording lacks it.
    ///
    /// # Platforms
    ///
    /// Linux: the link `/proc/PID/cwd`, without ` (deleted)`; `/` for kernel threads. Windows: the
    /// process environment block, which is refused for pids 0 and 4. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert_eq!(me.cwd()?, std::env::current_dir().ok());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn cwd(&self) -> Result<Option<PathBuf>> {
        self.ask(|host, target| host.cwd(target))
    }

    /// The name of its real user; the number where no user has it.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended; [`Io`](crate::Error::Io) if the users
    /// cannot be read.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/status` and getpwuid_r(3), or `etc/passwd` of another machine. Windows:
    /// `DOMAIN\name` by OpenProcessToken and LookupAccountSidW, or the security identifier where
    /// nobody has it; pids 0 and 4 are `NT AUTHORITY\SYSTEM`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// println!("run by {:?}", me.username()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn username(&self) -> Result<OsString> {
        self.ask_for(Fields::USERNAME, |host, target| host.username(target))
    }

    /// Its user ids.
    ///
    /// In the caller's user namespace; 65534 stands for one that has none there.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `Uid` of `/proc/PID/status`. Not on Windows. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let uids = sysvitals::Process::current()?.uids()?;
    /// println!("started by {}, acts for {}", uids.real, uids.effective);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn uids(&self) -> Result<Uids> {
        self.ask_for(Fields::UIDS, |host, target| host.uids(target))
    }

    /// Its group ids.
    ///
    /// In the caller's user namespace; 65534 stands for one that has none there.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `Gid` of `/proc/PID/status`. Not on Windows. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let gids = sysvitals::Process::current()?.gids()?;
    /// println!("started by {}, acts for {}", gids.real, gids.effective);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn gids(&self) -> Result<Gids> {
        self.ask_for(Fields::GIDS, |host, target| host.gids(target))
    }

    /// The path of the terminal that controls it; `None` for none.
    ///
    /// `None` also where the terminal is none of this machine's `/dev`, as in containers.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended; [`Io`](crate::Error::Io) if `/dev` cannot
    /// be searched.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, field 7, looked up in `/dev`; of a recording, by its number and
    /// `/proc/tty/drivers`. Not on Windows. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// match sysvitals::Process::current()?.terminal()? {
    ///     Some(path) => assert!(path.starts_with("/dev")),
    ///     None => println!("no terminal"),
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn terminal(&self) -> Result<Option<PathBuf>> {
        self.ask(|host, target| host.terminal(target))
    }
}

/// The program; where the link to it may not be read, a guess from the command line, which may.
pub(super) fn exe(host: &Host, target: &<Host as Processes>::Target) -> Result<Option<PathBuf>> {
    match host.exe(target) {
        Err(denied) if denied.is_denied() => match host.exe_from_cmdline(target) {
            Ok(Some(guess)) => Ok(Some(guess)),
            _ => Err(denied),
        },
        answer => answer,
    }
}
