//! What we say beside what was recorded, and the score.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use sysvitals::{Error, Pid, Result, ToValue, Value};

use crate::json::Json;

/// Recorded answers come from Python's arithmetic of floats, and some from decimal text.
const TOLERANCE: f64 = 1e-6;

/// An answer without its type, as JSON.
pub(crate) fn json(answer: &impl ToValue) -> Json {
    from_value(&answer.to_value())
}

fn from_value(value: &Value) -> Json {
    let named = |name: &str, value: &Value| (name.as_bytes().to_vec(), from_value(value));
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Unsigned(number) => Json::Integer((*number).try_into().expect("below 2^127")),
        Value::Signed(number) => Json::Integer((*number).into()),
        Value::Float(number) => Json::Float(*number),
        Value::Text(text) => Json::Text(text.as_bytes().to_vec()),
        Value::Name(name) => Json::Text(name.as_bytes().to_vec()),
        Value::List(list) => Json::List(list.iter().map(from_value).collect()),
        Value::Map(map) => {
            let members =
                map.iter().map(|(name, value)| (name.as_bytes().to_vec(), from_value(value)));
            Json::Map(members.collect())
        }
        Value::Record(fields) => {
            Json::Map(fields.iter().map(|(name, value)| named(name, value)).collect())
        }
        other => panic!("a kind of value that this test does not know: {other:?}"),
    }
}

/// What psutil's 0, or its empty text, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zero {
    /// Zero, or empty.
    Measured,
    /// That the recording does not tell: we must say `None`.
    Absent,
    /// Either: we may say `None`.
    Unclear,
}

/// One question to one machine or process.
#[derive(Clone)]
pub(crate) struct Question<'a> {
    /// Who was asked what, for reports.
    pub(crate) title: String,
    /// What a recorded 0 of a field says, by the name around the field and its own.
    pub(crate) zero: &'a dyn Fn(&str, &str) -> Zero,
    /// Whether the answer is a list in no particular order.
    pub(crate) is_unordered: bool,
}

/// The score.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) machines: usize,
    pub(crate) processes: usize,
    questions: usize,
    values: usize,
    absent: usize,
    errors: usize,
    unanswered: usize,
    bugs: BTreeMap<String, usize>,
    pub(crate) wrong: Vec<String>,
}

impl Tally {
    /// Compares the answer to one question; upstream's `bug` is counted where we are right. Says
    /// whether we are.
    pub(crate) fn check(
        &mut self,
        question: &Question<'_>,
        want: &Json,
        got: Result<Json>,
        bug: Option<&str>,
    ) -> bool {
        self.questions += 1;
        let before = self.wrong.len();
        let got = match got {
            Ok(got) => got,
            Err(err) => {
                self.wrong(&question.title, want, &Said(&err));
                return false;
            }
        };
        match (want, &got) {
            (Json::List(want), Json::List(got)) if question.is_unordered => {
                self.compare_sets(question, want, got);
            }
            _ => self.compare(question, &mut Vec::new(), want, &got),
        }
        let holds = self.wrong.len() == before;
        if let (Some(bug), true) = (bug, holds) {
            self.differs(bug, 1);
        }
        holds
    }

    /// Each that is wanted is found once, and nothing else.
    fn compare_sets(&mut self, question: &Question<'_>, want: &[Json], got: &[Json]) {
        let mut left: Vec<_> = got.iter().collect();
        for want in want {
            match left.iter().position(|got| *got == want) {
                Some(at) => {
                    left.swap_remove(at);
                    self.values += want.map().map_or(1, BTreeMap::len);
                }
                None => self.wrong(&question.title, want, &"nothing like it"),
            }
        }
        for more in left {
            self.wrong(&question.title, &"nothing like it", more);
        }
    }

