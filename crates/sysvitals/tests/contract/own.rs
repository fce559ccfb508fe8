//! What a process knows of itself otherwise.

use std::env;
use std::ffi::OsString;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use sysvitals::{
    AddressFamily, ConnectionKind, ConnectionStatus, Pid, Process, SocketAddress, SocketKind,
};

fn me() -> Process {
    Process::current().expect("we are running")
}

#[test]
fn description() {
    let me = me();
    let exe = env::current_exe().expect("a program");
    assert_eq!(me.exe().expect("our own"), Some(exe.clone()));
    assert_eq!(me.cmdline().expect("our own"), env::args_os().collect::<Vec<OsString>>());
    assert_eq!(me.cwd().expect("our own"), Some(env::current_dir().expect("a directory")));
    assert_eq!(Some(me.name().expect("our own").as_os_str()), exe.file_name());
    assert_eq!(me.ppid().expect("our own"), Pid::new(std::os::unix::process::parent_id()));
    assert_eq!(me.uids().expect("our own").effective, rustix::process::geteuid().as_raw());
    assert_eq!(me.gids().expect("our own").real, rustix::process::getgid().as_raw());
    let environ = me.environ().expect("our own");
    assert_eq!(environ.get("PATH"), env::var_os("PATH").as_deref());
    assert!(me.num_threads().expect("our own") >= 2, "the harness and this test");
    assert_eq!(me.threads().expect("our own")[0].id, me.pid().get().into());
    assert!(me.memory_info().expect("our own").rss > 0);
    assert!(me.memory_footprint().expect("our own").uss > 0);
    assert!(me.page_faults().expect("our own").minor > 0);
}

#[test]
fn files() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"0123456789").expect("room");
    file.seek(SeekFrom::Start(4)).expect("a file can be sought");
    let read = std::fs::File::open(file.path()).expect("the same file");
    (&read).read_exact(&mut [0; 3]).expect("ten bytes");
    let path = file.path().canonicalize().expect("a path");
    let open = me().open_files().expect("our own");
    let mut ours: Vec<_> = open
        .iter()
        .filter(|open| open.path == path)
        .map(|open| (open.position, open.mode.as_deref()))
        .collect();
    ours.sort_unstable();
    assert_eq!(ours, [(Some(3), Some("r")), (Some(4), Some("r+"))], "{open:?}");
    let fds = me().num_fds().expect("our own");
    assert!(fds as usize >= open.len() && fds >= 2, "{fds}");
}

#[test]
fn sockets() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(tcp.local_addr().expect("an address")).expect("a peer");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a b");
    let _unix = UnixListener::bind(&path).expect("a socket");

    let all = sysvitals::net_connections(ConnectionKind::All).expect("sockets");
    let ours: Vec<_> = all.iter().filter(|each| each.pid == Some(Pid::current())).collect();
    let find = |local: &SocketAddress, remote: &SocketAddress| {
        let found = ours.iter().find(|each| each.laddr == *local && each.raddr == *remote);
        found.unwrap_or_else(|| panic!("{local:?} {remote:?} in {ours:?}"))
    };
    let inet = |address: std::io::Result<_>| SocketAddress::Inet(address.expect("an address"));
    let nobody = SocketAddress::None;
    let listening = find(&inet(tcp.local_addr()), &nobody);
    assert_eq!(listening.status, ConnectionStatus::Listen);
    assert_eq!((listening.family, listening.kind), (AddressFamily::Inet, SocketKind::Stream));
    let connected = find(&inet(client.local_addr()), &inet(client.peer_addr()));
    assert_eq!(connected.status, ConnectionStatus::Established);
    let datagrams = find(&inet(udp.local_addr()), &nobody);
    assert_eq!((datagrams.kind, datagrams.status), (SocketKind::Datagram, ConnectionStatus::None));
    let local = SocketAddress::Unix(path.into());
    let unix = ours.iter().find(|each| each.laddr == local).expect("our unix socket");
    assert_eq!((unix.family, unix.kind), (AddressFamily::Unix, SocketKind::Stream));

    let own = me().net_connections(ConnectionKind::All).expect("our own");
    for socket in [listening, connected, datagrams, unix] {
        let same = own.iter().any(|own| own.laddr == socket.laddr && own.fd == socket.fd);
        assert!(same, "{socket:?} in {own:?}");
    }
}

#[test]
fn working_directories_follow_the_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let path: PathBuf = directory.path().canonicalize().expect("a path");
    let mut child = std::process::Command::new("sleep");
    let mut child = child.arg("60").current_dir(&path).spawn().expect("sleep(1)");
    let process = Process::new(Pid::new(child.id())).expect("our child");
    assert_eq!(process.cwd().expect("it runs"), Some(path));
    assert_eq!(process.parent().expect("it runs"), Some(me()));
    assert!(me().children().expect("our own").contains(&process));
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
}
