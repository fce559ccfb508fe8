use super::Host;
use crate::sys::Users;

impl Users for Host {}
