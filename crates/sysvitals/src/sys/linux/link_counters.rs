//! Counters of network interfaces by netlink (rtnetlink(7)): a quarter of what `/proc/net/dev` costs,
//! for who keeps the socket and the names.
//!
//! Counters are told by numbers of interfaces; names are asked for once. That none is out of date
//! follows from the order of what is in the socket: it is subscribed to changes, the kernel makes
//! changes and the lists that are asked for one after another, and so a change that came before a
//! list stands before it in the queue. The counters that no change stands before are those of the
//! interfaces that were named.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::process::Pid;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::netlink::{self, Message};
use sysvitals_parse::linux::{if_stats_msg, ifinfomsg};

use super::ffi::unforked::Unforked;
use super::held::Mine;
use super::net_io;
use crate::NetIoCounters;

/// How often interfaces may change while they are asked for.
const TURNS: u32 = 4;

/// More than the kernel sends at once, which is 32 KiB.
const ROOM: usize = 64 * 1024;

/// Room for a page of messages, which is what the kernel sends to who never asked for more; of others it
/// takes so much memory for each list (`netlink_dump` of `net/netlink/af_netlink.c`, `NLMSG_GOODSIZE`).
/// A list of few interfaces costs an eighth less so.
fn little_room() -> usize {
    rustix::param::page_size().min(8192)
}

/// The socket and the names, or whether there can be none.
#[derive(Default)]
pub(super) enum LinkCounters {
    /// Not asked for yet.
    #[default]
    Unknown,
    Open(Links),
    /// This kernel has no such answers, or not for the caller.
    Refused,
}

/// An open socket and what it has told.
pub(super) struct Links {
    socket: Mine,
    opener: Opener,
    buffer: Vec<u8>,
    /// `None` if something changed since.
    names: Option<BTreeMap<u32, OsString>>,
    /// The request for counters, made once.
    request: Vec<u8>,
}

/// Who may hear what comes to a socket: a child that was forked shares it.
enum Opener {
    Marked(Unforked),
    /// Before Linux 4.14.
    Process(Pid),
}

impl Opener {
    fn new() -> Self {
        Unforked::new().map_or_else(|_| Self::Process(rustix::process::getpid()), Self::Marked)
    }

    fn is_us(&self) -> bool {
        match self {
            Self::Marked(mark) => mark.is_here(),
            Self::Process(pid) => *pid == rustix::process::getpid(),
        }
    }
}

/// That of all requests: an answer that was not heard to its end is left with its socket.
const SEQUENCE: u32 = 1;

impl LinkCounters {
    /// The counters of each interface, if they can be had so.
    pub(super) fn ask(&mut self, proc: &Path) -> Option<BTreeMap<OsString, NetIoCounters>> {
        let mut room = little_room();
        for _ in 0..TURNS {
            match self {
                Self::Refused => return None,
                Self::Open(links) if links.is_ours() => {}
                _ => match Links::open(proc, room) {
                    Ok(Some(links)) => *self = Self::Open(links),
                    Ok(None) => {
                        *self = Self::Unknown;
                        return None;
                    }
                    Err(err) => return self.failed(&err),
                },
            }
            let Self::Open(links) = self else { return None };
            let has_little_room = links.buffer.len() < ROOM;
            match links.turn() {
                Ok(Some(counters)) => return Some(counters),
                Ok(None) => {}
                // More changed than the socket has room for: which, nobody can tell any more.
                Err(err) if err.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                    *self = Self::Unknown;
                }
                // A message may be longer than a page, and what is left of it is lost.
                Err(err) if has_little_room && is_too_long(&err) => {
                    *self = Self::Unknown;
                    room = ROOM;
                }
                Err(err) => return self.failed(&err),
            }
        }
        None
    }

    /// Remembers a refusal that will be repeated. What is left of the answer is of no use.
    fn failed<T>(&mut self, err: &io::Error) -> Option<T> {
        const LASTING: [Errno; 8] = [
            Errno::ACCESS,
            Errno::AFNOSUPPORT,
            Errno::INVAL,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
            Errno::PERM,
            Errno::PROTONOSUPPORT,
            Errno::SOCKTNOSUPPORT,
        ];
        let lasting = LASTING.iter().any(|errno| err.raw_os_error() == Some(errno.raw_os_error()));
        *self = if lasting { Self::Refused } else { Self::Unknown };
        None
    }
}

