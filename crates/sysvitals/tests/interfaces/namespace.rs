//! In a network namespace of its own, where nothing but this program changes and uses interfaces, so
//! that what netlink tells and what `/proc/net/dev` tells can be compared to the byte.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is its own harness")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::net::{Ipv4Addr, UdpSocket};
use std::ops::Range;
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use sysvitals::{NetIoCounters, System};

use super::rtnetlink::{LO, Rtnetlink};
use super::unshared;

/// How often interfaces come, go or change their names while questions are asked.
const CHANGES: u32 = 400;
/// A number that interfaces of several names have, one after another.
const SHARED: u32 = 50;
/// Numbers of interfaces of which there are many.
const MANY: Range<u32> = 60..100;

/// No harness: the second run of this program, in the namespace, must not be one.
pub(super) fn main() -> ExitCode {
    unshared::main("interfaces", "network", &["--net"], inside)
}

fn counters(system: &System) -> BTreeMap<OsString, NetIoCounters> {
    system.net_io_counters_pernic().expect("counters")
}

/// How many sockets this process has.
fn sockets() -> usize {
    let leads = |fd: fs::DirEntry| fs::read_link(fd.path()).unwrap_or_default();
    let open = fs::read_dir("/proc/self/fd").expect("descriptors").flatten().map(leads);
    open.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

fn inside() {
    // Who runs the tests may have given them some.
    let given = sockets();
    let links = Rtnetlink::open();
    let text = System::host();
    let held = text.hold();
    let same = |when: &str| {
        let told = counters(&held);
        assert_eq!(told, counters(&text), "{when}");
        told.into_keys().map(|name| name.into_string().expect("text")).collect::<Vec<_>>().join(" ")
    };

    // Other counters than nought.
    links.set_up(LO, true).expect("lo is there");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let address = socket.local_addr().expect("its address");
    for _ in 0..3 {
        socket.send_to(b"some traffic", address).expect("lo is up");
    }
    let told = counters(&held);
    assert!(told[OsStr::new("lo")].bytes_recv > 0);
    let others: Vec<_> = told.keys().filter(|name| *name != "lo").collect();
    println!("beside lo: {others:?}");
    assert_eq!(sockets() - given, 3, "ours, that of the traffic, and the held one");
    same("traffic");

    links.set_up(LO, false).expect("lo is there");
    links.rename(LO, "back").expect("it is down");
    assert!(same("a new name").contains("back"));

    let kinds = ["dummy", "ifb", "bridge", "veth"];
    let kind = kinds.into_iter().find(|kind| links.create(kind, SHARED, "first").is_ok());
    match kind {
        Some(kind) => {
            assert!(same("a new interface").contains("first"));
            links.delete(SHARED).expect("it is there");
            links.create(kind, SHARED, "second").expect("another one");
            assert!(same("a number that another one had").contains("second"));
            links.delete(SHARED).expect("it is there");
            assert!(!same("one that went").contains("second"));
            // More than the kernel tells at once.
            for number in MANY {
                links.create(kind, number, &format!("one{number}")).expect("the number is free");
            }
            for _ in 0..3 {
                assert!(same("many").split(' ').count() >= MANY.count());
            }
            MANY.for_each(|number| links.delete(number).expect("it is there"));
        }
        None => eprintln!("no interface can be made here: only names change"),
    }
    elsewhere(&text);
    storm(&held, kind);
    same("after all");
}

/// A thread that went to another namespace is told of the one that its process is in, as by the file.
fn elsewhere(text: &System) {
    let outside = rustix::process::getppid().expect("a parent").as_raw_nonzero();
    let there = || {
        let namespace = fs::File::open(format!("/proc/{outside}/ns/net"))?;
        let kind = Some(LinkNameSpaceType::Network);
        move_into_link_name_space(namespace.as_fd(), kind)?;
        Ok::<_, std::io::Error>(counters(&text.hold()))
    };
    match thread::scope(|scope| scope.spawn(there).join().expect("an answer")) {
        Ok(told) => assert_eq!(told, counters(text)),
        Err(err) => eprintln!("no thread can go elsewhere here: {err}"),
    }
}

/// What has had no traffic must not have any, and what had must, whatever it is called.
fn storm(held: &System, kind: Option<&str>) {
    let over = AtomicBool::new(false);
    let mut questions = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let links = Rtnetlink::open();
            for turn in 1..=CHANGES {
                links.rename(LO, ["lo", "back"][turn as usize % 2]).expect("it is down");
                if let Some(kind) = kind.filter(|_| turn % 8 == 0) {
                    links.create(kind, SHARED, &format!("new{turn}")).expect("the number is free");
                    links.delete(SHARED).expect("it is there");
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        while !over.load(Ordering::Relaxed) {
            let told = counters(held);
            let busy: Vec<_> =
                told.iter().filter(|(_, counters)| counters.bytes_recv > 0).collect();
            assert!(matches!(busy[..], [(name, _)] if name == "lo" || name == "back"), "{told:?}");
            questions += 1;
        }
    });
    println!("{questions} questions, {CHANGES} changes, no counter of another interface");
}
