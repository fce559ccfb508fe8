//! What the terminal can do.

use std::fmt;

/// A terminal that the output goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) width: usize,
    pub(crate) colour: bool,
}

impl Terminal {
    /// That of the standard output. `NO_COLOR` and a dumb terminal ask for none (no-color.org).
    pub(crate) fn of_this_process() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let width = console::Term::stdout().size_checked().map(|(_, width)| usize::from(width));
        Self {
            width: width.filter(|&width| width > 0).unwrap_or(80),
            colour: set("NO_COLOR").is_none() && !dumb,
        }
    }
}

/// Colours, where they are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Paint {
    colour: bool,
}

impl Paint {
    pub(crate) fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// Headings.
    pub(crate) fn bold(self, text: impl fmt::Display) -> String {
        self.with("1", text)
    }

    /// What matters less.
    pub(crate) fn dim(self, text: impl fmt::Display) -> String {
        self.with("2", text)
    }

    /// Green while there is plenty left of what `percent` of is used, then yellow, then red.
    pub(crate) fn by_use(self, percent: f64, text: impl fmt::Display) -> String {
        let colour = match percent {
            percent if percent >= 90.0 => "31",
            percent if percent >= 70.0 => "33",
            _ => "32",
        };
        self.with(colour, text)
    }

    fn with(self, code: &str, text: impl fmt::Display) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}
