//! Memory of the machine.

use super::Host;
use crate::sys::Memory;

impl Memory for Host {}
