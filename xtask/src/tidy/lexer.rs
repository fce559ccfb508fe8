//! Rust source as tokens, as far as the rules need it.
//!
//! Not a parser: it knows what is a comment, what is a string and what is a name, so that no rule
//! takes one for another. Anything it does not know is a token of one character, and any text,
//! Rust or not, gives tokens.

/// One token, and the line it starts on (the first is 1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) line: usize,
    pub(super) kind: Kind<'a>,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind<'a> {
    /// A name or a keyword; `r#` is dropped.
    Name(&'a str),
    /// A string of any sort: what stands between its quotes, escapes and all.
    Text(&'a str),
    /// A comment, documentation included, without its slashes.
    Comment(&'a str),
    /// `'a`, `'x'` and numbers: no rule wants them, but they must not be taken for others.
    Other,
    /// Any other character.
    Mark(char),
}

/// All tokens of `source`.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { rest: source, line: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let line = lexer.line;
        let Some(kind) = lexer.next() else { break };
        tokens.push(Token { line, kind });
    }
    tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// Takes the next `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Takes all characters that are `wanted`.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    /// Takes up to `end` and `end` itself, or all there is; gives what is before `end`.
    fn take_until(&mut self, end: &str) -> &'a str {
        let length = self.rest.find(end).unwrap_or(self.rest.len());
        let taken = self.take(length);
        self.take(end.len().min(self.rest.len()));
        taken
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn next(&mut self) -> Option<Kind<'a>> {
        let first = self.rest.chars().next()?;
        if self.rest.starts_with("//") {
            let line = self.take_while(|c| c != '\n');
            return Some(Kind::Comment(line.trim_start_matches('/')));
        }
        if self.rest.starts_with("/*") {
            return Some(Kind::Comment(self.block_comment()));
        }
        if let Some(text) = self.string() {
            return Some(Kind::Text(text));
        }
        if first == '\'' || self.rest.starts_with("b'") {
            self.quote();
            return Some(Kind::Other);
        }
        if first.is_alphabetic() || first == '_' {
            let raw = self.rest.starts_with("r#");
            self.take(if raw { 2 } else { 0 });
            return Some(Kind::Name(self.take_while(is_name)));
        }
        if first.is_ascii_digit() {
            self.take_while(is_name);
            return Some(Kind::Other);
        }
        self.take(first.len_utf8());
        Some(Kind::Mark(first))
    }

    /// A block comment; they nest.
    fn block_comment(&mut self) -> &'a str {
        let start = self.rest;
        let mut depth = 0_usize;
        loop {
            let step = match self.rest.as_bytes() {
                [b'/', b'*', ..] => {
                    depth += 1;
                    2
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    2
                }
                [] => break,
                _ => self.rest.chars().next().map_or(1, char::len_utf8),
            };
            self.take(step);
            if depth == 0 {
                break;
            }
        }
        let comment = start.get(2..start.len() - self.rest.len()).unwrap_or_default();
        comment.strip_suffix("*/").unwrap_or(comment)
    }

    /// A string with any prefix, if one is next.
    fn string(&mut self) -> Option<&'a str> {
        let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
            let after = self.rest.strip_prefix(prefix).unwrap_or_default();
            let after = if prefix.ends_with('r') { after.trim_start_matches('#') } else { after };
            after.starts_with('"')
        })?;
        self.take(prefix.len());
        if prefix.ends_with('r') {
            let hashes = self.take_while(|c| c == '#').len();
            self.take(1);
            return Some(self.take_until(&format!("\"{}", "#".repeat(hashes))));
        }
        self.take(1);
        let mut escaped = false;
        let end = self.rest.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let text = self.take(end.unwrap_or(self.rest.len()));
        self.take(1.min(self.rest.len()));
        Some(text)
    }

    /// A character or a lifetime: `'a` is the latter unless another quote follows at once.
    fn quote(&mut self) {
        self.take(self.rest.find('\'').map_or(0, |at| at + 1));
        let mut next = self.rest.chars();
        match (next.next(), next.next()) {
            (Some('\\'), Some(escaped)) => {
                self.take(1 + escaped.len_utf8());
                self.take_until("'");
            }
            (Some(one), Some('\'')) => {
                self.take(one.len_utf8() + 1);
            }
            _ => {
                self.take_while(is_name);
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, want: &str) {
        let show = |token: &Token<'_>| match token.kind {
            Kind::Name(name) => name.to_owned(),
            Kind::Text(text) => format!("<{text}>"),
            Kind::Comment(text) => format!("({})", text.trim()),
            Kind::Other => "_".to_owned(),
            Kind::Mark(mark) => mark.to_string(),
        };
        let got: Vec<_> = tokens(source).iter().map(show).collect();
        assert_eq!(got.join(" "), want);
    }

    #[test]
    fn strings_end_where_rust_says() {
        check(r#" "a\"b" x "#, r#"<a\"b> x"#);
        check(r#" "\\" x "#, r"<\\> x");
        check("r#\"a\"b\"# x", "<a\"b> x");
        check(r##" br#"/proc"# b"y" c"z" r"\" x "##, r"</proc> <y> <z> <\> x");
        check("\"never closed", "<never closed>");
        check("r#\"never closed\"", "<never closed\">");
    }

    #[test]
    fn comments_nest_and_strings_in_them_are_none() {
        check("a /* b /* \"c */ d */ e // f \"g\n h", "a (b /* \"c */ d) e (f \"g) h");
        check("/// doc\n//! inner\nx", "(doc) (! inner) x");
        check("/* never closed", "(never closed)");
        check("\"// no comment\" x", "<// no comment> x");
    }

    #[test]
    fn lifetimes_are_not_characters() {
        check("&'a str", "& _ str");
        check("'x' 'é' '\\'' '\\u{1f600}' '\"' b'\"' y", "_ _ _ _ _ _ y");
        check("fn f<'a>(x: &'a u8) -> '", "fn f < _ > ( x : & _ u8 ) - > _");
    }

    #[test]
    fn names_and_numbers() {
        check("r#type 0xff_u8 1.5 unsafe_code", "type _ _ . _ unsafe_code");
        check("b br c r", "b br c r");
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let source = "\"a\nb\" /* \n */ r\"\n\"\nx";
        let lines: Vec<_> = tokens(source).iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 5]);
    }

    #[test]
    fn no_prefix_panics() {
        let source = "fn é<'a>() { r#\"x\"#; b'\\n'; '\\u{1}'; /* /* */ */ \"\\\"\"; br##\"\"##; }";
        for (end, _) in source.char_indices() {
            let _ = tokens(&source[..end]);
        }
    }
}
