//! Beside the system's own tools, where they are installed: what they print of the same machine.
#![cfg(target_os = "linux")]

mod resting;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use resting::{PATIENCE, at_rest};
use sysvitals::{
    AddressFamily, ConnectionKind, ConnectionStatus, Fields, Pid, Process, ProcessStatus, Snapshot,
    SocketAddress, SocketKind, SwapMemory, VirtualMemory,
};

/// Moving numbers of kernel and tool, in bytes, may be this far apart.
const MOVING: u64 = 64 << 20;

/// What a tool prints; `None`, said above the test harness, where it is not installed.
fn tool(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").env("TZ", "UTC").stderr(Stdio::null());
    match command.stdin(Stdio::null()).output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(err) => {
            // A closed stderr is no failure of what is tested.
            let _ = writeln!(std::io::stderr(), "oracle: SKIPPED: {program}: {err}");
            None
        }
    }
}

/// Whether a number is near those that the other side told before and after it.
#[track_caller]
fn near(around: [u64; 2], number: u64, what: &str) {
    let (least, most) = (around[0].min(around[1]), around[0].max(around[1]));
    let is_near = least.saturating_sub(MOVING) <= number && number <= most.saturating_add(MOVING);
    assert!(is_near, "{what}: {number}, and {around:?} before and after it");
}

fn numbers(line: &str) -> Vec<u64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn ps_tells_the_same_processes() {
    let columns = "pid=,ppid=,uid=,ruid=,gid=,ni=,etimes=,tty=,comm=";
    let fields = Fields::all() - Fields::MEMORY_MAPS;
    let before = Snapshot::take(fields).expect("a table");
    let earliest = SystemTime::now();
    let Some(text) = tool("ps", &["-eww", "-o", columns]) else { return };
    let latest = SystemTime::now();
    let after = Snapshot::take(fields).expect("a table");
    let mut rows: BTreeMap<Pid, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        rows.insert(words[0].parse().expect("a pid"), words);
    }
    let mut compared = 0;
    for row in &before {
        // Those that were there all the time, and what stayed the same meanwhile.
        let pid = row.pid();
        let Some(later) = after.get(pid).filter(|later| later.identity() == row.identity()) else {
            continue;
        };
        let words = rows.get(&pid).unwrap_or_else(|| panic!("ps knows {pid}: {text}"));
        let check = |field: &str, ours: Option<String>, theirs: &str| {
            if let (Some(ours), true) = (ours, row.get(field) == later.get(field)) {
                assert_eq!(ours, theirs, "{field} of {pid}");
            }
        };
        check("ppid", row.ppid().ok().map(|it| it.to_string()), words[1]);
        check("uids", row.uids().ok().map(|it| it.effective.to_string()), words[2]);
        check("uids", row.uids().ok().map(|it| it.real.to_string()), words[3]);
        check("gids", row.gids().ok().map(|it| it.effective.to_string()), words[4]);
        // Real-time processes have no niceness there.
        if words[5] != "-" {
            check("nice", row.nice().ok().map(|it| it.to_string()), words[5]);
        }
        let terminal = row.terminal().ok().map(|path| {
            let path = path.map(|path| path.strip_prefix("/dev").unwrap_or(path));
            path.map_or("?".to_owned(), |path| path.to_string_lossy().into_owned())
        });
        check("terminal", terminal, words[7]);
        if let Ok(start) = row.create_time() {
            let age = |at: SystemTime| at.duration_since(start).unwrap_or_default().as_secs();
            let (least, most) = (age(earliest), age(latest));
            let theirs: u64 = words[6].parse().expect("seconds");
            let is_near = least.saturating_sub(5) <= theirs && theirs <= most + 5;
            assert!(is_near, "age of {pid}: {least} to {most} here, {theirs} there");
        }
        // ps cuts names as the kernel does and masks what cannot be printed; ours are completed. A
        // worker of the kernel is called after its work.
        let theirs = words[8..].join(" ");
        let theirs = theirs.trim_end_matches(" <defunct>");
        if let (Ok(name), true) = (row.name(), row.get("name") == later.get("name")) {
            let name = name.to_string_lossy();
            let is_plain = name.bytes().all(|byte| byte.is_ascii_graphic());
            let is_fixed = is_plain && !theirs.starts_with("kworker/");
            assert!(!is_fixed || name.starts_with(theirs), "{name:?} {theirs:?}");
        }
        compared += 1;
    }
    assert!(compared > 1, "at least init and this test");
}

