//! Tables that the kernel writes itself, by BPF iterators: a way to ask that is chosen, never taken
//! silently.
//!
//! A small program of ours is handed to the kernel, which checks it and then runs it over all
//! processes, or over all their descriptors. It writes records; no file is opened. A row costs less than
//! a tenth of what `/proc` costs, which pays off for who takes many tables: loading costs some tens of
//! milliseconds, and some MiB for that time. What it tells is what [`System::snapshot`](crate::System::snapshot) and
//! [`System::net_connections`](crate::System::net_connections) tell, with these differences:
//!
//! - It sees every process of the caller's pid namespace, whatever `hidepid` hides, and every
//!   process's sockets, whoever may look into it.
//! - It tells only [`Backend::FIELDS`]. Names are the kernel's, 15 bytes at most, and not completed from
//!   command lines as [`Process::name`](crate::Process::name) is; nor does it have what some threads of
//!   the kernel add to theirs.
//! - Resident memory is the sum of what all CPUs have counted, which `statm` is as well since Linux 6.16;
//!   before, that may be behind by some pages a CPU.
//! - CPU times are divided between user and kernel mode as `stat` divides them. `stat` remembers what it
//!   told and never tells less, which a table that nobody remembers cannot promise: one of the two may
//!   go back by a little from table to table. On CPUs that run without ticks (`nohz_full`) the division
//!   lags behind; what both are together does not.
//! - Where threads could not be counted at one moment, because one ended just then, or before Linux 6.9
//!   are more than 1,024, CPU times and page faults are [`Missing::Failed`](crate::Missing::Failed). So is
//!   memory of who executes another program just then, or before Linux 6.9 on more than 512 CPUs.
//!
//! # Platforms
//!
//! Linux 5.10, x86-64, 64-bit ARM and RISC-V, with `CONFIG_DEBUG_INFO_BTF`, as most distributions have it.
//! The caller needs `CAP_BPF` and `CAP_PERFMON` (or `CAP_SYS_ADMIN`), in the first user namespace.

use std::path::PathBuf;
use std::{error, fmt, io};

use crate::sys::Programs;
use crate::{Connection, ConnectionKind, Error, Fields, Result, Snapshot, System};

/// Our programs, loaded into the kernel; they are gone from it when this is dropped.
///
/// Keeps two descriptors.
///
/// # Example
///
/// ```
/// use sysvitals::{Fields, os::linux::bpf::Backend};
///
/// match Backend::load() {
///     Ok(backend) => {
///         for row in &backend.snapshot(Fields::NAME | Fields::MEMORY)? {
///             println!("{:>7} {}", row.pid(), row.name()?.display());
///         }
///     }
///     Err(why) => println!("{why}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Backend {
    programs: Programs,
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend").finish_non_exhaustive()
    }
}

impl Backend {
    /// The questions that a table by BPF answers, besides parent and status.
    pub const FIELDS: Fields = Programs::FIELDS;

    /// Has the kernel check the programs, and keeps them ready.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] says why it cannot be had here.
    ///
    /// # Platforms
    ///
    /// Linux 5.10: bpf(2), `/sys/kernel/btf/vmlinux`.
    ///
    /// # Example
    ///
    /// See [`Backend`].
    pub fn load() -> Result<Self, Unavailable> {
        Programs::load(&System::host().host).map(|programs| Self { programs })
    }

    /// The process table, now.
    ///
    /// Rows are those of [`System::snapshot`], identities too, with the differences that
    /// [the module](self) tells; [`retake`](Snapshot::retake) of the table asks `/proc`, and
    /// [`Backend::retake`] the kernel.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](Error::InvalidArgument) for questions that are not among
    /// [`FIELDS`](Self::FIELDS); [`Io`](Error::Io) where the kernel fails.
    ///
    /// # Platforms
    ///
    /// Linux 5.10: the BPF iterator `task`.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Pid, os::linux::bpf::Backend};
    ///
    /// if let Ok(backend) = Backend::load() {
    ///     let table = backend.snapshot(Fields::UIDS)?;
    ///     assert!(table.get(Pid::current()).is_some());
    ///     assert!(backend.snapshot(Fields::EXE).is_err());
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn snapshot(&self, fields: Fields) -> Result<Snapshot> {
        let others = fields.difference(Self::FIELDS);
        if !others.is_empty() {
            return Err(Error::InvalidArgument(format!("BPF tables do not tell {others}")));
        }
        let mut table = Snapshot::empty(System::host(), fields);
        table.refill(|rows| self.programs.rows(fields, rows))?;
        Ok(table)
    }

