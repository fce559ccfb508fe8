//! Batteries.

use super::Host;
use crate::sys::Sensors;

impl Sensors for Host {}
