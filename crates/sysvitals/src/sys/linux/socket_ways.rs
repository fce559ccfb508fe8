//! Sockets of all kinds and states, asked about in every way: all tell the same.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::io::Read as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram, UnixListener, UnixStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, sockopt};
use rustix::process::PidfdFlags;
use tempfile::TempDir;

use super::asked_sockets::{self, Asked};
use super::ffi::sockets as ffi;
use super::sock_diag::Module;
use super::target::Target;
use super::{Host, net_connections};
use crate::sys::{Machine as _, Processes as _};
use crate::{Connection, ConnectionKind, Pid, ProcessConnection, Roots, SocketAddress};

/// Open sockets, and folders with their names.
#[derive(Default)]
struct Zoo {
    sockets: Vec<OwnedFd>,
    folders: Vec<TempDir>,
}

impl Zoo {
    fn keep(&mut self, socket: impl Into<OwnedFd>) {
        self.sockets.push(socket.into());
    }

    /// One that this machine or this user may not have.
    fn try_to_keep(&mut self, family: AddressFamily, kind: SocketType, protocol: i32) {
        let protocol = u32::try_from(protocol).ok().and_then(std::num::NonZeroU32::new);
        let protocol = protocol.map(Protocol::from_raw);
        let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, protocol);
        self.sockets.extend(socket.ok());
    }

    /// Both ends of a connection.
    fn connected(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let mut address = listener.local_addr().expect("an address");
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let near = TcpStream::connect(address).expect("a listener");
        (near, listener.accept().expect("a connection").0)
    }

    fn tcp(&mut self) {
        let listeners = ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"];
        for listener in listeners.iter().filter_map(|address| TcpListener::bind(address).ok()) {
            let (near, far) = Self::connected(&listener);
            self.keep(near);
            self.keep(far);
            // One end has said its last.
            let (near, far) = Self::connected(&listener);
            near.shutdown(std::net::Shutdown::Write).expect("a connection");
            self.keep(near);
            self.keep(far);
            // It has, and has no descriptor any more.
            let (_, far) = Self::connected(&listener);
            self.keep(far);
            // Both have: TIME_WAIT, without and with a descriptor.
            let (near, mut far) = Self::connected(&listener);
            drop(near);
            far.read_to_end(&mut Vec::new()).expect("the end");
            drop(far);
            let (near, mut far) = Self::connected(&listener);
            near.shutdown(std::net::Shutdown::Write).expect("a connection");
            far.read_to_end(&mut Vec::new()).expect("the end");
            drop(far);
            self.keep(near);
            // Reset.
            let (near, far) = Self::connected(&listener);
            sockopt::set_socket_linger(&near, Some(std::time::Duration::ZERO)).expect("a socket");
            drop(near);
            self.keep(far);
            // What connects is not told until it has sent something: SYN_RECV.
            let deferring = (libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT);
            ffi::set(listener.as_raw_fd(), deferring.0, deferring.1, 60).expect("a listener");
            let mut address = listener.local_addr().expect("an address");
            if address.ip().is_unspecified() {
                address.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            self.keep(TcpStream::connect(address).expect("a listener"));
            self.keep(listener.try_clone().expect("a duplicate"));
            self.keep(listener);
        }
        // One of IPv6 that became one of IPv4.
        if let Ok(listener) = TcpListener::bind("[::]:0") {
            let (near, far) = Self::connected(&listener);
            let (level, option) = (libc::IPPROTO_IPV6, libc::IPV6_ADDRFORM);
            ffi::set(far.as_raw_fd(), level, option, libc::AF_INET).expect("a mapped address");
            self.keep(near);
            self.keep(far);
        }
        // Without a port, and with nothing but a port.
        self.try_to_keep(AddressFamily::INET, SocketType::STREAM, 0);
        self.try_to_keep(AddressFamily::INET6, SocketType::STREAM, 0);
        let bound = self.sockets.last().expect("sockets");
        let _ = rustix::net::bind(bound, &SocketAddr::from((Ipv6Addr::LOCALHOST, 0)));
    }

    fn udp(&mut self) {
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
            let Ok(bound) = UdpSocket::bind(address) else { continue };
            let connected = UdpSocket::bind(address).expect("an address");
            let to = bound.local_addr().expect("an address").port();
            let ip = if address.starts_with("[::1") {
                Ipv6Addr::LOCALHOST.into()
            } else {
                Ipv4Addr::LOCALHOST.into()
            };
            connected.connect(SocketAddr::new(ip, to)).expect("an address");
            self.keep(bound);
            self.keep(connected);
        }
        self.try_to_keep(AddressFamily::INET, SocketType::DGRAM, 0);
        self.try_to_keep(AddressFamily::INET6, SocketType::DGRAM, 0);
        // Two of the same address.
        let mut port = 0;
        for _ in 0..2 {
            self.try_to_keep(AddressFamily::INET, SocketType::DGRAM, 0);
            let socket = self.sockets.last().expect("sockets");
            sockopt::set_socket_reuseport(socket, true).expect("a socket");
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            rustix::net::bind(socket, &address).expect("a shared port");
            let address = rustix::net::getsockname(socket).expect("an address");
            port = SocketAddr::try_from(address).expect("an address").port();
        }
    }

    fn unix(&mut self) {
        let folder = tempfile::tempdir().expect("a directory");
        for name in [&b"plain"[..], b"two  blanks ", b" \t\xff\xfe@"] {
            let listener = UnixListener::bind(folder.path().join(OsStr::from_bytes(name)));
            let listener = listener.expect("a name of its own");
            let address = listener.local_addr().expect("an address");
            self.keep(UnixStream::connect_addr(&address).expect("a listener"));
            self.keep(listener.accept().expect("a connection").0);
            // These two were not accepted.
            self.keep(UnixStream::connect_addr(&address).expect("a listener"));
            self.keep(UnixStream::connect_addr(&address).expect("a listener"));
            self.keep(listener.try_clone().expect("a duplicate"));
            self.keep(listener);
        }
        self.folders.push(folder);
        for name in ["\0a\0b", " ", "one\0"] {
            let name = format!("{name} of {}", std::process::id());
            let name = UnixAddr::from_abstract_name(name).expect("a short name");
            self.keep(UnixDatagram::bind_addr(&name).expect("a name of its own"));
        }
        let (near, far) = UnixStream::pair().expect("two sockets");
        self.keep(near);
        self.keep(far);
        for kind in [SocketType::STREAM, SocketType::DGRAM, SocketType::SEQPACKET] {
            self.try_to_keep(AddressFamily::UNIX, kind, 0);
        }
    }

    /// What psutil does not tell of.
    fn others(&mut self) {
        const UDP_LITE: i32 = 136;
        for family in [AddressFamily::INET, AddressFamily::INET6] {
            self.try_to_keep(family, SocketType::DGRAM, UDP_LITE);
            self.try_to_keep(family, SocketType::RAW, libc::IPPROTO_TCP);
            self.try_to_keep(family, SocketType::RAW, libc::IPPROTO_UDP);
        }
        self.try_to_keep(AddressFamily::NETLINK, SocketType::RAW, libc::NETLINK_ROUTE);
        self.try_to_keep(AddressFamily::NETLINK, SocketType::RAW, libc::NETLINK_XFRM);
        self.try_to_keep(AddressFamily::PACKET, SocketType::RAW, 0);
        self.try_to_keep(AddressFamily::VSOCK, SocketType::STREAM, 0);
        #[expect(deprecated, reason = "of a thread's namespaces only that of the network is left")]
        let elsewhere = thread::spawn(|| {
            rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET).ok()?;
            let tcp = TcpListener::bind("0.0.0.0:0").expect("an address");
            let udp = UdpSocket::bind("0.0.0.0:0").expect("an address");
            let unix = UnixDatagram::unbound().expect("a socket");
            Some([OwnedFd::from(tcp), udp.into(), unix.into()])
        });
        self.sockets.extend(elsewhere.join().expect("a thread").into_iter().flatten());
    }

    fn mptcp(&mut self, connected: bool) {
        self.try_to_keep(AddressFamily::INET, SocketType::STREAM, libc::IPPROTO_MPTCP);
        let listener = self.sockets.last().expect("sockets");
        if sockopt::socket_protocol(listener).ok().flatten() != Some(rustix::net::ipproto::MPTCP) {
            return;
        }
        rustix::net::bind(listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        rustix::net::listen(listener, 5).expect("a port");
        let address = rustix::net::getsockname(listener).expect("an address");
        let address = SocketAddr::try_from(address).expect("an address");
        if connected {
            self.try_to_keep(AddressFamily::INET, SocketType::STREAM, libc::IPPROTO_MPTCP);
            rustix::net::connect(self.sockets.last().expect("sockets"), &address)
                .expect("a listener");
        }
    }

    /// One that asks for a connection and gets no answer, since too many did before.
    fn connecting(&mut self) {
        self.try_to_keep(AddressFamily::INET, SocketType::STREAM, 0);
        let listener = self.sockets.last().expect("sockets");
        rustix::net::bind(listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        rustix::net::listen(listener, 0).expect("a port");
        let address = rustix::net::getsockname(listener).expect("an address");
        let address = SocketAddr::try_from(address).expect("an address");
        self.keep(TcpStream::connect(address).expect("room for one"));
        for _ in 0..2 {
            self.try_to_keep(AddressFamily::INET, SocketType::STREAM, 0);
            let socket = self.sockets.last().expect("sockets");
            rustix::io::ioctl_fionbio(socket, true).expect("a socket");
            let result = rustix::net::connect(socket, &address);
            assert!(matches!(result, Ok(()) | Err(Errno::INPROGRESS)), "{result:?}");
        }
    }
}

/// Asks both, again and again while others come and go, until they agree: what differs for another reason
/// always does.
#[track_caller]
fn agree<T: PartialEq + Debug>(what: impl Debug, ask: impl Fn() -> (T, T)) -> T {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let last = ask();
        if last.0 == last.1 {
            return last.0;
        }
        assert!(Instant::now() < patience, "{what:?}: {:#?} and {:#?}", last.0, last.1);
        thread::yield_now();
    }
}

