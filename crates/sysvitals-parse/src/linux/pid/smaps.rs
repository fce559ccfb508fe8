//! `/proc/PID/smaps` and `smaps_rollup`: what each mapping of an address space costs
//! (proc_pid_smaps(5); since Linux 2.6.14 and 4.14).
//!
//! A block is a line of [`maps`] and lines of counters below it.

use super::maps;
use crate::ParseError;
use crate::cursor::{self, Fields};

/// One mapping and its counters, in KiB; a counter is absent where the file has no such line.
///
/// psutil makes 0 of the absent ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// The mapping itself.
    pub header: maps::Mapping<'a>,
    /// `Size`: address space.
    pub size: Option<u64>,
    /// `Rss`: resident.
    pub rss: Option<u64>,
    /// `Pss`: resident, each page divided by the number of its users; since Linux 2.6.25.
    pub pss: Option<u64>,
    /// `Shared_Clean`: resident pages with other users, as they are on disk.
    pub shared_clean: Option<u64>,
    /// `Shared_Dirty`: resident pages with other users, changed.
    pub shared_dirty: Option<u64>,
    /// `Private_Clean`: resident pages of this process only, as they are on disk.
    pub private_clean: Option<u64>,
    /// `Private_Dirty`: resident pages of this process only, changed.
    pub private_dirty: Option<u64>,
    /// `Referenced`: resident pages marked as used; since Linux 2.6.22.
    pub referenced: Option<u64>,
    /// `Anonymous`: resident pages that belong to no file; since Linux 2.6.37.
    pub anonymous: Option<u64>,
    /// `Swap`: swapped-out anonymous memory; since Linux 2.6.26.
    pub swap: Option<u64>,
    /// `Shared_Hugetlb`: pages of hugetlbfs with other users, not in `rss`; since Linux 4.4.
    pub shared_hugetlb: Option<u64>,
    /// `Private_Hugetlb`: pages of hugetlbfs without other users, not in `rss`; since Linux 4.4.
    pub private_hugetlb: Option<u64>,
}

impl<'a> Mapping<'a> {
    fn new(header: maps::Mapping<'a>) -> Self {
        Self {
            header,
            size: None,
            rss: None,
            pss: None,
            shared_clean: None,
            shared_dirty: None,
            private_clean: None,
            private_dirty: None,
            referenced: None,
            anonymous: None,
            swap: None,
            shared_hugetlb: None,
            private_hugetlb: None,
        }
    }

    /// Takes in one line below the header.
    fn count(&mut self, line: &[u8]) -> Result<(), ParseError> {
        let Some((key, value)) = key_and_value(line) else { return Ok(()) };
        let (counter, field) = match key {
            b"Size" => (&mut self.size, "Size"),
            b"Rss" => (&mut self.rss, "Rss"),
            b"Pss" => (&mut self.pss, "Pss"),
            b"Shared_Clean" => (&mut self.shared_clean, "Shared_Clean"),
            b"Shared_Dirty" => (&mut self.shared_dirty, "Shared_Dirty"),
            b"Private_Clean" => (&mut self.private_clean, "Private_Clean"),
            b"Private_Dirty" => (&mut self.private_dirty, "Private_Dirty"),
            b"Referenced" => (&mut self.referenced, "Referenced"),
            b"Anonymous" => (&mut self.anonymous, "Anonymous"),
            b"Swap" => (&mut self.swap, "Swap"),
            b"Shared_Hugetlb" => (&mut self.shared_hugetlb, "Shared_Hugetlb"),
            b"Private_Hugetlb" => (&mut self.private_hugetlb, "Private_Hugetlb"),
            _ => return Ok(()),
        };
        *counter = Some(Fields::new(value).number(field)?);
        Ok(())
    }
}

/// The mappings, by address. An item is an error where its header or one of its counters cannot
/// be read; those after it still can.
#[derive(Debug, Clone)]
pub struct Mappings<'a> {
    header: Option<&'a [u8]>,
    lines: cursor::Lines<'a>,
}

/// Starts at the first mapping of one `smaps` file; it is empty for kernel threads and zombies.
///
/// Lines without a counter we know (`VmFlags`, those of newer kernels, malformed ones) are passed
/// over.
#[must_use]
pub fn parse(input: &[u8]) -> Mappings<'_> {
    let mut lines = cursor::lines(input);
    Mappings { header: lines.find(|line| is_header(line)), lines }
}

impl<'a> Iterator for Mappings<'a> {
    type Item = Result<Mapping<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut mapping = maps::mapping(self.header.take()?).map(Mapping::new);
        for line in self.lines.by_ref() {
            if is_header(line) {
                self.header = Some(line);
                break;
            }
            let failure = mapping.as_mut().ok().and_then(|mapping| mapping.count(line).err());
            if let Some(error) = failure {
                mapping = Err(error);
            }
        }
        Some(mapping)
    }
}

/// A header begins with an address; every key with a capital letter.
fn is_header(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'0'..=b'9' | b'a'..=b'f'))
}

fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // Keys are short; a call of memchr costs more than this.
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (key, value) = line.split_at_checked(colon)?;
    Some((key, value.get(1..)?))
}

/// What a whole address space costs, in KiB; 0 also where this kernel does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// What would be freed if the process ended: the lines that begin with `Private`.
    pub uss: u64,
    /// `Pss`: resident, each page divided by the number of its users.
    pub pss: u64,
    /// `Swap`: swapped-out anonymous memory.
    pub swap: u64,
}

