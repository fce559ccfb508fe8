//! `/proc/meminfo`: memory and swap of the whole system (proc_meminfo(5)).

use crate::cursor::{self, Fields, Number};

/// The lines that psutil-like programs ask for, all in KiB; those the kernel has not are absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemInfo {
    /// `MemTotal`: memory that the kernel manages.
    pub mem_total: Option<u64>,
    /// `MemFree`: memory in use for nothing.
    pub mem_free: Option<u64>,
    /// `MemAvailable`, since Linux 3.14; in containers it was seen to be negative.
    pub mem_available: Option<i64>,
    /// `Buffers`: cache of block devices.
    pub buffers: Option<u64>,
    /// `Cached`: cache of files.
    pub cached: Option<u64>,
    /// `SwapTotal`.
    pub swap_total: Option<u64>,
    /// `SwapFree`.
    pub swap_free: Option<u64>,
    /// `Shmem`, since Linux 2.6.32.
    pub shmem: Option<u64>,
    /// `MemShared`, of Linux 2.4.
    pub mem_shared: Option<u64>,
    /// `Active`: memory used of late.
    pub active: Option<u64>,
    /// `Inactive`: memory not used of late.
    pub inactive: Option<u64>,
    /// `Inact_dirty`, of Linux 2.4.
    pub inact_dirty: Option<u64>,
    /// `Inact_clean`, of Linux 2.4.
    pub inact_clean: Option<u64>,
    /// `Inact_laundry`, of Linux 2.4.
    pub inact_laundry: Option<u64>,
    /// `Slab`: the kernel's own objects.
    pub slab: Option<u64>,
    /// `SReclaimable`: the part of `Slab` that can be given back, since Linux 2.6.19.
    pub s_reclaimable: Option<u64>,
    /// `Active(file)`, since Linux 2.6.28.
    pub active_file: Option<u64>,
    /// `Inactive(file)`, since Linux 2.6.28.
    pub inactive_file: Option<u64>,
    /// `Dirty`: memory waiting to be written to disk.
    pub dirty: Option<u64>,
}

/// Parses one `meminfo` file.
///
/// Lines other than `Key: number [kB]` say nothing: Linux 2.4 starts with a table. What follows the last
/// line that Linux 3.14 and later have is not looked at: the others are of older kernels.
#[must_use]
pub fn parse(input: &[u8]) -> MemInfo {
    let mut info = MemInfo::default();
    let mut rest = input;
    while !rest.is_empty() && !info.has_all_of_now() {
        let (key, value, behind) = usual(rest).unwrap_or_else(|| other(rest));
        match info.place(key) {
            Some(Place::Unsigned(place)) => *place = kib(value).or(*place),
            Some(Place::Signed(place)) => *place = kib(value).or(*place),
            None => {}
        }
        rest = behind;
    }
    info
}

/// Where a number belongs.
enum Place<'a> {
    Unsigned(&'a mut Option<u64>),
    Signed(&'a mut Option<i64>),
}

impl MemInfo {
    fn place(&mut self, key: &[u8]) -> Option<Place<'_>> {
        Some(Place::Unsigned(match key {
            b"MemTotal" => &mut self.mem_total,
            b"MemFree" => &mut self.mem_free,
            b"MemAvailable" => return Some(Place::Signed(&mut self.mem_available)),
            b"Buffers" => &mut self.buffers,
            b"Cached" => &mut self.cached,
            b"SwapTotal" => &mut self.swap_total,
            b"SwapFree" => &mut self.swap_free,
            b"Shmem" => &mut self.shmem,
            b"MemShared" => &mut self.mem_shared,
            b"Active" => &mut self.active,
            b"Inactive" => &mut self.inactive,
            b"Inact_dirty" => &mut self.inact_dirty,
            b"Inact_clean" => &mut self.inact_clean,
            b"Inact_laundry" => &mut self.inact_laundry,
            b"Slab" => &mut self.slab,
            b"SReclaimable" => &mut self.s_reclaimable,
            b"Active(file)" => &mut self.active_file,
            b"Inactive(file)" => &mut self.inactive_file,
            b"Dirty" => &mut self.dirty,
            _ => return None,
        }))
    }

    /// Whether all lines were seen that Linux has since 3.14, of which the first here is printed last.
    fn has_all_of_now(&self) -> bool {
        let Self { s_reclaimable, slab, shmem, dirty, swap_free, swap_total, .. } = self;
        let Self { inactive_file, active_file, inactive, active, cached, buffers, .. } = self;
        s_reclaimable.is_some()
            && [slab, shmem, dirty, swap_free, swap_total].iter().all(|place| place.is_some())
            && [inactive_file, active_file, inactive, active].iter().all(|place| place.is_some())
            && [cached, buffers].iter().all(|place| place.is_some())
            && [self.mem_total, self.mem_free].iter().all(Option::is_some)
            && self.mem_available.is_some()
    }
}

