//! wtsapi32.dll: sessions of users.

use std::io;
use std::ptr;

use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSEnumerateSessionsW,
    WTSFreeMemory, WTSQuerySessionInformationW,
};

use super::check;

/// What a call of this library allocated: `count` values of type `T`.
pub(crate) struct Allocation<T> {
    start: *mut T,
    count: usize,
}

impl<T> Allocation<T> {
    /// Nothing where the call left its pointer alone.
    const NONE: Self = Self { start: ptr::null_mut(), count: 0 };

    /// The values.
    pub(crate) fn values(&self) -> &[T] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: the call wrote so many values where it said; they stay until they are freed.
        unsafe { std::slice::from_raw_parts(self.start, self.count) }
    }
}

impl<T> Drop for Allocation<T> {
    fn drop(&mut self) {
        // SAFETY: a call of this library allocated it, and nobody else frees it; none is no address.
        unsafe { WTSFreeMemory(self.start.cast()) };
    }
}

/// WTSEnumerateSessionsW of this machine. The names in the structures are not to be followed.
pub(crate) fn enumerate_sessions() -> io::Result<Allocation<WTS_SESSION_INFOW>> {
    let mut sessions = Allocation::NONE;
    let mut count = 0;
    // SAFETY: it writes one address and one number; the reserved argument is zero, the version one.
    check(unsafe {
        WTSEnumerateSessionsW(
            WTS_CURRENT_SERVER_HANDLE,
            0,
            1,
            &raw mut sessions.start,
            &raw mut count,
        )
    })?;
    sessions.count = usize::try_from(count).unwrap_or(0);
    Ok(sessions)
}

/// WTSQuerySessionInformationW of this machine: the bytes of what the class is documented to give.
pub(crate) fn query_session(session: u32, class: WTS_INFO_CLASS) -> io::Result<Allocation<u8>> {
    let mut bytes = Allocation::<u8>::NONE;
    let mut count = 0;
    // SAFETY: it writes one address and one number.
    check(unsafe {
        WTSQuerySessionInformationW(
            WTS_CURRENT_SERVER_HANDLE,
            session,
            class,
            (&raw mut bytes.start).cast(),
            &raw mut count,
        )
    })?;
    bytes.count = usize::try_from(count).unwrap_or(0);
    Ok(bytes)
}
