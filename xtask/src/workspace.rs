//! Where the repository is, and what is in it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::command;

/// A checkout of this repository.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The one that `cargo xtask` was called in.
    ///
    /// Asked at run time and not when this was compiled: two checkouts may share a target folder.
    pub(crate) fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().context("asking for the current folder")?,
        };
        let root = start.ancestors().find(|dir| dir.join("Cargo.lock").is_file());
        let root = root.ok_or_else(|| anyhow!("no workspace at or above {}", start.display()))?;
        Ok(Self { root: root.to_owned() })
    }

    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Paths below the root of everything that is tracked, or new and not ignored.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.root);
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let list = command::output(&mut git).context("listing the files of the workspace")?;
        let mut files: Vec<String> = list
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| self.root.join(name).is_file()) // Deleted ones are listed too.
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Copies those files to `dir`, which holds nothing else afterwards.
    pub(crate) fn copy_to(&self, dir: &Path) -> Result<()> {
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("clearing {}", dir.display()))?;
        }
        for file in self.files()? {
            let to = dir.join(&file);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)
                    .with_context(|| format!("making {}", parent.display()))?;
            }
            fs::copy(self.root.join(&file), &to).with_context(|| format!("copying {file}"))?;
        }
        Ok(())
    }

    /// The cargo that runs this, at work on this workspace.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.current_dir(&self.root);
        command
    }

    /// Recorded machines, where the tests look for them: `SYSVITALS_FIXTURES`, or a folder
    /// `shared/fixtures` beside the checkout.
    pub(crate) fn fixtures(&self) -> Option<PathBuf> {
        let dir = match env::var_os("SYSVITALS_FIXTURES") {
            Some(dir) => PathBuf::from(dir),
            None => self.root.join("../shared/fixtures"),
        };
        dir.canonicalize().ok()
    }
}
