//! Interfaces and sockets of Windows.
#![cfg(windows)]

use std::fs;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;

use sysvitals::{
    AddressFamily, ConnectionKind, ConnectionStatus, Error, Fields, NicAddressValue, NicDuplex,
    Pid, Process, Snapshot, SocketAddress, SocketKind, System, ToValue as _, Value,
};

/// The one row of the whole table with this end; one that lived there before may still be waited for.
fn row(kind: ConnectionKind, laddr: &SocketAddress) -> Option<sysvitals::Connection> {
    let rows = System::host().net_connections(kind).expect("all sockets");
    let mut rows = rows
        .into_iter()
        .filter(|row| row.laddr == *laddr && row.status != ConnectionStatus::TimeWait);
    let row = rows.next();
    assert_eq!(rows.next(), None, "{kind}");
    row
}

#[test]
fn tcp_has_states_and_two_ends() {
    for (ip, family, kinds) in [
        ("127.0.0.1", AddressFamily::Inet, ["all", "inet", "inet4", "tcp", "tcp4"]),
        ("::1", AddressFamily::Inet6, ["all", "inet", "inet6", "tcp", "tcp6"]),
    ] {
        let Ok(listener) = TcpListener::bind((ip, 0)) else { continue };
        let address = SocketAddress::Inet(listener.local_addr().expect("an address"));
        for &kind in ConnectionKind::ALL {
            if kind == ConnectionKind::Unix {
                continue;
            }
            let row = row(kind, &address);
            assert_eq!(row.is_some(), kinds.contains(&kind.as_str()), "{kind}");
            let Some(row) = row else { continue };
            assert_eq!((row.fd, row.family, row.kind), (None, family, SocketKind::Stream));
            assert_eq!((row.raddr, row.status), (SocketAddress::None, ConnectionStatus::Listen));
        }

        let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("us");
        let _server = listener.accept().expect("a client");
        let [ours, theirs] = [client.local_addr(), client.peer_addr()]
            .map(|address| SocketAddress::Inet(address.expect("an address")));
        let row = row(ConnectionKind::Tcp, &ours).expect("our end");
        assert_eq!((row.status, row.raddr), (ConnectionStatus::Established, theirs));
        // Wine knows the owner of a socket of IPv4 that was connected, and of no other.
        if family == AddressFamily::Inet {
            assert_eq!(row.pid, Some(Pid::current()));
            let own = Process::current().expect("us").net_connections(ConnectionKind::Tcp);
            let own = own.expect("our sockets").into_iter().find(|own| own.laddr == ours);
            assert_eq!(own.map(|own| own.status), Some(ConnectionStatus::Established));
        }
    }
}

/// Set where the test binary runs itself, to have a child with a socket.
const CHILD: &str = "SYSVITALS_TEST_CONNECTS_TO";

/// Not a test but the other half of the next one.
#[test]
fn child() {
    let Ok(address) = std::env::var(CHILD) else { return };
    let mut socket = TcpStream::connect(address).expect("our parent listens");
    // Nothing comes: this ends when the parent lets go.
    let _ = socket.read(&mut [0]);
}

#[test]
fn sockets_of_another_process_are_its_own_as_long_as_it_lives() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["child", "--exact", "--nocapture"]).env(CHILD, address.to_string());
    let mut child = command.stdout(Stdio::null()).spawn().expect("this program");
    let (server, peer) = listener.accept().expect("our child");
    let peer = SocketAddress::Inet(peer);

    let process = Process::new(child.id()).expect("it runs");
    let row = row(ConnectionKind::Tcp4, &peer).expect("its socket");
    assert_eq!(row.pid, Some(Pid::new(child.id())));
    let its = process.net_connections(ConnectionKind::Inet).expect("its sockets");
    assert_eq!(its.len(), 1, "{its:?}");
    assert_eq!((&its[0].laddr, its[0].status), (&peer, ConnectionStatus::Established));
    assert_eq!(its[0].raddr, SocketAddress::Inet(address));
    let own = Process::current().expect("us").net_connections(ConnectionKind::All);
    assert!(own.expect("ours").iter().all(|socket| socket.laddr != peer));

    let table = Snapshot::take(Fields::NET_CONNECTIONS).expect("a table");
    let cell = table.get(child.id()).expect("it runs").net_connections().expect("its sockets");
    assert_eq!(cell, its.as_slice());

    drop(server);
    child.wait().expect("its end");
    let gone = process.net_connections(ConnectionKind::Inet).expect_err("it has ended");
    assert!(gone.is_gone(), "{gone:?}");
}

#[test]
fn udp_has_one_end_and_no_state() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = SocketAddress::Inet(socket.local_addr().expect("an address"));
    let row = row(ConnectionKind::Udp4, &address).expect("our socket");
    assert_eq!((row.family, row.kind), (AddressFamily::Inet, SocketKind::Datagram));
    assert_eq!((row.raddr, row.status), (SocketAddress::None, ConnectionStatus::None));
    drop(socket);
    let rows = System::host().net_connections(ConnectionKind::Udp4).expect("all sockets");
    assert!(rows.iter().all(|row| row.laddr != address));
}

