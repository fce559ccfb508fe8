//! Clocks.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

/// clock_gettime(2), of a clock that does not go below 0.
pub(crate) fn clock_gettime(clock: libc::clockid_t) -> io::Result<Duration> {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: clock_gettime(2) writes one `timespec`, or fails.
    let result = unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it did not fail, so it was written.
    Ok(duration(unsafe { time.assume_init() }))
}

/// The same of the clock of a process, which only the kernel knows: the C library asks vdso(7) first, that
/// of each process anew.
#[cfg(target_pointer_width = "64")]
pub(crate) fn clock_gettime_of_process(clock: libc::clockid_t) -> io::Result<Duration> {
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: as above; of 64 bits the C library's `timespec` is the kernel's.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time.as_mut_ptr()) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it did not fail, so it was written.
    Ok(duration(unsafe { time.assume_init() }))
}

/// Of 32 bits the C library knows which of two system calls writes its `timespec`.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) use clock_gettime as clock_gettime_of_process;

/// clock_getres(2), of what it is asked for whether there is such a clock; past vdso(7), as above.
pub(crate) fn clock_getres(clock: libc::clockid_t) -> io::Result<()> {
    let nowhere = std::ptr::null_mut::<libc::timespec>();
    // SAFETY: clock_getres(2) writes nothing where it is given no place.
    #[cfg(target_pointer_width = "64")]
    let result = unsafe { libc::syscall(libc::SYS_clock_getres, clock, nowhere) };
    // SAFETY: as above.
    #[cfg(not(target_pointer_width = "64"))]
    let result = unsafe { libc::clock_getres(clock, nowhere) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn duration(time: libc::timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
