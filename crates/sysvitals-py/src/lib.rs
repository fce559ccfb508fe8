//! `sysvitals._sysvitals`: what Python cannot do as well itself.
//!
//! Names and types cross here, decisions do not: exceptions, named tuples, enums and what programs
//! replace in their tests are Python (`python/sysvitals`); reading, parsing, tables, identity,
//! signals and waiting are the library's. Every call that asks the system lets go of the
//! interpreter meanwhile.

mod convert;
mod counters;
mod error;
#[expect(unsafe_code, reason = "what pyo3 has no word for")]
mod ffi;
mod load_average;
mod mounts;
mod platform;
mod process;
mod sampler;
mod services;
mod system;
mod table;
mod texts;

use pyo3::prelude::*;

/// psutil's versions have no dots here: 7.2.2 is 722.
const VERSION: u32 = 722;

/// The extension module; `sysvitals` is its face.
///
/// What the modules register is inlined here: of the code, memory is taken by each 64 KiB of which anything
/// runs, and an import need not run through all of it.
#[pymodule(gil_used = false)]
fn _sysvitals(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("version", VERSION)?;
    module.add_class::<process::Native>()?;
    convert::register(module)?;
    counters::register(module)?;
    load_average::register(module)?;
    mounts::register(module)?;
    platform::register(module)?;
    process::register(module)?;
    sampler::register(module)?;
    services::register(module)?;
    system::register(module)?;
    table::register(module)
}
