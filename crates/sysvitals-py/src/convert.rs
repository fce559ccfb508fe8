//! Answers as Python objects.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};
use sysvitals::{
    Battery, Connection, ContextSwitches, CpuFreq, CpuStats, CpuTimes, DiskIoCounters,
    DiskPartition, DiskUsage, Environment, Fan, Gids, HeapInfo, IoCounters, IoNice,
    MemoryFootprint, MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped,
    NetIoCounters, NicAddress, NicStats, OpenFile, PageFaults, ProcessConnection, ProcessCpuTimes,
    Record, SwapMemory, Temperature, ThreadTimes, ToValue, Uids, User, Value, ValueRef,
    VirtualMemory,
};

use crate::ffi::{self, TupleClass};
use crate::texts::Texts;
pub(crate) use crate::texts::text;

type Object<'py> = Bound<'py, PyAny>;

#[inline(always)]
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(shapes, module)?)
}

/// A record that Python has a named tuple for.
pub(crate) trait Named: Record {
    /// The named tuple, of `sysvitals._ntuples`.
    fn class(py: Python<'_>) -> PyResult<&'static TupleClass>;
}

/// Every record, once.
macro_rules! records {
    ($($record:ty),* $(,)?) => {
        $(
            impl Named for $record {
                fn class(py: Python<'_>) -> PyResult<&'static TupleClass> {
                    static CLASS: PyOnceLock<TupleClass> = PyOnceLock::new();
                    class(py, &CLASS, Self::NAME)
                }
            }
        )*

        /// The fields of every named tuple, on a platform by its name or on this one.
        #[pyfunction]
        #[pyo3(signature = (platform=None))]
        fn shapes(py: Python<'_>, platform: Option<&str>) -> PyResult<Py<PyDict>> {
            let platform = crate::platform::called(platform);
            let shapes = PyDict::new(py);
            $(
                let fields: Vec<_> = <$record>::fields(platform).collect();
                if !fields.is_empty() {
                    shapes.set_item(<$record>::NAME, fields)?;
                }
            )*
            Ok(shapes.unbind())
        }
    };
}

records! {
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

/// A named tuple, looked up once.
fn class(
    py: Python<'_>,
    known: &'static PyOnceLock<TupleClass>,
    name: &'static str,
) -> PyResult<&'static TupleClass> {
    if let Some(class) = known.get(py) {
        return Ok(class);
    }
    // Not while others wait for it: an import lets other threads run, one of which may fork.
    let class = PyModule::import(py, "sysvitals._ntuples")?.getattr(name)?;
    let class = TupleClass::new(class.cast::<PyType>()?)?;
    Ok(known.get_or_init(py, || class))
}

/// Makes named tuples of one record.
struct Maker<'py> {
    class: &'static TupleClass,
    absent: Absent,
    /// Room for the fields of one.
    fields: Vec<Object<'py>>,
}

impl<'py> Maker<'py> {
    fn of<R: Named>(py: Python<'py>, absent: Absent) -> PyResult<Self> {
        Ok(Self { class: R::class(py)?, absent, fields: Vec::with_capacity(16) })
    }

    fn make<'a, R: Record>(
        &mut self,
        texts: &mut Texts<'py, 'a>,
        record: &'a R,
    ) -> PyResult<Object<'py>> {
        let Self { absent, fields, .. } = self;
        let (py, mut failed, mut are_plain) = (texts.py(), None, true);
        fields.clear();
        record.visit_refs(&mut |_, value| {
            are_plain &= is_plain(&value);
            let field = match (value, &absent) {
                (ValueRef::Null, Absent::Zero) => Ok(zero(py)),
                (ValueRef::Null, Absent::ZeroFloat) => Ok(float(py, 0.0)),
                (value, _) => object(texts, value),
            };
            match field {
                Ok(field) => fields.push(field),
                Err(err) => failed = Some(err),
            }
        });
        if let Some(err) = failed {
            return Err(err);
        }
        let tuple = self.class.make(py, fields)?;
        if are_plain {
            // Tables have thousands, at all of which the collector would look again and again.
            ffi::untrack(&tuple);
        }
        Ok(tuple.into_any())
    }
}

