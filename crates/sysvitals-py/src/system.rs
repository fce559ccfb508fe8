//! Questions to the system as a whole.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString, PyTuple};
use sysvitals::{ConnectionKind, Error, Fields, Pid, Record as _, Roots, System};

use crate::convert::{self, Absent};
use crate::error::raise;
use crate::process::Native;

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// The system whose procfs stands where Python says; everything else is this machine's, as in psutil.
pub(crate) struct Machine(pub(crate) System);

/// The one that was asked last.
struct Last {
    procfs: Py<PyAny>,
    holds: bool,
    system: System,
}

static LAST: Mutex<Option<Last>> = Mutex::new(None);
static HOLDS: AtomicBool = AtomicBool::new(false);

/// What is to be held.
enum What<'py> {
    /// The system, or not any more.
    System(bool),
    /// The native part of a process.
    Process(Bound<'py, Native>),
}

impl<'py> FromPyObject<'_, 'py> for What<'py> {
    type Error = PyErr;

    fn extract(what: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(on) = what.cast::<PyBool>() {
            return Ok(Self::System(on.is_true()));
        }
        let native = what.getattr_opt("_proc")?.and_then(|native| native.cast_into().ok());
        native
            .map(Self::Process)
            .ok_or_else(|| PyTypeError::new_err("expected a Process or a bool"))
    }
}

/// Keeps open what CPU times, memory and the counters of disks and interfaces are read from; or, given
/// a process, what that one's answers are read from.
///
/// For programs that ask again and again: an answer of the system then costs a third to two thirds less,
/// one of a process half. On Linux these are up to four descriptors of this program, and up to seven for
/// each process, which its `num_fds()` counts and its `open_files()` tells. `hold(False)` closes those of
/// the system; those of a process live as long as the object.
#[pyfunction]
#[pyo3(signature = (what = What::System(true)), text_signature = "(what=True)")]
fn hold(py: Python<'_>, what: What<'_>) -> PyResult<()> {
    let on = match what {
        What::Process(process) => return process.get().hold(py),
        What::System(on) => on,
    };
    HOLDS.store(on, Ordering::Relaxed);
    // Who is asking at this moment closes them with the next question.
    if let Ok(mut last) = LAST.try_lock() {
        *last = None;
    }
    Ok(())
}

impl<'py> FromPyObject<'_, 'py> for Machine {
    type Error = PyErr;

    fn extract(procfs: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        let mut last = LAST.try_lock().ok();
        let holds = HOLDS.load(Ordering::Relaxed);
        if let Some(Some(last)) = last.as_deref() {
            if last.procfs.is(procfs) && last.holds == holds {
                return Ok(Self(last.system.clone()));
            }
        }
        let proc = procfs.extract()?;
        let mut system = System::with_roots(Roots { proc, ..Roots::default() });
        if holds {
            system = system.hold();
        }
        // A text stays what it is.
        if let (Some(last), true) = (last.as_deref_mut(), procfs.is_exact_instance_of::<PyString>())
        {
            let procfs = procfs.to_owned().unbind();
            *last = Some(Last { procfs, holds, system: system.clone() });
        }
        Ok(Self(system))
    }
}

/// Functions of one question and one answer.
macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident = $question:ident, $convert:expr;)*) => {
        $(
            $(#[$doc])*
            #[pyfunction]
            fn $name(py: Python<'_>, machine: Machine) -> Answer<'_> {
                let answer = py.detach(|| machine.0.$question());
                ($convert)(py, &answer.map_err(|err| raise(py, err))?)
            }
        )*

        fn register_questions(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!($name, module)?)?;)*
            Ok(())
        }
    };
}

/// A record in which what is absent stays so.
macro_rules! record {
    ($absent:ident) => {
        |py, it: &_| convert::record(py, it, Absent::$absent)
    };
}

/// A record, if there is any.
macro_rules! perhaps {
    ($absent:ident) => {
        |py, it: &Option<_>| convert::perhaps(py, it.as_ref(), Absent::$absent)
    };
}

questions! {
    boot_time = boot_time, |py, it: &_| convert::answer(py, it);
    cpu_count_cores = cpu_count_cores, |py, it: &_| convert::answer(py, it);
    cpu_freq = cpu_freq, perhaps!(None);
    cpu_freq_percpu = cpu_freq_percpu,
        |py, it: &Vec<_>| convert::records(py, it, Absent::None);
    cpu_stats = cpu_stats, record!(Zero);
    cpu_times = cpu_times, record!(ZeroFloat);
    cpu_times_percpu = cpu_times_percpu,
        |py, it: &Vec<_>| convert::records(py, it, Absent::ZeroFloat);
    disk_io_counters = disk_io_counters, perhaps!(Zero);
    disk_io_counters_perdisk = disk_io_counters_perdisk,
        |py, it: &_| convert::by_name(py, it, Absent::Zero);
    net_if_addrs = net_if_addrs, |py, it: &_| convert::lists_by_name(py, it, Absent::None);
    net_if_stats = net_if_stats, |py, it: &_| convert::by_name(py, it, Absent::None);
    net_io_counters = net_io_counters, perhaps!(Zero);
    net_io_counters_pernic = net_io_counters_pernic,
        |py, it: &_| convert::by_name(py, it, Absent::Zero);
    sensors_battery = sensors_battery_psutil, perhaps!(None);
    sensors_fans = sensors_fans, |py, it: &_| convert::lists_by_name(py, it, Absent::None);
    sensors_temperatures = sensors_temperatures,
        |py, it: &_| convert::lists_by_name(py, it, Absent::None);
    swap_memory = swap_memory, record!(None);
    users = users, |py, it: &Vec<_>| convert::records(py, it, Absent::None);
    virtual_memory = virtual_memory, record!(None);
}

