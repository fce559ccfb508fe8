//! Arguments of a question, in psutil's ways and in those of a command line.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use crate::exit::usage;
use crate::output::text;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Yes or no.
    Flag,
    /// A number of seconds.
    Seconds,
    /// A path, a name, names separated by commas.
    Text,
}

/// A parameter, by psutil's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// A second name for its contrary, besides `--no-NAME`.
    contrary: Option<&'static str>,
    /// As psutil writes it; `None` where it must be given.
    pub(super) default: Option<&'static str>,
}

impl Parameter {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, contrary: None, default: None }
    }

    /// With a default.
    pub(super) const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// With a second name for its contrary.
    pub(super) const fn contrary(self, name: &'static str) -> Self {
        Self { contrary: Some(name), ..self }
    }

    /// As it is said on a command line.
    pub(super) fn usage(&self) -> String {
        match (self.kind, self.default) {
            (_, None) => self.name.to_uppercase(),
            (Kind::Flag, Some("True")) => format!("[--no-{}]", self.name),
            (Kind::Flag, Some(_)) => format!("[--{}]", self.name),
            (_, Some("None")) => format!("[--{} …]", self.name),
            (_, Some(default)) => format!("[--{} {default}]", self.name),
        }
    }

    fn is_contrary(&self, name: &str) -> bool {
        self.contrary == Some(name) || name.strip_prefix("no-") == Some(self.name)
    }
}

/// The values of the parameters of one question.
#[derive(Debug)]
pub(super) struct Arguments {
    question: &'static str,
    values: Vec<(Parameter, Option<OsString>)>,
}

/// Reads what stands behind the name of a question.
pub(super) fn read(
    question: &'static str,
    parameters: &'static [Parameter],
    words: &[OsString],
) -> anyhow::Result<Arguments> {
    let values = parameters.iter().map(|parameter| (*parameter, None)).collect();
    let mut arguments = Arguments { question, values };
    let mut words = words.iter().peekable();
    let mut only_values = false;
    while let Some(word) = words.next() {
        if only_values {
            arguments.place(word, true)?;
        } else if word == "--" {
            only_values = true;
        } else if let Some((name, value)) = word.to_str().and_then(option) {
            let at = arguments.find(name)?;
            let (parameter, _) = arguments.values[at];
            let contrary = parameter.is_contrary(name);
            let value = match value {
                Some(value) => value.into(),
                None if contrary => OsString::new(),
                None if parameter.kind == Kind::Flag => {
                    let is_flag = |word: &&OsString| boolean(word).is_some();
                    words.next_if(is_flag).cloned().unwrap_or_else(|| "True".into())
                }
                None => words
                    .next()
                    .cloned()
                    .ok_or_else(|| usage!("{question}: --{name} needs a value"))?,
            };
            arguments.set(at, contrary, value)?;
        } else if let Some((at, value)) = word.to_str().and_then(|word| arguments.keyword(word)) {
            arguments.set(at, false, value)?;
        } else {
            arguments.place(word, false)?;
        }
    }
    arguments.check()?;
    Ok(arguments)
}

/// `--name` or `--name=value`.
fn option(word: &str) -> Option<(&str, Option<&str>)> {
    let long = word.strip_prefix("--")?;
    Some(long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))))
}

