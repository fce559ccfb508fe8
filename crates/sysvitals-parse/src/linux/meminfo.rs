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
/// Lines other than `Key: number [kB]` say nothing: Linux 2.4 starts with a table.
#[must_use]
pub fn parse(input: &[u8]) -> MemInfo {
    let mut info = MemInfo::default();
    for line in cursor::lines(input) {
        // Most lines are of no interest.
        if !matches!(line.first(), Some(b'A' | b'B' | b'C' | b'D' | b'I' | b'M' | b'S')) {
            continue;
        }
        let Ok((key, value)) = cursor::split_once(line, b':', "key") else { continue };
        let field = match key {
            b"MemTotal" => &mut info.mem_total,
            b"MemFree" => &mut info.mem_free,
            b"MemAvailable" => {
                info.mem_available = kib(value).or(info.mem_available);
                continue;
            }
            b"Buffers" => &mut info.buffers,
            b"Cached" => &mut info.cached,
            b"SwapTotal" => &mut info.swap_total,
            b"SwapFree" => &mut info.swap_free,
            b"Shmem" => &mut info.shmem,
            b"MemShared" => &mut info.mem_shared,
            b"Active" => &mut info.active,
            b"Inactive" => &mut info.inactive,
            b"Inact_dirty" => &mut info.inact_dirty,
            b"Inact_clean" => &mut info.inact_clean,
            b"Inact_laundry" => &mut info.inact_laundry,
            b"Slab" => &mut info.slab,
            b"SReclaimable" => &mut info.s_reclaimable,
            b"Active(file)" => &mut info.active_file,
            b"Inactive(file)" => &mut info.inactive_file,
            b"Dirty" => &mut info.dirty,
            _ => continue,
        };
        *field = kib(value).or(*field);
    }
    info
}

fn kib<T: Number>(value: &[u8]) -> Option<T> {
    let mut fields = Fields::new(value);
    let number = fields.number("value").ok()?;
    matches!(fields.rest().trim_ascii_end(), b"" | b"kB").then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_place() {
        let keys = "MemTotal MemFree MemAvailable Buffers Cached SwapTotal SwapFree Shmem \
            MemShared Active Inactive Inact_dirty Inact_clean Inact_laundry Slab SReclaimable \
            Active(file) Inactive(file) Dirty";
        let lines = keys.split(' ').zip(1..).map(|(key, value)| format!("{key}:  {value} kB\n"));
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
