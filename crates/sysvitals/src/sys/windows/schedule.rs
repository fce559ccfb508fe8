//! When a process may run.

use super::Host;
use crate::sys::Schedule;

impl Schedule for Host {}
