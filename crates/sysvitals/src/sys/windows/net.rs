//! Network interfaces and connections.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::windows::ffi::OsStringExt as _;

use sysvitals_parse::windows::adapter_addresses::{self, Adapter, Unicast};
use sysvitals_parse::windows::block::Block;
use sysvitals_parse::windows::if_table2::{self, Interface};
use windows_sys::Win32::Foundation::ERROR_NO_DATA;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST,
};
use windows_sys::Win32::Networking::WinSock::AF_UNSPEC;

use super::ffi::iphlpapi;
use super::win32_error::is_one_of;
use super::{Host, WORD, buffer, net_connections};
use crate::sys::Net;
use crate::{
    AddressFamily, Connection, ConnectionKind, Error, LinkAddress, NetIoCounters, NicAddress,
    NicAddressValue, NicDuplex, NicStats, Result,
};

/// What is not asked for is not searched for.
const FLAGS: u32 = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;

/// `IfOperStatusUp` and `NET_IF_ADMIN_STATUS_UP`.
const UP: u32 = 1;

/// The interfaces that people see, with their names and addresses.
fn adapters() -> Result<Vec<Adapter>> {
    const CALL: &str = "GetAdaptersAddresses";
    // Microsoft's advice for the first try is 15 KB.
    let list = buffer::grow(CALL, 15_000, |bytes, length| {
        iphlpapi::adapters_addresses(AF_UNSPEC.into(), FLAGS, bytes, length)
    });
    let list = match list {
        Ok((list, ())) => list,
        Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_NO_DATA]) => {
            return Ok(Vec::new());
        }
        Err(err) => return Err(err),
    };
    let block = Block::new(list.bytes(), list.address(), WORD);
    adapter_addresses::parse(block).map_err(|err| Error::parse(CALL, err))
}

/// Every interface that the system knows, filters of drivers too, with its counters.
fn interfaces() -> Result<Vec<Interface>> {
    const CALL: &str = "GetIfTable2";
    let table = iphlpapi::if_table2().map_err(|err| Error::io(CALL, err))?;
    if_table2::parse(table.bytes()).map_err(|err| Error::parse(CALL, err))
}

/// What is told of each adapter; one that has gone since it was listed is left out.
fn each<T>(
    adapters: &[Adapter],
    interfaces: &[Interface],
    tell: impl Fn(&Interface) -> T,
) -> BTreeMap<OsString, T> {
    let named = |adapter: &Adapter| {
        let interface = interfaces.iter().find(|interface| interface.luid == adapter.luid)?;
        Some((OsString::from_wide(&adapter.friendly_name), tell(interface)))
    };
    adapters.iter().filter_map(named).collect()
}

fn counters(interface: &Interface) -> NetIoCounters {
    let packets = |[to_one, to_many]: [u64; 2]| u128::from(to_one) + u128::from(to_many);
    NetIoCounters {
        bytes_sent: interface.out_octets.into(),
        bytes_recv: interface.in_octets.into(),
        packets_sent: packets(interface.out_packets),
        packets_recv: packets(interface.in_packets),
        errin: interface.in_errors.into(),
        errout: interface.out_errors.into(),
        dropin: interface.in_discards.into(),
        dropout: interface.out_discards.into(),
    }
}

fn stats(interface: &Interface) -> NicStats {
    let speed = match interface.transmit_link_speed {
        u64::MAX => 0,
        speed => u32::try_from(speed / 1_000_000).unwrap_or(u32::MAX),
    };
    NicStats {
        isup: interface.oper_status == UP && interface.admin_status == UP,
        // No table tells; psutil takes it for granted.
        duplex: NicDuplex::Full,
        speed,
        mtu: interface.mtu,
        flags: String::new(),
    }
}

/// The addresses of an adapter: hardware, then IPv4, then IPv6.
fn addresses(adapter: &Adapter) -> Vec<NicAddress> {
    let hardware = (!adapter.physical_address.is_empty()).then(|| NicAddress {
        family: AddressFamily::Link,
        address: NicAddressValue::Link(LinkAddress(adapter.physical_address.as_slice().into())),
        netmask: None,
        broadcast: None,
        ptp: None,
    });
    let of = |v6: bool| adapter.unicast.iter().filter(move |each| each.address.is_ipv6() == v6);
    hardware.into_iter().chain(of(false).chain(of(true)).map(address)).collect()
}

