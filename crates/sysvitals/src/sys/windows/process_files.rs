//! What a process has open.
//!
//! A file may not be asked while another thread is in the middle of an operation on it: if it was
//! opened for synchronous use, as most are, the kernel keeps whoever asks waiting until that is
//! over, and reading from a pipe or waiting for a lock may never be. Nothing takes the wait back.
//! But a file tells, as an object that can be waited for, whether it is idle; so only the idle are
//! asked, and the others, which are pipes mostly, are left out if they are busy twice.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};
use std::path::{Path, PathBuf};

use sysvitals_parse::windows::handle_table::{self, Handle, Layout};
use sysvitals_parse::windows::{file_standard_info, nt_path, object_type_information};
use windows_sys::Wdk::Foundation::ObjectTypeInformation;
use windows_sys::Wdk::System::Threading::ProcessHandleInformation;
use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, WAIT_OBJECT_0};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_NAME_OPENED, FILE_TYPE_DISK, VOLUME_NAME_DOS, VOLUME_NAME_NT,
};
use windows_sys::Win32::System::Threading::{
    PROCESS_DUP_HANDLE, PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::ffi::{AlignedBuffer, files, kernel32, ntdll};
use super::process::{Target, gone, or_record};
use super::win32_error::is_one_of;
use super::{Host, WORD, buffer, net_connections};
use crate::sys::{ProcessFiles, Processes as _};
use crate::{ConnectionKind, Error, OpenFile, ProcessConnection, Result};

/// `SystemExtendedHandleInformation`, which Microsoft's declarations lack.
const SYSTEM_EXTENDED_HANDLE_INFORMATION: i32 = 64;

impl ProcessFiles for Host {
    fn open_files(&self, target: &Target) -> Result<Vec<OpenFile>> {
        // The idle process and the kernel, as in psutil.
        if matches!(target.pid().get(), 0 | 4) {
            return Ok(Vec::new());
        }
        let process = target.handle(PROCESS_DUP_HANDLE | PROCESS_QUERY_INFORMATION)?;
        let process = process.as_handle();
        let mut no_files = NoFiles::default();
        let mut busy = Vec::new();
        let mut paths = Vec::new();
        for handle in handles(target, process)? {
            match look(process, &handle, &mut no_files)? {
                Look::File(path) => paths.push(path),
                Look::Busy => busy.push(handle),
                Look::Nothing => {}
            }
        }
        // An operation on a disk is over by now.
        for handle in busy {
            if let Look::File(path) = look(process, &handle, &mut no_files)? {
                paths.push(path);
            }
        }
        if !self.exists(target) {
            return Err(target.failed("DuplicateHandle", gone()));
        }
        let mut seen = HashSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        let file = |path| OpenFile { path, fd: None, position: None, mode: None, flags: None };
        Ok(paths.into_iter().map(file).collect())
    }

    fn num_handles(&self, target: &Target) -> Result<u32> {
        if target.has_record() {
            return target.record().map(|record| record.handles);
        }
        let rights = PROCESS_QUERY_LIMITED_INFORMATION;
        let count = target.ask(rights, "GetProcessHandleCount", files::handle_count);
        or_record(target, count, |record| record.handles)
    }

    fn process_net_connections(
        &self,
        target: &Target,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        net_connections::of_process(self, target, kind)
    }
}

/// What came of looking at a handle.
enum Look {
    /// It leads to a regular file, at this path.
    File(PathBuf),
    /// It leads to a file that may not be asked now.
    Busy,
    /// It leads to something else, or is closed by now.
    Nothing,
}

/// Types of objects, by number, that are no files. Kept by the numbers that the objects themselves
/// have: what a table calls a file may be something else by now.
type NoFiles = HashSet<u32>;

/// The handles of a process.
///
/// Told by itself since Windows 8, and where it is not, found among those of all.
fn handles(target: &Target, process: BorrowedHandle<'_>) -> Result<Vec<Handle>> {
    let call = "NtQueryInformationProcess(ProcessHandleInformation)";
    let own = buffer::grow(call, 16 << 10, |bytes, length| {
        ntdll::query_information_process(process, ProcessHandleInformation, bytes, length)
    });
    match own {
        Ok((bytes, ())) => table(call, bytes.bytes(), Layout::Process, |_| true),
        Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_INVALID_PARAMETER]) => {
            let call = "NtQuerySystemInformation(SystemExtendedHandleInformation)";
            let (bytes, ()) = buffer::grow(call, 4 << 20, |bytes, length| {
                let class = SYSTEM_EXTENDED_HANDLE_INFORMATION;
                ntdll::query_system_information(class, bytes, length)
            })?;
            let pid = u64::from(target.pid().get());
            table(call, bytes.bytes(), Layout::System, |handle| handle.pid == pid)
        }
        Err(err) => Err(target.named(err)),
    }
}

