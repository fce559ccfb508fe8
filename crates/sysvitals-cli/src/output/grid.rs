//! Any answer as rows and columns.

use std::ffi::{OsStr, OsString};

use sysvitals::Value;

use super::table::{Align, Table};
use super::{json, text};

/// Rows and named columns of raw values.
#[derive(Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) columns: Vec<OsString>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// The rows of an answer: those of a list; the entries of a map, by name; one, for anything else.
pub(super) fn rows(value: &Value) -> Grid {
    let mut grid = Grid { columns: Vec::new(), rows: Vec::new() };
    match value {
        Value::List(values) => values.iter().for_each(|value| grid.add(None, value)),
        Value::Map(entries) => {
            for (name, value) in entries {
                match value {
                    // One row each, so that no name is lost that has none.
                    Value::List(values) if !values.is_empty() => {
                        values.iter().for_each(|value| grid.add(Some(name), value));
                    }
                    Value::List(_) => grid.add(Some(name), &Value::Record(Vec::new())),
                    value => grid.add(Some(name), value),
                }
            }
        }
        value => grid.add(None, value),
    }
    for row in &mut grid.rows {
        row.resize(grid.columns.len(), Value::Null);
    }
    grid
}

/// The same for people: a single record goes down the page rather than across.
pub(super) fn shown(value: &Value) -> Table {
    if let Value::Record(fields) = value {
        let columns = [("FIELD", Align::Left), ("VALUE", Align::Left)];
        let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
        fields.iter().for_each(|(name, value)| table.row(vec![(*name).to_owned(), cell(value)]));
        return table;
    }
    let grid = rows(value);
    let is_number =
        |at: usize| grid.rows.iter().all(|row| row.get(at).is_none_or(is_number_or_nothing));
    let columns = grid.columns.iter().enumerate().map(|(at, name)| {
        let align = if is_number(at) { Align::Right } else { Align::Left };
        (text::shown(name).to_uppercase(), align)
    });
    let mut table = Table::new(columns);
    if grid.columns == [VALUE] {
        table = table.headless();
    }
    for row in &grid.rows {
        table.row(row.iter().map(cell).collect());
    }
    table
}

const NAME: &str = "name";
const VALUE: &str = "value";

impl Grid {
    fn add(&mut self, name: Option<&OsStr>, value: &Value) {
        let mut row = Vec::with_capacity(self.columns.len());
        if let Some(name) = name {
            self.put(&mut row, 0, NAME.as_ref(), Value::Text(name.to_owned()));
        }
        // A record may have a field of that name too.
        let first = row.len();
        match value {
            Value::Record(fields) => fields.iter().for_each(|(field, value)| {
                self.put(&mut row, first, field.as_ref(), value.clone());
            }),
            Value::Map(entries) => entries.iter().for_each(|(field, value)| {
                self.put(&mut row, first, field, value.clone());
            }),
            value => self.put(&mut row, first, VALUE.as_ref(), value.clone()),
        }
        self.rows.push(row);
    }

    /// Puts a value into the column of that name, at or after `first`.
    fn put(&mut self, row: &mut Vec<Value>, first: usize, name: &OsStr, value: Value) {
        let known = self.columns.iter().skip(first).position(|column| column == name);
        let at = known.map_or(self.columns.len(), |at| at + first);
        if at == self.columns.len() {
            self.columns.push(name.to_owned());
        }
        if row.len() <= at {
            row.resize(at + 1, Value::Null);
        }
        row[at] = value;
    }
}

fn is_number_or_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Unsigned(_) | Value::Signed(_) | Value::Float(_))
}

/// What people see of a value.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) => text::shown(text),
        Value::Name(name) => (*name).to_owned(),
        Value::List(values) if values.is_empty() => "-".to_owned(),
        Value::List(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Record(fields) => match fields.as_slice() {
            [("ip", Value::Text(ip)), ("port", Value::Unsigned(port))] => {
                let ip = text::shown(ip);
                if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
            }
            fields => pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), value))),
        },
        Value::Map(entries) => {
            pairs(entries.iter().map(|(name, value)| (text::shown(name), value)))
        }
        value => json::compact(value),
    }
}

fn pairs<'a>(entries: impl Iterator<Item = (String, &'a Value)>) -> String {
    let pairs: Vec<_> = entries.map(|(name, value)| format!("{name}={}", cell(value))).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&'static str, u32)]) -> Value {
        Value::Record(fields.iter().map(|&(name, n)| (name, Value::Unsigned(n.into()))).collect())
    }

    #[track_caller]
    fn check(value: &Value, columns: &str, want: &[&str]) {
        let grid = rows(value);
        let names: Vec<_> = grid.columns.iter().map(|name| text::shown(name)).collect();
        assert_eq!(names.join(" "), columns);
        let lines: Vec<_> = grid
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(lines, want);
    }

    #[test]
    fn every_shape_has_rows() {
        check(&Value::Float(1.5), "value", &["1.5"]);
        check(&record(&[("a", 1), ("b", 2)]), "a b", &["1 2"]);
        let list = Value::List(vec![record(&[("a", 1)]), record(&[("b", 2), ("a", 3)])]);
        check(&list, "a b", &["1 -", "3 2"]);
        check(&Value::List(vec![]), "", &[]);
        let map = Value::Map(vec![
            ("x".into(), record(&[("name", 1)])),
            ("y".into(), Value::List(vec![record(&[("name", 2)]), record(&[("name", 3)])])),
            ("z".into(), Value::List(vec![])),
            ("w".into(), Value::Bool(true)),
        ]);
        check(&map, "name name value", &["x 1 -", "y 2 -", "y 3 -", "z - -", "w - true"]);
    }

    #[test]
    fn a_record_goes_down_the_page() {
        let lines = shown(&record(&[("total", 12), ("free", 3)])).lines(None);
        assert_eq!(lines, ["FIELD  VALUE", "total  12", "free   3"]);
    }

    #[test]
    fn nested_values_are_readable() {
        let end =
            Value::Record(vec![("ip", Value::Text("::1".into())), ("port", Value::Unsigned(80))]);
        assert_eq!(cell(&end), "[::1]:80");
        assert_eq!(cell(&Value::List(vec![Value::Text("a\x1b".into()), end])), "a\\x1b, [::1]:80");
        assert_eq!(cell(&record(&[("real", 0), ("effective", 1)])), "real=0 effective=1");
    }
}
