//! bpf(2): programs that are iterators, and reading from them.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `BPF_PROG_TYPE_TRACING` and `BPF_TRACE_ITER` of `linux/bpf.h`.
const TRACING: u32 = 26;
const TRACE_ITER: u32 = 28;

/// `BPF_MAP_TYPE_PERCPU_ARRAY`.
const PERCPU_ARRAY: u32 = 6;

const MAP_CREATE: libc::c_int = 0;
const PROG_LOAD: libc::c_int = 5;
const LINK_CREATE: libc::c_int = 28;
const ITER_CREATE: libc::c_int = 33;

/// The part of `union bpf_attr` that `BPF_MAP_CREATE` reads.
#[repr(C)]
struct MapCreate {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
}

/// The part that `BPF_PROG_LOAD` reads (Linux 5.8).
#[repr(C)]
#[derive(Default)]
struct ProgLoad {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
    prog_name: [u8; 16],
    prog_ifindex: u32,
    expected_attach_type: u32,
    prog_btf_fd: u32,
    func_info_rec_size: u32,
    func_info: u64,
    func_info_cnt: u32,
    line_info_rec_size: u32,
    line_info: u64,
    line_info_cnt: u32,
    attach_btf_id: u32,
}

const _: () = assert!(size_of::<ProgLoad>() == 112);

/// The part that `BPF_LINK_CREATE` reads.
#[repr(C)]
struct LinkCreate {
    prog_fd: u32,
    target_fd: u32,
    attach_type: u32,
    flags: u32,
}

/// The part that `BPF_ITER_CREATE` reads.
#[repr(C)]
struct IterCreate {
    link_fd: u32,
    flags: u32,
}

/// Makes a descriptor, which is closed on exec(2).
///
/// # Safety
///
/// `attr` is what `command` reads, and what it points to is there.
unsafe fn make<T>(command: libc::c_int, attr: &T) -> io::Result<OwnedFd> {
    // SAFETY: the kernel reads the `size_of::<T>()` bytes of `attr`, and what the caller vouches for.
    let fd = unsafe { libc::syscall(libc::SYS_bpf, command, &raw const *attr, size_of::<T>()) };
    match libc::c_int::try_from(fd) {
        // SAFETY: these commands return a new descriptor, which nobody else knows.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn number(fd: BorrowedFd<'_>) -> u32 {
    u32::from_ne_bytes(fd.as_raw_fd().to_ne_bytes())
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// An array of one number for each CPU.
pub(crate) fn create_number_per_cpu() -> io::Result<OwnedFd> {
    let attr = MapCreate { map_type: PERCPU_ARRAY, key_size: 4, value_size: 8, max_entries: 1 };
    // SAFETY: takes plain integers.
    unsafe { make(MAP_CREATE, &attr) }
}

/// Has the kernel check an iterator's program, which it says why about in `log` if that has room.
pub(crate) fn load_iterator(
    code: &[u64],
    license: &CStr,
    target: u32,
    log: &mut [u8],
) -> io::Result<OwnedFd> {
    let mut attr = ProgLoad {
        prog_type: TRACING,
        insn_cnt: count(code.len()),
        insns: code.as_ptr().expose_provenance() as u64,
        license: license.as_ptr().expose_provenance() as u64,
        expected_attach_type: TRACE_ITER,
        attach_btf_id: target,
        ..ProgLoad::default()
    };
    if !log.is_empty() {
        attr.log_level = 1;
        attr.log_size = count(log.len());
        attr.log_buf = log.as_mut_ptr().expose_provenance() as u64;
    }
    // SAFETY: reads `insn_cnt` instructions and a text that ends, writes at most `log_size` bytes.
    unsafe { make(PROG_LOAD, &attr) }
}

/// Makes a program ready to be run.
pub(crate) fn link_iterator(program: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let attr =
        LinkCreate { prog_fd: number(program), target_fd: 0, attach_type: TRACE_ITER, flags: 0 };
    // SAFETY: takes plain integers.
    unsafe { make(LINK_CREATE, &attr) }
}

/// A file whose reading runs the program.
pub(crate) fn open_iterator(link: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let attr = IterCreate { link_fd: number(link), flags: 0 };
    // SAFETY: takes plain integers.
    unsafe { make(ITER_CREATE, &attr) }
}
