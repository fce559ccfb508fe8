//! `MIB_IF_TABLE2`: the table of interfaces and their counters that GetIfTable2 makes (netioapi.h).
//!
//! The layout is that of programs of 64 and of 32 bits alike.

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// Where the first row stands, and how long each is.
const FIRST: usize = 8;
const ROW: usize = 1352;

/// An interface. Of the counters, those that psutil tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interface {
    /// Its locally unique identifier.
    pub luid: u64,
    /// The largest packet in bytes.
    pub mtu: u32,
    /// `IF_OPER_STATUS`; 1 is up.
    pub oper_status: u32,
    /// `NET_IF_ADMIN_STATUS`; 1 is up.
    pub admin_status: u32,
    /// Bits a second that it sends; all bits set if that is not known.
    pub transmit_link_speed: u64,
    /// Bytes received.
    pub in_octets: u64,
    /// Packets received that were sent to one, and those that were sent to many.
    pub in_packets: [u64; 2],
    /// Packets received and thrown away though nothing was wrong with them.
    pub in_discards: u64,
    /// Packets received and thrown away because something was.
    pub in_errors: u64,
    /// Bytes sent.
    pub out_octets: u64,
    /// Packets sent to one, and those sent to many.
    pub out_packets: [u64; 2],
    /// Packets to be sent that were thrown away though nothing was wrong with them.
    pub out_discards: u64,
    /// Packets that could not be sent because something was.
    pub out_errors: u64,
}

/// Parses the whole table.
pub fn parse(bytes: &[u8]) -> Result<Vec<Interface>, ParseError> {
    let count = structure(bytes, Word::Bits64).u32(0, "NumEntries")?;
    let mut rows = bytes.get(FIRST..).unwrap_or_default().chunks_exact(ROW);
    let row = |_| row(rows.next().ok_or_else(|| ParseError::new("Table", b""))?);
    (0..count).map(row).collect()
}

fn row(bytes: &[u8]) -> Result<Interface, ParseError> {
    let row = structure(bytes, Word::Bits64);
    Ok(Interface {
        luid: row.u64(0, "InterfaceLuid")?,
        mtu: row.u32(1124, "Mtu")?,
        oper_status: row.u32(1156, "OperStatus")?,
        admin_status: row.u32(1160, "AdminStatus")?,
        transmit_link_speed: row.u64(1192, "TransmitLinkSpeed")?,
        in_octets: row.u64(1208, "InOctets")?,
        in_packets: [row.u64(1216, "InUcastPkts")?, row.u64(1224, "InNUcastPkts")?],
        in_discards: row.u64(1232, "InDiscards")?,
        in_errors: row.u64(1240, "InErrors")?,
        out_octets: row.u64(1280, "OutOctets")?,
        out_packets: [row.u64(1288, "OutUcastPkts")?, row.u64(1296, "OutNUcastPkts")?],
        out_discards: row.u64(1304, "OutDiscards")?,
        out_errors: row.u64(1312, "OutErrors")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of one row in which every 64-bit counter is its offset.
    fn table() -> Vec<u8> {
        let mut bytes = vec![1, 0, 0, 0, 0, 0, 0, 0];
        bytes.resize(FIRST + ROW, 0);
        for offset in (1192..1352).step_by(8) {
            bytes[FIRST + offset..][..2].copy_from_slice(&(offset as u16).to_le_bytes());
        }
        bytes[FIRST] = 9;
        bytes[FIRST + 1124..][..2].copy_from_slice(&1500_u16.to_le_bytes());
        (bytes[FIRST + 1156], bytes[FIRST + 1160]) = (1, 2);
        bytes
    }

    #[test]
    fn members_stand_where_the_header_says() {
        let want = Interface {
            luid: 9,
            mtu: 1500,
            oper_status: 1,
            admin_status: 2,
            transmit_link_speed: 1192,
            in_octets: 1208,
            in_packets: [1216, 1224],
            in_discards: 1232,
            in_errors: 1240,
            out_octets: 1280,
            out_packets: [1288, 1296],
            out_discards: 1304,
            out_errors: 1312,
        };
        assert_eq!(parse(&table()), Ok(vec![want]));
        assert_eq!(parse(&[0; 4]), Ok(Vec::new()));
    }

    #[test]
    fn no_prefix_panics() {
        let bytes = table();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
        let many = [&[0xff; 4], &bytes[4..]].concat();
        assert_eq!(parse(&many), Err(ParseError::new("Table", b"")));
    }
}
