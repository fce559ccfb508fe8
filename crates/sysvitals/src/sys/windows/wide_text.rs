//! Text as Windows takes and gives it: 16-bit units, ended by NUL. Lone surrogates are kept.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};

use super::buffer;
use crate::{Error, Result};

/// No text of the system has this many units.
const BOUND: usize = 1 << 24;

/// Text to pass to a call: one NUL, at its end.
#[derive(Debug, Clone)]
pub(super) struct WideText {
    units: Vec<u16>,
}

impl WideText {
    /// Fails if there is a NUL in it: the call would take what is before for all.
    pub(super) fn new(text: impl AsRef<OsStr>) -> io::Result<Self> {
        let mut units: Vec<u16> = text.as_ref().encode_wide().collect();
        if units.contains(&0) {
            let what = "the text has a NUL in it";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        units.push(0);
        Ok(Self { units })
    }

    /// Where its units are, the NUL among them.
    pub(super) fn as_ptr(&self) -> *const u16 {
        self.units.as_ptr()
    }
}

/// What a call wrote: up to the first NUL, or all.
pub(super) fn text(units: &[u16]) -> OsString {
    texts(units).next().unwrap_or_default()
}

/// The texts that a call wrote one after the other, each ended by NUL, up to an empty one.
pub(super) fn texts(units: &[u16]) -> impl Iterator<Item = OsString> {
    let texts = units.split(|&unit| unit == 0).take_while(|text| !text.is_empty());
    texts.map(OsString::from_wide)
}

/// Asks with room for `start` units, and more until the text fits; gives all of the room.
///
/// `ask` writes the text, and into the number the units that it wants, if it knows.
pub(super) fn grow(
    call: &str,
    start: usize,
    mut ask: impl FnMut(&mut [u16], &mut u32) -> io::Result<()>,
) -> Result<Vec<u16>> {
    let mut units = vec![0; start];
    loop {
        let mut length = 0;
        match ask(&mut units, &mut length) {
            Ok(()) => return Ok(units),
            Err(err) if buffer::is_too_short(&err) && units.len() < BOUND => {
                let wanted = usize::try_from(length).unwrap_or(0);
                units = vec![0; wanted.max(units.len() * 2).min(BOUND)];
            }
            Err(err) => return Err(Error::io(call, err)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_with_its_nul() {
        let wide = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        assert_eq!(text(&wide("NTFS\0rest")), "NTFS");
        assert_eq!(text(&wide("whole")), "whole");
        assert_eq!(text(&[]), "");
        let all: Vec<_> = texts(&wide("C:\\\0D:\\é\0\0rest\0")).collect();
        assert_eq!(all, ["C:\\", "D:\\é"]);
    }

    #[test]
    fn lone_surrogates_come_back() {
        let odd = [0xD800, u16::from(b'x')];
        let there = WideText::new(text(&odd)).expect("no NUL");
        assert_eq!(there.units, [odd[0], odd[1], 0]);
    }

    #[test]
    fn a_buffer_grows_to_what_is_wanted_or_twice_as_long() {
        let full = || io::Error::from_raw_os_error(122); // ERROR_INSUFFICIENT_BUFFER
        let check = |told: u32, want: usize| {
            let units = grow("a call", 4, |units, length| {
                *length = told;
                if units.len() > 4 { Ok(()) } else { Err(full()) }
            });
            assert_eq!(units.expect("room").len(), want);
        };
        check(100, 100);
        check(0, 8);
        assert!(grow("a call", 4, |_, _| Err(full())).is_err(), "it ends");
        assert!(grow("a call", 4, |_, _| Err(io::ErrorKind::NotFound.into())).is_err());
    }

    #[test]
    fn a_nul_inside_is_refused() {
        let err = WideText::new("C:\\a\0b").expect_err("a NUL");
        assert_eq!(err.kind(), io::ErrorKind::InvalidInput);
    }
}
