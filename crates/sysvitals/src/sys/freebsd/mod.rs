//! Nothing yet: every question is answered with `Unsupported`.

pub(crate) use super::posix::SIGNALS;
pub(crate) use super::unsupported::Host;
use crate::Platform;

pub(crate) const PLATFORM: Platform = Platform::FreeBsd;
