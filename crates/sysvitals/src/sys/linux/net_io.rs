//! What interfaces sent and received.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use sysvitals_parse::linux::net_dev::{self, NetDev, Traffic};

use super::Host;
use crate::sys::Machine as _;
use crate::{NetIoCounters, Result};

pub(super) fn counters_pernic(host: &Host) -> Result<BTreeMap<OsString, NetIoCounters>> {
    if let Some(held) = host.shared.held.as_ref().filter(|_| host.is_live()) {
        // Nobody waits: a child may have been forked while another thread of its parent was in here.
        let links = held.links.try_lock().ok();
        if let Some(counters) = links.and_then(|mut links| links.ask(&host.roots().proc)) {
            return Ok(counters);
        }
    }
    host.proc("net/dev", |bytes| net_dev::parse(bytes).map(|line| line.map(named)).collect())
}

fn named(NetDev { name, receive, transmit }: NetDev<'_>) -> (OsString, NetIoCounters) {
    (OsStr::from_bytes(name).to_owned(), counters(receive, transmit))
}

pub(super) fn counters(receive: Traffic, transmit: Traffic) -> NetIoCounters {
    NetIoCounters {
        bytes_sent: transmit.bytes.into(),
        bytes_recv: receive.bytes.into(),
        packets_sent: transmit.packets.into(),
        packets_recv: receive.packets.into(),
        errin: receive.errs.into(),
        errout: transmit.errs.into(),
        dropin: receive.drop.into(),
        dropout: transmit.drop.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, System};

    #[test]
    fn every_counter_has_its_place() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir_all(dir.path().join("proc/net"))?;
        let file = dir.path().join("proc/net/dev");
        let system = System::at(dir.path());
        assert!(matches!(system.net_io_counters(), Err(Error::Io { .. })));

        std::fs::write(&file, "Inter-|\n face |\n")?;
        assert_eq!(system.net_io_counters().unwrap(), None);

        std::fs::write(&file, "\n\n  eth0:1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n")?;
        let want = NetIoCounters {
            bytes_recv: 1,
            packets_recv: 2,
            errin: 3,
            dropin: 4,
            bytes_sent: 5,
            packets_sent: 6,
            errout: 7,
            dropout: 8,
        };
        assert_eq!(system.net_io_counters().unwrap(), Some(want));

        std::fs::write(&file, "\n\nlo: 1 2 3\n")?;
        assert!(matches!(system.net_io_counters(), Err(Error::Parse { .. })));
        Ok(())
    }
}
