//! Services of Windows.

use pyo3::prelude::*;
use sysvitals::System;
use sysvitals::os::windows::WindowsService;

use crate::convert;
use crate::error::raise;

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// What psutil's `WindowsService` asks.
#[pyclass(frozen, module = "sysvitals._sysvitals")]
struct Service(WindowsService);

/// Questions of one answer.
macro_rules! questions {
    ($($name:ident)*) => {
        #[pymethods]
        impl Service {
            #[getter]
            fn name<'py>(&self, py: Python<'py>) -> Answer<'py> {
                convert::text(py, self.0.name())
            }

            #[getter]
            fn display_name<'py>(&self, py: Python<'py>) -> Answer<'py> {
                convert::text(py, self.0.display_name())
            }

            $(
                fn $name<'py>(&self, py: Python<'py>) -> Answer<'py> {
                    let answer = py.detach(|| self.0.$name()).map_err(|err| raise(py, err))?;
                    convert::answer(py, &answer)
                }
            )*

            /// All of them at once, by name and in psutil's order.
            fn everything<'py>(&self, py: Python<'py>) -> Answer<'py> {
                let info = py.detach(|| self.0.as_dict()).map_err(|err| raise(py, err))?;
                convert::dict(py, &info)
            }
        }
    };
}

questions! { binpath username start_type status pid description }

/// Every service.
#[pyfunction]
fn services(py: Python<'_>) -> PyResult<Vec<Service>> {
    let services = py.detach(|| System::host().win_service_iter());
    Ok(services.map_err(|err| raise(py, err))?.into_iter().map(Service).collect())
}

/// The service of a name.
#[pyfunction]
fn service(py: Python<'_>, name: std::ffi::OsString) -> PyResult<Service> {
    let service = py.detach(|| System::host().win_service_get(name));
    service.map(Service).map_err(|err| raise(py, err))
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Service>()?;
    module.add_function(wrap_pyfunction!(services, module)?)?;
    module.add_function(wrap_pyfunction!(service, module)?)
}
