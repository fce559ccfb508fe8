//! Network interfaces: getifaddrs(3) and the requests of netdevice(7).

use std::ffi::CStr;
use std::io;
use std::mem::offset_of;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

/// The addresses of all interfaces, as getifaddrs(3) gives them.
pub(crate) struct Addresses {
    first: *mut libc::ifaddrs,
}

pub(crate) fn getifaddrs() -> io::Result<Addresses> {
    let mut first = ptr::null_mut();
    // SAFETY: getifaddrs(3) stores the start of a list there, which is ours until `freeifaddrs`.
    let result = unsafe { libc::getifaddrs(&raw mut first) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(Addresses { first }) }
}

impl Drop for Addresses {
    fn drop(&mut self) {
        // SAFETY: freeifaddrs(3) takes what getifaddrs(3) gave, once; nothing borrowed is left.
        unsafe { libc::freeifaddrs(self.first) }
    }
}

impl Addresses {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Address<'_>> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            // SAFETY: `ifa_next` is null or the next entry of the list, which `self` keeps unchanged.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ifa_next;
            Some(Address { entry })
        })
    }
}

/// An entry of the list.
pub(crate) struct Address<'a> {
    entry: &'a libc::ifaddrs,
}

impl<'a> Address<'a> {
    pub(crate) fn name(&self) -> &'a CStr {
        // SAFETY: getifaddrs(3): `ifa_name` points to the name, ended by a NUL, in the same list.
        unsafe { CStr::from_ptr(self.entry.ifa_name) }
    }

    /// Flags as netdevice(7) numbers them.
    pub(crate) fn flags(&self) -> u32 {
        self.entry.ifa_flags
    }

    /// The bytes of its address.
    pub(crate) fn address(&self) -> Option<&'a [u8]> {
        self.bytes(self.entry.ifa_addr)
    }

    /// The bytes of its netmask.
    pub(crate) fn netmask(&self) -> Option<&'a [u8]> {
        self.bytes(self.entry.ifa_netmask)
    }

    /// The bytes of its broadcast address or of the other end, as its flags tell.
    pub(crate) fn broadcast_or_ptp(&self) -> Option<&'a [u8]> {
        self.bytes(self.entry.ifa_ifu)
    }

    /// The bytes of one of the addresses in this entry; none of a family that is not shown.
    fn bytes(&self, address: *const libc::sockaddr) -> Option<&'a [u8]> {
        // SAFETY: getifaddrs(3): null or a `sockaddr`, as long-lived as the list.
        let family = unsafe { address.as_ref() }?.sa_family;
        let length = match i32::from(family) {
            libc::AF_INET => size_of::<libc::sockaddr_in>(),
            libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
            libc::AF_PACKET => {
                // SAFETY: packet(7): an address of this family is a `sockaddr_ll`.
                let length = unsafe { (*address.cast::<libc::sockaddr_ll>()).sll_halen };
                // These may be more than the 8 bytes of its declaration (InfiniBand has 20).
                offset_of!(libc::sockaddr_ll, sll_addr) + usize::from(length)
            }
            _ => return None,
        };
        // SAFETY: sockaddr(3type): an address of this family is that long, and as long-lived as the
        // list.
        Some(unsafe { std::slice::from_raw_parts(address.cast::<u8>(), length) })
    }
}

/// Name of an interface, filled up with NUL.
pub(crate) type Name = [u8; libc::IFNAMSIZ];

/// The largest packet that the interface sends, in bytes.
pub(crate) fn mtu(socket: BorrowedFd<'_>, name: &Name) -> io::Result<i32> {
    let union = Union { ifru_slave: [0; libc::IFNAMSIZ] };
    let union = request(socket, libc::SIOCGIFMTU as libc::Ioctl, name, union)?;
    // SAFETY: netdevice(7): `SIOCGIFMTU` answers in this member; it was initialised before, too.
    Ok(unsafe { union.ifru_mtu })
}

/// Its flags, as netdevice(7) numbers them.
pub(crate) fn flags(socket: BorrowedFd<'_>, name: &Name) -> io::Result<u16> {
    let union = Union { ifru_slave: [0; libc::IFNAMSIZ] };
    let union = request(socket, libc::SIOCGIFFLAGS as libc::Ioctl, name, union)?;
    // SAFETY: netdevice(7): `SIOCGIFFLAGS` answers in this member; it was initialised before, too.
    let flags = unsafe { union.ifru_flags };
    Ok(u16::from_ne_bytes(flags.to_ne_bytes()))
}

/// What `ETHTOOL_GSET` tells (`struct ethtool_cmd` of `linux/ethtool.h`).
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EthtoolCmd {
    cmd: u32,
    supported: u32,
    advertising: u32,
    pub(crate) speed: u16,
    pub(crate) duplex: u8,
    port: u8,
    phy_address: u8,
    transceiver: u8,
    autoneg: u8,
    mdio_support: u8,
    maxtxpkt: u32,
    maxrxpkt: u32,
    pub(crate) speed_hi: u16,
    eth_tp_mdix: u8,
    eth_tp_mdix_ctrl: u8,
    lp_advertising: u32,
    reserved: [u32; 2],
}

const _: () = assert!(size_of::<EthtoolCmd>() == 44);

/// How the interface is linked, as its driver says.
pub(crate) fn link(socket: BorrowedFd<'_>, name: &Name) -> io::Result<EthtoolCmd> {
    const ETHTOOL_GSET: u32 = 1;
    let mut answer = EthtoolCmd { cmd: ETHTOOL_GSET, ..EthtoolCmd::default() };
    let union = Union { ifru_data: (&raw mut answer).cast() };
    request(socket, libc::SIOCETHTOOL as libc::Ioctl, name, union)?;
    Ok(answer)
}

/// What is asked and answered in `struct ifreq`, next to the name.
type Union = libc::__c_anonymous_ifr_ifru;

fn request(
    socket: BorrowedFd<'_>,
    number: libc::Ioctl,
    name: &Name,
    union: Union,
) -> io::Result<Union> {
    let name = name.map(|byte| byte as libc::c_char);
    let mut request = libc::ifreq { ifr_name: name, ifr_ifru: union };
    // SAFETY: netdevice(7): reads and writes one `ifreq`; what `SIOCETHTOOL` finds at `ifru_data` is
    // an `ethtool_cmd`, which `ETHTOOL_GSET` writes.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), number, &raw mut request) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(request.ifr_ifru) }
}
