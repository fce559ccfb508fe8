use std::sync::Arc;
use std::{mem, slice, thread};

use super::{Missing, Process, Row};
use crate::sys::{Description as _, Host, Processes};
use crate::{Error, Fields, Pid, Result, System};

/// The whole process table at one moment, immutable.
///
/// Only the files that the asked [`Fields`] need are read, each once. Each cell is a value or says
/// why not, so that one bad process never spoils the table. Threads are never rows: they are reached
/// through a process.
///
/// # Example
///
/// ```
/// use sysvitals::{Fields, Snapshot};
///
/// let table = Snapshot::take(Fields::NAME | Fields::MEMORY)?;
/// for row in &table {
///     if let (Ok(name), Ok(memory)) = (row.name(), row.memory_info()) {
///         println!("{:>7} {:>12} {}", row.pid(), memory.rss, name.display());
///     }
/// }
/// # Ok::<(), sysvitals::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) system: System,
    pub(super) fields: Fields,
    /// Whose rows these are, if not all processes'.
    pub(super) chosen: Option<Arc<[Pid]>>,
    /// By pid, ascending.
    pub(super) rows: Vec<Row>,
    pub(super) taken: std::time::Instant,
}

impl Snapshot {
    /// The process table of this machine, now.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) where processes cannot be listed. What cannot be told of one process is
    /// said in its cells; a process that ends before anything is read of it is left out.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat` of each, and the files of the questions asked. Windows: one
    /// NtQuerySystemInformation(SystemProcessInformation), and what the questions need beyond.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// See [`Snapshot`].
    pub fn take(fields: Fields) -> Result<Self> {
        System::host().snapshot(fields)
    }

    /// The same of the processes that have these pids, and of no others.
    ///
    /// A pid that no process has, or that is a thread's, has no row. All others cost nothing: this is the
    /// cheapest answer to several questions about a process of which no more than the pid is known.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take).
    ///
    /// # Platforms
    ///
    /// As [`take`](Self::take). On Windows one call tells of all processes, and these are kept of it.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Pid, Snapshot};
    ///
    /// let us = Pid::current();
    /// let table = Snapshot::of([us], Fields::NAME | Fields::MEMORY)?;
    /// let row = table.get(us).expect("we are running");
    /// println!("{} {:?}", row.name()?.display(), row.memory_info()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(pids: impl IntoIterator<Item: Into<Pid>>, fields: Fields) -> Result<Self> {
        System::host().snapshot_of(pids, fields)
    }

    /// The questions that were asked.
    #[must_use]
    pub fn fields(&self) -> Fields {
        self.fields
    }

    /// The machine that it is of.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The rows by pid, ascending.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of a pid.
    #[must_use]
    pub fn get(&self, pid: impl Into<Pid>) -> Option<&Row> {
        let pid = pid.into();
        let at = self.rows.binary_search_by_key(&pid, Row::pid).ok()?;
        self.rows.get(at)
    }

    /// When it was taken, by the clock that never steps.
    #[must_use]
    pub fn taken(&self) -> std::time::Instant {
        self.taken
    }

    /// The process of a row, to ask more of it or to act on it.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended since the table was taken.
    ///
    /// # Platforms
    ///
    /// As [`Process::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Pid, Process, Snapshot};
    ///
    /// let table = Snapshot::take(Fields::empty())?;
    /// let row = table.get(Pid::current()).expect("we are running");
    /// assert_eq!(table.process(row)?, Process::current()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn process(&self, row: &Row) -> Result<Process> {
        self.system.process(row.pid()).and_then(|process| {
            if process.identity.start == row.identity.start {
                return Ok(process);
            }
            let name = row.name().ok().map(|name| name.to_string_lossy().into_owned());
            Err(super::explain::reused(row.pid(), name))
        })
    }

    /// The same table once more, now, in the same memory: of all processes, or of who has the same
    /// [chosen](Self::of) pids by now.
    ///
    /// # Errors
    ///
    /// As [`take`](Self::take); the table is empty then.
    ///
    /// # Platforms
    ///
    /// As [`take`](Self::take).
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Snapshot};
    ///
    /// let mut table = Snapshot::take(Fields::CPU_TIMES)?;
    /// table.retake()?;
    /// assert!(!table.rows().is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn retake(&mut self) -> Result<()> {
        let (system, fields, chosen) = (self.system.clone(), self.fields, self.chosen.clone());
        self.refill(|rows| fill(&system, fields, chosen.as_deref(), rows))
    }

    /// One that was not taken yet.
    pub(crate) fn empty(system: System, fields: Fields) -> Self {
        Self { system, fields, chosen: None, rows: Vec::new(), taken: std::time::Instant::now() }
    }

    /// Takes it, in the same memory: `fill` fills it with rows by pid, ascending.
    pub(crate) fn refill(&mut self, fill: impl FnOnce(&mut Vec<Row>) -> Result<()>) -> Result<()> {
        let filled = fill(&mut self.rows);
        if filled.is_err() {
            self.rows.clear();
        }
        filled?;
        // Who fills it may know but all of them, as BPF does.
        if let Some(chosen) = &self.chosen {
            self.rows.retain(|row| chosen.binary_search(&row.pid()).is_ok());
        }
        self.taken = std::time::Instant::now();
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Snapshot {
    type Item = &'a Row;
    type IntoIter = slice::Iter<'a, Row>;

    fn into_iter(self) -> slice::Iter<'a, Row> {
        self.rows.iter()
    }
}

