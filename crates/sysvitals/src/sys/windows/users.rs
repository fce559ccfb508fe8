//! Who is logged in, and since when the machine runs.

use super::Host;
use crate::sys::Users;

impl Users for Host {}
