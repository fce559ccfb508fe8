//! The network.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::{Host, interfaces, net_connections, net_io};
use crate::sys::Net;
use crate::{Connection, ConnectionKind, NetIoCounters, NicAddress, NicStats, Result};

impl Net for Host {
    fn net_io_counters_pernic(&self) -> Result<BTreeMap<OsString, NetIoCounters>> {
        net_io::counters_pernic(self)
    }

    fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
        net_connections::of_all(self, kind)
    }

    fn net_if_addrs(&self) -> Result<BTreeMap<OsString, Vec<NicAddress>>> {
        interfaces::addresses(self)
    }

    fn net_if_stats(&self) -> Result<BTreeMap<OsString, NicStats>> {
        interfaces::stats(self)
    }
}
