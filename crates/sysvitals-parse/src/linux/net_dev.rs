//! `/proc/net/dev`: counters of the network interfaces (proc_pid_net(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// One interface; counters begin when it appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetDev<'a> {
    /// Its name; that of an alias of old has a colon (`eth0:1`).
    pub name: &'a [u8],
    /// What came in.
    pub receive: Traffic,
    /// What went out.
    pub transmit: Traffic,
}

/// One direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
    /// Packets with errors.
    pub errs: u64,
    /// Packets dropped.
    pub drop: u64,
}

/// Parses the lines of `dev`, its two headings left out.
pub fn parse(input: &[u8]) -> impl Iterator<Item = Result<NetDev<'_>, ParseError>> {
    cursor::lines(input).skip(2).map(|line| {
        // No blank need follow the colon.
        let (name, counters) = cursor::rsplit_once(line, b':', "name")?;
        let mut fields = Fields::new(counters);
        let receive = traffic(&mut fields)?;
        fields.pass(4, "multicast")?; // fifo, frame, compressed, multicast
        let transmit = traffic(&mut fields)?;
        fields.pass(4, "compressed")?; // fifo, colls, carrier, compressed
        Ok(NetDev { name: name.trim_ascii(), receive, transmit })
    })
}

fn traffic(fields: &mut Fields<'_>) -> Result<Traffic, ParseError> {
    Ok(Traffic {
        bytes: fields.number("bytes")?,
        packets: fields.number("packets")?,
        errs: fields.number("errs")?,
        drop: fields.number("drop")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "Inter-|   Receive |  Transmit\n face |bytes packets |bytes packets\n";

    #[track_caller]
    fn check(line: &str, name: &str, bytes: [u64; 2], drop: [u64; 2]) {
        let file = format!("{HEADINGS}{line}\n");
        let devices: Vec<_> =
            parse(file.as_bytes()).collect::<Result<_, _>>().expect("well-formed lines");
        assert_eq!(devices.len(), 1);
        let NetDev { receive, transmit, .. } = devices[0];
        assert_eq!(devices[0].name, name.as_bytes());
        assert_eq!([receive.bytes, transmit.bytes], bytes);
        assert_eq!([receive.drop, transmit.drop], drop);
    }

    #[test]
    fn names_end_with_the_last_colon() {
        check(
            "    lo:18446744073709551615 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
            "lo",
            [u64::MAX, 8],
            [3, 11],
        );
        check("eth0:1: 5 6 7 8 0 0 0 0 9 10 11 12 0 0 0 0", "eth0:1", [5, 9], [8, 12]);
        check("eth0:1:5 6 7 8 0 0 0 0 9 10 11 12 0 0 0 0", "eth0:1", [5, 9], [8, 12]);
        check("wlxé: 3 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0", "wlxé", [3, 4], [0, 0]);
    }

    #[test]
    fn every_counter_has_its_place() {
        let file = format!("{HEADINGS}a: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n");
        let device = parse(file.as_bytes()).next().expect("a line").expect("a well-formed line");
        let receive = Traffic { bytes: 0, packets: 1, errs: 2, drop: 3 };
        let transmit = Traffic { bytes: 8, packets: 9, errs: 10, drop: 11 };
        assert_eq!((device.receive, device.transmit), (receive, transmit));
    }

    #[test]
    fn malformed_lines_are_errors() {
        let file = format!("{HEADINGS}eth0 1 2\neth0: 1 2\neth0: 1 2 3 x\n");
        let fields: Vec<_> = parse(file.as_bytes()).map(|line| line.unwrap_err().field()).collect();
        assert_eq!(fields, ["name", "errs", "drop"]);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let line = "eth0: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15";
        for end in 1..line.len() - "15".len() {
            let file = format!("{HEADINGS}{}", &line[..end]);
            assert!(parse(file.as_bytes()).all(|line| line.is_err()), "prefix of {end} bytes");
        }
    }
}
