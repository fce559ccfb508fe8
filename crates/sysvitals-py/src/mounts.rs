//! Mounted file systems, which seldom change: what is as it was is the same object.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sysvitals::{DiskPartition, MountTable};

use crate::convert::{self, Absent};
use crate::error::raise;
use crate::system::Machine;

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// What was given last, while nobody asks.
struct Given(Mutex<Option<Last>>);

struct Last {
    table: MountTable,
    /// Each, and its named tuple: to make these takes as long as to ask for the table.
    each: Vec<(DiskPartition, Py<PyAny>)>,
    /// The named tuples, which nobody else has and so nobody changes.
    all: Py<PyTuple>,
}

impl Last {
    fn none(py: Python<'_>, table: MountTable) -> Self {
        Self { table, each: Vec::new(), all: PyTuple::empty(py).unbind() }
    }

    /// Of these, of which some may be as they were.
    fn change(&mut self, py: Python<'_>, partitions: Vec<DiskPartition>) -> PyResult<()> {
        self.each.truncate(partitions.len());
        for (place, partition) in partitions.into_iter().enumerate() {
            if self.each.get(place).is_some_and(|(before, _)| *before == partition) {
                continue;
            }
            let tuple = convert::record(py, &partition, Absent::None)?.unbind();
            match self.each.get_mut(place) {
                Some(before) => *before = (partition, tuple),
                None => self.each.push((partition, tuple)),
            }
        }
        self.all = PyTuple::new(py, self.each.iter().map(|(_, tuple)| tuple))?.unbind();
        Ok(())
    }
}

impl Given {
    /// Asks. Nothing is done while it is locked, and nobody waits: who asks while another does begins
    /// with nothing.
    fn ask<'py>(&self, py: Python<'py>, machine: &Machine, table: MountTable) -> Answer<'py> {
        let last = self.0.try_lock().ok().and_then(|mut last| last.take());
        let mut last = last.unwrap_or_else(|| Last::none(py, table));
        let changed = py.detach(|| last.table.changed(&machine.0));
        if let Some(partitions) = changed.map_err(|err| raise(py, err))? {
            last.change(py, partitions)?;
        }
        let list = last.all.bind(py).to_list();
        let _forgotten = self.0.try_lock().map(|mut given| given.replace(last));
        Ok(list.into_any())
    }
}

/// Those on a device.
#[pyfunction]
fn disk_partitions(py: Python<'_>, machine: Machine) -> Answer<'_> {
    static GIVEN: Given = Given(Mutex::new(None));
    GIVEN.ask(py, &machine, MountTable::on_devices())
}

/// All.
#[pyfunction]
fn disk_partitions_all(py: Python<'_>, machine: Machine) -> Answer<'_> {
    static GIVEN: Given = Given(Mutex::new(None));
    GIVEN.ask(py, &machine, MountTable::all())
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(disk_partitions, module)?)?;
    module.add_function(wrap_pyfunction!(disk_partitions_all, module)?)
}
