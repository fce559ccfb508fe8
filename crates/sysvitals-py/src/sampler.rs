//! The process table again and again.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyType};
use sysvitals::{Cell, Change, Fields, Identity, Platform, Row, Sampler};

use crate::convert;
use crate::error::raise;
use crate::ffi::TupleClass;
use crate::system::Machine;
use crate::table::{self, Answer, Made};

/// What `sysvitals.Sampler` is above.
///
/// Not frozen: two threads that tick at once get an error, not each other's rows.
#[pyclass(module = "sysvitals._sysvitals", name = "Sampler")]
struct Native {
    machine: Machine,
    sampler: Sampler,
    columns: Vec<Column>,
    /// Whether the answers can be given again, as nobody can change them.
    are_constant: bool,
    /// The named tuple of a row.
    class: TupleClass,
    /// What stands for an answer that there is not.
    absent: Py<PyAny>,
    /// Physical memory, where it is needed.
    memory: u64,
    /// The rows of the last tick, ascending by pid.
    given: Vec<Given>,
}

/// A row that was given.
struct Given {
    identity: Identity,
    /// Whether it says that no CPU time was used.
    is_idle: bool,
    row: Py<PyAny>,
}

/// What a row tells.
#[derive(Clone, Copy)]
enum Column {
    Plain(Answer),
    Cmdline,
    CpuPercent,
    MemoryPercent,
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "cmdline" => Self::Cmdline,
            "cpu_percent" => Self::CpuPercent,
            "memory_percent" => Self::MemoryPercent,
            name => Self::Plain(table::answer(name)?),
        })
    }
}

/// What a sampler reads for these.
fn fields_of(names: &[String]) -> Fields {
    /// What goes with clocks alone, which take no file to read.
    const SAME: Fields =
        Fields::NAME.union(Fields::EXE).union(Fields::CMDLINE).union(Fields::CREATE_TIME);
    let fields = names.iter().filter_map(|name| Fields::named(name)).collect::<Fields>();
    if !names.iter().any(|name| name == "cpu_percent") {
        return fields;
    }
    let of_one_moment = |name: &String| name == "ppid" || name == "status";
    let has_clocks = Fields::on(Platform::CURRENT).contains(Fields::CPU_CLOCK);
    match has_clocks && SAME.contains(fields) && !names.iter().any(of_one_moment) {
        true => fields | Fields::CPU_CLOCK,
        false => fields | Fields::CPU_TIMES,
    }
}

/// Answers that are lists and the like, which a program may change.
const CHANGEABLE: Fields = Fields::ENVIRON
    .union(Fields::CPU_AFFINITY)
    .union(Fields::THREADS)
    .union(Fields::MEMORY_MAPS)
    .union(Fields::OPEN_FILES)
    .union(Fields::NET_CONNECTIONS);

/// Rounded as Python rounds: to the nearest that has one digit.
fn to_tenth(percent: f64) -> f64 {
    if percent == 0.0 { 0.0 } else { format!("{percent:.1}").parse().unwrap_or(percent) }
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn percent_of(part: u64, total: u64) -> f64 {
    part as f64 / total as f64 * 100.0
}

#[pymethods]
impl Native {
    #[new]
    fn new(
        py: Python<'_>,
        names: Vec<String>,
        class: Bound<'_, PyType>,
        absent: Py<PyAny>,
        machine: Machine,
    ) -> PyResult<Self> {
        let (fields, mut columns, mut memory) = (fields_of(&names), Vec::new(), 0);
        for name in &names {
            let Some(column) = Column::named(name) else {
                return Err(PyValueError::new_err(format!("invalid attr name {name:?}")));
            };
            if matches!(column, Column::MemoryPercent) {
                let answer = py.detach(|| machine.0.virtual_memory());
                memory = answer.map_err(|err| raise(py, err))?.total;
            }
            columns.push(column);
        }
        let sampler = machine.0.sampler(fields).map_err(|err| raise(py, err))?;
        let are_constant = !fields.intersects(CHANGEABLE);
        let (class, given) = (TupleClass::new(&class)?, Vec::new());
        Ok(Self { machine, sampler, columns, are_constant, class, absent, memory, given })
    }

    /// The process table, now: rows ascending by pid.
    fn tick<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let sampler = &mut self.sampler;
        let ticked = py.detach(|| sampler.tick().map(drop));
        if let Err(err) = ticked {
            self.given.clear();
            return Err(raise(py, err));
        }
        let changes = self.sampler.changes();
        let mut old = std::mem::take(&mut self.given).into_iter().peekable();
        let rows = self.sampler.table().rows();
        let (mut given, mut made) = (Vec::with_capacity(rows.len()), Made::of_many(py));
        for (at, row) in rows.iter().enumerate() {
            let identity = row.identity();
            while old.next_if(|each| each.identity.pid() < identity.pid()).is_some() {}
            let old = old.next_if(|each| each.identity == identity);
            let change = changes.as_ref().and_then(|changes| changes.rows().get(at));
            given.push(match old {
                Some(old) if self.stands(&old, row, change) => old,
                _ => self.give(&mut made, row, change)?,
            });
        }
        self.given = given;
        PyList::new(py, self.given.iter().map(|each| each.row.bind(py)))
    }

    /// Gives what is kept back; the next tick is a first one.
    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        self.given.clear();
        let fields = self.sampler.table().fields();
        self.sampler = self.machine.0.sampler(fields).map_err(|err| raise(py, err))?;
        Ok(())
    }
}

impl Native {
    /// Whether the row that was given last time says what is true now.
    fn stands(&self, old: &Given, row: &Row, change: Option<&Change<'_>>) -> bool {
        self.are_constant && old.is_idle && change.and_then(Change::before) == Some(row)
    }

    fn give<'a>(
        &self,
        made: &mut Made<'_, 'a>,
        row: &'a Row,
        change: Option<&Change<'_>>,
    ) -> PyResult<Given> {
        let (py, mut is_idle) = (made.texts().py(), true);
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let cell = match column {
                Column::Plain(answer) => answer(made, row)?,
                Column::Cmdline => match row.cmdline() {
                    Ok(words) => Ok(convert::words(made.texts(), words)?),
                    Err(missing) => Err(missing),
                },
                Column::CpuPercent => cpu_percent(row, change).map(|percent| {
                    is_idle &= percent == 0.0;
                    convert::float(py, percent)
                }),
                Column::MemoryPercent => row
                    .memory_info()
                    .map(|memory| convert::float(py, percent_of(memory.rss, self.memory))),
            };
            cells.push(cell.unwrap_or_else(|_| self.absent.bind(py).clone()));
        }
        let row_given = self.class.make(py, &mut cells)?.into_any().unbind();
        Ok(Given { identity: row.identity(), is_idle, row: row_given })
    }
}

/// CPU use since the last tick, in percent of one CPU; nothing yet of a process that is new.
fn cpu_percent(row: &Row, change: Option<&Change<'_>>) -> Cell<f64> {
    row.cpu_clock().map(drop).or_else(|_| row.cpu_times().map(drop))?;
    Ok(change
        .and_then(|change| change.cpu_usage().ok())
        .map_or(0.0, |usage| to_tenth(usage.of_core())))
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Native>()
}