impl Links {
    /// `None` for a thread that has left its process's network namespace, of which `/proc/net` tells.
    fn open(proc: &Path, room: usize) -> io::Result<Option<Self>> {
        const RTMGRP_LINK: u32 = 1;
        let namespace = |of: &str| {
            let path = proc.join(of).join("ns/net");
            rustix::fs::stat(&path).map(|stat| (stat.st_dev, stat.st_ino)).ok()
        };
        if namespace("self") != namespace("thread-self") {
            return Ok(None);
        }
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket =
            rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, RTMGRP_LINK))?;
        let (kind, payload) = (if_stats_msg::RTM_GETSTATS, if_stats_msg::request(Endian::NATIVE));
        Ok(Some(Self {
            socket: Mine::new(socket)?,
            opener: Opener::new(),
            buffer: vec![0; room],
            names: None,
            request: netlink::request(kind, true, SEQUENCE, &payload, Endian::NATIVE),
        }))
    }

    /// Whether the socket is what it was, and this process that which opened it.
    fn is_ours(&self) -> bool {
        self.opener.is_us() && self.socket.itself().is_some()
    }

    /// Asks once; `None` if interfaces changed meanwhile.
    fn turn(&mut self) -> io::Result<Option<BTreeMap<OsString, NetIoCounters>>> {
        let names = match self.names.take() {
            Some(names) => names,
            None => match self.ask_names()? {
                Some(names) => names,
                None => return Ok(None),
            },
        };
        let mut counters = BTreeMap::new();
        let mut all_named = true;
        let Self { socket, buffer, request, .. } = self;
        let heard = dump(socket, request, if_stats_msg::RTM_NEWSTATS, buffer, |message| {
            let stats = if_stats_msg::parse(message, Endian::NATIVE).map_err(invalid)?;
            match names.get(&stats.index) {
                Some(name) => {
                    counters.insert(name.clone(), net_io::counters(stats.receive, stats.transmit));
                }
                None => all_named = false,
            }
            Ok(())
        })?;
        if heard.parts > 1 {
            // More at once costs less then.
            buffer.resize(ROOM, 0);
        }
        if !heard.unchanged || !all_named {
            return Ok(None);
        }
        self.names = Some(names);
        Ok(Some(counters))
    }

    fn ask_names(&mut self) -> io::Result<Option<BTreeMap<u32, OsString>>> {
        let (kind, payload) = (ifinfomsg::RTM_GETLINK, ifinfomsg::request(Endian::NATIVE));
        let request = netlink::request(kind, true, SEQUENCE, &payload, Endian::NATIVE);
        let mut names = BTreeMap::new();
        let heard =
            dump(&self.socket, &request, ifinfomsg::RTM_NEWLINK, &mut self.buffer, |message| {
                let link = ifinfomsg::parse(message, Endian::NATIVE).map_err(invalid)?;
                names.insert(link.index, OsStr::from_bytes(link.name).to_owned());
                Ok(())
            })?;
        Ok(heard.unchanged.then_some(names))
    }
}

/// How an answer came.
struct Heard {
    /// Whether no interface changed from the last answer until this one was whole.
    unchanged: bool,
    /// By how many recv(2).
    parts: usize,
}

