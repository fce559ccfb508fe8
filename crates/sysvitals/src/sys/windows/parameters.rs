//! What a process was started with, from its own memory.

use std::io;
use std::os::windows::io::{AsHandle as _, BorrowedHandle};
use std::path::Path;
use std::thread;
use std::time::Duration;

use sysvitals_parse::ParseError;
use sysvitals_parse::cstruct::Word;
use sysvitals_parse::windows::process_parameters::{self, ProcessParameters};
use sysvitals_parse::windows::unicode_string::UnicodeString;
use sysvitals_parse::windows::{basic_information, peb, utf16};
use windows_sys::Wdk::System::Threading::{ProcessBasicInformation, ProcessWow64Information};
use windows_sys::Win32::Foundation::{ERROR_NOACCESS, ERROR_PARTIAL_COPY};
use windows_sys::Win32::System::Threading::{PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_VM_READ};

use super::ffi::{AlignedBuffer, kernel32, ntdll};
use super::process::Target;
use super::win32_error::is_one_of;
use super::{WORD, buffer};
use crate::{Error, Result};

/// No environment is this long.
const LONGEST: u64 = 1 << 26;

/// The process environment block of a process, and what it points to.
pub(super) struct Parameters<'a> {
    target: &'a Target,
    facts: ProcessParameters,
}

impl Target {
    /// What NtQueryInformationProcess tells, in a buffer that grows until it fits.
    pub(super) fn information(
        &self,
        class: i32,
        call: &'static str,
        start: usize,
    ) -> Result<AlignedBuffer> {
        let handle = self.handle(PROCESS_QUERY_LIMITED_INFORMATION)?;
        let asked = buffer::grow(call, start, |bytes, length| {
            ntdll::query_information_process(handle.as_handle(), class, bytes, length)
        });
        match asked {
            Ok((buffer, ())) => Ok(buffer),
            Err(Error::Io { source, .. }) => Err(self.failed(call, source)),
            Err(err) => Err(err),
        }
    }

    /// The structure of class 0, as long as it is: it wants exactly that.
    pub(super) fn basic_information(&self) -> Result<basic_information::BasicInformation> {
        const CALL: &str = "NtQueryInformationProcess(ProcessBasicInformation)";
        let mut buffer = AlignedBuffer::new(basic_information::size(WORD));
        self.ask(PROCESS_QUERY_LIMITED_INFORMATION, CALL, |handle| {
            let bytes = buffer.bytes_mut();
            ntdll::query_information_process(handle, ProcessBasicInformation, bytes, &mut 0)
        })?;
        basic_information::parse(buffer.bytes(), WORD).map_err(|err| misread(CALL, err))
    }

    /// Asks again, for a while, what is cut short: a process that starts, ends or changes its
    /// environment is not all there for a moment. After that it is denied, as in psutil.
    pub(super) fn patiently<T>(&self, mut ask: impl FnMut() -> Result<T>) -> Result<T> {
        const TURNS: u32 = 33;
        const LONGEST: Duration = Duration::from_millis(40);
        let mut pause = Duration::from_micros(100);
        let mut turn = 1;
        loop {
            match ask() {
                Err(Error::Io { at, source }) if is_cut_short(&source) => {
                    if turn == TURNS {
                        let denied = io::Error::new(io::ErrorKind::PermissionDenied, source);
                        return Err(Error::Io { at, source: denied });
                    }
                }
                answer => return answer,
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST);
            turn += 1;
        }
    }

    /// Asks for what the process was started with; `None` if it has no program.
    pub(super) fn parameters<T>(
        &self,
        question: impl Fn(&Parameters<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.patiently(|| Parameters::of(self)?.as_ref().map(&question).transpose())
    }

    /// Reads the memory of the process.
    fn memory(&self, address: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let address = usize::try_from(address).map_err(|_| Error::Unsupported("memory"))?;
        self.ask(PROCESS_VM_READ, "ReadProcessMemory", |handle| {
            kernel32::read_process_memory(handle, address, &mut bytes)
        })?;
        Ok(bytes)
    }
}

impl<'a> Parameters<'a> {
    fn of(target: &'a Target) -> Result<Option<Self>> {
        let native = target.basic_information()?.peb;
        // A 32-bit program on a 64-bit system has a block of its own, and keeps that up to date;
        // at its very start there is nothing in it yet.
        let narrow = target.ask(PROCESS_QUERY_LIMITED_INFORMATION, WOW64, wow64_peb)?;
        if narrow == 0 && is_foreign_to_us().map_err(|err| Error::io(WOW64, err))? {
            return Err(Error::Unsupported("a 64-bit process, for a 32-bit one"));
        }
        for (address, word) in [(narrow, Word::Bits32), (native, WORD)] {
            if address == 0 {
                continue;
            }
            let block = target.memory(address, peb::size(word))?;
            let address = peb::parse(&block, word).map_err(|err| misread("PEB", err))?;
            if address == 0 {
                continue;
            }
            let bytes = target.memory(address, process_parameters::size(word))?;
            let facts = process_parameters::parse(&bytes, word)
                .map_err(|err| misread("RTL_USER_PROCESS_PARAMETERS", err))?;
            return Ok(Some(Self { target, facts }));
        }
        Ok(None)
    }

