//! The kernel's tables of sockets by netlink (sock_diag(7)): those of the network namespace of the
//! calling thread, half as dear as the files of `/proc/net`.

use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use sysvitals_parse::ParseError;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::netlink::{self, Message};

/// How often a table is asked for that changed while it was told. What is told then is as good as a
/// file: it may lack something, or tell it twice.
const TURNS: u32 = 3;

/// More than the kernel sends at once, which is 32 KiB (`netlink_recvmsg` of `net/netlink/af_netlink.c`).
const ROOM: usize = 64 * 1024;

/// A module of the kernel that answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    Tcp = 1,
    Udp = 2,
    Unix = 4,
}

/// The modules that this kernel lacks, or that the caller may not ask.
#[derive(Default)]
pub(super) struct Refused(AtomicU8);

impl Refused {
    /// As if there were none, for tests.
    #[cfg(test)]
    pub(super) fn all() -> Self {
        Self(AtomicU8::new(u8::MAX))
    }

    /// Whether nothing was refused yet.
    #[cfg(test)]
    pub(super) fn none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn has(&self, module: Module) -> bool {
        self.0.load(Ordering::Relaxed) & module as u8 != 0
    }

    /// Remembers a refusal that will be repeated.
    fn remember(&self, module: Module, err: &io::Error) {
        const LASTING: [Errno; 11] = [
            Errno::ACCESS,
            Errno::AFNOSUPPORT,
            Errno::CONNREFUSED,
            Errno::INVAL,
            Errno::NOENT,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
            Errno::PERM,
            Errno::PROTONOSUPPORT,
            Errno::PROTOTYPE,
            Errno::SOCKTNOSUPPORT,
        ];
        if LASTING.iter().any(|errno| err.raw_os_error() == Some(errno.raw_os_error())) {
            self.0.fetch_or(module as u8, Ordering::Relaxed);
        }
    }
}

/// Who is asked, and which socket and buffer that takes.
pub(super) struct SockDiag<'a> {
    refused: &'a Refused,
    socket: Option<OwnedFd>,
    buffer: Vec<u8>,
    sequence: u32,
}

/// What is done with the socket that a message is about, or with all that were told, which are to be
/// told again.
pub(super) enum Told<'a> {
    Socket(&'a [u8]),
    Anew,
}

/// Whether more is wanted, unless what was told cannot be understood.
pub(super) type Wanted = Result<ControlFlow<()>, ParseError>;

impl<'a> SockDiag<'a> {
    pub(super) fn new(refused: &'a Refused) -> Self {
        Self { refused, socket: None, buffer: Vec::new(), sequence: 0 }
    }

    /// Asks for the sockets of a table until there are no more or enough; whether there was an answer.
    ///
    /// Without one, `hear` was told to forget what it had heard, and the table is to be found elsewhere.
    pub(super) fn dump(
        &mut self,
        module: Module,
        request: &(u16, Vec<u8>),
        mut hear: impl FnMut(Told<'_>) -> Wanted,
    ) -> bool {
        if self.refused.has(module) {
            return false;
        }
        for turn in 1..=TURNS {
            match self.turn(request, &mut hear) {
                Ok(Turn::Whole) => return true,
                Ok(Turn::Interrupted) if turn == TURNS => return true,
                Ok(Turn::Interrupted) => {}
                Err(err) => {
                    // What is left of the answer is of no use.
                    self.socket = None;
                    // The receive buffer overflowed, or there was no memory for it.
                    let is_passing = err.raw_os_error() == Some(Errno::NOBUFS.raw_os_error());
                    if !is_passing || turn == TURNS {
                        self.refused.remember(module, &err);
                        let _ = hear(Told::Anew);
                        return false;
                    }
                }
            }
            let _ = hear(Told::Anew);
        }
        false
    }

    /// Asks for one thing; the answer, if there is one.
    pub(super) fn one(
        &mut self,
        module: Module,
        (kind, payload): &(u16, Vec<u8>),
    ) -> Option<&[u8]> {
        if self.refused.has(module) {
            return None;
        }
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => open().ok()?,
        };
        self.send(&socket, *kind, false, payload).ok()?;
        let length = self.receive(&socket).ok()?;
        self.socket = Some(socket);
        let bytes = self.buffer.get(..length)?;
        let message = netlink::parse(bytes, Endian::NATIVE).next()?.ok()?;
        let is_it = message.sequence == self.sequence && message.kind == *kind;
        is_it.then_some(message.payload)
    }

    fn send(
        &mut self,
        socket: &OwnedFd,
        kind: u16,
        dump: bool,
        payload: &[u8],
    ) -> rustix::io::Result<usize> {
        self.sequence = self.sequence.wrapping_add(1);
        let request = netlink::request(kind, dump, self.sequence, payload, Endian::NATIVE);
        rustix::io::retry_on_intr(|| rustix::net::send(socket, &request, SendFlags::empty()))
    }

    /// How many bytes came into the buffer.
    fn receive(&mut self, socket: &OwnedFd) -> io::Result<usize> {
        self.buffer.resize(ROOM, 0);
        let (_, length) = rustix::io::retry_on_intr(|| {
            rustix::net::recv(socket, self.buffer.as_mut_slice(), RecvFlags::TRUNC)
        })?;
        // Longer than the buffer, or the end of what can only end by a message.
        if length == 0 || length > self.buffer.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(length)
    }

    fn turn(
        &mut self,
        (kind, payload): &(u16, Vec<u8>),
        hear: &mut impl FnMut(Told<'_>) -> Wanted,
    ) -> io::Result<Turn> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => open()?,
        };
        self.send(&socket, *kind, true, payload)?;
        let mut turn = Turn::Whole;
        loop {
            let length = self.receive(&socket)?;
            let bytes = self.buffer.get(..length).unwrap_or_default();
            for message in netlink::parse(bytes, Endian::NATIVE) {
                let message = message.map_err(invalid)?;
                if message.sequence != self.sequence {
                    continue;
                }
                if message.flags & Message::DUMP_INTERRUPTED != 0 {
                    turn = Turn::Interrupted;
                }
                match message.kind {
                    Message::NOOP => {}
                    Message::ERROR | Message::DONE => {
                        return match message.status(Endian::NATIVE) {
                            0 => {
                                self.socket = Some(socket);
                                Ok(turn)
                            }
                            number => Err(io::Error::from_raw_os_error(number.saturating_neg())),
                        };
                    }
                    // The socket is closed, and the kernel tells no more.
                    _ if hear(Told::Socket(message.payload)).map_err(invalid)?.is_break() => {
                        return Ok(Turn::Whole);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// How an answer ended.
enum Turn {
    Whole,
    Interrupted,
}

fn invalid(err: ParseError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, err)
}

/// A socket to which nobody but the kernel can send anything.
fn open() -> rustix::io::Result<OwnedFd> {
    let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
    let socket = rustix::net::socket_with(family, SocketType::RAW, flags, Some(SOCK_DIAG))?;
    rustix::net::connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}
