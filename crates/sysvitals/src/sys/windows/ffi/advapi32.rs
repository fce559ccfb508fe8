//! advapi32.dll: who acts.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::LUID;
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, GetTokenInformation, LUID_AND_ATTRIBUTES, LookupAccountSidW,
    LookupPrivilegeValueW, SE_DEBUG_NAME, SE_PRIVILEGE_ENABLED, TOKEN_PRIVILEGES, TokenUser,
};
use windows_sys::Win32::System::Threading::OpenProcessToken;

use super::check;

/// As long as a security identifier can be (`SECURITY_MAX_SID_SIZE`), in words of 32 bits.
const IDENTIFIER_WORDS: usize = 17;

/// OpenProcessToken.
pub(crate) fn open_process_token(
    process: BorrowedHandle<'_>,
    rights: u32,
) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: it writes one handle; that of the process is open as long as it is borrowed.
    let opened = unsafe { OpenProcessToken(process.as_raw_handle(), rights, &raw mut token) };
    check(opened)?;
    // SAFETY: it was opened just now, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// GetTokenInformation(TokenUser): fills `buffer` with a `TOKEN_USER` and what it points to.
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn token_user(
    token: BorrowedHandle<'_>,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has, and one number; the handle
    // is open as long as it is borrowed.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            buffer.as_mut_ptr().cast(),
            capacity,
            ptr::from_mut(length),
        )
    })
}

/// LookupAccountSidW: domain and name of whom a security identifier stands for.
pub(crate) fn account(identifier: &[u8]) -> io::Result<(OsString, OsString)> {
    /// Names have 256 units at most (`UNLEN`), domains 15 or, as DNS names, 255.
    const ROOM: u32 = 512;
    let mut words = [0_u32; IDENTIFIER_WORDS];
    for (word, bytes) in words.iter_mut().zip(identifier.chunks_exact(4)) {
        *word = bytes.first_chunk().copied().map_or(0, u32::from_ne_bytes);
    }
    let (mut name, mut domain) = ([0; ROOM as usize], [0; ROOM as usize]);
    let (mut name_length, mut domain_length, mut kind) = (ROOM, ROOM, 0);
    // SAFETY: it reads an identifier, of which it takes 68 bytes at most, and those are ours; it
    // writes as many units as the lengths say, which the arrays have, and three numbers.
    check(unsafe {
        LookupAccountSidW(
            ptr::null(),
            words.as_mut_ptr().cast(),
            name.as_mut_ptr(),
            &raw mut name_length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    })?;
    let text = |units: &[u16], length: u32| {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        OsString::from_wide(units.get(..length).unwrap_or_default())
    };
    Ok((text(&domain, domain_length), text(&name, name_length)))
}

/// LookupPrivilegeValueW: the number of the privilege to look into any process.
pub(crate) fn debug_privilege() -> io::Result<LUID> {
    let mut number = LUID::default();
    // SAFETY: it reads a constant text and writes one number.
    check(unsafe { LookupPrivilegeValueW(ptr::null(), SE_DEBUG_NAME, &raw mut number) })?;
    Ok(number)
}

/// AdjustTokenPrivileges: takes `TOKEN_ADJUST_PRIVILEGES`. Succeeds with an error number left behind
/// where the token has no such privilege.
pub(crate) fn enable_privilege(
    token: BorrowedHandle<'_>,
    privilege: LUID,
) -> io::Result<io::Error> {
    let enabled = LUID_AND_ATTRIBUTES { Luid: privilege, Attributes: SE_PRIVILEGE_ENABLED };
    let wanted = TOKEN_PRIVILEGES { PrivilegeCount: 1, Privileges: [enabled] };
    // SAFETY: it reads one privilege, which is ours, and writes nothing; the handle is open as long
    // as it is borrowed.
    check(unsafe {
        AdjustTokenPrivileges(
            token.as_raw_handle(),
            0,
            &raw const wanted,
            0,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    Ok(io::Error::last_os_error())
}