#[test]
fn unix_sockets_have_no_table() {
    let alone = System::host().net_connections(ConnectionKind::Unix);
    assert!(matches!(alone, Err(Error::Unsupported(_))), "{alone:?}");
}

#[test]
fn tables_grow_while_they_are_read() {
    let listeners: Vec<_> = (0..600).map_while(|_| TcpListener::bind("127.0.0.1:0").ok()).collect();
    assert!(listeners.len() > 400, "the first buffer is too short");
    thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for _ in 0..200 {
                drop(TcpListener::bind("127.0.0.1:0"));
            }
        });
        while !changes.is_finished() {
            let rows = System::host().net_connections(ConnectionKind::Tcp4).expect("all sockets");
            let ports: std::collections::HashSet<_> =
                rows.iter().map(|row| row.laddr.clone()).collect();
            for listener in &listeners {
                let address = listener.local_addr().expect("an address");
                assert!(ports.contains(&SocketAddress::Inet(address)));
            }
        }
    });
}

#[test]
fn interfaces_have_addresses_counters_and_a_state() {
    let addresses = sysvitals::net_if_addrs().expect("addresses");
    let counters = sysvitals::net_io_counters_pernic().expect("counters");
    let stats = sysvitals::net_if_stats().expect("states");
    assert!(counters.keys().eq(stats.keys()));
    assert!(addresses.keys().all(|name| stats.contains_key(name)), "{addresses:?} {stats:?}");

    let loopback = NicAddressValue::Ip { ip: Ipv4Addr::LOCALHOST.into(), scope: None };
    let is_loopback = |row: &&sysvitals::NicAddress| row.address == loopback;
    let mut rows =
        addresses.iter().filter_map(|(name, rows)| Some((name, rows.iter().find(is_loopback)?)));
    let (name, row) = rows.next().expect("the loopback interface");
    let shown = |value: &Option<NicAddressValue>| value.as_ref().map(ToString::to_string);
    assert_eq!(row.family, AddressFamily::Inet);
    assert_eq!(shown(&row.netmask).as_deref(), Some("255.0.0.0"));
    assert_eq!(shown(&row.broadcast).as_deref(), Some("127.255.255.255"));
    assert_eq!(row.ptp, None);
    let state = &stats[name];
    assert!(state.isup && state.mtu > 0 && state.flags.is_empty(), "{state:?}");
    assert_eq!(state.duplex, NicDuplex::Full);

    for rows in addresses.values() {
        for row in rows {
            match (&row.address, row.family) {
                (NicAddressValue::Link(_), AddressFamily::Link) => {
                    let Value::Text(text) = row.address.to_value() else { panic!("{row:?}") };
                    let text = text.to_string_lossy();
                    assert!(text.len() >= 17 && text.split('-').all(|pair| pair.len() == 2));
                    assert_eq!(row.netmask, None);
                }
                (NicAddressValue::Ip { ip: IpAddr::V4(_), .. }, AddressFamily::Inet)
                | (NicAddressValue::Ip { ip: IpAddr::V6(_), .. }, AddressFamily::Inet6) => {}
                _ => panic!("{row:?}"),
            }
        }
        let order = |family| match family {
            AddressFamily::Link => 0,
            AddressFamily::Inet => 1,
            _ => 2,
        };
        assert!(rows.iter().is_sorted_by_key(|row| order(row.family)), "{rows:?}");
    }
}

/// What Linux tells of an interface, where Wine runs on it: bytes received and sent.
fn of_linux(interface: &str) -> Option<[u128; 2]> {
    let text = fs::read_to_string(r"Z:\proc\net\dev").ok()?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix(interface)?.strip_prefix(':'));
    let fields: Vec<_> = line?.split_whitespace().collect();
    Some([0, 8].map(|at| fields[at].parse().expect("a number")))
}

#[test]
fn what_is_sent_is_counted() {
    let total = || sysvitals::net_io_counters().expect("counters").expect("an interface");
    let before = total();
    let [a, b] = [(), ()].map(|()| UdpSocket::bind("127.0.0.1:0").expect("a free port"));
    for _ in 0..100 {
        a.send_to(&[0; 1000], b.local_addr().expect("an address")).expect("sent");
    }
    let after = total();
    assert!(after.bytes_sent >= before.bytes_sent && after.packets_recv >= before.packets_recv);

    // The loopback interface of Windows itself counts nothing.
    for (name, ours) in sysvitals::net_io_counters_pernic().expect("counters") {
        let name = name.to_string_lossy();
        let Some(earlier) = of_linux(&name) else { continue };
        let ours = [ours.bytes_recv, ours.bytes_sent];
        assert!(earlier[0] >= ours[0] && earlier[1] >= ours[1], "{name}: {earlier:?} {ours:?}");
        assert!(name != "lo" || ours[1] > 100_000, "{ours:?}");
    }
}
