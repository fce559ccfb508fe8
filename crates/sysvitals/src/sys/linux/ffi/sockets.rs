//! What a socket tells of itself, by the number of its descriptor: that may be one of this program that
//! somebody else in it closes, of which the kernel says `EBADF` or, if the number was given away, what
//! is true of another.

use std::io;
use std::os::fd::RawFd;

/// A `sockaddr` of any family, and how long it is.
pub(crate) struct SockAddr {
    storage: libc::sockaddr_storage,
    length: libc::socklen_t,
}

impl SockAddr {
    fn new() -> Self {
        // SAFETY: zeros are a `sockaddr_storage` of no family.
        let storage = unsafe { std::mem::zeroed::<libc::sockaddr_storage>() };
        Self { storage, length: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let length = (self.length as usize).min(size_of::<libc::sockaddr_storage>());
        let start = (&raw const self.storage).cast::<u8>();
        // SAFETY: that many bytes of `storage`, all of which are initialised.
        unsafe { std::slice::from_raw_parts(start, length) }
    }
}

/// getsockname(2).
pub(crate) fn getsockname(socket: RawFd) -> io::Result<SockAddr> {
    let mut address = SockAddr::new();
    let start = (&raw mut address.storage).cast();
    // SAFETY: getsockname(2) writes at most `length` bytes there, and the length.
    let result = unsafe { libc::getsockname(socket, start, &raw mut address.length) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(address) }
}

/// getpeername(2).
pub(crate) fn getpeername(socket: RawFd) -> io::Result<SockAddr> {
    let mut address = SockAddr::new();
    let start = (&raw mut address.storage).cast();
    // SAFETY: getpeername(2) writes at most `length` bytes there, and the length.
    let result = unsafe { libc::getpeername(socket, start, &raw mut address.length) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(address) }
}

/// getsockopt(2) of an option that has at least `N` bytes, of which the first are given.
fn getsockopt<const N: usize>(socket: RawFd, level: i32, option: i32) -> io::Result<[u8; N]> {
    let mut value = [0; N];
    let mut length = N as libc::socklen_t;
    let start = value.as_mut_ptr().cast();
    // SAFETY: getsockopt(2) writes at most `length` bytes there, and the length.
    let result = unsafe { libc::getsockopt(socket, level, option, start, &raw mut length) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(value) }
}

/// `SO_TYPE`, as socket(2) of this architecture numbers it.
pub(crate) fn kind(socket: RawFd) -> io::Result<i32> {
    getsockopt(socket, libc::SOL_SOCKET, libc::SO_TYPE).map(i32::from_ne_bytes)
}

/// `SO_PROTOCOL` (Linux 2.6.32).
pub(crate) fn protocol(socket: RawFd) -> io::Result<i32> {
    getsockopt(socket, libc::SOL_SOCKET, libc::SO_PROTOCOL).map(i32::from_ne_bytes)
}

/// `SO_NETNS_COOKIE`: which network namespace it is in (Linux 5.14).
pub(crate) fn netns_cookie(socket: RawFd) -> io::Result<u64> {
    const SO_NETNS_COOKIE: i32 = 71;
    getsockopt(socket, libc::SOL_SOCKET, SO_NETNS_COOKIE).map(u64::from_ne_bytes)
}

/// `SO_COOKIE`: which socket it is (Linux 4.12).
pub(crate) fn cookie(socket: RawFd) -> io::Result<u64> {
    const SO_COOKIE: i32 = 57;
    getsockopt(socket, libc::SOL_SOCKET, SO_COOKIE).map(u64::from_ne_bytes)
}

/// `tcpi_state` of `TCP_INFO`: the state as numbered in the kernel's `tcp_states.h`.
pub(crate) fn tcp_state(socket: RawFd) -> io::Result<u8> {
    getsockopt(socket, libc::IPPROTO_TCP, libc::TCP_INFO).map(|[state]| state)
}

/// Sets an option that is a number.
#[cfg(test)]
pub(crate) fn set(socket: RawFd, level: i32, option: i32, value: i32) -> io::Result<()> {
    let length = size_of::<i32>() as libc::socklen_t;
    let start = (&raw const value).cast();
    // SAFETY: setsockopt(2) reads that many bytes there.
    let result = unsafe { libc::setsockopt(socket, level, option, start, length) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
