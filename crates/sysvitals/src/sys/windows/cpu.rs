//! Processors.

use super::Host;
use crate::sys::Cpu;

impl Cpu for Host {}
