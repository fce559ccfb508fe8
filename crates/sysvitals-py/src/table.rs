//! Rows of tables as Python has them: what is asked is looked up once for all of them.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString};
use sysvitals::{
    Cell, Fields, Gids, MemoryInfo, Missing, ProcessCpuTimes, ProcessStatus, Row, Uids, Value,
};

use crate::convert::{self, Absent};
use crate::error::raise;
use crate::system::Machine;
use crate::texts::Texts;

type Object<'py> = Bound<'py, PyAny>;

/// Makes one answer of a row, in psutil's shape.
pub(crate) type Answer =
    for<'py, 'a> fn(&mut Made<'py, 'a>, &'a Row) -> PyResult<Cell<Object<'py>>>;

/// What was made of the rows before, and is given again where a row says the same: nobody can change it.
pub(crate) struct Made<'py, 'a> {
    texts: Texts<'py, 'a>,
    cpu_times: Last<'py, ProcessCpuTimes>,
    memory_info: Last<'py, MemoryInfo>,
    uids: Last<'py, Uids>,
    gids: Last<'py, Gids>,
}

/// What a row said, and the tuple of it.
type Last<'py, R> = Option<(R, Object<'py>)>;

impl<'py> Made<'py, '_> {
    /// For one row.
    pub(crate) fn of_one(py: Python<'py>) -> Self {
        Self::with(Texts::of_one(py))
    }

    /// For rows that are alike.
    pub(crate) fn of_many(py: Python<'py>) -> Self {
        Self::with(Texts::of_many(py))
    }
}

impl<'py, 'a> Made<'py, 'a> {
    fn with(texts: Texts<'py, 'a>) -> Self {
        Self { texts, cpu_times: None, memory_info: None, uids: None, gids: None }
    }

    pub(crate) fn texts(&mut self) -> &mut Texts<'py, 'a> {
        &mut self.texts
    }
}

/// One answer, if the row has it.
macro_rules! shaped {
    ($question:ident, $convert:expr) => {
        |made, row| match row.$question() {
            Ok(it) => ($convert)(made.texts.py(), it).map(Ok),
            Err(missing) => Ok(Err(missing)),
        }
    };
}

/// The same of what is text.
macro_rules! said {
    ($question:ident, $convert:expr) => {
        |made, row| match row.$question() {
            Ok(it) => ($convert)(&mut made.texts, it).map(Ok),
            Err(missing) => Ok(Err(missing)),
        }
    };
}

/// The same of a record that the row before often has, too.
macro_rules! again {
    ($question:ident, $absent:ident) => {
        |made, row| match (row.$question(), &made.$question) {
            (Ok(it), Some((last, tuple))) if it == *last => Ok(Ok(tuple.clone())),
            (Ok(it), _) => {
                let tuple = convert::record(made.texts.py(), &it, Absent::$absent)?;
                made.$question = Some((it, tuple.clone()));
                Ok(Ok(tuple))
            }
            (Err(missing), _) => Ok(Err(missing)),
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
        "pid" => |made, row| convert::answer(made.texts.py(), &row.pid()).map(Ok),
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
        "cpu_times" => again!(cpu_times, ZeroFloat),
        "uids" => again!(uids, None),
        "gids" => again!(gids, None),
        "io_counters" => record!(io_counters, Zero),
        "ionice" => record!(ionice, Zero),
        "memory_footprint" => record!(memory_footprint, Zero),
        "memory_full_info" => record!(memory_full_info, Zero),
        "memory_info" => again!(memory_info, Zero),
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
    each: Vec<Question<'py>>,
    /// The answers of the row before, at first `None`: a copy has room for those of the next, and many
    /// are the same.
    answers: Bound<'py, PyDict>,
    fields: Fields,
    clock: Option<Clock<'py>>,
}

/// Tells when the CPU times of a row were read, by Python's clock.
struct Clock<'py> {
    /// What is told is called this.
    name: Bound<'py, PyString>,
    /// One moment by our clock, and by Python's.
    ours: Instant,
    theirs: f64,
}

impl Clock<'_> {
    fn at(&self, moment: Instant) -> f64 {
        self.theirs + moment.saturating_duration_since(self.ours).as_secs_f64()
    }
}

struct Question<'py> {
    name: Bound<'py, PyString>,
    answer: Option<Answer>,
    /// Its answer in the row before.
    last: Object<'py>,
}

