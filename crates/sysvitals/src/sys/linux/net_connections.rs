//! Sockets, and which process has them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::net;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::RawDir;
use rustix::io::Errno;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::{net_tcp, net_unix};
use sysvitals_parse::{ParseError, cursor};

use super::target::Target;
use super::{Host, read};
use crate::sys::{Machine as _, Processes as _};
use crate::{
    AddressFamily, Connection, ConnectionKind, ConnectionStatus, Error, Pid, ProcessConnection,
    Result, SocketAddress, SocketKind,
};

/// A table of internet sockets.
struct Table {
    file: &'static str,
    family: AddressFamily,
    kind: SocketKind,
}

const TABLES: [Table; 4] = [
    Table { file: "net/tcp", family: AddressFamily::Inet, kind: SocketKind::Stream },
    Table { file: "net/tcp6", family: AddressFamily::Inet6, kind: SocketKind::Stream },
    Table { file: "net/udp", family: AddressFamily::Inet, kind: SocketKind::Datagram },
    Table { file: "net/udp6", family: AddressFamily::Inet6, kind: SocketKind::Datagram },
];

/// What a table's content is handed to.
type Parse<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), ParseError>;

/// The sockets in the caller's network namespace.
pub(super) fn of_all(host: &Host, kind: ConnectionKind) -> Result<Vec<Connection>> {
    let sockets = Sockets { owners: owners(host)?, strangers: true };
    sockets.rows(kind, |file, parse| host.proc(file, parse))
}

/// The sockets of one process, in its network namespace.
pub(super) fn of_process(target: &Target, kind: ConnectionKind) -> Result<Vec<ProcessConnection>> {
    let host = target.host();
    let mut found = Vec::new();
    target
        .at("fd", |dir, path| read::directory(dir, path, true))
        .and_then(|fds| descriptors(&fds, target.pid(), &mut found))
        .map_err(|err| target.failed("listing the descriptors of", err))?;
    let rows = if found.is_empty() {
        Vec::new()
    } else {
        let sockets = Sockets { owners: Owners::new(found), strangers: false };
        match target.at("net", |dir, path| read::directory(dir, path, false)) {
            Ok(_) => sockets.rows(kind, |file, parse| target.read(file, parse))?,
            // Before Linux 2.6.25 there is one namespace; recordings hold one.
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                sockets.rows(kind, |file, parse| host.proc(file, parse))?
            }
            Err(err) => return Err(target.failed("opening the tables of", err)),
        }
    };
    // Descriptors and tables vanish from under us when it ends, without an error.
    if !host.exists(target) {
        return Err(target.failed("listing the descriptors of", Errno::SRCH));
    }
    Ok(rows.into_iter().map(ProcessConnection::from).collect())
}

/// A descriptor that is a socket; they sort by socket, then by process, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Descriptor {
    inode: u64,
    pid: Pid,
    fd: u32,
}

/// Descriptors by socket.
struct Owners(Vec<Descriptor>);

impl Owners {
    fn new(mut descriptors: Vec<Descriptor>) -> Self {
        descriptors.sort_unstable();
        Self(descriptors)
    }

    fn of(&self, inode: u64) -> &[Descriptor] {
        let start = self.0.partition_point(|each| each.inode < inode);
        let rest = self.0.get(start..).unwrap_or_default();
        let end = rest.iter().take_while(|each| each.inode == inode).count();
        rest.get(..end).unwrap_or_default()
    }
}

/// The socket descriptors of every process that may be looked at.
fn owners(host: &Host) -> Result<Owners> {
    let path = &host.roots().proc;
    let proc = read::directory(rustix::fs::CWD, path, false)
        .map_err(|err| Error::io(format!("opening {}", path.display()), err))?;
    let mut found = Vec::new();
    for pid in host.pids()? {
        let result = read::directory(&proc, format!("{pid}/fd"), true)
            .and_then(|fds| descriptors(&fds, pid, &mut found));
        match result {
            Ok(()) => {}
            Err(err) if err.kind() == io::ErrorKind::PermissionDenied => {}
            Err(err) if host.says_gone(&err) => {}
            Err(err) => {
                let fds = path.join(format!("{pid}/fd"));
                return Err(Error::io(format!("listing {}", fds.display()), err));
            }
        }
    }
    Ok(Owners::new(found))
}

/// Adds those of the descriptors in a `/proc/PID/fd` that are sockets.
fn descriptors(fds: &OwnedFd, pid: Pid, found: &mut Vec<Descriptor>) -> io::Result<()> {
    let mut names = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(fds, &mut names);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let Ok(fd) = cursor::number(entry.file_name().to_bytes(), "fd") else { continue };
        // Longer links are cut short, and are no sockets.
        let mut link = [MaybeUninit::uninit(); "socket:[18446744073709551615]".len() + 1];
        match rustix::fs::readlinkat_raw(fds, entry.file_name(), &mut link) {
            Ok((link, _)) => found.extend(inode(link).map(|inode| Descriptor { inode, pid, fd })),
            // Closed since, not a link in a recording, or a path longer than a page.
            Err(Errno::NOENT | Errno::SRCH | Errno::INVAL | Errno::NAMETOOLONG) => {}
            Err(err) => return Err(err.into()),
        }
    }
    Ok(())
}

/// The inode of a socket, out of `socket:[inode]`.
fn inode(link: &[u8]) -> Option<u64> {
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    cursor::number(digits, "inode").ok()
}

/// Sockets to be told about.
struct Sockets {
    owners: Owners,
    /// Also those that no known process has.
    strangers: bool,
}

