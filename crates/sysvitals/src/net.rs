use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::counter::{self, Column, Columns};
use crate::record::{names, record};
use crate::sys::Net as _;
use crate::{Pid, Platform, Result, System, ToValue, Value, ValueRef};

/// What an interface, or all of them, sent and received since boot.
///
/// Wider than the kernel's own numbers, so that sums do not overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NetIoCounters {
    /// Bytes sent.
    pub bytes_sent: u128,
    /// Bytes received.
    pub bytes_recv: u128,
    /// Packets sent.
    pub packets_sent: u128,
    /// Packets received.
    pub packets_recv: u128,
    /// Errors while receiving.
    pub errin: u128,
    /// Errors while sending.
    pub errout: u128,
    /// Received packets that were dropped.
    pub dropin: u128,
    /// Packets to be sent that were dropped.
    pub dropout: u128,
}

record! { snetio: NetIoCounters {
    bytes_sent: _,
    bytes_recv: _,
    packets_sent: _,
    packets_recv: _,
    errin: _,
    errout: _,
    dropin: _,
    dropout: _,
} }

impl Columns<8> for NetIoCounters {
    fn columns(&mut self) -> [Column<'_>; 8] {
        [
            (&mut self.bytes_sent).into(),
            (&mut self.bytes_recv).into(),
            (&mut self.packets_sent).into(),
            (&mut self.packets_recv).into(),
            (&mut self.errin).into(),
            (&mut self.errout).into(),
            (&mut self.dropin).into(),
            (&mut self.dropout).into(),
        ]
    }
}

/// Which sockets to tell about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ConnectionKind {
    /// TCP and UDP over IPv4 and IPv6, and unix sockets.
    All,
    /// TCP and UDP over IPv4 and IPv6.
    #[default]
    Inet,
    /// TCP and UDP over IPv4.
    Inet4,
    /// TCP and UDP over IPv6.
    Inet6,
    /// TCP over IPv4 and IPv6.
    Tcp,
    /// TCP over IPv4.
    Tcp4,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv4 and IPv6.
    Udp,
    /// UDP over IPv4.
    Udp4,
    /// UDP over IPv6.
    Udp6,
    /// Unix sockets.
    Unix,
}

names! { ConnectionKind {
    All => "all",
    Inet => "inet",
    Inet4 => "inet4",
    Inet6 => "inet6",
    Tcp => "tcp",
    Tcp4 => "tcp4",
    Tcp6 => "tcp6",
    Udp => "udp",
    Udp4 => "udp4",
    Udp6 => "udp6",
    Unix => "unix",
} }

/// The family of an address or a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AddressFamily {
    /// Unix sockets.
    Unix,
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
    /// Hardware addresses of interfaces.
    Link,
}

names! { AddressFamily {
    Unix => "AF_UNIX",
    Inet => "AF_INET",
    Inet6 => "AF_INET6",
    Link => "AF_LINK",
} }

/// What a socket carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SocketKind {
    /// A stream of bytes.
    Stream,
    /// Messages that may be lost.
    Datagram,
    /// Messages in order.
    SequencedPacket,
    /// Packets below the transport.
    Raw,
    /// Messages that arrive, in any order.
    ReliableDatagram,
}

names! { SocketKind {
    Stream => "SOCK_STREAM",
    Datagram => "SOCK_DGRAM",
    SequencedPacket => "SOCK_SEQPACKET",
    Raw => "SOCK_RAW",
    ReliableDatagram => "SOCK_RDM",
} }

/// The state of a TCP connection; psutil's `CONN_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConnectionStatus {
    /// Open for data.
    Established,
    /// Asked for a connection.
    SynSent,
    /// Was asked for a connection.
    SynRecv,
    /// Closed here; the other side has not confirmed.
    FinWait1,
    /// Closed here; waiting for the other side to close.
    FinWait2,
    /// Closed; stray packets are waited out.
    TimeWait,
    /// Closed.
    Close,
    /// Closed by the other side.
    CloseWait,
    /// Closed by both; waiting for the last confirmation.
    LastAck,
    /// Waiting for connections.
    Listen,
    /// Closed by both at once.
    Closing,
    /// Not TCP, or a state that this library does not know.
    None,
    /// Being deleted. Windows.
    DeleteTcb,
    /// Not connected. SunOS.
    Idle,
    /// Has an address. SunOS.
    Bound,
}

