use std::mem;
use std::time::{Duration, Instant};

use super::snapshot::{align, remove};
use super::{Changes, ProcessStatus, Row, Snapshot};
use crate::sys::{Host, Processes};
use crate::{Fields, Pid, Result, System};

type Kept = <Host as Processes>::Kept;
type Scratch = <Host as Processes>::Scratch;
type Watch = <Host as Processes>::Watch;

/// The process table again and again, at a fraction of what a [`Snapshot`] costs each time.
///
/// It keeps descriptors of what it reads, which belong to a process as long as that lives and never
/// to another, and what stays the same: the name, the program and the command line of a process are
/// read again when it is seen to run another program, and every [`REFRESH`](Self::REFRESH) ticks, as a
/// process may change its own title. Everything else is read each time.
///
/// A sampler of nothing but [`Fields::CPU_CLOCK`], and of what stays the same (name, program, command line
/// and creation time), **goes by clocks alone**: it reads the clock of each process that it knows, in one
/// system call, and no file. So its rows tell neither parent nor status, which are
/// [`NotAsked`](crate::Missing::NotAsked); and what stays the same is read again every
/// [`REFRESH`](Self::REFRESH) ticks of those only that have run since, as no other can have changed. Whose
/// clocks they were is certain: processes are watched from before anything is read of them, and those
/// that have ended by the end of the tick are looked at once more.
///
/// Descriptors are kept while they are fewer than half of what the process may open (`RLIMIT_NOFILE`);
/// beyond that, and when none can be had, processes are looked at as a snapshot does. On Linux each
/// holds about 4.4 KiB of the kernel's memory, which counts as the process's own in its memory cgroup:
/// for processes' times and memory that is 18 MB at 2,000 processes. To go by clocks takes one small one
/// of each, which holds none.
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
    /// By pid, ascending: those of `now`.
    known: Vec<Known>,
    /// How many descriptors are kept; those of who ended meanwhile may count, too.
    descriptors: usize,
    watch: Watch,
    ticks: u32,
    /// Whether the last tick saw the processes that the one before it saw.
    is_same: bool,
}

/// What is known of a process from the last tick.
struct Known {
    pid: Pid,
    seen: Option<Seen>,
    kept: Kept,
    descriptors: usize,
}

/// A process as it was when everything was read of it.
#[derive(Clone, Copy)]
struct Seen {
    /// That of its identity.
    start: u64,
    program: u64,
    /// That of the last tick.
    clock: Option<Duration>,
    /// Whether it went on since.
    has_run: bool,
    /// For how many ticks it has stood still, up to `STILL`.
    still: u8,
    /// It had ended, and stays until its parent takes notice.
    is_zombie: bool,
    /// The ticks since.
    age: u32,
}

/// After so many ticks without a change a row, which is that of the last tick but one, has nothing to learn.
const STILL: u8 = 2;

impl Known {
    fn nothing(pid: Pid) -> Self {
        Self { pid, seen: None, kept: Kept::default(), descriptors: 0 }
    }
}

/// What stays the same as long as a process runs one program.
const STATIC: Fields = Fields::NAME.union(Fields::EXE).union(Fields::CMDLINE);

