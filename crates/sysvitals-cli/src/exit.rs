//! How a failure is told: one line and a number.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use sysvitals::Error;

use crate::output::text;

/// The numbers, for `--help`.
pub(crate) const HELP: &str = "\
Exit status:
  0  answered; also when the reader of the output went away
  1  failed: something could not be read, written or understood
  2  asked wrongly: an unknown name, a bad argument
  3  no such process or service, or it has ended
  4  permission denied
  5  time is up: the process outlived it
  6  not supported: this system, kernel or recording has no such thing

Failures are one line on the standard error output and nothing on the standard output.";

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const GONE: u8 = 3;
const DENIED: u8 = 4;
const TIMEOUT: u8 = 5;
const UNSUPPORTED: u8 = 6;

/// The command line makes no sense; the text says why.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A [`Usage`] error, ready to be returned.
macro_rules! usage {
    ($($message:tt)*) => {
        anyhow::Error::new($crate::exit::Usage(format!($($message)*)))
    };
}
pub(crate) use usage;

/// Tells `err` to the user, unless it is that nobody reads the output any more.
pub(crate) fn report(err: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(err) {
        return ExitCode::SUCCESS;
    }
    if let Some(shown) = err.downcast_ref::<clap::Error>() {
        return clap_error(shown);
    }
    tell(&format!("{err:#}"));
    ExitCode::from(code(err))
}

fn is_closed_pipe(err: &anyhow::Error) -> bool {
    err.downcast_ref::<io::Error>().is_some_and(|err| err.kind() == io::ErrorKind::BrokenPipe)
}

fn code(err: &anyhow::Error) -> u8 {
    if err.is::<Usage>() {
        return USAGE;
    }
    match err.downcast_ref::<Error>() {
        Some(err) if err.is_gone() => GONE,
        Some(err) if err.is_denied() => DENIED,
        Some(Error::Timeout { .. }) => TIMEOUT,
        Some(Error::Unsupported(_)) => UNSUPPORTED,
        Some(Error::InvalidArgument(_)) => USAGE,
        _ => FAILED,
    }
}

/// `--help` and `--version` are answers; the rest is told in one line.
fn clap_error(err: &clap::Error) -> ExitCode {
    if !err.use_stderr() {
        return match err.print() {
            Err(err) if err.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(FAILED),
            _ => ExitCode::SUCCESS,
        };
    }
    let rendered = err.render().to_string();
    let mut told = String::new();
    for line in rendered.lines().map(str::trim).take_while(|line| !is_advice(line)) {
        if !line.is_empty() && !told.is_empty() {
            told.push_str(if told.ends_with(':') { " " } else { "; " });
        }
        told.push_str(line);
    }
    tell(told.strip_prefix("error: ").unwrap_or(&told));
    ExitCode::from(USAGE)
}

/// What clap says under every error.
fn is_advice(line: &str) -> bool {
    line.starts_with("Usage:") || line.starts_with("For more information")
}

fn tell(message: &str) {
    let line = format!("vitals: {}\n", text::shown(message.as_ref()));
    // There is no one else to tell that the error output is closed.
    let _ = io::stderr().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sysvitals::Pid;

    use super::*;

    #[test]
    fn each_kind_has_its_number() {
        let pid = Pid::new(7);
        let check = |err: Error, want: u8| assert_eq!(code(&anyhow::Error::new(err)), want);
        check(Error::NoSuchProcess { pid, name: None, reused: true }, 3);
        check(Error::ZombieProcess { pid, name: None, ppid: None }, 3);
        check(Error::AccessDenied { pid: None, name: None, source: None }, 4);
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        check(Error::Io { at: "reading".into(), source: denied }, 4);
        check(Error::Timeout { after: Duration::ZERO, pid, name: None }, 5);
        check(Error::Unsupported("sensors"), 6);
        check(Error::InvalidArgument("no".into()), 2);
        check(Error::Io { at: "reading".into(), source: io::ErrorKind::NotFound.into() }, 1);
        assert_eq!(code(&usage!("no")), 2);
        assert_eq!(code(&anyhow::anyhow!("no")), 1);
    }

    #[test]
    fn only_our_own_closed_pipe_is_success() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&anyhow::Error::new(pipe())));
        let read = Error::Io { at: "reading".into(), source: pipe() };
        assert!(!is_closed_pipe(&anyhow::Error::new(read)));
    }
}
