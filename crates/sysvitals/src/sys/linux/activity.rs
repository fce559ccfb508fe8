use super::Host;
use crate::sys::Activity;

impl Activity for Host {}