#[test]
fn ps_tells_the_same_of_a_process_at_rest() {
    let mut child = Command::new("sleep").arg("60").spawn().expect("sleep(1)");
    at_rest(child.id(), "sleep");
    let process = Process::new(child.id()).expect("our child");
    process.suspend().expect("it is ours");
    let patience = Instant::now() + PATIENCE;
    while process.status().expect("it is ours") != ProcessStatus::Stopped {
        assert!(Instant::now() < patience, "it does not stop");
    }
    let pid = child.id().to_string();
    let text = tool("ps", &["-o", "rss=,vsz=,nlwp=,stat=,args=", "-p", &pid]);
    let (info, threads) = (process.memory_info(), process.num_threads());
    let (status, cmdline) = (process.status(), process.cmdline());
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    let Some(text) = text else { return };
    let words: Vec<_> = text.split_whitespace().collect();
    let info = info.expect("it was there");
    assert_eq!((info.rss / 1024).to_string(), words[0], "{text}");
    assert_eq!((info.vms / 1024).to_string(), words[1], "{text}");
    assert_eq!(threads.expect("it was there").to_string(), words[2]);
    assert_eq!(status.expect("it was there").as_str(), "stopped");
    assert!(words[3].starts_with('T'), "{text}");
    assert_eq!(cmdline.expect("it was there").join(" ".as_ref()).to_string_lossy(), "sleep 60");
    assert_eq!(words[4..].join(" "), "sleep 60");
}

#[test]
fn free_tells_the_same_memory() {
    let ask =
        || (sysvitals::virtual_memory().expect("memory"), sysvitals::swap_memory().expect("swap"));
    let before = ask();
    let Some(text) = tool("free", &["-b", "-w"]) else { return };
    let after = ask();
    let memory = |of: &dyn Fn(&VirtualMemory) -> u64| [of(&before.0), of(&after.0)];
    let swap = |of: &dyn Fn(&SwapMemory) -> u64| [of(&before.1), of(&after.1)];
    let line = |name| text.lines().find(|line| line.starts_with(name)).map(numbers);
    let theirs = line("Mem:").expect("memory");
    assert_eq!(memory(&|it| it.total), [theirs[0]; 2]);
    near(memory(&|it| it.free), theirs[2], "free");
    near(memory(&|it| it.shared.expect("Linux tells")), theirs[3], "shared");
    near(memory(&|it| it.buffers.expect("Linux tells")), theirs[4], "buffers");
    near(memory(&|it| it.cached.expect("Linux tells")), theirs[5], "cache");
    near(memory(&|it| it.available), theirs[6], "available");
    let theirs = line("Swap:").expect("swap");
    assert_eq!(swap(&|it| it.total), [theirs[0]; 2]);
    near(swap(&|it| it.used), theirs[1], "swap in use");
    near(swap(&|it| it.free), theirs[2], "swap not in use");
}

