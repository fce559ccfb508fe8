//! Answers whose length is not known before they are given.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_BAD_LENGTH, ERROR_BUFFER_OVERFLOW, ERROR_INSUFFICIENT_BUFFER, ERROR_MORE_DATA,
};

use super::ffi::AlignedBuffer;
use super::win32_error::is_one_of;
use crate::{Error, Result};

/// No answer of the system is this long.
const BOUND: usize = 1 << 30;

/// Asks with a buffer that grows until the answer fits; gives the buffer and what `ask` gave.
///
/// `ask` writes into the bytes, and into the number the length that it wrote or wants, if it knows.
/// What it wants may be more the next time, so it gets more than that.
pub(super) fn grow<T>(
    call: &str,
    start: usize,
    mut ask: impl FnMut(&mut [u8], &mut u32) -> io::Result<T>,
) -> Result<(AlignedBuffer, T)> {
    let mut buffer = AlignedBuffer::new(start);
    loop {
        let mut length = 0;
        let err = match ask(buffer.bytes_mut(), &mut length) {
            Ok(answer) => return Ok((buffer, answer)),
            Err(err) => err,
        };
        let had = buffer.bytes().len();
        if !is_too_short(&err) || had >= BOUND {
            return Err(Error::io(call, err));
        }
        let wanted = usize::try_from(length).unwrap_or(0);
        buffer = AlignedBuffer::new((wanted + wanted / 8).max(had * 2).min(BOUND));
    }
}

/// What a call wrote of its buffer, as long as it said: the rest is zero, which may mean something.
pub(super) fn written(buffer: &AlignedBuffer, length: u32) -> &[u8] {
    let bytes = buffer.bytes();
    usize::try_from(length).ok().and_then(|length| bytes.get(..length)).unwrap_or(bytes)
}

/// Whether a call failed only for want of room.
///
/// `STATUS_INFO_LENGTH_MISMATCH`, `STATUS_BUFFER_TOO_SMALL` and `STATUS_BUFFER_OVERFLOW`, in the
/// numbers of Win32.
pub(super) fn is_too_short(err: &io::Error) -> bool {
    const CODES: [u32; 4] =
        [ERROR_BAD_LENGTH, ERROR_BUFFER_OVERFLOW, ERROR_INSUFFICIENT_BUFFER, ERROR_MORE_DATA];
    is_one_of(err, &CODES)
}
