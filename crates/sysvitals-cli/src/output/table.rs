//! Columns for people.

use std::borrow::Cow;
use std::convert::Infallible;
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
    /// The widest cell of each column.
    widths: Vec<usize>,
    /// All cells, one after the other: there may be a hundred thousand.
    text: String,
    cells: Vec<Place>,
    rows: usize,
    headed: bool,
}

/// Where a cell ends in the text, and how wide it is.
#[derive(Debug, Clone, Copy)]
struct Place {
    end: usize,
    width: usize,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        let columns: Vec<_> = columns.into_iter().collect();
        let widths = vec![0; columns.len()];
        Self { columns, widths, text: String::new(), cells: Vec::new(), rows: 0, headed: true }
    }

    /// Without the line that names the columns.
    pub(crate) fn headless(mut self) -> Self {
        self.headed = false;
        self
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.row_by(|at, text| text.push_str(cells.get(at).map_or("", String::as_str)));
    }

    /// Adds a row: `write` is called for each column and appends the cell to the text.
    pub(crate) fn row_by(&mut self, mut write: impl FnMut(usize, &mut String)) {
        for (at, widest) in self.widths.iter_mut().enumerate() {
            let start = self.text.len();
            write(at, &mut self.text);
            let width = text::width(self.text.get(start..).unwrap_or_default());
            *widest = width.max(*widest);
            self.cells.push(Place { end: self.text.len(), width });
        }
        self.rows += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Writes the table; on a terminal no wider than that.
    pub(crate) fn write(&self, terminal: Option<Terminal>, out: &mut dyn Write) -> io::Result<()> {
        let paint = Paint::new(terminal.is_some_and(|terminal| terminal.colour));
        let mut head = self.headed;
        self.each_line(terminal.map(|terminal| terminal.width), |line| {
            if std::mem::take(&mut head) {
                return writeln!(out, "{}", paint.bold(line));
            }
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")
        })
    }

    /// The lines, head first.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let mut lines = Vec::with_capacity(self.rows + 1);
        let kept: Result<(), Infallible> = self.each_line(width, |line| {
            lines.push(line.to_owned());
            Ok(())
        });
        let Ok(()) = kept;
        lines
    }

    fn each_line<E>(
        &self,
        width: Option<usize>,
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let names = self.columns.iter().map(|(name, _)| (name.as_str(), text::width(name)));
        let mut widths = self.widths.clone();
        let mut line = String::new();
        let mut finish = |line: &mut String| {
            line.truncate(line.trim_end().len());
            let done = each(&width.map_or(Cow::from(&*line), |width| text::fit(line, width)));
            line.clear();
            done
        };
        if self.headed {
            for (widest, (_, name)) in widths.iter_mut().zip(names.clone()) {
                *widest = name.max(*widest);
            }
            self.fill(names, &widths, &mut line);
            finish(&mut line)?;
        }
        let mut start = 0;
        let mut cells = self.cells.iter().map(|place| {
            let cell = self.text.get(start..place.end).unwrap_or_default();
            start = place.end;
            (cell, place.width)
        });
        for _ in 0..self.rows {
            self.fill(cells.by_ref().take(widths.len()), &widths, &mut line);
            finish(&mut line)?;
        }
        Ok(())
    }

    /// Appends one row, each cell with its width, to the line.
    fn fill<'a>(
        &self,
        cells: impl Iterator<Item = (&'a str, usize)>,
        widths: &[usize],
        line: &mut String,
    ) {
        let last = self.columns.len().saturating_sub(1);
        for (at, ((cell, width), ((_, align), widest))) in
            cells.zip(self.columns.iter().zip(widths)).enumerate()
        {
            let padding = widest.saturating_sub(width);
            if !line.is_empty() {
                line.push_str("  ");
            }
            match align {
                Align::Right => pad(line, padding),
                Align::Left => {}
            }
            line.push_str(cell);
            match align {
                // What would follow the last is cut off again, and may be as long as a command line.
                Align::Left if at < last => pad(line, padding),
                _ => {}
            }
        }
    }
}

fn pad(line: &mut String, mut blanks: usize) {
    const SOME: &str = "                                                                ";
    while let Some(more) = blanks.checked_sub(SOME.len()) {
        line.push_str(SOME);
        blanks = more;
    }
    line.push_str(SOME.get(..blanks).unwrap_or_default());
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
