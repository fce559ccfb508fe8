use crate::{Platform, Value, ValueRef};

/// An answer of several fields: psutil's named tuples, stated once for every platform.
///
/// The table behind it ([`fields`](Record::fields)) is what Python's tuples, columns, JSON and
/// metrics are made from.
///
/// # Example
///
/// ```
/// use sysvitals::{Platform, Record, SwapMemory};
///
/// assert_eq!(SwapMemory::NAME, "sswap");
/// let fields: Vec<_> = SwapMemory::fields(Platform::CURRENT).collect();
/// assert_eq!(fields, ["total", "used", "free", "percent", "sin", "sout"]);
/// ```
pub trait Record {
    /// The name of psutil's tuple.
    const NAME: &'static str;

    /// Names of the fields that `platform` has, in psutil's order.
    fn fields(platform: Platform) -> impl Iterator<Item = &'static str>;

    /// Shows every field of the current platform to `see`, in psutil's order.
    ///
    /// A field that is absent is `Null`; one that this kernel is too old to have at all is left out.
    fn visit(&self, see: &mut dyn FnMut(&'static str, Value)) {
        self.visit_refs(&mut |name, value| see(name, value.into()));
    }

    /// The same without copies of texts, for who makes something else of thousands of records.
    fn visit_refs<'a>(&'a self, see: &mut dyn FnMut(&'static str, ValueRef<'a>));

    /// One field by its name; `None` where there is no such field on this platform.
    fn get(&self, name: &str) -> Option<Value> {
        let mut found = None;
        self.visit(&mut |field, value| {
            if field == name {
                found = Some(value);
            }
        });
        found
    }
}

/// States psutil's name, field order and platforms of a record, next to its struct.
///
/// `_` is every platform. `as "type"` gives the field a name that Rust keeps for itself.
/// `via function` converts it by hand, where psutil's shape is not the plain one.
/// `since "Linux 2.6.11"` leaves the field out where an older kernel has none, as psutil's tuples do.
macro_rules! record {
    ($tuple:ident: $record:ty {
        $($field:ident $(as $label:literal)? $(via $convert:ident)? $(since $kernel:literal)?: $($platform:tt)|+),* $(,)?
    }) => {
        impl $crate::Record for $record {
            const NAME: &'static str = stringify!($tuple);

            fn fields(platform: $crate::Platform) -> impl Iterator<Item = &'static str> {
                [$((
                    $crate::record::label!($field $($label)?),
                    $($crate::record::on!($platform, platform))||+,
                )),*]
                .into_iter()
                .filter_map(|(name, here)| here.then_some(name))
            }

            fn visit_refs<'a>(&'a self, see: &mut dyn FnMut(&'static str, $crate::ValueRef<'a>)) {
                const HERE: $crate::Platform = $crate::Platform::CURRENT;
                $(
                    if $($crate::record::on!($platform, HERE))||+ {
                        let value = $crate::record::convert!(&self.$field $(, $convert)?);
                        let left_out = $crate::record::since!($($kernel)?)
                            && matches!(value, $crate::ValueRef::Null);
                        if !left_out {
                            see($crate::record::label!($field $($label)?), value);
                        }
                    }
                )*
            }
        }

        impl $crate::ToValue for $record {
            fn to_value(&self) -> $crate::Value {
                $crate::record::to_value(self)
            }
        }
    };
}
pub(crate) use record;

macro_rules! label {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $label:literal) => {
        $label
    };
}
pub(crate) use label;

macro_rules! on {
    (_, $platform:ident) => {{
        let _ = $platform;
        true
    }};
    ($name:ident, $platform:ident) => {
        matches!($platform, $crate::Platform::$name)
    };
}
pub(crate) use on;

macro_rules! convert {
    ($field:expr) => {
        $crate::ToValue::to_value_ref($field)
    };
    ($field:expr, $convert:ident) => {
        $convert($field)
    };
}
pub(crate) use convert;

macro_rules! since {
    () => {
        false
    };
    ($kernel:literal) => {
        true
    };
}
pub(crate) use since;

/// The fields of `record` on this platform, named and in order.
pub(crate) fn to_value<R: Record>(record: &R) -> Value {
    let mut fields = Vec::new();
    record.visit(&mut |name, value| fields.push((name, value)));
    Value::Record(fields)
}

/// A choice out of a fixed set, with psutil's name for each.
macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal),* $(,)? }) => {
        impl $type {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// psutil's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(text: &str) -> $crate::Result<Self> {
                Self::ALL.iter().copied().find(|each| each.as_str() == text).ok_or_else(|| {
                    let valid: Vec<_> = Self::ALL.iter().map(|each| each.as_str()).collect();
                    $crate::Error::InvalidArgument(format!(
                        "invalid argument {text:?}; valid ones are: {}",
                        valid.join(", "),
                    ))
                })
            }
        }

        impl $crate::ToValue for $type {
            fn to_value(&self) -> $crate::Value {
                $crate::Value::Name(self.as_str())
            }

            fn to_value_ref(&self) -> $crate::ValueRef<'_> {
                $crate::ValueRef::Name(self.as_str())
            }
        }
    };
}
pub(crate) use names;
