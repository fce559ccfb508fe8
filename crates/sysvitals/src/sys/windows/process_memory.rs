//! Where the memory of a process goes.

use super::Host;
use crate::sys::ProcessMemory;

impl ProcessMemory for Host {}
