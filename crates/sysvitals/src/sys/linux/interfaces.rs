//! Network interfaces: their addresses and their state.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::net::{AddressFamily as Domain, SocketFlags, SocketType};
use sysvitals_parse::linux::net_dev;
use sysvitals_parse::linux::sockaddr::{self, Sockaddr};
use sysvitals_parse::{ParseError, cursor};

use super::Host;
use super::directory::Directory;
use super::ffi::interfaces as ffi;
use crate::sys::Machine as _;
use crate::{
    AddressFamily, Error, LinkAddress, NicAddress, NicAddressValue, NicDuplex, NicStats, Result,
};

/// Flags of netdevice(7), as psutil names and orders them (`psutil/arch/linux/net.c`, 7.2.2).
const FLAGS: [(u16, &str); 16] = [
    (IFF_UP, "up"),
    (IFF_BROADCAST, "broadcast"),
    (0x4, "debug"),
    (0x8, "loopback"),
    (IFF_POINTOPOINT, "pointopoint"),
    (0x20, "notrailers"),
    (IFF_RUNNING, "running"),
    (0x80, "noarp"),
    (0x100, "promisc"),
    (0x200, "allmulti"),
    (0x400, "master"),
    (0x800, "slave"),
    (0x1000, "multicast"),
    (0x2000, "portsel"),
    (0x4000, "automedia"),
    (0x8000, "dynamic"),
];

const IFF_UP: u16 = 0x1;
const IFF_BROADCAST: u16 = 0x2;
const IFF_POINTOPOINT: u16 = 0x10;
const IFF_RUNNING: u16 = 0x40;

/// The addresses of each interface; those without any do not appear.
///
/// No file tells IPv4 addresses by interface, and an answer without them would say that there are
/// none: so of a recorded machine nothing is said.
pub(super) fn addresses(host: &Host) -> Result<BTreeMap<OsString, Vec<NicAddress>>> {
    if !host.is_live() {
        return Err(Error::Unsupported("addresses of another machine's interfaces"));
    }
    let list = ffi::getifaddrs().map_err(|err| Error::io("getifaddrs", err))?;
    let mut addresses: BTreeMap<OsString, Vec<NicAddress>> = BTreeMap::new();
    for entry in list.iter() {
        let name = OsStr::from_bytes(entry.name().to_bytes());
        let decode =
            |bytes: Option<&[u8]>| sockaddr::parse(bytes?).ok().and_then(|a| value(a, name));
        let Some((family, address)) = decode(entry.address()) else { continue };
        let other = || decode(entry.broadcast_or_ptp()).map(|(_, value)| value);
        let has = |flag: u16| entry.flags() & u32::from(flag) != 0;
        addresses.entry(name.to_owned()).or_default().push(NicAddress {
            family,
            address,
            netmask: decode(entry.netmask()).map(|(_, value)| value),
            broadcast: if has(IFF_BROADCAST) { other() } else { None },
            ptp: if has(IFF_POINTOPOINT) && !has(IFF_BROADCAST) { other() } else { None },
        });
    }
    for rows in addresses.values_mut() {
        rows.sort_by_key(|row| row.family);
    }
    Ok(addresses)
}

/// An address of the interface `nic`; none of hardware that has none, nor of other families.
fn value(address: Sockaddr<'_>, nic: &OsStr) -> Option<(AddressFamily, NicAddressValue)> {
    match address {
        Sockaddr::Inet(address) => {
            let ip = IpAddr::V4(address);
            Some((AddressFamily::Inet, NicAddressValue::Ip { ip, scope: None }))
        }
        Sockaddr::Inet6 { address, scope } => {
            let (ip, scope) = (IpAddr::V6(address), self::scope(address, scope, nic));
            Some((AddressFamily::Inet6, NicAddressValue::Ip { ip, scope }))
        }
        Sockaddr::Link([]) | Sockaddr::Other(_) => None,
        Sockaddr::Link(bytes) => {
            let link = LinkAddress(bytes.into());
            Some((AddressFamily::Link, NicAddressValue::Link(link)))
        }
    }
}

