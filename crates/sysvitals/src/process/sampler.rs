use std::mem;
use std::time::Instant;

use super::snapshot::{align, remove};
use super::{Changes, Identity, Row, Snapshot};
use crate::sys::{Host, Processes as _};
use crate::{Fields, Result, System};

type Kept = <Host as crate::sys::Processes>::Kept;

/// The process table again and again, at a fraction of what a [`Snapshot`] costs each time.
///
/// It keeps descriptors of what it reads, which belong to a process as long as that lives and never
/// to another, and what stays the same: the name, the program and the command line of a process are
/// read again when it is seen to run another program, and every [`REFRESH`](Self::REFRESH) ticks, as a
/// process may change its own title. Everything else is read each time.
///
/// Descriptors are kept while they are fewer than half of what the process may open (`RLIMIT_NOFILE`);
/// beyond that, and when none can be had, processes are looked at as a snapshot does. On Linux each
/// holds about 4.4 KiB of the kernel's memory, which counts as the process's own in its memory cgroup:
/// for processes' times and memory that is 18 MB at 2,000 processes.
///
/// # Example
///
/// ```
/// use std::{thread, time::Duration};
/// use sysvitals::{Fields, Sampler};
///
/// let mut sampler = Sampler::new(Fields::NAME | Fields::CPU_TIMES | Fields::MEMORY)?;
/// for _ in 0..3 {
///     println!("{} processes", sampler.tick()?.rows().len());
///     if let Some(changes) = sampler.changes() {
///         for row in changes.by_cpu().iter().take(5) {
///             if let (Ok(usage), Ok(name)) = (row.cpu_usage(), row.name()) {
///                 println!("{:>7} {:>5.1}% {}", row.pid(), usage.of_core(), name.display());
///             }
///         }
///     }
///     thread::sleep(Duration::from_millis(20));
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
pub struct Sampler {
    now: Snapshot,
    before: Option<Snapshot>,
    /// By pid, ascending.
    known: Vec<Known>,
    ticks: u32,
}

/// What is known of a process from the last tick.
struct Known {
    identity: Identity,
    kept: Kept,
    descriptors: usize,
    program: u64,
    /// The ticks since everything was read.
    age: u32,
}

/// What stays the same as long as a process runs one program.
const STATIC: Fields = Fields::NAME.union(Fields::EXE).union(Fields::CMDLINE);

impl Sampler {
    /// After how many ticks what seems to stay the same is read again.
    pub const REFRESH: u32 = 10;

    /// One for this machine. Nothing is read before the first [`tick`](Self::tick).
    ///
    /// # Errors
    ///
    /// None so far.
    ///
    /// # Platforms
    ///
    /// Linux: descriptors of `/proc/PID/stat`, `statm`, `status` and `io`, and pidfds. Elsewhere a tick
    /// is a [`Snapshot`] that keeps what stays the same.
    ///
    /// # Example
    ///
    /// See [`Sampler`].
    pub fn new(fields: Fields) -> Result<Self> {
        System::host().sampler(fields)
    }

    /// The process table, now.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::take`]; what was kept is given up then.
    ///
    /// # Platforms
    ///
    /// As [`new`](Self::new).
    ///
    /// # Example
    ///
    /// See [`Sampler`].
    pub fn tick(&mut self) -> Result<&Snapshot> {
        let known = mem::take(&mut self.known);
        let system = self.now.system.clone();
        let fields = self.now.fields;
        let empty = Snapshot { system, fields, rows: Vec::new(), taken: Instant::now() };
        let last = mem::replace(&mut self.now, self.before.take().unwrap_or(empty));
        let read = read(&mut self.now, &last, known, self.ticks % Self::REFRESH);
        self.now.taken = Instant::now();
        match read {
            Ok(known) => {
                self.known = known;
                self.before = (self.ticks > 0).then_some(last);
                self.ticks = self.ticks.wrapping_add(1).max(1);
                Ok(&self.now)
            }
            Err(err) => {
                self.now.rows.clear();
                self.ticks = 0;
                Err(err)
            }
        }
    }

    /// The table of the last tick; empty before the first.
    #[must_use]
    pub fn table(&self) -> &Snapshot {
        &self.now
    }

    /// What changed from the last tick but one to the last; `None` before the second.
    #[must_use]
    pub fn changes(&self) -> Option<Changes<'_>> {
        self.before.as_ref().map(|before| self.now.since(before))
    }
}

/// Fills the table, whose rows are those of the last tick but one, and tells what is known now.
fn read(table: &mut Snapshot, last: &Snapshot, known: Vec<Known>, turn: u32) -> Result<Vec<Known>> {
    let (host, fields) = (&table.system.host, table.fields);
    let descriptors = known.iter().map(|each| each.descriptors).sum();
    let mut scratch = host.sample(fields, descriptors);
    let pids = host.walked(&mut scratch)?;
    align(&mut table.rows, &pids, |pid| last.get(pid).cloned());
    let mut gone = Vec::new();
    let mut known = known.into_iter().peekable();
    let mut now = Vec::with_capacity(pids.len());
    for row in &mut table.rows {
        let pid = row.pid();
        while known.next_if(|each| each.identity.pid < pid).is_some() {}
        let seen = known.next_if(|each| each.identity.pid == pid);
        let (was, kept) = match seen {
            Some(Known { identity, kept, program, age, .. }) => {
                (Some((identity, program, age)), kept)
            }
            None => (None, Kept::default()),
        };
        let (identity, target, is_same) = match host.open_kept(pid, kept, &mut scratch) {
            Ok(Some(opened)) => opened,
            Err(err) if !err.is_denied() => return Err(err),
            Ok(None) | Err(_) => {
                gone.push(pid);
                continue;
            }
        };
        let program = host.program(&target);
        // Their turns are spread, so that not every process has its at once.
        let its_turn = pid.get() % Sampler::REFRESH == turn;
        let age = was.filter(|was| is_same && !its_turn && (was.0, was.1) == (identity, program));
        let age = age.map_or(0, |(_, _, age)| age.saturating_add(1));
        // The row is that of the last tick but one: what was read since stands in the last.
        match (age, last.get(pid)) {
            (0, _) | (1, None) => *row = Row::read(host, &target, identity, fields),
            (1, Some(newer)) => {
                row.clone_from(newer);
                row.read_again(host, &target, fields.difference(STATIC));
            }
            _ => row.read_again(host, &target, fields.difference(STATIC)),
        }
        if !host.is_settled(&target) {
            gone.push(pid);
            continue;
        }
        let (kept, descriptors) = host.keep(target);
        now.push(Known { identity, kept, descriptors, program, age });
    }
    remove(&mut table.rows, gone);
    Ok(now)
}

impl System {
    /// One for this system; see [`Sampler::new`].
    ///
    /// # Errors
    ///
    /// As [`Sampler::new`].
    ///
    /// # Platforms
    ///
    /// As [`Sampler::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, System};
    ///
    /// let mut sampler = System::host().sampler(Fields::CPU_TIMES)?;
    /// assert!(!sampler.tick()?.rows().is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn sampler(&self, fields: Fields) -> Result<Sampler> {
        let (system, taken) = (self.clone(), Instant::now());
        let now = Snapshot { system, fields, rows: Vec::new(), taken };
        Ok(Sampler { now, before: None, known: Vec::new(), ticks: 0 })
    }
}
