//! The rows that tables of connections have in common: their number, then all of one length.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ParseError;
use crate::cstruct::{CStruct, Word};
use crate::windows::structure;

/// Which protocol the addresses of a table belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// One row.
pub(super) struct Row<'a>(CStruct<'a>);

/// The rows of `bytes`, each of `length` bytes; an error takes the place of the first that is missing.
pub(super) fn rows(
    bytes: &[u8],
    length: usize,
) -> Result<impl Iterator<Item = Result<Row<'_>, ParseError>>, ParseError> {
    let count = structure(bytes, Word::Bits64).u32(0, "dwNumEntries")?;
    let mut rows = bytes.get(4..).unwrap_or_default().chunks_exact(length);
    Ok((0..count).map(move |_| {
        let row = rows.next().ok_or_else(|| ParseError::new("table", b""))?;
        Ok(Row(structure(row, Word::Bits64)))
    }))
}

impl Row<'_> {
    pub(super) fn number(&self, offset: usize, field: &'static str) -> Result<u32, ParseError> {
        self.0.u32(offset, field)
    }

    /// A port in network order, in the lower half of a number.
    pub(super) fn port(&self, offset: usize, field: &'static str) -> Result<u16, ParseError> {
        self.0.u16(offset, field).map(u16::swap_bytes)
    }

    pub(super) fn v4(&self, offset: usize, field: &'static str) -> Result<IpAddr, ParseError> {
        Ok(Ipv4Addr::from(self.array(offset, field)?).into())
    }

    pub(super) fn v6(&self, offset: usize, field: &'static str) -> Result<IpAddr, ParseError> {
        Ok(Ipv6Addr::from(self.array::<16>(offset, field)?).into())
    }

    fn array<const N: usize>(
        &self,
        offset: usize,
        field: &'static str,
    ) -> Result<[u8; N], ParseError> {
        let bytes = self.0.bytes(offset, N, field)?;
        bytes.try_into().map_err(|_| ParseError::new(field, bytes))
    }
}