/// Whether it is an object that leads to no others, but for members of enums, which live as long as
/// their classes.
fn is_plain(value: &ValueRef<'_>) -> bool {
    match value {
        ValueRef::Value(Value::List(each)) => each.is_empty(),
        ValueRef::Value(Value::Map(_) | Value::Record(_)) => false,
        _ => true,
    }
}

/// One record.
pub(crate) fn record<'py, R: Named>(
    py: Python<'py>,
    it: &R,
    absent: Absent,
) -> PyResult<Object<'py>> {
    Maker::of::<R>(py, absent)?.make(&mut Texts::of_one(py), it)
}

/// One record, or `None`.
pub(crate) fn perhaps<'py, R: Named>(
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
pub(crate) fn records<'py, R: Named>(
    py: Python<'py>,
    each: &[R],
    absent: Absent,
) -> PyResult<Object<'py>> {
    /// What there are fewer of is not worth a look at what was made before.
    const MANY: usize = 32;
    let mut texts = if each.len() < MANY { Texts::of_one(py) } else { Texts::of_many(py) };
    records_among(&mut texts, each, absent)
}

/// The same, which is one of several answers.
pub(crate) fn records_among<'py, 'a, R: Named>(
    texts: &mut Texts<'py, 'a>,
    each: &'a [R],
    absent: Absent,
) -> PyResult<Object<'py>> {
    let mut maker = Maker::of::<R>(texts.py(), absent)?;
    list(texts.py(), each.iter().map(|it| maker.make(texts, it)))
}

/// Records by the names of what they are about.
pub(crate) fn by_name<'py, R: Named>(
    py: Python<'py>,
    each: &BTreeMap<OsString, R>,
    absent: Absent,
) -> PyResult<Object<'py>> {
    let (mut maker, mut texts) = (Maker::of::<R>(py, absent)?, Texts::of_one(py));
    let dict = PyDict::new(py);
    for (name, it) in each {
        dict.set_item(text(py, name)?, maker.make(&mut texts, it)?)?;
    }
    Ok(dict.into_any())
}

/// Lists of records by the names of what they are about.
pub(crate) fn lists_by_name<'py, R: Named>(
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

/// A list, made as long as it is.
fn list<'py>(
    py: Python<'py>,
    each: impl Iterator<Item = PyResult<Object<'py>>>,
) -> PyResult<Object<'py>> {
    let each = each.collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, each)?.into_any())
}

/// Any answer that is no list of records.
pub(crate) fn answer<'py>(py: Python<'py>, it: &(impl ToValue + ?Sized)) -> PyResult<Object<'py>> {
    object(&mut Texts::of_one(py), it.to_value_ref())
}

/// The fields of a record by name, in order.
pub(crate) fn dict<'py, R: Record>(py: Python<'py>, it: &R) -> PyResult<Object<'py>> {
    let dict = PyDict::new(py);
    let mut failed = None;
    let mut texts = Texts::of_one(py);
    it.visit_refs(&mut |name, value| {
        let set = object(&mut texts, value).and_then(|value| dict.set_item(name, value));
        failed = failed.take().or(set.err());
    });
    match failed {
        Some(err) => Err(err),
        None => Ok(dict.into_any()),
    }
}

/// A list of texts.
pub(crate) fn texts<'py, 'a>(
    texts: &mut Texts<'py, 'a>,
    each: &'a [OsString],
) -> PyResult<Object<'py>> {
    list(texts.py(), each.iter().map(|it| texts.text(it)))
}

/// The same, for those that must not change.
pub(crate) fn words<'py, 'a>(
    texts: &mut Texts<'py, 'a>,
    each: &'a [OsString],
) -> PyResult<Object<'py>> {
    let py = texts.py();
    let each = each.iter().map(|it| texts.text(it)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, each)?.into_any())
}

/// Texts by texts.
pub(crate) fn texts_by_name<'py, 'a>(
    texts: &mut Texts<'py, 'a>,
    each: &'a Environment,
) -> PyResult<Object<'py>> {
    let dict = PyDict::new(texts.py());
    for (name, it) in each.iter() {
        dict.set_item(texts.text(name)?, texts.text(it)?)?;
    }
    Ok(dict.into_any())
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

