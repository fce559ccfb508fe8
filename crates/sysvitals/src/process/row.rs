use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::{explain, full_name};
use crate::sys::{Activity, Description, Host, ProcessFiles, ProcessMemory, Processes, Schedule};
use crate::{
    ConnectionKind, ContextSwitches, Environment, Fields, Gids, Identity, IoCounters, IoNice,
    MemoryFootprint, MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMapGrouped, OpenFile,
    PageFaults, Pid, ProcessConnection, ProcessCpuTimes, ProcessStatus, Result, ThreadTimes,
    ToValue, Uids, Value,
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

/// What a process used of processors, as its system tells it.
type CpuTold = <Host as Activity>::CpuTimes;
/// What a process uses of memory, as its system tells it.
type MemoryTold = <Host as ProcessMemory>::Memory;

/// When something was read, which is no part of what it says: rows that tell the same are equal.
#[derive(Debug, Clone, Copy)]
struct ReadAt(Instant);

impl PartialEq for ReadAt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What was asked of one process, all of one moment.
///
/// It is small, as there may be thousands: records that have a field for every system are made when they
/// are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) fields: Fields,
    pub(super) identity: Identity,
    pub(super) ppid: Cell<Pid>,
    pub(super) status: Cell<ProcessStatus>,
    pub(super) cpu_clock: Cell<Duration>,
    cpu_times: Cell<CpuTold>,
    memory_info: Cell<MemoryTold>,
    create_time: Cell<SystemTime>,
    nice: Cell<i32>,
    num_threads: Cell<u32>,
    uids: Cell<Uids>,
    gids: Cell<Gids>,
    username: Cell<OsString>,
    name: Cell<OsString>,
    exe: Cell<Option<PathBuf>>,
    cmdline: Cell<Vec<OsString>>,
    rare: Option<Box<Rare>>,
}

/// What the kernel tells of a process in one record.
#[cfg(feature = "bpf")]
#[allow(dead_code, reason = "Linux alone has who tells")]
pub(crate) struct Told {
    pub(crate) ppid: Pid,
    pub(crate) status: ProcessStatus,
    pub(crate) name: Cell<OsString>,
    pub(crate) create_time: Cell<SystemTime>,
    pub(crate) username: Cell<OsString>,
    pub(crate) uids: Cell<Uids>,
    pub(crate) gids: Cell<Gids>,
    pub(crate) terminal: Cell<Option<PathBuf>>,
    pub(crate) nice: Cell<i32>,
    pub(crate) cpu_times: Cell<CpuTold>,
    pub(crate) cpu_num: Cell<u64>,
    pub(crate) num_threads: Cell<u32>,
    pub(crate) num_ctx_switches: Cell<ContextSwitches>,
    pub(crate) memory_info: Cell<MemoryTold>,
    pub(crate) page_faults: Cell<PageFaults>,
}

/// What few tables ask for, or is long.
#[derive(Debug, Clone, PartialEq)]
struct Rare {
    read_at: Cell<ReadAt>,
    terminal: Cell<Option<PathBuf>>,
    cwd: Cell<Option<PathBuf>>,
    ionice: Cell<IoNice>,
    cpu_num: Cell<u64>,
    num_ctx_switches: Cell<ContextSwitches>,
    io_counters: Cell<IoCounters>,
    page_faults: Cell<PageFaults>,
    num_fds: Cell<u32>,
    num_handles: Cell<u32>,
    memory_info_ex: Cell<MemoryInfoEx>,
    memory_footprint: Cell<MemoryFootprint>,
    environ: Cell<Environment>,
    cpu_affinity: Cell<Vec<u32>>,
    threads: Cell<Vec<ThreadTimes>>,
    memory_maps: Cell<Vec<MemoryMapGrouped>>,
    open_files: Cell<Vec<OpenFile>>,
    net_connections: Cell<Vec<ProcessConnection>>,
}

impl Rare {
    /// What is not in the row itself.
    const FIELDS: Fields = Fields::all().difference(
        Fields::NAME
            .union(Fields::EXE)
            .union(Fields::CMDLINE)
            .union(Fields::CREATE_TIME)
            .union(Fields::NICE)
            .union(Fields::CPU_TIMES)
            .union(Fields::CPU_CLOCK)
            .union(Fields::NUM_THREADS)
            .union(Fields::MEMORY)
            .union(Fields::UIDS)
            .union(Fields::GIDS)
            .union(Fields::USERNAME),
    );

