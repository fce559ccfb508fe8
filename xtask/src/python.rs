//! The Python face: `cargo xtask python`, `conformance` and `typing`.
//!
//! All three ask the package as a user has it: built and installed by pip, with psutil's name for
//! it, into a virtual environment in the target folder. What is Python's is in Python, below
//! `python/tests/`; here is where it runs, as whom, and what its last lines say.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::tally::Tally;
use crate::user::Scratch;
use crate::workspace::Workspace;
use crate::{Outcome, command, gate};

/// The oldest Python, which the extension's stable interface is that of.
const OLDEST: (u32, u32) = (3, 9);

const TESTS: &str = "python/tests";

/// The release of psutil's that ours is compared with.
const UPSTREAM: &str = "psutil==7.2.2";

/// The folders of packages that are installed, in this order.
const PACKAGES: &[&str] = &["./python", "./python/as-psutil"];

/// A virtual environment in which the packages of this checkout are installed.
struct Lab {
    dir: PathBuf,
}

/// Our own tests of the Python face.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let tests = workspace.root().join(TESTS);
    let is_test = |name: &str| name.starts_with("test_") && name.ends_with(".py");
    let names = fs::read_dir(&tests).with_context(|| format!("reading {}", tests.display()))?;
    if !names.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_test)) {
        return Ok(Outcome::NotRun(format!("there are no tests in {TESTS}")));
    }
    let mut pytest = lab.python();
    pytest.current_dir(workspace.root()).args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    match lab.upstream_python() {
        Ok(python) => drop(pytest.env("SYSVITALS_UPSTREAM_PYTHON", python)),
        // The tests that want it say so, and are counted as skipped.
        Err(error) => println!("NO COMPARISON WITH {UPSTREAM}: {error:#}"),
    }
    pytest.args(["--rootdir", TESTS, "-c", "/dev/null", "-ra", "--durations", "5"]);
    pytest.args(if args.is_empty() { vec![TESTS.to_owned()] } else { args.to_vec() });
    let tally = gate::counted_by(&mut pytest, Tally::of_pytest)?;
    if tally.passed == 0 {
        bail!("no test ran");
    }
    Ok(Outcome::Done(tally.to_string()))
}

/// psutil's own tests, as whoever runs this and, if that is root, as `nobody` too.
///
/// The strictest mode holds what the other two hold; `--each` runs those as well.
pub(crate) fn conformance(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let modes: &[&str] = match args {
        [] => &["whole"],
        [flag] if flag == "--each" => &["names", "bare", "whole"],
        _ => bail!("usage: conformance [--each]"),
    };
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let sdist = match lab.upstream(workspace) {
        Ok(sdist) => sdist,
        Err(error) => {
            // What pip and Python have to say about it is long, and its end tells.
            let error = format!("{error:#}");
            return Ok(Outcome::NotRun(error.lines().last().unwrap_or_default().to_owned()));
        }
    };
    let root = command::uid()? == 0;
    let mut notes = Vec::new();
    let mut failed = Vec::new();
    for mode in modes {
        let mut run = lab.activated(apart(&lab.program("python"))?);
        run.current_dir(workspace.root()).arg(format!("{TESTS}/conformance.py"));
        run.arg("--site").arg(lab.site()?).arg("--python").arg(lab.program("python"));
        run.args(["--mode", mode]).arg("--sdist").arg(&sdist);
        let who = if root { "root" } else { "user" };
        match gate::counted_by(&mut run, Tally::of_conformance) {
            Ok(tally) => notes.push(format!("{mode} as {who}: {tally}")),
            Err(error) => failed.push(format!("{mode} as {who}: {error:#}")),
        }
    }
    if root {
        match lab.as_nobody(workspace, &sdist) {
            Ok(Ok(tally)) => notes.push(format!("whole as nobody: {tally}")),
            Ok(Err(reason)) => notes.push(format!("NOT AS NOBODY: {reason}")),
            Err(error) => failed.push(format!("whole as nobody: {error:#}")),
        }
    }
    if !failed.is_empty() {
        bail!("{}", [failed, notes].concat().join("; "));
    }
    Ok(Outcome::Done(notes.join("; ")))
}

