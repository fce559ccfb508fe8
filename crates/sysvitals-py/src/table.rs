//! Rows of tables as Python has them: what is asked is looked up once for all of them.

use std::ffi::OsStr;
use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString};
use sysvitals::{Cell, Fields, Missing, ProcessStatus, Row, Value};

use crate::convert::{self, Absent};
use crate::error::raise;
use crate::system::Machine;
use crate::texts::Texts;

type Object<'py> = Bound<'py, PyAny>;

/// Makes one answer of a row, in psutil's shape.
pub(crate) type Answer =
    for<'py, 'a> fn(&mut Texts<'py, 'a>, &'a Row) -> PyResult<Cell<Object<'py>>>;

/// One answer, if the row has it.
macro_rules! shaped {
    ($question:ident, $convert:expr) => {
        |texts, row| match row.$question() {
            Ok(it) => ($convert)(texts.py(), it).map(Ok),
            Err(missing) => Ok(Err(missing)),
        }
    };
}

/// The same of what is text.
macro_rules! said {
    ($question:ident, $convert:expr) => {
        |texts, row| match row.$question() {
            Ok(it) => ($convert)(texts, it).map(Ok),
            Err(missing) => Ok(Err(missing)),
        }
    };
}

macro_rules! record {
    ($question:ident, $absent:ident) => {
        shaped!($question, |py, it| convert::record(py, &it, Absent::$absent))
    };
}

macro_rules! records {
    ($question:ident, $absent:ident) => {
        said!($question, |texts, it| convert::records_among(texts, it, Absent::$absent))
    };
}

macro_rules! plain {
    ($question:ident) => {
        shaped!($question, |py, it| convert::answer(py, &it))
    };
}

/// A path, or the empty text for none: psutil's way.
fn path<'py, 'a>(texts: &mut Texts<'py, 'a>, path: Option<&'a Path>) -> PyResult<Object<'py>> {
    texts.text(path.map_or_else(|| OsStr::new(""), Path::as_os_str))
}

/// How psutil answers the question of this name; `None` for what no table answers.
pub(crate) fn answer(name: &str) -> Option<Answer> {
    Some(match name {
        "pid" => |texts, row| convert::answer(texts.py(), &row.pid()).map(Ok),
        "ppid" => plain!(ppid),
        "name" => said!(name, Texts::text),
        "status" => shaped!(status, |py, it: ProcessStatus| convert::named(py, it.as_str())),
        "exe" => said!(exe, path),
        "cwd" => said!(cwd, path),
        "cmdline" => said!(cmdline, convert::texts),
        "username" => said!(username, Texts::text),
        "terminal" => plain!(terminal),
        "environ" => said!(environ, convert::texts_by_name),
        "create_time" => plain!(create_time),
        "nice" => plain!(nice),
        "cpu_num" => plain!(cpu_num),
        "num_threads" => plain!(num_threads),
        "num_fds" => plain!(num_fds),
        "num_handles" => plain!(num_handles),
        "cpu_affinity" => {
            shaped!(cpu_affinity, |py, it: &Vec<u32>| { PyList::new(py, it).map(Bound::into_any) })
        }
        "cpu_times" => record!(cpu_times, ZeroFloat),
        "uids" => record!(uids, None),
        "gids" => record!(gids, None),
        "io_counters" => record!(io_counters, Zero),
        "ionice" => record!(ionice, Zero),
        "memory_footprint" => record!(memory_footprint, Zero),
        "memory_full_info" => record!(memory_full_info, Zero),
        "memory_info" => record!(memory_info, Zero),
        "memory_info_ex" => record!(memory_info_ex, Zero),
        "num_ctx_switches" => record!(num_ctx_switches, Zero),
        "page_faults" => record!(page_faults, Zero),
        "memory_maps" => records!(memory_maps, Zero),
        "net_connections" => records!(net_connections, None),
        "open_files" => records!(open_files, None),
        "threads" => records!(threads, None),
        _ => return None,
    })
}

/// What is asked of each row.
pub(crate) struct Questions<'py> {
    each: Vec<(Bound<'py, PyString>, Option<Answer>)>,
    /// All the names: a copy has room for the answers, and Python does not look for places.
    blank: Bound<'py, PyDict>,
    fields: Fields,
}

impl<'py> Questions<'py> {
    pub(crate) fn new(py: Python<'py>, names: Vec<Bound<'py, PyString>>) -> PyResult<Self> {
        let (blank, mut fields) = (PyDict::new(py), Fields::empty());
        let mut each = Vec::with_capacity(names.len());
        for name in names {
            let text = name.to_cow()?;
            let answer = answer(&text);
            if answer.is_some() {
                fields |= Fields::named(&text).unwrap_or_default();
                blank.set_item(&name, py.None())?;
            }
            drop(text);
            each.push((name, answer));
        }
        Ok(Self { each, blank, fields })
    }

    /// What a table has to have.
    pub(crate) fn fields(&self) -> Fields {
        self.fields
    }

    /// The answers by name, and the names of the questions that have to be asked one by one.
    pub(crate) fn answers<'a>(
        &self,
        texts: &mut Texts<'py, 'a>,
        row: &'a Row,
        denied: &Object<'py>,
    ) -> PyResult<(Bound<'py, PyDict>, Vec<Bound<'py, PyString>>)> {
        let (answers, mut left) = (self.blank.copy()?, Vec::new());
        for (name, answer) in &self.each {
            let Some(answer) = answer else {
                left.push(name.clone());
                continue;
            };
            match answer(texts, row)? {
                Ok(answer) => answers.set_item(name, answer)?,
                Err(Missing::Denied) => answers.set_item(name, denied)?,
                Err(Missing::Gone) if row.status() == Ok(ProcessStatus::Zombie) => {
                    answers.set_item(name, denied)?;
                }
                Err(_) => {
                    answers.del_item(name)?;
                    left.push(name.clone());
                }
            }
        }
        Ok((answers, left))
    }
}

/// A table by its columns: pids, starts, answers by name, and by pid the names of the questions that
/// have to be asked one by one.
type Table<'py> = (Bound<'py, PyList>, Bound<'py, PyList>, Bound<'py, PyList>, Bound<'py, PyDict>);

/// Every process with its answers.
#[pyfunction]
fn table<'py>(
    py: Python<'py>,
    names: Vec<Bound<'py, PyString>>,
    denied: Object<'py>,
    machine: Machine,
) -> PyResult<Table<'py>> {
    let questions = Questions::new(py, names)?;
    let fields = questions.fields();
    let table = py.detach(|| machine.0.snapshot(fields)).map_err(|err| raise(py, err))?;
    let left = PyDict::new(py);
    let (mut answers, mut texts) = (Vec::with_capacity(table.rows().len()), Texts::of_many(py));
    for row in &table {
        let (row_answers, row_left) = questions.answers(&mut texts, row, &denied)?;
        answers.push(row_answers);
        if !row_left.is_empty() {
            left.set_item(row.pid().get(), row_left)?;
        }
    }
    let pids = PyList::new(py, table.rows().iter().map(|row| row.pid().get()))?;
    let start = |row: &Row| PyFloat::new(py, Value::seconds(row.identity().start()));
    let starts = PyList::new(py, table.rows().iter().map(start))?;
    Ok((pids, starts, PyList::new(py, answers)?, left))
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(table, module)?)
}