/// 0, the one that Python has.
fn zero(py: Python<'_>) -> Object<'_> {
    static ZERO: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let zero = ZERO.get_or_init(py, || PyInt::new(py, 0_u8).into_any().unbind());
    zero.bind(py).clone()
}

/// A number; all zeros are one, as most times of most processes are that.
pub(crate) fn float(py: Python<'_>, it: f64) -> Object<'_> {
    static ZERO: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if it.to_bits() == 0 {
        let zero = ZERO.get_or_init(py, || PyFloat::new(py, 0.0).into_any().unbind());
        return zero.bind(py).clone();
    }
    PyFloat::new(py, it).into_any()
}

/// What psutil has for a name out of a fixed set: an enum's member, or the name itself.
pub(crate) fn named<'py>(py: Python<'py>, name: &'static str) -> PyResult<Object<'py>> {
    // By where the name stands: there are some dozens, and each is asked for again and again.
    static KNOWN: Mutex<Vec<(&str, Py<PyAny>)>> = Mutex::new(Vec::new());
    // Nobody waits: a child may have been forked while another thread of its parent was in here.
    let known = KNOWN.try_lock().ok().and_then(|known| {
        known.iter().find(|(each, _)| std::ptr::eq(*each, name)).map(|(_, it)| it.bind(py).clone())
    });
    if let Some(known) = known {
        return Ok(known);
    }
    // Not while it is locked: an import may run any code.
    let it = PyString::intern(py, name);
    let it = PyModule::import(py, "sysvitals._enums")?.getattr("named")?.call1((it,))?;
    if let Ok(mut known) = KNOWN.try_lock() {
        known.push((name, it.clone().unbind()));
    }
    Ok(it)
}

fn object<'py, 'a>(texts: &mut Texts<'py, 'a>, value: ValueRef<'a>) -> PyResult<Object<'py>> {
    let py = texts.py();
    Ok(match value {
        ValueRef::Null => py.None().into_bound(py),
        ValueRef::Unsigned(it) => it.into_pyobject(py)?.into_any(),
        ValueRef::Signed(it) => it.into_pyobject(py)?.into_any(),
        ValueRef::Float(it) => float(py, it),
        ValueRef::Text(it) => texts.text(it)?,
        ValueRef::Name(it) => named(py, it)?,
        ValueRef::Address(it) => {
            static CLASS: PyOnceLock<TupleClass> = PyOnceLock::new();
            let port = it.port().into_pyobject(py)?.into_any();
            let address = [texts.address(it.ip()), port];
            let tuple = class(py, &CLASS, "addr")?.make(py, &mut address.into())?;
            ffi::untrack(&tuple);
            tuple.into_any()
        }
        ValueRef::Value(it) => owned(py, &it)?,
        _ => owned(py, &value.into())?,
    })
}

fn owned<'py>(py: Python<'py>, value: &Value) -> PyResult<Object<'py>> {
    Ok(match value {
        Value::Bool(it) => it.into_pyobject(py)?.to_owned().into_any(),
        Value::Unsigned(it) => match u64::try_from(*it) {
            Ok(it) => it.into_pyobject(py)?.into_any(),
            Err(_) => it.into_pyobject(py)?.into_any(),
        },
        Value::Signed(it) => it.into_pyobject(py)?.into_any(),
        Value::Float(it) => float(py, *it),
        Value::Text(it) => text(py, it)?,
        Value::Name(it) => named(py, it)?,
        Value::List(each) => {
            let each: Vec<_> = each.iter().map(|it| owned(py, it)).collect::<PyResult<_>>()?;
            PyTuple::new(py, each)?.into_any()
        }
        Value::Map(each) => {
            let dict = PyDict::new(py);
            for (name, it) in each {
                dict.set_item(text(py, name)?, owned(py, it)?)?;
            }
            dict.into_any()
        }
        _ => py.None().into_bound(py),
    })
}
