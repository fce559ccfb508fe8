//! Paths of files that are no more: procfs writes ` (deleted)` behind them, as a file's name may end.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, CWD};

const MARK: &[u8] = b" (deleted)";

/// The path without the mark; `None` if it bears none.
pub(super) fn unmarked(path: &[u8]) -> Option<&[u8]> {
    path.strip_suffix(MARK)
}

/// Whether a file of that name is there, mark and all.
pub(super) fn exists(path: &[u8]) -> bool {
    rustix::fs::statat(CWD, path, AtFlags::empty()).is_ok()
}

/// Whether a link of procfs leads to the file of that name, mark and all.
pub(super) fn is_name(dir: impl AsFd, link: &[u8], path: &[u8]) -> bool {
    let there = rustix::fs::statat(dir, link, AtFlags::empty());
    let named = rustix::fs::statat(CWD, path, AtFlags::empty());
    match (there, named) {
        (Ok(there), Ok(named)) => (there.st_dev, there.st_ino) == (named.st_dev, named.st_ino),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn only_the_last_mark_is_one() {
        assert_eq!(unmarked(b"/a (deleted)"), Some(&b"/a"[..]));
        assert_eq!(unmarked(b"/a (deleted) (deleted)"), Some(&b"/a (deleted)"[..]));
        assert_eq!(unmarked(b"/a (deleted) "), None);
        assert_eq!(unmarked(b"/a"), None);
    }

    #[test]
    fn a_name_leads_to_its_own_file_only() {
        let dir = tempfile::tempdir().expect("a directory");
        let (one, other) = (dir.path().join("one (deleted)"), dir.path().join("other"));
        fs::write(&one, "").expect("a file");
        fs::write(&other, "").expect("a file");
        std::os::unix::fs::symlink(&one, dir.path().join("link")).expect("a link");
        let opened = fs::File::open(dir.path()).expect("the directory");
        assert!(exists(one.as_os_str().as_bytes()));
        assert!(is_name(&opened, b"link", one.as_os_str().as_bytes()));
        assert!(!is_name(&opened, b"link", other.as_os_str().as_bytes()));
        assert!(!is_name(&opened, b"none", one.as_os_str().as_bytes()));
    }
}
