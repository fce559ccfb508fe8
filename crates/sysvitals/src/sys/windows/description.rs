//! Who a process is.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::AsHandle as _;
use std::path::PathBuf;
use std::time::SystemTime;

use sysvitals_parse::windows::{
    command_line, environment, nt_path, security_identifier, token_user, unicode_string, utf16,
};
use windows_sys::Wdk::System::Threading::ProcessCommandLineInformation;
use windows_sys::Win32::Foundation::{
    ERROR_GEN_FAILURE, ERROR_INVALID_PARAMETER, ERROR_NONE_MAPPED, ERROR_NOT_FOUND,
};
use windows_sys::Win32::Security::TOKEN_QUERY;
use windows_sys::Win32::System::Threading::PROCESS_QUERY_LIMITED_INFORMATION;

use super::drives;
use super::ffi::{advapi32, kernel32, ntdll};
use super::parameters::misread;
use super::process::{Target, or_record};
use super::win32_error::is_one_of;
use super::{Host, WORD, buffer, filetime};
use crate::sys::{Description, Processes as _, Users as _};
use crate::{Error, Pid, ProcessStatus, Result};

/// The longest path of Windows, in units (`UNICODE_STRING_MAX_CHARS`).
const LONGEST_PATH: usize = 32_767;

impl Description for Host {
    type Environ = Vec<(OsString, OsString)>;

    fn ppid(&self, target: &Target) -> Result<Pid> {
        if target.has_record() || target.is_of_kernel() {
            return target.record().map(|process| pid(process.ppid));
        }
        let asked = target.basic_information().map(|basic| pid(basic.ppid));
        or_record(target, asked, |process| pid(process.ppid))
    }

    fn name(&self, target: &Target) -> Result<OsString> {
        match target.pid().get() {
            0 => return Ok("System Idle Process".into()),
            4 => return Ok("System".into()),
            _ => {}
        }
        if !target.has_record() {
            if let Some(name) = image(target).ok().flatten().and_then(file_name) {
                return Ok(name);
            }
        }
        Ok(OsString::from_wide(&utf16::parse(target.record()?.name)))
    }

    fn longest_name(&self) -> Result<usize> {
        Ok(usize::MAX)
    }

    fn exe(&self, target: &Target) -> Result<Option<PathBuf>> {
        if target.is_of_kernel() {
            return Ok(None);
        }
        match image(target) {
            Err(denied) if denied.is_denied() => match image_by_pid(target) {
                Err(Error::Io { at, source }) if self.says_gone(&source) => {
                    Err(Error::Io { at, source })
                }
                answer => answer.map_err(|_| denied),
            },
            answer => answer,
        }
    }

    fn exe_from_cmdline(&self, target: &Target) -> Result<Option<PathBuf>> {
        let program = self.cmdline(target)?.into_iter().next().map(PathBuf::from);
        Ok(program.filter(|path| path.is_absolute() && path.is_file()))
    }

    fn cmdline(&self, target: &Target) -> Result<Vec<OsString>> {
        let arguments = command_line::parse(&command_line_of(target)?);
        Ok(arguments.iter().map(|argument| OsString::from_wide(argument)).collect())
    }

    fn environ(&self, target: &Target) -> Result<Self::Environ> {
        if target.is_of_kernel() {
            return Ok(Vec::new());
        }
        let block = target.parameters(|parameters| parameters.environment())?.unwrap_or_default();
        let variables = environment::parse(&block);
        Ok(variables.map(|(name, value)| (upper(name), OsString::from_wide(value))).collect())
    }

    fn create_time(&self, target: &Target) -> Result<SystemTime> {
        match target.start() {
            // The idle process is as old as the system.
            0 => self.boot_time(),
            start => Ok(filetime::moment(start)),
        }
    }

    fn status(&self, target: &Target) -> Result<ProcessStatus> {
        let is_suspended = target.record()?.is_suspended();
        Ok(if is_suspended { ProcessStatus::Stopped } else { ProcessStatus::Running })
    }

    fn cwd(&self, target: &Target) -> Result<Option<PathBuf>> {
        let path = target.parameters(|parameters| parameters.current_directory())?;
        let path = path.filter(|path| !path.is_empty());
        // It ends with a backslash, which only belongs to a root.
        Ok(path.map(|path| PathBuf::from(OsString::from_wide(&path)).components().collect()))
    }

    fn username(&self, target: &Target) -> Result<OsString> {
        if target.is_of_kernel() {
            return Ok(r"NT AUTHORITY\SYSTEM".into());
        }
        let token =
            target.ask(PROCESS_QUERY_LIMITED_INFORMATION, "OpenProcessToken", |process| {
                advapi32::open_process_token(process, TOKEN_QUERY)
            })?;
        const CALL: &str = "GetTokenInformation(TokenUser)";
        let asked = buffer::grow(CALL, 128, |bytes, length| {
            advapi32::token_user(token.as_handle(), bytes, length)
        });
        let (bytes, ()) = asked?;
        let identifier = token_user::parse(bytes.bytes(), WORD, bytes.address())
            .map_err(|err| misread(CALL, err))?;
        target.scratch().user_name(identifier, account)
    }
}

impl Target {
    /// Whether it is the idle process or the kernel's own, which have no program.
    pub(super) fn is_of_kernel(&self) -> bool {
        matches!(self.pid().get(), 0 | 4)
    }
}

fn pid(number: u64) -> Pid {
    // Pids have 32 bits, whatever room there is for them.
    Pid::new(u32::try_from(number).unwrap_or(0))
}