#[test]
fn df_tells_the_same_space() {
    let arguments = ["-B1", "--output=size,used,avail,pcent,target"];
    let Some(text) = tool("df", &arguments) else { return };
    let target = |line: &str| line.split_whitespace().nth(4).unwrap_or_default().to_owned();
    let usages: Vec<_> =
        text.lines().skip(1).map(|line| sysvitals::disk_usage(target(line)).ok()).collect();
    let all = sysvitals::disk_partitions_all().expect("mounts");
    let Some(later) = tool("df", &arguments) else { return };
    let mut compared = 0;
    for (line, usage) in text.lines().skip(1).zip(usages) {
        let path = target(line);
        // One that was mounted all the time.
        let Some(again) = later.lines().find(|again| path == target(again)) else { continue };
        assert!(all.iter().any(|mount| mount.mountpoint == Path::new(&path)), "{path} in {all:?}");
        let (before, after) = (numbers(line), numbers(again));
        // A file system without a size has dashes.
        let (Some(usage), 3.., 3..) = (usage, before.len(), after.len()) else { continue };
        assert_eq!(usage.total, before[0], "{path}");
        near([before[1], after[1]], usage.used, &path);
        near([before[2], after[2]], usage.free, &path);
        // df rounds up.
        let percent = |line: &str| {
            let word = line.split_whitespace().nth(3).unwrap_or_default();
            word.trim_end_matches('%').parse().unwrap_or(0.0)
        };
        let (one, other): (f64, f64) = (percent(line), percent(again));
        let is_near = (one.min(other) - 1.5..=one.max(other) + 1.5).contains(&usage.percent);
        assert!(is_near, "{path}: {usage:?} {line} {again}");
        compared += 1;
    }
    assert!(compared > 0 || text.lines().count() < 2, "{text}");
}

#[test]
fn ss_tells_the_same_listeners() {
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let ours = || {
        let sockets = sysvitals::net_connections(ConnectionKind::Inet).expect("sockets");
        let listeners = sockets.iter().filter_map(|socket| {
            let SocketAddress::Inet(local) = &socket.laddr else { return None };
            let is_tcp = socket.kind == SocketKind::Stream;
            let listens = if is_tcp {
                socket.status == ConnectionStatus::Listen
            } else {
                socket.raddr == SocketAddress::None
            };
            listens.then_some((is_tcp, local.port()))
        });
        listeners.collect::<BTreeSet<_>>()
    };
    let before = ours();
    let Some(text) = tool("ss", &["-Hlntu"]) else { return };
    let theirs: BTreeSet<_> = text
        .lines()
        .filter_map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let port = words.get(4)?.rsplit(':').next()?.parse::<u16>().ok()?;
            Some((*words.first()? == "tcp", port))
        })
        .collect();
    let after = ours();
    for port in [
        (true, tcp.local_addr().expect("an address").port()),
        (false, udp.local_addr().expect("an address").port()),
    ] {
        assert!(before.contains(&port) && theirs.contains(&port), "{port:?} {before:?} {theirs:?}");
    }
    // Other tests open and close ports of their own: those that anyone may choose do not count. And
    // any may come or go while ss looks.
    let settled = |ports: BTreeSet<(bool, u16)>| {
        ports.into_iter().filter(|(_, port)| *port < 32768).collect::<BTreeSet<_>>()
    };
    let (before, theirs, after) = (settled(before), settled(theirs), settled(after));
    assert!((&before & &after).is_subset(&theirs), "{before:?} {theirs:?} {after:?}");
    assert!(theirs.is_subset(&(&before | &after)), "{before:?} {theirs:?} {after:?}");
}