fn address(unicast: &Unicast) -> NicAddress {
    let value = |ip| NicAddressValue::Ip { ip, scope: None };
    let (family, netmask, broadcast) = match unicast.address {
        IpAddr::V4(ip) => {
            let mask = mask(unicast.prefix, 32).map(|mask| (mask >> 96) as u32);
            // A network of one or two addresses has none that reaches all of it (RFC 3021).
            let broadcast = mask.filter(|_| unicast.prefix < 31).map(|mask| ip.to_bits() | !mask);
            let ip = |bits| IpAddr::from(Ipv4Addr::from_bits(bits));
            (AddressFamily::Inet, mask.map(ip), broadcast.map(ip))
        }
        IpAddr::V6(_) => {
            let mask = mask(unicast.prefix, 128);
            (AddressFamily::Inet6, mask.map(|mask| Ipv6Addr::from_bits(mask).into()), None)
        }
    };
    NicAddress {
        family,
        address: value(unicast.address),
        netmask: netmask.map(value),
        broadcast: broadcast.map(value),
        ptp: None,
    }
}

/// The first `prefix` bits of an address of `length` bits; `None` if it has fewer, which the system
/// says where it does not know (255).
fn mask(prefix: u8, length: u8) -> Option<u128> {
    (prefix <= length).then(|| !u128::MAX.checked_shr(prefix.into()).unwrap_or(0))
}

impl Net for Host {
    fn net_io_counters_pernic(&self) -> Result<BTreeMap<OsString, NetIoCounters>> {
        self.live("net_io_counters")?;
        Ok(each(&adapters()?, &interfaces()?, counters))
    }

    fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
        self.live("net_connections")?;
        net_connections::all(kind)
    }

    fn net_if_addrs(&self) -> Result<BTreeMap<OsString, Vec<NicAddress>>> {
        self.live("net_if_addrs")?;
        let named = |adapter: &Adapter| {
            let addresses = addresses(adapter);
            let name = OsString::from_wide(&adapter.friendly_name);
            (!addresses.is_empty()).then_some((name, addresses))
        };
        Ok(adapters()?.iter().filter_map(named).collect())
    }

    fn net_if_stats(&self) -> Result<BTreeMap<OsString, NicStats>> {
        self.live("net_if_stats")?;
        Ok(each(&adapters()?, &interfaces()?, stats))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_made_of_prefixes() {
        let check = |text: &str, prefix, netmask: Option<&str>, broadcast: Option<&str>| {
            let row = address(&Unicast { address: text.parse().expect("an address"), prefix });
            let shown = |value: Option<NicAddressValue>| value.map(|value| value.to_string());
            assert_eq!(shown(row.netmask).as_deref(), netmask, "{text}/{prefix}");
            assert_eq!(shown(row.broadcast).as_deref(), broadcast, "{text}/{prefix}");
        };
        check("192.0.2.7", 24, Some("255.255.255.0"), Some("192.0.2.255"));
        check("127.0.0.1", 8, Some("255.0.0.0"), Some("127.255.255.255"));
        check("10.0.0.1", 0, Some("0.0.0.0"), Some("255.255.255.255"));
        check("10.0.0.1", 31, Some("255.255.255.254"), None);
        check("10.0.0.1", 32, Some("255.255.255.255"), None);
        check("10.0.0.1", 255, None, None);
        check("fe80::1", 64, Some("ffff:ffff:ffff:ffff::"), None);
        check("::1", 128, Some("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), None);
        check("::1", 0, Some("::"), None);
        check("::1", 255, None, None);
    }

    #[test]
    fn unknown_speed_is_zero_and_no_speed_is_too_high() {
        let speed = |transmit_link_speed| {
            stats(&Interface { transmit_link_speed, ..Interface::default() }).speed
        };
        assert_eq!(speed(u64::MAX), 0);
        assert_eq!(speed(1_000_000_000), 1000);
        assert_eq!(speed(100_000_000_000), 100_000);
    }

    #[test]
    fn filters_and_what_has_gone_are_left_out() {
        let adapter = |luid| Adapter {
            friendly_name: format!("Ethernet {luid}").encode_utf16().collect(),
            luid,
            ..Adapter::default()
        };
        let interface = |luid| Interface { luid, in_packets: [luid, 1], ..Interface::default() };
        let table = each(&[adapter(3), adapter(2)], &[interface(1), interface(2)], counters);
        assert_eq!(table.len(), 1);
        assert_eq!(table[&OsString::from("Ethernet 2")].packets_recv, 3);
    }
}
