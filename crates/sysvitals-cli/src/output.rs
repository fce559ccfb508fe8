//! What answers look like.

mod csv;
pub(crate) mod grid;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod table;
mod terminal;
pub(crate) mod text;

use std::io::{self, Write};

use sysvitals::Value;

pub(crate) use terminal::{Paint, Terminal};

/// Layout of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people, sizes in KiB, MiB, ….
    Table,
    /// One JSON text.
    Json,
    /// One JSON text a line: each row of a list, or the whole answer.
    Jsonl,
    /// Comma-separated values with a header line (RFC 4180).
    Csv,
}

/// Where an answer goes, and how it shall look.
pub(crate) struct Output<'a> {
    format: Option<Format>,
    terminal: Option<Terminal>,
    out: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// `terminal` is `None` where a program reads the output.
    pub(crate) fn new(
        format: Option<Format>,
        terminal: Option<Terminal>,
        out: &'a mut dyn Write,
    ) -> Self {
        Self { format, terminal, out }
    }

    /// Whether people read it, so that commands may show a table of their own.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.format, None | Some(Format::Table))
    }

    /// Lets lines be longer than the terminal is wide.
    pub(crate) fn widen(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.width = usize::MAX;
        }
    }

    pub(crate) fn terminal(&self) -> Option<Terminal> {
        self.terminal
    }

    /// Writes any answer, in the layout asked for, else in `default`.
    pub(crate) fn value(&mut self, default: Format, value: &Value) -> io::Result<()> {
        match (self.format.unwrap_or(default), value) {
            (Format::Json, value) => writeln!(self.out, "{}", json::pretty(value)),
            (Format::Jsonl, Value::List(rows)) => {
                rows.iter().try_for_each(|row| writeln!(self.out, "{}", json::compact(row)))
            }
            (Format::Jsonl, value) => writeln!(self.out, "{}", json::compact(value)),
            (Format::Csv, value) => {
                csv::write(&grid::rows(value), self.terminal.is_some(), &mut *self.out)
            }
            (Format::Table, value) => grid::shown(value).write(self.terminal, &mut *self.out),
        }
    }

    /// Writes a table that was made for people.
    pub(crate) fn table(&mut self, table: &table::Table) -> io::Result<()> {
        table.write(self.terminal, &mut *self.out)
    }

    /// Writes text that was made for people.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }
}
