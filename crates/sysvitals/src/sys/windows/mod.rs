//! Nothing yet: every question is answered with `Unsupported`.

pub(crate) use super::unsupported::Host;
use crate::Platform;

/// `SIGTERM` ends the process; the others are console events (GenerateConsoleCtrlEvent).
pub(crate) const SIGNALS: &[(&str, i32)] =
    &[("CTRL_C_EVENT", 0), ("CTRL_BREAK_EVENT", 1), ("SIGTERM", 15)];

pub(crate) const PLATFORM: Platform = Platform::Windows;
