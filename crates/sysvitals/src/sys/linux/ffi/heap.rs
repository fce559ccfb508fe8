//! The C library's allocator. Its functions are looked up, since not every C library has them.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::io;
use std::mem::transmute;
use std::ptr::NonNull;

/// `struct mallinfo2` of glibc's `malloc.h` where `T` is `size_t`, `struct mallinfo` where it is
/// `int`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct MallInfo<T> {
    _arena: T,
    _ordblks: T,
    _smblks: T,
    _hblks: T,
    /// Bytes in mappings of their own.
    pub(crate) hblkhd: T,
    _usmblks: T,
    _fsmblks: T,
    /// Bytes given out, those mappings apart.
    pub(crate) uordblks: T,
    _fordblks: T,
    _keepcost: T,
}

const _: () = assert!(size_of::<MallInfo<usize>>() == 10 * size_of::<usize>());
const _: () = assert!(size_of::<MallInfo<c_uint>>() == 10 * size_of::<c_int>());

/// The address of what is called `name` in the program or a library of it.
fn symbol(name: &CStr) -> io::Result<NonNull<c_void>> {
    // SAFETY: `name` ends in NUL; with RTLD_DEFAULT dlsym(3) looks where the program itself does.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    NonNull::new(address).ok_or_else(|| io::ErrorKind::Unsupported.into())
}

/// mallinfo2(3); `Unsupported` where it is not, as before glibc 2.33.
pub(crate) fn mallinfo2() -> io::Result<MallInfo<usize>> {
    let address = symbol(c"mallinfo2")?;
    // SAFETY: what has this name takes nothing and returns this structure (mallinfo2(3)).
    let call: unsafe extern "C" fn() -> MallInfo<usize> = unsafe { transmute(address) };
    // SAFETY: it takes nothing; the C library is never unloaded.
    Ok(unsafe { call() })
}

/// mallinfo(3) of glibc; `Unsupported` elsewhere, since the structure of others differs.
///
/// Sizes are read as the unsigned numbers that they are cut off from, so they wrap at 4 GiB.
pub(crate) fn mallinfo() -> io::Result<MallInfo<c_uint>> {
    symbol(c"gnu_get_libc_version")?;
    let address = symbol(c"mallinfo")?;
    // SAFETY: glibc's takes nothing and returns this structure (mallinfo(3)); any bits of its `int`s
    // are unsigned numbers too.
    let call: unsafe extern "C" fn() -> MallInfo<c_uint> = unsafe { transmute(address) };
    // SAFETY: it takes nothing; the C library is never unloaded.
    Ok(unsafe { call() })
}

/// malloc_trim(3), leaving no padding; whether any memory was given back. `Unsupported` where it is
/// not, as in musl.
pub(crate) fn malloc_trim() -> io::Result<bool> {
    let address = symbol(c"malloc_trim")?;
    // SAFETY: what has this name takes a `size_t` and returns an `int` (malloc_trim(3)).
    let call: unsafe extern "C" fn(usize) -> c_int = unsafe { transmute(address) };
    // SAFETY: any number may be passed; the C library is never unloaded.
    let given_back = unsafe { call(0) };
    Ok(given_back != 0)
}
