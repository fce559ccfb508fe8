use super::Host;
use crate::sys::ProcessMemory;

impl ProcessMemory for Host {}
