//! What a process does.

use super::Host;
use crate::sys::Activity;

impl Activity for Host {}
