//! Comma-separated values (RFC 4180).

use std::borrow::Cow;
use std::io::{self, Write};

use sysvitals::Value;

use super::grid::Grid;
use super::{json, text};

/// Writes a line of names, then the rows. Text is written byte for byte, unless a terminal reads it.
pub(super) fn write(grid: &Grid, terminal: bool, out: &mut dyn Write) -> io::Result<()> {
    let names = grid.columns.iter().map(|name| Cow::Borrowed(name.as_encoded_bytes()));
    line(names, terminal, out)?;
    for row in &grid.rows {
        line(row.iter().map(cell), terminal, out)?;
    }
    Ok(())
}

/// Absent is empty; what is several values itself is JSON.
fn cell(value: &Value) -> Cow<'_, [u8]> {
    match value {
        Value::Null => Cow::Borrowed(b""),
        Value::Text(text) => Cow::Borrowed(text.as_encoded_bytes()),
        Value::Name(name) => Cow::Borrowed(name.as_bytes()),
        value => Cow::Owned(json::compact(value).into_bytes()),
    }
}

fn line<'a>(
    cells: impl Iterator<Item = Cow<'a, [u8]>>,
    terminal: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        if terminal {
            quoted(text::shown_bytes(&cell).as_bytes(), out)?;
        } else {
            quoted(&cell, out)?;
        }
    }
    out.write_all(b"\r\n")
}

/// In quotes, if it would not be one plain cell without them.
fn quoted(cell: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let plain = |byte: &u8| !byte.is_ascii_control() && !matches!(byte, b',' | b'"');
    let blank_ends = cell.first() == Some(&b' ') || cell.last() == Some(&b' ');
    if cell.iter().all(plain) && !blank_ends {
        return out.write_all(cell);
    }
    out.write_all(b"\"")?;
    for (at, piece) in cell.split(|&byte| byte == b'"').enumerate() {
        if at > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(piece)?;
    }
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, terminal: bool, want: &[u8]) {
        let grid =
            Grid { columns: vec!["a".into(), "b".into()], rows: vec![vec![Value::Null, value]] };
        let mut out = Vec::new();
        write(&grid, terminal, &mut out).expect("memory");
        let want = [b"a,b\r\n,", want, b"\r\n"].concat();
        assert_eq!(out, want, "{}", out.escape_ascii());
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let text = |text: &str| Value::Text(text.into());
        check(text("plain"), false, b"plain");
        check(text("a,b"), false, b"\"a,b\"");
        check(text("say \"x\""), false, b"\"say \"\"x\"\"\"");
        check(text("a\r\nb\x1b"), false, b"\"a\r\nb\x1b\"");
        check(text(" a"), false, b"\" a\"");
        check(Value::Float(1.0), false, b"1.0");
        check(Value::List(vec![Value::Unsigned(1), text("x")]), false, b"\"[1, \"\"x\"\"]\"");
    }

    #[test]
    fn bytes_are_kept_but_not_shown() {
        let mut out = Vec::new();
        line([Cow::Borrowed(&b"\xff\x1b"[..])].into_iter(), false, &mut out).expect("memory");
        line([Cow::Borrowed(&b"\xff\x1b"[..])].into_iter(), true, &mut out).expect("memory");
        assert_eq!(out, b"\"\xff\x1b\"\r\n\\xff\\x1b\r\n");
    }
}
