//! Parents and children.

use std::collections::{HashMap, HashSet};

use super::{Process, Relative};
use crate::sys::Processes as _;
use crate::{Pid, Result};

impl Process {
    /// The process that started it, or the one that took it over; `None` for none, or if that has
    /// ended this very moment.
    ///
    /// # Errors
    ///
    /// As [`ppid`](Self::ppid).
    ///
    /// # Platforms
    ///
    /// As [`ppid`](Self::ppid).
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// let parent = me.parent()?.expect("something started this test");
    /// assert_eq!(parent.pid(), me.ppid()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn parent(&self) -> Result<Option<Self>> {
        // Who has the parent's pid is its parent only if it still is after we have looked: a parent
        // that ends hands its children on.
        let mut ppid = self.ppid()?;
        loop {
            let parent = match ppid.get() {
                0 => return Ok(None),
                _ => match self.system.process(ppid) {
                    Ok(parent) => Some(parent),
                    Err(err) if err.is_gone() => None,
                    Err(err) => return Err(err),
                },
            };
            let now = self.ppid()?;
            if now == ppid {
                return Ok(parent.filter(|parent| parent.identity.start <= self.identity.start));
            }
            ppid = now;
        }
    }

    /// Its parent, the parent of that, and so on.
    ///
    /// # Errors
    ///
    /// As [`ppid`](Self::ppid).
    ///
    /// # Platforms
    ///
    /// As [`ppid`](Self::ppid).
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert_eq!(me.parents()?.first(), me.parent()?.as_ref());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn parents(&self) -> Result<Vec<Self>> {
        let mut parents = Vec::new();
        let mut next = self.parent()?;
        while let Some(parent) = next {
            next = match parent.parent() {
                Ok(next) => next,
                // It ended since we found it; what is above is not known any more.
                Err(err) if err.is_gone() => None,
                Err(err) => return Err(err),
            };
            parents.push(parent);
        }
        Ok(parents)
    }

    /// The processes that it started and those that it took over.
    ///
    /// # Errors
    ///
    /// As [`ppid`](Self::ppid).
    ///
    /// # Platforms
    ///
    /// Linux: `ppid` and `starttime` of every `/proc/PID/stat`, in one pass. Windows:
    /// NtQuerySystemInformation(SystemProcessInformation). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::process::Command;
    /// use sysvitals::{Child, Process};
    ///
    /// let child = Child::spawn(Command::new("sleep").arg("60"))?;
    /// assert!(Process::current()?.children()?.contains(child.process()?));
    /// child.process()?.kill()?;
    /// # child.wait(None)?;
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn children(&self) -> Result<Vec<Self>> {
        let offspring = self.offspring()?;
        self.processes(offspring.of(self.pid(), self.identity.start))
    }

    /// Its children, their children, and so on; each before its own children.
    ///
    /// # Errors
    ///
    /// As [`children`](Self::children).
    ///
    /// # Platforms
    ///
    /// As [`children`](Self::children).
    ///
    /// # Example
    ///
    /// ```
    /// let me = sysvitals::Process::current()?;
    /// assert!(me.children_recursive()?.len() >= me.children()?.len());
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn children_recursive(&self) -> Result<Vec<Self>> {
        let offspring = self.offspring()?;
        let mut found = Vec::new();
        let mut seen = HashSet::from([self.pid()]);
        let mut open: Vec<_> = offspring.of(self.pid(), self.identity.start).collect();
        open.reverse();
        while let Some(relative) = open.pop() {
            if seen.insert(relative.pid) {
                found.push(relative);
                let at = open.len();
                open.extend(offspring.of(relative.pid, relative.start));
                open[at..].reverse();
            }
        }
        self.processes(found)
    }

    /// Everyone's children at one moment at which this process was alive, so that those of its pid
    /// are its own.
    fn offspring(&self) -> Result<Offspring> {
        let relatives = self.system.host.relatives().map_err(|err| self.explain(err, None))?;
        self.ppid()?;
        let mut children: HashMap<Pid, Vec<Relative>> = HashMap::new();
        for relative in relatives {
            children.entry(relative.ppid).or_default().push(relative);
        }
        Ok(Offspring { children })
    }

    /// Those that are still there. A child that cannot be looked at is no missing child.
    fn processes(&self, relatives: impl IntoIterator<Item = Relative>) -> Result<Vec<Self>> {
        let process = |relative: Relative| match self.system.process(relative.pid) {
            Ok(process) => (process.identity.start == relative.start).then_some(Ok(process)),
            Err(err) if err.is_gone() => None,
            Err(err) => Some(Err(err)),
        };
        relatives.into_iter().filter_map(process).collect()
    }
}

struct Offspring {
    children: HashMap<Pid, Vec<Relative>>,
}

impl Offspring {
    /// The children of `parent`; one older than it belongs to an earlier owner of the pid.
    fn of(&self, parent: Pid, start: u64) -> impl Iterator<Item = Relative> + '_ {
        let children = self.children.get(&parent).into_iter().flatten().copied();
        children.filter(move |child| child.start >= start)
    }
}
