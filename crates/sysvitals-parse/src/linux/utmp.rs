//! `/run/utmp` and `/var/log/wtmp`: who is logged in, as records of the C library (utmp(5)).

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// What the record of one architecture looks like (glibc's `bits/utmp.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 384 bytes with 32-bit times: 32-bit machines, and the 64-bit ones whose `bits/wordsize.h`
    /// sets `__WORDSIZE_TIME64_COMPAT32` (x86-64, PowerPC, s390x, MIPS, SPARC, RISC-V).
    Narrow,
    /// 400 bytes with 64-bit times: the other 64-bit ones, AArch64 above all.
    Wide,
}

impl Layout {
    /// Bytes of one record.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Narrow => 384,
            Self::Wide => 400,
        }
    }
}

/// One record; texts end with their first NUL or with their member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its type; 7 is `USER_PROCESS`, a user logged in.
    pub kind: i16,
    /// Process that logged in.
    pub pid: i32,
    /// Terminal, without `/dev/`.
    pub line: &'a [u8],
    /// End of the terminal's name, or the id of inittab(5).
    pub id: &'a [u8],
    /// Name of the user.
    pub user: &'a [u8],
    /// Host the login came from, a display, or the version of the kernel.
    pub host: &'a [u8],
    /// When, in whole seconds since 1970.
    pub seconds: i64,
    /// Microseconds to add.
    pub microseconds: i64,
}

/// Parses the records of a file; an incomplete one at the end is an error.
pub fn parse(
    input: &[u8],
    layout: Layout,
    endian: Endian,
) -> impl Iterator<Item = Result<Record<'_>, ParseError>> {
    input.chunks(layout.size()).map(move |bytes| record(bytes, layout, endian))
}

fn record(bytes: &[u8], layout: Layout, endian: Endian) -> Result<Record<'_>, ParseError> {
    if bytes.len() < layout.size() {
        return Err(ParseError::new("utmp record", bytes));
    }
    let word = match layout {
        Layout::Narrow => Word::Bits32,
        Layout::Wide => Word::Bits64,
    };
    let utmp = CStruct::new(bytes, endian, word);
    let (seconds, microseconds) = match layout {
        // Unsigned, as glibc has it since 2.40: records go on after 2038.
        Layout::Narrow => (utmp.u32(340, "tv_sec")?.into(), utmp.long(344, "tv_usec")?),
        Layout::Wide => (utmp.long(344, "tv_sec")?, utmp.long(352, "tv_usec")?),
    };
    Ok(Record {
        kind: utmp.i16(0, "ut_type")?,
        pid: utmp.i32(4, "ut_pid")?,
        line: utmp.text(8, 32, "ut_line")?,
        id: utmp.text(40, 4, "ut_id")?,
        user: utmp.text(44, 32, "ut_user")?,
        host: utmp.text(76, 256, "ut_host")?,
        seconds,
        microseconds,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A writer independent of the offsets above: members in order, padded to their alignment.
    fn write(record: &Record<'_>, layout: Layout, endian: Endian) -> Vec<u8> {
        fn number(out: &mut Vec<u8>, value: i64, size: usize, endian: Endian) {
            out.resize(out.len().next_multiple_of(size), 0xEE);
            match endian {
                Endian::Little => out.extend(&value.to_le_bytes()[..size]),
                Endian::Big => out.extend(&value.to_be_bytes()[8 - size..]),
            }
        }
        let long = if layout == Layout::Narrow { 4 } else { 8 };
        let mut out = Vec::new();
        number(&mut out, record.kind.into(), 2, endian);
        number(&mut out, record.pid.into(), 4, endian);
        for (text, size) in
            [(record.line, 32), (record.id, 4), (record.user, 32), (record.host, 256)]
        {
            out.extend(text);
            out.extend(std::iter::repeat_n(0, size - text.len()));
        }
        number(&mut out, 1, 2, endian); // ut_exit
        number(&mut out, 2, 2, endian);
        number(&mut out, 3, long, endian); // ut_session
        number(&mut out, record.seconds, long, endian);
        number(&mut out, record.microseconds, long, endian);
        out.extend([0xEE; 16 + 20]); // ut_addr_v6, reserved
        out.resize(out.len().next_multiple_of(long), 0xEE);
        out
    }

    const LOGIN: Record<'_> = Record {
        kind: 7,
        pid: 1501,
        line: b"pts/0",
        id: b"ts/0",
        user: b"bob",
        host: b"192.168.1.77",
        seconds: 1_700_000_200,
        microseconds: 250_000,
    };

    #[test]
    fn layouts_differ() {
        for layout in [Layout::Narrow, Layout::Wide] {
            for endian in [Endian::Little, Endian::Big] {
                let file = write(&LOGIN, layout, endian);
                assert_eq!(file.len(), layout.size());
                let records: Vec<_> = parse(&file, layout, endian).collect();
                assert_eq!(records, [Ok(LOGIN)]);
            }
        }
    }

    #[test]
    fn texts_may_fill_their_members() {
        let record = Record { user: &[b'u'; 32], line: &[b'l'; 32], host: &[b'h'; 256], ..LOGIN };
        let file = write(&record, Layout::Narrow, Endian::Little).repeat(2);
        let records: Vec<_> = parse(&file, Layout::Narrow, Endian::Little).collect();
        assert_eq!(records, [Ok(record), Ok(record)]);
    }

    #[test]
    fn narrow_times_last_until_2106() {
        let record = Record { seconds: u32::MAX.into(), ..LOGIN };
        let file = write(&record, Layout::Narrow, Endian::Big);
        assert_eq!(parse(&file, Layout::Narrow, Endian::Big).next(), Some(Ok(record)));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let file = write(&LOGIN, Layout::Wide, Endian::Little);
        for end in 1..file.len() {
            let records: Vec<_> = parse(&file[..end], Layout::Wide, Endian::Little).collect();
            assert!(matches!(records[..], [Err(_)]), "prefix of {end} bytes");
        }
        assert_eq!(parse(b"", Layout::Wide, Endian::Little).count(), 0);
    }

    proptest! {
        #[test]
        fn records_come_back(
            kind: i16, pid: i32, line in "[a-z/0-9]{0,32}", user in "[a-zé]{0,16}",
            host in "[ -~]{0,256}", seconds: u32, microseconds in 0_i64..1_000_000,
        ) {
            let record = Record {
                kind, pid, line: line.as_bytes(), id: b"1", user: user.as_bytes(),
                host: host.as_bytes(), seconds: seconds.into(), microseconds,
            };
            for layout in [Layout::Narrow, Layout::Wide] {
                for endian in [Endian::Little, Endian::Big] {
                    let file = write(&record, layout, endian);
                    prop_assert_eq!(parse(&file, layout, endian).next(), Some(Ok(record)));
                }
            }
        }
    }
}
