//! Counters that never run backwards, and what was counted at import.

use std::collections::BTreeMap;
use std::ffi::OsString;
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
    /// What was given last of each, while nobody asks.
    given: Option<Given<R>>,
}

/// What was given of devices: the same names again, and of those at rest the same numbers.
struct Given<R> {
    /// In the order of the devices' names.
    each: Vec<Device<R>>,
    /// Of which copies are given, so that nobody changes it.
    dict: Py<PyDict>,
}

struct Device<R> {
    device: OsString,
    name: Py<PyAny>,
    last: R,
}

impl<T: Default, R: Named + PartialEq + Copy> Counters<T, R> {
    fn new() -> Self {
        Self(Mutex::new(State { counters: T::default(), is_used: false, given: None }))
    }

    /// Only while attached to the interpreter, as no child must be forked meanwhile; and nothing of
    /// Python is done until it is unlocked.
    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks in turns, so that nobody's older numbers come after somebody's newer ones.
    fn ask<A>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&mut State<T, R>) -> Result<A>,
    ) -> PyResult<A> {
        let answer = {
            let state = &mut *self.lock();
            state.is_used = true;
            question(state)
        };
        answer.map_err(|err| raise(py, err))
    }

    /// The numbers of each, by name.
    fn each<'py>(
        &self,
        py: Python<'py>,
        question: impl FnOnce(&mut T) -> Result<BTreeMap<OsString, R>>,
    ) -> Answer<'py> {
        let (each, given) = self.ask(py, |state| {
            let each = question(&mut state.counters)?;
            Ok((each, state.given.take()))
        })?;
        let given = match given {
            Some(given) => given.changed(py, &each)?,
            None => Given::new(py, &each)?,
        };
        let copy = given.dict.bind(py).copy()?;
        let _forgotten = self.lock().given.replace(given);
        Ok(copy.into_any())
    }

    fn forget(&self) {
        let _forgotten = {
            let state = &mut *self.lock();
            (state.counters, state.is_used) = (T::default(), false);
            state.given.take()
        };
    }
}

impl<R: Named + PartialEq + Copy> Given<R> {
    fn new(py: Python<'_>, each: &BTreeMap<OsString, R>) -> PyResult<Self> {
        let dict = PyDict::new(py);
        let each = each.iter().map(|(device, record)| {
            let name = convert::text(py, device)?;
            dict.set_item(&name, convert::record(py, record, Absent::Zero)?)?;
            Ok(Device { device: device.clone(), name: name.unbind(), last: *record })
        });
        Ok(Self { each: each.collect::<PyResult<_>>()?, dict: dict.clone().unbind() })
    }

    /// The same with these numbers; a new one if these are other devices.
    fn changed(mut self, py: Python<'_>, each: &BTreeMap<OsString, R>) -> PyResult<Self> {
        if self.each.len() != each.len() {
            return Self::new(py, each);
        }
        for (known, (device, record)) in self.each.iter_mut().zip(each) {
            if known.device != *device {
                return Self::new(py, each);
            }
            if known.last != *record {
                let tuple = convert::record(py, record, Absent::Zero)?;
                self.dict.bind(py).set_item(&known.name, tuple)?;
                known.last = *record;
            }
        }
        Ok(self)
    }
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
                    self.0.each(py, |counters| counters.$each(&machine.0))
                }

                /// Those of all together; `None` if there are none.
                fn total<'py>(&self, py: Python<'py>, machine: Machine) -> Answer<'py> {
                    let total = self.0.ask(py, |state| state.counters.total(&machine.0))?;
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
