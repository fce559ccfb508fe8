//! Directories that are listed, above all those of sysfs, whose files hold one value each.
//!
//! A driver fails in many ways (EIO, ENODEV, ENODATA, an empty file) that mean one thing to who asks
//! for a value: the device does not tell.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use rustix::fs::SeekFrom;
use rustix::path::Arg;
use sysvitals_parse::linux::attribute;

use super::{Host, read};
use crate::{Error, Result};

/// An open directory, and a buffer for its files.
pub(super) struct Directory {
    fd: OwnedFd,
    name: Vec<u8>,
    bytes: Vec<u8>,
}

impl Directory {
    fn new(fd: OwnedFd) -> Self {
        Self { fd, name: Vec::new(), bytes: Vec::new() }
    }

    /// A directory below this one.
    pub(super) fn below(&self, path: impl Arg) -> io::Result<Self> {
        read::directory(&self.fd, path, true).map(Self::new)
    }

    /// The names in it that start with `prefix`, in the order of their bytes; hidden ones apart.
    pub(super) fn names(&self, prefix: &str) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        // It may have been listed before.
        rustix::fs::seek(&self.fd, SeekFrom::Start(0))?;
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        let mut entries = rustix::fs::RawDir::new(&self.fd, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !name.starts_with(b".") && name.starts_with(prefix.as_bytes()) {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// What the file `stem` + `suffix` says, without the blanks around it.
    pub(super) fn text(&mut self, stem: impl AsRef<OsStr>, suffix: &str) -> Option<&[u8]> {
        self.name.clear();
        self.name.extend_from_slice(stem.as_ref().as_bytes());
        self.name.extend_from_slice(suffix.as_bytes());
        read::record(&self.fd, self.name.as_slice(), &mut self.bytes).ok()?;
        Some(attribute::text(&self.bytes))
    }

    /// The same, for the system to keep.
    pub(super) fn os_text(&mut self, stem: impl AsRef<OsStr>, suffix: &str) -> Option<OsString> {
        self.text(stem, suffix).map(|text| OsString::from_vec(text.to_vec()))
    }

    /// The number in the file `stem` + `suffix`.
    pub(super) fn number(&mut self, stem: impl AsRef<OsStr>, suffix: &str) -> Option<i64> {
        attribute::number(self.text(stem, suffix)?).ok()
    }
}

impl Host {
    /// A directory that a machine need not have, and the names in it that start with `prefix`.
    pub(super) fn list_if_there(
        &self,
        path: &Path,
        prefix: &str,
    ) -> Result<Option<(Directory, Vec<OsString>)>> {
        let list = || {
            let directory = Directory::new(read::directory(rustix::fs::CWD, path, true)?);
            let names = directory.names(prefix)?;
            Ok::<_, io::Error>((directory, names))
        };
        match list() {
            Ok(listed) => Ok(Some(listed)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(Error::io(format!("reading {}", path.display()), err)),
        }
    }
}
