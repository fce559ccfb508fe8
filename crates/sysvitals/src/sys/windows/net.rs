//! Network interfaces and connections.

use super::Host;
use crate::sys::Net;

impl Net for Host {}
