//! A process that was recorded by hand, for the tests of this backend.

use std::path::PathBuf;
use std::{fs, os};

use tempfile::TempDir;

use crate::{Pid, Process, System};

/// Process 42 in a directory of its own.
pub(super) struct Recording {
    root: TempDir,
}

impl Recording {
    pub(super) const STATUS: &'static str = "Name:\tcat\nTgid:\t42\nPid:\t42\nPPid:\t1\n\
        Uid:\t1000\t1\t2\t3\nGid:\t4\t5\t6\t7\n";

    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        Self { root }.stat("cat", 'S', 0, 0x0040_0000)
    }

    /// A thread of the kernel.
    pub(super) fn of_kernel_thread() -> Self {
        Self::new().stat("kthreadd", 'S', 0, 0x0020_8040)
    }

    pub(super) fn of_zombie() -> Self {
        Self::new().stat("gone", 'Z', 0, 0x0040_000c)
    }

    pub(super) fn stat(self, comm: &str, state: char, tty: i32, flags: u32) -> Self {
        let stat = format!(
            "42 ({comm}) {state} 1 42 42 {tty} 42 {flags} 7 0 3 0 110 20 -5 6 20 -5 2 0 5150 8192 \
             100 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0\n"
        );
        self.file("proc/42/stat", stat)
    }

    /// Writes a file below the root.
    pub(super) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.place(path), text).expect("a file");
        self
    }

    /// Makes a link below the root.
    pub(super) fn link(self, path: &str, target: &str) -> Self {
        os::unix::fs::symlink(target, self.place(path)).expect("a link");
        self
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("a directory");
        path
    }

    pub(super) fn process(&self) -> Process {
        System::at(self.root.path()).process(Pid::new(42)).expect("it was recorded")
    }
}
