//! What CPython can do and pyo3 has no word for, made safe one by one. Nothing here decides anything.

use std::mem;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

type Object<'py> = Bound<'py, PyAny>;

/// A class below `tuple`, such as a named tuple's, and how it makes room for one.
///
/// To call the class makes three more tuples, of which nobody sees any.
pub(crate) struct TupleClass {
    class: Py<PyType>,
    alloc: pyo3::ffi::allocfunc,
}

impl TupleClass {
    pub(crate) fn new(class: &Bound<'_, PyType>) -> PyResult<Self> {
        if !class.is_subclass_of::<PyTuple>()? || class.is(class.py().get_type::<PyTuple>()) {
            return Err(PyTypeError::new_err("it is no class below tuple"));
        }
        let at = class.as_type_ptr();
        // SAFETY: a valid type; one that is static, which this cannot be asked of before Python 3.10,
        // answers with NULL.
        let slot = unsafe { pyo3::ffi::PyType_GetSlot(at, pyo3::ffi::Py_tp_alloc) };
        if slot.is_null() {
            return Err(PyErr::fetch(class.py()));
        }
        // SAFETY: what stands in this slot is such a function.
        let alloc = unsafe { mem::transmute::<*mut _, pyo3::ffi::allocfunc>(slot) };
        Ok(Self { class: class.clone().unbind(), alloc })
    }

    /// A tuple of these, which are taken away.
    pub(crate) fn make<'py>(
        &self,
        py: Python<'py>,
        fields: &mut Vec<Object<'py>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let class = self.class.bind(py).as_type_ptr();
        let length = fields.len().try_into()?;
        // SAFETY: it is the class's own function, and tuples are as long as this says.
        let new = unsafe { (self.alloc)(class, length) };
        // SAFETY: new, or NULL with an exception.
        let new = unsafe { Bound::from_owned_ptr_or_err(py, new) }?;
        for (at, field) in (0..length).zip(fields.drain(..)) {
            // SAFETY: a tuple that nobody else knows yet; the field is given away.
            let set = unsafe { pyo3::ffi::PyTuple_SetItem(new.as_ptr(), at, field.into_ptr()) };
            if set != 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(new.cast_into()?)
    }
}

/// Takes a tuple that is in no cycle, and never can be, from what looks for cycles.
pub(crate) fn untrack(tuple: &Bound<'_, PyTuple>) {
    // SAFETY: the collector knows tuples, and it does not matter if it does not know this one any more.
    unsafe { pyo3::ffi::PyObject_GC_UnTrack(tuple.as_ptr().cast()) };
}
