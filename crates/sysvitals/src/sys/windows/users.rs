//! Who is logged in, by the session service, and since when the system runs.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use sysvitals_parse::windows::{client_address, session_info, time_of_day};
use windows_sys::Wdk::System::SystemInformation::SystemTimeOfDayInformation;
use windows_sys::Win32::Foundation::{ERROR_CTX_WINSTATION_NOT_FOUND, ERROR_FILE_NOT_FOUND};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_INFO_CLASS, WTSClientAddress, WTSSessionInfo, WTSUserName,
};

use super::ffi::{ntdll, wtsapi32};
use super::filetime::moment;
use super::win32_error::is_one_of;
use super::{Host, buffer, wide_text};
use crate::sys::Users;
use crate::{Error, Result, User, UsersSource};

const QUERY: &str = "WTSQuerySessionInformationW";
const TIME_OF_DAY: &str = "NtQuerySystemInformation(SystemTimeOfDayInformation)";

impl Users for Host {
    fn users(&self) -> Result<(Vec<User>, UsersSource)> {
        self.live("users")?;
        let sessions = wtsapi32::enumerate_sessions();
        let sessions = sessions.map_err(|err| Error::io("WTSEnumerateSessionsW", err))?;
        let mut users = Vec::new();
        for session in sessions.values() {
            users.extend(user(session.SessionId)?);
        }
        Ok((users, UsersSource::Sessions))
    }

    fn boot_time(&self) -> Result<std::time::SystemTime> {
        self.live("boot_time")?;
        let (bytes, length) = buffer::grow(TIME_OF_DAY, time_of_day::SIZE, |bytes, length| {
            ntdll::query_system_information(SystemTimeOfDayInformation, bytes, length)?;
            Ok(*length)
        })?;
        let time = time_of_day::parse(buffer::written(&bytes, length));
        let time = time.map_err(|err| Error::parse(Path::new(TIME_OF_DAY), err))?;
        // Whatever has set the clock since, or woken the machine, has moved both.
        Ok(moment(time.boot_time.saturating_add_signed(time.boot_time_bias.saturating_neg())))
    }
}

/// Who has a session; `None` if nobody has logged in there, or it has ended meanwhile.
fn user(session: u32) -> Result<Option<User>> {
    let Some(name) = query(session, WTSUserName)? else { return Ok(None) };
    let name = name_of(&name);
    if name.is_empty() {
        return Ok(None);
    }
    let Some(info) = query(session, WTSSessionInfo)? else { return Ok(None) };
    let Some(address) = query(session, WTSClientAddress)? else { return Ok(None) };
    let unreadable = |err| Error::parse(Path::new(QUERY), err);
    let started = session_info::parse(&info).map_err(unreadable)?.logon_time;
    let host = client_address::parse(&address).map_err(unreadable)?;
    Ok(Some(User {
        name,
        terminal: None,
        host: host.map(|address| address.to_string().into()),
        started: moment(started),
        pid: None,
    }))
}

/// One answer about a session; `None` if that has ended.
fn query(session: u32, class: WTS_INFO_CLASS) -> Result<Option<Vec<u8>>> {
    match wtsapi32::query_session(session, class) {
        Ok(answer) => Ok(Some(answer.values().to_vec())),
        Err(err) if is_ended(&err) => Ok(None),
        Err(err) => Err(Error::io(QUERY, err)),
    }
}

fn is_ended(err: &io::Error) -> bool {
    is_one_of(err, &[ERROR_FILE_NOT_FOUND, ERROR_CTX_WINSTATION_NOT_FOUND])
}

/// Text in bytes, two a unit, that NUL ends.
fn name_of(bytes: &[u8]) -> OsString {
    let units = bytes.chunks_exact(2).map(|pair| match *pair {
        [low, high] => u16::from_le_bytes([low, high]),
        _ => 0,
    });
    wide_text::text(&units.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_its_nul() {
        let bytes: Vec<u8> = "ré\0x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(name_of(&bytes), "ré");
        assert_eq!(name_of(&[0, 0]), "");
        assert_eq!(name_of(b""), "");
    }

    #[test]
    fn a_session_that_has_ended_is_no_failure() {
        assert!(is_ended(&io::Error::from_raw_os_error(7022)));
        assert!(!is_ended(&io::Error::from_raw_os_error(5)), "denied");
    }

    #[test]
    fn this_session_has_its_user() {
        use windows_sys::Win32::System::RemoteDesktop::WTS_CURRENT_SESSION;

        let name = query(WTS_CURRENT_SESSION, WTSUserName).expect("an answer").expect("a session");
        let name = name_of(&name);
        // A service has a session without a user.
        assert!(
            name.is_empty() || Some(&name) == std::env::var_os("USERNAME").as_ref(),
            "{name:?}"
        );
    }
}