    fn compare<'a>(
        &mut self,
        question: &Question<'_>,
        path: &mut Vec<String>,
        want: &'a Json,
        got: &'a Json,
    ) {
        match (want, got) {
            (Json::Map(want), Json::Map(got)) => {
                for name in want.keys().chain(got.keys().filter(|name| !want.contains_key(*name))) {
                    path.push(name.escape_ascii().to_string());
                    match (want.get(name), got.get(name)) {
                        (Some(want), Some(got)) => self.compare(question, path, want, got),
                        (want, got) => {
                            self.wrong_at(question, path, &OrNothing(want), &OrNothing(got));
                        }
                    }
                    path.pop();
                }
            }
            (Json::List(want), Json::List(got)) if want.len() == got.len() => {
                for (at, (want, got)) in want.iter().zip(got).enumerate() {
                    path.push(format!("[{at}]"));
                    self.compare(question, path, want, got);
                    path.pop();
                }
            }
            _ => self.leaf(question, path, want, got),
        }
    }

    fn leaf(&mut self, question: &Question<'_>, path: &[String], want: &Json, got: &Json) {
        let field = path.last().map_or("", String::as_str);
        let around = path.iter().rev().skip(1).find(|name| !name.starts_with('['));
        let is_zero = want.number() == Some(0.0) || want.text() == Some("");
        let zero = if is_zero {
            (question.zero)(around.map_or("", String::as_str), field)
        } else {
            Zero::Measured
        };
        let holds = match (zero, got) {
            (Zero::Absent | Zero::Unclear, Json::Null) => {
                self.absent += 1;
                true
            }
            (Zero::Absent, _) => false,
            _ => same(want, got),
        };
        self.values += usize::from(holds);
        if !holds {
            let note = if zero == Zero::Absent { " (absent, not zero)" } else { "" };
            self.wrong_at(question, path, &format_args!("{want}{note}"), got);
        }
    }

    fn wrong_at(
        &mut self,
        question: &Question<'_>,
        path: &[String],
        want: &dyn fmt::Display,
        got: &dyn fmt::Display,
    ) {
        let mut at = question.title.clone();
        for name in path {
            at.push_str(if name.starts_with('[') { "" } else { "." });
            at.push_str(name);
        }
        self.wrong(&at, want, got);
    }

    pub(crate) fn wrong(&mut self, at: &str, want: &dyn fmt::Display, got: &dyn fmt::Display) {
        let brief = |what: &dyn fmt::Display| {
            let text = what.to_string();
            match text.char_indices().nth(400) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        };
        self.wrong.push(format!("{at}: want {} got {}", brief(want), brief(got)));
    }

    /// A question that upstream answered with an exception, and nobody computed otherwise.
    pub(crate) fn check_error(
        &mut self,
        question: &Question<'_>,
        want: &str,
        pid: Option<Pid>,
        got: &Result<Json>,
        bug: Option<&str>,
    ) {
        self.questions += 1;
        let holds = match got {
            // Upstream gave up where it need not have, and what is right was not written down.
            _ if bug.is_some() => true,
            Err(err @ Error::ZombieProcess { .. }) => {
                want.starts_with("ZombieProcess") && err.pid() == pid
            }
            // The recording lacks what was asked for: no answer, and nobody's death either.
            Err(Error::Parse { .. } | Error::Io { .. } | Error::Unsupported(_)) => {
                !want.starts_with("ZombieProcess")
            }
            _ => false,
        };
        match got {
            _ if !holds => match got {
                Ok(got) => self.wrong(&question.title, &want, got),
                Err(err) => self.wrong(&question.title, &want, &Said(err)),
            },
            Ok(_) => self.differs(bug.unwrap_or_default(), 1),
            Err(_) => self.errors += 1,
        }
    }

    /// Upstream says something else, and why we do not.
    pub(crate) fn differs(&mut self, why: &str, times: usize) {
        if times > 0 {
            *self.bugs.entry(why.to_owned()).or_default() += times;
        }
    }

    /// A recorded answer that is nobody's but upstream's.
    pub(crate) fn not_ours(&mut self) {
        self.unanswered += 1;
    }
}

/// `replay: 85 machines, …`
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machines, processes, questions, values, absent, errors, unanswered, .. } = self;
        let differ: usize = self.bugs.values().sum();
        let bugs: Vec<_> = self.bugs.iter().map(|(bug, count)| format!("{bug}: {count}")).collect();
        write!(
            f,
            "replay: {machines} machines with {processes} processes, {questions} questions, {values} \
             values hold ({absent} absent where upstream says 0), {errors} errors as expected, \
             {unanswered} of upstream's own not asked, {differ} differ from upstream on purpose ({})",
            bugs.join(", ")
        )
    }
}

fn same(want: &Json, got: &Json) -> bool {
    match (want, got) {
        (Json::Integer(want), Json::Integer(got)) => want == got,
        _ => match (want.number(), got.number()) {
            (Some(want), Some(got)) => (want - got).abs() <= TOLERANCE,
            _ => want == got,
        },
    }
}

struct OrNothing<'a>(Option<&'a Json>);

impl fmt::Display for OrNothing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(json) => json.fmt(f),
            None => f.write_str("nothing"),
        }
    }
}

/// An error with its causes.
struct Said<'a>(&'a Error);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.0)?;
        let mut cause = std::error::Error::source(self.0);
        while let Some(err) = cause {
            write!(f, ": {err}")?;
            cause = err.source();
        }
        Ok(())
    }
}
