//! kernel32.dll: drives, volumes and disks (fileapi.h, winioctl.h).

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_SHARE_READ, FILE_SHARE_WRITE, FindFirstVolumeW, FindNextVolumeW,
    FindVolumeClose, GetDiskFreeSpaceExW, GetDriveTypeW, GetLogicalDrives, GetVolumeInformationW,
    GetVolumePathNamesForVolumeNameW, OPEN_EXISTING, QueryDosDeviceW,
};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SetThreadErrorMode, THREAD_ERROR_MODE,
};
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::IOCTL_DISK_PERFORMANCE;

use super::super::wide_text::WideText;
use super::check;

/// Space of a volume, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FreeSpace {
    /// What the caller may still take.
    pub(crate) available: u64,
    /// All that the caller may have.
    pub(crate) total: u64,
}

/// While it lasts, calls of this thread fail where the system would ask the user for a medium.
pub(crate) struct NoDialogs(THREAD_ERROR_MODE);

/// A walk through the volumes.
pub(crate) struct Volumes(HANDLE);

/// SetThreadErrorMode.
pub(crate) fn no_dialogs() -> io::Result<NoDialogs> {
    let mut before = 0;
    // SAFETY: it takes a plain integer and writes another.
    check(unsafe { SetThreadErrorMode(SEM_FAILCRITICALERRORS, &raw mut before) })?;
    Ok(NoDialogs(before))
}

impl Drop for NoDialogs {
    fn drop(&mut self) {
        // SAFETY: takes a plain integer; what was before is not asked for.
        unsafe { SetThreadErrorMode(self.0, ptr::null_mut()) };
    }
}

/// GetDiskFreeSpaceExW.
pub(crate) fn free_space(directory: &WideText) -> io::Result<FreeSpace> {
    let [mut available, mut total] = [0; 2];
    // SAFETY: the text ends with NUL; it writes two numbers, and a third is not asked for.
    check(unsafe {
        GetDiskFreeSpaceExW(directory.as_ptr(), &raw mut available, &raw mut total, ptr::null_mut())
    })?;
    Ok(FreeSpace { available, total })
}

/// GetLogicalDrives: a bit a letter, `A:` first.
pub(crate) fn logical_drives() -> io::Result<u32> {
    // SAFETY: takes nothing and returns a plain integer.
    match unsafe { GetLogicalDrives() } {
        0 => Err(io::Error::last_os_error()),
        drives => Ok(drives),
    }
}

/// GetDriveTypeW: `DRIVE_FIXED` and others.
pub(crate) fn drive_type(root: &WideText) -> u32 {
    // SAFETY: the text ends with NUL.
    unsafe { GetDriveTypeW(root.as_ptr()) }
}

/// GetVolumeInformationW: writes the type of the file system into `name`, ended by NUL, and returns
/// its flags.
pub(crate) fn volume_information(root: &WideText, name: &mut [u16]) -> io::Result<u32> {
    let mut flags = 0;
    let room = u32::try_from(name.len()).unwrap_or(u32::MAX);
    // SAFETY: the text ends with NUL; it writes a number and at most `room` units, which the slice
    // has; the rest is not asked for.
    check(unsafe {
        GetVolumeInformationW(
            root.as_ptr(),
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut flags,
            name.as_mut_ptr(),
            room,
        )
    })?;
    Ok(flags)
}

/// FindFirstVolumeW: writes the name of the first, ended by NUL.
pub(crate) fn first_volume(name: &mut [u16]) -> io::Result<Volumes> {
    let room = u32::try_from(name.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `room` units, which the slice has.
    let walk = unsafe { FindFirstVolumeW(name.as_mut_ptr(), room) };
    if walk == INVALID_HANDLE_VALUE { Err(io::Error::last_os_error()) } else { Ok(Volumes(walk)) }
}

impl Volumes {
    /// FindNextVolumeW: the same of the next; `ERROR_NO_MORE_FILES` after the last.
    pub(crate) fn next(&mut self, name: &mut [u16]) -> io::Result<()> {
        let room = u32::try_from(name.len()).unwrap_or(u32::MAX);
        // SAFETY: it writes at most `room` units, which the slice has; the walk is open.
        check(unsafe { FindNextVolumeW(self.0, name.as_mut_ptr(), room) })
    }
}

impl Drop for Volumes {
    fn drop(&mut self) {
        // SAFETY: it was opened by `first_volume`, and nobody else closes it.
        unsafe { FindVolumeClose(self.0) };
    }
}

/// GetVolumePathNamesForVolumeNameW: where a volume is mounted, texts that NUL ends each, with an
/// empty one at the end; `length` becomes the units that were written or are wanted.
pub(crate) fn volume_paths(
    volume: &WideText,
    paths: &mut [u16],
    length: &mut u32,
) -> io::Result<()> {
    let room = u32::try_from(paths.len()).unwrap_or(u32::MAX);
    // SAFETY: the text ends with NUL; it writes at most `room` units, which the slice has, and one
    // number.
    check(unsafe {
        GetVolumePathNamesForVolumeNameW(
            volume.as_ptr(),
            paths.as_mut_ptr(),
            room,
            ptr::from_mut(length),
        )
    })
}

/// QueryDosDeviceW of all devices: their names as texts that NUL ends each, with an empty one at the
/// end.
pub(crate) fn all_devices(names: &mut [u16]) -> io::Result<()> {
    let room = u32::try_from(names.len()).unwrap_or(u32::MAX);
    // SAFETY: no name asks for all; it writes at most `room` units, which the slice has.
    match unsafe { QueryDosDeviceW(ptr::null(), names.as_mut_ptr(), room) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// CreateFileW: opens a device to ask about it, neither to read nor to write.
pub(crate) fn open_device(path: &WideText) -> io::Result<OwnedHandle> {
    // SAFETY: the text ends with NUL; there are no attributes and no template.
    let handle = unsafe {
        CreateFileW(
            path.as_ptr(),
            0,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            ptr::null(),
            OPEN_EXISTING,
            0,
            ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was opened just now, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// DeviceIoControl with `IOCTL_DISK_PERFORMANCE`: fills `buffer`; `length` becomes what was written.
pub(crate) fn disk_performance(
    disk: BorrowedHandle<'_>,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    // SAFETY: it reads no input, writes at most `capacity` bytes, which the buffer has, and one
    // number; the device was not opened for overlapped use, and is open as long as it is borrowed.
    check(unsafe {
        DeviceIoControl(
            disk.as_raw_handle(),
            IOCTL_DISK_PERFORMANCE,
            ptr::null(),
            0,
            buffer.as_mut_ptr().cast(),
            capacity,
            ptr::from_mut(length),
            ptr::null_mut(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialogs_come_back() {
        let outer = no_dialogs().expect("a mode");
        let before = outer.0;
        let inner = no_dialogs().expect("a mode");
        assert_eq!(inner.0, SEM_FAILCRITICALERRORS);
        drop(inner);
        drop(outer);
        assert_eq!(no_dialogs().expect("a mode").0, before);
    }
}
