//! `cargo xtask user`: the tests once more, as somebody who may not do everything.
//!
//! Root is never refused, so what root's tests say of refusals is worth little. The test programs
//! are run again as `nobody`, at the places they were built for: paths of the checkout are
//! compiled into them. Where `nobody` cannot get there (a checkout below `/root`), a copy is
//! mounted at the same paths, in a mount namespace that ends with the test.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{Outcome, command, gate};

/// `nobody` and `nogroup`.
const NOBODY: u32 = 65534;

/// The crates that ask a live host.
const CRATES: &[&str] = &["sysvitals", "sysvitals-cli"];

/// Mounts copies over what `nobody` cannot reach, then becomes `nobody`.
///
/// Arguments: how many of each, then folders to hide, then pairs of a copy and the place it is
/// to appear at, then the command.
const IN_NAMESPACE: &str = r#"
set -eu
hidden=$1 pairs=$2
shift 2
while [ "$hidden" -gt 0 ]; do
    mount -t tmpfs -o mode=755 none "$1"
    shift; hidden=$((hidden - 1))
done
while [ "$pairs" -gt 0 ]; do
    mkdir -p "$2"
    mount --bind "$1" "$2"
    shift 2; pairs=$((pairs - 1))
done
exec "$@"
"#;

/// A built test, and the folder that cargo would run it in.
struct Test {
    program: PathBuf,
    package: PathBuf,
}

/// The step.
pub(crate) fn run(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    if command::uid()? != 0 {
        return Ok(Outcome::NotRun("already an ordinary user: `unit` ran as one".to_owned()));
    }
    for program in ["setpriv", "unshare", "mount"] {
        if command::which(program).is_none() {
            return Ok(Outcome::NotRun(format!("there is no `{program}`")));
        }
    }
    let programs = build(workspace)?;
    let scratch = Scratch::new("user")?;
    let Some(stage) = Stage::prepare(workspace, &programs, &scratch)? else {
        let reason = "`nobody` cannot read the checkout, and nothing can be mounted here";
        return Ok(Outcome::NotRun(reason.to_owned()));
    };

    let mut sum = Tally::default();
    let mut failed = Vec::new();
    for test in &programs.tests {
        let name = test.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("--- {name}");
        match gate::counted(&mut stage.command(test, &scratch)) {
            Ok(tally) => sum += tally,
            Err(error) => failed.push(format!("{name}: {error:#}")),
        }
    }
    if !failed.is_empty() {
        bail!("as nobody: {}", failed.join("; "));
    }
    if sum.passed == 0 {
        // True of a workspace whose tests are all elsewhere; said, lest it pass for success.
        return Ok(Outcome::NotRun("these crates have no tests".to_owned()));
    }
    Ok(Outcome::Done(sum.to_string()))
}

/// What cargo built: tests, and the programs that they start.
struct Programs {
    tests: Vec<Test>,
    binaries: Vec<PathBuf>,
}

/// Builds the tests without running them.
fn build(workspace: &Workspace) -> Result<Programs> {
    let mut cargo = workspace.cargo();
    // Features as in `unit`, so that nothing is built twice.
    cargo.args(["test", "--workspace", "--all-features", "--locked", "--no-run"]);
    cargo.args(["--message-format=json", "--quiet"]);
    let messages = command::output(&mut cargo)?;
    let mut programs = Programs { tests: Vec::new(), binaries: Vec::new() };
    for line in String::from_utf8_lossy(&messages).lines() {
        // One message a line, and cargo writes paths without blanks between. A path with quotes
        // or backslashes in it would need a real JSON reader; no checkout has one.
        let Some(program) = json_text(line, "executable").map(PathBuf::from) else { continue };
        let manifest = json_text(line, "manifest_path").context("a message without manifest")?;
        let package = Path::new(manifest).parent().context("a manifest in no folder")?;
        let name = package.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if !CRATES.contains(&name) {
            continue;
        }
        if is_test_profile(line) {
            programs.tests.push(Test { program, package: package.to_owned() });
        } else {
            programs.binaries.push(program);
        }
    }
    Ok(programs)
}

/// Whether a message of cargo's is about a test program; targets have a `test` of their own.
fn is_test_profile(line: &str) -> bool {
    let profile = line.split_once("\"profile\":{").map_or("", |(_, rest)| rest);
    profile.split_once('}').is_some_and(|(profile, _)| profile.contains("\"test\":true"))
}

/// The text `name` has in one line of JSON.
fn json_text<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}

