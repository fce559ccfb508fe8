//! JSON as Python writes it: integers of any length, and bytes that are not UTF-8 as lone
//! surrogates (`\udcff` is byte 0xff), which `serde_json` does not read.

use std::collections::BTreeMap;
use std::fmt;

/// What a recorded answer is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Vec<u8>),
    List(Vec<Json>),
    Map(BTreeMap<Vec<u8>, Json>),
}

impl Json {
    /// The whole text, or where it is not JSON.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        let json = reader.value()?;
        reader.blanks();
        if reader.at == text.len() { Ok(json) } else { reader.fail("the end") }
    }

    /// A member of a map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.map().and_then(|map| map.get(name.as_bytes()))
    }

    pub(crate) fn map(&self) -> Option<&BTreeMap<Vec<u8>, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { std::str::from_utf8(text).ok() } else { None }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }
}

/// For reports.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(f, "null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => write!(f, "\"{}\"", text.escape_ascii()),
            Self::List(list) => {
                write!(f, "[")?;
                for (at, each) in list.iter().enumerate() {
                    write!(f, "{}{each}", if at == 0 { "" } else { ", " })?;
                }
                write!(f, "]")
            }
            Self::Map(map) => {
                write!(f, "{{")?;
                for (at, (name, each)) in map.iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{}: {each}", name.escape_ascii())?;
                }
                write!(f, "}}")
            }
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, wanted: &str) -> Result<T, String> {
        Err(format!("{wanted} expected at byte {}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self) -> Result<Json, String> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.map(),
            Some(b'[') => self.list(),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Json::Null),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ => self.fail("a value"),
        }
    }

    /// Whether another element follows the one that was read.
    fn more(&mut self, end: &str) -> Result<bool, String> {
        self.blanks();
        if self.take(",") {
            return Ok(true);
        }
        if self.take(end) { Ok(false) } else { self.fail(end) }
    }

    fn list(&mut self) -> Result<Json, String> {
        self.at += 1;
        let mut list = Vec::new();
        self.blanks();
        if self.take("]") {
            return Ok(Json::List(list));
        }
        loop {
            list.push(self.value()?);
            if !self.more("]")? {
                return Ok(Json::List(list));
            }
        }
    }

    fn map(&mut self) -> Result<Json, String> {
        self.at += 1;
        let mut map = BTreeMap::new();
        self.blanks();
        if self.take("}") {
            return Ok(Json::Map(map));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            if !self.take(":") {
                return self.fail("a colon");
            }
            let value = self.value()?;
            map.insert(name, value);
            if !self.more("}")? {
                return Ok(Json::Map(map));
            }
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
            self.at += 1;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        if let Ok(integer) = text.parse() {
            return Ok(Json::Integer(integer));
        }
        text.parse().map(Json::Float).or_else(|_| self.fail("a number"))
    }

    fn string(&mut self) -> Result<Vec<u8>, String> {
        if !self.take("\"") {
            return self.fail("a string");
        }
        let mut bytes = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return self.fail("the end of a string") };
            self.at += 1;
            match byte {
                b'"' => return Ok(bytes),
                b'\\' => self.escape(&mut bytes)?,
                _ => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let Some(byte) = self.peek() else { return self.fail("an escape") };
        self.at += 1;
        bytes.push(match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => return self.unicode(bytes),
            b'"' | b'\\' | b'/' => byte,
            _ => return self.fail("an escape"),
        });
        Ok(())
    }

    fn unicode(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let mut code = self.unit()?;
        // A pair of surrogates is one character.
        if (0xd800..0xdc00).contains(&code) && self.take("\\u") {
            code = 0x1_0000 + ((code - 0xd800) << 10) + (self.unit()?.wrapping_sub(0xdc00) & 0x3ff);
        }
        match (char::from_u32(code), u8::try_from(code & 0xff)) {
            (Some(letter), _) => {
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            (None, Ok(byte)) if (0xdc80..0xdd00).contains(&code) => bytes.push(byte),
            _ => return self.fail("a character"),
        }
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        self.at += 4;
        let text = std::str::from_utf8(digits).unwrap_or_default();
        u32::from_str_radix(text, 16).or_else(|_| self.fail("four digits"))
    }
}

#[test]
fn json_of_python_is_read() {
    let check = |text: &str, want: Json| assert_eq!(Json::parse(text.as_bytes()), Ok(want));
    check("-2", Json::Integer(-2));
    check("75557863725914323415040", Json::Integer(75_557_863_725_914_323_415_040));
    check("1e3", Json::Float(1000.0));
    check(
        r#""\udcff\u00e9\ud83d\ude00\n""#,
        Json::Text(b"\xff\xc3\xa9\xf0\x9f\x98\x80\n".to_vec()),
    );
    check(r#"[null, {"a": [true]}]"#, {
        let map = BTreeMap::from([(b"a".to_vec(), Json::List(vec![Json::Bool(true)]))]);
        Json::List(vec![Json::Null, Json::Map(map)])
    });
    for wrong in ["", "[1,", "{\"a\"}", "\"\\ud800\"", "1 2", "nul"] {
        assert!(Json::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
}
