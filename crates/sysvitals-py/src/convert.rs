//! Answers as Python objects.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFloat, PyList, PyString, PyTuple, PyType};
use sysvitals::{
    Battery, Connection, ContextSwitches, CpuFreq, CpuStats, CpuTimes, DiskIoCounters,
    DiskPartition, DiskUsage, Fan, Gids, HeapInfo, IoCounters, IoNice, MemoryFootprint,
    MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped, NetIoCounters,
    NicAddress, NicStats, OpenFile, PageFaults, ProcessConnection, ProcessCpuTimes, Record,
    SwapMemory, Temperature, ThreadTimes, ToValue, Uids, User, Value, VirtualMemory,
};

type Object<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(shapes, module)?)
}

/// The fields of every named tuple, on a platform by its name or on this one.
#[pyfunction]
#[pyo3(signature = (platform=None))]
fn shapes(py: Python<'_>, platform: Option<&str>) -> PyResult<Py<PyDict>> {
    let platform = crate::platform::called(platform);
    let shapes = PyDict::new(py);
    macro_rules! tell {
        ($($record:ty),* $(,)?) => {$(
            let fields: Vec<_> = <$record>::fields(platform).collect();
            if !fields.is_empty() {
                shapes.set_item(<$record>::NAME, fields)?;
            }
        )*};
    }
    tell!(
        Battery,
        Connection,
        ContextSwitches,
        CpuFreq,
        CpuStats,
        CpuTimes,
        DiskIoCounters,
        DiskPartition,
        DiskUsage,
        Fan,
        Gids,
        HeapInfo,
        IoCounters,
        IoNice,
        MemoryFootprint,
        MemoryFullInfo,
        MemoryInfo,
        MemoryInfoEx,
        MemoryMap,
        MemoryMapGrouped,
        NetIoCounters,
        NicAddress,
        NicStats,
        OpenFile,
        PageFaults,
        ProcessConnection,
        ProcessCpuTimes,
        SwapMemory,
        Temperature,
        ThreadTimes,
        Uids,
        User,
        VirtualMemory,
    );
    Ok(shapes.unbind())
}

/// What an absent field becomes.
#[derive(Clone, Copy)]
pub(crate) enum Absent {
    /// `None`.
    None,
    /// 0, as psutil has it.
    Zero,
    /// 0.0, the same among floats.
    ZeroFloat,
}

/// A named tuple of `sysvitals._ntuples`.
#[derive(Clone, Copy)]
struct Class<'a, 'py> {
    class: &'a Bound<'py, PyType>,
    new: &'a Bound<'py, PyAny>,
}

fn class<'py>(py: Python<'py>, name: &'static str) -> PyResult<Bound<'py, PyType>> {
    static CLASSES: Mutex<Option<HashMap<&'static str, Py<PyType>>>> = Mutex::new(None);
    // Nobody waits: a child may have been forked while another thread of its parent was in here.
    let known = CLASSES.try_lock().ok().and_then(|known| {
        known.as_ref().and_then(|classes| classes.get(name)).map(|class| class.bind(py).clone())
    });
    if let Some(class) = known {
        return Ok(class);
    }
    // Not while it is locked: an import may run any code.
    let class = PyModule::import(py, "sysvitals._ntuples")?.getattr(name)?.cast_into::<PyType>()?;
    if let Ok(mut known) = CLASSES.try_lock() {
        known.get_or_insert_default().insert(name, class.clone().unbind());
    }
    Ok(class)
}

/// `tuple.__new__`, which a named tuple's own does no more than call.
fn tuple_new(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let new =
        NEW.get_or_try_init(py, || py.get_type::<PyTuple>().getattr("__new__").map(Bound::unbind))?;
    Ok(new.bind(py))
}

fn build<'py, R: Record>(
    py: Python<'py>,
    class: Class<'_, 'py>,
    record: &R,
    absent: Absent,
) -> PyResult<Object<'py>> {
    let mut fields: Vec<Object<'py>> = Vec::with_capacity(16);
    let mut failed = None;
    record.visit(&mut |_, value| {
        let field = match (value, absent) {
            (Value::Null, Absent::Zero) => {
                0_u8.into_pyobject(py).map(Bound::into_any).map_err(PyErr::from)
            }
            (Value::Null, Absent::ZeroFloat) => Ok(PyFloat::new(py, 0.0).into_any()),
            (value, _) => object(py, &value),
        };
        match field {
            Ok(field) => fields.push(field),
            Err(err) => failed = Some(err),
        }
    });
    if let Some(err) = failed {
        return Err(err);
    }
    let fields = PyTuple::new(py, fields)?;
    class.new.call1((class.class, fields))
}

/// One record.
pub(crate) fn record<'py, R: Record>(
    py: Python<'py>,
    it: &R,
    absent: Absent,
) -> PyResult<Object<'py>> {
    let class = class(py, R::NAME)?;
    build(py, Class { class: &class, new: tuple_new(py)? }, it, absent)
}

/// One record, or `None`.
pub(crate) fn perhaps<'py, R: Record>(
    py: Python<'py>,
    it: Option<&R>,
    absent: Absent,
) -> PyResult<Object<'py>> {
    match it {
        Some(it) => record(py, it, absent),
        None => Ok(py.None().into_bound(py)),
    }
}

