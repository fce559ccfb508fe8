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
    let time = unsafe { time.assume_init() };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Ok(Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0)))
}
