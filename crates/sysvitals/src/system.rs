use std::path::{Path, PathBuf};

use crate::sys::{Host, Machine as _};

/// Where to look: this machine, or one that was recorded.
///
/// A value that holds the roots of the file systems that are read and nothing else: no cache that
/// goes stale, no descriptor, unless it is [held](System::hold). Cheap to clone. The free functions of
/// this crate are one line over [`System::host`].
///
/// # Example
///
/// ```
/// use sysvitals::System;
///
/// let memory = System::host().virtual_memory()?;
/// assert!(memory.available <= memory.total);
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct System {
    pub(crate) host: Host,
    /// Among how many threads a table is divided at most.
    pub(crate) threads: usize,
}

/// The directories that a [`System`] reads from.
///
/// # Example
///
/// A container that has the host's file systems mounted below `/host`:
///
/// ```
/// use sysvitals::{Roots, System};
///
/// let roots = Roots { proc: "/host/proc".into(), sys: "/host/sys".into(), ..Roots::default() };
/// let host = System::with_roots(roots);
/// assert!(!host.is_live(), "its pids are not ours to signal");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// procfs; psutil's `PROCFS_PATH`.
    pub proc: PathBuf,
    /// sysfs.
    pub sys: PathBuf,
    /// Configuration: mounts where `proc` does not tell, user names.
    pub etc: PathBuf,
    /// Run-time state: who is logged in.
    pub run: PathBuf,
    /// Device nodes: names of terminals and disks.
    pub dev: PathBuf,
}

impl Roots {
    /// All roots below one directory.
    #[must_use]
    pub fn below(directory: impl AsRef<Path>) -> Self {
        let below = |name| directory.as_ref().join(name);
        Self {
            proc: below("proc"),
            sys: below("sys"),
            etc: below("etc"),
            run: below("run"),
            dev: below("dev"),
        }
    }
}

/// Those of this machine.
impl Default for Roots {
    fn default() -> Self {
        Self::below("/")
    }
}

impl System {
    /// This machine.
    #[must_use]
    pub fn host() -> Self {
        Self::with_roots(Roots::default())
    }

    /// The machine recorded below `directory`, which holds its `proc`, `sys`, `etc` and `run`.
    ///
    /// Every answer is that machine's: what can only be asked of a running kernel is
    /// [`Unsupported`](crate::Error::Unsupported), and no process can be signalled.
    #[must_use]
    pub fn at(directory: impl AsRef<Path>) -> Self {
        Self::with_roots(Roots::below(directory))
    }

    /// The machine whose files stand at `roots`.
    #[must_use]
    pub fn with_roots(roots: Roots) -> Self {
        Self { host: Host::new(roots), threads: 1 }
    }

    /// The same machine, for who asks it again and again: what its answers are read from is opened
    /// once, and closed with the last clone.
    ///
    /// The CPU times, [`virtual_memory`](Self::virtual_memory) and the counters of disks and network
    /// interfaces then cost a third to two thirds less. Nothing that is answered is older than the
    /// question. Only what was opened stays as it was: a procfs, or a file over one of its own, that is
    /// mounted later is not seen, nor that the process went to another network namespace.
    ///
    /// A child that was forked, and a program that has closed the descriptors, open their own.
    ///
    /// # Platforms
    ///
    /// Linux: up to four descriptors: `stat`, `meminfo` and `diskstats` of a procfs, and a netlink
    /// socket that hears of changes of interfaces, for which the kernel keeps 208 KiB at most. Elsewhere
    /// nothing is kept.
    ///
    /// # Example
    ///
    /// ```
    /// let system = sysvitals::System::host().hold();
    /// for _ in 0..3 {
    ///     println!("{:?} {}", system.cpu_times()?, system.virtual_memory()?.available);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn hold(&self) -> Self {
        Self { host: self.host.held(), ..*self }
    }

    /// The same machine, whose process tables are read by up to so many threads at a time; 0 and 1 are
    /// the calling thread alone, which is the default.
    ///
    /// The threads end with the call. They are worth it for large tables where somebody waits and
    /// processors are idle: on two, [`snapshot`](Self::snapshot) is there in six to eight tenths of the
    /// time (the larger the table the sooner), for up to a tenth more CPU time. Where other work has the
    /// processors, it is there no sooner. A thread has 256 processes at least, so that small tables need
    /// no other.
    /// [`Sampler`](crate::Sampler) stays in the calling thread.
    ///
    /// # Platforms
    ///
    /// Linux. Elsewhere one call tells of all processes, or nothing does, and there is nothing to divide.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, System};
    ///
    /// let table = System::host().with_threads(4).snapshot(Fields::MEMORY)?;
    /// assert!(!table.rows().is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[must_use]
    pub fn with_threads(&self, threads: usize) -> Self {
        Self { host: self.host.clone(), threads }
    }

    /// The roots that are read from.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        self.host.roots()
    }

    /// Whether the pids read here are those of the running kernel, so that processes can be
    /// signalled, waited for and asked by system call.
    ///
    /// # Platforms
    ///
    /// Linux: `proc` is a procfs of the caller's own pid namespace. Windows, of which nothing is read
    /// from files: the roots are those of this machine. Elsewhere always true.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.host.is_live()
    }
}

/// Asks this machine: each function is the method of [`System`](crate::System) of the same name.
macro_rules! free_functions {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        #[doc = concat!(
            "[`System::", stringify!($name), "`](crate::System::", stringify!($name),
            ") of this machine; meaning, errors, platforms and example stand there."
        )]
        pub fn $name($($argument: $type),*) -> $answer {
            $crate::System::host().$name($($argument),*)
        }
    )*};
}
pub(crate) use free_functions;
