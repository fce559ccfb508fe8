use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{Host, net_io};
use crate::sys::Net;
use crate::{NetIoCounters, Result};

impl Net for Host {
    fn net_io_counters_pernic(&self) -> Result<BTreeMap<OsString, NetIoCounters>> {
        net_io::counters_pernic(self)
    }
}