impl<'py> Questions<'py> {
    pub(crate) fn new(py: Python<'py>, names: Vec<Bound<'py, PyString>>) -> PyResult<Self> {
        let (answers, mut fields) = (PyDict::new(py), Fields::empty());
        let mut each = Vec::with_capacity(names.len());
        let last = py.None().into_bound(py);
        for name in names {
            let text = name.to_cow()?;
            let answer = answer(&text);
            if answer.is_some() {
                fields |= Fields::named(&text).unwrap_or_default();
                answers.set_item(&name, &last)?;
            }
            drop(text);
            each.push(Question { name, answer, last: last.clone() });
        }
        Ok(Self { each, answers, fields, clock: None })
    }

    /// The same, and under this name when the CPU times were read: it is `now`.
    fn clocked(mut self, name: Bound<'py, PyString>, now: f64) -> PyResult<Self> {
        self.fields |= Fields::CPU_TIMES | Fields::READ_AT;
        self.answers.set_item(&name, self.answers.py().None())?;
        self.clock = Some(Clock { name, ours: Instant::now(), theirs: now });
        Ok(self)
    }

    /// What a table has to have.
    pub(crate) fn fields(&self) -> Fields {
        self.fields
    }

    /// The answers by name, and the names of the questions that have to be asked one by one.
    pub(crate) fn answers<'a>(
        &mut self,
        made: &mut Made<'py, 'a>,
        row: &'a Row,
        denied: &Object<'py>,
    ) -> PyResult<(Bound<'py, PyDict>, Vec<Bound<'py, PyString>>)> {
        let (answers, mut left, mut missing) = (self.answers.copy()?, Vec::new(), Vec::new());
        for Question { name, answer, last } in &mut self.each {
            let Some(answer) = answer else {
                left.push(name.clone());
                continue;
            };
            let answer = match answer(made, row)? {
                Ok(answer) => answer,
                Err(Missing::Denied) => denied.clone(),
                Err(Missing::Gone) if row.status() == Ok(ProcessStatus::Zombie) => denied.clone(),
                Err(_) => {
                    missing.push(name.clone());
                    continue;
                }
            };
            if !answer.is(&*last) {
                answers.set_item(&*name, &answer)?;
                *last = answer;
            }
        }
        if let Some(clock) = &self.clock {
            match (row.cpu_times(), row.read_at()) {
                (Ok(_), Ok(read)) => answers.set_item(&clock.name, clock.at(read))?,
                _ => missing.push(clock.name.clone()),
            }
        }
        if missing.is_empty() {
            self.answers = answers.clone();
        } else {
            // What it lacks stays that of a row before, which the next row answers anew.
            self.answers = answers.copy()?;
            for name in missing {
                answers.del_item(&name)?;
                left.push(name);
            }
        }
        Ok((answers, left))
    }
}

/// A table by its columns: pids, starts, names if these are asked and known, answers by name; and by pid
/// the names of the questions that have to be asked one by one.
type Table<'py> = (
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyList>,
    Bound<'py, PyDict>,
);

/// Every process with its answers; with `clock`, a name and what time it is now, under that name at what
/// time its CPU times were read.
#[pyfunction]
#[pyo3(signature = (names, denied, machine, clock=None))]
fn table<'py>(
    py: Python<'py>,
    names: Vec<Bound<'py, PyString>>,
    denied: Object<'py>,
    machine: Machine,
    clock: Option<(Bound<'py, PyString>, f64)>,
) -> PyResult<Table<'py>> {
    let mut questions = Questions::new(py, names)?;
    if let Some((name, now)) = clock {
        questions = questions.clocked(name, now)?;
    }
    let fields = questions.fields();
    let table = py.detach(|| machine.0.snapshot(fields)).map_err(|err| raise(py, err))?;
    let (left, mut made) = (PyDict::new(py), Made::of_many(py));
    let mut answers = Vec::with_capacity(table.rows().len());
    let mut names = Vec::with_capacity(table.rows().len());
    for row in &table {
        let (row_answers, row_left) = questions.answers(&mut made, row, &denied)?;
        answers.push(row_answers);
        names.push(row.name().ok().map(|name| made.texts.text(name)).transpose()?);
        if !row_left.is_empty() {
            left.set_item(row.pid().get(), row_left)?;
        }
    }
    let pids = PyList::new(py, table.rows().iter().map(|row| row.pid().get()))?;
    let start = |row: &Row| PyFloat::new(py, Value::seconds(row.identity().start()));
    let starts = PyList::new(py, table.rows().iter().map(start))?;
    Ok((pids, starts, PyList::new(py, names)?, PyList::new(py, answers)?, left))
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(table, module)?)
}