impl System {
    /// The process table, now.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::take`].
    ///
    /// # Platforms
    ///
    /// As [`Snapshot::take`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, System};
    ///
    /// assert!(!System::host().snapshot(Fields::NAME)?.rows().is_empty());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn snapshot(&self, fields: Fields) -> Result<Snapshot> {
        let mut table = Snapshot::empty(self.clone(), fields);
        table.retake()?;
        Ok(table)
    }

    /// The same of the processes that have these pids, and of no others.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::of`].
    ///
    /// # Platforms
    ///
    /// As [`Snapshot::of`].
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, System};
    ///
    /// let table = System::host().snapshot_of([std::process::id()], Fields::NAME)?;
    /// assert_eq!(table.rows().len(), 1);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn snapshot_of(
        &self,
        pids: impl IntoIterator<Item: Into<Pid>>,
        fields: Fields,
    ) -> Result<Snapshot> {
        let mut pids: Vec<Pid> = pids.into_iter().map(Into::into).collect();
        pids.sort_unstable();
        pids.dedup();
        let mut table = Snapshot::empty(self.clone(), fields);
        table.chosen = Some(pids.into());
        table.retake()?;
        Ok(table)
    }
}

impl Process {
    /// Several questions to one process, of one moment: what they share is read once.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended. What cannot be told otherwise is
    /// said in the cells.
    ///
    /// # Platforms
    ///
    /// As the questions asked.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Process};
    ///
    /// let row = Process::current()?.oneshot(Fields::NAME | Fields::CPU_TIMES)?;
    /// println!("{} {:?}", row.name()?.display(), row.cpu_times()?.total());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn oneshot(&self, fields: Fields) -> Result<Row> {
        // Read where it stays: whoever is asked again answers all of it anew.
        let mut row = Row::empty(self.identity);
        self.ask_for(fields, |host, target| {
            row.read_again(host, target, fields);
            // Without even a parent it was gone before anything was read.
            match row.ppid {
                Ok(_) | Err(Missing::Unsupported) => Ok(()),
                Err(_) => host.ppid(target).map(drop),
            }
        })?;
        if let Ok(name) = row.name() {
            self.remember(name);
        }
        Ok(row)
    }

    /// More questions to a process of which a row was read: these alone, of the moment at which they are
    /// asked. Parent and status are not asked again, but are those of `before`.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended;
    /// [`InvalidArgument`](crate::Error::InvalidArgument) if the row is another process's. What cannot be
    /// told otherwise is said in the cells.
    ///
    /// # Platforms
    ///
    /// As the questions asked.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Fields, Process};
    ///
    /// let me = Process::current()?;
    /// let before = me.oneshot(Fields::NAME)?;
    /// let after = me.oneshot_after(&before, Fields::MEMORY)?;
    /// assert!(after.memory_info().is_ok() && after.name().is_err());
    /// assert_eq!(after.ppid(), before.ppid());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn oneshot_after(&self, before: &Row, fields: Fields) -> Result<Row> {
        if before.identity != self.identity {
            let row = "the row is another process's".to_owned();
            return Err(Error::InvalidArgument(row));
        }
        let row = self.ask_for(fields, |host, target| {
            let row = Row::read_after(before, host, target, fields);
            // Others are proven to be there, or recognised afterwards.
            if self.held.is_some() && !host.exists(target) {
                host.ppid(target)?;
            }
            Ok(row)
        })?;
        if let Ok(name) = row.name() {
            self.remember(name);
        }
        Ok(row)
    }
}

/// Reads a row of every process, or of those that are chosen, into `rows`, in the memory of those that
/// are there.
fn fill(
    system: &System,
    fields: Fields,
    chosen: Option<&[Pid]>,
    rows: &mut Vec<Row>,
) -> Result<()> {
    /// What fewer processes cost is less than what a thread does.
    const WORTH_A_THREAD: usize = 256;
    let host = &system.host;
    let mut scratch = host.walk(fields);
    let pids = match chosen {
        None => host.walked(&mut scratch)?,
        Some(pids) => host.chosen(pids, &mut scratch)?,
    };
    align(rows, &pids, Row::pid, Row::unknown);
    let parts =
        if Host::WALKS_IN_PARTS { system.threads.min(rows.len() / WORTH_A_THREAD) } else { 1 };
    let gone = match parts {
        0 | 1 => read(host, fields, scratch, rows)?,
        parts => read_in_parts(host, fields, scratch, rows, parts)?,
    };
    remove(rows, &gone, Row::pid);
    Ok(())
}

