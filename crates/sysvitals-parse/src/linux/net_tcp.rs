//! `/proc/net/{tcp,tcp6,udp,udp6}`: internet sockets (proc_pid_net(5)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::ParseError;
use crate::cstruct::Endian;
use crate::cursor::{self, Fields};

/// One socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    /// Its own address.
    pub local: SocketAddr,
    /// The other end; all zeros where there is none.
    pub remote: SocketAddr,
    /// State as numbered in the kernel's `tcp_states.h`, also for UDP.
    pub state: u8,
    /// User that made it.
    pub uid: u32,
    /// Inode, by which `/proc/PID/fd` refers to it; 0 where no file is open.
    pub inode: u64,
}

/// Parses the lines of one of the files, its heading left out; `endian` is the byte order of the
/// machine it is from.
pub fn parse(input: &[u8], endian: Endian) -> impl Iterator<Item = Result<Socket, ParseError>> {
    cursor::lines(input).skip(1).map(move |line| {
        let mut fields = Fields::new(line);
        fields.pass(1, "sl")?;
        let local = address(fields.text("local_address")?, endian, "local_address")?;
        let remote = address(fields.text("rem_address")?, endian, "rem_address")?;
        let state = cursor::hex(fields.text("st")?, "st")?;
        fields.pass(3, "retrnsmt")?; // tx_queue:rx_queue, tr:tm->when, retrnsmt
        let uid = fields.number("uid")?;
        fields.pass(1, "timeout")?;
        Ok(Socket { local, remote, state, uid, inode: fields.number("inode")? })
    })
}

fn address(text: &[u8], endian: Endian, field: &'static str) -> Result<SocketAddr, ParseError> {
    let (digits, port) = cursor::split_once(text, b':', field)?;
    let port = cursor::hex(port, field)?;
    let ip = match digits.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(digits, endian, field)?)),
        32 => {
            let mut bits = 0;
            for digits in digits.chunks_exact(8) {
                bits = bits << 32 | u128::from(word(digits, endian, field)?);
            }
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        _ => return Err(ParseError::new(field, text)),
    };
    Ok(SocketAddr::new(ip, port))
}

/// The kernel prints 32-bit words of its own order over bytes in network order.
fn word(digits: &[u8], endian: Endian, field: &'static str) -> Result<u32, ParseError> {
    let word: u32 = cursor::hex(digits, field)?;
    Ok(match endian {
        Endian::Little => word.swap_bytes(),
        Endian::Big => word,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAIL: &str = "0A 00000000:00000000 00:00000000 00000000  1000        0 60000 1 0 100";

    #[track_caller]
    fn check(endian: Endian, digits: &str, want: &str) {
        let file = format!("sl local_address\n   0: {digits} {digits} {TAIL}\n");
        let socket = parse(file.as_bytes(), endian).next().expect("a line").expect("well-formed");
        let want = want.parse().expect("an address");
        let want = Socket { local: want, remote: want, state: 10, uid: 1000, inode: 60000 };
        assert_eq!(socket, want);
    }

    #[test]
    fn addresses_are_words_of_the_host() {
        use Endian::{Big, Little};
        check(Little, "0100007F:1F90", "127.0.0.1:8080");
        check(Big, "7F000001:1F90", "127.0.0.1:8080");
        check(Little, "00000000000000000000000001000000:0016", "[::1]:22");
        check(Big, "00000000000000000000000000000001:0016", "[::1]:22");
        check(
            Little,
            "B80D01200000000067452301EFCDAB89:01BB",
            "[2001:db8::123:4567:89ab:cdef]:443",
        );
        check(Little, "0000000000000000FFFF00000100007F:0000", "[::ffff:127.0.0.1]:0");
    }

    #[test]
    fn states_are_left_to_the_caller() {
        let file = "sl\n0: 0100007F:0001 00000000:0000 FE 0:0 0:0 0 0 0 7\n";
        let socket = parse(file.as_bytes(), Endian::Little).next().expect("a line");
        assert_eq!(socket.expect("a well-formed line").state, 0xFE);
    }

    #[test]
    fn malformed_lines_are_errors() {
        let file = "sl\n\n0: 0100007F\n0: 0100007:1 0:0\n0: 0100007F:1F900 0:0\n\
            0: 0100007F:1 0100007G:1\n0: 0100007F:1 0100007F:1 100\n";
        let fields: Vec<_> =
            parse(file.as_bytes(), Endian::Little).map(|line| line.unwrap_err().field()).collect();
        let local = "local_address";
        assert_eq!(fields, ["sl", local, local, local, "rem_address", "st"]);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let line = format!("0: 0100007F:1F90 0100007F:1F91 {TAIL}");
        for end in 1..=line.find("60000").expect("inode") {
            let file = format!("sl\n{}", &line[..end]);
            assert!(
                parse(file.as_bytes(), Endian::Big).all(|line| line.is_err()),
                "prefix of {end} bytes"
            );
        }
    }

    fn print(address: SocketAddr, endian: Endian) -> String {
        let octets = match address.ip() {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        let words = octets.chunks_exact(4).map(|word| {
            let word = word.try_into().expect("four bytes");
            match endian {
                Endian::Little => format!("{:08X}", u32::from_le_bytes(word)),
                Endian::Big => format!("{:08X}", u32::from_be_bytes(word)),
            }
        });
        format!("{}:{:04X}", words.collect::<String>(), address.port())
    }

    proptest! {
        #[test]
        fn addresses_come_back(local: (IpAddr, u16), remote: (IpAddr, u16)) {
            let (local, remote) = (SocketAddr::from(local), SocketAddr::from(remote));
            for endian in [Endian::Little, Endian::Big] {
                let (left, right) = (print(local, endian), print(remote, endian));
                let file = format!("sl\n0: {left} {right} {TAIL}\n");
                let socket = parse(file.as_bytes(), endian).next().unwrap().unwrap();
                prop_assert_eq!((socket.local, socket.remote), (local, remote));
            }
        }
    }
}
