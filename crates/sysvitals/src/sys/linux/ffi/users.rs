//! The user database of the C library.

use std::ffi::{CStr, OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::ptr;

/// getpwuid_r(3): the login name of a user; `None` if the database says that there is no such one.
pub(crate) fn getpwuid_r(uid: u32, buffer: &mut [u8]) -> io::Result<Option<OsString>> {
    let mut entry = MaybeUninit::<libc::passwd>::uninit();
    let mut found = ptr::null_mut();
    // SAFETY: getpwuid_r(3) writes an entry to `entry`, its strings to the `buffer.len()` bytes of
    // `buffer`, and to `found` the address of `entry` or null.
    let error = unsafe {
        libc::getpwuid_r(
            uid,
            entry.as_mut_ptr(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut found,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    if found.is_null() {
        return Ok(None);
    }
    // SAFETY: `found` is the address of `entry`, so that was filled in.
    let entry = unsafe { entry.assume_init() };
    // SAFETY: `pw_name` is a string that ends in NUL, in `buffer`, which is still borrowed.
    let name = unsafe { CStr::from_ptr(entry.pw_name) };
    Ok(Some(OsStr::from_bytes(name.to_bytes()).to_owned()))
}
