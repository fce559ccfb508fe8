//! `--where`: `COLUMN=VALUE` and its like.

use std::cmp::Ordering;

use sysvitals::{Pid, Value};

use super::column::{Column, Facts};
use crate::exit::usage;

/// A condition on one column.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) column: Column,
    operator: Operator,
    operands: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Longer signs first, since they start with the shorter ones.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::IsNot),
    ("!~", Operator::ContainsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Is),
    ("~", Operator::Contains),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

#[derive(Debug)]
struct Operand {
    text: String,
    number: Option<f64>,
}

impl Filter {
    pub(super) fn parse(condition: &str) -> anyhow::Result<Self> {
        let at = condition.find(['=', '!', '~', '<', '>']);
        let at =
            at.ok_or_else(|| usage!("condition {condition:?} has none of = != ~ !~ < <= > >="))?;
        let (name, rest) = condition.split_at(at);
        let column = Column::named(name.trim())?;
        let sign = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (sign, operator) =
            *sign.ok_or_else(|| usage!("condition {condition:?}: what is {rest:?}?"))?;
        let value = rest[sign.len()..].trim();
        let operands: Vec<_> = match operator {
            Operator::Is | Operator::IsNot => value.split(',').map(Operand::new).collect(),
            _ => vec![Operand::new(value)],
        };
        let needs_number = column.is_number() || operator.is_order();
        if let Some(operand) = operands.iter().find(|operand| operand.number.is_none()) {
            if needs_number && !operator.is_part() {
                return Err(usage!("condition {condition:?}: {:?} is not a number", operand.text));
            }
        }
        Ok(Self { column, operator, operands })
    }

    /// Whether it is known to be true of a process: not of one that does not tell.
    pub(super) fn is_true(&self, facts: &Facts<'_>) -> bool {
        match self.column.value(facts) {
            Err(_) | Ok(Value::Null) => false,
            Ok(value) => self.holds(&value),
        }
    }

    /// The pids of which alone it can be true, if it is about these.
    pub(super) fn pids(&self) -> Option<Vec<Pid>> {
        if self.column.name != "pid" || self.operator != Operator::Is {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "compared after"
        )]
        let pid = |operand: &Operand| {
            let number = operand.number?;
            let pid = number as u32;
            (f64::from(pid) == number).then(|| Pid::new(pid))
        };
        Some(self.operands.iter().filter_map(pid).collect())
    }

    fn holds(&self, value: &Value) -> bool {
        let any = |test: &dyn Fn(&Operand) -> bool| self.operands.iter().any(test);
        let order = |operand: &Operand| Some(number(value)?.total_cmp(&operand.number?));
        match self.operator {
            Operator::Is => any(&|operand| operand.is(value)),
            Operator::IsNot => !any(&|operand| operand.is(value)),
            Operator::Contains => any(&|operand| operand.is_in(value)),
            Operator::ContainsNot => !any(&|operand| operand.is_in(value)),
            Operator::Less => any(&|operand| order(operand).is_some_and(Ordering::is_lt)),
            Operator::AtMost => any(&|operand| order(operand).is_some_and(Ordering::is_le)),
            Operator::Greater => any(&|operand| order(operand).is_some_and(Ordering::is_gt)),
            Operator::AtLeast => any(&|operand| order(operand).is_some_and(Ordering::is_ge)),
        }
    }
}

impl Operator {
    fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::Greater | Self::AtLeast)
    }

    fn is_part(self) -> bool {
        matches!(self, Self::Contains | Self::ContainsNot)
    }
}

impl Operand {
    fn new(text: &str) -> Self {
        let text = text.trim().to_owned();
        Self { number: size(&text), text }
    }

    fn is(&self, value: &Value) -> bool {
        match (number(value), self.number) {
            (Some(value), Some(number)) => value.total_cmp(&number).is_eq(),
            (Some(_), None) => false,
            (None, _) => text(value) == self.text,
        }
    }

    /// Whether the value has it as a part, in capitals or not.
    fn is_in(&self, value: &Value) -> bool {
        text(value).to_lowercase().contains(&self.text.to_lowercase())
    }
}

/// A number, with `K`, `M`, `G` or `T` for powers of 1024.
fn size(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(['i', 'B']);
    let (digits, unit) = match digits.chars().last()?.to_ascii_uppercase() {
        'K' => (&digits[..digits.len() - 1], 1024.0),
        'M' => (&digits[..digits.len() - 1], 1024.0 * 1024.0),
        'G' => (&digits[..digits.len() - 1], 1024.0 * 1024.0 * 1024.0),
        'T' => (&digits[..digits.len() - 1], 1024.0 * 1024.0 * 1024.0 * 1024.0),
        _ => (digits, 1.0),
    };
    let number: f64 = digits.parse().ok()?;
    number.is_finite().then_some(number * unit)
}

#[expect(clippy::cast_precision_loss, reason = "compared with what people write")]
fn number(value: &Value) -> Option<f64> {
    match *value {
        Value::Unsigned(number) => Some(number as f64),
        Value::Signed(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string_lossy().into_owned(),
        value => crate::output::grid::cell(value),
    }
}

/// The order of two values of one column.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Unsigned(one), Value::Unsigned(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (one, other) => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            (None, None) => text(one).cmp(&text(other)),
            (one, other) => one.is_none().cmp(&other.is_none()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(condition: &str, value: impl Into<Sample>, want: bool) {
        let filter = Filter::parse(condition).expect(condition);
        assert_eq!(filter.holds(&value.into().0), want, "{condition}");
    }

    struct Sample(Value);
    impl From<&str> for Sample {
        fn from(text: &str) -> Self {
            Self(Value::Text(text.into()))
        }
    }
    impl From<u32> for Sample {
        fn from(number: u32) -> Self {
            Self(Value::Unsigned(number.into()))
        }
    }

    #[test]
    fn pids_are_chosen_by_what_is_said_of_them_alone() {
        let pids = |condition: &str| Filter::parse(condition).expect(condition).pids();
        let chosen = |pids: &[u32]| Some(pids.iter().copied().map(Pid::new).collect());
        assert_eq!(pids("pid=1,22"), chosen(&[1, 22]));
        assert_eq!(pids("pid=1.5,-1,1e18,4294967295"), chosen(&[u32::MAX]));
        assert_eq!(pids("pid!=1"), None);
        assert_eq!(pids("pid>=1"), None);
        assert_eq!(pids("ppid=1"), None);
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        check("pid=1,22", 22, true);
        check("pid=1,22", 2, false);
        check("pid!=1,22", 2, true);
        check("pid!=1,22", 22, false);
        check("rss>1K", 1025, true);
        check("rss>1KiB", 1024, false);
        check("rss>=1k", 1024, true);
        check("rss < 1M", 1024, true);
        check("rss<=0.5K", 513, false);
        check("pid~2", 123, true);
    }

    #[test]
    fn text_is_compared_as_text() {
        check("name=cat,dog", "dog", true);
        check("name=cat", "Cat", false);
        check("name=1", "1.0", false);
        check("name~at", "CAT", true);
        check("name!~at", "dog", true);
        check("command=a=b", "a=b", true);
        check("name=", "", true);
    }

    #[test]
    fn nonsense_is_told() {
        let told = |condition: &str| Filter::parse(condition).expect_err(condition).to_string();
        assert!(told("pid").contains("has none of"));
        assert!(told("pid!1").contains("what is"));
        assert!(told("colour=red").contains("no column"));
        assert!(told("pid=x").contains("is not a number"));
        assert!(told("name>x").contains("is not a number"));
        assert!(told("rss>nan").contains("is not a number"));
    }
}
