//! The one place that judges what a failure means for a process.

use std::io;
use std::sync::Arc;

use super::{Opened, Process};
use crate::sys::{Host, Processes};
use crate::{Error, Fields, Pid, Result};

type Target = <Host as Processes>::Target;
type Handle = <Host as Processes>::Handle;

impl Process {
    /// Asks, and proves that it was the process meant that was asked.
    ///
    /// One that was proven before is asked by its pid, which it had then, and recognised afterwards:
    /// it had its pid in between. Whatever is in doubt is asked again of the process opened and proven.
    pub(crate) fn ask<T>(&self, question: impl Fn(&Host, &Target) -> Result<T>) -> Result<T> {
        self.ask_for(Fields::empty(), question)
    }

    /// The same, for what is told in a better way where it is known what that is.
    pub(super) fn ask_for<T>(
        &self,
        fields: Fields,
        mut question: impl FnMut(&Host, &Target) -> Result<T>,
    ) -> Result<T> {
        let host = &self.system.host;
        if let Some(handle) = &self.held {
            let target = host.held(handle).map_err(|err| self.explain(err, None))?;
            let answer = question(host, &target).map_err(|err| self.explain(err, Some(&target)));
            if host.is_settled(&target) {
                return answer;
            }
        }
        let witness = self.proves.then_some(&self.state.witness);
        if let Some(target) = host.unproven(&self.identity, witness, fields) {
            let answer = question(host, &target);
            let is_sure =
                || witness.is_none_or(|witness| host.confirm(&target, &self.identity, witness));
            if answer.is_ok() && is_sure() {
                return answer;
            }
        }
        self.act(question)
    }

    /// Opens the process, proves that it is the one meant, and then only asks it or acts on it.
    pub(super) fn act<T>(&self, question: impl FnOnce(&Host, &Target) -> Result<T>) -> Result<T> {
        let target = self.target()?;
        let host = &self.system.host;
        question(host, &target).map_err(|err| self.explain(err, Some(&target)))
    }

    /// The process, for one question or several of one moment.
    pub(super) fn target(&self) -> Result<Target> {
        let host = &self.system.host;
        match self.intact() {
            Some(handle) => host.held(handle).map_err(|err| self.explain(err, None)),
            None => {
                let opened = host.open(&self.identity).map_err(|err| self.explain(err, None))?;
                let target = self.here(opened)?;
                host.remember(&target, &self.state.witness);
                Ok(target)
            }
        }
    }

    /// What it is held by, if nobody has closed that.
    fn intact(&self) -> Option<&Arc<Handle>> {
        self.held.as_ref().filter(|handle| self.system.host.is_intact(handle))
    }

    /// The process, for as long as the handle lives.
    pub(super) fn handle(&self) -> Result<Arc<Handle>> {
        if let Some(handle) = self.intact() {
            return Ok(Arc::clone(handle));
        }
        let opened =
            self.system.host.hold(&self.identity).map_err(|err| self.explain(err, None))?;
        self.here(opened).map(Arc::new)
    }

    fn here<T>(&self, opened: Opened<T>) -> Result<T> {
        match opened {
            Opened::Here(it) => Ok(it),
            Opened::Gone => Err(self.no_such_process(false)),
            Opened::Reused => Err(self.no_such_process(true)),
        }
    }

    fn no_such_process(&self, reused: bool) -> Error {
        Error::NoSuchProcess { pid: self.pid(), name: self.last_name(), reused }
    }

    /// Turns what a backend said into what it means for this process.
    pub(super) fn explain(&self, err: Error, target: Option<&Target>) -> Error {
        let host = &self.system.host;
        let Error::Io { at, source } = err else { return err };
        let (pid, name) = (self.pid(), self.last_name());
        if source.kind() == io::ErrorKind::PermissionDenied {
            return Error::AccessDenied { pid: Some(pid), name, source: Some(source) };
        }
        if !host.says_gone(&source) {
            return Error::Io { at, source };
        }
        let Some(target) = target else { return self.no_such_process(false) };
        if let Some(ppid) = host.zombie_of(target) {
            return Error::ZombieProcess { pid, name, ppid: Some(ppid) };
        }
        // A missing file need not mean a missing process.
        if host.exists(target) {
            return Error::Io { at, source };
        }
        self.no_such_process(false)
    }

    /// The error for a process that outlived the time given to [`wait`](Self::wait) for it: psutil's
    /// `TimeoutExpired`, for callers that treat this as a failure.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use sysvitals::{Error, Process};
    ///
    /// let me = Process::current()?;
    /// let brief = Duration::from_millis(1);
    /// let ended = me.wait(brief)?.ok_or_else(|| me.timeout(brief));
    /// assert!(matches!(ended, Err(Error::Timeout { .. })));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn timeout(&self, after: std::time::Duration) -> Error {
        Error::Timeout { after, pid: self.pid(), name: self.last_name() }
    }
}

/// No process has `pid`.
pub(super) fn no_process(pid: Pid) -> Error {
    Error::NoSuchProcess { pid, name: None, reused: false }
}

/// Another process has `pid` by now.
pub(super) fn reused(pid: Pid, name: Option<String>) -> Error {
    Error::NoSuchProcess { pid, name, reused: true }
}

/// What a failure to look at `pid` for the first time means.
pub(super) fn denied(err: Error, pid: Pid) -> Error {
    match err {
        Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Error::AccessDenied { pid: Some(pid), name: None, source: Some(source) }
        }
        other => other,
    }
}

/// Why a cell of a table is empty.
pub(super) fn missing(err: &Error, host: &Host, target: &Target) -> super::Missing {
    use super::Missing;
    match err {
        Error::Unsupported(_) => Missing::Unsupported,
        Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Missing::Denied
        }
        Error::Io { source, .. } if host.says_gone(source) => {
            if host.zombie_of(target).is_some() || !host.exists(target) {
                Missing::Gone
            } else {
                Missing::Unsupported
            }
        }
        _ => Missing::Failed,
    }
}
