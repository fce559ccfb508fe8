//! The library's errors as Python's exceptions: the one place of this face that tells them apart.

use std::error::Error as _;
use std::io;

use pyo3::exceptions::{PyNotImplementedError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use sysvitals::{Error, Pid, Platform};

/// `sysvitals._errors`.
fn classes(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    if let Some(module) = MODULE.get(py) {
        return Ok(module.bind(py));
    }
    // Not while others wait for it: an import lets other threads run, one of which may fork.
    let module = PyModule::import(py, "sysvitals._errors")?.unbind();
    Ok(MODULE.get_or_init(py, || module).bind(py))
}

/// What Python knows of a process that an error is about: it tells no more than was asked for.
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a Option<Py<PyAny>>,
    pub(crate) ppid: Option<u32>,
}

/// An error that is about no process, or one of which nothing is known yet.
pub(crate) fn raise(py: Python<'_>, err: Error) -> PyErr {
    raise_of(py, err, &Subject { name: &None, ppid: None })
}

/// An error about a process.
pub(crate) fn raise_of(py: Python<'_>, err: Error, subject: &Subject<'_>) -> PyErr {
    exception(py, err, subject).unwrap_or_else(|failed| failed)
}

fn exception(py: Python<'_>, err: Error, subject: &Subject<'_>) -> PyResult<PyErr> {
    let name = subject.name.as_ref().map(|name| name.bind(py));
    match err {
        Error::NoSuchProcess { pid, reused, .. } => {
            let class = if reused { "_reused" } else { "NoSuchProcess" };
            let exception = classes(py)?.getattr(class)?.call1((pid.get(), name))?;
            Ok(PyErr::from_value(exception))
        }
        Error::ZombieProcess { pid, ppid, .. } => {
            let ppid = ppid.map(Pid::get).or(subject.ppid);
            let exception =
                classes(py)?.getattr("ZombieProcess")?.call1((pid.get(), name, ppid))?;
            Ok(PyErr::from_value(exception))
        }
        Error::AccessDenied { pid: Some(pid), source, .. } => {
            let exception = classes(py)?.getattr("AccessDenied")?.call1((pid.get(), name))?;
            let exception = PyErr::from_value(exception);
            exception.set_cause(py, source.map(|source| os_error(&source)));
            Ok(exception)
        }
        Error::NoSuchService { name } => {
            Ok(PyErr::from_value(classes(py)?.getattr("_no_service")?.call1((name,))?))
        }
        // Of what has a name and is no process: a service.
        Error::AccessDenied { pid: None, name: Some(name), source } => {
            let exception = classes(py)?.getattr("_service_denied")?.call1((name,))?;
            let exception = PyErr::from_value(exception);
            exception.set_cause(py, source.map(|source| os_error(&source)));
            Ok(exception)
        }
        Error::AccessDenied { pid: None, source: Some(source), .. } => Ok(os_error(&source)),
        Error::Io { source, .. } => Ok(os_error(&source)),
        Error::Unsupported(_) => Ok(PyNotImplementedError::new_err(err.to_string())),
        Error::InvalidArgument(why) => Ok(PyValueError::new_err(why)),
        Error::Parse { .. } => {
            let cause = err.source().map(ToString::to_string).unwrap_or_default();
            Ok(PyValueError::new_err(format!("{err}: {cause}")))
        }
        _ => Ok(PyRuntimeError::new_err(err.to_string())),
    }
}

/// The subclass of `OSError` that Python has for the number.
pub(crate) fn os_error(err: &io::Error) -> PyErr {
    match err.raw_os_error() {
        Some(number) => {
            let text = io::Error::from_raw_os_error(number).to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            // Where the system's numbers are not those of C, Python has a place of their own for them.
            match Platform::CURRENT {
                Platform::Windows => PyOSError::new_err((0, text, None::<()>, number)),
                _ => PyOSError::new_err((number, text)),
            }
        }
        None => PyOSError::new_err(err.to_string()),
    }
}

/// The process that was meant is no more, and its pid is another's.
pub(crate) fn reused(pid: u32) -> Error {
    Error::NoSuchProcess { pid: Pid::new(pid), name: None, reused: true }
}

/// What zombies tell of their parent.
pub(crate) fn parent_of_zombie(err: &Error) -> Option<u32> {
    match err {
        Error::ZombieProcess { ppid, .. } => ppid.map(Pid::get),
        _ => None,
    }
}
