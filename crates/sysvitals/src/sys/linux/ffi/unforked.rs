//! Memory that a child does not get.

use std::io;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU8, Ordering};

/// What stands in the page of who made it.
const HERE: u8 = 1;

/// A page of memory in which a child that gets copies of all else finds zeros, however it was forked
/// (`MADV_WIPEONFORK` of madvise(2), Linux 4.14).
///
/// It costs no system call to look at, and knows a child that has the same pid, in a namespace of its own.
pub(crate) struct Unforked(NonNull<AtomicU8>);

// SAFETY: it is mapped for all threads until this is dropped, and what is looked at in it is atomic.
unsafe impl Send for Unforked {}
// SAFETY: as above.
unsafe impl Sync for Unforked {}

impl Unforked {
    /// # Errors
    ///
    /// `Unsupported` where nobody knows whether the kernel does it.
    pub(crate) fn new() -> io::Result<Self> {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping, where the kernel wants it, is nobody else's.
        let page = unsafe { libc::mmap(ptr::null_mut(), size(), protection, flags, -1, 0) };
        if page == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let page = NonNull::new(page.cast()).ok_or(io::ErrorKind::Unsupported)?;
        let this = Self(page);
        /// Nobody has this: who takes it takes anything, as old emulators do, and does nothing.
        const NONE: i32 = -1;
        if this.advise(NONE).is_ok() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        this.advise(libc::MADV_WIPEONFORK)?;
        this.byte().store(HERE, Ordering::Relaxed);
        Ok(this)
    }

    /// Whether this is the process that made it.
    pub(crate) fn is_here(&self) -> bool {
        self.byte().load(Ordering::Relaxed) == HERE
    }

    fn byte(&self) -> &AtomicU8 {
        // SAFETY: it is mapped as long as this lives, and all bits of it are a number.
        unsafe { self.0.as_ref() }
    }

    fn advise(&self, advice: i32) -> io::Result<()> {
        // SAFETY: the page is our own, and no advice that is given here unmaps it.
        let result = unsafe { libc::madvise(self.0.as_ptr().cast(), size(), advice) };
        if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Unforked {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this size, and nobody has a reference to it any more.
        let _ = unsafe { libc::munmap(self.0.as_ptr().cast(), size()) };
    }
}

/// The smallest that there is.
fn size() -> usize {
    rustix::param::page_size()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_knows_that_it_is_one() {
        let Ok(page) = Unforked::new() else {
            println!("SKIPPED: no page is wiped for children before Linux 4.14");
            return;
        };
        assert!(page.is_here());
        let page = std::sync::Arc::new(page);
        let childs = page.clone();
        let mut command = Command::new("true");
        let look = move || match childs.is_here() {
            false => Ok(()),
            true => Err(io::ErrorKind::AlreadyExists.into()),
        };
        // SAFETY: the child does nothing but read a byte.
        unsafe { command.pre_exec(look) };
        let ended = command.status().expect("the child found zeros");
        assert!(ended.success());
        assert!(page.is_here());
    }
}
