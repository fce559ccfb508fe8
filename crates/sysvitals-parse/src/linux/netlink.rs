//! Netlink messages, as the kernel sends them (netlink(7), `linux/netlink.h`).

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Type: [`ERROR`](Self::ERROR), [`DONE`](Self::DONE), or one of the protocol.
    pub kind: u16,
    /// Flags, of which [`DUMP_INTERRUPTED`](Self::DUMP_INTERRUPTED) says something of the answer.
    pub flags: u16,
    /// That of the request it answers.
    pub sequence: u32,
    /// What follows the header.
    pub payload: &'a [u8],
}

impl Message<'_> {
    /// Nothing.
    pub const NOOP: u16 = 1;
    /// A refusal, or the confirmation of a request.
    pub const ERROR: u16 = 2;
    /// The end of an answer of several messages.
    pub const DONE: u16 = 3;
    /// What is told changed while it was told, so that something may be missing or told twice
    /// (Linux 3.1).
    pub const DUMP_INTERRUPTED: u16 = 0x10;

    /// The number that an [`ERROR`](Self::ERROR) and a [`DONE`](Self::DONE) start with: 0, or a negative
    /// error number; 0 if there is none.
    #[must_use]
    pub fn status(&self, endian: Endian) -> i32 {
        CStruct::new(self.payload, endian, Word::Bits32).i32(0, "error").unwrap_or(0)
    }
}

/// Bytes of a header.
pub const HEADER: usize = 16;

/// Parses what one recv(2) gave; `endian` is the byte order of the machine it is from.
pub fn parse(
    input: &[u8],
    endian: Endian,
) -> impl Iterator<Item = Result<Message<'_>, ParseError>> {
    let mut rest = input;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let message = message(rest, endian);
        rest = match &message {
            Ok((_, rest)) => rest,
            Err(_) => b"",
        };
        Some(message.map(|(message, _)| message))
    })
}

fn message(input: &[u8], endian: Endian) -> Result<(Message<'_>, &[u8]), ParseError> {
    let header = CStruct::new(input, endian, Word::Bits32);
    let length = size(header.u32(0, "nlmsg_len")?);
    let kind = header.u16(4, "nlmsg_type")?;
    let flags = header.u16(6, "nlmsg_flags")?;
    let sequence = header.u32(8, "nlmsg_seq")?;
    header.u32(12, "nlmsg_pid")?;
    let payload = input.get(HEADER..length);
    let payload = payload.ok_or_else(|| ParseError::new("nlmsg_len", length_field(input)))?;
    Ok((Message { kind, flags, sequence, payload }, after(input, length)))
}

/// Parses the attributes that follow a structure: the type of each, and what it holds.
pub fn attributes(
    input: &[u8],
    endian: Endian,
) -> impl Iterator<Item = Result<(u16, &[u8]), ParseError>> {
    const HEADER: usize = 4;
    /// Two bits of the type are flags (`NLA_F_NESTED`, `NLA_F_NET_BYTEORDER`).
    const TYPE: u16 = 0x3fff;
    let mut rest = input;
    let next = move || {
        if rest.is_empty() {
            return None;
        }
        let header = CStruct::new(rest, endian, Word::Bits32);
        let attribute = || {
            let length = usize::from(header.u16(0, "nla_len")?);
            let kind = header.u16(2, "nla_type")? & TYPE;
            let value = rest.get(HEADER..length);
            let value = value.ok_or_else(|| ParseError::new("nla_len", length_field(rest)))?;
            Ok((kind, value, after(rest, length)))
        };
        let attribute = attribute();
        rest = match &attribute {
            Ok((.., rest)) => rest,
            Err(_) => b"",
        };
        Some(attribute.map(|(kind, value, _)| (kind, value)))
    };
    std::iter::from_fn(next)
}

/// What follows something of this length; the padding of the last one may be missing.
fn after(input: &[u8], length: usize) -> &[u8] {
    input.get(length.next_multiple_of(4)..).unwrap_or_default()
}

fn length_field(input: &[u8]) -> &[u8] {
    input.get(..4).unwrap_or(input)
}

fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX - 4)
}

