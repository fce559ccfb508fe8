use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{explain, full_name};
use crate::sys::{Activity, Description, Host, ProcessFiles, ProcessMemory, Processes, Schedule};
use crate::{
    ConnectionKind, ContextSwitches, Fields, Gids, Identity, IoCounters, IoNice, MemoryFootprint,
    MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMapGrouped, OpenFile, PageFaults, Pid,
    ProcessConnection, ProcessCpuTimes, ProcessStatus, Result, ThreadTimes, ToValue, Uids, Value,
};

/// Why a cell of a table holds no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// It was not asked for.
    NotAsked,
    /// The operating system refused.
    Denied,
    /// The process ended before it could be read, or is a zombie that has no such thing any more.
    Gone,
    /// This platform or this kernel has no such thing.
    Unsupported,
    /// It could not be read or understood; asking the [`Process`](crate::Process) tells why.
    Failed,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotAsked => "not asked",
            Self::Denied => "denied",
            Self::Gone => "gone",
            Self::Unsupported => "unsupported",
            Self::Failed => "failed",
        })
    }
}

impl std::error::Error for Missing {}

/// A cell of a table: a value, or why not.
pub type Cell<T> = std::result::Result<T, Missing>;

/// What was asked of one process, all of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) fields: Fields,
    pub(super) identity: Identity,
    pub(super) ppid: Cell<Pid>,
    pub(super) status: Cell<ProcessStatus>,
    name: Cell<OsString>,
    exe: Cell<Option<PathBuf>>,
    cmdline: Cell<Vec<OsString>>,
    create_time: Cell<SystemTime>,
    cwd: Cell<Option<PathBuf>>,
    username: Cell<OsString>,
    uids: Cell<Uids>,
    gids: Cell<Gids>,
    terminal: Cell<Option<PathBuf>>,
    nice: Cell<i32>,
    ionice: Cell<IoNice>,
    cpu_times: Cell<ProcessCpuTimes>,
    cpu_num: Cell<u64>,
    num_threads: Cell<u32>,
    num_ctx_switches: Cell<ContextSwitches>,
    io_counters: Cell<IoCounters>,
    memory_info: Cell<MemoryInfo>,
    memory_info_ex: Cell<MemoryInfoEx>,
    memory_footprint: Cell<MemoryFootprint>,
    page_faults: Cell<PageFaults>,
    num_fds: Cell<u32>,
    lists: Option<Box<Lists>>,
}

/// Answers that are lists, which few tables ask for.
#[derive(Debug, Clone, PartialEq)]
struct Lists {
    environ: Cell<BTreeMap<OsString, OsString>>,
    cpu_affinity: Cell<Vec<u32>>,
    threads: Cell<Vec<ThreadTimes>>,
    memory_maps: Cell<Vec<MemoryMapGrouped>>,
    open_files: Cell<Vec<OpenFile>>,
    net_connections: Cell<Vec<ProcessConnection>>,
}

impl Lists {
    const FIELDS: Fields = Fields::ENVIRON
        .union(Fields::CPU_AFFINITY)
        .union(Fields::THREADS)
        .union(Fields::MEMORY_MAPS)
        .union(Fields::OPEN_FILES)
        .union(Fields::NET_CONNECTIONS);
}

/// Asks one process for cells.
struct Asker<'a> {
    host: &'a Host,
    target: &'a <Host as Processes>::Target,
    fields: Fields,
}

impl Asker<'_> {
    fn cell<T>(
        &self,
        field: Fields,
        question: impl FnOnce(&Host, &<Host as Processes>::Target) -> Result<T>,
    ) -> Cell<T> {
        if !self.fields.contains(field) {
            return Err(Missing::NotAsked);
        }
        question(self.host, self.target)
            .map_err(|err| explain::missing(&err, self.host, self.target))
    }
}