/// Reads the rows, each part of them in a thread; tells of which processes there is nothing to tell.
fn read_in_parts(
    host: &Host,
    fields: Fields,
    scratch: <Host as Processes>::Scratch,
    rows: &mut [Row],
    parts: usize,
) -> Result<Vec<Pid>> {
    let mut chunks = rows.chunks_mut(rows.len().div_ceil(parts).max(1));
    let first = chunks.next().unwrap_or_default();
    thread::scope(|scope| {
        let mut others = Vec::new();
        for chunk in chunks {
            let reads = || read(host, fields, host.walk(fields), chunk);
            let started = thread::Builder::new().spawn_scoped(scope, reads);
            others.push(started.map_err(|err| Error::io("starting a thread", err))?);
        }
        let mut gone = read(host, fields, scratch, first)?;
        for other in others {
            let part = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            gone.extend(part?);
        }
        Ok(gone)
    })
}

/// Reads the rows; tells of which processes there is nothing to tell, in the same order.
fn read(
    host: &Host,
    fields: Fields,
    mut scratch: <Host as Processes>::Scratch,
    rows: &mut [Row],
) -> Result<Vec<Pid>> {
    let mut gone = Vec::new();
    for row in rows {
        match host.open_pid(row.pid(), &mut scratch) {
            Ok(Some((identity, target))) => {
                row.read_other(host, &target, identity, fields);
                // If not, it has ended, and parts may be of whoever has its pid.
                if host.is_settled(&target) {
                    continue;
                }
            }
            // It has ended, or the caller may not even know that it is there.
            Ok(None) => {}
            Err(err) if err.is_denied() => {}
            Err(err) => return Err(err),
        }
        gone.push(row.pid());
    }
    Ok(gone)
}

/// Makes the items, which are ordered by pid, those of the processes that there are: new ones where there
/// is none. Tells whether they were that already.
pub(super) fn align<T>(
    items: &mut Vec<T>,
    pids: &[Pid],
    pid_of: impl Fn(&T) -> Pid,
    new: impl Fn(Pid) -> T,
) -> bool {
    if items.iter().map(&pid_of).eq(pids.iter().copied()) {
        return true;
    }
    let mut old = mem::take(items).into_iter().peekable();
    items.reserve_exact(pids.len());
    items.extend(pids.iter().map(|&pid| {
        while old.next_if(|item| pid_of(item) < pid).is_some() {}
        old.next_if(|item| pid_of(item) == pid).unwrap_or_else(|| new(pid))
    }));
    false
}

/// Removes the items of these pids, which are in the same order.
pub(super) fn remove<T>(items: &mut Vec<T>, pids: &[Pid], pid_of: impl Fn(&T) -> Pid) {
    let mut pids = pids.iter().peekable();
    if pids.peek().is_some() {
        items.retain(|item| pids.next_if(|pid| **pid == pid_of(item)).is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_table_are_the_table() {
        if !Host::WALKS_IN_PARTS {
            return;
        }
        let host = &System::host().host;
        let fields = Fields::NAME | Fields::UIDS | Fields::CMDLINE | Fields::CREATE_TIME;
        let mut scratch = host.walk(fields);
        let pids = host.walked(&mut scratch).expect("procfs");
        let rows = || pids.iter().map(|&pid| Row::unknown(pid)).collect::<Vec<_>>();
        let mut whole = rows();
        let gone = read(host, fields, scratch, &mut whole).expect("procfs");
        remove(&mut whole, &gone, Row::pid);
        for parts in [1, 2, 3, pids.len() + 1] {
            let mut divided = rows();
            let scratch = host.walk(fields);
            let gone = read_in_parts(host, fields, scratch, &mut divided, parts).expect("procfs");
            remove(&mut divided, &gone, Row::pid);
            assert!(divided.is_sorted_by_key(Row::pid));
            // Others come and go, and we run or wait.
            let ours = |rows: &[Row]| {
                let row = rows.iter().find(|row| row.pid() == Pid::current())?;
                let (name, uids) = (row.name().ok()?.to_owned(), row.uids().ok()?);
                Some((name, uids, row.cmdline().ok()?.to_vec(), row.create_time().ok()?))
            };
            assert!(ours(&whole).is_some());
            assert_eq!(ours(&divided), ours(&whole));
        }
    }
}