names! { ConnectionStatus {
    Established => "ESTABLISHED",
    SynSent => "SYN_SENT",
    SynRecv => "SYN_RECV",
    FinWait1 => "FIN_WAIT1",
    FinWait2 => "FIN_WAIT2",
    TimeWait => "TIME_WAIT",
    Close => "CLOSE",
    CloseWait => "CLOSE_WAIT",
    LastAck => "LAST_ACK",
    Listen => "LISTEN",
    Closing => "CLOSING",
    None => "NONE",
    DeleteTcb => "DELETE_TCB",
    Idle => "IDLE",
    Bound => "BOUND",
} }

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum SocketAddress {
    /// No address: not connected, not bound, or the system does not tell.
    #[default]
    None,
    /// Address and port.
    Inet(SocketAddr),
    /// Path of a unix socket; an abstract one starts with `@`, which also stands for each NUL in it, and
    /// that of one without a name is empty.
    Unix(OsString),
}

/// psutil's shapes: `addr(ip, port)`, a path, or an empty tuple.
impl ToValue for SocketAddress {
    fn to_value(&self) -> Value {
        self.to_value_ref().into()
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        match self {
            Self::None => ValueRef::Value(Value::List(Vec::new())),
            Self::Inet(address) => ValueRef::Address(*address),
            Self::Unix(path) => path.to_value_ref(),
        }
    }
}

/// A socket, and which process has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Connection {
    /// Its descriptor in the process; `None` where the process is unknown.
    pub fd: Option<u32>,
    /// Its family.
    pub family: AddressFamily,
    /// What it carries.
    pub kind: SocketKind,
    /// The local end.
    pub laddr: SocketAddress,
    /// The remote end.
    pub raddr: SocketAddress,
    /// State of a TCP connection, else [`ConnectionStatus::None`].
    pub status: ConnectionStatus,
    /// A process that has it; `None` if none has, or it cannot be known, as with other users'
    /// processes.
    pub pid: Option<Pid>,
}

/// A socket of a known process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProcessConnection {
    /// Its descriptor in the process; `None` where the system does not tell.
    pub fd: Option<u32>,
    /// Its family.
    pub family: AddressFamily,
    /// What it carries.
    pub kind: SocketKind,
    /// The local end.
    pub laddr: SocketAddress,
    /// The remote end.
    pub raddr: SocketAddress,
    /// State of a TCP connection, else [`ConnectionStatus::None`].
    pub status: ConnectionStatus,
}

/// psutil's number of an unknown descriptor is -1.
pub(crate) fn descriptor(fd: &Option<u32>) -> ValueRef<'_> {
    fd.as_ref().map_or(ValueRef::Signed(-1), ToValue::to_value_ref)
}

record! { sconn: Connection {
    fd via descriptor: _, family: _, kind as "type": _, laddr: _, raddr: _, status: _, pid: _,
} }
record! { pconn: ProcessConnection {
    fd via descriptor: _, family: _, kind as "type": _, laddr: _, raddr: _, status: _,
} }

impl From<Connection> for ProcessConnection {
    fn from(connection: Connection) -> Self {
        let Connection { fd, family, kind, laddr, raddr, status, pid: _ } = connection;
        Self { fd, family, kind, laddr, raddr, status }
    }
}

/// A hardware address, of any length.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkAddress(pub Box<[u8]>);

/// Pairs of hexadecimal digits as the platform writes them: `02:00:5e:00:53:0a`, but
/// `02-00-5E-00-53-0A` on Windows. One shorter than six bytes is filled up with `00`, as psutil does.
impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for at in 0..self.0.len().max(6) {
            let byte = self.0.get(at).copied().unwrap_or(0);
            match (Platform::CURRENT, at) {
                (Platform::Windows, 0) => write!(f, "{byte:02X}")?,
                (Platform::Windows, _) => write!(f, "-{byte:02X}")?,
                (_, 0) => write!(f, "{byte:02x}")?,
                (_, _) => write!(f, ":{byte:02x}")?,
            }
        }
        Ok(())
    }
}

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NicAddressValue {
    /// IPv4 or IPv6, with the scope of a link-local one.
    Ip {
        /// The address.
        ip: IpAddr,
        /// Name of the interface that a link-local address belongs to, or its index if the name is no
        /// UTF-8; what follows the `%`.
        scope: Option<String>,
    },
    /// A hardware address.
    Link(LinkAddress),
}