impl Sockets {
    /// Reads the tables of a namespace that the question is about, in their order.
    fn rows(
        &self,
        kind: ConnectionKind,
        read: impl Fn(&'static str, Parse<'_>) -> Result<()>,
    ) -> Result<Vec<Connection>> {
        let mut rows = Vec::new();
        for table in TABLES.iter().filter(|table| includes(kind, table.family, Some(table.kind))) {
            match read(table.file, &mut |bytes| self.inet(table, bytes, &mut rows)) {
                // A kernel without IPv6.
                Err(Error::Io { source, .. })
                    if table.family == AddressFamily::Inet6
                        && source.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
        if includes(kind, AddressFamily::Unix, None) {
            read("net/unix", &mut |bytes| {
                self.unix(bytes, &mut rows);
                Ok(())
            })?;
        }
        Ok(unique(rows))
    }

    /// One row a socket: of several descriptors, the lowest of the lowest pid.
    fn inet(
        &self,
        table: &Table,
        bytes: &[u8],
        rows: &mut Vec<Connection>,
    ) -> Result<(), ParseError> {
        // What runs here reads this machine, or a recording of one of the same byte order.
        for socket in net_tcp::parse(bytes, Endian::NATIVE) {
            let socket = socket?;
            let owner = self.owners.of(socket.inode).first();
            if owner.is_none() && !self.strangers {
                continue;
            }
            rows.push(Connection {
                fd: owner.map(|owner| owner.fd),
                family: table.family,
                kind: table.kind,
                laddr: address(socket.local),
                raddr: address(socket.remote),
                status: match table.kind {
                    SocketKind::Stream => status(socket.state),
                    _ => ConnectionStatus::None,
                },
                pid: owner.map(|owner| owner.pid),
            });
        }
        Ok(())
    }

    /// One row a descriptor, as both ends of a socketpair look alike.
    fn unix(&self, bytes: &[u8], rows: &mut Vec<Connection>) {
        // A line that is no socket is the rest of a name that has a newline.
        for socket in net_unix::parse(bytes).flatten() {
            let Some(kind) = unix_kind(socket.kind) else { continue };
            let row = |owner: Option<&Descriptor>| Connection {
                fd: owner.map(|owner| owner.fd),
                family: AddressFamily::Unix,
                kind,
                laddr: SocketAddress::Unix(OsStr::from_bytes(socket.path).to_owned()),
                raddr: SocketAddress::Unix(OsString::new()),
                status: ConnectionStatus::None,
                pid: owner.map(|owner| owner.pid),
            };
            let owners = self.owners.of(socket.inode);
            rows.extend(owners.iter().map(|owner| row(Some(owner))));
            if owners.is_empty() && self.strangers {
                rows.push(row(None));
            }
        }
    }
}

/// Whether the question is about sockets of this family and, if internet sockets, this kind.
fn includes(question: ConnectionKind, family: AddressFamily, kind: Option<SocketKind>) -> bool {
    use AddressFamily::{Inet, Inet6, Unix};
    use ConnectionKind as Kind;
    let families: &[AddressFamily] = match question {
        Kind::All => &[Inet, Inet6, Unix],
        Kind::Inet | Kind::Tcp | Kind::Udp => &[Inet, Inet6],
        Kind::Inet4 | Kind::Tcp4 | Kind::Udp4 => &[Inet],
        Kind::Inet6 | Kind::Tcp6 | Kind::Udp6 => &[Inet6],
        Kind::Unix => &[Unix],
    };
    let only = match question {
        Kind::Tcp | Kind::Tcp4 | Kind::Tcp6 => Some(SocketKind::Stream),
        Kind::Udp | Kind::Udp4 | Kind::Udp6 => Some(SocketKind::Datagram),
        Kind::All | Kind::Inet | Kind::Inet4 | Kind::Inet6 | Kind::Unix => None,
    };
    families.contains(&family) && (only.is_none() || only == kind)
}

/// Port 0 is that of an end that has no address.
fn address(address: net::SocketAddr) -> SocketAddress {
    if address.port() == 0 { SocketAddress::None } else { SocketAddress::Inet(address) }
}

/// A state as the kernel's `tcp_states.h` numbers it.
fn status(state: u8) -> ConnectionStatus {
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
fn unix_kind(kind: u16) -> Option<SocketKind> {
    match i32::from(kind) {
        libc::SOCK_STREAM => Some(SocketKind::Stream),
        libc::SOCK_DGRAM => Some(SocketKind::Datagram),
        libc::SOCK_SEQPACKET => Some(SocketKind::SequencedPacket),
        _ => None,
    }
}

/// Leaves out repetitions: sockets of unknown processes may have nothing to tell them apart.
fn unique(mut rows: Vec<Connection>) -> Vec<Connection> {
    let mut seen = HashSet::with_capacity(rows.len());
    let keep: Vec<bool> = rows.iter().map(|row| seen.insert(row)).collect();
    let mut keep = keep.into_iter();
    rows.retain(|_| keep.next() == Some(true));
    rows
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::System;

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
        use AddressFamily::{Inet, Inet6};
        let tables = |kind: &str| {
            let kind = kind.parse().expect("a kind");
            let mut files = Vec::new();
            for table in
                TABLES.iter().filter(|table| includes(kind, table.family, Some(table.kind)))
            {
                files.push(Path::new(table.file).file_name().and_then(OsStr::to_str).unwrap());
            }
            files.extend(includes(kind, AddressFamily::Unix, None).then_some("unix"));
            files.join(" ")
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
        assert!(TABLES.iter().all(|table| [Inet, Inet6].contains(&table.family)));
    }
}