/// What follows the `%`: the name of the interface, as getnameinfo(3) says of link-local addresses,
/// or its index, which is as good, where the name is no text.
fn scope(address: Ipv6Addr, index: u32, nic: &OsStr) -> Option<String> {
    let name = nic.to_str().filter(|_| address.is_unicast_link_local());
    (index != 0).then(|| name.map_or_else(|| index.to_string(), str::to_owned))
}

/// The state of each interface.
pub(super) fn stats(host: &Host) -> Result<BTreeMap<OsString, NicStats>> {
    if host.is_live() { live_stats(host) } else { recorded_stats(host) }
}

fn live_stats(host: &Host) -> Result<BTreeMap<OsString, NicStats>> {
    let names = host.proc("net/dev", |bytes| {
        let names = net_dev::parse(bytes).map(|line| Ok(OsStr::from_bytes(line?.name).to_owned()));
        names.collect::<Result<Vec<_>, ParseError>>()
    })?;
    let socket =
        rustix::net::socket_with(Domain::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
            .map_err(|err| Error::io("opening a socket", err))?;
    let mut stats = BTreeMap::new();
    for name in names {
        match ask(socket.as_fd(), &name) {
            Ok(answer) => _ = stats.insert(name, answer),
            Err(err) if err.raw_os_error() == Some(libc::ENODEV) => {} // unplugged since
            Err(err) => return Err(Error::io(format!("asking interface {name:?}"), err)),
        }
    }
    Ok(stats)
}

/// Asks the kernel about one interface.
fn ask(socket: BorrowedFd<'_>, name: &OsStr) -> io::Result<NicStats> {
    let mut filled = ffi::Name::default();
    match filled.get_mut(..name.len()) {
        Some(start) if name.len() < libc::IFNAMSIZ => start.copy_from_slice(name.as_bytes()),
        _ => return Err(io::Error::from_raw_os_error(libc::ENODEV)),
    }
    let flags = ffi::flags(socket, &filled)?;
    let mtu = ffi::mtu(socket, &filled)?;
    let (duplex, speed) = match ffi::link(socket, &filled) {
        Ok(link) => (duplex(link.duplex), speed(link.speed_hi, link.speed)),
        Err(err) if tells_nothing(&err) => (NicDuplex::Unknown, 0),
        Err(err) => return Err(err),
    };
    let mtu = u32::try_from(mtu).unwrap_or(0);
    Ok(NicStats { isup: is_up(flags), duplex, speed, mtu, flags: names(flags) })
}

/// Whether this is how a driver, a kernel or a sandbox says that it knows of no duplex and speed.
fn tells_nothing(err: &io::Error) -> bool {
    use libc::{EBUSY, EINVAL, ENOSYS, ENOTTY, EOPNOTSUPP, EPERM};
    // EBUSY: psutil issue 2732. ENOTTY: gVisor.
    let errors = [EBUSY, EINVAL, ENOSYS, ENOTTY, EOPNOTSUPP, EPERM];
    err.raw_os_error().is_some_and(|err| errors.contains(&err))
}

/// `DUPLEX_*` of `linux/ethtool.h`.
fn duplex(number: u8) -> NicDuplex {
    match number {
        0 => NicDuplex::Half,
        1 => NicDuplex::Full,
        _ => NicDuplex::Unknown,
    }
}

/// Megabits a second; 0 for `SPEED_UNKNOWN`, which is -1, and what else cannot be.
fn speed(high: u16, low: u16) -> u32 {
    let speed = u32::from(high) << 16 | u32::from(low);
    if i32::try_from(speed).is_ok() { speed } else { 0 }
}

/// Switched on, and able to carry data.
fn is_up(flags: u16) -> bool {
    flags & IFF_UP != 0 && flags & IFF_RUNNING != 0
}

fn names(flags: u16) -> String {
    let names = FLAGS.iter().filter(|(flag, _)| flags & flag != 0).map(|&(_, name)| name);
    names.collect::<Vec<_>>().join(",")
}

/// Reads from sysfs what [`live_stats`] asks the kernel.
///
/// # Errors
///
/// `Unsupported` unless the recording tells all of every interface: one left out would not exist.
fn recorded_stats(host: &Host) -> Result<BTreeMap<OsString, NicStats>> {
    let path = host.sys_path("class/net");
    let Some((net, names)) = host.list_if_there(&path, "")? else {
        return Err(Error::Unsupported("interfaces of a machine without sysfs"));
    };
    let mut stats = BTreeMap::new();
    for name in names {
        let mut nic = match net.below(&*name) {
            Ok(nic) => nic,
            // Beside the interfaces stands the file `bonding_masters`.
            Err(err) if err.kind() == io::ErrorKind::NotADirectory => continue,
            Err(err) => {
                return Err(Error::io(format!("reading {}", path.join(name).display()), err));
            }
        };
        let told = recorded(&mut nic).map_err(|err| Error::parse(path.join(&name), err))?;
        let told = told.ok_or(Error::Unsupported("interfaces that were recorded in part"))?;
        stats.insert(name, told);
    }
    Ok(stats)
}

/// What an interface's directory tells (Documentation/ABI/testing/sysfs-class-net).
fn recorded(nic: &mut Directory) -> Result<Option<NicStats>, ParseError> {
    let hex = |text: &[u8]| cursor::hex(text.strip_prefix(b"0x").unwrap_or(text), "flags");
    let flags = nic.text("flags", "").map(hex).transpose()?;
    let mtu = nic.text("mtu", "").map(|text| cursor::number(text, "mtu")).transpose()?;
    let runs = match nic.text("operstate", "") {
        Some(state) => Some(matches!(state, b"up" | b"unknown")),
        None => nic.text("carrier", "").map(|carrier| carrier == b"1"),
    };
    let (Some(flags), Some(mtu), Some(runs)) = (flags, mtu, runs) else { return Ok(None) };
    let flags = recorded_flags(flags, runs);
    let duplex = match nic.text("duplex", "") {
        Some(b"full") => NicDuplex::Full,
        Some(b"half") => NicDuplex::Half,
        _ => NicDuplex::Unknown,
    };
    // -1 if unknown, as from the kernel.
    let speed = nic.number("speed", "").and_then(|speed| i32::try_from(speed).ok());
    let speed = speed.and_then(|speed| u32::try_from(speed).ok()).unwrap_or(0);
    let (isup, flags) = (is_up(flags), names(flags));
    Ok(Some(NicStats { isup, duplex, speed, mtu, flags }))
}

/// The flags that `SIOCGIFFLAGS` would tell: sysfs has them without `IFF_RUNNING`, which the kernel
/// then works out (`dev_get_flags` of `net/core/dev.c`).
fn recorded_flags(flags: u32, runs: bool) -> u16 {
    let [.., high, low] = flags.to_be_bytes();
    let flags = u16::from_be_bytes([high, low]) & !IFF_RUNNING;
    if runs && flags & IFF_UP != 0 { flags | IFF_RUNNING } else { flags }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::{Roots, System};

    #[test]
    fn link_local_addresses_name_their_interface() {
        let check = |ip: &str, index: u32, nic: &[u8], want: &str| {
            let address =
                Sockaddr::Inet6 { address: ip.parse().expect("an address"), scope: index };
            let (family, value) = value(address, OsStr::from_bytes(nic)).expect("a row");
            assert_eq!((family, value.to_string().as_str()), (AddressFamily::Inet6, want));
        };
        check("fe80::1", 3, b"eth0", "fe80::1%eth0");
        check("fe80::1", 3, b"eth\xff", "fe80::1%3");
        check("2001:db8::1", 0, b"eth0", "2001:db8::1");
        check("2001:db8::1", 3, b"eth0", "2001:db8::1%3");
        check("ffff:ffff:ffff:ffff::", 0, b"eth0", "ffff:ffff:ffff:ffff::");
    }

    #[test]
    fn rows_without_an_address_are_left_out() {
        let nic = OsStr::new("tun0");
        assert_eq!(value(Sockaddr::Link(&[]), nic), None);
        assert_eq!(value(Sockaddr::Other(45), nic), None);
        let (family, address) = value(Sockaddr::Link(&[10, 0, 0, 1]), nic).expect("a row");
        assert_eq!((family, &*address.to_string()), (AddressFamily::Link, "0a:00:00:01:00:00"));
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let want = (AddressFamily::Inet, NicAddressValue::Ip { ip, scope: None });
        assert_eq!(value(Sockaddr::Inet(Ipv4Addr::LOCALHOST), nic), Some(want));
    }

    #[test]
    fn unknown_speeds_are_zero() {
        assert_eq!(speed(0, 1000), 1000);
        assert_eq!(speed(1, 0x86a0), 100_000); // issue 2095
        assert_eq!(speed(0xffff, 0xffff), 0);
        assert_eq!(speed(0x8000, 0), 0);
        assert_eq!(
            [0, 1, 0xff].map(duplex),
            [NicDuplex::Half, NicDuplex::Full, NicDuplex::Unknown]
        );
    }

    #[test]
    fn flags_stand_in_the_order_of_psutil() {
        assert_eq!(names(0x49), "up,loopback,running");
        assert_eq!(names(0x1043), "up,broadcast,running,multicast");
        assert_eq!(names(0), "");
        assert_eq!(names(u16::MAX).split(',').count(), 16);
        assert!(is_up(0x41) && !is_up(0x1) && !is_up(0x40));
    }

    fn recording(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join("sys/class/net")).expect("a directory");
        for (file, text) in files {
            let path = dir.path().join("sys/class/net").join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        let system = System::at(dir.path());
        (dir, system)
    }

    #[test]
    fn recorded_interfaces_are_told_by_sysfs() {
        let eth0 = [("eth0/flags", "0x1003\n"), ("eth0/mtu", "1500\n"), ("eth0/operstate", "up\n")];
        let link = [("eth0/duplex", "full\n"), ("eth0/speed", "100000\n")];
        let down = [("wg0/flags", "0x90\n"), ("wg0/mtu", "1420\n"), ("wg0/operstate", "unknown\n")];
        let old = [
            ("bonding_masters", "\n"),
            ("lo/flags", "0x9"),
            ("lo/mtu", "16436"),
            ("lo/carrier", "1"),
        ];
        let (_dir, system) = recording(&[&eth0[..], &link, &down, &old].concat());

        let stats = system.net_if_stats().expect("all that is needed");
        let told: Vec<_> = stats
            .iter()
            .map(|(name, nic)| {
                (name.to_str().unwrap(), nic.isup, nic.duplex, nic.speed, nic.mtu, &*nic.flags)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("eth0", true, NicDuplex::Full, 100_000, 1500, "up,broadcast,running,multicast"),
                ("lo", true, NicDuplex::Unknown, 0, 16436, "up,loopback,running"),
                ("wg0", false, NicDuplex::Unknown, 0, 1420, "pointopoint,noarp"),
            ]
        );
    }

    #[test]
    fn what_was_not_recorded_is_not_made_up() {
        let (_dir, system) = recording(&[("eth0/mtu", "1500"), ("eth0/flags", "0x1003")]);
        assert!(matches!(system.net_if_stats(), Err(Error::Unsupported(_))));
        assert!(matches!(system.net_if_addrs(), Err(Error::Unsupported(_))));
        let (_dir, system) = recording(&[]);
        assert_eq!(system.net_if_stats().expect("no interface"), BTreeMap::new());
        assert!(matches!(System::at("/nonexistent").net_if_stats(), Err(Error::Unsupported(_))));
        let broken = [("eth0/mtu", "1500"), ("eth0/flags", "up"), ("eth0/operstate", "up")];
        let (_dir, system) = recording(&broken);
        let err = system.net_if_stats().unwrap_err();
        assert!(matches!(err, Error::Parse { path, .. } if path.ends_with("eth0")));
    }

    #[test]
    fn sysfs_and_the_kernel_agree() {
        let nowhere = tempfile::tempdir().expect("a directory");
        let recorded = Roots { proc: nowhere.path().into(), ..Roots::default() };
        let kernel = System::host().net_if_stats().expect("an answer of the kernel");
        match System::with_roots(recorded).net_if_stats() {
            // Only the kernel tells whether promiscuity was asked for by the administrator.
            Ok(sysfs) => {
                for (name, nic) in sysfs {
                    let Some(told) = kernel.get(&name) else { continue };
                    assert_eq!((nic.isup, nic.mtu), (told.isup, told.mtu), "{name:?}");
                    assert_eq!((nic.speed, nic.duplex), (told.speed, told.duplex), "{name:?}");
                }
            }
            Err(err) => println!("SKIPPED: no sysfs of network interfaces here: {err}"),
        }
    }
}