/// Whether clocks alone tell what changes of this.
fn is_clocks_alone(fields: Fields) -> bool {
    const SAME: Fields = STATIC.union(Fields::CREATE_TIME);
    fields.difference(SAME) == Fields::CPU_CLOCK
}

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
    /// Linux: descriptors of `/proc/PID/stat`, `statm`, `status` and `io`, and pidfds (5.3), which an
    /// epoll(7) watches where it goes by clocks alone. Elsewhere a tick is a [`Snapshot`] that keeps what
    /// stays the same.
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
        let (fields, descriptors) = (self.now.fields, self.descriptors);
        let empty = || Snapshot::empty(self.now.system.clone(), fields);
        let next = self.before.take().unwrap_or_else(empty);
        let last = mem::replace(&mut self.now, next);
        let tick = Tick {
            host: last.system.host.clone(),
            fields,
            is_clocks_alone: is_clocks_alone(fields),
            last: &last,
            is_same: self.is_same,
            turn: self.ticks % Self::REFRESH,
        };
        let read = tick.read(&mut self.now.rows, &mut self.known, descriptors, &mut self.watch);
        self.now.taken = Instant::now();
        match read {
            Ok((descriptors, is_same)) => {
                (self.descriptors, self.is_same) = (descriptors, is_same);
                self.before = (self.ticks > 0).then_some(last);
                self.ticks = self.ticks.wrapping_add(1).max(1);
                Ok(&self.now)
            }
            Err(err) => {
                self.now.rows.clear();
                self.known.clear();
                (self.descriptors, self.is_same) = (0, false);
                self.watch = Watch::default();
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

/// One look at all processes.
struct Tick<'a> {
    host: Host,
    fields: Fields,
    is_clocks_alone: bool,
    last: &'a Snapshot,
    /// Whether that saw the same processes as the one before it.
    is_same: bool,
    /// Whose turn it is to be read again.
    turn: u32,
}

impl Tick<'_> {
    /// Fills the rows, which are those of the last tick but one; tells how many descriptors are kept, and
    /// whether these are the processes of the last tick.
    fn read(
        &self,
        rows: &mut Vec<Row>,
        known: &mut Vec<Known>,
        descriptors: usize,
        watch: &mut Watch,
    ) -> Result<(usize, bool)> {
        let goes_by_clocks = self.is_clocks_alone && self.host.can_watch(watch, descriptors);
        let mut scratch = match goes_by_clocks {
            true => self.host.walk(self.fields),
            false => self.host.sample(self.fields, descriptors),
        };
        let pids = self.host.walked(&mut scratch)?;
        let is_same = align(known, &pids, |known| known.pid, Known::nothing);
        // Else rows that have nothing to learn are not even looked at: where most processes rest, that is
        // most of the memory of a tick that goes by clocks.
        if !(is_same && self.is_same) {
            align(rows, &pids, Row::pid, |pid| {
                self.last.get(pid).cloned().unwrap_or_else(|| Row::unknown(pid))
            });
        }
        let (mut gone, mut descriptors) = (Vec::new(), 0);
        for (at, (row, known)) in rows.iter_mut().zip(&mut *known).enumerate() {
            let is_there = match goes_by_clocks {
                true => self.read_clock(at, row, known, watch, &mut scratch)?,
                false => self.read_row(at, row, known, &mut scratch)?,
            };
            descriptors += known.descriptors;
            if !is_there {
                gone.push(known.pid);
            }
        }
        if goes_by_clocks {
            // Who has not ended by now had its pid when its clock was read.
            for pid in self.host.ended(watch)? {
                let Ok(at) = known.binary_search_by_key(&pid, |known| known.pid) else { continue };
                let (Some(row), Some(known)) = (rows.get_mut(at), known.get_mut(at)) else {
                    continue;
                };
                if !self.read_unwatched(row, known, &mut scratch)? {
                    gone.push(pid);
                }
            }
            gone.sort_unstable();
            gone.dedup();
        }
        remove(rows, &gone, Row::pid);
        remove(known, &gone, |known| known.pid);
        Ok((descriptors, is_same && gone.is_empty()))
    }

    /// Whether what stays the same may be read again now: turns are spread, so that not every process
    /// has its at once.
    fn is_turn_of(&self, pid: Pid) -> bool {
        pid.get() % Sampler::REFRESH == self.turn
    }

    /// Reads a row by what was kept of the process; `false` if it is gone.
    fn read_row(
        &self,
        at: usize,
        row: &mut Row,
        known: &mut Known,
        scratch: &mut Scratch,
    ) -> Result<bool> {
        let (host, pid) = (&self.host, known.pid);
        let opened = host.open_kept(pid, mem::take(&mut known.kept), scratch);
        known.descriptors = 0;
        let Some((identity, target, is_same)) = visible(opened)? else { return Ok(false) };
        let program = host.program(&target);
        let start = identity.start;
        let last = known.seen.filter(|seen| {
            is_same && !self.is_turn_of(pid) && (seen.start, seen.program) == (start, program)
        });
        let age = last.map_or(0, |seen| seen.age.saturating_add(1));
        let is_known = match age {
            0 => false,
            // The row is that of the last tick but one: what was read since stands in the last.
            1 => self.take_over(at, row),
            _ => true,
        };
        match is_known {
            true => row.read_again(host, &target, self.fields.difference(STATIC)),
            false => row.read_other(host, &target, identity, self.fields),
        }
        if self.is_clocks_alone {
            row.forget_moment();
        }
        if !host.is_settled(&target) {
            return Ok(false);
        }
        (known.kept, known.descriptors) = host.keep(target);
        known.seen = Some(Seen { program, age, ..Seen::new(start) });
        Ok(true)
    }

    /// Makes a row what it was in the last tick; `false` if there was none. Most are where they were.
    fn take_over(&self, at: usize, row: &mut Row) -> bool {
        let same = self.last.rows.get(at).filter(|last| last.pid() == row.pid());
        let newer = same.or_else(|| self.last.get(row.pid()));
        if let Some(newer) = newer {
            row.clone_from(newer);
        }
        newer.is_some()
    }

    /// Reads the clock of a process that is watched, or everything of another; `false` if it is gone.
    fn read_clock(
        &self,
        at: usize,
        row: &mut Row,
        known: &mut Known,
        watch: &mut Watch,
        scratch: &mut Scratch,
    ) -> Result<bool> {
        let pid = known.pid;
        if let Some(seen) = &mut known.seen {
            if let Some(clock) = self.host.watched_clock(pid, &known.kept) {
                seen.look(clock);
                let is_old = self.fields.intersects(STATIC) && self.is_turn_of(pid) && seen.has_run;
                // As in `read_row`.
                if !is_old && (seen.age > 0 || self.take_over(at, row)) {
                    if seen.still < STILL {
                        row.cpu_clock = Ok(clock);
                    }
                    seen.age = seen.age.saturating_add(1);
                    return Ok(true);
                }
            }
            if seen.is_zombie {
                return self.read_unwatched(row, known, scratch);
            }
        }
        *known = Known::nothing(pid);
        let opened = self.host.open_watched(pid, watch, scratch);
        let Some((identity, target)) = visible(opened)? else { return Ok(false) };
        row.read_other(&self.host, &target, identity, self.fields);
        known.saw(row);
        row.forget_moment();
        if let Some(kept) = self.host.keep_watched(target) {
            (known.kept, known.descriptors) = (kept, 1);
        }
        Ok(true)
    }

    /// Reads everything of a process that cannot be watched, as it has ended, or of who has its pid;
    /// `false` if nobody.
    fn read_unwatched(
        &self,
        row: &mut Row,
        known: &mut Known,
        scratch: &mut Scratch,
    ) -> Result<bool> {
        *known = Known::nothing(known.pid);
        let opened = self.host.open_pid(known.pid, scratch);
        let Some((identity, target)) = visible(opened)? else { return Ok(false) };
        row.read_other(&self.host, &target, identity, self.fields);
        known.saw(row);
        row.forget_moment();
        Ok(self.host.is_settled(&target))
    }
}

impl Known {
    fn saw(&mut self, row: &Row) {
        self.seen = Some(Seen {
            clock: row.cpu_clock.ok(),
            is_zombie: row.status == Ok(ProcessStatus::Zombie),
            ..Seen::new(row.identity.start)
        });
    }
}

impl Seen {
    fn new(start: u64) -> Self {
        let (program, clock, age, still) = (0, None, 0, 0);
        Self { start, program, clock, has_run: false, still, is_zombie: false, age }
    }

    /// Remembers what its clock shows now.
    fn look(&mut self, clock: Duration) {
        if self.clock == Some(clock) {
            self.still = self.still.saturating_add(1).min(STILL);
        } else {
            (self.clock, self.has_run, self.still) = (Some(clock), true, 0);
        }
    }
}

/// Nothing for a process that has ended, or of which the caller may not even know that it is there.
fn visible<T>(opened: Result<Option<T>>) -> Result<Option<T>> {
    match opened {
        Err(err) if err.is_denied() => Ok(None),
        opened => opened,
    }
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
        let now = Snapshot::empty(self.clone(), fields);
        let (known, watch) = (Vec::new(), Watch::default());
        Ok(Sampler { now, before: None, known, descriptors: 0, watch, ticks: 0, is_same: false })
    }
}
