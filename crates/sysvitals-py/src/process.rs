//! One process, and the table of all.

use std::ffi::OsStr;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use sysvitals::{
    Cell, ConnectionKind, Error, Exit, Fields, Held, Identity, IoClass, IoNice, Pid, Process,
    Resource, ResourceLimit, Row, Signal, System, ToValue as _, Value,
};

use crate::convert::{self, Absent};
use crate::error::{Subject, parent_of_zombie, raise, raise_of, reused};
use crate::system::Machine;
use crate::table::{Made, Questions};
use crate::texts::Texts;

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// What psutil's `Process` asks. It looks the process up when it is first asked, and is bound to it
/// from then on.
#[pyclass(frozen, subclass, weakref, module = "sysvitals._sysvitals", name = "Process")]
pub(crate) struct Native {
    /// The number.
    #[pyo3(get)]
    pid: u32,
    system: System,
    /// Seconds to the start of the process that is meant, as [`start_of`] has them, if that is known already.
    start: Option<f64>,
    process: OnceLock<Process>,
    /// The same, once it is held: for questions. What acts on it proves that anew.
    held: OnceLock<Held>,
    /// The same for questions of one system call, which psutil asks without being sure either: a proof
    /// takes several.
    unproven: OnceLock<Process>,
    known: Mutex<Known>,
    oneshot: Mutex<Option<Oneshot>>,
}

/// What Python was told of the process, and errors tell again.
#[derive(Default)]
struct Known {
    name: Option<Py<PyAny>>,
    ppid: Option<u32>,
    /// What it was asked between the last `oneshot_enter` and `oneshot_exit`.
    asked: Fields,
}

/// What is read once between `oneshot_enter` and `oneshot_exit`.
struct Oneshot {
    /// What is read together with what is asked first: it was asked the last time.
    expected: Fields,
    /// What was asked this time.
    asked: Fields,
    /// What was read so far.
    rows: Vec<Arc<Row>>,
}

/// What `stat` tells, whichever of it is asked.
const STATE: Fields = Fields::CPU_TIMES.union(Fields::CPU_NUM).union(Fields::NUM_THREADS);
/// The same, and what it nearly always tells: names that it cuts short stand elsewhere.
const NAMED: Fields = STATE.union(Fields::NAME);
const OWNER: Fields = Fields::UIDS.union(Fields::GIDS);
/// What every row has.
const NOTHING: Fields = Fields::empty();

/// Only while attached to the interpreter, and never for long: a lock that another thread holds
/// during a `fork` is never released in the child.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds, as psutil's identities have them: since boot, or on Windows since 1970.
fn start_of(identity: Identity) -> f64 {
    Value::seconds(identity.start())
}

impl Native {
    /// The process, proven to be the one meant whenever it is asked.
    fn process(&self) -> sysvitals::Result<&Process> {
        if let Some(process) = self.process.get() {
            return Ok(process);
        }
        let process = self.system.process(self.pid)?;
        if self.start.is_some_and(|start| start != start_of(process.identity())) {
            return Err(reused(self.pid));
        }
        Ok(self.process.get_or_init(|| process))
    }

    /// The same, by what it is held by if it is.
    fn asked(&self) -> sysvitals::Result<&Process> {
        match self.held.get() {
            Some(held) => Ok(held),
            None => self.process(),
        }
    }

    /// Keeps open what its answers are read from, as long as it lives.
    pub(crate) fn hold(&self, py: Python<'_>) -> PyResult<()> {
        if self.held.get().is_none() {
            let held = self.ask(py, Process::hold)?;
            // Another thread may have been first.
            let _ = self.held.set(held);
        }
        Ok(())
    }

    fn raise(&self, py: Python<'_>, err: Error) -> PyErr {
        let (name, ppid) = {
            let mut known = locked(&self.known);
            known.ppid = parent_of_zombie(&err).or(known.ppid);
            (known.name.as_ref().map(|name| name.clone_ref(py)), known.ppid)
        };
        raise_of(py, err, &Subject { name: &name, ppid })
    }