    fn empty() -> Self {
        Self {
            read_at: Err(Missing::NotAsked),
            cwd: Err(Missing::NotAsked),
            terminal: Err(Missing::NotAsked),
            ionice: Err(Missing::NotAsked),
            cpu_num: Err(Missing::NotAsked),
            num_ctx_switches: Err(Missing::NotAsked),
            io_counters: Err(Missing::NotAsked),
            page_faults: Err(Missing::NotAsked),
            num_fds: Err(Missing::NotAsked),
            num_handles: Err(Missing::NotAsked),
            memory_info_ex: Err(Missing::NotAsked),
            memory_footprint: Err(Missing::NotAsked),
            environ: Err(Missing::NotAsked),
            cpu_affinity: Err(Missing::NotAsked),
            threads: Err(Missing::NotAsked),
            memory_maps: Err(Missing::NotAsked),
            open_files: Err(Missing::NotAsked),
            net_connections: Err(Missing::NotAsked),
        }
    }

    fn read_again(&mut self, ask: &Asker<'_>) {
        ask.fill(Fields::READ_AT, &mut self.read_at, |_, _| Ok(ReadAt(Instant::now())));
        // What is listed, or asked by pid, comes first. Where a file that is read afterwards tells that
        // it was one process all the time, nothing else has to.
        ask.fill(Fields::IONICE, &mut self.ionice, Host::ionice);
        ask.fill(Fields::CPU_AFFINITY, &mut self.cpu_affinity, Host::cpu_affinity);
        ask.fill(Fields::THREADS, &mut self.threads, Host::threads);
        ask.fill(Fields::OPEN_FILES, &mut self.open_files, Host::open_files);
        ask.fill(Fields::NET_CONNECTIONS, &mut self.net_connections, |host, target| {
            host.process_net_connections(target, ConnectionKind::Inet)
        });
        // Who has looked at all of them knows how many there are.
        ask.fill(Fields::NUM_FDS, &mut self.num_fds, Host::num_fds);
        ask.fill(Fields::NUM_HANDLES, &mut self.num_handles, Host::num_handles);
        ask.fill(Fields::CWD, &mut self.cwd, Host::cwd);
        ask.fill(Fields::TERMINAL, &mut self.terminal, Host::terminal);
        ask.fill(Fields::CPU_NUM, &mut self.cpu_num, Host::cpu_num);
        ask.fill(Fields::PAGE_FAULTS, &mut self.page_faults, Host::page_faults);
        ask.fill(Fields::MEMORY_MAPS, &mut self.memory_maps, Host::memory_maps_grouped);
        ask.fill(Fields::MEMORY_FOOTPRINT, &mut self.memory_footprint, Host::memory_footprint);
        ask.fill(Fields::ENVIRON, &mut self.environ, |host, target| {
            host.environ(target).map(Environment::new)
        });
        ask.fill(Fields::IO_COUNTERS, &mut self.io_counters, Host::io_counters);
        ask.fill(Fields::MEMORY_EX, &mut self.memory_info_ex, Host::memory_info_ex);
        ask.fill(Fields::NUM_CTX_SWITCHES, &mut self.num_ctx_switches, Host::num_ctx_switches);
    }
}

/// Asks one process for cells.
struct Asker<'a> {
    host: &'a Host,
    target: &'a <Host as Processes>::Target,
    fields: Fields,
}

impl Asker<'_> {
    /// Asks if that was asked for.
    fn fill<T>(
        &self,
        field: Fields,
        cell: &mut Cell<T>,
        question: impl FnOnce(&Host, &<Host as Processes>::Target) -> Result<T>,
    ) {
        if self.fields.contains(field) {
            *cell = question(self.host, self.target)
                .map_err(|err| explain::missing(&err, self.host, self.target));
        }
    }
}

