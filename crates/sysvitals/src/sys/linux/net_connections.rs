//! Sockets, and which process has them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::hash::{Hash, Hasher};
use std::io;
use std::mem::MaybeUninit;
use std::net;
use std::ops::ControlFlow::{Break, Continue};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use bitflags::bitflags;
use rustix::fs::CWD;
use sysvitals_parse::ParseError;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::inet_diag::{self, Request};
use sysvitals_parse::linux::net_tcp::{self, Socket};
use sysvitals_parse::linux::{net_unix, unix_diag};

use super::sock_diag::{Module, SockDiag, Told};
use super::socket_names::Names;
use super::socket_owners::{self, Descriptor, Owners};
use super::target::Target;
use super::{Host, asked_sockets};
use crate::sys::Machine as _;
use crate::{
    AddressFamily, Connection, ConnectionKind, ConnectionStatus, Error, Pid, ProcessConnection,
    Result, SocketAddress, SocketKind,
};

bitflags! {
    /// Tables of sockets that the kernel keeps.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub(super) struct Tables: u8 {
        const TCP4 = 1;
        const TCP6 = 2;
        const UDP4 = 4;
        const UDP6 = 8;
        const UNIX = 16;
        const TCP = Self::TCP4.bits() | Self::TCP6.bits();
        const UDP = Self::UDP4.bits() | Self::UDP6.bits();
    }
}

impl Tables {
    /// Those that a question is about.
    pub(super) fn of(question: ConnectionKind) -> Self {
        use ConnectionKind as Kind;
        match question {
            Kind::All => Self::all(),
            Kind::Inet => Self::TCP | Self::UDP,
            Kind::Inet4 => Self::TCP4 | Self::UDP4,
            Kind::Inet6 => Self::TCP6 | Self::UDP6,
            Kind::Tcp => Self::TCP,
            Kind::Tcp4 => Self::TCP4,
            Kind::Tcp6 => Self::TCP6,
            Kind::Udp => Self::UDP,
            Kind::Udp4 => Self::UDP4,
            Kind::Udp6 => Self::UDP6,
            Kind::Unix => Self::UNIX,
        }
    }
}

/// A table of internet sockets as a file.
struct File {
    table: Tables,
    path: &'static str,
    family: AddressFamily,
}

/// In the order in which rows are told.
const FILES: [File; 4] = [
    File { table: Tables::TCP4, path: "net/tcp", family: AddressFamily::Inet },
    File { table: Tables::TCP6, path: "net/tcp6", family: AddressFamily::Inet6 },
    File { table: Tables::UDP4, path: "net/udp", family: AddressFamily::Inet },
    File { table: Tables::UDP6, path: "net/udp6", family: AddressFamily::Inet6 },
];

/// What is asked for at once by netlink. One walk through the table of TCP costs as much for two families
/// as for one.
const REQUESTS: [(Module, Tables); 3] =
    [(Module::Tcp, Tables::TCP), (Module::Udp, Tables::UDP4), (Module::Udp, Tables::UDP6)];

/// What a table's content is handed to.
type Parse<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), ParseError>;

/// The sockets in the caller's network namespace.
pub(super) fn of_all(host: &Host, kind: ConnectionKind) -> Result<Vec<Connection>> {
    of_owned(host, kind, |owners| owners.find(host))
}

/// The same, with another way to find out who has them.
pub(super) fn of_owned(
    host: &Host,
    kind: ConnectionKind,
    find: impl FnOnce(&mut Owners) -> Result<()>,
) -> Result<Vec<Connection>> {
    let mut sockets = Sockets::default();
    let read = |file: &'static str, parse: Parse<'_>| host.proc(file, parse);
    // A thread of ours may be in another namespace than the one that the files tell about.
    let diag = host.is_here(&host.proc_path("self/ns/net")).then_some(host);
    sockets.read(Tables::of(kind), diag, read)?;
    find(&mut sockets.owners)?;
    Ok(sockets.into_rows())
}

