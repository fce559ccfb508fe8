//! Copies of a recorded machine that differ from it in one process.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

/// The machine as it is, but for one process that has no file `without`.
pub(crate) fn copy(machine: &Path, pid: &str, without: &str) -> io::Result<TempDir> {
    let machine = machine.canonicalize()?;
    let copy = tempfile::tempdir()?;
    link_all(&machine, copy.path(), "proc")?;
    let (from, to) = (machine.join("proc"), copy.path().join("proc"));
    fs::create_dir(&to)?;
    link_all(&from, &to, pid)?;
    let (from, to) = (from.join(pid), to.join(pid));
    fs::create_dir(&to)?;
    link_all(&from, &to, without)?;
    Ok(copy)
}

/// Links to everything in `from` but `except`; a link is copied, since where it points is the fact.
fn link_all(from: &Path, to: &Path, except: &str) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != except {
            let target = if entry.file_type()?.is_symlink() {
                fs::read_link(entry.path())?
            } else {
                entry.path()
            };
            symlink(target, to.join(name))?;
        }
    }
    Ok(())
}