#[test]
fn ip_tells_the_same_interfaces() {
    let earlier = sysvitals::net_io_counters_pernic().expect("interfaces");
    let Some(text) = tool("ip", &["-j", "-s", "address"]) else { return };
    let Ok(serde_json::Value::Array(links)) = serde_json::from_str(&text) else {
        // Before iproute2 4.14 there is no JSON.
        return;
    };
    let stats = sysvitals::net_if_stats().expect("interfaces");
    let addresses = sysvitals::net_if_addrs().expect("interfaces");
    let counters = sysvitals::net_io_counters_pernic().expect("interfaces");
    for link in links {
        let name = link["ifname"].as_str().expect("a name");
        let Some(nic) = stats.get(OsStr::new(name)) else {
            panic!("{name} in {stats:?}");
        };
        assert_eq!(Some(u64::from(nic.mtu)), link["mtu"].as_u64(), "mtu of {name}");
        let flags: BTreeSet<_> = nic.flags.split(',').collect();
        let has =
            |flag| link["flags"].as_array().is_some_and(|all| all.iter().any(|it| it == flag));
        for (theirs, ours) in [("UP", "up"), ("LOOPBACK", "loopback"), ("BROADCAST", "broadcast")] {
            assert_eq!(flags.contains(ours), has(theirs), "{ours} of {name}: {:?}", nic.flags);
        }
        // What dev_get_flags() of the kernel calls running.
        let is_up = has("UP") && (link["operstate"] == "UP" || link["operstate"] == "UNKNOWN");
        assert_eq!(nic.isup, is_up, "{name}: {nic:?} {link}");
        let ours = addresses.get(OsStr::new(name)).cloned().unwrap_or_default();
        let mut ours_ip = BTreeSet::new();
        for address in ours.iter().filter(|each| each.family != AddressFamily::Link) {
            let text = address.address.to_string();
            ours_ip.insert(text.split('%').next().unwrap_or_default().to_owned());
        }
        let theirs_ip: BTreeSet<String> = link["addr_info"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|each| each["local"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(ours_ip, theirs_ip, "addresses of {name}");
        if let Some(theirs) = link["address"].as_str() {
            let found = ours.iter().find(|each| each.family == AddressFamily::Link);
            let text = found.map(|each| each.address.to_string()).unwrap_or_default();
            assert!(theirs.contains('.') || text == theirs, "{name}: {text} here, {theirs} there");
        }
        if let Some(received) = link["stats64"]["rx"]["bytes"].as_u64() {
            let ours = [&earlier, &counters].map(|counters| {
                let ours = counters[OsStr::new(name)].bytes_recv;
                u64::try_from(ours).expect("this kernel's own counter")
            });
            near(ours, received, name);
        }
    }
}

#[test]
fn lsof_tells_the_same_files() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().canonicalize().expect("a path");
    let pid = Pid::current().to_string();
    let Some(text) = tool("lsof", &["-w", "-p", &pid, "-F", "ftn"]) else { return };
    let mut theirs = BTreeMap::new();
    let (mut fd, mut is_regular) = (String::new(), false);
    for line in text.lines() {
        match line.split_at(1) {
            ("f", number) => fd = number.to_owned(),
            ("t", kind) => is_regular = kind == "REG",
            ("n", name) if is_regular => {
                if let Ok(fd) = fd.parse::<u32>() {
                    theirs.insert(fd, name.to_owned());
                }
            }
            _ => {}
        }
    }
    let ours = Process::current().and_then(|me| me.open_files()).expect("our own");
    let ours: BTreeMap<_, _> = ours
        .into_iter()
        .filter_map(|open| Some((open.fd?, open.path.to_string_lossy().into_owned())))
        .collect();
    let of_this_test = |files: &BTreeMap<u32, String>| {
        let name = path.to_string_lossy();
        files.iter().filter(|(_, path)| **path == name).map(|(fd, _)| *fd).collect::<Vec<_>>()
    };
    assert_eq!(of_this_test(&ours), of_this_test(&theirs), "{ours:?} {theirs:?}");
    assert_eq!(of_this_test(&ours).len(), 1, "{ours:?}");
}

#[test]
fn who_tells_the_same_users() {
    let Some(text) = tool("who", &[]) else { return };
    let ours = sysvitals::users().expect("users");
    let mut theirs: Vec<_> = text
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            (words.next().unwrap_or_default().to_owned(), words.next().map(str::to_owned))
        })
        .collect();
    let mut ours: Vec<_> = ours
        .iter()
        .map(|user| {
            let terminal = user.terminal.as_ref().map(|it| it.to_string_lossy().into_owned());
            (user.name.to_string_lossy().into_owned(), terminal)
        })
        .collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}
