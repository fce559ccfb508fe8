//! What a question is.

use sysvitals::Value;

use super::arguments::{Arguments, Kind, Parameter};

/// One question to a `T`: the machine, or a process.
pub(super) struct Question<T: 'static> {
    /// psutil's name.
    pub(super) name: &'static str,
    /// psutil's parameters, in psutil's order.
    pub(super) parameters: &'static [Parameter],
    /// What it is about, in one line.
    pub(super) help: &'static str,
    pub(super) ask: fn(&T, &Arguments) -> anyhow::Result<Value>,
}

pub(super) const INTERVAL: Parameter = Parameter::new("interval", Kind::Seconds).or("0.1");
pub(super) const TIMEOUT: Parameter = Parameter::new("timeout", Kind::Seconds).or("None");
pub(super) const KIND: Parameter = Parameter::new("kind", Kind::Text).or("inet");
pub(super) const ATTRS: Parameter = Parameter::new("attrs", Kind::Text).or("None");
pub(super) const NOWRAP: Parameter = Parameter::new("nowrap", Kind::Flag).or("True");

/// A parameter that is off unless asked for.
pub(super) const fn flag(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::Flag).or("False")
}

/// Builds the table of questions.
macro_rules! questions {
    ($($name:ident($($parameter:expr),*) $help:literal => $ask:expr;)*) => {
        [$($crate::cmd::get::questions::Question {
            name: stringify!($name),
            parameters: &[$($parameter),*],
            help: $help,
            ask: $ask,
        }),*]
    };
}
pub(super) use questions;