/// Adds up one `smaps` or `smaps_rollup` file, as psutil does; nothing of an empty one.
///
/// # Errors
///
/// When a line that counts has no number.
pub fn totals(input: &[u8]) -> Result<Totals, ParseError> {
    let mut totals = Totals::default();
    for line in cursor::lines(input) {
        // Most lines are told apart by their first byte.
        if !matches!(line.first(), Some(b'P' | b'S')) {
            continue;
        }
        let Some((key, value)) = key_and_value(line) else { continue };
        let (total, field) = match key {
            b"Pss" => (&mut totals.pss, "Pss"),
            b"Swap" => (&mut totals.swap, "Swap"),
            key if key.starts_with(b"Private") => (&mut totals.uss, "Private"),
            _ => continue,
        };
        *total = total.saturating_add(Fields::new(value).number(field)?);
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAP: &str = "55d000-55e000 rw-p 00000000 00:00 0                  [heap]\n\
        Size:                132 kB\nKernelPageSize:        4 kB\nRss:                   8 kB\n\
        Pss:                   7 kB\nPss_Dirty:             9 kB\nShared_Clean:          1 kB\n\
        Shared_Dirty:          2 kB\nPrivate_Clean:         3 kB\nPrivate_Dirty:         4 kB\n\
        Referenced:            5 kB\nAnonymous:             6 kB\nKSM:                   0 kB\n\
        Shared_Hugetlb:       10 kB\nPrivate_Hugetlb:      11 kB\nSwap:                 12 kB\n\
        SwapPss:              13 kB\nTHPeligible:           0\nVmFlags: rd wr mr\n";
    const OLD: &str = "7f0000-7f1000 r--p 00001000 fe:00 77                 /a b (deleted)\n\
        Size:                  4 kB\nRss:                   4 kB\nPrivate_Clean:         4 kB\n";

    fn heap() -> Mapping<'static> {
        Mapping {
            header: maps::mapping(HEAP.lines().next().expect("a line").as_bytes())
                .expect("a header"),
            size: Some(132),
            rss: Some(8),
            pss: Some(7),
            shared_clean: Some(1),
            shared_dirty: Some(2),
            private_clean: Some(3),
            private_dirty: Some(4),
            referenced: Some(5),
            anonymous: Some(6),
            swap: Some(12),
            shared_hugetlb: Some(10),
            private_hugetlb: Some(11),
        }
    }

    #[test]
    fn every_counter_has_its_place() {
        assert_eq!(parse(HEAP.as_bytes()).collect::<Vec<_>>(), [Ok(heap())]);
    }

    #[test]
    fn counters_do_not_leak_into_the_next_mapping() {
        let input = [HEAP, OLD].concat();
        let mappings: Vec<_> = parse(input.as_bytes()).collect();
        let [Ok(first), Ok(second)] = mappings[..] else { panic!("{mappings:?}") };
        assert_eq!((first.header.path, first.swap), (Some(&b"[heap]"[..]), Some(12)));
        assert_eq!((second.header.path, second.swap), (Some(&b"/a b (deleted)"[..]), None));
    }

    #[test]
    fn odd_lines_are_passed_over() {
        let odd = "Name:           [anon:libc_malloc]\nVmFlags:\nodd\n\n:\nNew_Key:  x kB\n";
        let input = [odd, HEAP, odd].concat();
        assert_eq!(parse(input.as_bytes()).collect::<Vec<_>>(), [Ok(heap())]);
        assert_eq!(parse(b"").count(), 0);
    }

    #[test]
    fn one_bad_block_loses_only_itself() {
        let bad_header = OLD.replace("fe:00", "fe");
        let bad_counter = OLD.replace("Rss:                   4", "Rss: x");
        let input = [&bad_header, OLD, &bad_counter, HEAP].concat();
        let fields: Vec<_> = parse(input.as_bytes())
            .map(|mapping| mapping.map_or_else(|err| err.field(), |_| "fine"))
            .collect();
        assert_eq!(fields, ["dev", "fine", "Rss", "fine"]);
    }

    #[track_caller]
    fn check_totals(input: &str, uss: u64, pss: u64, swap: u64) {
        assert_eq!(totals(input.as_bytes()), Ok(Totals { uss, pss, swap }));
    }

    #[test]
    fn totals_are_sums_over_exact_keys() {
        check_totals("", 0, 0, 0);
        check_totals(HEAP, 18, 7, 12);
        check_totals(&[HEAP, OLD, HEAP].concat(), 40, 14, 24);
        check_totals(
            "55d000-7ff000 ---p 00000000 00:00 0                  [rollup]\nRss:  1600 kB\n\
             Pss:  209 kB\nPss_Anon:  120 kB\nPrivate_Clean:  16 kB\nPrivate_Dirty:  112 kB\n\
             Swap:  0 kB\nSwapPss:  3 kB\n",
            128,
            209,
            0,
        );
        check_totals("Pss: 18446744073709551615 kB\nPss: 1 kB\n", 0, u64::MAX, 0);
        assert_eq!(totals(b"Private_Dirty: kB\n").expect_err("no number").field(), "Private");
    }

    #[test]
    fn no_prefix_panics() {
        let input = [HEAP, OLD].concat();
        for end in 0..=input.len() {
            let prefix = &input.as_bytes()[..end];
            assert!(parse(prefix).count() <= 2);
            let _ = totals(prefix);
        }
    }
}
