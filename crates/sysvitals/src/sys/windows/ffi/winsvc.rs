//! winsvc.h: the services that the service control manager knows (advapi32.dll).

use std::io;
use std::ptr::{self, NonNull};

use windows_sys::Win32::System::Services::{
    CloseServiceHandle, EnumServicesStatusExW, OpenSCManagerW, OpenServiceW, QueryServiceConfig2W,
    QueryServiceConfigW, QueryServiceStatusEx, SC_ENUM_PROCESS_INFO, SC_HANDLE,
    SC_STATUS_PROCESS_INFO, SERVICE_CONFIG_DESCRIPTION, SERVICE_STATE_ALL, SERVICE_WIN32,
};

use super::super::wide_text::WideText;
use super::check;

/// The service control manager, or a service; closed when dropped.
pub(crate) struct ServiceHandle(NonNull<core::ffi::c_void>);

impl ServiceHandle {
    /// What was opened just now; null if that failed.
    fn opened(handle: SC_HANDLE) -> io::Result<Self> {
        NonNull::new(handle).map(Self).ok_or_else(io::Error::last_os_error)
    }
}

impl Drop for ServiceHandle {
    fn drop(&mut self) {
        // SAFETY: it was opened, and nobody else closes it.
        unsafe { CloseServiceHandle(self.0.as_ptr()) };
    }
}

fn capacity(buffer: &[u8]) -> u32 {
    u32::try_from(buffer.len()).unwrap_or(u32::MAX)
}

/// OpenSCManagerW: that of this machine.
pub(crate) fn open_manager(rights: u32) -> io::Result<ServiceHandle> {
    // SAFETY: null is this machine, and its database of active services.
    ServiceHandle::opened(unsafe { OpenSCManagerW(ptr::null(), ptr::null(), rights) })
}

/// OpenServiceW.
pub(crate) fn open_service(
    manager: &ServiceHandle,
    name: &WideText,
    rights: u32,
) -> io::Result<ServiceHandle> {
    // SAFETY: the name ends with a NUL; the manager is open as long as it is borrowed.
    ServiceHandle::opened(unsafe { OpenServiceW(manager.0.as_ptr(), name.as_ptr(), rights) })
}

/// How far a list of services has come.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// How many services the buffer got.
    pub(crate) count: u32,
    /// How many bytes those take that it did not get.
    pub(crate) missing: u32,
    /// Where to go on.
    pub(crate) resume: u32,
}

/// EnumServicesStatusExW: fills `buffer` with services; fails with `ERROR_MORE_DATA` if there are more.
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn enum_services_status(
    manager: &ServiceHandle,
    buffer: &mut [u8],
    listing: &mut Listing,
) -> io::Result<()> {
    // SAFETY: it writes as many bytes as the buffer has, and three numbers; null is every group; the
    // manager is open as long as it is borrowed.
    check(unsafe {
        EnumServicesStatusExW(
            manager.0.as_ptr(),
            SC_ENUM_PROCESS_INFO,
            SERVICE_WIN32,
            SERVICE_STATE_ALL,
            buffer.as_mut_ptr(),
            capacity(buffer),
            &raw mut listing.missing,
            &raw mut listing.count,
            &raw mut listing.resume,
            ptr::null(),
        )
    })
}

/// QueryServiceConfigW: fills `buffer`; `length` becomes what is wanted if that is more.
///
/// The buffer is one that [`AlignedBuffer`](super::AlignedBuffer) gives.
pub(crate) fn query_config(
    service: &ServiceHandle,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    let capacity = capacity(buffer);
    let buffer = buffer.as_mut_ptr().cast();
    // SAFETY: it writes at most `capacity` bytes, which the buffer has, and one number; the service is
    // open as long as it is borrowed.
    check(unsafe {
        QueryServiceConfigW(service.0.as_ptr(), buffer, capacity, ptr::from_mut(length))
    })
}

/// QueryServiceConfig2W, of the description: as [`query_config`].
pub(crate) fn query_description(
    service: &ServiceHandle,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    // SAFETY: as above.
    check(unsafe {
        QueryServiceConfig2W(
            service.0.as_ptr(),
            SERVICE_CONFIG_DESCRIPTION,
            buffer.as_mut_ptr(),
            capacity(buffer),
            ptr::from_mut(length),
        )
    })
}

/// QueryServiceStatusEx: as [`query_config`].
pub(crate) fn query_status(
    service: &ServiceHandle,
    buffer: &mut [u8],
    length: &mut u32,
) -> io::Result<()> {
    // SAFETY: as above.
    check(unsafe {
        QueryServiceStatusEx(
            service.0.as_ptr(),
            SC_STATUS_PROCESS_INFO,
            buffer.as_mut_ptr(),
            capacity(buffer),
            ptr::from_mut(length),
        )
    })
}
