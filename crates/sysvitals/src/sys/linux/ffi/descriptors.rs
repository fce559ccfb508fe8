//! Closing many descriptors at once.

use std::io;
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd};

use rustix::io::Errno;

/// close_range(2) of descriptors whose numbers follow each other, which are none afterwards.
pub(crate) fn close_range(fds: &mut [Option<OwnedFd>]) -> io::Result<()> {
    let number = |fd: &Option<OwnedFd>| fd.as_ref().map(|fd| fd.as_raw_fd());
    let follow = |one: &_, next: &_| number(one).map(|number| number + 1) == number(next);
    let (Some(first), Some(last), true) =
        (fds.first().and_then(number), fds.last().and_then(number), fds.is_sorted_by(follow))
    else {
        return Err(Errno::INVAL.into());
    };
    // SAFETY: the numbers from the first to the last are those of `fds`, which owns them.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0_u32) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    for fd in fds {
        let _closed = fd.take().map(OwnedFd::into_raw_fd);
    }
    Ok(())
}