/// The number of CPUs. Other threads wait meanwhile, as they do in psutil: it is a few microseconds, of
/// which to let them run would be a good part of what is not the system's.
#[pyfunction]
fn cpu_count(py: Python<'_>, machine: Machine) -> Answer<'_> {
    convert::answer(py, &machine.0.cpu_count().map_err(|err| raise(py, err))?)
}

/// The fields that this kernel's CPU times have.
#[pyfunction]
fn cpu_times_fields(py: Python<'_>, machine: Machine) -> PyResult<Vec<&'static str>> {
    let times = py.detach(|| machine.0.cpu_times()).map_err(|err| raise(py, err))?;
    let mut fields = Vec::new();
    times.visit(&mut |name, _| fields.push(name));
    Ok(fields)
}

/// This machine, made once: what tells of the heap must not use it meanwhile.
fn host() -> &'static System {
    static HOST: OnceLock<System> = OnceLock::new();
    HOST.get_or_init(System::host)
}

/// Space of a file system; always of this machine.
#[pyfunction]
fn disk_usage(py: Python<'_>, path: PathBuf) -> Answer<'_> {
    let usage = py.detach(|| host().disk_usage(path)).map_err(|err| raise(py, err))?;
    convert::record(py, &usage, Absent::None)
}

/// The C library's allocator of this very process.
#[pyfunction]
fn heap_info(py: Python<'_>) -> Answer<'_> {
    let heap = py.detach(|| host().heap_info()).map_err(|err| raise(py, err))?;
    convert::record(py, &heap, Absent::Zero)
}

/// Whether the C library tells of its allocator.
#[pyfunction]
fn has_heap(py: Python<'_>) -> bool {
    py.detach(|| !matches!(host().heap_info(), Err(Error::Unsupported(_))))
}

/// Gives free memory of the C library's allocator back.
#[pyfunction]
fn heap_trim(py: Python<'_>) -> PyResult<()> {
    py.detach(|| host().heap_trim()).map_err(|err| raise(py, err))
}

/// Sockets; the kind was checked by the caller.
#[pyfunction]
fn net_connections<'py>(py: Python<'py>, kind: &str, machine: Machine) -> Answer<'py> {
    let kind = ConnectionKind::from_str(kind).map_err(|err| raise(py, err))?;
    let sockets = py.detach(|| machine.0.net_connections(kind)).map_err(|err| raise(py, err))?;
    convert::records(py, &sockets, Absent::None)
}

/// Those of these disks that are not parts of others.
#[pyfunction]
fn whole_disks(py: Python<'_>, names: Vec<OsString>, machine: Machine) -> PyResult<Vec<OsString>> {
    Ok(py.detach(|| names.into_iter().filter(|name| machine.0.is_whole_disk(name)).collect()))
}

/// All pids, ascending.
#[pyfunction]
fn pids(py: Python<'_>, machine: Machine) -> PyResult<Bound<'_, PyList>> {
    let pids = py.detach(|| machine.0.pids()).map_err(|err| raise(py, err))?;
    PyList::new(py, pids.into_iter().map(Pid::get))
}

/// Whether a number is a process's.
#[pyfunction]
fn pid_exists(py: Python<'_>, pid: u32, machine: Machine) -> PyResult<bool> {
    py.detach(|| machine.0.pid_exists(pid)).map_err(|err| raise(py, err))
}

/// Bytes of a page of memory.
#[pyfunction]
fn getpagesize(py: Python<'_>) -> Answer<'_> {
    PyModule::import(py, "mmap")?.getattr("PAGESIZE")
}

/// Fails for numbers that no process can have.
#[pyfunction]
fn check_pid_range(pid: i64) -> PyResult<()> {
    match i32::try_from(pid) {
        Ok(_) => Ok(()),
        Err(_) => Err(PyOverflowError::new_err("no process has such a large pid")),
    }
}

/// Whether tables of processes have a question of this name.
#[pyfunction]
fn is_field(name: &str) -> bool {
    Fields::named(name).is_some()
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    register_questions(module)?;
    let kinds: Vec<_> = ConnectionKind::ALL.iter().map(|kind| kind.as_str()).collect();
    module.add("CONNECTION_KINDS", PyTuple::new(module.py(), kinds)?)?;
    for function in [
        wrap_pyfunction!(cpu_count, module)?,
        wrap_pyfunction!(cpu_times_fields, module)?,
        wrap_pyfunction!(disk_usage, module)?,
        wrap_pyfunction!(heap_info, module)?,
        wrap_pyfunction!(has_heap, module)?,
        wrap_pyfunction!(hold, module)?,
        wrap_pyfunction!(heap_trim, module)?,
        wrap_pyfunction!(net_connections, module)?,
        wrap_pyfunction!(whole_disks, module)?,
        wrap_pyfunction!(pids, module)?,
        wrap_pyfunction!(pid_exists, module)?,
        wrap_pyfunction!(getpagesize, module)?,
        wrap_pyfunction!(check_pid_range, module)?,
        wrap_pyfunction!(is_field, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
