//! What all programs of the measurement speak: one line in, one answer out.
//!
//! ```text
//! time OPERATION REPETITIONS [ARGUMENT]  ->  CPU_NANOSECONDS ITEMS
//! rows OPERATION [ARGUMENT]              ->  a line a row, then a line with one dot
//! ```
//!
//! `none` says that a program has no such operation, `error TEXT` that it failed. A row is its key
//! and `name=value` for what it tells, with tabs between, so that the driver can see that all
//! programs answer the same before it times them: rows are compared by key, in the columns that
//! two programs both have. The key `?` says that there is nothing to compare. Times are the CPU time of the whole process, user and kernel, to the
//! nanosecond (`CLOCK_PROCESS_CPUTIME_ID`), as other work on the machine changes that little.

use std::fmt::Display;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use rustix::time::{ClockId, clock_gettime};

/// One question that a program can be asked.
pub struct Operation<S> {
    /// Its name, the same in all programs.
    pub name: &'static str,
    /// Answers it once, as a user would; says how many items that were.
    pub run: fn(&mut S, &str) -> Result<usize>,
    /// The same answer as rows.
    pub rows: fn(&mut S, &str) -> Result<Vec<Row>>,
}

/// One row of an answer.
pub struct Row(Vec<u8>);

impl Row {
    /// A row that is known by `key`, which no other row of the answer has.
    pub fn new(key: impl Display) -> Self {
        Self(clean(key.to_string().as_bytes()))
    }

    /// The same for a key that may be any bytes.
    pub fn of_bytes(key: impl AsRef<[u8]>) -> Self {
        Self(clean(key.as_ref()))
    }

    /// Adds a column.
    #[must_use]
    pub fn with(self, name: &str, value: impl Display) -> Self {
        self.with_bytes(name, value.to_string())
    }

    /// Adds a column that may be any bytes.
    #[must_use]
    pub fn with_bytes(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.0.push(b'\t');
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'=');
        self.0.extend_from_slice(&clean(value.as_ref()));
        self
    }
}

/// Control characters would be taken for the end of a column or a line.
fn clean(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|&byte| if byte < b' ' { b'?' } else { byte }).collect()
}

/// Hundredths of a second, which is what Linux tells CPU time in: all programs agree on it.
pub fn hundredths(time: Duration) -> u128 {
    (time.as_millis() + 5) / 10
}

/// CPU time that this process has used, and the children that it started and that have ended.
fn cpu_time() -> Result<Duration> {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let own = Duration::new(now.tv_sec.try_into()?, now.tv_nsec.try_into()?);
    let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let spent = |time: TimeVal| u64::try_from(time.num_microseconds()).map(Duration::from_micros);
    Ok(own + spent(children.user_time())? + spent(children.system_time())?)
}

/// Answers lines until there are no more.
pub fn serve<S>(state: &mut S, operations: &[&[Operation<S>]]) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        if let Err(error) = answer(state, operations, &line?, &mut out) {
            writeln!(out, "error {}", format!("{error:#}").replace('\n', " "))?;
        }
        out.flush()?;
    }
    Ok(())
}

fn answer<S>(
    state: &mut S,
    operations: &[&[Operation<S>]],
    line: &str,
    out: &mut impl Write,
) -> Result<()> {
    let mut words = line.split(' ');
    let (what, name) = (words.next().unwrap_or_default(), words.next().context("which one?")?);
    let Some(operation) = operations.iter().copied().flatten().find(|each| each.name == name)
    else {
        writeln!(out, "none")?;
        return Ok(());
    };
    match what {
        "time" => {
            let repetitions: u32 = words.next().context("how often?")?.parse()?;
            let argument = words.next().unwrap_or_default();
            let mut items = 0;
            let start = cpu_time()?;
            for _ in 0..repetitions {
                items = black_box((operation.run)(state, argument)?);
            }
            let spent = cpu_time()?.saturating_sub(start);
            writeln!(out, "{} {items}", spent.as_nanos())?;
        }
        "rows" => {
            for row in (operation.rows)(state, words.next().unwrap_or_default())? {
                out.write_all(&row.0)?;
                out.write_all(b"\n")?;
            }
            writeln!(out, ".")?;
        }
        _ => anyhow::bail!("{what}?"),
    }
    Ok(())
}