impl fmt::Display for NicAddressValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip { ip, scope: None } => write!(f, "{ip}"),
            Self::Ip { ip, scope: Some(scope) } => write!(f, "{ip}%{scope}"),
            Self::Link(link) => write!(f, "{link}"),
        }
    }
}

impl ToValue for NicAddressValue {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string().into())
    }
}

/// One address of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NicAddress {
    /// The family of the address.
    pub family: AddressFamily,
    /// The address.
    pub address: NicAddressValue,
    /// Which bits of it name the network.
    pub netmask: Option<NicAddressValue>,
    /// The address that reaches all of the network.
    pub broadcast: Option<NicAddressValue>,
    /// The other end of a point-to-point interface.
    pub ptp: Option<NicAddressValue>,
}

record! { snicaddr: NicAddress { family: _, address: _, netmask: _, broadcast: _, ptp: _ } }

/// Whether both ends may send at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NicDuplex {
    /// They may.
    Full,
    /// They may not.
    Half,
    /// The system does not tell.
    #[default]
    Unknown,
}

names! { NicDuplex {
    Full => "NIC_DUPLEX_FULL",
    Half => "NIC_DUPLEX_HALF",
    Unknown => "NIC_DUPLEX_UNKNOWN",
} }

/// State of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NicStats {
    /// Whether it is switched on and can carry data: has a link, where it knows of such a thing.
    pub isup: bool,
    /// Whether both ends may send at once.
    pub duplex: NicDuplex,
    /// Megabits a second; 0 where the system does not tell, as in psutil.
    pub speed: u32,
    /// The largest packet that it sends, in bytes, without the header of the link.
    pub mtu: u32,
    /// Names of the flags that are set, such as `up,broadcast,running,multicast`, in the order of
    /// psutil; empty on Windows and SunOS.
    pub flags: String,
}

record! { snicstats: NicStats { isup: _, duplex: _, speed: _, mtu: _, flags: _ } }

