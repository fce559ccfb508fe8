//! What differs by platform, as data: Python hides what there is not.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sysvitals::{Battery, CpuFreq, Fan, Fields, HeapInfo, Platform, Record, Resource, Temperature};

/// The platform of this name, or this one.
pub(crate) fn called(name: Option<&str>) -> Platform {
    let wanted = |name| Platform::ALL.into_iter().find(|each| each.to_string() == name);
    name.and_then(wanted).unwrap_or(Platform::CURRENT)
}

/// Functions of psutil that a platform does not have: this one, or one by its name.
#[pyfunction]
#[pyo3(signature = (platform=None))]
fn absent_functions(platform: Option<&str>) -> Vec<&'static str> {
    let platform = called(platform);
    let mut absent = Vec::new();
    macro_rules! tell {
        ($($record:ty: $($name:literal)*,)*) => {$(
            if <$record>::fields(platform).next().is_none() {
                absent.extend([$($name),*]);
            }
        )*};
    }
    tell! {
        Battery: "sensors_battery",
        CpuFreq: "cpu_freq",
        Fan: "sensors_fans",
        HeapInfo: "heap_info" "heap_trim",
        Temperature: "sensors_temperatures",
    }
    absent
}

/// Questions to a process that a platform has no answer to: this one, or one by its name.
#[pyfunction]
#[pyo3(signature = (platform=None))]
fn absent_questions(platform: Option<&str>) -> Vec<&'static str> {
    (Fields::all() - Fields::on(called(platform))).names().collect()
}

/// The resources that processes can be limited in: psutil's name and the system's number.
#[pyfunction]
fn resources(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    let known = Resource::ALL.iter().filter_map(|it| Some((it.as_str(), it.number()?)));
    PyTuple::new(py, known.collect::<Vec<_>>())
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("platform", Platform::CURRENT.to_string())?;
    module.add_function(wrap_pyfunction!(absent_functions, module)?)?;
    module.add_function(wrap_pyfunction!(absent_questions, module)?)?;
    module.add_function(wrap_pyfunction!(resources, module)?)
}
