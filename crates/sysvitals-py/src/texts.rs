//! Texts as Python has them, made once where many answers have the same.

use std::ffi::OsStr;
use std::net::IpAddr;

use pyo3::prelude::*;
use pyo3::types::PyString;

type Object<'py> = Bound<'py, PyAny>;

/// Text of the operating system: bytes that are no text become surrogates, as everywhere in Python.
pub(crate) fn text<'py>(py: Python<'py>, it: &OsStr) -> PyResult<Object<'py>> {
    match it.to_str() {
        Some(plain) => Ok(PyString::new(py, plain).into_any()),
        None => Ok(it.into_pyobject(py)?.into_any()),
    }
}

/// Texts of the answers that one call gives: most rows of a table share their names, words and users with
/// others, and most sockets their addresses. What is shared is not made again, and takes no memory.
pub(crate) struct Texts<'py, 'a> {
    py: Python<'py>,
    /// Places for what is kept; none are needed for what is made once.
    places: usize,
    /// The last text at each place.
    texts: Vec<Option<(&'a OsStr, Object<'py>)>>,
    addresses: Vec<Option<(IpAddr, Object<'py>)>>,
}

impl<'py, 'a> Texts<'py, 'a> {
    /// A power of two: more than the words that the processes of a machine share, environments and all.
    const PLACES: usize = 512;
    /// What is longer is seldom said twice.
    const LONGEST: usize = 64;

    /// For one answer, all of whose texts are made.
    pub(crate) fn of_one(py: Python<'py>) -> Self {
        Self { py, places: 0, texts: Vec::new(), addresses: Vec::new() }
    }

    /// For answers that are alike.
    pub(crate) fn of_many(py: Python<'py>) -> Self {
        Self { places: Self::PLACES, ..Self::of_one(py) }
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.py
    }

    pub(crate) fn text(&mut self, it: &'a OsStr) -> PyResult<Object<'py>> {
        let bytes = it.as_encoded_bytes();
        if bytes.len() > Self::LONGEST {
            return text(self.py, it);
        }
        let ends = [bytes.first_chunk(), bytes.last_chunk()].map(|end| match end {
            Some(end) => u64::from_le_bytes(*end),
            None => bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        });
        let [first, last] = ends;
        if self.texts.len() < self.places {
            self.texts.resize(self.places, None);
        }
        let place = self.texts.get_mut(place(first ^ last.rotate_left(29)));
        if let Some(Some((_, known))) = place.as_deref().filter(|known| is(known, it)) {
            return Ok(known.clone());
        }
        let new = text(self.py, it)?;
        if let Some(place) = place {
            *place = Some((it, new.clone()));
        }
        Ok(new)
    }

    pub(crate) fn address(&mut self, ip: IpAddr) -> Object<'py> {
        let bits = match ip {
            IpAddr::V4(ip) => ip.to_bits().into(),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        let (high, low) = ((bits >> 64) as u64, bits as u64);
        if self.addresses.len() < self.places {
            self.addresses.resize(self.places, None);
        }
        let place = self.addresses.get_mut(place(high ^ low));
        match place.as_deref() {
            Some(Some((known, text))) if *known == ip => return text.clone(),
            _ => {}
        }
        let new = PyString::new(self.py, &ip.to_string()).into_any();
        if let Some(place) = place {
            *place = Some((ip, new.clone()));
        }
        new
    }
}

fn is(known: &Option<(&OsStr, Object<'_>)>, it: &OsStr) -> bool {
    known.as_ref().is_some_and(|(known, _)| *known == it)
}

/// Where it is, if it is known.
fn place(bits: u64) -> usize {
    /// 2^64 divided by the golden ratio: numbers that follow each other are scattered.
    const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;
    (bits.wrapping_mul(SCATTER) >> (u64::BITS - Texts::PLACES.ilog2())) as usize
}
