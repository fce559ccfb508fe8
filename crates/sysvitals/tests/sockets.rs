//! Real sockets, looked for among those of the system and of the process that has them.
#![cfg(target_os = "linux")]

mod resting;

use std::collections::HashSet;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram, UnixListener, UnixStream};
use std::process::Command;
use std::thread;

use resting::at_rest;
use rustix::net::{AddressFamily as Domain, SocketFlags, SocketType};
use sysvitals::{
    AddressFamily, Child, Connection, ConnectionKind, ConnectionStatus, Pid, Process,
    ProcessConnection, SocketAddress, SocketKind, System,
};

fn number(fd: impl AsFd) -> Option<u32> {
    u32::try_from(fd.as_fd().as_raw_fd()).ok()
}

/// Our rows of both answers, which must be the same; `fd` alone.
#[track_caller]
fn row(kind: ConnectionKind, fd: impl AsFd) -> Option<ProcessConnection> {
    let fd = number(fd);
    let me = Process::current().expect("this process");
    let own = me.net_connections(kind).expect("our sockets");
    let all = System::host().net_connections(kind).expect("all sockets");
    let ours = all.into_iter().filter(|row| row.pid == Some(Pid::current()));
    let mut ours = ours.map(ProcessConnection::from).filter(|row| row.fd == fd);
    let mut own = own.into_iter().filter(|row| row.fd == fd);
    let (first, second) = (own.next(), ours.next());
    assert_eq!(first, second, "{kind}");
    assert_eq!((own.next(), ours.next()), (None, None), "{kind}");
    first
}

/// Checks what is told of a socket, and which questions it is an answer to.
#[track_caller]
fn check(fd: impl AsFd, kinds: &[&str], want: ProcessConnection) {
    for &kind in ConnectionKind::ALL {
        let told = kinds.contains(&kind.as_str()).then(|| want.clone());
        assert_eq!(row(kind, fd.as_fd()), told, "{kind}");
    }
}

fn connection(
    fd: impl AsFd,
    (family, kind): (AddressFamily, SocketKind),
    [laddr, raddr]: [SocketAddress; 2],
    status: ConnectionStatus,
) -> ProcessConnection {
    // The only way to make one outside the library.
    let mut row = row(ConnectionKind::All, &fd).expect("a row");
    row.fd = number(fd);
    (row.family, row.kind, row.laddr, row.raddr, row.status) = (family, kind, laddr, raddr, status);
    row
}

#[test]
fn tcp_has_states_and_two_ends() {
    for (ip, family, kinds) in [
        ("127.0.0.1", AddressFamily::Inet, ["all", "inet", "inet4", "tcp", "tcp4"]),
        ("::1", AddressFamily::Inet6, ["all", "inet", "inet6", "tcp", "tcp6"]),
    ] {
        let Some(listener) = here(TcpListener::bind((ip, 0)), ip) else { continue };
        let address = listener.local_addr().expect("an address");
        let client = TcpStream::connect(address).expect("a listener");
        let (server, peer) = listener.accept().expect("a client");

        let (local, remote) = (SocketAddress::Inet(address), SocketAddress::Inet(peer));
        let tcp = (family, SocketKind::Stream);
        let ends = [local.clone(), SocketAddress::None];
        check(&listener, &kinds, connection(&listener, tcp, ends, ConnectionStatus::Listen));
        let ends = [local.clone(), remote.clone()];
        check(&server, &kinds, connection(&server, tcp, ends, ConnectionStatus::Established));
        let ends = [remote, local];
        check(&client, &kinds, connection(&client, tcp, ends, ConnectionStatus::Established));
    }
}

#[test]
fn udp_has_no_state() {
    for (ip, family, kinds) in [
        ("127.0.0.1", AddressFamily::Inet, ["all", "inet", "inet4", "udp", "udp4"]),
        ("::1", AddressFamily::Inet6, ["all", "inet", "inet6", "udp", "udp6"]),
    ] {
        let Some(one) = here(UdpSocket::bind((ip, 0)), ip) else { continue };
        let other = UdpSocket::bind((ip, 0)).expect("an address");
        other.connect(one.local_addr().expect("an address")).expect("an address");

        let udp = (family, SocketKind::Datagram);
        let [to, from] = [&one, &other].map(|each| each.local_addr().expect("an address"));
        let ends = [SocketAddress::Inet(to), SocketAddress::None];
        check(&one, &kinds, connection(&one, udp, ends, ConnectionStatus::None));
        let ends = [SocketAddress::Inet(from), SocketAddress::Inet(to)];
        check(&other, &kinds, connection(&other, udp, ends, ConnectionStatus::None));
    }
}

/// What was bound, unless this machine has no such addresses.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
fn here<T>(bound: std::io::Result<T>, ip: &str) -> Option<T> {
    match bound {
        Ok(socket) => Some(socket),
        Err(err) if ip == "::1" => {
            println!("SKIPPED: IPv6 was not checked, this machine has none: {err}");
            None
        }
        Err(err) => panic!("{ip}: {err}"),
    }
}

#[test]
fn unix_sockets_are_named_by_path() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("two  blanks ");
    let blank = UnixListener::bind(&path).expect("a path");
    let name = format!("sysvitals test {}", std::process::id());
    let address = UnixAddr::from_abstract_name(&name).expect("a name");
    let hidden = UnixDatagram::bind_addr(&address).expect("a name of its own");
    let (left, right) = UnixStream::pair().expect("two sockets");
    let messages =
        rustix::net::socket_with(Domain::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .expect("a socket");

    let unix = |fd: &dyn AsFd, kind, path: std::ffi::OsString| {
        let ends = [SocketAddress::Unix(path), SocketAddress::Unix("".into())];
        let fd = fd.as_fd();
        let want = connection(fd, (AddressFamily::Unix, kind), ends, ConnectionStatus::None);
        check(fd, &["all", "unix"], want);
    };
    unix(&blank, SocketKind::Stream, path.into());
    unix(&hidden, SocketKind::Datagram, format!("@{name}").into());
    unix(&left, SocketKind::Stream, "".into());
    unix(&right, SocketKind::Stream, "".into());
    unix(&messages, SocketKind::SequencedPacket, "".into());
}

