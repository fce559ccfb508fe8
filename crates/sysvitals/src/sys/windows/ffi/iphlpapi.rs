//! iphlpapi.dll: interfaces and connections.

use std::io;
use std::mem::offset_of;
use std::ptr::{self, NonNull};
use std::slice;

use windows_sys::Win32::Foundation::{NO_ERROR, WIN32_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    FreeMibTable, GetAdaptersAddresses, GetExtendedTcpTable, GetExtendedUdpTable, GetIfTable2,
    IP_ADAPTER_ADDRESSES_LH, MIB_IF_ROW2, MIB_IF_TABLE2, TCP_TABLE_OWNER_PID_ALL,
    UDP_TABLE_OWNER_PID,
};

// What the parser of the table counts on, said by Microsoft's declarations.
const _: () = assert!(offset_of!(MIB_IF_TABLE2, Table) == 8 && size_of::<MIB_IF_ROW2>() == 1352);
const _: () = assert!(offset_of!(MIB_IF_ROW2, Mtu) == 1124);
const _: () = assert!(offset_of!(MIB_IF_ROW2, OperStatus) == 1156);
const _: () = assert!(offset_of!(MIB_IF_ROW2, TransmitLinkSpeed) == 1192);
const _: () = assert!(offset_of!(MIB_IF_ROW2, OutErrors) == 1312);
// And that of the list of adapters, by the size of a pointer.
const LIST: [usize; 3] = if size_of::<usize>() == 4 { [16, 40, 176] } else { [24, 72, 224] };
const _: () = assert!(offset_of!(IP_ADAPTER_ADDRESSES_LH, FirstUnicastAddress) == LIST[0]);
const _: () = assert!(offset_of!(IP_ADAPTER_ADDRESSES_LH, FriendlyName) == LIST[1]);
const _: () = assert!(offset_of!(IP_ADAPTER_ADDRESSES_LH, Luid) == LIST[2]);

/// What a call that answers with a number of Win32 means.
fn check(answer: WIN32_ERROR) -> io::Result<()> {
    if answer == NO_ERROR { Ok(()) } else { Err(io::Error::from_raw_os_error(answer as i32)) }
}

fn capacity(buffer: &[u8]) -> u32 {
    u32::try_from(buffer.len()).unwrap_or(u32::MAX)
}

/// GetAdaptersAddresses: fills `buffer`; `length` becomes what is wanted if that is more.
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn adapters_addresses(
    family: u32,
    flags: u32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    *length = capacity(buffer);
    // SAFETY: it writes at most `length` bytes, which the buffer has, and that number.
    check(unsafe {
        GetAdaptersAddresses(
            family,
            flags,
            ptr::null(),
            buffer.as_mut_ptr().cast(),
            ptr::from_mut(length),
        )
    })
}

/// GetExtendedTcpTable, of sockets with their processes: as [`adapters_addresses`].
pub(crate) fn extended_tcp_table(
    family: u32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    *length = capacity(buffer);
    // SAFETY: it writes at most `length` bytes, which the buffer has, and that number.
    check(unsafe {
        GetExtendedTcpTable(
            buffer.as_mut_ptr().cast(),
            ptr::from_mut(length),
            0,
            family,
            TCP_TABLE_OWNER_PID_ALL,
            0,
        )
    })
}

/// GetExtendedUdpTable, of sockets with their processes: as [`adapters_addresses`].
pub(crate) fn extended_udp_table(
    family: u32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    *length = capacity(buffer);
    // SAFETY: it writes at most `length` bytes, which the buffer has, and that number.
    check(unsafe {
        GetExtendedUdpTable(
            buffer.as_mut_ptr().cast(),
            ptr::from_mut(length),
            0,
            family,
            UDP_TABLE_OWNER_PID,
            0,
        )
    })
}

/// A table of interfaces, which the system made.
pub(crate) struct IfTable(NonNull<MIB_IF_TABLE2>);

/// GetIfTable2.
pub(crate) fn if_table2() -> io::Result<IfTable> {
    let mut table = ptr::null_mut();
    // SAFETY: it writes one pointer.
    check(unsafe { GetIfTable2(&raw mut table) })?;
    NonNull::new(table).map(IfTable).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

impl IfTable {
    /// The `MIB_IF_TABLE2` with its rows.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the table starts with the number of its rows.
        let rows = unsafe { self.0.cast::<u32>().read() };
        let length = offset_of!(MIB_IF_TABLE2, Table) + rows as usize * size_of::<MIB_IF_ROW2>();
        // SAFETY: so long is a table of that many rows; it is ours until it is dropped, and nobody
        // writes to it.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast(), length) }
    }
}

impl Drop for IfTable {
    fn drop(&mut self) {
        // SAFETY: GetIfTable2 made it, and nobody else frees it.
        unsafe { FreeMibTable(self.0.as_ptr().cast()) }
    }
}
