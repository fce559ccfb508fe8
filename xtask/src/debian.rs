//! Debian's packages, and its Rust: that builds std for any target from source, so no target has
//! to be downloaded.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// rustc, cargo, clippy, and std as source.
pub(crate) const TOOLCHAIN: &[&str] =
    &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "gcc", "libc6-dev"];

/// Where the packages above put std's source.
const RUST_SRC: &str = "/usr/lib/rustlib/src/rust/library";

/// Where what is installed and built for foreign targets is kept, outside any workspace.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("SYSVITALS_CROSS_CACHE") {
        return Ok(PathBuf::from(dir));
    }
    if command::uid()? == 0 {
        return Ok(PathBuf::from("/var/cache/sysvitals-cross"));
    }
    let home = env::var_os("HOME").context("neither SYSVITALS_CROSS_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/sysvitals-cross"))
}

/// Installs what is missing of `packages`, if it may.
pub(crate) fn install(packages: &[&str], log: &Path) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if command::which("apt-get").is_none() {
        bail!("it wants Debian's packages {list}, and there is no apt-get");
    }
    if command::uid()? != 0 {
        bail!("packages {list} are missing, and only root can install them");
    }
    let apt = |arguments: &[&str]| -> Result<bool> {
        let out = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut apt = Command::new("apt-get");
        apt.args(["-q", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        apt.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        Ok(apt.status().context("starting apt-get")?.success())
    };
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(&missing);
    // The list of packages may be old or absent, so it is fetched before; if it cannot be, the
    // old one may do.
    apt(&["update"])?;
    if !apt(&install)? {
        bail!("packages {list} do not install, see {}", log.display());
    }
    Ok(())
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    command::output(&mut query).is_ok_and(|status| status == b"installed")
}

/// Debian's cargo, whatever is first in `PATH`, with folders of its own and none of the
/// variables by which the cargo that runs us would lead it astray.
pub(crate) fn cargo(cache: &Path, triple: &str) -> Command {
    let mut cargo = Command::new("/usr/bin/cargo");
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let network = ["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_"];
        let of_cargo = name.starts_with("CARGO") && !network.iter().any(|n| name.starts_with(n));
        if of_cargo || name.starts_with("RUST") || name == "LD_LIBRARY_PATH" {
            cargo.env_remove(name);
        }
    }
    cargo
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_HOME", cache.join("cargo"))
        .env("CARGO_TARGET_DIR", cache.join("target").join(triple))
        .env("CARGO_BUILD_JOBS", "1")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .stdin(Stdio::null());
    cargo
}

/// Our cargo home takes the user's settings over: a mirror of the registry may be among them.
pub(crate) fn share_cargo_config(cache: &Path) -> Result<()> {
    let home = match (env::var_os("CARGO_HOME"), env::var_os("HOME")) {
        (Some(dir), _) => PathBuf::from(dir),
        (None, Some(dir)) => PathBuf::from(dir).join(".cargo"),
        (None, None) => return Ok(()),
    };
    let ours = cache.join("cargo");
    fs::create_dir_all(&ours)?;
    let config = home.join("config.toml");
    if config.is_file() {
        fs::copy(config, ours.join("config.toml")).context("copying cargo's settings")?;
    }
    Ok(())
}

/// A copy of std's source that compiles for AIX.
pub(crate) fn patched_std(cache: &Path) -> Result<PathBuf> {
    let source = fs::canonicalize(RUST_SRC).context("looking for std's source")?;
    // The real path has the version in it, so another version gets another copy.
    let version = source.parent().and_then(Path::file_name).unwrap_or("rust".as_ref());
    let parent = cache.join("rust-src-aix").join(version);
    let library = parent.join("library");
    let done = parent.join("patched");
    if done.exists() {
        return Ok(library);
    }
    if parent.exists() {
        fs::remove_dir_all(&parent)?;
    }
    fs::create_dir_all(&parent)?;
    command::output(Command::new("cp").arg("-r").arg(&source).arg(&library))?;
    for file in ["std/src/os/aix/fs.rs", "std/src/sys/fs/unix.rs"] {
        let path = library.join(file);
        let mut text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        for letter in ["a", "c", "m"] {
            text = text.replace(&format!(".st_{letter}time.tv_"), &format!(".st_{letter}tim.tv_"));
        }
        fs::write(&path, text)?;
    }
    fs::write(done, "")?;
    Ok(library)
}

/// Unpacks packages of a version that is not the one installed, below `dir`.
pub(crate) fn unpack(packages: &[String], dir: &Path) -> Result<()> {
    // Made under another name, so that what is there is whole.
    let partial = dir.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    // As in `install`: if there is no newer list, the old one may do.
    command::succeeds(Command::new("apt-get").arg("update"));
    let mut apt = Command::new("apt-get");
    command::output(apt.args(["-q", "download"]).args(packages).current_dir(&partial))?;
    for entry in fs::read_dir(&partial)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            command::output(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&partial))?;
            fs::remove_file(path)?;
        }
    }
    fs::rename(&partial, dir).with_context(|| format!("making {}", dir.display()))
}