    /// The same table once more, now, in the same memory.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); the table is empty then.
    ///
    /// # Platforms
    ///
    /// As [`snapshot`](Self::snapshot).
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, os::linux::bpf::Backend};
    ///
    /// if let Ok(backend) = Backend::load() {
    ///     let mut table = backend.snapshot(Fields::CPU_TIMES)?;
    ///     backend.retake(&mut table)?;
    ///     assert!(!table.rows().is_empty());
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn retake(&self, table: &mut Snapshot) -> Result<()> {
        let fields = table.fields();
        table.refill(|rows| self.programs.rows(fields, rows))
    }

    /// The sockets of a kind in the caller's network namespace, as [`System::net_connections`] lists them,
    /// and who has them.
    ///
    /// The kernel tells who has a socket, whoever may look into that process.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) where the kernel fails; as [`System::net_connections`].
    ///
    /// # Platforms
    ///
    /// Linux 5.10: the BPF iterator `task_file`; sockets as [`System::net_connections`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use sysvitals::{ConnectionKind, Pid, os::linux::bpf::Backend};
    ///
    /// let _listener = TcpListener::bind("127.0.0.1:0");
    /// if let Ok(backend) = Backend::load() {
    ///     let rows = backend.net_connections(ConnectionKind::Tcp4)?;
    ///     assert!(rows.iter().any(|row| row.pid == Some(Pid::current())));
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
        self.programs.net_connections(kind)
    }
}

/// Why tables by BPF cannot be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unavailable {
    /// The programs are for 64-bit little-endian machines.
    Machine,
    /// There is no bpf(2): the kernel was built without it, or a filter hides it.
    NoSystemCall {
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel refused the caller.
    Denied {
        /// Which of `CAP_BPF` and `CAP_PERFMON` the caller lacks. If none, the caller has them in a user
        /// namespace only, or a security module or filter refused.
        missing: Vec<&'static str>,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel does not describe its types: it was built without `CONFIG_DEBUG_INFO_BTF`, or its
    /// sysfs is not there.
    NoTypes {
        /// Where they were looked for.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel has no such iterator or variable.
    TooOld {
        /// What it lacks.
        lacks: String,
    },
    /// The kernel is locked down so that nobody may read its memory (`kernel_lockdown`(7)).
    LockedDown {
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel's check did not pass: our bug, or a new kernel.
    Rejected {
        /// What the check said.
        log: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Types cannot be understood: our bug, or a new kernel.
    Unreadable {
        /// What was expected and what was found.
        source: Box<dyn error::Error + Send + Sync>,
    },
    /// Any other failure.
    Failed {
        /// The command of bpf(2).
        at: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BPF tables cannot be had: ")?;
        match self {
            Self::Machine => f.write_str("they are for 64-bit little-endian machines"),
            Self::NoSystemCall { .. } => f.write_str("the kernel has no bpf(2)"),
            Self::Denied { missing, .. } if missing.is_empty() => {
                f.write_str("refused, though not for want of CAP_BPF and CAP_PERFMON")
            }
            Self::Denied { missing, .. } => write!(f, "{} is needed", missing.join(" and ")),
            Self::NoTypes { path, .. } => {
                write!(f, "the kernel's types cannot be read from {}", path.display())
            }
            Self::TooOld { lacks } => write!(f, "the kernel has no {lacks}"),
            Self::LockedDown { .. } => f.write_str("the kernel is locked down"),
            Self::Rejected { log, .. } => {
                let last = log.lines().rfind(|line| !line.starts_with("processed"));
                write!(f, "the kernel rejected the program: {}", last.unwrap_or("no reason given"))
            }
            Self::Unreadable { .. } => f.write_str("the kernel's types cannot be understood"),
            Self::Failed { at, .. } => write!(f, "{at} failed"),
        }
    }
}

impl error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Machine | Self::TooOld { .. } => None,
            Self::Unreadable { source } => Some(&**source),
            Self::NoSystemCall { source }
            | Self::Denied { source, .. }
            | Self::NoTypes { source, .. }
            | Self::LockedDown { source }
            | Self::Rejected { source, .. }
            | Self::Failed { source, .. } => Some(source),
        }
    }
}