/// In an order of their own.
fn sorted<T: Debug>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    rows
}

fn all(host: &Host, kind: ConnectionKind) -> Vec<Connection> {
    net_connections::of_all(host, kind).expect("sockets")
}

fn us(host: &Host) -> Target {
    let opened = host.open_pid(Pid::current(), &mut Default::default()).expect("procfs");
    opened.expect("ourselves").1
}

/// From the tables.
fn ours(host: &Host, kind: ConnectionKind) -> Vec<ProcessConnection> {
    let target = us(host);
    let found = net_connections::descriptors(&target).expect("sockets");
    let rows = net_connections::in_tables(found, &target, kind).expect("sockets");
    rows.into_iter().map(ProcessConnection::from).collect()
}

/// By duplicates, though they are ours.
fn duplicated(host: &Host, kind: ConnectionKind) -> Option<Vec<ProcessConnection>> {
    let pidfd = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty()).ok()?;
    let found = net_connections::descriptors(&us(host)).expect("sockets");
    Asked::by(Some(pidfd))?.rows(&found, kind)
}

/// Without duplicates; `confirmed` by the tables.
fn asked(host: &Host, kind: ConnectionKind, confirmed: bool) -> Option<Vec<ProcessConnection>> {
    let target = us(host);
    if !confirmed {
        return asked_sockets::by_duplicates(&target, kind).expect("sockets");
    }
    let found = net_connections::descriptors(&target).expect("sockets");
    asked_sockets::of_ourselves(&target, &found, kind)
}