/// The sockets of one process, in its network namespace.
pub(super) fn of_process(target: &Target, kind: ConnectionKind) -> Result<Vec<ProcessConnection>> {
    let found = descriptors(target)?;
    if found.is_empty() && target.known_descriptors().is_some() {
        // Who looked at them saw to it that it was there.
        return Ok(Vec::new());
    }
    let rows = if found.is_empty() {
        Vec::new()
    } else if let Some(rows) = asked_sockets::of_ourselves(target, &found, kind) {
        return Ok(rows);
    } else {
        in_tables(found, target, kind)?
    };
    // Descriptors and tables vanish from under us when it ends, without an error.
    target.still_there("listing the descriptors of")?;
    Ok(rows.into_iter().map(ProcessConnection::from).collect())
}

/// The descriptors of a process that are sockets, by number.
pub(super) fn descriptors(target: &Target) -> Result<Vec<Descriptor>> {
    if let Some(known) = target.known_descriptors() {
        return Ok(known.sockets.clone());
    }
    target.before_descriptors();
    let mut found = Vec::new();
    let listed = target.open_directory("fd").and_then(|fds| {
        socket_owners::descriptors(&fds, target.pid(), |seen| {
            found.extend(seen);
            true
        })?;
        Ok(fds)
    });
    target.closing().later(listed.map_err(|err| target.failed("listing the descriptors of", err))?);
    Ok(found)
}

/// What the tables tell of these descriptors of a process.
pub(super) fn in_tables(
    found: Vec<Descriptor>,
    target: &Target,
    kind: ConnectionKind,
) -> Result<Vec<Connection>> {
    let host = target.host();
    let names = Names::of(target, &found);
    let tables = names.as_ref().map_or(Tables::all(), |names| names.tables) & Tables::of(kind);
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let mut sockets = Sockets {
        owners: Owners::found(found),
        of_process: true,
        expected: names.map(|names| names.sockets),
        ..Sockets::default()
    };
    if host.is_here(&target.path("ns/net")) {
        sockets.read(tables, Some(host), |file, parse| target.read(file, parse))?;
        return Ok(sockets.into_rows());
    }
    match target.open_directory("net") {
        Ok(_) => sockets.read(tables, None, |file, parse| target.read(file, parse))?,
        // Before Linux 2.6.25 there is one namespace; recordings hold one.
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            sockets.read(tables, None, |file, parse| host.proc(file, parse))?
        }
        Err(err) => return Err(target.failed("opening the tables of", err)),
    }
    Ok(sockets.into_rows())
}

impl Host {
    /// Whether a link of procfs to a network namespace leads to that of the calling thread, of whose
    /// sockets netlink tells. What cannot be told is told by files.
    pub(super) fn is_here(&self, link: &Path) -> bool {
        let mut room = [[MaybeUninit::uninit(); "net:[4294967295]".len() + 1]; 2];
        let [there, here] = &mut room;
        self.is_live()
            && match (
                rustix::fs::readlinkat_raw(CWD, link, there),
                rustix::fs::readlinkat_raw(CWD, self.proc_path("thread-self/ns/net"), here),
            ) {
                (Ok((there, _)), Ok((here, _))) => there == here,
                _ => false,
            }
    }
}

/// Sockets to be told about.
#[derive(Default)]
struct Sockets {
    owners: Owners,
    /// Only those whose owners were found before. Else all, whose owners are found afterwards.
    of_process: bool,
    /// Those of a process that may still be told of, where that is known.
    expected: Option<Vec<(u64, Module)>>,
    rows: Vec<Row>,
    unix: Vec<UnixRow>,
    /// Whether a socket was told of more than once.
    repeats: bool,
}

/// An internet socket.
struct Row {
    inode: u64,
    connection: Connection,
}

/// A unix socket.
struct UnixRow {
    inode: u64,
    kind: SocketKind,
    path: OsString,
}