/// The key and the value of the first line and what is behind it, if its columns are those that the
/// kernel fills up: sixteen for the key, eight for the number.
#[inline]
fn usual(input: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (line, behind) = input.split_first_chunk::<28>()?;
    let (key, value) = line.strip_suffix(b"\n")?.split_first_chunk::<16>()?;
    // All bytes at once, which takes less than to stop at the first.
    let lines = |ends, byte: &u8| ends | (*byte == b'\n');
    if value.iter().fold(key.iter().fold(false, lines), lines) {
        return None;
    }
    let spaces = (u128::from_le_bytes(*key) ^ u128::from_le_bytes([b' '; 16])).leading_zeros() / 8;
    Some((key.get(..16 - spaces as usize)?.strip_suffix(b":")?, value, behind))
}

/// The same of a line of any width; the key of none is empty.
fn other(input: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (line, behind) = cursor::split_once(input, b'\n', "line").unwrap_or((input, b""));
    let (key, value) = cursor::split_once(line, b':', "key").unwrap_or_default();
    (key, value, behind)
}

fn kib<T: Number>(value: &[u8]) -> Option<T> {
    if let Some((columns, b" kB")) = value.split_first_chunk() {
        if let Some(number) = cursor::padded(*columns) {
            return T::from_u64(number);
        }
    }
    let mut fields = Fields::new(value);
    let number = fields.number("value").ok()?;
    matches!(fields.rest().trim_ascii_end(), b"" | b"kB").then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEYS: &str = "MemTotal MemFree MemAvailable Buffers Cached SwapTotal SwapFree Shmem \
        MemShared Active Inactive Inact_dirty Inact_clean Inact_laundry Slab SReclaimable \
        Active(file) Inactive(file) Dirty";

    #[test]
    fn every_line_has_its_place() {
        let lines =
            KEYS.split_whitespace().zip(1..).map(|(key, value)| format!("{key}:  {value} kB\n"));
        let want = MemInfo {
            mem_total: Some(1),
            mem_free: Some(2),
            mem_available: Some(3),
            buffers: Some(4),
            cached: Some(5),
            swap_total: Some(6),
            swap_free: Some(7),
            shmem: Some(8),
            mem_shared: Some(9),
            active: Some(10),
            inactive: Some(11),
            inact_dirty: Some(12),
            inact_clean: Some(13),
            inact_laundry: Some(14),
            slab: Some(15),
            s_reclaimable: Some(16),
            active_file: Some(17),
            inactive_file: Some(18),
            dirty: Some(19),
        };
        assert_eq!(parse(lines.collect::<String>().as_bytes()), want);
    }

    #[track_caller]
    fn check(line: &str, want: Option<u64>) {
        let file = format!("{line}\nBuffers: 7 kB\n");
        let info = parse(file.as_bytes());
        assert_eq!((info.mem_total, info.buffers), (want, Some(7)));
    }

    #[test]
    fn lines_differ() {
        check("MemTotal:       16325648 kB", Some(16_325_648));
        check("MemTotal:16325648 kB", Some(16_325_648));
        check("MemTotal:       16325648", Some(16_325_648));
        check("ShadowCallStack:10373888 kB", None);
        check("MemTotal:", None);
        check("MemTotal: many kB", None);
        check("MemTotal: 1 MB", None);
        check("MemTotal: -1 kB", None);
        check("MemTotal", None);
        check("", None);
    }

    proptest! {
        #[test]
        fn lines_may_have_any_order_and_width(
            lines in Just(KEYS.split_whitespace().zip(1..20_u64).collect::<Vec<_>>()).prop_shuffle(),
            shift in 0..48,
            key_width in 0..18_usize,
            width in 0..12_usize,
        ) {
            let (mut text, mut want) = (String::new(), MemInfo::default());
            for (key, number) in lines {
                let number = number << shift;
                text += &format!("{:key_width$}{number:width$} kB\n", format!("{key}:"));
                match want.place(key.as_bytes()).expect("a key") {
                    Place::Unsigned(place) => *place = Some(number),
                    Place::Signed(place) => *place = i64::try_from(number).ok(),
                }
                // The others are of older kernels.
                if want.has_all_of_now() {
                    break;
                }
            }
            prop_assert_eq!(parse(text.as_bytes()), want);
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        check("x\n             4 kB\nMemTotal: 1 kB", Some(1));
        check("Foo:\nMemTotal:       16 kB", Some(16));
        check("MemTotal:\n             16 kB", None);
        check("MemTotal:             16 MB", None);
        check("MemTotal:       1234567x kB", None);
        check("MemTotal :            16 kB", None);
        check("MemTotal:       123456789 kB", Some(123_456_789));
    }

    #[test]
    fn the_table_of_linux_2_4_is_left_alone() {
        check(
            "        total:    used:    free:  shared: buffers:  cached:\n\
             Mem:  526131200 519004160  7127040        0 77946880 292016128\n\
             Swap: 1077501952 23429120 1054072832\n\
             MemTotal:       513800 kB",
            Some(513_800),
        );
    }

    #[test]
    fn available_may_be_negative() {
        assert_eq!(parse(b"MemAvailable:         -1 kB\n").mem_available, Some(-1));
    }

    #[test]
    fn no_prefix_panics() {
        let input = b"MemTotal: 5 kB\nMemAvailable:-1\n  total: used:\nActive(file):6 kB";
        for end in 0..input.len() {
            let _ = parse(&input[..end]);
        }
    }
}
