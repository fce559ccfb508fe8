//! Copies of a recorded machine that differ from it in one process.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

/// A process whose `stat` nobody recorded is given this one, since what has none is no process. What
/// it says is never compared with anything.
const STAT: &str = "(unrecorded) S 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \
    0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

/// The machine as it is, but for one process that has a `stat` in any case and no file `without`.
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
    if !to.join("stat").exists() {
        fs::write(to.join("stat"), format!("{pid} {STAT}"))?;
    }
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