fn table(
    call: &str,
    bytes: &[u8],
    layout: Layout,
    is_its: impl Fn(&Handle) -> bool,
) -> Result<Vec<Handle>> {
    let handles = handle_table::parse(bytes, layout, WORD).and_then(|handles| {
        handles.filter(|handle| handle.as_ref().map_or(true, &is_its)).collect()
    });
    handles.map_err(|err| Error::parse(Path::new(call), err))
}

fn look(process: BorrowedHandle<'_>, handle: &Handle, no_files: &mut NoFiles) -> Result<Look> {
    if no_files.contains(&handle.object_type) {
        return Ok(Look::Nothing);
    }
    // Closed by now, or of those that may not be duplicated.
    let Ok(file) = files::duplicate_handle(process, handle.value) else { return Ok(Look::Nothing) };
    if !is_file(&file, no_files)? {
        return Ok(Look::Nothing);
    }
    match kernel32::wait(file.as_handle(), 0) {
        Ok(WAIT_OBJECT_0) => {}
        Ok(_) => return Ok(Look::Busy),
        // Without the right to wait it cannot be told; those that are opened by Win32 have it.
        Err(_) => return Ok(Look::Nothing),
    }
    Ok(match regular_file(&file) {
        Some(path) => Look::File(path),
        None => Look::Nothing,
    })
}

/// Whether the object is a file in the wide sense: pipes and devices are. Its type is known without
/// asking it.
fn is_file(object: &OwnedHandle, no_files: &mut NoFiles) -> Result<bool> {
    let call = "NtQueryObject(ObjectTypeInformation)";
    let (bytes, ()) = buffer::grow(call, 256, |bytes, length| {
        files::query_object(object.as_handle(), ObjectTypeInformation, bytes, length)
    })?;
    let object_type = object_type_information::parse(bytes.bytes(), bytes.address(), WORD)
        .map_err(|err| Error::parse(Path::new(call), err))?;
    let is_file = object_type.name == b"F\0i\0l\0e\0";
    if !is_file {
        no_files.insert(object_type.index.into());
    }
    Ok(is_file)
}

/// The path of an idle file, if it is a regular one on a disk, here or on another machine, and is
/// not deleted.
fn regular_file(file: &OwnedHandle) -> Option<PathBuf> {
    let file = file.as_handle();
    if files::file_type(file) != FILE_TYPE_DISK {
        return None;
    }
    let mut bytes = AlignedBuffer::new(file_standard_info::SIZE);
    // What is a whole disk has no such information.
    files::file_standard_info(file, bytes.bytes_mut()).ok()?;
    let info = file_standard_info::parse(bytes.bytes()).ok()?;
    if info.directory || info.delete_pending {
        return None;
    }
    // As it was opened, since completing it would open the directories above. Volumes without a
    // letter and without a directory have only names of the kernel.
    let path = path(file, FILE_NAME_OPENED | VOLUME_NAME_DOS)
        .or_else(|_| path(file, FILE_NAME_OPENED | VOLUME_NAME_NT));
    Some(PathBuf::from(OsString::from_wide(&nt_path::parse(&path.ok()?, &[]))))
}

fn path(file: BorrowedHandle<'_>, flags: u32) -> io::Result<Vec<u16>> {
    let mut path = vec![0; 512];
    loop {
        let length = files::final_path_name(file, &mut path, flags)?;
        // What it wants counts the NUL, what it wrote does not.
        if length < path.len() {
            path.truncate(length);
            return Ok(path);
        }
        path.resize(length + 1, 0);
    }
}