    /// Asks, without the interpreter.
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&Process) -> sysvitals::Result<T> + Send,
    ) -> PyResult<T> {
        py.detach(|| self.asked().and_then(question)).map_err(|err| self.raise(py, err))
    }

    /// Does something to it, without the interpreter.
    fn act(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&Process) -> sysvitals::Result<()> + Send,
    ) -> PyResult<()> {
        py.detach(|| self.process().and_then(act)).map_err(|err| self.raise(py, err))
    }

    /// Asks what one system call tells that never waits: letting go of the interpreter takes longer.
    fn ask_kernel<T>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&Process) -> sysvitals::Result<T>,
    ) -> PyResult<T> {
        let process = match self.unproven.get() {
            Some(process) => Ok(process),
            None => py.detach(|| {
                self.process().map(|process| self.unproven.get_or_init(|| process.unproven()))
            }),
        };
        process.and_then(question).map_err(|err| self.raise(py, err))
    }

    /// Asks; between `oneshot_enter` and `oneshot_exit` it answers from what was read once, of
    /// `group` together, and of what was asked the last time.
    fn ask_once<T: Send>(
        &self,
        py: Python<'_>,
        field: Fields,
        group: Fields,
        cell: impl Fn(&Row) -> Cell<T>,
        question: impl FnOnce(&Process) -> sysvitals::Result<T> + Send,
    ) -> PyResult<T> {
        let (fields, known, before) = match &mut *locked(&self.oneshot) {
            None => (None, None, None),
            Some(oneshot) => {
                oneshot.asked |= group;
                let read = oneshot.rows.iter().find(|row| row.fields().contains(field));
                let (read, before) = (read.map(|row| cell(row)), oneshot.rows.first());
                (Some(group | oneshot.expected), read, before.map(Arc::clone))
            }
        };
        let answer = match (fields, known) {
            (_, Some(known)) => known.ok(),
            (Some(fields), None) => {
                self.read_once(py, fields, before).and_then(|row| cell(&row).ok())
            }
            (None, None) => None,
        };
        match answer {
            Some(answer) => Ok(answer),
            // It tells why there is none.
            None => self.ask(py, question),
        }
    }

    /// Reads all of these for now and for later questions; what every row has is that of the first.
    fn read_once(
        &self,
        py: Python<'_>,
        fields: Fields,
        before: Option<Arc<Row>>,
    ) -> Option<Arc<Row>> {
        let read = |process: &Process| match before {
            Some(before) => process.oneshot_after(&before, fields),
            None => process.oneshot(fields),
        };
        let row = Arc::new(py.detach(|| self.asked().and_then(read)).ok()?);
        if let Some(oneshot) = &mut *locked(&self.oneshot) {
            oneshot.expected = Fields::empty();
            oneshot.rows.push(Arc::clone(&row));
        }
        Some(row)
    }
}

#[pymethods]
impl Native {
    #[new]
    #[pyo3(signature = (pid, procfs=None, start=None))]
    fn new(pid: u32, procfs: Option<Machine>, start: Option<f64>) -> Self {
        Self {
            pid,
            system: procfs.map_or_else(System::host, |machine| machine.0),
            start,
            process: OnceLock::new(),
            held: OnceLock::new(),
            unproven: OnceLock::new(),
            known: Mutex::default(),
            oneshot: Mutex::new(None),
        }
    }

    #[getter]
    fn name_seen(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        locked(&self.known).name.as_ref().map(|name| name.clone_ref(py))
    }

    #[setter]
    fn set_name_seen(&self, name: Option<Py<PyAny>>) {
        let _old = std::mem::replace(&mut locked(&self.known).name, name);
    }

    #[getter]
    fn ppid_seen(&self) -> Option<u32> {
        locked(&self.known).ppid
    }

    #[setter]
    fn set_ppid_seen(&self, ppid: Option<u32>) {
        locked(&self.known).ppid = ppid;
    }

    /// Seconds to its start, as psutil's identities have them.
    fn start(&self, py: Python<'_>) -> PyResult<f64> {
        match self.start {
            Some(start) => Ok(start),
            None => self.ask(py, |process| Ok(start_of(process.identity()))),
        }
    }

    /// Whether it is still there and still itself; `None` where another has its pid.
    fn is_running(&self, py: Python<'_>) -> Option<bool> {
        py.detach(|| match self.process() {
            Ok(process) if process.is_running() => Some(true),
            Ok(_) if self.system.process(self.pid).is_ok() => None,
            Ok(_) => Some(false),
            Err(err) => Some(!err.is_gone()),
        })
    }

    fn oneshot_enter(&self) {
        let expected = locked(&self.known).asked;
        let oneshot = Oneshot { expected, asked: Fields::empty(), rows: Vec::new() };
        *locked(&self.oneshot) = Some(oneshot);
    }

    fn oneshot_exit(&self) {
        let ended = locked(&self.oneshot).take();
        if let Some(oneshot) = ended {
            locked(&self.known).asked = oneshot.asked;
        }
    }

