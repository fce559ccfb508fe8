//! What differs by platform, as data: Python hides what there is not.

use pyo3::prelude::*;
use sysvitals::{Battery, CpuFreq, Fan, Fields, HeapInfo, Platform, Record, Temperature};

/// The platform of this name, or this one.
pub(crate) fn called(name: Option<&str>) -> Platform {
    let wanted = |each: &Platform| Some(each.to_string().as_str()) == name;
    Platform::ALL.into_iter().find(wanted).unwrap_or(Platform::CURRENT)
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

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("platform", Platform::CURRENT.to_string())?;
    module.add_function(wrap_pyfunction!(absent_functions, module)?)?;
    module.add_function(wrap_pyfunction!(absent_questions, module)?)
}