/// A request for one thing, or for all there are (`NLM_F_DUMP`), in the byte order of the machine it
/// is for.
#[must_use]
pub fn request(kind: u16, dump: bool, sequence: u32, payload: &[u8], endian: Endian) -> Vec<u8> {
    const REQUEST: u16 = 0x1;
    const DUMP: u16 = 0x300;
    let length = u32::try_from(HEADER + payload.len()).unwrap_or(u32::MAX);
    let mut request = Vec::with_capacity(HEADER + payload.len());
    let u16 = |number: u16| match endian {
        Endian::Little => number.to_le_bytes(),
        Endian::Big => number.to_be_bytes(),
    };
    let u32 = |number: u32| match endian {
        Endian::Little => number.to_le_bytes(),
        Endian::Big => number.to_be_bytes(),
    };
    request.extend(u32(length));
    request.extend(u16(kind));
    request.extend(u16(if dump { REQUEST | DUMP } else { REQUEST }));
    request.extend(u32(sequence));
    request.extend(u32(0)); // To the kernel.
    request.extend(payload);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: [Endian; 2] = [Endian::Little, Endian::Big];

    /// Three messages as they come: a request like them, and the flags of an answer.
    fn three(endian: Endian) -> Vec<u8> {
        let mut bytes = request(20, true, 7, b"abcde", endian);
        bytes.extend(b"\0\0\0");
        bytes.extend(request(Message::NOOP, true, 7, b"", endian));
        bytes.extend(request(Message::DONE, true, 7, b"\0\0\0\0", endian));
        bytes
    }

    #[test]
    fn messages_follow_each_other_at_multiples_of_four() {
        for endian in ENDS {
            let bytes = three(endian);
            let told: Vec<_> = parse(&bytes, endian).collect::<Result<_, _>>().expect("messages");
            let message = |kind, payload| Message { kind, flags: 0x301, sequence: 7, payload };
            let want = [message(20, &b"abcde"[..]), message(1, b""), message(3, b"\0\0\0\0")];
            assert_eq!(told, want);
        }
    }

    #[test]
    fn the_padding_of_the_last_may_be_missing() {
        let bytes = request(20, true, 7, b"abcde", Endian::Big);
        let told: Vec<_> = parse(&bytes, Endian::Big).collect();
        assert!(matches!(told[..], [Ok(Message { payload: b"abcde", .. })]));
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_answer() {
        for length in [0_u32, 15, 29, u32::MAX] {
            let mut bytes = request(20, true, 7, b"abcd", Endian::Little);
            bytes.extend(request(3, true, 7, b"", Endian::Little).get(..8).expect("half a header"));
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            let told: Vec<_> = parse(&bytes, Endian::Little).collect();
            assert!(told.last().expect("a message").is_err(), "{length}");
            assert!(told.len() <= 2, "{length}");
        }
    }

    #[test]
    fn refusals_bear_a_number() {
        for endian in ENDS {
            let number = match endian {
                Endian::Little => (-2_i32).to_le_bytes(),
                Endian::Big => (-2_i32).to_be_bytes(),
            };
            let message = |payload| Message { kind: 2, flags: 0, sequence: 0, payload };
            assert_eq!(message(&number).status(endian), -2);
            assert_eq!(message(b"").status(endian), 0);
        }
    }

    #[test]
    fn attributes_follow_each_other_at_multiples_of_four() {
        let bytes = b"\x05\0\x01\x80a\0\0\0\x04\0\x02\0\x06\0\x03\0bc";
        let told: Vec<_> =
            attributes(bytes, Endian::Little).collect::<Result<_, _>>().expect("attributes");
        assert_eq!(told, [(1, &b"a"[..]), (2, b""), (3, b"bc")]);
        for bad in [&b"\x03\0\x01\0"[..], b"\x09\0\x01\0abcd", b"\x04\0\x01"] {
            let told: Vec<_> = attributes(bad, Endian::Little).collect();
            assert!(matches!(told[..], [Err(_)]));
        }
    }

    #[test]
    fn no_prefix_panics() {
        for endian in ENDS {
            let bytes = three(endian);
            for end in 0..bytes.len() {
                let (mut good, mut bad) = (0, 0);
                for message in parse(&bytes[..end], endian) {
                    *(if message.is_ok() { &mut good } else { &mut bad }) += 1;
                }
                assert!(good < 3 && bad <= 1, "prefix of {end} bytes");
                attributes(&bytes[..end], endian).for_each(drop);
            }
        }
    }
}
