//! What interfaces sent and received.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use sysvitals_parse::linux::net_dev::{self, NetDev};

use super::Host;
use crate::{NetIoCounters, Result};

pub(super) fn counters_pernic(host: &Host) -> Result<BTreeMap<OsString, NetIoCounters>> {
    host.proc("net/dev", |bytes| net_dev::parse(bytes).map(|line| line.map(named)).collect())
}

fn named(NetDev { name, receive, transmit }: NetDev<'_>) -> (OsString, NetIoCounters) {
    let counters = NetIoCounters {
        bytes_sent: transmit.bytes.into(),
        bytes_recv: receive.bytes.into(),
        packets_sent: transmit.packets.into(),
        packets_recv: receive.packets.into(),
        errin: receive.errs.into(),
        errout: transmit.errs.into(),
        dropin: receive.drop.into(),
        dropout: transmit.drop.into(),
    };
    (OsStr::from_bytes(name).to_owned(), counters)
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