/// Every answer, here and in psutil at the same time, as whoever runs this and as `nobody`.
pub(crate) fn differential(workspace: &Workspace, _: &[String]) -> Result<Outcome> {
    const CHECK: &str = "python/tests/differential.py";
    if !workspace.root().join(CHECK).exists() {
        return Ok(Outcome::NotRun(format!("there is no {CHECK}")));
    }
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let upstream = match lab.upstream_python() {
        Ok(python) => python,
        Err(error) => {
            return Ok(Outcome::NotRun(format!("pip does not get {UPSTREAM}: {error:#}")));
        }
    };
    let users: &[&[&str]] =
        if command::uid()? == 0 { &[&[], &["--user", "nobody"]] } else { &[&[]] };
    let mut notes = Vec::new();
    for user in users {
        let mut check = lab.python();
        check.current_dir(workspace.root()).arg(CHECK).arg(&upstream).args(*user);
        notes.push(finished(&mut check).with_context(|| user.join(" "))?);
    }
    Ok(Outcome::Done(notes.join("; ")))
}

/// How long each call takes here and in psutil: one ratio a line, for people.
pub(crate) fn speed(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let mut speed = lab.python();
    speed.current_dir(workspace.root()).arg(format!("{TESTS}/speed.py"));
    speed.arg("--ours").arg(lab.program("python")).arg("--theirs").arg(lab.upstream_python()?);
    finished(speed.args(args)).map(Outcome::Done)
}

/// The interpreter that has our psutil, and that which has psutil itself; or why there are none.
pub(crate) fn interpreters(workspace: &Workspace) -> Result<Result<(PathBuf, PathBuf), String>> {
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Err(reason)),
    };
    match lab.upstream_python() {
        Ok(upstream) => Ok(Ok((lab.program("python"), upstream))),
        Err(error) => Ok(Err(format!("pip does not get {UPSTREAM}: {error:#}"))),
    }
}

/// Programs that import psutil, installed on ours and used; needs pip's index.
pub(crate) fn programs(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let mut programs = lab.python();
    programs.current_dir(workspace.root()).arg(format!("{TESTS}/programs.py"));
    finished(programs.args(args)).map(Outcome::Done)
}

/// The beginning of a command, for psutil's tests: its processes see no others, if root runs this.
///
/// These tests take it that nobody else starts or ends processes, or gives them names that are no
/// text: a zombie that they found has to be one until they have looked again. So they get a pid
/// namespace with a procfs of its own, as every container has. (The other Python steps do look at
/// all processes.)
fn apart(program: &Path) -> Result<Command> {
    const OWN: [&str; 4] = ["--pid", "--fork", "--kill-child", "--mount-proc"];
    // The first process there inherits orphans, and a shell that waits buries them. Two strangers
    // keep it from being a world of one's own.
    const INIT: &str = r#"sleep infinity & sleep infinity & "$@" & wait $!"#;
    let mut unshare = Command::new("unshare");
    unshare.args(OWN);
    if command::uid()? == 0 && command::succeeds(unshare.arg("true")) {
        let mut unshare = Command::new("unshare");
        unshare.args(OWN).args(["sh", "-c", INIT, "sh"]).arg(program);
        return Ok(unshare);
    }
    println!("no pid namespace can be had here: other processes may disturb psutil's tests");
    Ok(Command::new(program))
}

/// Runs a check that is a program; its last line sums it up.
fn finished(check: &mut Command) -> Result<String> {
    let (text, status) = gate::passed_on(check)?;
    if !status.success() {
        bail!("it failed: {status}");
    }
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    Ok(last.unwrap_or_default().trim().to_owned())
}