/// A process that has this as its standard input, in the namespaces of the calling thread.
fn holder(socket: impl Into<OwnedFd>) -> Child {
    let mut command = Command::new("sleep");
    let child = Child::spawn(command.arg("60").stdin(socket.into())).expect("sleep(1)");
    // Until it runs its program it has all of ours.
    at_rest(child.pid().get(), "sleep");
    child
}

fn end(child: &Child) {
    child.process().expect("our child").kill().expect("our child");
    child.wait(None).expect("our child");
}

#[test]
fn shared_internet_sockets_are_told_once_and_unix_sockets_by_process() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = SocketAddress::Inet(tcp.local_addr().expect("an address"));
    let path = format!("@shared {}", std::process::id());
    let name = UnixAddr::from_abstract_name(&path[1..]).expect("a name");
    let unix = UnixListener::bind_addr(&name).expect("a name of its own");
    let children = [
        holder(tcp.try_clone().expect("a duplicate")),
        holder(unix.try_clone().expect("a duplicate")),
    ];

    let rows = System::host().net_connections(ConnectionKind::All).expect("all sockets");
    let owners = |laddr: &SocketAddress| {
        let rows = rows.iter().filter(|row| row.laddr == *laddr);
        rows.map(|row| (row.pid, row.fd)).collect::<HashSet<_>>()
    };
    let us = |fd| (Some(Pid::current()), number(fd));
    let child = |child: &Child| (Some(child.pid()), Some(0));
    let lowest = us(tcp.as_fd()).min(child(&children[0]));
    assert_eq!(owners(&address), HashSet::from([lowest]));
    let both = HashSet::from([us(unix.as_fd()), child(&children[1])]);
    // A child that another test is starting may have it, too, until it runs its program.
    assert!(both.is_subset(&owners(&SocketAddress::Unix(path.into()))));

    // Each is told of its own, whoever else has it.
    let own = children[0].process().expect("our child").net_connections(ConnectionKind::Tcp4);
    let own = own.expect("its sockets");
    assert_eq!(
        own.iter().map(|row| (row.fd, &row.laddr)).collect::<Vec<_>>(),
        [(Some(0), &address)]
    );
    children.iter().for_each(end);
}

#[test]
fn duplicates_tell_what_the_tables_tell() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("an address");
    let client = TcpStream::connect(tcp.local_addr().expect("an address")).expect("a listener");
    let (server, _) = tcp.accept().expect("a client");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("an address");
    let (near, far) = UnixStream::pair().expect("two sockets");
    let sockets: [OwnedFd; 6] =
        [tcp.into(), client.into(), server.into(), udp.into(), near.into(), far.into()];
    for socket in sockets {
        let child = holder(socket);
        let process = child.process().expect("our child");
        for &kind in ConnectionKind::ALL {
            let tables = process.net_connections(kind).expect("its sockets");
            let asked = process.net_connections_by_duplicates(kind).expect("its sockets");
            assert_eq!(asked, tables, "{kind}");
            let held = process.hold().expect("our child");
            let asked = held.net_connections_by_duplicates(kind).expect("its sockets");
            assert_eq!(asked, tables, "{kind}");
        }
        assert_eq!(process.net_connections(ConnectionKind::All).expect("its sockets").len(), 1);
        end(&child);
        let gone = process.net_connections_by_duplicates(ConnectionKind::All);
        assert!(gone.expect_err("it has ended").is_gone());
    }
}

#[test]
fn nothing_is_told_twice() {
    let pairs: Vec<_> = (0..3).map(|_| UnixStream::pair().expect("two sockets")).collect();
    let rows = System::host().net_connections(ConnectionKind::All).expect("all sockets");
    let unique: HashSet<&Connection> = rows.iter().collect();
    assert_eq!(unique.len(), rows.len());
    let ours = rows.iter().filter(|row| row.pid == Some(Pid::current()));
    assert!(ours.count() >= 2 * pairs.len());
}

#[test]
#[expect(deprecated, reason = "of a thread's namespaces only that of the network is left")]
fn a_process_is_told_about_in_its_own_namespace() {
    let spawned = thread::spawn(|| {
        rustix::thread::unshare(rustix::thread::UnshareFlags::NEWNET)?;
        let tcp = TcpListener::bind("0.0.0.0:0").expect("an address");
        let address = tcp.local_addr().expect("an address");
        rustix::io::Result::Ok((holder(tcp), address))
    });
    let (child, address) = match spawned.join().expect("a thread") {
        Ok(spawned) => spawned,
        Err(err) => return println!("SKIPPED: no network namespace of our own: {err}"),
    };

    let is_it = |laddr: &SocketAddress| *laddr == SocketAddress::Inet(address);
    let own = child.process().expect("our child").net_connections(ConnectionKind::Inet);
    let own = own.expect("its sockets");
    assert!(matches!(&own[..], [row] if is_it(&row.laddr) && row.fd == Some(0)), "{own:?}");
    let process = child.process().expect("our child");
    let asked = process.net_connections_by_duplicates(ConnectionKind::Inet);
    assert_eq!(asked.expect("its sockets"), own);
    let all = System::host().net_connections(ConnectionKind::Inet).expect("all sockets");
    assert!(!all.iter().any(|row| row.pid == Some(child.pid())), "not in our namespace");
    end(&child);
}
