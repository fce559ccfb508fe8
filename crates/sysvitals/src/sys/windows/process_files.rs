//! What a process has open.

use super::Host;
use crate::sys::ProcessFiles;

impl ProcessFiles for Host {}
