//! Every question to a process, and which answers may be had.

use std::time::Duration;

use sysvitals::{
    ConnectionKind, Error, Fields, Platform, Process, Record, Resource, Result, ToValue, Value,
};

/// A question, its name, and its answer without a type.
pub(crate) type Question = (&'static str, fn(&Process) -> Result<Value>);

macro_rules! questions {
    ($($name:ident($($argument:expr),*)),* $(,)?) => {
        &[$((stringify!($name), |process| process.$name($($argument),*).map(|it| it.to_value()))),*]
    };
}

/// Those that answer with a value.
pub(crate) const QUESTIONS: &[Question] = questions![
    ppid(),
    name(),
    exe(),
    cmdline(),
    environ(),
    create_time(),
    status(),
    cwd(),
    username(),
    uids(),
    gids(),
    terminal(),
    cpu_times(),
    cpu_num(),
    num_threads(),
    threads(),
    num_ctx_switches(),
    io_counters(),
    memory_info(),
    memory_info_ex(),
    memory_footprint(),
    memory_full_info(),
    page_faults(),
    memory_maps(),
    memory_maps_grouped(),
    memory_percent("rss"),
    open_files(),
    num_fds(),
    net_connections(ConnectionKind::All),
    nice(),
    ionice(),
    rlimit(Resource::NoFile),
    cpu_affinity(),
    eligible_cpus(),
];

/// Those that answer with processes, or with something that is no value.
pub(crate) const OTHERS: &[Question] = &[
    ("parent", |process| process.parent().map(|it| it.map(|it| it.pid()).to_value())),
    ("parents", |process| Ok(Value::Unsigned(process.parents()?.len() as u128))),
    ("children", |process| Ok(Value::Unsigned(process.children()?.len() as u128))),
    ("children_recursive", |process| {
        Ok(Value::Unsigned(process.children_recursive()?.len() as u128))
    }),
    ("child_identities", |process| {
        Ok(Value::Unsigned(process.child_identities(true)?.len() as u128))
    }),
    ("oneshot", |process| process.oneshot(Fields::all()).map(|row| row.pid().to_value())),
    ("hold", |process| process.hold().map(|held| held.pid().to_value())),
    ("cpu_percent", |process| process.cpu_percent(Duration::from_micros(1)).map(Value::Float)),
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Question> {
    QUESTIONS.iter().chain(OTHERS)
}

/// What a question to `process` may fail with: it ended, or it is not for the caller to know. Both
/// name the process.
pub(crate) fn may_fail(process: &Process, err: &Error) -> bool {
    (err.is_gone() || matches!(err, Error::AccessDenied { .. })) && err.pid() == Some(process.pid())
}

/// A record shows this platform's fields, in order.
#[track_caller]
pub(crate) fn shows<R: Record + std::fmt::Debug>(record: &R) {
    let mut names = Vec::new();
    record.visit(&mut |name, _| names.push(name));
    let fields: Vec<_> = R::fields(Platform::CURRENT).collect();
    assert_eq!(names, fields, "{record:?}");
}