/// A folder that is gone afterwards, with a home for `nobody` in it.
pub(crate) struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    pub(crate) fn new(step: &str) -> Result<Self> {
        // Not `TMPDIR`: that may be root's own.
        let dir = PathBuf::from(format!("/tmp/sysvitals-{step}-{}", std::process::id()));
        fs::create_dir(&dir).with_context(|| format!("making {}", dir.display()))?;
        let scratch = Self { dir };
        fs::set_permissions(&scratch.dir, Permissions::from_mode(0o755))?;
        fs::create_dir(scratch.home())?;
        chown(scratch.home(), Some(NOBODY), Some(NOBODY))?;
        Ok(scratch)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// Has `command`, whose arguments end here, go on as `nobody` in the folder `dir` with what
    /// is added to it, and with as little environment as a login gives.
    pub(crate) fn become_nobody(&self, command: &mut Command, dir: &Path) {
        let id = NOBODY.to_string();
        command.args([format!("--reuid={id}"), format!("--regid={id}")]);
        command.args(["--clear-groups", "env", "--chdir"]).arg(dir);
        command.env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("HOME", self.home()).env("TMPDIR", self.home());
        command.current_dir("/");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// How `nobody` gets at the programs and what they read.
struct Stage {
    /// Folders to be covered by empty ones that anybody may enter.
    hidden: Vec<PathBuf>,
    /// Copies, and where they are to appear.
    copies: Vec<(PathBuf, PathBuf)>,
    fixtures: Option<PathBuf>,
}

impl Stage {
    /// Copies what cannot be reached; `None` if it then cannot be mounted.
    fn prepare(
        workspace: &Workspace,
        programs: &Programs,
        scratch: &Scratch,
    ) -> Result<Option<Self>> {
        let fixtures = workspace.fixtures();
        let mut stage = Self { hidden: Vec::new(), copies: Vec::new(), fixtures };
        let all: Vec<&PathBuf> =
            programs.tests.iter().map(|test| &test.program).chain(&programs.binaries).collect();

        let reaches_programs = all.iter().all(|program| reaches(program));
        let reaches_root = reaches(&workspace.root().join("Cargo.toml"));
        if !reaches_root || !reaches_programs {
            let copy = scratch.dir.join("checkout");
            workspace.copy_to(&copy)?;
            stage.place(copy, workspace.root());
            // The programs, by folder, since mounts are of folders.
            let mut folders: Vec<&Path> = all.iter().filter_map(|file| file.parent()).collect();
            folders.sort_unstable();
            folders.dedup();
            for (number, folder) in folders.into_iter().enumerate() {
                let copy = scratch.dir.join(format!("programs{number}"));
                fs::create_dir(&copy)?;
                for program in all.iter().filter(|program| program.parent() == Some(folder)) {
                    let name = program.file_name().unwrap_or_default();
                    fs::copy(program, copy.join(name)).context("copying a test")?;
                }
                stage.place(copy, folder);
            }
        }
        // One that can be entered is enough: below it, recorded trees may hold refusals of
        // their own on purpose.
        if let Some(fixtures) = stage.fixtures.clone().filter(|dir| !reaches(dir)) {
            let copy = scratch.dir.join("fixtures");
            command::output(Command::new("cp").arg("-r").arg(&fixtures).arg(&copy))?;
            stage.place(copy, &fixtures);
        }
        for (copy, _) in &stage.copies {
            command::output(Command::new("chmod").args(["-R", "a+rX"]).arg(copy))?;
        }
        let mounts = stage.hidden.is_empty()
            || command::succeeds(Command::new("unshare").args(["--mount", "true"]));
        Ok(mounts.then_some(stage))
    }

    /// Has `copy` appear at `place`, whatever keeps `nobody` from there.
    fn place(&mut self, copy: PathBuf, place: &Path) {
        self.copies.push((copy, place.to_owned()));
        // The topmost folder that cannot be entered; if there is none, the copy covers `place`.
        let mut above: Vec<&Path> = place.ancestors().collect();
        above.reverse();
        if let Some(closed) = above.into_iter().find(|dir| dir.is_dir() && !enters(dir))
            && !self.hidden.iter().any(|hidden| hidden == closed)
        {
            self.hidden.push(closed.to_owned());
        }
    }

    /// The command that runs one test as `nobody`.
    fn command(&self, test: &Test, scratch: &Scratch) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", IN_NAMESPACE, "sh"]);
        command.arg(self.hidden.len().to_string()).arg(self.copies.len().to_string());
        command.args(&self.hidden);
        for (copy, place) in &self.copies {
            command.arg(copy).arg(place);
        }
        if self.copies.is_empty() {
            command = Command::new("setpriv");
        } else {
            command.arg("setpriv");
        }
        scratch.become_nobody(&mut command, &test.package);
        command.arg(&test.program);
        command.env("CARGO_MANIFEST_DIR", &test.package).env("RUST_BACKTRACE", "1");
        command.env("INSTA_UPDATE", "no").env("CI", "true");
        if let Some(fixtures) = &self.fixtures {
            command.env("SYSVITALS_FIXTURES", fixtures);
        }
        command
    }
}

/// Whether `nobody` can read `path`.
fn reaches(path: &Path) -> bool {
    asked(path, "-r")
}

/// Whether `nobody` can go through the folder `path`.
fn enters(path: &Path) -> bool {
    asked(path, "-x")
}

fn asked(path: &Path, what: &str) -> bool {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "test", what]).arg(path);
    command::succeeds(command.current_dir("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_programs() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/a/b/Cargo.toml","target":{"kind":["bin"],"test":true},"profile":{"opt_level":"0","test":true},"executable":"/t/x"}"#;
        assert_eq!(json_text(line, "executable"), Some("/t/x"));
        assert_eq!(json_text(line, "manifest_path"), Some("/a/b/Cargo.toml"));
        assert!(is_test_profile(line));
        assert!(!is_test_profile(&line.replace("\"0\",\"test\":true", "\"0\",\"test\":false")));
        assert_eq!(json_text("{\"executable\":null}", "executable"), None);
    }
}
