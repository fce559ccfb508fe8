use std::fmt;

/// What a parser was after, and what it found instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    field: &'static str,
    found: Box<[u8]>,
}

impl ParseError {
    /// Longest piece of the input that an error quotes.
    const QUOTED: usize = 64;

    /// An error that was after `field` and found `found` (of which the start is kept).
    #[must_use]
    pub fn new(field: &'static str, found: &[u8]) -> Self {
        Self { field, found: found.get(..Self::QUOTED).unwrap_or(found).into() }
    }

    /// Name of the field that could not be read.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The start of the bytes that stood in its place; empty where the input ended.
    #[must_use]
    pub fn found(&self) -> &[u8] {
        &self.found
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.found.is_empty() {
            write!(f, "`{}` is missing", self.field)
        } else {
            write!(f, "`{}` cannot be read from \"{}\"", self.field, self.found.escape_ascii())
        }
    }
}

impl std::error::Error for ParseError {}
