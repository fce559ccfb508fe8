use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Pid;

/// Any answer, without its type: what JSON, tables and other languages are made from.
///
/// Durations are seconds and moments are seconds since 1970, as in psutil. `Null` is absent, which
/// is not zero.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Absent.
    Null,
    /// A yes or a no.
    Bool(bool),
    /// A number that cannot be negative.
    Unsigned(u128),
    /// A number that can.
    Signed(i64),
    /// A number with a fraction, even if it has none.
    Float(f64),
    /// Text of the operating system, which need not be UTF-8.
    Text(OsString),
    /// A name out of a fixed set, such as `sleeping` or `AF_INET`.
    Name(&'static str),
    /// Several, in order.
    List(Vec<Value>),
    /// Named by what the system calls them, such as network interfaces.
    Map(Vec<(OsString, Value)>),
    /// The fields of a record, in order.
    Record(Vec<(&'static str, Value)>),
}

impl Value {
    /// Seconds, rounded correctly: 347.68 s is 347.68, not the sum of 347.0 and 0.68.
    #[must_use]
    pub fn seconds(duration: Duration) -> f64 {
        /// Kernels count ticks, of which there are 100 in a second.
        const TICK: u32 = 10_000_000;
        let (whole, rest) = (duration.as_secs(), duration.subsec_nanos());
        if rest % TICK == 0 && whole < 1 << 43 {
            #[expect(clippy::cast_precision_loss, reason = "exact: it is below 2^53")]
            let ticks = (whole * 100 + u64::from(rest / TICK)) as f64;
            return ticks / 100.0;
        }
        let (mut total, mut scale) = (duration.as_nanos(), 1_000_000_000_u32);
        while scale > 1 && total % 10 == 0 {
            total /= 10;
            scale /= 10;
        }
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53, rounded once above")]
        let total = total as f64;
        total / f64::from(scale)
    }
}

/// A [`Value`] without what takes memory of its own: what many answers are made into something else from.
///
/// # Example
///
/// ```
/// use std::ffi::OsStr;
/// use sysvitals::{ToValue, Value, ValueRef};
///
/// let path = String::from("/dev/null");
/// assert_eq!(path.to_value_ref(), ValueRef::Text(OsStr::new("/dev/null")));
/// assert_eq!(Value::from(path.to_value_ref()), path.to_value());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// Absent.
    Null,
    /// A number that cannot be negative.
    Unsigned(u64),
    /// A number that can.
    Signed(i64),
    /// A number with a fraction, even if it has none.
    Float(f64),
    /// Text of the operating system.
    Text(&'a OsStr),
    /// A name out of a fixed set.
    Name(&'static str),
    /// Address and port; as a [`Value`] a record of these.
    Address(SocketAddr),
    /// Anything else, as it is.
    Value(Value),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Unsigned(it) => Self::Unsigned(it.into()),
            ValueRef::Signed(it) => Self::Signed(it),
            ValueRef::Float(it) => Self::Float(it),
            ValueRef::Text(it) => Self::Text(it.to_owned()),
            ValueRef::Name(it) => Self::Name(it),
            ValueRef::Address(it) => Self::Record(vec![
                ("ip", it.ip().to_value()),
                ("port", Self::Unsigned(it.port().into())),
            ]),
            ValueRef::Value(it) => it,
        }
    }
}

/// A span of time that may be negative: what the kernel prints as a signed number.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use sysvitals::SignedDuration;
///
/// let time = SignedDuration::from(Duration::from_millis(1500));
/// assert_eq!((time.as_secs_f64(), time.duration()), (1.5, Some(Duration::from_millis(1500))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SignedDuration {
    negative: bool,
    length: Duration,
}

impl SignedDuration {
    pub(crate) fn new(negative: bool, length: Duration) -> Self {
        Self { negative: negative && !length.is_zero(), length }
    }

    /// Seconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        let seconds = Value::seconds(self.length);
        if self.negative { -seconds } else { seconds }
    }

    /// The same, unless it is negative.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (!self.negative).then_some(self.length)
    }
}

impl From<Duration> for SignedDuration {
    fn from(length: Duration) -> Self {
        Self { negative: false, length }
    }
}

/// Answers that can be given as a [`Value`].
pub trait ToValue {
    /// The same, without its type.
    fn to_value(&self) -> Value;

    /// The same, borrowed where it can be.
    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Value(self.to_value())
    }
}

macro_rules! to_value {
    ($($type:ty: |$this:ident| $value:expr;)*) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                let $this = self;
                $value
            }
        }
    )*};
}

to_value! {
    bool: |this| Value::Bool(*this);
    u128: |this| Value::Unsigned(*this);
    IpAddr: |this| Value::Text(this.to_string().into());
}

macro_rules! to_value_ref {
    ($($type:ty: |$this:ident| $value:expr;)*) => {$(
        impl ToValue for $type {
            fn to_value(&self) -> Value {
                self.to_value_ref().into()
            }

            fn to_value_ref(&self) -> ValueRef<'_> {
                let $this = self;
                $value
            }
        }
    )*};
}

to_value_ref! {
    u32: |this| ValueRef::Unsigned((*this).into());
    u64: |this| ValueRef::Unsigned(*this);
    i32: |this| ValueRef::Signed((*this).into());
    i64: |this| ValueRef::Signed(*this);
    f64: |this| ValueRef::Float(*this);
    Pid: |this| ValueRef::Unsigned(this.get().into());
    str: |this| ValueRef::Text(this.as_ref());
    String: |this| ValueRef::Text(this.as_ref());
    OsStr: |this| ValueRef::Text(this);
    OsString: |this| ValueRef::Text(this);
    Path: |this| ValueRef::Text(this.as_os_str());
    PathBuf: |this| ValueRef::Text(this.as_os_str());
    Duration: |this| ValueRef::Float(Value::seconds(*this));
    SignedDuration: |this| ValueRef::Float(this.as_secs_f64());
    SystemTime: |this| ValueRef::Float(match this.duration_since(UNIX_EPOCH) {
        Ok(after) => Value::seconds(after),
        Err(before) => -Value::seconds(before.duration()),
    });
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        (**self).to_value_ref()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, T::to_value_ref)
    }
}

impl<T: ToValue> ToValue for [T] {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        self.as_slice().to_value()
    }
}

impl<T: ToValue, const N: usize> ToValue for [T; N] {
    fn to_value(&self) -> Value {
        self.as_slice().to_value()
    }
}

impl<T: ToValue> ToValue for BTreeMap<OsString, T> {
    fn to_value(&self) -> Value {
        Value::Map(self.iter().map(|(name, value)| (name.clone(), value.to_value())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_once() {
        let check = |ticks: u64, want: f64| {
            assert_eq!(Value::seconds(Duration::from_millis(ticks * 10)), want);
        };
        check(34_768, 347.68);
        check(1_673, 16.73);
        check(0, 0.0);
        check(157_146_748_335, 1_571_467_483.35);
        let check = |seconds: u64, nanos: u32, want: f64| {
            assert_eq!(Value::seconds(Duration::new(seconds, nanos)), want);
        };
        check(0, 1, 1e-9);
        check(3, 217_592_653, 3.217_592_653);
        check(1_571_467_483, 358_979_323, 1_571_467_483.358_979_3);
        check((1 << 43) - 1, 990_000_000, 8_796_093_022_207.99);
        check(1 << 43, 10_000_000, 8_796_093_022_208.01);
        check(u64::MAX, 0, 18_446_744_073_709_551_615.0);
    }
}
