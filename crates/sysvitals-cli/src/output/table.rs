//! Columns for people.

use std::io::{self, Write};

use super::terminal::{Paint, Terminal};
use super::text;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells that have gone through [`text::shown`] where they hold text of strangers.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
    headed: bool,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), headed: true }
    }

    /// Without the line that names the columns.
    pub(crate) fn headless(mut self) -> Self {
        self.headed = false;
        self
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table; on a terminal no wider than that.
    pub(crate) fn write(&self, terminal: Option<Terminal>, out: &mut dyn Write) -> io::Result<()> {
        let paint = Paint::new(terminal.is_some_and(|terminal| terminal.colour));
        for (at, line) in self.lines(terminal.map(|terminal| terminal.width)).iter().enumerate() {
            if at == 0 && self.headed {
                writeln!(out, "{}", paint.bold(line))?;
            } else {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }

    /// The lines, head first.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let head: Vec<_> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let widths = self.widths();
        let rows = self.headed.then_some(&head).into_iter().chain(&self.rows);
        rows.map(|row| {
            let line = self.line(row, &widths);
            width.map_or_else(|| line.clone(), |width| text::fit(&line, width))
        })
        .collect()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<_> = self
            .columns
            .iter()
            .map(|(name, _)| if self.headed { text::width(name) } else { 0 })
            .collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(cell));
            }
        }
        widths
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, (_, align)), &width) in row.iter().zip(&self.columns).zip(widths) {
            let padding = " ".repeat(width.saturating_sub(text::width(cell)));
            if !line.is_empty() {
                line.push_str("  ");
            }
            match align {
                Align::Left => line.extend([cell, padding.as_str()]),
                Align::Right => line.extend([padding.as_str(), cell]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let columns = [("NAME", Align::Left), ("SIZE", Align::Right), ("WHY", Align::Left)];
        let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
        table.row(["a", "1 B", ""].map(Into::into).to_vec());
        table.row(["bcdef", "10 KiB", "日本 語"].map(Into::into).to_vec());
        table
    }

    #[test]
    fn columns_line_up() {
        let want = ["NAME     SIZE  WHY", "a         1 B", "bcdef  10 KiB  日本 語"];
        assert_eq!(sample().lines(None), want);
    }

    #[test]
    fn lines_are_cut_at_the_edge_of_the_terminal() {
        assert_eq!(sample().lines(Some(10)), ["NAME     …", "a        …", "bcdef  10…"]);
    }

    #[test]
    fn an_empty_first_cell_keeps_its_place() {
        let mut table = sample().headless();
        table.row(["", "2 B", ""].map(Into::into).to_vec());
        assert_eq!(table.lines(None)[2], "          2 B");
    }
}