/// Asks for a list and hands each message of it, which is an `answer`, to `hear`.
fn dump(
    socket: &Mine,
    request: &[u8],
    answer: u16,
    buffer: &mut [u8],
    mut hear: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Heard> {
    /// Of an answer of several messages (`NLM_F_MULTI`).
    const MULTI: u16 = 0x2;
    let socket = socket.fd().ok_or(io::ErrorKind::NotFound)?;
    rustix::io::retry_on_intr(|| rustix::net::send(socket, request, SendFlags::empty()))?;
    let mut heard = Heard { unchanged: true, parts: 0 };
    loop {
        let (_, length) = rustix::io::retry_on_intr(|| {
            rustix::net::recv(socket, &mut *buffer, RecvFlags::TRUNC)
        })?;
        // Longer than the buffer, or the end of what can only end by a message.
        let bytes = buffer.get(..length).filter(|bytes| !bytes.is_empty());
        let mut answers = false;
        for message in netlink::parse(bytes.ok_or(io::ErrorKind::InvalidData)?, Endian::NATIVE) {
            let message = message.map_err(invalid)?;
            heard.unchanged &= message.flags & Message::DUMP_INTERRUPTED == 0;
            match message.kind {
                // Changes bear any sequence, also that of the request of others that made them.
                ifinfomsg::RTM_NEWLINK | ifinfomsg::RTM_DELLINK if message.flags & MULTI == 0 => {
                    heard.unchanged = false;
                }
                _ if message.sequence != SEQUENCE => {}
                Message::DONE | Message::ERROR => {
                    return match message.status(Endian::NATIVE) {
                        0 => Ok(heard),
                        number => Err(io::Error::from_raw_os_error(number.saturating_neg())),
                    };
                }
                kind if kind == answer => {
                    heard.parts += usize::from(!answers);
                    answers = true;
                    hear(message.payload)?;
                }
                _ => {}
            }
        }
    }
}

/// Whether there was too little room here, or that the kernel makes.
fn is_too_long(err: &io::Error) -> bool {
    err.kind() == io::ErrorKind::InvalidData
        || err.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error())
}

fn invalid(err: sysvitals_parse::ParseError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(links: &mut LinkCounters) -> Option<usize> {
        links.ask(Path::new("/proc")).map(|counters| counters.len())
    }

    /// What answered once, with so many; `None` in a sandbox, of which `tests/fall_backs.rs` knows more.
    fn asked() -> Option<(LinkCounters, usize)> {
        let mut links = LinkCounters::default();
        let count = ask(&mut links);
        if count.is_none() {
            println!("SKIPPED: netlink tells no counters here");
        }
        Some((links, count?))
    }

    #[test]
    fn a_kernel_without_such_answers_is_asked_once() {
        let Some((mut links, _)) = asked() else { return };
        let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
        // A type that no kernel has.
        open.request = netlink::request(0xfff0, true, SEQUENCE, &[0; 16], Endian::NATIVE);
        assert_eq!(ask(&mut links), None);
        assert!(matches!(links, LinkCounters::Refused));
        assert_eq!(ask(&mut links), None);
    }

    #[test]
    fn what_is_longer_than_thought_is_asked_for_with_more_room() {
        let Some((mut links, count)) = asked() else { return };
        let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
        assert!(open.buffer.len() <= 8192 || count > 16);
        open.buffer.truncate(16);
        assert_eq!(ask(&mut links), Some(count), "an answer that was cut off");
        let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
        assert_eq!(open.buffer.len(), ROOM);
    }

    #[test]
    fn what_is_not_answered_is_asked_for_elsewhere_and_again_later() {
        let Some((mut links, count)) = asked() else { return };
        let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
        open.request.clear();
        assert_eq!(ask(&mut links), None, "to nothing there is no answer");
        assert_eq!(ask(&mut links), Some(count));
    }

    #[test]
    fn a_child_opens_a_socket_of_its_own() {
        let Some((mut links, count)) = asked() else { return };
        for (opener, is_us) in [(rustix::process::getpid(), true), (Pid::INIT, false)] {
            let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
            // As before Linux 4.14; a test is nobody's init.
            open.opener = Opener::Process(opener);
            assert_eq!(open.is_ours(), is_us);
            assert_eq!(ask(&mut links), Some(count));
            let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
            assert!(open.is_ours());
        }
    }

    #[test]
    fn names_that_are_not_known_are_asked_for() {
        let Some((mut links, count)) = asked() else { return };
        let LinkCounters::Open(open) = &mut links else { panic!("it answered") };
        open.names = Some(BTreeMap::new());
        assert_eq!(ask(&mut links), Some(count));
    }
}
