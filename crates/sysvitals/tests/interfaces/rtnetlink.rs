//! Changes of interfaces (rtnetlink(7)).

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const IFF_UP: u32 = 1;
/// The number of the loopback interface of every network namespace.
pub(super) const LO: u32 = 1;

pub(super) struct Rtnetlink(OwnedFd);

impl Rtnetlink {
    pub(super) fn open() -> Self {
        let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
        Self(rustix::net::socket_with(family, SocketType::RAW, flags, None).expect("a socket"))
    }

    pub(super) fn set_up(&self, index: u32, up: bool) -> io::Result<()> {
        self.request(RTM_NEWLINK, 0, index, (if up { IFF_UP } else { 0 }, IFF_UP), &[])
    }

    pub(super) fn rename(&self, index: u32, name: &str) -> io::Result<()> {
        self.request(RTM_NEWLINK, 0, index, (0, 0), &named(name))
    }

    /// A new interface, with a number of our choice.
    pub(super) fn create(&self, kind: &str, index: u32, name: &str) -> io::Result<()> {
        const CREATE_EXCLUSIVELY: u16 = 0x600;
        const IFLA_LINKINFO: u16 = 18;
        const IFLA_INFO_KIND: u16 = 1;
        let kind = attribute(IFLA_INFO_KIND, kind.as_bytes());
        let attributes = [named(name), attribute(IFLA_LINKINFO, &kind)].concat();
        self.request(RTM_NEWLINK, CREATE_EXCLUSIVELY, index, (0, 0), &attributes)
    }

    pub(super) fn delete(&self, index: u32) -> io::Result<()> {
        self.request(RTM_DELLINK, 0, index, (0, 0), &[])
    }

    /// Sends a request about one interface and waits until it is done.
    fn request(
        &self,
        kind: u16,
        more: u16,
        index: u32,
        (flags, change): (u32, u32),
        attributes: &[u8],
    ) -> io::Result<()> {
        const REQUEST_AND_CONFIRM: u16 = 0x1 | 0x4;
        let length = u32::try_from(32 + attributes.len()).expect("a short request");
        let mut bytes = Vec::new();
        bytes.extend(length.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend((REQUEST_AND_CONFIRM | more).to_ne_bytes());
        // Changes bear the number of the request that made them (Linux 6.2): here that of our answers.
        bytes.extend(1_u32.to_ne_bytes());
        bytes.extend([0; 4]); // sender
        bytes.extend([0; 4]); // ifi_family, padding, ifi_type
        bytes.extend(index.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(change.to_ne_bytes());
        bytes.extend(attributes);
        rustix::net::send(&self.0, &bytes, SendFlags::empty())?;
        let mut answer = [0; 4096];
        rustix::net::recv(&self.0, &mut answer, RecvFlags::empty())?;
        let error = answer[16..20].try_into().expect("four bytes");
        match i32::from_ne_bytes(error) {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(-error)),
        }
    }
}

fn named(name: &str) -> Vec<u8> {
    const IFLA_IFNAME: u16 = 3;
    attribute(IFLA_IFNAME, format!("{name}\0").as_bytes())
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("a short attribute");
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
