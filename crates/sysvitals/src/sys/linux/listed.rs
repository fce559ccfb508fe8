//! What stands by numbers in a directory of a process: its threads, its descriptors.
//!
//! They are looked up below the directory that listed them, which costs a fifth less than by their paths
//! and is bound to the process, as that directory is.

use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;

use rustix::path::DecInt;
use sysvitals_parse::ParseError;

use super::read;
use super::target::{Target, joined};
use crate::{Error, Result};

/// A directory of a process, opened to be listed.
pub(super) struct Listed<'a> {
    target: &'a Target,
    name: &'static str,
    dir: OwnedFd,
}

impl<'a> Listed<'a> {
    pub(super) fn open(target: &'a Target, name: &'static str) -> Result<Self> {
        match target.open_directory(name) {
            Ok(dir) => Ok(Self { target, name, dir }),
            Err(err) => Err(failed(target, name, err)),
        }
    }

    /// Nothing more is asked of it.
    pub(super) fn close(self) {
        self.target.was_opened(self.name, &self.dir);
        self.target.closing().later(self.dir);
    }

    /// The numbers that it lists, ascending.
    pub(super) fn numbers(&self) -> Result<Vec<u32>> {
        let mut numbers =
            read::numbers(&self.dir).map_err(|err| failed(self.target, self.name, err))?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Where the link of a number leads, as the kernel tells it.
    pub(super) fn link(&self, number: u32) -> Result<OsString> {
        match self.at(number, read::link) {
            Ok(path) => Ok(OsString::from_vec(path)),
            Err(err) => Err(self.failed(&number.to_string(), err)),
        }
    }

    /// Makes a call that ends in `at` on what a number stands for.
    pub(super) fn at<T>(&self, number: u32, call: impl FnOnce(BorrowedFd<'_>, &[u8]) -> T) -> T {
        call(self.dir.as_fd(), DecInt::new(number).as_bytes())
    }

    /// Reads a file that the kernel prints at once, by its path from the directory: what stands before
    /// and behind the number.
    pub(super) fn read_record<T>(
        &self,
        (before, number, behind): (&str, u32, &str),
        parse: impl FnOnce(&[u8]) -> Result<T, ParseError>,
    ) -> Result<T> {
        let digits = DecInt::new(number);
        let parts = [before.as_bytes(), digits.as_bytes(), behind.as_bytes()];
        joined(&parts, |path| {
            let fetch = |bytes: &mut _| {
                let (open, closing) = (|| read::open(&self.dir, path), self.target.closing());
                let file = closing.opened(open, std::io::Error::raw_os_error)?;
                closing.after(file, |file| read::record_of(file, bytes))
            };
            let what = || self.target.path(self.name).join(format!("{before}{number}{behind}"));
            self.target.read_by(fetch, what, parse)
        })
    }

    fn failed(&self, file: &str, err: std::io::Error) -> Error {
        Error::io(format!("reading {}", self.target.path(self.name).join(file).display()), err)
    }
}

fn failed(target: &Target, name: &str, err: std::io::Error) -> Error {
    Error::io(format!("listing {}", target.path(name).display()), err)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use sysvitals_parse::linux::pid::stat;

    use super::super::process::is_missing;
    use super::super::target::Dir;
    use super::*;
    use crate::{Pid, System};

    #[test]
    fn what_is_listed_is_the_processs_and_gone_with_it() {
        let mut child = Command::new("sleep").arg("100").spawn().expect("a child");
        let host = System::host().host;
        let pid = Pid::new(child.id());
        let target = Target::new(&host, pid, Dir::Listed(None), None);
        let tasks = Listed::open(&target, "task").expect("its threads");
        let fds = Listed::open(&target, "fd").expect("its descriptors");
        assert_eq!(tasks.numbers().expect("a list"), [pid.get()]);
        let state = |bytes: &[u8]| stat::parse(bytes).map(|stat| stat.ppid);
        let parent = tasks.read_record(("", pid.get(), "/stat"), state).expect("a file");
        assert_eq!(parent, std::process::id());
        assert!(!fds.link(0).expect("a link").is_empty());
        let none = fds.link(4_000_000).expect_err("no such descriptor");
        assert!(is_missing(&none), "{none}");

        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        let gone = [
            fds.link(0).expect_err("it has ended"),
            tasks.read_record(("", pid.get(), "/stat"), state).expect_err("it has ended"),
            fds.read_record(("../fdinfo/", 0, ""), |_| Ok(())).expect_err("it has ended"),
        ];
        assert!(gone.iter().all(is_missing), "{gone:?}");
    }
}
