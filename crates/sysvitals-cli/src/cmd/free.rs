//! `vitals free`

use sysvitals::{Error, System, ToValue as _, Value};

use crate::output::table::{Align, Table};
use crate::output::{Format, Output, human};

/// Show memory and swap in use, like free(1).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show bytes in the table too.
    #[arg(short, long)]
    bytes: bool,
}

pub(super) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let memory = system.virtual_memory()?;
    let swap = match system.swap_memory() {
        // Memory is told all the same.
        Err(Error::Unsupported(_)) => None,
        swap => Some(swap?),
    };
    if !output.is_table() {
        let both = vec![("memory".into(), memory.to_value()), ("swap".into(), swap.to_value())];
        return Ok(output.value(Format::Table, &Value::Map(both))?);
    }

    let size = |bytes: Option<u64>| match bytes {
        None => "-".to_owned(),
        Some(bytes) if args.bytes => bytes.to_string(),
        Some(bytes) => human::size(bytes.into()),
    };
    let names = ["", "TOTAL", "USED", "FREE", "SHARED", "BUFF/CACHE", "AVAILABLE", "USE%"];
    let mut table =
        Table::new(names.iter().enumerate().map(|(at, name)| {
            ((*name).to_owned(), if at == 0 { Align::Left } else { Align::Right })
        }));
    let cache = match (memory.buffers, memory.cached) {
        (None, None) => None,
        (buffers, cached) => Some(buffers.unwrap_or(0).saturating_add(cached.unwrap_or(0))),
    };
    table.row(vec![
        "Mem".to_owned(),
        size(Some(memory.total)),
        size(Some(memory.used)),
        size(Some(memory.free)),
        size(memory.shared),
        size(cache),
        size(Some(memory.available)),
        format!("{:.1}", memory.percent),
    ]);
    table.row(vec![
        "Swap".to_owned(),
        size(swap.as_ref().map(|swap| swap.total)),
        size(swap.as_ref().map(|swap| swap.used)),
        size(swap.as_ref().map(|swap| swap.free)),
        String::new(),
        String::new(),
        String::new(),
        swap.map_or_else(|| "-".to_owned(), |swap| format!("{:.1}", swap.percent)),
    ]);
    Ok(output.table(&table)?)
}
