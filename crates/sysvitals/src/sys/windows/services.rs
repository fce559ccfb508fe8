//! Services, as the service control manager tells of them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStringExt as _;

use sysvitals_parse::windows::block::Block;
use sysvitals_parse::windows::{enum_service_status, service_config, service_status};
use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_INVALID_NAME, ERROR_MORE_DATA, ERROR_MUI_FILE_NOT_FOUND,
    ERROR_NOT_FOUND, ERROR_SERVICE_DOES_NOT_EXIST,
};
use windows_sys::Win32::System::Services::{
    SC_MANAGER_CONNECT, SC_MANAGER_ENUMERATE_SERVICE, SERVICE_AUTO_START, SERVICE_CONTINUE_PENDING,
    SERVICE_DEMAND_START, SERVICE_DISABLED, SERVICE_PAUSE_PENDING, SERVICE_PAUSED,
    SERVICE_QUERY_CONFIG, SERVICE_QUERY_STATUS, SERVICE_RUNNING, SERVICE_START_PENDING,
    SERVICE_STOP_PENDING, SERVICE_STOPPED,
};

use super::ffi::AlignedBuffer;
use super::ffi::winsvc::{self, Listing, ServiceHandle};
use super::wide_text::WideText;
use super::win32_error::is_one_of;
use super::{Host, WORD, buffer};
use crate::os::windows::{ServiceConfig, ServiceStartType, ServiceStatus};
use crate::sys::Services;
use crate::{Error, Pid, Result};

/// No answer about one service is longer (QueryServiceConfig).
const LONGEST: usize = 8192;

/// Nor is a part of the list (EnumServicesStatusEx).
const PART: usize = 1 << 16;

fn manager(rights: u32) -> Result<ServiceHandle> {
    winsvc::open_manager(rights).map_err(|err| Error::io("OpenSCManager", err))
}

fn open(name: &OsStr, rights: u32) -> Result<ServiceHandle> {
    let name = WideText::new(name).map_err(|_| {
        Error::InvalidArgument(format!("no service has a name with a NUL in it: {name:?}"))
    })?;
    winsvc::open_service(&manager(SC_MANAGER_CONNECT)?, &name, rights)
        .map_err(|err| Error::io("OpenService", err))
}

fn block(answer: &AlignedBuffer) -> Block<'_> {
    Block::new(answer.bytes(), answer.address(), WORD)
}

/// Every service, in parts of so many bytes.
fn list(part: usize) -> Result<Vec<(OsString, OsString)>> {
    const CALL: &str = "EnumServicesStatusEx";
    let manager = manager(SC_MANAGER_ENUMERATE_SERVICE)?;
    let mut services = Vec::new();
    let mut listing = Listing::default();
    let mut answer = AlignedBuffer::new(part);
    loop {
        let more = match winsvc::enum_services_status(&manager, answer.bytes_mut(), &mut listing) {
            Ok(()) => false,
            Err(err) if is_one_of(&err, &[ERROR_MORE_DATA]) => true,
            Err(err) => return Err(Error::io(CALL, err)),
        };
        let listed = enum_service_status::parse(block(&answer), listing.count)
            .map_err(|err| Error::parse(CALL, err))?;
        let text = |units: Vec<u16>| OsString::from_wide(&units);
        services.extend(listed.into_iter().map(|each| (text(each.name), text(each.display_name))));
        if !more {
            return Ok(services);
        }
        if listing.count == 0 {
            // Not even one fits.
            let missing = usize::try_from(listing.missing).unwrap_or(0);
            answer = AlignedBuffer::new(missing.max(2 * answer.bytes().len()));
        }
    }
}

fn start_type(number: u32) -> ServiceStartType {
    match number {
        SERVICE_AUTO_START => ServiceStartType::Automatic,
        SERVICE_DEMAND_START => ServiceStartType::Manual,
        SERVICE_DISABLED => ServiceStartType::Disabled,
        _ => ServiceStartType::Unknown,
    }
}