impl Row {
    pub(super) fn read(
        host: &Host,
        target: &<Host as Processes>::Target,
        identity: Identity,
        fields: Fields,
    ) -> Self {
        let ask = Asker { host, target, fields };
        Self {
            fields,
            identity,
            ppid: ask.cell(Fields::empty(), Host::ppid),
            status: ask.cell(Fields::empty(), Host::status),
            name: ask.cell(Fields::NAME, full_name),
            exe: ask.cell(Fields::EXE, super::description::exe),
            cmdline: ask.cell(Fields::CMDLINE, Host::cmdline),
            create_time: ask.cell(Fields::CREATE_TIME, Host::create_time),
            cwd: ask.cell(Fields::CWD, Host::cwd),
            terminal: ask.cell(Fields::TERMINAL, Host::terminal),
            nice: ask.cell(Fields::NICE, Host::nice),
            ionice: ask.cell(Fields::IONICE, Host::ionice),
            cpu_times: ask.cell(Fields::CPU_TIMES, Host::process_cpu_times),
            cpu_num: ask.cell(Fields::CPU_NUM, Host::cpu_num),
            num_threads: ask.cell(Fields::NUM_THREADS, Host::num_threads),
            num_ctx_switches: ask.cell(Fields::NUM_CTX_SWITCHES, Host::num_ctx_switches),
            io_counters: ask.cell(Fields::IO_COUNTERS, Host::io_counters),
            memory_info: ask.cell(Fields::MEMORY, Host::memory_info),
            memory_info_ex: ask.cell(Fields::MEMORY_EX, Host::memory_info_ex),
            memory_footprint: ask.cell(Fields::MEMORY_FOOTPRINT, Host::memory_footprint),
            page_faults: ask.cell(Fields::PAGE_FAULTS, Host::page_faults),
            num_fds: ask.cell(Fields::NUM_FDS, Host::num_fds),
            lists: fields.intersects(Lists::FIELDS).then(|| {
                Box::new(Lists {
                    environ: ask.cell(Fields::ENVIRON, Host::environ),
                    cpu_affinity: ask.cell(Fields::CPU_AFFINITY, Host::cpu_affinity),
                    threads: ask.cell(Fields::THREADS, Host::threads),
                    memory_maps: ask.cell(Fields::MEMORY_MAPS, Host::memory_maps_grouped),
                    open_files: ask.cell(Fields::OPEN_FILES, Host::open_files),
                    net_connections: ask.cell(Fields::NET_CONNECTIONS, |host, target| {
                        host.process_net_connections(target, ConnectionKind::Inet)
                    }),
                })
            }),
            // Last: what tells these on Linux tells that it was one process all the time.
            uids: ask.cell(Fields::UIDS, Host::uids),
            gids: ask.cell(Fields::GIDS, Host::gids),
            username: ask.cell(Fields::USERNAME, Host::username),
        }
    }

    /// Its pid.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.identity.pid
    }

    /// Which process it is.
    ///
    /// That of a table row is known by its start alone: it lacks the inode that the identity of a
    /// [`Process`](crate::Process) has on new Linux kernels, and does not compare equal to it.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The questions that were asked.
    #[must_use]
    pub fn fields(&self) -> Fields {
        self.fields
    }

    fn list<T>(&self, cell: impl FnOnce(&Lists) -> &Cell<T>) -> Cell<&T> {
        match &self.lists {
            Some(lists) => cell(lists).as_ref().map_err(|missing| *missing),
            None => Err(Missing::NotAsked),
        }
    }

    /// [`Process::memory_full_info`](crate::Process::memory_full_info), from
    /// [`Fields::MEMORY`] and [`Fields::MEMORY_FOOTPRINT`].
    pub fn memory_full_info(&self) -> Cell<MemoryFullInfo> {
        let info = self.memory_info?;
        let footprint = match self.memory_footprint {
            Ok(footprint) => Some(footprint),
            Err(Missing::Unsupported) => None,
            Err(missing) => return Err(missing),
        };
        Ok(MemoryFullInfo { info, footprint })
    }

    /// Shows every answer by psutil's name of the question: `as_dict`'s equivalent.
    ///
    /// `pid`, `ppid` and `status` come first, then the questions that were asked.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Process, ToValue};
    ///
    /// let row = Process::current()?.oneshot(Fields::NAME | Fields::MEMORY)?;
    /// row.visit(&mut |name, cell| match cell {
    ///     Ok(value) => println!("{name}: {value:?}"),
    ///     Err(missing) => println!("{name}: {missing}"),
    /// });
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn visit(&self, see: &mut dyn FnMut(&'static str, Cell<Value>)) {
        see("pid", Ok(self.pid().to_value()));
        for (name, cell) in [
            ("ppid", self.ppid().map(|ppid| ppid.to_value())),
            ("status", self.status().map(|status| status.to_value())),
        ] {
            see(name, cell);
        }
        for name in self.fields.names() {
            if let Some(cell) = self.get(name) {
                see(name, cell);
            }
        }
    }
}

