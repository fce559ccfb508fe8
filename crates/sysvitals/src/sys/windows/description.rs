//! Who a process is.

use super::Host;
use crate::sys::Description;

impl Description for Host {}