    fn name<'py>(&self, py: Python<'py>) -> Answer<'py> {
        let cell = |row: &Row| row.name().map(OsStr::to_owned);
        let name = self.ask_once(py, Fields::NAME, NAMED, cell, Process::name)?;
        let name = convert::text(py, &name)?;
        self.set_name_seen(Some(name.clone().unbind()));
        Ok(name)
    }

    fn ppid(&self, py: Python<'_>) -> PyResult<u32> {
        let ppid = self.ask_once(py, NOTHING, NAMED, Row::ppid, Process::ppid)?.get();
        locked(&self.known).ppid = Some(ppid);
        Ok(ppid)
    }

    fn status<'py>(&self, py: Python<'py>) -> Answer<'py> {
        let status = self.ask_once(py, NOTHING, NAMED, Row::status, Process::status)?;
        convert::named(py, status.as_str())
    }

    fn cpu_times<'py>(&self, py: Python<'py>) -> Answer<'py> {
        let times =
            self.ask_once(py, Fields::CPU_TIMES, NAMED, Row::cpu_times, Process::cpu_times)?;
        convert::record(py, &times, Absent::ZeroFloat)
    }

    fn cpu_num(&self, py: Python<'_>) -> PyResult<u64> {
        self.ask_once(py, Fields::CPU_NUM, NAMED, Row::cpu_num, Process::cpu_num)
    }

    fn uids<'py>(&self, py: Python<'py>) -> Answer<'py> {
        let ids = self.ask_once(py, Fields::UIDS, OWNER, Row::uids, Process::uids)?;
        convert::record(py, &ids, Absent::None)
    }

    fn gids<'py>(&self, py: Python<'py>) -> Answer<'py> {
        let ids = self.ask_once(py, Fields::GIDS, OWNER, Row::gids, Process::gids)?;
        convert::record(py, &ids, Absent::None)
    }

    fn num_threads(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask_once(py, Fields::NUM_THREADS, NAMED, Row::num_threads, Process::num_threads)
    }

    fn num_ctx_switches<'py>(&self, py: Python<'py>) -> Answer<'py> {
        const FIELD: Fields = Fields::NUM_CTX_SWITCHES;
        let (cell, question) = (Row::num_ctx_switches, Process::num_ctx_switches);
        let switches = self.ask_once(py, FIELD, FIELD, cell, question)?;
        convert::record(py, &switches, Absent::Zero)
    }

    fn cmdline<'py>(&self, py: Python<'py>) -> Answer<'py> {
        const FIELD: Fields = Fields::CMDLINE;
        let cell = |row: &Row| row.cmdline().map(<[_]>::to_vec);
        let words = self.ask_once(py, FIELD, FIELD, cell, Process::cmdline)?;
        convert::texts(&mut Texts::of_one(py), &words)
    }

    fn cwd<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::text_or_empty(py, self.ask_kernel(py, Process::cwd)?)
    }

    fn environ<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::texts_by_name(&mut Texts::of_one(py), &self.ask(py, Process::environ)?)
    }

    fn exe<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::text_or_empty(py, self.ask(py, Process::exe)?)
    }

    fn io_counters<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask(py, Process::io_counters)?, Absent::Zero)
    }

    fn ionice<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask_kernel(py, Process::ionice)?, Absent::Zero)
    }

    fn memory_footprint<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask(py, Process::memory_footprint)?, Absent::Zero)
    }

    fn memory_full_info<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask(py, Process::memory_full_info)?, Absent::Zero)
    }

    fn memory_info<'py>(&self, py: Python<'py>) -> Answer<'py> {
        const FIELD: Fields = Fields::MEMORY;
        let memory = self.ask_once(py, FIELD, FIELD, Row::memory_info, Process::memory_info)?;
        convert::record(py, &memory, Absent::Zero)
    }

    fn memory_info_ex<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask(py, Process::memory_info_ex)?, Absent::Zero)
    }

    fn memory_maps<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::records(py, &self.ask(py, Process::memory_maps_grouped)?, Absent::Zero)
    }

    fn memory_maps_each<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::records(py, &self.ask(py, Process::memory_maps)?, Absent::Zero)
    }

    fn nice(&self, py: Python<'_>) -> PyResult<i32> {
        self.ask_kernel(py, Process::nice)
    }

    fn num_fds(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, Process::num_fds)
    }

    fn num_handles(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, Process::num_handles)
    }

    fn open_files<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::records(py, &self.ask(py, Process::open_files)?, Absent::None)
    }

    fn page_faults<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::record(py, &self.ask(py, Process::page_faults)?, Absent::Zero)
    }

    fn terminal<'py>(&self, py: Python<'py>) -> Answer<'py> {
        const FIELD: Fields = Fields::TERMINAL;
        let cell = |row: &Row| row.terminal().map(|path| path.map(Path::to_owned));
        convert::answer(py, &self.ask_once(py, FIELD, FIELD | NAMED, cell, Process::terminal)?)
    }

    fn threads<'py>(&self, py: Python<'py>) -> Answer<'py> {
        convert::records(py, &self.ask(py, Process::threads)?, Absent::None)
    }

    fn username<'py>(&self, py: Python<'py>) -> Answer<'py> {
        const FIELD: Fields = Fields::USERNAME;
        let cell = |row: &Row| row.username().map(OsStr::to_owned);
        convert::answer(py, &self.ask_once(py, FIELD, FIELD | OWNER, cell, Process::username)?)
    }

    /// When it was started: by the system's clock, or since boot by the one that nobody can set.
    #[pyo3(signature = (monotonic=false))]
    fn create_time(&self, py: Python<'_>, monotonic: bool) -> PyResult<f64> {
        let start = match (self.start, self.process.get()) {
            (Some(start), _) => Duration::try_from_secs_f64(start).ok(),
            (None, Some(process)) => Some(process.identity().start()),
            (None, None) => None,
        };
        let time = match start {
            // It need not be there any more: when it was started is what makes it this process.
            Some(start) if !monotonic => {
                let moment = py.detach(|| self.system.started_at(start));
                moment.map_err(|err| raise(py, err))?.to_value()
            }
            Some(start) => Value::Float(Value::seconds(start)),
            None if monotonic => {
                Value::Float(self.ask(py, |process| Ok(start_of(process.identity())))?)
            }
            None => self.ask(py, Process::create_time)?.to_value(),
        };
        match time {
            Value::Float(seconds) => Ok(seconds),
            _ => Ok(0.0),
        }
    }

    #[pyo3(signature = (kind="inet"))]
    fn net_connections<'py>(&self, py: Python<'py>, kind: &str) -> Answer<'py> {
        let kind = ConnectionKind::from_str(kind).map_err(|err| raise(py, err))?;
        let sockets = self.ask(py, |process| process.net_connections(kind))?;
        convert::records(py, &sockets, Absent::None)
    }

    /// The same, whatever sockets others have: by duplicates, which not everybody wants made.
    #[pyo3(signature = (kind="inet"))]
    fn net_connections_by_duplicates<'py>(&self, py: Python<'py>, kind: &str) -> Answer<'py> {
        let kind = ConnectionKind::from_str(kind).map_err(|err| raise(py, err))?;
        let sockets = self.ask(py, |process| process.net_connections_by_duplicates(kind))?;
        convert::records(py, &sockets, Absent::None)
    }

    fn set_nice(&self, py: Python<'_>, nice: i32) -> PyResult<()> {
        self.act(py, |process| process.set_nice(nice))
    }

    fn set_ionice(&self, py: Python<'_>, ioclass: &str, level: Option<u8>) -> PyResult<()> {
        let class = IoClass::from_str(ioclass).map_err(|err| raise(py, err))?;
        self.act(py, |process| process.set_ionice(IoNice::new(class, level)))
    }

    #[pyo3(name = "limit")]
    fn rlimit<'py>(&self, py: Python<'py>, number: u32) -> Answer<'py> {
        let Some(resource) = Resource::ALL.iter().find(|it| it.number() == Some(number)) else {
            return Err(PyValueError::new_err("invalid resource specified"));
        };
        let limit = self.ask_kernel(py, |process| process.rlimit(*resource))?;
        let number = |limit: Option<u64>| match limit {
            Some(limit) => limit.into_pyobject(py),
            None => (-1_i8).into_pyobject(py),
        };
        Ok((number(limit.soft)?, number(limit.hard)?).into_pyobject(py)?.into_any())
    }

    #[pyo3(name = "set_limit")]
    fn set_rlimit(
        &self,
        py: Python<'_>,
        resource: &str,
        soft: Option<u64>,
        hard: Option<u64>,
    ) -> PyResult<()> {
        let resource = Resource::from_str(resource).map_err(|err| raise(py, err))?;
        self.act(py, |process| process.set_rlimit(resource, ResourceLimit { soft, hard }))
    }

    fn cpu_affinity(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.ask_kernel(py, Process::cpu_affinity)
    }

    fn set_cpu_affinity(&self, py: Python<'_>, cpus: Vec<u32>) -> PyResult<()> {
        self.act(py, |process| process.set_cpu_affinity(&cpus))
    }

    #[pyo3(name = "_get_eligible_cpus")]
    fn eligible_cpus(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.ask(py, Process::eligible_cpus)
    }

    fn send_signal(&self, py: Python<'_>, signal: i32) -> PyResult<()> {
        self.act(py, |process| process.send_signal(Signal(signal)))
    }

    fn kill(&self, py: Python<'_>) -> PyResult<()> {
        self.act(py, Process::kill)
    }

    fn suspend(&self, py: Python<'_>) -> PyResult<()> {
        self.act(py, Process::suspend)
    }

    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        self.act(py, Process::resume)
    }

    /// Waits for the end: the exit status, the negated signal, or `None` where only the parent was
    /// told; `False` when `timeout` seconds have passed first. How others than children end is told
    /// only if `of_others` is.
    #[pyo3(signature = (timeout=None, of_others=false))]
    fn wait_for<'py>(&self, py: Python<'py>, timeout: Option<f64>, of_others: bool) -> Answer<'py> {
        /// How long a signal handler of Python's may have to wait for its turn.
        const TURN: Duration = Duration::from_millis(100);

        let start = Instant::now();
        // What is too long for a clock is for ever.
        let timeout = timeout.and_then(|timeout| Duration::try_from_secs_f64(timeout).ok());
        let process = match self.process() {
            Ok(process) => process.clone(),
            Err(err) if err.is_gone() => return Ok(py.None().into_bound(py)),
            Err(err) => return Err(self.raise(py, err)),
        };
        // How others end is their parents' business, even where the kernel would tell us (Linux 6.15).
        let (held, is_ours) = py.detach(|| {
            let is_ours = of_others || process.ppid().is_ok_and(|parent| parent == Pid::current());
            (process.hold().ok(), is_ours)
        });
        let process = held.as_deref().unwrap_or(&process);
        loop {
            let left = timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
            let turn = left.map_or(TURN, |left| left.min(TURN));
            let exit = py.detach(|| process.wait(turn)).map_err(|err| self.raise(py, err))?;
            match exit {
                Some(_) if !is_ours => return Ok(py.None().into_bound(py)),
                Some(Exit::Unknown) => return Ok(py.None().into_bound(py)),
                Some(exit) => return convert::answer(py, &exit),
                None if left == Some(turn) => return convert::answer(py, &false),
                None => py.check_signals()?,
            }
        }
    }

    /// Its parent as pid and start, or `None`.
    fn parent(&self, py: Python<'_>) -> PyResult<Option<(u32, f64)>> {
        self.ask(py, |process| Ok(process.parent()?.map(|parent| relative(parent.identity()))))
    }

    /// Its parents, nearest first, as pid and start.
    fn parents(&self, py: Python<'_>) -> PyResult<Vec<(u32, f64)>> {
        self.ask(py, |process| {
            let parents = process.parents()?;
            Ok(parents.into_iter().map(|parent| relative(parent.identity())).collect())
        })
    }

    /// Its children as pid and start.
    fn children(&self, py: Python<'_>, recursive: bool) -> PyResult<Vec<(u32, f64)>> {
        self.ask(py, |process| {
            let children = process.child_identities(recursive)?;
            Ok(children.into_iter().map(relative).collect())
        })
    }

    /// Several questions at once: the answers by name, and the names of the questions that have to be
    /// asked one by one, as they failed or are not asked of tables.
    fn several<'py>(
        &self,
        py: Python<'py>,
        names: Vec<Bound<'py, PyString>>,
        denied: Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyDict>, Vec<Bound<'py, PyString>>)> {
        let mut questions = Questions::new(py, names)?;
        let fields = questions.fields();
        let row = Arc::new(self.ask(py, |process| process.oneshot(fields))?);
        if let Some(oneshot) = &mut *locked(&self.oneshot) {
            oneshot.rows.push(Arc::clone(&row));
        }
        questions.answers(&mut Made::of_one(py), &row, &denied)
    }

    fn __repr__(&self) -> String {
        format!("<sysvitals._sysvitals.Process of {}>", self.pid)
    }
}

fn relative(identity: Identity) -> (u32, f64) {
    (identity.pid().get(), start_of(identity))
}

/// Lets this process look into those of others, if its user may; whether it may.
#[pyfunction]
fn enable_debug_privilege(py: Python<'_>) -> PyResult<bool> {
    py.detach(|| System::host().enable_debug_privilege()).map_err(|err| raise(py, err))
}

/// The signals of this platform: name and number.
#[pyfunction]
fn signals() -> Vec<(&'static str, i32)> {
    Signal::all().map(|(name, signal)| (name, signal.0)).collect()
}

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(enable_debug_privilege, module)?)?;
    module.add_function(wrap_pyfunction!(signals, module)?)
}