fn status(number: u32) -> ServiceStatus {
    match number {
        SERVICE_RUNNING => ServiceStatus::Running,
        SERVICE_PAUSED => ServiceStatus::Paused,
        SERVICE_START_PENDING => ServiceStatus::StartPending,
        SERVICE_PAUSE_PENDING => ServiceStatus::PausePending,
        SERVICE_CONTINUE_PENDING => ServiceStatus::ContinuePending,
        SERVICE_STOP_PENDING => ServiceStatus::StopPending,
        SERVICE_STOPPED => ServiceStatus::Stopped,
        _ => ServiceStatus::Unknown,
    }
}

/// Whether a service just has no description, or none in a language that is installed.
fn is_undescribed(err: &io::Error) -> bool {
    is_one_of(err, &[ERROR_NOT_FOUND, ERROR_MUI_FILE_NOT_FOUND, ERROR_FILE_NOT_FOUND])
}

impl Services for Host {
    fn says_no_service(&self, err: &io::Error) -> bool {
        is_one_of(err, &[ERROR_SERVICE_DOES_NOT_EXIST, ERROR_INVALID_NAME])
    }

    fn win_service_iter(&self) -> Result<Vec<(OsString, OsString)>> {
        self.live("win_service_iter")?;
        list(PART)
    }

    fn win_service_get(&self, name: &OsStr) -> Result<ServiceConfig> {
        const CALL: &str = "QueryServiceConfig";
        self.live("win_service_get")?;
        let service = open(name, SERVICE_QUERY_CONFIG)?;
        let (answer, ()) = buffer::grow(CALL, LONGEST, |bytes, length| {
            winsvc::query_config(&service, bytes, length)
        })?;
        let config =
            service_config::parse(block(&answer)).map_err(|err| Error::parse(CALL, err))?;
        Ok(ServiceConfig {
            display_name: OsString::from_wide(&config.display_name),
            binpath: OsString::from_wide(&config.binary_path),
            username: OsString::from_wide(&config.start_name),
            start_type: start_type(config.start_type),
        })
    }

    fn win_service_status(&self, name: &OsStr) -> Result<(ServiceStatus, Option<Pid>)> {
        const CALL: &str = "QueryServiceStatusEx";
        self.live("win_service_status")?;
        let service = open(name, SERVICE_QUERY_STATUS)?;
        let (answer, ()) =
            buffer::grow(CALL, 64, |bytes, length| winsvc::query_status(&service, bytes, length))?;
        let told = service_status::parse(answer.bytes()).map_err(|err| Error::parse(CALL, err))?;
        let pid = (told.pid != 0).then(|| Pid::new(told.pid));
        Ok((status(told.state), pid))
    }

    fn win_service_description(&self, name: &OsStr) -> Result<OsString> {
        const CALL: &str = "QueryServiceConfig2";
        self.live("win_service_description")?;
        let service = open(name, SERVICE_QUERY_CONFIG)?;
        let answer = buffer::grow(CALL, LONGEST, |bytes, length| {
            winsvc::query_description(&service, bytes, length)
        });
        match answer {
            Ok((answer, ())) => service_config::parse_description(block(&answer))
                .map(|units| OsString::from_wide(&units))
                .map_err(|err| Error::parse(CALL, err)),
            Err(Error::Io { source, .. }) if is_undescribed(&source) => Ok(OsString::new()),
            Err(err) => Err(err),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_psutils_names() {
        let names: Vec<_> = (0..9).map(|number| status(number).as_str()).collect();
        let want = "unknown stopped start_pending stop_pending running continue_pending \
                    pause_pending paused unknown";
        assert_eq!(names.join(" "), want);
        let names: Vec<_> = (0..6).map(|number| start_type(number).as_str()).collect();
        assert_eq!(names.join(" "), "unknown unknown automatic manual disabled unknown");
    }

    #[test]
    fn a_list_may_come_in_parts() {
        let all = list(PART).expect("services");
        assert!(!all.is_empty());
        for part in [8, 512, 1024] {
            assert_eq!(list(part).expect("services"), all, "parts of {part} bytes");
        }
    }

    #[test]
    fn a_missing_description_is_no_failure() {
        let err = |code: u32| io::Error::from_raw_os_error(code as i32);
        assert!(is_undescribed(&err(1168)) && is_undescribed(&err(15100)));
        assert!(!is_undescribed(&err(5)));
        assert!(Host::at(crate::Roots::default()).says_no_service(&err(1060)));
    }
}