    pub(super) fn current_directory(&self) -> Result<Vec<u16>> {
        self.text(self.facts.current_directory)
    }

    pub(super) fn command_line(&self) -> Result<Vec<u16>> {
        self.text(self.facts.command_line)
    }

    pub(super) fn environment(&self) -> Result<Vec<u16>> {
        let ProcessParameters { environment, environment_size, .. } = self.facts;
        if environment == 0 {
            return Ok(Vec::new());
        }
        let size = Some(environment_size).filter(|size| (1..LONGEST).contains(size));
        let size = size.and_then(|size| usize::try_from(size).ok()).ok_or_else(|| {
            let found = environment_size.to_string();
            misread(
                "RTL_USER_PROCESS_PARAMETERS",
                ParseError::new("EnvironmentSize", found.as_bytes()),
            )
        })?;
        Ok(utf16::parse(&self.target.memory(environment, size)?))
    }

    fn text(&self, text: UnicodeString) -> Result<Vec<u16>> {
        if text.length == 0 {
            return Ok(Vec::new());
        }
        Ok(utf16::parse(&self.target.memory(text.buffer, usize::from(text.length))?))
    }
}

const WOW64: &str = "NtQueryInformationProcess(ProcessWow64Information)";

/// The address of the block of a 32-bit program on a 64-bit system; else 0.
fn wow64_peb(process: BorrowedHandle<'_>) -> io::Result<u64> {
    let mut address = AlignedBuffer::new(size_of::<usize>());
    let bytes = address.bytes_mut();
    let bytes = bytes.get_mut(..size_of::<usize>()).unwrap_or_default();
    ntdll::query_information_process(process, ProcessWow64Information, bytes, &mut 0)?;
    let address = bytes.iter().rev().fold(0, |address, &byte| address << 8 | u64::from(byte));
    Ok(address)
}

/// Whether a process that is no 32-bit program on a 64-bit system is wider than we are.
fn is_foreign_to_us() -> io::Result<bool> {
    Ok(WORD == Word::Bits32 && wow64_peb(kernel32::current_process())? != 0)
}

fn is_cut_short(err: &io::Error) -> bool {
    is_one_of(err, &[ERROR_PARTIAL_COPY, ERROR_NOACCESS])
}

pub(super) fn misread(what: &str, err: ParseError) -> Error {
    Error::parse(Path::new(what), err)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::sys::{Machine as _, Processes as _};
    use crate::{Pid, Roots};

    fn us() -> Target {
        let host = super::super::Host::new(Roots::default());
        let (identity, ..) = host.identify(Pid::current()).expect("an answer").expect("ourselves");
        match host.open(&identity).expect("an answer") {
            crate::process::Opened::Here(target) => target,
            other => panic!("{}", matches!(other, crate::process::Opened::Gone)),
        }
    }

    fn cut_short() -> Error {
        Error::io("reading", io::Error::from_raw_os_error(ERROR_PARTIAL_COPY as i32))
    }

    #[test]
    fn what_is_cut_short_is_asked_again() {
        let (turn, us) = (Cell::new(0), us());
        let answer = us.patiently(|| {
            turn.set(turn.get() + 1);
            if turn.get() < 3 { Err(cut_short()) } else { Ok(turn.get()) }
        });
        assert_eq!(answer.expect("the third"), 3);
        // Other failures are not.
        turn.set(0);
        let other = us.patiently(|| {
            turn.set(turn.get() + 1);
            Err::<(), _>(Error::Unsupported("it"))
        });
        assert!(matches!((other, turn.get()), (Err(Error::Unsupported("it")), 1)));
    }

    #[test]
    fn what_is_cut_short_for_good_is_denied() {
        let never = us().patiently(|| Err::<(), _>(cut_short())).expect_err("never");
        assert!(never.is_denied(), "{never:?}");
    }

    #[test]
    fn memory_that_is_not_there_is_cut_short() {
        match us().memory(8, 8) {
            Err(Error::Io { source, .. }) => assert!(is_cut_short(&source), "{source:?}"),
            other => panic!("{other:?}"),
        }
    }
}