/// A list of records.
pub(crate) fn records<'py, R: Record>(
    py: Python<'py>,
    each: &[R],
    absent: Absent,
) -> PyResult<Object<'py>> {
    let class = class(py, R::NAME)?;
    let class = Class { class: &class, new: tuple_new(py)? };
    let list = PyList::empty(py);
    for it in each {
        list.append(build(py, class, it, absent)?)?;
    }
    Ok(list.into_any())
}

/// Records by the names of what they are about.
pub(crate) fn by_name<'py, R: Record>(
    py: Python<'py>,
    each: &BTreeMap<OsString, R>,
    absent: Absent,
) -> PyResult<Object<'py>> {
    let class = class(py, R::NAME)?;
    let class = Class { class: &class, new: tuple_new(py)? };
    let dict = PyDict::new(py);
    for (name, it) in each {
        dict.set_item(text(py, name)?, build(py, class, it, absent)?)?;
    }
    Ok(dict.into_any())
}

/// Lists of records by the names of what they are about.
pub(crate) fn lists_by_name<'py, R: Record>(
    py: Python<'py>,
    each: &BTreeMap<OsString, Vec<R>>,
    absent: Absent,
) -> PyResult<Object<'py>> {
    let dict = PyDict::new(py);
    for (name, list) in each {
        dict.set_item(text(py, name)?, records(py, list, absent)?)?;
    }
    Ok(dict.into_any())
}

/// Any answer that is no list of records.
pub(crate) fn answer<'py>(py: Python<'py>, it: &(impl ToValue + ?Sized)) -> PyResult<Object<'py>> {
    object(py, &it.to_value())
}

/// The fields of a record by name, in order.
pub(crate) fn dict<'py, R: Record>(py: Python<'py>, it: &R) -> PyResult<Object<'py>> {
    let dict = PyDict::new(py);
    let mut failed = None;
    it.visit(&mut |name, value| {
        let set = object(py, &value).and_then(|value| dict.set_item(name, value));
        failed = failed.take().or(set.err());
    });
    match failed {
        Some(err) => Err(err),
        None => Ok(dict.into_any()),
    }
}

/// A list of texts.
pub(crate) fn texts<'py>(py: Python<'py>, each: &[OsString]) -> PyResult<Object<'py>> {
    let list = PyList::empty(py);
    for it in each {
        list.append(text(py, it)?)?;
    }
    Ok(list.into_any())
}

/// Text of the operating system: bytes that are no text become surrogates, as everywhere in Python.
pub(crate) fn text<'py>(py: Python<'py>, it: &OsStr) -> PyResult<Object<'py>> {
    match it.to_str() {
        Some(plain) => Ok(PyString::new(py, plain).into_any()),
        None => Ok(it.into_pyobject(py)?.into_any()),
    }
}

/// Text, or the empty one for none: psutil's way with paths.
pub(crate) fn text_or_empty<'py>(
    py: Python<'py>,
    it: Option<impl AsRef<OsStr>>,
) -> PyResult<Object<'py>> {
    match it {
        Some(it) => text(py, it.as_ref()),
        None => Ok(PyString::intern(py, "").into_any()),
    }
}

/// What psutil has for a name out of a fixed set: an enum's member, or the name itself.
fn named<'py>(py: Python<'py>, name: &'static str) -> PyResult<Object<'py>> {
    static NAMES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let names = NAMES.get_or_init(py, || PyDict::new(py).unbind()).bind(py);
    let name = PyString::intern(py, name);
    if let Some(known) = names.get_item(&name)? {
        return Ok(known);
    }
    let it = PyModule::import(py, "sysvitals._enums")?.getattr("named")?.call1((&name,))?;
    names.set_item(name, &it)?;
    Ok(it)
}

fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Object<'py>> {
    Ok(match value {
        Value::Bool(it) => it.into_pyobject(py)?.to_owned().into_any(),
        Value::Unsigned(it) => match u64::try_from(*it) {
            Ok(it) => it.into_pyobject(py)?.into_any(),
            Err(_) => it.into_pyobject(py)?.into_any(),
        },
        Value::Signed(it) => it.into_pyobject(py)?.into_any(),
        Value::Float(it) => PyFloat::new(py, *it).into_any(),
        Value::Text(it) => text(py, it)?,
        Value::Name(it) => named(py, it)?,
        Value::List(each) => {
            let each: Vec<_> = each.iter().map(|it| object(py, it)).collect::<PyResult<_>>()?;
            PyTuple::new(py, each)?.into_any()
        }
        Value::Map(each) => {
            let dict = PyDict::new(py);
            for (name, it) in each {
                dict.set_item(text(py, name)?, object(py, it)?)?;
            }
            dict.into_any()
        }
        // The only record inside others is that of an internet address.
        Value::Record(fields) => {
            let each: Vec<_> =
                fields.iter().map(|(_, it)| object(py, it)).collect::<PyResult<_>>()?;
            tuple_new(py)?.call1((class(py, "addr")?, PyTuple::new(py, each)?))?
        }
        _ => py.None().into_bound(py),
    })
}