/// Accessors, and the same by name.
macro_rules! cells {
    (
        copied { $($field:ident: $type:ty,)* }
        borrowed { $($borrowed:ident: $borrowed_type:ty = $as_ref:expr,)* }
        listed { $($listed:ident: $listed_type:ty,)* }
    ) => {
        impl Row {
            $(
                #[doc = concat!("[`Process::", stringify!($field), "`](crate::Process::",
                    stringify!($field), ").")]
                pub fn $field(&self) -> Cell<$type> {
                    self.$field
                }
            )*
            $(
                #[doc = concat!("[`Process::", stringify!($borrowed), "`](crate::Process::",
                    stringify!($borrowed), ").")]
                pub fn $borrowed(&self) -> Cell<$borrowed_type> {
                    self.$borrowed.as_ref().map($as_ref).map_err(|missing| *missing)
                }
            )*
            $(
                #[doc = concat!("[`Process::", stringify!($listed), "`](crate::Process::",
                    stringify!($listed), ").")]
                pub fn $listed(&self) -> Cell<&$listed_type> {
                    self.list(|lists| &lists.$listed)
                }
            )*

            /// The answer to one question by psutil's name of it; `None` if no row has such an answer.
            ///
            /// # Example
            ///
            /// ```
            /// use sysvitals::{Fields, Missing, Process};
            ///
            /// let row = Process::current()?.oneshot(Fields::NAME)?;
            /// assert!(row.get("name").expect("a question").is_ok());
            /// assert_eq!(row.get("exe"), Some(Err(Missing::NotAsked)));
            /// assert_eq!(row.get("colour"), None);
            /// # Ok::<(), sysvitals::Error>(())
            /// ```
            #[must_use]
            pub fn get(&self, name: &str) -> Option<Cell<Value>> {
                Some(match name {
                    "pid" => Ok(self.pid().to_value()),
                    "memory_full_info" => self.memory_full_info().map(|info| info.to_value()),
                    $(stringify!($field) => self.$field().map(|value| value.to_value()),)*
                    $(stringify!($borrowed) => self.$borrowed().map(|value| value.to_value()),)*
                    $(stringify!($listed) => self.$listed().map(|value| value.to_value()),)*
                    _ => return None,
                })
            }
        }
    };
}

cells! {
    copied {
        ppid: Pid,
        status: ProcessStatus,
        create_time: SystemTime,
        uids: Uids,
        gids: Gids,
        nice: i32,
        ionice: IoNice,
        cpu_times: ProcessCpuTimes,
        cpu_num: u64,
        num_threads: u32,
        num_ctx_switches: ContextSwitches,
        io_counters: IoCounters,
        memory_info: MemoryInfo,
        memory_info_ex: MemoryInfoEx,
        memory_footprint: MemoryFootprint,
        page_faults: PageFaults,
        num_fds: u32,
    }
    borrowed {
        name: &OsStr = OsString::as_os_str,
        exe: Option<&Path> = Option::as_deref,
        cmdline: &[OsString] = Vec::as_slice,
        cwd: Option<&Path> = Option::as_deref,
        username: &OsStr = OsString::as_os_str,
        terminal: Option<&Path> = Option::as_deref,
    }
    listed {
        environ: BTreeMap<OsString, OsString>,
        cpu_affinity: Vec<u32>,
        threads: Vec<ThreadTimes>,
        memory_maps: Vec<MemoryMapGrouped>,
        open_files: Vec<OpenFile>,
        net_connections: Vec<ProcessConnection>,
    }
}
