//! `/proc/net/unix`: sockets of the local machine (proc_pid_net(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// One socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnixSocket<'a> {
    /// Type: 1 stream, 2 datagram, 5 sequenced packets.
    pub kind: u16,
    /// State as numbered in the kernel's `socket_state`; 3 is connected.
    pub state: u8,
    /// Inode, by which `/proc/PID/fd` refers to it.
    pub inode: u64,
    /// Its name, blanks and all; empty if it has none, with `@` for each NUL of an abstract one.
    pub path: &'a [u8],
}

/// Parses the lines of `unix`, its heading left out.
///
/// Lines without any blank are no sockets (psutil issue 766): a name may have newlines.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<UnixSocket<'_>, ParseError>> {
    let lines = cursor::lines(input).skip(1);
    lines.filter(|line| memchr::memchr(b' ', line).is_some()).map(|line| {
        let mut fields = Fields::new(line);
        fields.pass(4, "Flags")?; // Num, RefCount, Protocol, Flags
        let kind = cursor::hex(fields.text("Type")?, "Type")?;
        let state = cursor::hex(fields.text("St")?, "St")?;
        // One blank ends the inode, so that further ones belong to the path.
        let (inode, path) =
            cursor::split_once(fields.rest(), b' ', "Inode").unwrap_or((fields.rest(), b""));
        Ok(UnixSocket { kind, state, inode: cursor::number(inode, "Inode")?, path })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "Num       RefCount Protocol Flags    Type St Inode Path\n";

    #[track_caller]
    fn check(tail: &str, kind: u16, inode: u64, path: &str) {
        let file = format!("{HEADING}0000000000000000: 00000002 00000000 00010000 {tail}\n");
        let sockets: Vec<_> =
            parse(file.as_bytes()).collect::<Result<_, _>>().expect("well-formed lines");
        let want = UnixSocket { kind, state: 1, inode, path: path.as_bytes() };
        assert_eq!(sockets, [want]);
    }

    #[test]
    fn paths_are_all_that_follows_the_inode() {
        check("0001 01 80000 /run/systemd/private", 1, 80000, "/run/systemd/private");
        check("0001 01 80001", 1, 80001, "");
        check("0001 01    81", 1, 81, "");
        check("0002 01 80002 /tmp/with space/sock et", 2, 80002, "/tmp/with space/sock et");
        check("0002 01 80002   two  blanks ", 2, 80002, "  two  blanks ");
        check("0005 01 80003 @abstract name", 5, 80003, "@abstract name");
        check("000A 01 80004 @", 10, 80004, "@");
    }

    #[test]
    fn lines_without_a_blank_are_left_out() {
        let file = format!("{HEADING}\nrest-of-a-name\nrest of a name\n");
        let sockets: Vec<_> = parse(file.as_bytes()).collect();
        assert!(matches!(sockets[..], [Err(_)]));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let line = "0000000000000000: 00000003 00000000 00000000 0001 03 80001 /run/a b";
        for end in 1..line.len() {
            let file = format!("{HEADING}{}", &line[..end]);
            let whole = end > line.find("80001").expect("inode");
            assert!(
                parse(file.as_bytes()).all(|line| line.is_ok() == whole),
                "prefix of {end} bytes"
            );
        }
    }
}
