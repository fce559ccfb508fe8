//! Scheduling and limits of processes.

use std::io;

/// `struct rlimit64` of `linux/resource.h`, which has the same layout on every architecture.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rlimit64 {
    pub(crate) soft: u64,
    pub(crate) hard: u64,
}

const _: () = assert!(size_of::<Rlimit64>() == 16);

/// `RLIM64_INFINITY`.
pub(crate) const UNLIMITED: u64 = u64::MAX;

/// `IOPRIO_WHO_PROCESS` of `linux/ioprio.h`.
const IOPRIO_WHO_PROCESS: libc::c_int = 1;

/// ioprio_get(2) of one process.
pub(crate) fn ioprio_get(pid: i32) -> io::Result<u32> {
    // SAFETY: takes plain integers.
    let result = unsafe { libc::syscall(libc::SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result as u32) }
}

/// ioprio_set(2) of one process.
pub(crate) fn ioprio_set(pid: i32, priority: u32) -> io::Result<()> {
    // SAFETY: takes plain integers.
    let result = unsafe { libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, priority) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// prlimit(2), to set only.
pub(crate) fn prlimit(pid: i32, resource: u32, limit: Rlimit64) -> io::Result<()> {
    let old = std::ptr::null_mut::<Rlimit64>();
    // SAFETY: reads a `struct rlimit64` from `limit`, and writes none to a null `old`.
    let result =
        unsafe { libc::syscall(libc::SYS_prlimit64, pid, resource, &raw const limit, old) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// prlimit(2), to ask only.
pub(crate) fn prlimit_get(pid: i32, resource: u32) -> io::Result<Rlimit64> {
    let mut limit = Rlimit64 { soft: 0, hard: 0 };
    let new = std::ptr::null::<Rlimit64>();
    // SAFETY: reads nothing from a null `new`, and writes a `struct rlimit64` to `limit`.
    let result = unsafe { libc::syscall(libc::SYS_prlimit64, pid, resource, new, &raw mut limit) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(limit) }
}

/// sched_getaffinity(2): into `mask`, a bit a CPU.
pub(crate) fn sched_getaffinity(pid: i32, mask: &mut [libc::c_ulong]) -> io::Result<()> {
    let size = size_of_val(mask);
    // SAFETY: writes at most the `size` bytes of `mask`.
    let result =
        unsafe { libc::syscall(libc::SYS_sched_getaffinity, pid, size, mask.as_mut_ptr()) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// sched_setaffinity(2).
pub(crate) fn sched_setaffinity(pid: i32, mask: &[libc::c_ulong]) -> io::Result<()> {
    let size = size_of_val(mask);
    // SAFETY: reads at most the `size` bytes of `mask`.
    let result = unsafe { libc::syscall(libc::SYS_sched_setaffinity, pid, size, mask.as_ptr()) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
