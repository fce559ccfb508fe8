//! A walk over many processes.

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::HashMap;
use std::ffi::OsString;
use std::hash::Hash;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use super::closing::Closing;
use super::target::Facts;
use crate::{Pid, Result};

/// How the processes of a walk are looked at: the way that costs least for what is asked.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// By their directories: anything can be asked, of one process for certain.
    #[default]
    Directory,
    /// By their pids: only `stat` is asked, and all of it is of one moment.
    Stat,
    /// By their pids and pidfds, which tell the ids for a third of what `status` costs, and that it was
    /// one process all the time.
    Pidfd,
}

/// What a walk over many processes keeps.
#[derive(Clone, Default)]
pub(crate) struct Scratch(pub(super) Rc<Walk>);

#[derive(Default)]
pub(super) struct Walk {
    /// How the processes of the walk are looked at.
    way: Way,
    /// How many descriptors may be kept beyond those that are.
    pub(super) room: Cell<usize>,
    /// Whether it is over so few processes that their paths cost less than to open the procfs root.
    is_short: Cell<bool>,
    /// The procfs root, so that a walk builds no paths.
    pub(super) proc: OnceCell<OwnedFd>,
    /// Who walks.
    pub(super) us: OnceCell<Pid>,
    facts: RefCell<Rc<Facts>>,
    pub(super) users: RefCell<HashMap<u32, OsString>>,
    pub(super) terminals: RefCell<HashMap<i32, Option<PathBuf>>>,
    pub(super) boot_time: OnceCell<SystemTime>,
}

impl Scratch {
    pub(super) fn new(way: Way) -> Self {
        Self::keeping(way, 0)
    }

    /// For a walk that keeps up to so many more descriptors.
    pub(super) fn keeping(way: Way, room: usize) -> Self {
        let room = Cell::new(room);
        Self(Rc::new(Walk { way, room, ..Walk::default() }))
    }

    /// Memory for what is read of the next process, of which nothing is known yet.
    pub(super) fn facts(&self) -> Rc<Facts> {
        let mut last = self.0.facts.borrow_mut();
        match Rc::get_mut(&mut last) {
            Some(facts) => facts.forget(),
            // Another process of the walk still needs it.
            None => *last = Rc::default(),
        }
        Rc::clone(&last)
    }

    pub(super) fn way(&self) -> Way {
        self.0.way
    }

    /// It will be over so many processes.
    pub(super) fn expect(&self, count: usize) {
        /// Of so many three files each cost as much by their paths.
        const FEW: usize = 3;
        self.0.is_short.set(count <= FEW);
    }

    pub(super) fn is_short(&self) -> bool {
        self.0.is_short.get()
    }

    /// What is to be closed.
    pub(super) fn closing(&self) -> Ref<'_, Closing> {
        Ref::map(self.0.facts.borrow(), |facts| &facts.closing)
    }

    /// The procfs root, opened once a walk.
    pub(super) fn root(&self, open: impl FnOnce() -> Result<OwnedFd>) -> Result<BorrowedFd<'_>> {
        if let Some(root) = self.0.proc.get() {
            return Ok(root.as_fd());
        }
        let root = open()?;
        Ok(self.0.proc.get_or_init(|| root).as_fd())
    }
}

/// What was looked up before in the walk, or is now.
pub(super) fn once<K: Copy + Eq + Hash, V: Clone>(
    known: &RefCell<HashMap<K, V>>,
    key: K,
    look_up: impl FnOnce(K) -> Result<V>,
) -> Result<V> {
    if let Some(value) = known.borrow().get(&key) {
        return Ok(value.clone());
    }
    let value = look_up(key)?;
    known.borrow_mut().insert(key, value.clone());
    Ok(value)
}
