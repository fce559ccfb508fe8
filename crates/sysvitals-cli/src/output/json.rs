//! JSON (RFC 8259), as Python's `json` reads it back.
//!
//! Written by hand, since no general serializer can write what process text may hold: bytes that
//! are not UTF-8 become `\udc80` to `\udcff`, Python's surrogateescape, and come back as the same
//! bytes from `os.fsencode(json.loads(…))`.

use std::fmt::Write as _;

use sysvitals::Value;

use super::text;

/// Over many lines, for people too.
pub(crate) fn pretty(value: &Value) -> String {
    let mut writer = Writer { json: String::new(), indent: Some(0) };
    writer.value(value);
    writer.json
}

/// On one line.
pub(crate) fn compact(value: &Value) -> String {
    let mut writer = Writer { json: String::new(), indent: None };
    writer.value(value);
    writer.json
}

struct Writer {
    json: String,
    /// Steps that the current line is indented by; `None` to stay on one line.
    indent: Option<usize>,
}

impl Writer {
    fn value(&mut self, value: &Value) {
        // Writing to a `String` cannot fail.
        let _ = match value {
            Value::Bool(value) => write!(self.json, "{value}"),
            Value::Unsigned(value) => write!(self.json, "{value}"),
            Value::Signed(value) => write!(self.json, "{value}"),
            // The shortest digits that are read back as the same number, and always a float.
            Value::Float(value) if value.is_finite() => write!(self.json, "{value:?}"),
            Value::Text(text) => return self.string(text.as_encoded_bytes()),
            Value::Name(name) => return self.string(name.as_bytes()),
            Value::List(values) => return self.list(values),
            Value::Map(entries) => {
                let entries = entries.iter();
                return self.object(entries.map(|(name, value)| (name.as_encoded_bytes(), value)));
            }
            Value::Record(fields) => {
                let fields = fields.iter();
                return self.object(fields.map(|(name, value)| (name.as_bytes(), value)));
            }
            _ => write!(self.json, "null"),
        };
    }

    fn list(&mut self, values: &[Value]) {
        self.json.push('[');
        self.several(values, Self::value);
        self.json.push(']');
    }

    fn object<'a>(&mut self, entries: impl ExactSizeIterator<Item = (&'a [u8], &'a Value)>) {
        self.json.push('{');
        self.several(entries, |writer, (name, value)| {
            writer.string(name);
            writer.json.push_str(": ");
            writer.value(value);
        });
        self.json.push('}');
    }

    fn several<T>(
        &mut self,
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let items = items.into_iter();
        if items.len() == 0 {
            return;
        }
        self.indent = self.indent.map(|steps| steps + 1);
        for (at, item) in items.enumerate() {
            match (at, self.indent) {
                (0, None) => {}
                (_, None) => self.json.push_str(", "),
                (0, Some(_)) => self.line(),
                (_, Some(_)) => {
                    self.json.push(',');
                    self.line();
                }
            }
            write(self, item);
        }
        if self.indent.is_some() {
            self.indent = self.indent.map(|steps| steps - 1);
            self.line();
        }
    }

    fn line(&mut self) {
        self.json.push('\n');
        for _ in 0..self.indent.unwrap_or(0) {
            self.json.push_str("  ");
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.json.push('"');
        for chunk in text.utf8_chunks() {
            for letter in chunk.valid().chars() {
                self.letter(letter);
            }
            for byte in chunk.invalid() {
                let _ = write!(self.json, "\\udc{byte:02x}");
            }
        }
        self.json.push('"');
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '"' => self.json.push_str("\\\""),
            '\\' => self.json.push_str("\\\\"),
            '\n' => self.json.push_str("\\n"),
            '\r' => self.json.push_str("\\r"),
            '\t' => self.json.push_str("\\t"),
            letter if text::is_hostile(letter) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(self.json, "\\u{unit:04x}");
                }
            }
            letter => self.json.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, want: &str) {
        assert_eq!(compact(value), want);
    }

    #[test]
    fn numbers_are_exact() {
        check(&Value::Unsigned(u128::MAX), "340282366920938463463374607431768211455");
        check(&Value::Signed(i64::MIN), "-9223372036854775808");
        check(&Value::Float(1.0), "1.0");
        check(&Value::Float(0.1), "0.1");
        check(&Value::Float(-0.0), "-0.0");
        check(&Value::Float(1_571_467_483.35), "1571467483.35");
        check(&Value::Float(1e300), "1e300");
        check(&Value::Float(5e-324), "5e-324");
        check(&Value::Float(f64::NAN), "null");
        check(&Value::Null, "null");
    }

    #[test]
    fn text_comes_back() {
        let check = |text: &str| {
            let json = compact(&Value::Text(text.into()));
            assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text, "{json}");
            assert!(!json.chars().any(text::is_hostile), "{json:?}");
        };
        check("plain");
        check("\"\\/");
        check("\0\x01\x08\t\n\r\x0c\x1b[0m\x7f\u{9b}");
        check("ÄÖ 日本 \u{202e} \u{10ffff} \u{e0041}");
        check("");
    }

    #[test]
    fn bytes_are_the_surrogates_of_python() {
        let mut writer = Writer { json: String::new(), indent: None };
        writer.string(b"a\xff\xed\xa0\x80\xc3");
        assert_eq!(writer.json, r#""a\udcff\udced\udca0\udc80\udcc3""#);
    }

    #[test]
    fn order_is_kept() {
        let value = Value::Record(vec![
            ("z", Value::List(vec![Value::Bool(true), Value::Null])),
            (
                "a",
                Value::Map(vec![("k".into(), Value::Name("v")), ("b".into(), Value::List(vec![]))]),
            ),
        ]);
        check(&value, r#"{"z": [true, null], "a": {"k": "v", "b": []}}"#);
        let want = "{\n  \"z\": [\n    true,\n    null\n  ],\n  \"a\": {\n    \"k\": \"v\",\n    \"b\": []\n  }\n}";
        assert_eq!(pretty(&value), want);
    }
}
