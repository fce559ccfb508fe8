//! `vitals get --list`

use sysvitals::Value;

use super::questions::Question;
use super::{process, system};
use crate::output::table::{Align, Table};
use crate::output::{Format, Output};

pub(super) fn write(output: &mut Output<'_>) -> anyhow::Result<()> {
    let mut entries = Vec::new();
    entries.extend(system::QUESTIONS.iter().map(|question| Entry::of("", question)));
    entries.extend(process::QUESTIONS.iter().map(|question| Entry::of("process PID ", question)));
    if !output.is_table() {
        let list = entries.iter().map(Entry::value).collect();
        return Ok(output.value(Format::Table, &Value::List(list))?);
    }
    let columns = ["QUESTION", "MEANING"].map(|name| (name.to_owned(), Align::Left));
    let mut table = Table::new(columns);
    for entry in &entries {
        let signatures = entry.parameters.iter().map(|(signature, _)| signature.as_str());
        let words: Vec<_> = std::iter::once(entry.name.as_str()).chain(signatures).collect();
        table.row(vec![words.join(" "), entry.help.to_owned()]);
    }
    Ok(output.table(&table)?)
}

struct Entry {
    name: String,
    /// For people and for programs.
    parameters: Vec<(String, Value)>,
    help: &'static str,
}

impl Entry {
    fn of<T>(whom: &str, question: &Question<T>) -> Self {
        let text = |text: &str| Value::Text(text.into());
        Self {
            name: format!("{whom}{}", question.name),
            parameters: question
                .parameters
                .iter()
                .map(|parameter| {
                    let fields = vec![
                        ("name", text(parameter.name)),
                        ("required", Value::Bool(parameter.default.is_none())),
                        ("default", parameter.default.map_or(Value::Null, text)),
                    ];
                    (parameter.usage(), Value::Record(fields))
                })
                .collect(),
            help: question.help,
        }
    }

    fn value(&self) -> Value {
        let parameters = self.parameters.iter().map(|(_, value)| value.clone()).collect();
        Value::Record(vec![
            ("name", Value::Text(self.name.clone().into())),
            ("parameters", Value::List(parameters)),
            ("help", Value::Text(self.help.into())),
        ])
    }
}