impl System {
    /// What was sent and received since boot, summed over all interfaces; `None` without any.
    ///
    /// The loopback interface is one of them. A counter begins when its interface appears, and may
    /// wrap; [`MonotonicNetIo`](crate::MonotonicNetIo) makes up for that.
    ///
    /// # Errors
    ///
    /// As [`net_io_counters_pernic`](Self::net_io_counters_pernic).
    ///
    /// # Platforms
    ///
    /// As [`net_io_counters_pernic`](Self::net_io_counters_pernic).
    ///
    /// # Example
    ///
    /// ```
    /// if let Some(interfaces) = sysvitals::net_io_counters()? {
    ///     println!("{} bytes in, {} out", interfaces.bytes_recv, interfaces.bytes_sent);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_io_counters(&self) -> Result<Option<NetIoCounters>> {
        Ok(counter::total(self.net_io_counters_pernic()?.into_values()))
    }

    /// What was sent and received since boot, by interface.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the counters cannot be read, [`Parse`](crate::Error::Parse) if
    /// they cannot be understood.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/net/dev`, of the caller's network namespace. Windows: GetIfTable2, of the
    /// interfaces that GetAdaptersAddresses lists, under the names that Windows shows to people
    /// (`Ethernet 2`). Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for (name, interface) in sysvitals::net_io_counters_pernic()? {
    ///     println!("{name:?}: {} packets dropped", interface.dropin);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_io_counters_pernic(&self) -> Result<BTreeMap<OsString, NetIoCounters>> {
        self.host.net_io_counters_pernic()
    }

    /// The sockets of the system, with the processes that have them.
    ///
    /// Every row is different. An internet socket is one row, however many descriptors lead to it:
    /// that of the lowest process that may be looked at, and there the lowest. A unix socket is one
    /// row a descriptor. Without the right to look at other users' processes, `fd` and `pid` of
    /// theirs are `None`; so they are of sockets that no process has any more. An end without an
    /// address, which is one whose port is 0, is [`SocketAddress::None`]; unix sockets tell their
    /// name and nothing of the other end.
    ///
    /// Tables and descriptors are read one after the other: a socket that is opened or closed
    /// meanwhile may be missing, or be without its process.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if a table cannot be read, though not if there is none of IPv6;
    /// [`Parse`](crate::Error::Parse) if a line of internet sockets cannot be understood.
    ///
    /// # Platforms
    ///
    /// Linux: the kernel's tables that `kind` needs, of the network namespace of the caller, by netlink
    /// (sock_diag(7), 3.3), and `/proc/PID/fd/*` until each internet socket has its process. Where netlink
    /// is refused or a module of it is missing, and of recordings, `/proc/net/{tcp,tcp6,udp,udp6,unix}`:
    /// there a unix socket's name ends at a newline. These are in the byte order of the machine that wrote
    /// them: a recording is read right on machines of the same. Windows: GetExtendedTcpTable
    /// and GetExtendedUdpTable, whatever the rights; they tell no descriptor, and no unix sockets:
    /// [`Unsupported`](crate::Error::Unsupported) if only those are asked for. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use sysvitals::{ConnectionKind, ConnectionStatus, Pid, SocketAddress};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    /// let address = SocketAddress::Inet(listener.local_addr().expect("an address"));
    ///
    /// let sockets = sysvitals::net_connections(ConnectionKind::Tcp4)?;
    /// let ours = sockets.iter().find(|socket| socket.laddr == address).expect("it listens");
    /// assert_eq!((ours.status, ours.pid), (ConnectionStatus::Listen, Some(Pid::current())));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
        self.host.net_connections(kind)
    }

    /// The addresses of each network interface, in psutil's order: IPv4, then IPv6, then hardware,
    /// which is first on Windows.
    ///
    /// Interfaces without any do not appear. Broadcast address and other end exclude each other, and
    /// are `None` where the interface is neither of the one nor of the other sort.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the system call fails; [`Unsupported`](crate::Error::Unsupported)
    /// on a recorded machine, as no file tells which interface has which IPv4 address.
    ///
    /// # Platforms
    ///
    /// Linux: getifaddrs(3), the interfaces in the network namespace of the caller. Windows:
    /// GetAdaptersAddresses; netmask and, of IPv4, broadcast address are made from the length of the
    /// prefix, and there is neither `ptp` nor scope. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::{IpAddr, Ipv4Addr};
    /// use sysvitals::NicAddressValue;
    ///
    /// for (name, addresses) in sysvitals::net_if_addrs()? {
    ///     for row in addresses {
    ///         println!("{}: {} {}", name.to_string_lossy(), row.family, row.address);
    ///         if let NicAddressValue::Ip { ip: IpAddr::V4(ip), .. } = row.address {
    ///             assert_ne!(ip, Ipv4Addr::UNSPECIFIED);
    ///         }
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_if_addrs(&self) -> Result<BTreeMap<OsString, Vec<NicAddress>>> {
        self.host.net_if_addrs()
    }

    /// The state of each network interface.
    ///
    /// An interface that is unplugged meanwhile is left out. One whose driver tells no duplex and no
    /// speed, as virtual ones, has [`NicDuplex::Unknown`] and 0.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if the interfaces cannot be listed or asked,
    /// [`Parse`](crate::Error::Parse) if their list or an attribute cannot be understood,
    /// [`Unsupported`](crate::Error::Unsupported) on a recorded machine unless flags, packet size and
    /// state of every interface were recorded.
    ///
    /// # Platforms
    ///
    /// Linux: the interfaces in `/proc/net/dev`, then `SIOCGIFFLAGS`, `SIOCGIFMTU` (netdevice(7)) and
    /// `ETHTOOL_GSET`. Of a recorded machine `flags`, `mtu`, `operstate` (or `carrier`), `duplex` and
    /// `speed` in `/sys/class/net`; `promisc` and `allmulti` then stand also for what programs asked
    /// for, not the administrator. Windows: GetIfTable2, of the interfaces that GetAdaptersAddresses
    /// lists; speed is that of sending, and duplex is taken to be [`NicDuplex::Full`], as psutil does,
    /// since no table tells. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// for (name, nic) in sysvitals::net_if_stats()? {
    ///     println!("{}: {} Mbit/s, packets of {}", name.to_string_lossy(), nic.speed, nic.mtu);
    ///     assert!(!nic.flags.contains("running") || nic.isup);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_if_stats(&self) -> Result<BTreeMap<OsString, NicStats>> {
        self.host.net_if_stats()
    }
}