impl Row {
    /// One process, of whom nothing is known yet.
    pub(super) fn empty(identity: Identity) -> Self {
        Self {
            fields: Fields::empty(),
            identity,
            ppid: Err(Missing::NotAsked),
            status: Err(Missing::NotAsked),
            cpu_clock: Err(Missing::NotAsked),
            cpu_times: Err(Missing::NotAsked),
            memory_info: Err(Missing::NotAsked),
            create_time: Err(Missing::NotAsked),
            nice: Err(Missing::NotAsked),
            num_threads: Err(Missing::NotAsked),
            uids: Err(Missing::NotAsked),
            gids: Err(Missing::NotAsked),
            username: Err(Missing::NotAsked),
            name: Err(Missing::NotAsked),
            exe: Err(Missing::NotAsked),
            cmdline: Err(Missing::NotAsked),
            rare: None,
        }
    }

    /// Whoever has this pid.
    pub(super) fn unknown(pid: Pid) -> Self {
        Self::empty(Identity { pid, start: 0, boot: None, inode: None })
    }

    /// One process, of whom all was told at once.
    #[cfg(feature = "bpf")]
    #[allow(dead_code, reason = "Linux alone has who tells")]
    pub(crate) fn told(identity: Identity, fields: Fields, told: Told) -> Self {
        let rare = fields.intersects(Rare::FIELDS).then(|| {
            Box::new(Rare {
                terminal: told.terminal,
                cpu_num: told.cpu_num,
                num_ctx_switches: told.num_ctx_switches,
                page_faults: told.page_faults,
                ..Rare::empty()
            })
        });
        Self {
            fields,
            ppid: Ok(told.ppid),
            status: Ok(told.status),
            name: told.name,
            create_time: told.create_time,
            username: told.username,
            uids: told.uids,
            gids: told.gids,
            nice: told.nice,
            cpu_times: told.cpu_times,
            num_threads: told.num_threads,
            memory_info: told.memory_info,
            rare,
            ..Self::empty(identity)
        }
    }

    /// Asks another process for all that was asked of the last, in the same memory.
    pub(super) fn read_other(
        &mut self,
        host: &Host,
        target: &<Host as Processes>::Target,
        identity: Identity,
        fields: Fields,
    ) {
        self.identity = identity;
        self.read_again(host, target, fields);
    }

    /// Asks one process for these alone: its parent and its status are those of a row read before.
    pub(super) fn read_after(
        before: &Self,
        host: &Host,
        target: &<Host as Processes>::Target,
        fields: Fields,
    ) -> Self {
        let (ppid, status) = (before.ppid, before.status);
        let mut row = Self { ppid, status, ..Self::empty(before.identity) };
        row.read_more(host, target, fields);
        row
    }

    /// Asks the same process again; what is not asked now keeps its answer.
    pub(super) fn read_again(
        &mut self,
        host: &Host,
        target: &<Host as Processes>::Target,
        fields: Fields,
    ) {
        let ask = Asker { host, target, fields };
        // First: what tells this on Linux tells the parent, too.
        ask.fill(Fields::empty(), &mut self.status, Host::status);
        ask.fill(Fields::empty(), &mut self.ppid, Host::ppid);
        self.read_more(host, target, fields);
    }

    fn read_more(&mut self, host: &Host, target: &<Host as Processes>::Target, fields: Fields) {
        self.fields |= fields;
        let ask = Asker { host, target, fields };
        ask.fill(Fields::NAME, &mut self.name, full_name);
        ask.fill(Fields::EXE, &mut self.exe, super::description::exe);
        ask.fill(Fields::CMDLINE, &mut self.cmdline, Host::cmdline);
        ask.fill(Fields::CREATE_TIME, &mut self.create_time, Host::create_time);
        ask.fill(Fields::NICE, &mut self.nice, Host::nice);
        ask.fill(Fields::CPU_TIMES, &mut self.cpu_times, Host::process_cpu_times);
        ask.fill(Fields::CPU_CLOCK, &mut self.cpu_clock, Host::cpu_clock);
        ask.fill(Fields::NUM_THREADS, &mut self.num_threads, Host::num_threads);
        ask.fill(Fields::MEMORY, &mut self.memory_info, Host::memory_info);
        if fields.intersects(Rare::FIELDS) {
            self.rare.get_or_insert_with(|| Box::new(Rare::empty())).read_again(&ask);
        }
        // Last: what tells these on Linux tells that it was one process all the time.
        ask.fill(Fields::UIDS, &mut self.uids, Host::uids);
        ask.fill(Fields::GIDS, &mut self.gids, Host::gids);
        ask.fill(Fields::USERNAME, &mut self.username, Host::username);
    }

