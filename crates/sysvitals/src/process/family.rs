//! Parents and children.

use std::collections::{HashMap, HashSet};

use super::{Identity, Process, Relative};
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
    /// Linux: the parents that pidfds tell (6.13), and `/proc/PID/stat` of the children and of who
    /// stands behind one in the list; before, of everyone, in one pass. Windows:
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
        self.processes(false)
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
        self.processes(true)
    }

    /// Which processes its children are, with `recursive` theirs as well: as
    /// [`children`](Self::children) finds them, and for half of what that costs.
    ///
    /// They are known by their start alone, as rows of a table are: these identities lack the inode that
    /// the identity of a [`Process`] has on new Linux kernels, and do not compare equal to it.
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
    /// for child in me.child_identities(true)? {
    ///     println!("{} was started {:?} after the system", child.pid(), child.start());
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn child_identities(&self, recursive: bool) -> Result<Vec<Identity>> {
        let offspring = self.offspring(recursive, false)?;
        Ok(offspring.into_iter().map(|relative| relative.identity).collect())
    }

    fn processes(&self, recursive: bool) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for relative in self.offspring(recursive, true)? {
            found.extend(self.relative(relative)?);
        }
        Ok(found)
    }

    fn offspring(&self, recursive: bool, identified: bool) -> Result<Vec<Relative>> {
        let relatives = self.system.host.relatives(self.pid(), recursive, identified);
        let mut offspring = Offspring::new(relatives.map_err(|err| self.explain(err, None))?);
        // It is still there, so that the children of its pid were its own.
        self.ppid()?;
        let mut found = Vec::new();
        let mut seen = HashSet::from([self.pid()]);
        let mut open = offspring.take(&self.identity);
        while let Some(relative) = open.pop() {
            let pid = relative.identity.pid;
            if !seen.insert(pid) {
                continue;
            }
            // So are those that have children.
            if recursive && offspring.has(pid) && self.is_there(&relative) {
                open.extend(offspring.take(&relative.identity));
            }
            found.push(relative);
        }
        Ok(found)
    }

    /// Whether a relative has kept its pid until now.
    fn is_there(&self, relative: &Relative) -> bool {
        let Identity { pid, start, inode, .. } = relative.identity;
        match self.system.process(pid) {
            Ok(Self { identity, .. }) => {
                identity.start == start && (inode.is_none() || identity.inode == inode)
            }
            // Denied, or out of descriptors: it was there a moment ago and nothing says otherwise.
            Err(err) => !err.is_gone(),
        }
    }

    /// One that is still there. A child that cannot be looked at is no missing child.
    fn relative(&self, relative: Relative) -> Result<Option<Self>> {
        let Relative { identity, identified, .. } = relative;
        if identified.is_some() {
            let (system, witness) = (self.system.clone(), Witness::default());
            return Ok(Some(Self::from_parts(system, identity, identified, witness)));
        }
        match self.system.process(identity.pid) {
            Ok(process) => Ok(Some(process).filter(|it| it.identity.start == identity.start)),
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
    fn take(&mut self, parent: &Identity) -> Vec<Relative> {
        let mut children = self.children.remove(&parent.pid).unwrap_or_default();
        children.retain(|child| child.identity.start >= parent.start);
        children.reverse();
        children
    }
}
