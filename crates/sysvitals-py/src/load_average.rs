//! Load averages where the system keeps none.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use sysvitals::{LoadAverage, System};

use crate::error::raise;

/// What a thread of Python's ticks.
#[pyclass(frozen, module = "sysvitals._sysvitals", name = "LoadAverage")]
struct Native(Mutex<LoadAverage>);

#[pymethods]
impl Native {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let load = py.detach(|| LoadAverage::new(&System::host()));
        load.map(|load| Self(Mutex::new(load))).map_err(|err| raise(py, err))
    }

    /// Asks now, so many seconds after the last time; the means of 1, 5 and 15 minutes.
    fn tick(&self, py: Python<'_>, elapsed: f64) -> PyResult<[f64; 3]> {
        let elapsed = Duration::try_from_secs_f64(elapsed).unwrap_or_default();
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).tick(elapsed))
            .map_err(|err| raise(py, err))
    }

    /// As of the last time.
    fn means(&self, py: Python<'_>) -> [f64; 3] {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).means())
    }
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Native>()
}