/// The stubs: against those that type checkers have for psutil, and on their own.
pub(crate) fn typing(workspace: &Workspace, args: &[String]) -> Result<Outcome> {
    const CHECK: &str = "python/tests/typing_check.py";
    if !workspace.root().join(CHECK).exists() {
        return Ok(Outcome::NotRun(format!("there is no {CHECK}")));
    }
    let lab = match lab(workspace)? {
        Ok(lab) => lab,
        Err(reason) => return Ok(Outcome::NotRun(reason)),
    };
    let mut check = lab.python();
    check.current_dir(workspace.root()).arg(CHECK).arg(lab.dir.join("venv"));
    finished(check.args(args)).map(Outcome::Done)
}

/// The laboratory, set up once a run; or why there can be none here.
fn lab(workspace: &Workspace) -> Result<Result<&'static Lab, String>> {
    static LAB: OnceLock<Result<Lab, String>> = OnceLock::new();
    if LAB.get().is_none() {
        let lab = Lab::set_up(workspace)?;
        let _ = LAB.set(lab);
    }
    let lab = LAB.get().context("the laboratory")?;
    Ok(lab.as_ref().map_err(Clone::clone))
}

impl Lab {
    /// Makes the environment and installs the packages; or says why it cannot be made.
    fn set_up(workspace: &Workspace) -> Result<Result<Self, String>> {
        let Some(python) = command::which("python3") else {
            return Ok(Err("there is no python3".to_owned()));
        };
        let ask = "import sys, ensurepip, venv; print(*sys.version_info[:2], sys.version)";
        let Ok(version) = command::output(Command::new(&python).args(["-c", ask])) else {
            let reason = "python3 makes no virtual environments (Debian: python3-venv)";
            return Ok(Err(reason.to_owned()));
        };
        let version = String::from_utf8_lossy(&version).trim().to_owned();
        let mut numbers = version.split(' ').filter_map(|number| number.parse::<u32>().ok());
        if (numbers.next(), numbers.next()) < (Some(OLDEST.0), Some(OLDEST.1)) {
            return Ok(Err(format!("python3 is older than {}.{}", OLDEST.0, OLDEST.1)));
        }

        // The folder that cargo built this program in, wherever that is.
        let program = env::current_exe().context("asking where this program is")?;
        let target = program.ancestors().nth(2).context("a target folder")?;
        let lab = Self { dir: target.join("python") };
        let requirements = workspace.root().join(TESTS).join("requirements.txt");
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| format!("reading {}", requirements.display()))?;
        let wanted = format!("{}\n{version}\n{wanted}", python.display());
        // Written last, so that it tells of a whole environment.
        let stamp = lab.dir.join("installed");
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
            if lab.dir.exists() {
                fs::remove_dir_all(&lab.dir)
                    .with_context(|| format!("clearing {}", lab.dir.display()))?;
            }
            fs::create_dir_all(&lab.dir)?;
            command::run(Command::new(&python).args(["-m", "venv"]).arg(lab.dir.join("venv")))?;
            let mut pip = lab.pip();
            pip.args(["install", "--requirement"]).arg(&requirements);
            if let Err(error) = command::run(&mut pip) {
                return Ok(Err(format!("pip does not get what the tests need: {error:#}")));
            }
            fs::write(&stamp, wanted)?;
        }

        let mut pip = lab.pip();
        pip.current_dir(workspace.root()).env("CARGO_TARGET_DIR", target);
        pip.env("MATURIN_PEP517_ARGS", "--locked");
        pip.args(["install", "--no-build-isolation", "--no-deps", "--force-reinstall"]);
        command::run(pip.args(PACKAGES))?;
        Ok(Ok(lab))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.dir.join("venv/bin").join(name)
    }

    /// The environment's Python, as if that were activated.
    fn python(&self) -> Command {
        self.activated(Command::new(self.program("python")))
    }

    /// A command in the environment.
    fn activated(&self, mut command: Command) -> Command {
        let mut path = self.dir.join("venv/bin").into_os_string();
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        command.env("PATH", path).env("VIRTUAL_ENV", self.dir.join("venv"));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        for name in ["PYTHONPATH", "PYTHONHOME"] {
            command.env_remove(name);
        }
        command
    }

    fn pip(&self) -> Command {
        let mut pip = self.python();
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        // Set by the cargo that runs us, and meant for this program's own build.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                pip.env_remove(&name);
            }
        }
        pip
    }

    /// Where the environment has its packages.
    fn site(&self) -> Result<PathBuf> {
        let ask = "import sysconfig; print(sysconfig.get_path('platlib'))";
        let site = command::output(self.python().args(["-c", ask]))?;
        Ok(PathBuf::from(String::from_utf8_lossy(&site).trim()))
    }

    /// The interpreter of another environment, which has psutil itself.
    fn upstream_python(&self) -> Result<PathBuf> {
        let venv = self.dir.join("upstream");
        let python = venv.join("bin/python");
        let has = ["-c", "import psutil; assert psutil.__version__ == '7.2.2'"];
        if !command::succeeds(Command::new(&python).args(has)) {
            command::run(self.python().args(["-m", "venv", "--clear"]).arg(&venv))?;
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", UPSTREAM]);
            command::run(&mut pip)?;
        }
        Ok(python)
    }

    /// psutil's source, fetched once.
    fn upstream(&self, workspace: &Workspace) -> Result<PathBuf> {
        let ask = "import conformance, sys; print(conformance.fetch(sys.argv[1]))";
        let mut python = self.python();
        python.current_dir(workspace.root().join(TESTS)).args(["-c", ask]).arg(&self.dir);
        let sdist = command::output(&mut python).context("psutil's tests cannot be had")?;
        let sdist = String::from_utf8_lossy(&sdist);
        Ok(PathBuf::from(sdist.lines().last().context("no path of psutil's source")?.trim()))
    }

    /// psutil's tests as `nobody`, with everything where `nobody` can read it; or why not.
    fn as_nobody(&self, workspace: &Workspace, sdist: &Path) -> Result<Result<Tally, String>> {
        if command::which("setpriv").is_none() {
            return Ok(Err("there is no `setpriv`".to_owned()));
        }
        // Not by Python's name: psutil's tests copy a library that they find by that, any of them, and
        // would find their own copies, gone by then.
        let scratch = Scratch::new("conformance")?;
        let site = scratch.dir().join("site");
        let copies = [
            (self.site()?, site.clone()),
            (workspace.root().join(TESTS), scratch.dir().join("tests")),
            (sdist.to_owned(), scratch.dir().join("psutil.tar.gz")),
        ];
        for (from, to) in &copies {
            command::output(Command::new("cp").args(["-r", "-L"]).arg(from).arg(to))?;
            command::output(Command::new("chmod").args(["-R", "a+rX"]).arg(to))?;
        }
        // The environment's interpreter may be root's own; the system's does as well, since the
        // extension is built for every version.
        let real = fs::canonicalize(self.program("python"))?;
        let works = |python: &PathBuf| {
            let mut command = Command::new("setpriv");
            scratch.become_nobody(&mut command, &scratch.home());
            command.env("PYTHONPATH", &site).arg(python).args(["-c", "import pytest, psutil"]);
            command::succeeds(&mut command)
        };
        let Some(python) = [real, PathBuf::from("/usr/bin/python3")].into_iter().find(works) else {
            return Ok(Err("no Python here both runs for `nobody` and has pytest".to_owned()));
        };
        let mut run = apart(Path::new("setpriv"))?;
        scratch.become_nobody(&mut run, &scratch.home());
        run.arg(&python).arg(scratch.dir().join("tests/conformance.py"));
        run.arg("--python").arg(&python).arg("--site").arg(&site);
        run.arg("--sdist").arg(scratch.dir().join("psutil.tar.gz"));
        gate::counted_by(&mut run, Tally::of_conformance).map(Ok)
    }
}
