//! Signals to pidfds, and what these tell.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// What `PIDFD_GET_INFO` tells (`struct pidfd_info` of `linux/pidfd.h`, Linux 6.13, first version).
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PidfdInfo {
    /// What is asked; on return, what is answered.
    pub(crate) mask: u64,
    pub(crate) cgroupid: u64,
    pub(crate) pid: u32,
    pub(crate) tgid: u32,
    pub(crate) ppid: u32,
    pub(crate) ruid: u32,
    pub(crate) rgid: u32,
    pub(crate) euid: u32,
    pub(crate) egid: u32,
    pub(crate) suid: u32,
    pub(crate) sgid: u32,
    pub(crate) fsuid: u32,
    pub(crate) fsgid: u32,
    pub(crate) exit_code: i32,
}

const _: () = assert!(size_of::<PidfdInfo>() == 64);

/// `PIDFD_INFO_EXIT` (Linux 6.15): `exit_code` is a status as waitpid(2) gives it.
pub(crate) const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// `_IOWR(0xFF, 11, struct pidfd_info)`.
const PIDFD_GET_INFO: rustix::ioctl::Opcode =
    rustix::ioctl::opcode::read_write::<PidfdInfo>(0xff, 11);

pub(crate) fn pidfd_get_info(pidfd: BorrowedFd<'_>, mask: u64) -> io::Result<PidfdInfo> {
    let mut info = PidfdInfo { mask, ..PidfdInfo::default() };
    // musl takes an int, glibc an unsigned long; the lower 32 bits are what matters.
    let request = PIDFD_GET_INFO as _;
    // SAFETY: ioctl(2) writes at most the 64 bytes that the request number names, which `info` has.
    let result = unsafe { libc::ioctl(pidfd.as_raw_fd(), request, &raw mut info) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(info) }
}

/// pidfd_send_signal(2), with any number.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a null `info` stands for that of kill(2); the rest are plain integers.
    let result = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, info, 0_u32)
    };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// kill(2), with any number.
pub(crate) fn kill(pid: i32, signal: i32) -> io::Result<()> {
    // SAFETY: takes plain integers.
    let result = unsafe { libc::kill(pid, signal) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