/// Python's, and what people write.
fn boolean(word: &OsStr) -> Option<bool> {
    match word.to_str()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

impl Arguments {
    /// The place of the parameter that an option names.
    fn find(&self, name: &str) -> anyhow::Result<usize> {
        let is_it = |parameter: &Parameter| parameter.name == name || parameter.is_contrary(name);
        let at = self.values.iter().position(|(parameter, _)| is_it(parameter));
        at.ok_or_else(|| self.unknown(&format!("--{name}")))
    }

    /// `name=value`, if there is such a parameter: paths may hold `=` too.
    fn keyword(&self, word: &str) -> Option<(usize, OsString)> {
        let (name, value) = word.split_once('=')?;
        let at = self.values.iter().position(|(parameter, _)| parameter.name == name)?;
        Some((at, value.into()))
    }

    /// Takes a word for the first parameter that has no value yet. What starts with `-` is meant as
    /// an option, unless `--` stands before it.
    fn place(&mut self, word: &OsStr, only_values: bool) -> anyhow::Result<()> {
        let is_option = !only_values && word.as_encoded_bytes().starts_with(b"-");
        match self.values.iter().position(|(_, value)| value.is_none()) {
            Some(at) if !is_option => self.set(at, false, word.to_owned()),
            _ => Err(self.unknown(&text::shown(word))),
        }
    }

    fn set(&mut self, at: usize, contrary: bool, value: OsString) -> anyhow::Result<()> {
        let question = self.question;
        let (parameter, place) = &mut self.values[at];
        let name = parameter.name;
        if place.is_some() {
            return Err(usage!("{question}: {name} is given twice"));
        }
        if !contrary {
            *place = Some(value);
            return Ok(());
        }
        // `--no-percpu=false` would be a riddle, but one with an answer.
        let given = if value.is_empty() { Some(true) } else { boolean(&value) };
        let given = given.ok_or_else(|| usage!("{question}: {name} is yes or no"))?;
        *place = Some(if given { "False" } else { "True" }.into());
        Ok(())
    }

    fn unknown(&self, word: &str) -> anyhow::Error {
        let question = self.question;
        if self.values.is_empty() {
            return usage!("{question}: unknown argument {word}; it takes none");
        }
        let names: Vec<_> = self.values.iter().map(|(parameter, _)| parameter.name).collect();
        usage!("{question}: unknown argument {word}; it takes {}", names.join(", "))
    }

    /// Bad values are told before anything is asked.
    fn check(&self) -> anyhow::Result<()> {
        for (parameter, value) in &self.values {
            let name = parameter.name;
            if value.is_none() && parameter.default.is_none() {
                return Err(usage!("{}: {name} must be given", self.question));
            }
            match parameter.kind {
                Kind::Flag => drop(self.parse_flag(name)?),
                Kind::Seconds => drop(self.parse_seconds(name)?),
                Kind::Text => {}
            }
        }
        Ok(())
    }

    /// The value of a parameter; psutil's `None` is its default.
    fn value(&self, name: &str) -> Option<&OsStr> {
        let (parameter, value) = self.values.iter().find(|(each, _)| each.name == name)?;
        let given =
            value.as_deref().filter(|&value| value != "None" || parameter.default.is_none());
        given.or(parameter.default.map(OsStr::new))
    }

    fn parse_flag(&self, name: &str) -> anyhow::Result<bool> {
        let value = self.value(name).unwrap_or_default();
        boolean(value).ok_or_else(|| {
            usage!("{}: {name} is True or False, not {}", self.question, text::shown(value))
        })
    }

    fn parse_seconds(&self, name: &str) -> anyhow::Result<Option<Duration>> {
        let value = self.value(name).filter(|&value| value != "None");
        let Some(value) = value else { return Ok(None) };
        let seconds = value.to_str().and_then(|value| value.parse().ok());
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        duration.map(Some).ok_or_else(|| {
            usage!("{}: {name} is a number of seconds, not {}", self.question, text::shown(value))
        })
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.parse_flag(name).unwrap_or(false)
    }

    /// A span of time; `None` if none was given and there is no default.
    pub(super) fn seconds(&self, name: &str) -> Option<Duration> {
        self.parse_seconds(name).unwrap_or(None)
    }

    /// A text; `None` if none was given and there is no default.
    pub(super) fn text(&self, name: &str) -> Option<&OsStr> {
        self.value(name).filter(|&value| value != "None")
    }

    /// One of a set of names.
    pub(super) fn choice<C>(&self, name: &str) -> anyhow::Result<C>
    where
        C: std::str::FromStr<Err = sysvitals::Error>,
    {
        Ok(self.text(name).unwrap_or_default().to_string_lossy().parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PARAMETERS: [Parameter; 4] = [
        Parameter::new("path", Kind::Text),
        Parameter::new("percpu", Kind::Flag).or("False"),
        Parameter::new("interval", Kind::Seconds).or("0.1"),
        Parameter::new("grouped", Kind::Flag).or("True").contrary("ungrouped"),
    ];

    fn parse(line: &str) -> anyhow::Result<Arguments> {
        let words: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        read("question", &PARAMETERS, &words)
    }

    #[test]
    fn there_are_many_ways_to_say_it() {
        let check = |line: &str, want: (&str, bool, u64, bool)| {
            let arguments = parse(line).expect(line);
            let got = (
                arguments.text("path").and_then(OsStr::to_str).expect("a path"),
                arguments.flag("percpu"),
                arguments.seconds("interval").expect("seconds").as_millis() as u64,
                arguments.flag("grouped"),
            );
            assert_eq!(got, want, "{line}");
        };
        check("/", ("/", false, 100, true));
        check("/ --percpu", ("/", true, 100, true));
        check("--percpu /", ("/", true, 100, true));
        check("--percpu=false /", ("/", false, 100, true));
        check("--percpu False /", ("/", false, 100, true));
        check("--no-percpu --path /", ("/", false, 100, true));
        check("percpu=True path=/", ("/", true, 100, true));
        check("/ True 1.5 False", ("/", true, 1500, false));
        check("/ --interval 1.5 --ungrouped", ("/", false, 1500, false));
        check("/ --no-grouped", ("/", false, 100, false));
        check("/ --ungrouped=false", ("/", false, 100, true));
        check("/ interval=None", ("/", false, 100, true));
        check("a=b", ("a=b", false, 100, true));
        check("-- --percpu", ("--percpu", false, 100, true));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let check = |line: &str, want: &str| {
            let told = parse(line).expect_err(line).to_string();
            assert_eq!(told, format!("question: {want}"));
        };
        check("", "path must be given");
        check("/ --colour", "unknown argument --colour; it takes path, percpu, interval, grouped");
        check("/ -x", "unknown argument -x; it takes path, percpu, interval, grouped");
        check("/ maybe", "percpu is True or False, not maybe");
        check("/ --interval", "--interval needs a value");
        check("/ --interval -1", "interval is a number of seconds, not -1");
        check("/ --interval nan", "interval is a number of seconds, not nan");
        check("/ --interval 1e300", "interval is a number of seconds, not 1e300");
        check("/ --percpu --percpu", "percpu is given twice");
        check("/ --no-percpu=x", "percpu is yes or no");
        check("/ 1 1 1 1", "unknown argument 1; it takes path, percpu, interval, grouped");
    }
}
