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
    /// As if these were missing.
    #[cfg(test)]
    pub(super) fn these(modules: &[Module]) -> Self {
        Self(AtomicU8::new(modules.iter().fold(0, |all, module| all | *module as u8)))
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

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKET: u16 = 20;

    /// A message; its payload is a number.
    fn message(kind: u16, flags: u16, sequence: u32, number: i32) -> Vec<u8> {
        let payload = number.to_ne_bytes();
        let mut bytes = netlink::request(kind, false, sequence, &payload, Endian::NATIVE);
        bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        bytes
    }

    /// Asks somebody who answers so, a slice at a time; what was heard, and whether that was an answer.
    /// `None` stands for the beginning of another turn.
    fn ask(
        refused: &Refused,
        answers: &[Vec<u8>],
        enough: usize,
    ) -> (bool, Vec<Option<Vec<u8>>>, bool) {
        let (family, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
        let (near, far) =
            rustix::net::socketpair(family, SocketType::SEQPACKET, flags, None).expect("two");
        for answer in answers {
            rustix::net::send(&far, answer, SendFlags::empty()).expect("room");
        }
        let mut diag = SockDiag { socket: Some(near), ..SockDiag::new(refused) };
        let mut heard = Vec::new();
        let told = diag.dump(Module::Tcp, &(SOCKET, b"who?".to_vec()), |told| {
            heard.push(match told {
                Told::Socket(bytes) => Some(bytes.to_vec()),
                Told::Anew => None,
            });
            Ok(if heard.len() == enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        });
        (told, heard, diag.socket.is_some())
    }

    fn number(number: i32) -> Option<Vec<u8>> {
        Some(number.to_ne_bytes().to_vec())
    }

    #[test]
    fn an_answer_ends_with_a_message() {
        let first = [message(SOCKET, 0, 1, 7), message(1, 0, 1, 0), message(SOCKET, 0, 9, 8)];
        let second = [message(SOCKET, 0, 1, 9), message(3, 0, 1, 0)];
        let refused = Refused::default();
        let (told, heard, kept) = ask(&refused, &[first.concat(), second.concat()], 9);
        // Not what answers another request.
        assert_eq!((told, heard, kept), (true, vec![number(7), number(9)], true));
        assert!(refused.none());
    }

    #[test]
    fn enough_ends_it_too() {
        let answer = [message(SOCKET, 0, 1, 7), message(SOCKET, 0, 1, 8)].concat();
        let (told, heard, kept) = ask(&Refused::default(), &[answer], 1);
        // The rest of the answer is still in the socket.
        assert_eq!((told, heard, kept), (true, vec![number(7)], false));
    }

    #[test]
    fn what_was_interrupted_is_told_again_for_so_long() {
        let interrupted = Message::DUMP_INTERRUPTED;
        let answer = |turn: u32, flags: u16| {
            [message(SOCKET, flags, turn, turn.cast_signed()), message(3, 0, turn, 0)].concat()
        };
        let answers = [answer(1, interrupted), answer(2, 0)];
        let (told, heard, _) = ask(&Refused::default(), &answers, 9);
        assert_eq!((told, heard), (true, vec![number(1), None, number(2)]));
        let answers: Vec<_> = (1..=TURNS).map(|turn| answer(turn, interrupted)).collect();
        let (told, heard, _) = ask(&Refused::default(), &answers, 9);
        assert_eq!((told, heard), (true, vec![number(1), None, number(2), None, number(3)]));
    }

    #[test]
    fn refusals_that_last_are_remembered() {
        for kind in [Message::ERROR, Message::DONE] {
            let refused = Refused::default();
            let answer = [message(SOCKET, 0, 1, 7), message(kind, 0, 1, -libc::ENOENT)].concat();
            let (told, heard, kept) = ask(&refused, std::slice::from_ref(&answer), 9);
            assert_eq!((told, heard, kept), (false, vec![number(7), None], false));
            assert!(refused.has(Module::Tcp) && !refused.has(Module::Udp));
            let (told, heard, _) = ask(&refused, &[answer], 9);
            assert_eq!((told, heard), (false, vec![]), "nobody is asked");
        }
        let refused = Refused::default();
        let (told, ..) = ask(&refused, &[message(Message::ERROR, 0, 1, -libc::ENOMEM)], 9);
        assert!(!told && refused.none());
    }

    #[test]
    fn what_is_cut_short_is_no_answer() {
        let mut broken = message(SOCKET, 0, 1, 7);
        broken[..4].copy_from_slice(&15_u32.to_ne_bytes());
        let long = vec![0; ROOM + 1];
        for answer in [broken, long, message(SOCKET, 0, 1, 7)[..15].to_vec()] {
            let refused = Refused::default();
            let (told, heard, kept) = ask(&refused, &[message(SOCKET, 0, 1, 7), answer], 9);
            assert_eq!((told, kept, heard.last()), (false, false, Some(&None)));
            assert!(refused.none(), "the next one may be better");
        }
    }
}
