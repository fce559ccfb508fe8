//! ntdll.dll: the native interface.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr;

use windows_sys::Wdk::System::SystemInformation::NtQuerySystemInformation;
use windows_sys::Wdk::System::Threading::NtQueryInformationProcess;
use windows_sys::Win32::Foundation::{HANDLE, NTSTATUS, RtlNtStatusToDosError, UNICODE_STRING};

// Not in Microsoft's declarations, but exported since Windows XP, and since Windows 7 that with `Ex`.
// Without the decoration that the calling convention has on x86: the library exports none.
#[cfg_attr(
    target_arch = "x86",
    link(name = "ntdll", kind = "raw-dylib", import_name_type = "undecorated")
)]
#[cfg_attr(not(target_arch = "x86"), link(name = "ntdll", kind = "raw-dylib"))]
unsafe extern "system" {
    fn NtQuerySystemInformationEx(
        class: i32,
        input: *const c_void,
        input_length: u32,
        output: *mut c_void,
        output_length: u32,
        length: *mut u32,
    ) -> NTSTATUS;
    fn NtSuspendProcess(process: HANDLE) -> NTSTATUS;
    fn NtResumeProcess(process: HANDLE) -> NTSTATUS;
    fn NtSetInformationProcess(
        process: HANDLE,
        class: i32,
        information: *const c_void,
        length: u32,
    ) -> NTSTATUS;
}

/// A failure in the numbers of Win32; success and information are none.
pub(super) fn check(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: takes and returns plain integers.
    let code = unsafe { RtlNtStatusToDosError(status) };
    Err(io::Error::from_raw_os_error(code as i32))
}

/// NtQuerySystemInformation: fills `buffer`; `length` becomes what was written or is wanted.
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn query_system_information(
    class: i32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has, and one number.
    let status = unsafe {
        NtQuerySystemInformation(class, buffer.as_mut_ptr().cast(), capacity, ptr::from_mut(length))
    };
    check(status)
}

/// NtQuerySystemInformationEx: as [`query_system_information`], of one group of processors.
pub(crate) fn query_system_information_of_group(
    class: i32,
    group: u16,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it reads the two bytes of the group, and writes at most `capacity` bytes, which the
    // buffer has, and one number.
    let status = unsafe {
        NtQuerySystemInformationEx(
            class,
            ptr::from_ref(&group).cast(),
            2,
            buffer.as_mut_ptr().cast(),
            capacity,
            ptr::from_mut(length),
        )
    };
    check(status)
}

/// NtQueryInformationProcess: as [`query_system_information`], of one process.
pub(crate) fn query_information_process(
    process: BorrowedHandle<'_>,
    class: i32,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `capacity` bytes, which the buffer has, and one number; the handle
    // is open as long as it is borrowed.
    let status = unsafe {
        NtQueryInformationProcess(
            process.as_raw_handle(),
            class,
            buffer.as_mut_ptr().cast(),
            capacity,
            ptr::from_mut(length),
        )
    };
    check(status)
}

/// NtQueryInformationProcess, of a class whose structure is one number.
pub(crate) fn query_number_of_process(process: BorrowedHandle<'_>, class: i32) -> io::Result<u32> {
    let mut number = 0;
    // SAFETY: it writes one number of the size told; no length is asked for; the handle is open as
    // long as it is borrowed.
    let status = unsafe {
        NtQueryInformationProcess(
            process.as_raw_handle(),
            class,
            (&raw mut number).cast(),
            size_of::<u32>() as u32,
            ptr::null_mut(),
        )
    };
    check(status)?;
    Ok(number)
}

/// NtSetInformationProcess, of a class whose structure is one number: takes
/// `PROCESS_SET_INFORMATION`.
pub(crate) fn set_number_of_process(
    process: BorrowedHandle<'_>,
    class: i32,
    number: u32,
) -> io::Result<()> {
    // SAFETY: it reads one number of the size told; the handle is open as long as it is borrowed.
    let status = unsafe {
        NtSetInformationProcess(
            process.as_raw_handle(),
            class,
            (&raw const number).cast(),
            size_of::<u32>() as u32,
        )
    };
    check(status)
}

/// NtSuspendProcess: takes `PROCESS_SUSPEND_RESUME`.
pub(crate) fn suspend_process(process: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open as long as it is borrowed.
    check(unsafe { NtSuspendProcess(process.as_raw_handle()) })
}

/// NtResumeProcess: takes `PROCESS_SUSPEND_RESUME`.
pub(crate) fn resume_process(process: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open as long as it is borrowed.
    check(unsafe { NtResumeProcess(process.as_raw_handle()) })
}

/// `SYSTEM_PROCESS_ID_INFORMATION`, with room for the path of the program.
#[repr(C)]
struct ProcessIdInformation {
    pid: usize,
    image: UNICODE_STRING,
}

const _: () = assert!(
    size_of::<ProcessIdInformation>() == 3 * size_of::<usize>()
        && std::mem::offset_of!(ProcessIdInformation, image) == size_of::<usize>()
);

/// NtQuerySystemInformation(SystemProcessIdInformation): writes the path of the program of `pid`, as
/// the kernel has it; gives its length. Takes no rights.
pub(crate) fn image_of_pid(pid: u32, path: &mut [u16]) -> io::Result<usize> {
    const CLASS: i32 = 88;
    const SIZE: u32 = size_of::<ProcessIdInformation>() as u32;
    let room = u16::try_from(size_of_val(path)).unwrap_or(u16::MAX - 1);
    let image = UNICODE_STRING { Length: 0, MaximumLength: room, Buffer: path.as_mut_ptr() };
    let mut asked = ProcessIdInformation { pid: pid as usize, image };
    // SAFETY: it reads and writes the structure, and writes at most `room` bytes, which `path` has.
    let status =
        unsafe { NtQuerySystemInformation(CLASS, (&raw mut asked).cast(), SIZE, ptr::null_mut()) };
    check(status)?;
    Ok(usize::from(asked.image.Length) / 2)
}
