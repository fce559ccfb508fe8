//! Parents and children.

use std::collections::{HashMap, HashSet};

use super::{Process, Relative};
use crate::sys::{Host, Processes};
use crate::{Pid, Result};

type Witness = <Host as Processes>::Witness;

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
    /// Linux: the parents that pidfds tell (6.13), and `/proc/PID/stat` of the children; before, of
    /// everyone, in one pass. Windows:
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
        self.offspring(false)
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
        self.offspring(true)
    }

    fn offspring(&self, recursive: bool) -> Result<Vec<Self>> {
        let relatives = self.system.host.relatives(self.pid(), recursive);
        let mut offspring = Offspring::new(relatives.map_err(|err| self.explain(err, None))?);
        // It is still there, so that the children of its pid were its own.
        self.ppid()?;
        let mut found = Vec::new();
        let mut seen = HashSet::from([self.pid()]);
        let mut open = offspring.take(self.pid(), self.identity.start);
        while let Some(relative) = open.pop() {
            let (pid, start) = (relative.pid, relative.start);
            if !seen.insert(pid) {
                continue;
            }
            let Some(process) = self.relative(relative)? else { continue };
            // So are those that have children.
            if recursive && offspring.has(pid) && process.is_running() {
                open.extend(offspring.take(pid, start));
            }
            found.push(process);
        }
        Ok(found)
    }

    /// One that is still there. A child that cannot be looked at is no missing child.
    fn relative(&self, relative: Relative) -> Result<Option<Self>> {
        if let Some((identity, name)) = relative.proven {
            return Ok(Some(Self::from_parts(
                self.system.clone(),
                identity,
                name,
                Witness::default(),
            )));
        }
        match self.system.process(relative.pid) {
            Ok(process) => Ok(Some(process).filter(|it| it.identity.start == relative.start)),
            Err(err) if err.is_gone() => Ok(None),
            Err(err) => Err(err),
        }
    }
}

/// Everyone's children.
struct Offspring {
    children: HashMap<Pid, Vec<Relative>>,
}

impl Offspring {
    fn new(relatives: Vec<Relative>) -> Self {
        let mut children: HashMap<Pid, Vec<Relative>> = HashMap::new();
        for relative in relatives {
            children.entry(relative.ppid).or_default().push(relative);
        }
        Self { children }
    }

    fn has(&self, parent: Pid) -> bool {
        self.children.contains_key(&parent)
    }

    /// The children of `parent`, the first one last; one older than it belongs to an earlier owner of
    /// the pid.
    fn take(&mut self, parent: Pid, start: u64) -> Vec<Relative> {
        let mut children = self.children.remove(&parent).unwrap_or_default();
        children.retain(|child| child.start >= start);
        children.reverse();
        children
    }
}
