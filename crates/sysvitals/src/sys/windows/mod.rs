//! Windows: the native interface of ntdll where it tells more at once, Win32 for the rest.

mod activity;
mod buffer;
mod control;
mod cpu;
mod description;
mod disk;
mod drives;
#[expect(unsafe_code, reason = "every question to Windows is a foreign call")]
mod ffi;
mod filetime;
mod held;
mod machine;
mod memory;
mod net;
mod net_connections;
mod parameters;
mod process;
mod process_files;
mod process_memory;
mod schedule;
mod sensors;
mod services;
mod table;
mod users;
mod wide_text;
mod win32_error;

use std::fmt;
use std::sync::Arc;

use sysvitals_parse::cstruct::Word;

use super::Machine as _;
use crate::{Error, Platform, Result, Roots};

/// `SIGTERM` ends the process; the others are console events (GenerateConsoleCtrlEvent).
pub(crate) const SIGNALS: &[(&str, i32)] =
    &[("CTRL_C_EVENT", 0), ("CTRL_BREAK_EVENT", 1), ("SIGTERM", 15)];

pub(crate) const PLATFORM: Platform = Platform::Windows;

/// Size of a pointer in structures that the system fills for this program.
const WORD: Word = if size_of::<usize>() == 4 { Word::Bits32 } else { Word::Bits64 };

/// The running machine.
#[derive(Clone)]
pub(crate) struct Host {
    shared: Arc<Shared>,
}

struct Shared {
    roots: Roots,
    /// Tests switch this off, to be refused what a machine of one user never refuses.
    may_open: bool,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.roots.fmt(f)
    }
}

impl Host {
    fn at(roots: Roots) -> Self {
        Self { shared: Arc::new(Shared { roots, may_open: true }) }
    }

    /// Fails for a machine that is said to be elsewhere: what Windows tells is of this one.
    fn live(&self, question: &'static str) -> Result<()> {
        if self.is_live() { Ok(()) } else { Err(Error::Unsupported(question)) }
    }
}