impl Sockets {
    /// Reads tables, in their order: those of our namespace by netlink, if a host is given that may be
    /// asked so; what it does not tell by `read`.
    fn read(
        &mut self,
        tables: Tables,
        diag: Option<&Host>,
        read: impl Fn(&'static str, Parse<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut diag = diag.map(|host| SockDiag::new(&host.shared.sock_diag));
        for (module, asked) in REQUESTS {
            let asked = asked & tables;
            if asked.is_empty() || self.has_all_of(module) {
                continue;
            }
            if !diag.as_mut().is_some_and(|diag| self.ask(diag, module, asked)) {
                for file in FILES.iter().filter(|file| asked.contains(file.table)) {
                    self.read_file(file, &read)?;
                }
            }
        }
        if tables.contains(Tables::UNIX) && !diag.as_mut().is_some_and(|diag| self.ask_unix(diag)) {
            read("net/unix", &mut |bytes| {
                // A line that is no socket is the rest of a name that has a newline.
                for socket in net_unix::parse(bytes).flatten() {
                    self.add_unix(socket.inode, socket.kind, socket.path);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn read_file(
        &mut self,
        file: &File,
        read: impl Fn(&'static str, Parse<'_>) -> Result<()>,
    ) -> Result<()> {
        let kind = kind(file.table);
        let parse = &mut |bytes: &[u8]| {
            // What runs here reads this machine, or a recording of one of the same byte order.
            for socket in net_tcp::parse(bytes, Endian::NATIVE) {
                let row = self.row(kind, &socket?);
                self.rows.extend(row);
            }
            Ok(())
        };
        match read(file.path, parse) {
            // A kernel without IPv6.
            Err(Error::Io { source, .. })
                if file.family == AddressFamily::Inet6
                    && source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(())
            }
            result => result,
        }
    }

    /// Asks for internet sockets by netlink; whether there was an answer.
    fn ask(&mut self, diag: &mut SockDiag<'_>, module: Module, tables: Tables) -> bool {
        let family = match tables {
            Tables::TCP => None,
            Tables::TCP4 | Tables::UDP4 => Some(libc::AF_INET),
            _ => Some(libc::AF_INET6),
        };
        let protocol = if module == Module::Tcp { libc::IPPROTO_TCP } else { libc::IPPROTO_UDP };
        let request = Request {
            family: family.and_then(|family| family.try_into().ok()),
            protocol: protocol.try_into().unwrap_or(0),
            states: if self.of_process { Request::OPEN } else { Request::LISTED },
        };
        let (kind, before, expected) = (kind(tables), self.rows.len(), self.expected.clone());
        let mut later = Vec::new();
        let told = diag.dump(module, &request.message(Endian::NATIVE), |told| {
            let Told::Socket(bytes) = told else {
                self.rows.truncate(before);
                later.clear();
                self.expected.clone_from(&expected);
                return Ok(Continue(()));
            };
            let Some(row) = self.row(kind, &inet_diag::parse(bytes, Endian::NATIVE)?) else {
                return Ok(Continue(()));
            };
            self.expect_no_more(row.inode);
            let rows = match row.connection.family {
                AddressFamily::Inet => &mut self.rows,
                _ => &mut later,
            };
            rows.push(row);
            Ok(if self.has_all_of(module) { Break(()) } else { Continue(()) })
        });
        self.rows.append(&mut later);
        told
    }

    /// Asks for unix sockets by netlink; whether there was an answer.
    fn ask_unix(&mut self, diag: &mut SockDiag<'_>) -> bool {
        let expected = self.expected.clone();
        diag.dump(Module::Unix, &unix_diag::request(Endian::NATIVE), |told| {
            let Told::Socket(bytes) = told else {
                self.unix.clear();
                self.expected.clone_from(&expected);
                return Ok(Continue(()));
            };
            let socket = unix_diag::parse(bytes, Endian::NATIVE)?;
            let path = socket.path();
            self.add_unix(socket.inode, socket.kind.into(), &path);
            if socket.has_unaccepted() {
                self.add_unix(0, socket.kind.into(), &path);
            }
            self.expect_no_more(socket.inode);
            Ok(if self.has_all_of(Module::Unix) { Break(()) } else { Continue(()) })
        })
    }

    /// A socket of which there are no more rows, if it was expected.
    fn expect_no_more(&mut self, inode: u64) {
        if let Some(expected) = &mut self.expected {
            expected.retain(|(each, _)| *each != inode);
        }
    }

    /// Whether the tables of a module have nothing more to tell.
    fn has_all_of(&self, module: Module) -> bool {
        self.expected
            .as_ref()
            .is_some_and(|expected| expected.iter().all(|(_, each)| *each != module))
    }

    /// Takes note of the socket, if it is to be told about: one row, however many descriptors it has.
    fn row(&mut self, kind: SocketKind, socket: &Socket) -> Option<Row> {
        let inode = socket.inode;
        let is_first = if self.of_process {
            self.owners.tell(inode)?
        } else {
            self.owners.want_first(inode) || inode == 0
        };
        self.repeats |= !is_first;
        let connection = Connection {
            fd: None,
            family: match socket.local {
                net::SocketAddr::V4(_) => AddressFamily::Inet,
                net::SocketAddr::V6(_) => AddressFamily::Inet6,
            },
            kind,
            laddr: address(socket.local),
            raddr: address(socket.remote),
            status: match kind {
                SocketKind::Stream => status(socket.state),
                _ => ConnectionStatus::None,
            },
            pid: None,
        };
        Some(Row { inode, connection })
    }

    fn add_unix(&mut self, inode: u64, kind: u16, path: &[u8]) {
        let Some(kind) = unix_kind(kind.into()) else { return };
        let is_first = if self.of_process {
            let Some(is_first) = self.owners.tell(inode) else { return };
            is_first
        } else {
            self.owners.want_all(inode) || inode == 0
        };
        self.repeats |= !is_first;
        self.unix.push(UnixRow { inode, kind, path: OsStr::from_bytes(path).to_owned() });
    }

    /// The rows with their owners: of an internet socket the first, as there is one row for it; of a unix
    /// socket one row for each, as both ends of a socketpair look alike.
    fn into_rows(self) -> Vec<Connection> {
        let Self { owners, of_process, rows, unix, repeats, .. } = self;
        let owned = |Row { inode, mut connection }| {
            if let Some((pid, fd)) = owners.first(inode) {
                (connection.pid, connection.fd) = (Some(pid), Some(fd));
            }
            connection
        };
        let mut rows: Vec<Connection> = rows.into_iter().map(owned).collect();
        for UnixRow { inode, kind, path } in unix {
            let row = |owner: Option<&Descriptor>| Connection {
                fd: owner.map(|owner| owner.fd),
                family: AddressFamily::Unix,
                kind,
                laddr: SocketAddress::Unix(path.clone()),
                raddr: SocketAddress::Unix(OsString::new()),
                status: ConnectionStatus::None,
                pid: owner.map(|owner| owner.pid),
            };
            let owners = owners.all(inode);
            rows.extend(owners.iter().map(|owner| row(Some(owner))));
            if owners.is_empty() && !of_process {
                rows.push(row(None));
            }
        }
        unique(rows, repeats)
    }
}

/// What the sockets of a table carry.
fn kind(tables: Tables) -> SocketKind {
    if tables.intersects(Tables::TCP) { SocketKind::Stream } else { SocketKind::Datagram }
}

/// Port 0 is that of an end that has no address.
pub(super) fn address(address: net::SocketAddr) -> SocketAddress {
    if address.port() == 0 { SocketAddress::None } else { SocketAddress::Inet(address) }
}

/// A state as the kernel's `tcp_states.h` numbers it.
pub(super) fn status(state: u8) -> ConnectionStatus {
    match state {
        1 => ConnectionStatus::Established,
        2 => ConnectionStatus::SynSent,
        3 => ConnectionStatus::SynRecv,
        4 => ConnectionStatus::FinWait1,
        5 => ConnectionStatus::FinWait2,
        6 => ConnectionStatus::TimeWait,
        7 => ConnectionStatus::Close,
        8 => ConnectionStatus::CloseWait,
        9 => ConnectionStatus::LastAck,
        10 => ConnectionStatus::Listen,
        11 => ConnectionStatus::Closing,
        // 12 is printed as 3, and 13 is not printed (Linux 6.18).
        _ => ConnectionStatus::None,
    }
}

/// A type as socket(2) of this architecture numbers it.
pub(super) fn unix_kind(kind: i32) -> Option<SocketKind> {
    match kind {
        libc::SOCK_STREAM => Some(SocketKind::Stream),
        libc::SOCK_DGRAM => Some(SocketKind::Datagram),
        libc::SOCK_SEQPACKET => Some(SocketKind::SequencedPacket),
        _ => None,
    }
}

/// Leaves out repetitions: sockets of unknown processes may have nothing to tell them apart, and others
/// differ unless something was told twice.
fn unique(mut rows: Vec<Connection>, repeats: bool) -> Vec<Connection> {
    let in_doubt = |row: &Connection| repeats || row.pid.is_none();
    let count = rows.iter().filter(|row| in_doubt(row)).count();
    let mut seen = HashSet::with_capacity(count);
    let mut keep = Vec::with_capacity(rows.len());
    keep.extend(rows.iter().map(|row| !in_doubt(row) || seen.insert(Key(row))));
    let mut keep = keep.into_iter();
    rows.retain(|_| keep.next() == Some(true));
    rows
}

/// A row that is hashed in one piece: by all its members, one by one, that takes ten times as long.
#[derive(PartialEq, Eq)]
struct Key<'a>(&'a Connection);

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let end = |end: &SocketAddress| match end {
            SocketAddress::Inet(end) => {
                let ip = match end.ip() {
                    net::IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                    net::IpAddr::V6(ip) => ip,
                };
                (ip.to_bits(), end.port())
            }
            _ => (0, 0),
        };
        let Connection { fd, laddr, raddr, pid, .. } = self.0;
        if let SocketAddress::Unix(path) = laddr {
            state.write(path.as_bytes());
        }
        let ((near, near_port), (far, far_port)) = (end(laddr), end(raddr));
        let owner = (u64::from(pid.map_or(0, Pid::get)) << 32) | u64::from(fd.unwrap_or(0));
        let ports = (u64::from(near_port) << 16) | u64::from(far_port);
        let mut bytes = [0; 48];
        let members = [near.to_ne_bytes(), far.to_ne_bytes()];
        let numbers = [owner.to_ne_bytes(), ports.to_ne_bytes()];
        let all = members.as_flattened().iter().chain(numbers.as_flattened());
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        state.write(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::System;
    use crate::sys::Processes as _;

    const HEADING: &str = "sl local_address rem_address st\n";
    const ANY: &str = "00000000:0000";
    /// 127.0.0.1:8080, as little-endian machines print it.
    const LOCAL: &str = "0100007F:1F90";

    fn socket(local: &str, remote: &str, state: &str, inode: u64) -> String {
        let local = if Endian::NATIVE == Endian::Big {
            local.replace("0100007F", "7F000001")
        } else {
            local.into()
        };
        format!("0: {local} {remote} {state} 0:0 0:0 0 1000 0 {inode} 1 0 100\n")
    }

    struct Recording(tempfile::TempDir);

    impl Recording {
        fn new(tables: &[(&str, &str)]) -> Self {
            let recording = Self(tempfile::tempdir().expect("a directory"));
            fs::create_dir(recording.path("")).expect("a directory");
            for (table, lines) in tables {
                recording.table("net", table, lines);
            }
            recording
        }

        fn path(&self, file: &str) -> std::path::PathBuf {
            self.0.path().join("proc").join(file)
        }

        fn table(&self, dir: &str, table: &str, lines: &str) {
            let dir = self.path(dir);
            fs::create_dir_all(&dir).expect("a directory");
            fs::write(dir.join(table), format!("{HEADING}{lines}")).expect("a file");
        }

        fn process(&self, pid: u32, links: &[(&str, &str)]) {
            let dir = self.path(&format!("{pid}/fd"));
            fs::create_dir_all(&dir).expect("a directory");
            let stat = format!("{pid} (x) S 1{}\n", " 1".repeat(48));
            fs::write(self.path(&format!("{pid}/stat")), stat).expect("a file");
            for (fd, link) in links {
                symlink(link, dir.join(fd)).expect("a link");
            }
        }

        fn all(&self, kind: ConnectionKind) -> Result<Vec<Connection>> {
            System::at(self.0.path()).net_connections(kind)
        }

        /// `fd` and `pid` of each row.
        fn owners(&self, kind: ConnectionKind) -> Vec<(Option<u32>, Option<u32>)> {
            let rows = self.all(kind).expect("well-formed tables");
            rows.iter().map(|row| (row.fd, row.pid.map(Pid::get))).collect()
        }

        fn of(&self, pid: u32, kind: ConnectionKind) -> Result<Vec<ProcessConnection>> {
            let host = System::at(self.0.path()).host;
            let opened = host.open_pid(Pid::new(pid), &mut Default::default())?;
            of_process(&opened.expect("a recorded process").1, kind)
        }
    }

    #[test]
    fn a_shared_internet_socket_is_told_once_and_a_unix_socket_by_descriptor() {
        let unix = "0: 2 0 0 0001 01 8 /run/a b\n0: 2 0 0 0005 01 9\n";
        let tcp = socket(LOCAL, ANY, "0A", 7);
        let recording = Recording::new(&[("tcp", &tcp), ("unix", unix)]);
        recording.process(30, &[("10", "socket:[8]"), ("4", "socket:[7]")]);
        recording.process(4, &[("12", "socket:[7]"), ("9", "socket:[7]"), ("3", "socket:[8]")]);

        assert_eq!(recording.owners(ConnectionKind::Tcp4), [(Some(9), Some(4))]);
        let unix = [(Some(3), Some(4)), (Some(10), Some(30)), (None, None)];
        assert_eq!(recording.owners(ConnectionKind::Unix), unix);

        let rows = recording.all(ConnectionKind::Unix).expect("well-formed tables");
        assert_eq!(rows[0].laddr, SocketAddress::Unix("/run/a b".into()));
        assert_eq!(rows[2].laddr, SocketAddress::Unix("".into()));
        assert_eq!(rows[2].kind, SocketKind::SequencedPacket);
        assert!(rows.iter().all(|row| row.raddr == SocketAddress::Unix("".into())));
    }

    #[test]
    fn descriptors_that_tell_nothing_are_left_out() {
        let recording = Recording::new(&[("tcp", &socket(LOCAL, ANY, "0A", 7))]);
        let long = format!("/{}", "a".repeat(300));
        let odd = [("0", "/dev/null"), ("1", "socket:[x]"), ("2", "pipe:[7]"), ("3", &long)];
        recording.process(5, &odd);
        fs::write(recording.path("5/fd/4"), "no link").expect("a file");
        recording.process(6, &[("8", "socket:[18446744073709551615]"), ("9", "socket:[7]")]);
        fs::create_dir(recording.path("7")).expect("a directory");
        assert_eq!(recording.owners(ConnectionKind::Tcp4), [(Some(9), Some(6))]);
    }

    #[test]
    fn states_belong_to_tcp() {
        let lines = ["01", "0B", "0C", "FE"].map(|state| socket(LOCAL, LOCAL, state, 0)).concat();
        let recording = Recording::new(&[("tcp", &lines), ("udp", &lines)]);
        let status = |kind| {
            let rows = recording.all(kind).expect("well-formed tables");
            rows.iter().map(|row| row.status).collect::<Vec<_>>()
        };
        use ConnectionStatus::{Closing, Established, None};
        // The last two look alike.
        assert_eq!(status(ConnectionKind::Tcp4), [Established, Closing, None]);
        assert_eq!(status(ConnectionKind::Udp4), [None]);
    }

    #[test]
    fn port_zero_is_no_address() {
        let recording = Recording::new(&[("udp", &socket(LOCAL, ANY, "07", 1))]);
        let rows = recording.all(ConnectionKind::Udp4).expect("a well-formed table");
        let local = "127.0.0.1:8080".parse().expect("an address");
        assert_eq!(rows[0].laddr, SocketAddress::Inet(local));
        assert_eq!(rows[0].raddr, SocketAddress::None);
    }

    #[test]
    fn only_the_tables_of_the_kind_are_read() {
        let recording = Recording::new(&[("tcp", "")]);
        // No IPv6 is an answer; no IPv4 and no unix sockets are none.
        for kind in [ConnectionKind::Tcp, ConnectionKind::Tcp4, ConnectionKind::Inet6] {
            assert_eq!(recording.all(kind).expect("an answer"), [], "{kind}");
        }
        for (kind, file) in [(ConnectionKind::Inet, "net/udp"), (ConnectionKind::Unix, "net/unix")]
        {
            let err = recording.all(kind).unwrap_err();
            assert!(matches!(err, Error::Io { at, .. } if at.ends_with(file)), "{kind}");
        }
    }

    #[test]
    fn malformed_lines_are_errors_except_in_names() {
        let unix = "0: 2 0 0 0001 01 8 /a\nrest of a name\n0: 2 0 0 0007 01 9\n";
        let recording = Recording::new(&[("tcp", "0: 0100007F:1F90\n"), ("unix", unix)]);
        let err = recording.all(ConnectionKind::Tcp).unwrap_err();
        assert!(matches!(err, Error::Parse { path, .. } if path == recording.path("net/tcp")));
        assert_eq!(recording.owners(ConnectionKind::Unix), [(None, None)]);
    }

    #[test]
    fn a_process_is_told_about_in_its_own_namespace() {
        let here = socket(LOCAL, ANY, "0A", 7);
        let there = socket("0100007F:0050", ANY, "0A", 7);
        let recording = Recording::new(&[("tcp", &here)]);
        recording.process(5, &[("3", "socket:[7]")]);
        recording.process(6, &[("3", "socket:[7]")]);
        recording.table("6/net", "tcp", &there);
        recording.process(7, &[("3", "pipe:[7]")]);
        let port = |pid| match &recording.of(pid, ConnectionKind::Tcp).expect("an answer")[..] {
            [ProcessConnection { laddr: SocketAddress::Inet(address), fd: Some(3), .. }] => {
                address.port()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!((port(5), port(6)), (8080, 80));

        fs::remove_file(recording.path("net/tcp")).expect("a file");
        let none = recording.of(7, ConnectionKind::All).expect("no table needed");
        assert_eq!(none, []);
        assert!(matches!(recording.of(5, ConnectionKind::Tcp), Err(Error::Io { .. })));
    }

    #[test]
    fn a_process_without_a_list_of_descriptors_is_an_error() {
        let recording = Recording::new(&[]);
        recording.process(5, &[]);
        fs::remove_dir(recording.path("5/fd")).expect("an empty directory");
        assert!(matches!(recording.of(5, ConnectionKind::All), Err(Error::Io { .. })));
    }

    #[test]
    fn kinds_say_what_they_are_about() {
        let tables = |kind: &str| {
            let tables = Tables::of(kind.parse().expect("a kind"));
            let files = FILES.iter().filter(|file| tables.contains(file.table));
            let mut files: Vec<_> = files.map(|file| file.path).collect();
            files.extend(tables.contains(Tables::UNIX).then_some("net/unix"));
            files.join(" ").replace("net/", "")
        };
        assert_eq!(tables("all"), "tcp tcp6 udp udp6 unix");
        assert_eq!(tables("inet"), "tcp tcp6 udp udp6");
        assert_eq!(tables("inet4"), "tcp udp");
        assert_eq!(tables("inet6"), "tcp6 udp6");
        assert_eq!(tables("tcp"), "tcp tcp6");
        assert_eq!(tables("udp"), "udp udp6");
        assert_eq!(
            ["tcp4", "tcp6", "udp4", "udp6", "unix"].map(tables),
            ["tcp", "tcp6", "udp", "udp6", "unix"]
        );
    }
}
