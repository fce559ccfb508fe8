//! `unix_diag`: sockets of the local machine by netlink (sock_diag(7), `linux/unix_diag.h`).

use std::borrow::Cow;

use super::netlink;
use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// One socket that a file is open for, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnixDiag<'a> {
    /// Type: 1 stream, 2 datagram, 5 sequenced packets.
    pub kind: u8,
    /// State as numbered in the kernel's `tcp_states.h`.
    pub state: u8,
    /// Inode, by which `/proc/PID/fd` refers to it.
    pub inode: u64,
    /// Its `sun_path`, as long as it was bound: a path ends in a NUL, and an abstract name starts with
    /// one; empty if it has none.
    pub name: &'a [u8],
    /// `udiag_rqueue`: of one that listens, how many connections wait to be accepted.
    pub queued: u32,
}

impl<'a> UnixDiag<'a> {
    /// `TCP_LISTEN`.
    const LISTEN: u8 = 10;

    /// Whether there are connections to it that were not accepted yet. These are sockets, too, with its
    /// name and without an inode, and are not told for themselves.
    #[must_use]
    pub fn has_unaccepted(&self) -> bool {
        self.state == Self::LISTEN && self.queued > 0
    }

    /// Its name for people.
    #[must_use]
    pub fn path(&self) -> Cow<'a, [u8]> {
        path(self.name)
    }
}

/// A `sun_path` of the kernel as `/proc/net/unix` shows it, but that nothing ends or splits it: the path
/// without the NUL that ends it, or an abstract name with `@` for each NUL.
#[must_use]
pub fn path(name: &[u8]) -> Cow<'_, [u8]> {
    match name {
        [0, ..] => {
            Cow::Owned(name.iter().map(|&byte| if byte == 0 { b'@' } else { byte }).collect())
        }
        [path @ .., 0] => Cow::Borrowed(path),
        path => Cow::Borrowed(path),
    }
}

/// The type of the message that asks for all sockets with their names and queues, and what it holds.
#[must_use]
pub fn request(endian: Endian) -> (u16, Vec<u8>) {
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const AF_UNIX: u8 = 1;
    const UDIAG_SHOW_NAME: u32 = 0x1;
    const UDIAG_SHOW_RQLEN: u32 = 0x10;
    let show = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN;
    // sdiag_protocol and padding; states, inode, what to show, cookie.
    let mut bytes = vec![AF_UNIX, 0, 0, 0];
    for number in [u32::MAX, 0, show, 0, 0] {
        bytes.extend(match endian {
            Endian::Little => number.to_le_bytes(),
            Endian::Big => number.to_be_bytes(),
        });
    }
    (SOCK_DIAG_BY_FAMILY, bytes)
}

/// Parses a `struct unix_diag_msg` and its attributes: what a message of the answer holds; `endian`
/// is the byte order of the machine it is from.
///
/// # Errors
///
/// When it ends early, or an attribute does.
pub fn parse(input: &[u8], endian: Endian) -> Result<UnixDiag<'_>, ParseError> {
    const LENGTH: usize = 16;
    const UNIX_DIAG_NAME: u16 = 0;
    const UNIX_DIAG_RQLEN: u16 = 4;
    let message = CStruct::new(input, endian, Word::Bits32);
    message.bytes(0, LENGTH, "unix_diag_msg")?;
    let mut socket = UnixDiag {
        kind: message.u8(1, "udiag_type")?,
        state: message.u8(2, "udiag_state")?,
        inode: message.u32(4, "udiag_ino")?.into(),
        name: b"",
        queued: 0,
    };
    for attribute in netlink::attributes(input.get(LENGTH..).unwrap_or_default(), endian) {
        match attribute? {
            (UNIX_DIAG_NAME, name) => socket.name = name,
            (UNIX_DIAG_RQLEN, lengths) => {
                socket.queued =
                    CStruct::new(lengths, endian, Word::Bits32).u32(0, "udiag_rqueue")?;
            }
            _ => {}
        }
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(state: u8, name: &[u8], queued: u32) -> Vec<u8> {
        let mut bytes = vec![1, 5, state, 0];
        bytes.extend(70_000_u32.to_le_bytes());
        bytes.extend([7; 8]);
        let length = u16::try_from(4 + name.len()).expect("a short name");
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(name);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        // Shutdown; then the lengths of two queues.
        bytes.extend([5, 0, 6, 0, 0, 0, 0, 0, 12, 0, 4, 0]);
        bytes.extend(queued.to_le_bytes());
        bytes.extend([0; 4]);
        bytes
    }

    #[track_caller]
    fn check(name: &[u8], path: &[u8]) {
        let bytes = message(7, name, 9);
        let socket = parse(&bytes, Endian::Little).expect("a message");
        assert_eq!(socket, UnixDiag { kind: 5, state: 7, inode: 70_000, name, queued: 9 });
        assert_eq!(*socket.path(), *path);
    }

    #[test]
    fn paths_end_and_abstract_names_do_not() {
        check(b"/run/a\0", b"/run/a");
        check(b"/run/two  blanks \n\xff\0", b"/run/two  blanks \n\xff");
        check(b"relative", b"relative");
        check(b"\0abstract", b"@abstract");
        check(b"\0a\0b\n\0", b"@a@b\n@");
        check(b"\0", b"@");
        check(b"", b"");
    }

    #[test]
    fn what_waits_is_told_of_listeners_only() {
        for (state, queued, want) in [(10, 2, true), (10, 0, false), (1, 2, false)] {
            let bytes = message(state, b"", queued);
            let socket = parse(&bytes, Endian::Little).expect("a message");
            assert_eq!(socket.has_unaccepted(), want);
        }
    }

    #[test]
    fn without_attributes_there_is_no_name() {
        let bytes = message(1, b"", 0);
        let socket = parse(&bytes[..16], Endian::Little).expect("a message");
        assert_eq!((socket.name, socket.queued), (&b""[..], 0));
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = message(10, b"/run/a b\0", 1);
        for end in 0..bytes.len() {
            let parsed = parse(&bytes[..end], Endian::Little);
            // Between two attributes it may end, and their padding be missing.
            let whole = matches!(end, 16 | 29..=32 | 37..=40);
            assert_eq!(parsed.is_ok(), whole, "prefix of {end} bytes");
        }
    }

    #[test]
    fn the_request_has_the_length_of_the_structure() {
        let (kind, bytes) = request(Endian::Big);
        assert_eq!((kind, bytes.len()), (20, 24));
        assert_eq!(bytes[..16], [1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0x11]);
    }
}
