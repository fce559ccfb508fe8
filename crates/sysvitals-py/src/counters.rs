//! Counters that never run backwards, and what was counted at import.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use sysvitals::{CpuTimes, DiskIoCounters, MonotonicDiskIo, MonotonicNetIo, NetIoCounters, Result};

use crate::convert::{self, Absent, Named};
use crate::error::raise;
use crate::system::Machine;

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// What was counted by devices.
struct Counters<T, R>(Mutex<State<T, R>>);

struct State<T, R> {
    counters: T,
    is_used: bool,
    /// What was given for each last, in the order of their names.
    given: Vec<Given<R>>,
}

/// What was given for a device: the same name again, and of one at rest the same numbers.
struct Given<R> {
    device: OsString,
    name: Py<PyAny>,
    last: Option<(R, Py<PyAny>)>,
}

impl<T: Default, R: Named + PartialEq + Copy> Counters<T, R> {
    fn new() -> Self {
        let (counters, is_used, given) = (T::default(), false, Vec::new());
        Self(Mutex::new(State { counters, is_used, given }))
    }

    /// Only while attached to the interpreter, as no child must be forked meanwhile; and nothing of
    /// Python is done until it is unlocked.
    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks in turns, so that nobody's older numbers come after somebody's newer ones.
    fn ask<A>(&self, py: Python<'_>, question: impl FnOnce(&mut T) -> Result<A>) -> PyResult<A> {
        let answer = {
            let state = &mut *self.lock();
            state.is_used = true;
            question(&mut state.counters)
        };
        answer.map_err(|err| raise(py, err))
    }

    fn give<'py>(&self, py: Python<'py>, each: BTreeMap<OsString, R>) -> Answer<'py> {
        let mut given = mem::take(&mut self.lock().given);
        if !given.iter().map(|known| &known.device).eq(each.keys()) {
            given = named_alike(py, given, each.keys())?;
        }
        let dict = PyDict::new(py);
        for (known, record) in given.iter_mut().zip(each.values()) {
            let tuple = match &known.last {
                Some((before, tuple)) if before == record => tuple,
                _ => {
                    let tuple = convert::record(py, record, Absent::Zero)?.unbind();
                    &known.last.insert((*record, tuple)).1
                }
            };
            dict.set_item(&known.name, tuple)?;
        }
        let _forgotten = mem::replace(&mut self.lock().given, given);
        Ok(dict.into_any())
    }

    fn forget(&self) {
        let _forgotten = {
            let state = &mut *self.lock();
            (state.counters, state.is_used) = (T::default(), false);
            mem::take(&mut state.given)
        };
    }
}

/// What was given, of these devices: all of them, and in their order.
fn named_alike<'a, R>(
    py: Python<'_>,
    given: Vec<Given<R>>,
    devices: impl Iterator<Item = &'a OsString>,
) -> PyResult<Vec<Given<R>>> {
    let mut old: BTreeMap<_, _> =
        given.into_iter().map(|known| (known.device.clone(), known)).collect();
    devices
        .map(|device| match old.remove(device) {
            Some(known) => Ok(known),
            None => {
                let name = convert::text(py, device)?.unbind();
                Ok(Given { device: device.clone(), name, last: None })
            }
        })
        .collect()
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident($counters:ident, $record:ident, $class:literal, $each:ident);)*) => {
        $(
            $(#[$doc])*
            #[pyclass(frozen, module = "sysvitals._sysvitals", name = $class)]
            struct $name(Counters<$counters, $record>);

            #[pymethods]
            impl $name {
                #[new]
                fn new() -> Self {
                    Self(Counters::new())
                }

                /// Those of each, by name.
                fn $each<'py>(&self, py: Python<'py>, machine: Machine) -> Answer<'py> {
                    let each = self.0.ask(py, |counters| counters.$each(&machine.0))?;
                    self.0.give(py, each)
                }

                /// Those of all together; `None` if there are none.
                fn total<'py>(&self, py: Python<'py>, machine: Machine) -> Answer<'py> {
                    let total = self.0.ask(py, |counters| counters.total(&machine.0))?;
                    convert::perhaps(py, total.as_ref(), Absent::Zero)
                }

                /// Forgets everything.
                fn clear(&self) {
                    self.0.forget();
                }

                /// Whether there may be something to forget.
                #[getter]
                fn is_used(&self) -> bool {
                    self.0.lock().is_used
                }
            }
        )*
    };
}

counters! {
    /// Of disks and partitions.
    DiskIo(MonotonicDiskIo, DiskIoCounters, "MonotonicDiskIo", perdisk);
    /// Of network interfaces.
    NetIo(MonotonicNetIo, NetIoCounters, "MonotonicNetIo", pernic);
}

/// CPU times as they were once: those of an import are hardly ever asked for, and to make named
/// tuples of them would take longer than to read them.
#[pyclass(frozen, module = "sysvitals._sysvitals")]
struct CpuSample(Sample);

enum Sample {
    Total(CpuTimes),
    Each(Vec<CpuTimes>),
}

#[pymethods]
impl CpuSample {
    #[new]
    fn new(py: Python<'_>, machine: Machine, percpu: bool) -> PyResult<Self> {
        let sample = py.detach(|| match percpu {
            true => machine.0.cpu_times_percpu().map(Sample::Each),
            false => machine.0.cpu_times().map(Sample::Total),
        });
        sample.map(Self).map_err(|err| raise(py, err))
    }

    /// As psutil has them: of all CPUs together, or of each.
    fn times<'py>(&self, py: Python<'py>) -> Answer<'py> {
        match &self.0 {
            Sample::Total(times) => convert::record(py, times, Absent::ZeroFloat),
            Sample::Each(each) => convert::records(py, each, Absent::ZeroFloat),
        }
    }
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<DiskIo>()?;
    module.add_class::<NetIo>()?;
    module.add_class::<CpuSample>()
}