/// The path of the program; `None` for a process of the kernel, such as `Registry`.
fn image(target: &Target) -> Result<Option<PathBuf>> {
    let mut path = vec![0; 512];
    loop {
        let asked =
            target.ask(PROCESS_QUERY_LIMITED_INFORMATION, "QueryFullProcessImageNameW", |handle| {
                kernel32::image_name(handle, &mut path)
            });
        match asked {
            Ok(length) => {
                let path = OsString::from_wide(path.get(..length).unwrap_or_default());
                return Ok(Some(path).filter(|path| !path.is_empty()).map(PathBuf::from));
            }
            Err(Error::Io { source, .. })
                if buffer::is_too_short(&source) && path.len() < LONGEST_PATH =>
            {
                path.resize(LONGEST_PATH, 0);
            }
            Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_GEN_FAILURE]) => {
                return Ok(None);
            }
            Err(err) => return Err(err),
        }
    }
}

/// The same of a process that may not be opened: the kernel tells by pid whoever asks.
fn image_by_pid(target: &Target) -> Result<Option<PathBuf>> {
    const CALL: &str = "NtQuerySystemInformation(SystemProcessIdInformation)";
    let mut path = vec![0; LONGEST_PATH];
    let asked = ntdll::image_of_pid(target.pid().get(), &mut path);
    let length = asked.map_err(|err| target.failed(CALL, err))?;
    // It had the pid before; if it has it still, it was asked about.
    target.still_there(CALL)?;
    let path = nt_path::parse(path.get(..length).unwrap_or_default(), &drives::drives()?);
    let path = PathBuf::from(OsString::from_wide(&path));
    Ok(Some(path).filter(|path| path.is_absolute()))
}

fn file_name(path: PathBuf) -> Option<OsString> {
    path.file_name().map(OsStr::to_owned)
}

/// The command line as one text; empty for a process of the kernel.
fn command_line_of(target: &Target) -> Result<Vec<u16>> {
    const CALL: &str = "NtQueryInformationProcess(ProcessCommandLineInformation)";
    if target.is_of_kernel() {
        return Ok(Vec::new());
    }
    let asked =
        target.patiently(|| target.information(ProcessCommandLineInformation, CALL, 1 << 10));
    match asked {
        Ok(bytes) => unicode_string::parse(bytes.bytes(), WORD, bytes.address())
            .map(utf16::parse)
            .map_err(|err| misread(CALL, err)),
        Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_NOT_FOUND]) => Ok(Vec::new()),
        // Windows 8.1 was the first to know the question.
        Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_INVALID_PARAMETER]) => {
            let line = target.parameters(|parameters| parameters.command_line())?;
            Ok(line.unwrap_or_default())
        }
        Err(err) => Err(err),
    }
}

/// The name of a variable: Windows does not tell upper from lower case in them.
fn upper(name: &[u16]) -> OsString {
    let mut upper = Vec::with_capacity(name.len());
    for unit in char::decode_utf16(name.iter().copied()) {
        match unit {
            Ok(letter) => {
                let letters = letter.to_uppercase();
                letters.for_each(|letter| upper.extend(letter.encode_utf16(&mut [0; 2]).iter()));
            }
            Err(lone) => upper.push(lone.unpaired_surrogate()),
        }
    }
    OsString::from_wide(&upper)
}

/// `DOMAIN\name` of whom a security identifier stands for; itself, if nobody knows it.
fn account(identifier: &[u8]) -> Result<OsString> {
    let (mut domain, name) = match advapi32::account(identifier) {
        Ok(account) => account,
        Err(err) if is_one_of(&err, &[ERROR_NONE_MAPPED]) => {
            let identifier =
                security_identifier::parse(identifier).map_err(|err| misread("SID", err))?;
            return Ok(identifier.to_string().into());
        }
        // A refusal would be said of the process.
        Err(err) => return Err(Error::io("LookupAccountSidW", io::Error::other(err))),
    };
    if domain.is_empty() {
        return Ok(name);
    }
    domain.push(r"\");
    domain.push(name);
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use std::os::windows::ffi::OsStrExt as _;

    use super::*;
    use crate::Roots;
    use crate::sys::Machine as _;

    // Wine has neither; on Windows both may not be opened.
    #[test]
    fn the_kernel_has_a_name_and_no_program() {
        let host = Host::new(Roots::default());
        for (pid, name) in [(0, "System Idle Process"), (4, "System")] {
            let target = Target::new(&host, Pid::new(pid), 0);
            assert_eq!(host.name(&target).expect("a name"), name);
            assert_eq!(host.exe(&target).expect("an answer"), None);
            assert!(host.cmdline(&target).expect("an answer").is_empty());
            assert!(host.environ(&target).expect("an answer").is_empty());
            assert_eq!(host.username(&target).expect("a user"), r"NT AUTHORITY\SYSTEM");
            let booted = host.boot_time().expect("a time");
            let created = host.create_time(&target).expect("a time");
            let apart = created.duration_since(booted).or_else(|_| booted.duration_since(created));
            assert!(apart.expect("one of them is later").as_secs() < 5);
            assert!(host.cwd(&target).is_err());
        }
    }

    #[test]
    fn names_of_variables_are_in_upper_case() {
        let upper = |name: &[u16]| upper(name).encode_wide().collect::<Vec<_>>();
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        assert_eq!(upper(&units("Path")), units("PATH"));
        assert_eq!(upper(&units("\u{e4}\u{10428}")), units("\u{c4}\u{10400}"));
        assert_eq!(upper(&[0x61, 0xd800]), [0x41, 0xd800]);
    }

    #[test]
    fn nobody_has_some_identifiers() {
        let system = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        let name = account(&system).expect("an account").into_string().expect("text");
        assert!(name.contains('\\'), "{name}");
        let nobody = [1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 255, 255, 0, 0];
        assert_eq!(account(&nobody).expect("itself"), "S-1-5-21-65535");
    }
}