    /// Leaves out what is of one moment, and was not read at this one.
    pub(super) fn forget_moment(&mut self) {
        self.ppid = Err(Missing::NotAsked);
        self.status = Err(Missing::NotAsked);
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

    fn rare<T>(&self, cell: impl FnOnce(&Rare) -> &Cell<T>) -> Cell<&T> {
        match &self.rare {
            Some(rare) => cell(rare).as_ref().map_err(|missing| *missing),
            None => Err(Missing::NotAsked),
        }
    }

    /// When it was read, by the clock that never steps: what a rate is over.
    ///
    /// A table of thousands takes its time, and this is exact. It is no part of what rows are compared by.
    pub fn read_at(&self) -> Cell<Instant> {
        self.rare(|rare| &rare.read_at).map(|ReadAt(moment)| *moment)
    }

    /// [`Process::memory_full_info`](crate::Process::memory_full_info), from
    /// [`Fields::MEMORY`] and [`Fields::MEMORY_FOOTPRINT`].
    pub fn memory_full_info(&self) -> Cell<MemoryFullInfo> {
        let info = self.memory_info()?;
        let footprint = match self.memory_footprint() {
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
        told { $($told:ident: $told_type:ty,)* }
        rare { $($rare:ident: $rare_type:ty,)* }
        borrowed { $($borrowed:ident: $borrowed_type:ty = $as_ref:expr,)* }
        rare_borrowed { $($within:ident: $within_type:ty = $as_ref_within:expr,)* }
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
                #[doc = concat!("[`Process::", stringify!($told), "`](crate::Process::",
                    stringify!($told), ").")]
                pub fn $told(&self) -> Cell<$told_type> {
                    self.$told.map(Into::into)
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
                #[doc = concat!("[`Process::", stringify!($within), "`](crate::Process::",
                    stringify!($within), ").")]
                pub fn $within(&self) -> Cell<$within_type> {
                    self.rare(|rare| &rare.$within).map($as_ref_within)
                }
            )*
            $(
                #[doc = concat!("[`Process::", stringify!($rare), "`](crate::Process::",
                    stringify!($rare), ").")]
                pub fn $rare(&self) -> Cell<$rare_type> {
                    self.rare(|rare| &rare.$rare).copied()
                }
            )*
            $(
                #[doc = concat!("[`Process::", stringify!($listed), "`](crate::Process::",
                    stringify!($listed), ").")]
                pub fn $listed(&self) -> Cell<&$listed_type> {
                    self.rare(|rare| &rare.$listed)
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
                    $(stringify!($told) => self.$told().map(|value| value.to_value()),)*
                    $(stringify!($borrowed) => self.$borrowed().map(|value| value.to_value()),)*
                    $(stringify!($within) => self.$within().map(|value| value.to_value()),)*
                    $(stringify!($rare) => self.$rare().map(|value| value.to_value()),)*
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
        cpu_clock: Duration,
        num_threads: u32,
    }
    told {
        cpu_times: ProcessCpuTimes,
        memory_info: MemoryInfo,
    }
    rare {
        ionice: IoNice,
        cpu_num: u64,
        num_ctx_switches: ContextSwitches,
        io_counters: IoCounters,
        page_faults: PageFaults,
        num_fds: u32,
        num_handles: u32,
        memory_info_ex: MemoryInfoEx,
        memory_footprint: MemoryFootprint,
    }
    borrowed {
        name: &OsStr = OsString::as_os_str,
        exe: Option<&Path> = Option::as_deref,
        cmdline: &[OsString] = Vec::as_slice,
        username: &OsStr = OsString::as_os_str,
    }
    rare_borrowed {
        cwd: Option<&Path> = Option::as_deref,
        terminal: Option<&Path> = Option::as_deref,
    }
    listed {
        environ: Environment,
        cpu_affinity: Vec<u32>,
        threads: Vec<ThreadTimes>,
        memory_maps: Vec<MemoryMapGrouped>,
        open_files: Vec<OpenFile>,
        net_connections: Vec<ProcessConnection>,
    }
}