/// All tests of this are one: each asks about the sockets of the whole process.
#[test]
fn every_way_tells_the_same() {
    let modules = [Module::Tcp, Module::Udp, Module::Unix];
    let (diag, text) = (Host::new(Roots::default()), Host::without_sock_diag(&modules));
    let mut zoo = Zoo::default();
    zoo.tcp();
    let can_be_asked = ffi::netns_cookie(zoo.sockets[0].as_raw_fd()).is_ok();
    let can_be_confirmed = can_be_asked && diag.shared.sock_diag.none();
    for &kind in ConnectionKind::ALL.iter().filter(|_| can_be_confirmed) {
        let ask = || (asked(&diag, kind, true).map(sorted), Some(sorted(ours(&text, kind))));
        agree(kind, ask);
    }

    zoo.udp();
    zoo.unix();
    zoo.others();
    zoo.mptcp(false);

    for &kind in ConnectionKind::ALL {
        // Other tests of this process may have sockets for a while.
        let by_tables = || Some(sorted(ours(&diag, kind)));
        agree(kind, || (by_tables(), Some(sorted(ours(&text, kind)))));
        if can_be_asked {
            let without =
                || (asked(&diag, kind, false).map(sorted), Some(sorted(ours(&text, kind))));
            agree(kind, without);
            agree(kind, || (asked(&diag, kind, false).map(sorted), by_tables()));
            let with = || (duplicated(&diag, kind).map(sorted), Some(sorted(ours(&text, kind))));
            agree(kind, with);
        }
    }
    if !can_be_asked {
        println!("SKIPPED: sockets cannot be asked themselves before Linux 5.14");
    }

    zoo.mptcp(true);
    zoo.connecting();
    assert_eq!(asked(&diag, ConnectionKind::All, false), None, "one is connecting");
    let mut states = HashSet::new();
    for &kind in ConnectionKind::ALL {
        // Netlink does not tell the unix sockets that were not accepted for themselves, but with who listens.
        let rows = if matches!(kind, ConnectionKind::All | ConnectionKind::Unix) {
            agree(kind, || (sorted(all(&diag, kind)), sorted(all(&text, kind))))
        } else {
            agree(kind, || (all(&diag, kind), all(&text, kind)))
        };
        states.extend(rows.iter().map(|row| row.status));
        let own = |rows: Vec<Connection>| {
            let own = rows.into_iter().filter(|row| row.pid == Some(Pid::current()));
            sorted(own.map(ProcessConnection::from).collect())
        };
        agree(kind, || (sorted(ours(&diag, kind)), own(all(&text, kind))));
        agree(kind, || (sorted(ours(&text, kind)), own(all(&diag, kind))));
    }
    for module in modules {
        let some = Host::without_sock_diag(&[module]);
        agree(module as u8, || {
            (sorted(all(&some, ConnectionKind::All)), sorted(all(&text, ConnectionKind::All)))
        });
    }
    use crate::ConnectionStatus::{
        CloseWait, Established, FinWait2, Listen, SynRecv, SynSent, TimeWait,
    };
    for state in [Established, SynSent, SynRecv, FinWait2, TimeWait, CloseWait, Listen] {
        assert!(states.contains(&state), "none is {state}");
    }
    if !diag.shared.sock_diag.none() {
        println!("SKIPPED: netlink tells nothing here, or not all");
    }

    // What a line of text cannot hold.
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("two\nlines");
    zoo.keep(UnixListener::bind(&path).expect("a path"));
    let told = |host: &Host| {
        let name = SocketAddress::Unix(path.clone().into());
        all(host, ConnectionKind::Unix).iter().any(|row| row.laddr == name)
    };
    assert_eq!((told(&diag), told(&text)), (diag.shared.sock_diag.none(), false));
}
