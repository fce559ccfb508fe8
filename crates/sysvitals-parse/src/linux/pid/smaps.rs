//! `/proc/PID/smaps` and `smaps_rollup`: what each mapping of an address space costs
//! (proc_pid_smaps(5); since Linux 2.6.14 and 4.14).
//!
//! A block is a line of [`maps`] and lines of counters below it.

use super::maps;
use crate::ParseError;
use crate::cursor::{self, Fields, Number as _};

/// What is read of the line that heads a block. The numbers in it are not, which take as long as all
/// counters; [`maps`] has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// See [`maps::Mapping::address`].
    pub address: &'a [u8],
    /// See [`maps::Mapping::perms`].
    pub perms: &'a [u8],
    /// See [`maps::Mapping::path`].
    pub path: Option<&'a [u8]>,
}

impl<'a> Header<'a> {
    #[inline]
    fn new(line: &'a [u8]) -> Result<Self, ParseError> {
        if let Some(header) = Self::printed(line) {
            return Ok(header);
        }
        let maps::Mapping { address, perms, path, .. } = maps::mapping(line)?;
        Ok(Self { address, perms, path })
    }

    /// Of a line as the kernel prints it: one blank between fields.
    #[inline]
    fn printed(line: &'a [u8]) -> Option<Self> {
        let (address, rest) = cursor::split_at_space(line)?;
        let (perms, rest) = cursor::split_at_space(rest)?;
        let (_, rest) = cursor::split_at_space(rest)?;
        let (device, rest) = cursor::split_at_space(rest)?;
        let (_, rest) = u64::leading(rest)?;
        let is_whole =
            perms.len() == 4 && device.contains(&b':') && matches!(rest, [] | [b' ', ..]);
        is_whole.then(|| Self { address, perms, path: maps::path(rest) })
    }
}

/// One mapping and its counters, in KiB; a counter is absent where the file has no such line.
///
/// psutil makes 0 of the absent ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// The mapping itself.
    pub header: Header<'a>,
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
    fn new(header: Header<'a>, counters: &Counters) -> Self {
        Self {
            header,
            size: counters.size,
            rss: counters.rss,
            pss: counters.pss,
            shared_clean: counters.shared_clean,
            shared_dirty: counters.shared_dirty,
            private_clean: counters.private_clean,
            private_dirty: counters.private_dirty,
            referenced: counters.referenced,
            anonymous: counters.anonymous,
            swap: counters.swap,
            shared_hugetlb: counters.shared_hugetlb,
            private_hugetlb: counters.private_hugetlb,
        }
    }
}

/// The counters of a block.
#[derive(Default)]
struct Counters {
    size: Option<u64>,
    rss: Option<u64>,
    pss: Option<u64>,
    shared_clean: Option<u64>,
    shared_dirty: Option<u64>,
    private_clean: Option<u64>,
    private_dirty: Option<u64>,
    referenced: Option<u64>,
    anonymous: Option<u64>,
    swap: Option<u64>,
    shared_hugetlb: Option<u64>,
    private_hugetlb: Option<u64>,
}

impl Counters {
    /// Takes in the lines that stand where this kernel's, or an older one's, puts them, and gives
    /// back those behind. The rest is for [`count`](Self::count).
    #[inline]
    fn expected(input: &[u8]) -> (Self, &[u8]) {
        let mut lines = Expected(input);
        let mut counters = Self { size: lines.counter(b"Size:           "), ..Self::default() };
        lines.pass(b"KernelPageSize: ");
        lines.pass(b"MMUPageSize:    ");
        counters.rss = lines.counter(b"Rss:            ");
        counters.pss = lines.counter(b"Pss:            ");
        lines.pass(b"Pss_Dirty:      ");
        lines.pass(b"Pss_Anon:       ");
        lines.pass(b"Pss_File:       ");
        lines.pass(b"Pss_Shmem:      ");
        counters.shared_clean = lines.counter(b"Shared_Clean:   ");
        counters.shared_dirty = lines.counter(b"Shared_Dirty:   ");
        counters.private_clean = lines.counter(b"Private_Clean:  ");
        counters.private_dirty = lines.counter(b"Private_Dirty:  ");
        counters.referenced = lines.counter(b"Referenced:     ");
        counters.anonymous = lines.counter(b"Anonymous:      ");
        lines.pass(b"KSM:            ");
        lines.pass(b"LazyFree:       ");
        lines.pass(b"AnonHugePages:  ");
        lines.pass(b"ShmemPmdMapped: ");
        lines.pass(b"FilePmdMapped:  ");
        counters.shared_hugetlb = lines.counter(b"Shared_Hugetlb: ");
        counters.private_hugetlb = lines.counter(b"Private_Hugetlb:");
        counters.swap = lines.counter(b"Swap:           ");
        lines.pass(b"SwapPss:        ");
        lines.pass(b"Locked:         ");
        lines.pass_unitless(b"THPeligible:    ");
        lines.pass_unitless(b"ProtectionKey:  ");
        (counters, lines.behind(b"VmFlags:"))
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

/// Lines that are of one length, as the kernel prints counters: a key in 16 columns, a number in 8,
/// and the unit.
struct Expected<'a>(&'a [u8]);

impl Expected<'_> {
    /// The next line's number, if it has this key; the line is taken then.
    #[inline(always)]
    fn counter(&mut self, key: &[u8; 16]) -> Option<u64> {
        let (value, rest) = self.line(key)?;
        let number = cursor::padded(value)?;
        self.0 = rest;
        Some(number)
    }

    /// Leaves out the next line, if it has this key.
    #[inline(always)]
    fn pass(&mut self, key: &[u8; 16]) {
        if let Some((_, rest)) = self.line(key) {
            self.0 = rest;
        }
    }
}

impl<'a> Expected<'a> {
    /// The same of a line that ends after the number.
    #[inline(always)]
    fn pass_unitless(&mut self, key: &[u8; 16]) {
        let Some((line, rest)) = self.0.split_first_chunk::<25>() else { return };
        let Some((there, value)) = line.split_first_chunk::<16>() else { return };
        let [number @ .., b'\n'] = value else { return };
        let is_number = || number.try_into().is_ok_and(|eight| cursor::padded(eight).is_some());
        if there == key && is_number() {
            self.0 = rest;
        }
    }

    /// What is left behind the next line, if it begins so.
    #[inline(always)]
    fn behind(self, start: &[u8]) -> &'a [u8] {
        match first_line(self.0) {
            Some((line, rest)) if line.starts_with(start) => rest,
            _ => self.0,
        }
    }

    #[inline(always)]
    fn line(&self, key: &[u8; 16]) -> Option<([u8; 8], &'a [u8])> {
        let (line, rest) = self.0.split_first_chunk::<28>()?;
        let (there, value) = line.split_first_chunk::<16>()?;
        let (value, unit) = value.split_first_chunk::<8>()?;
        (there == key && unit == b" kB\n").then_some((*value, rest))
    }
}

/// The mappings, by address. An item is an error where its header or one of its counters cannot
/// be read; those after it still can.
#[derive(Debug, Clone)]
pub struct Mappings<'a> {
    rest: &'a [u8],
}

/// Starts at the first mapping of one `smaps` file; it is empty for kernel threads and zombies.
///
/// Lines without a counter we know (`VmFlags`, those of newer kernels, malformed ones) are passed
/// over.
#[must_use]
pub fn parse(input: &[u8]) -> Mappings<'_> {
    Mappings { rest: from_header(input) }
}

/// Where the last mapping begins in a piece of one `smaps` file, which may go on in the next piece:
/// all those before it are whole. 0 if there is none.
#[must_use]
pub fn last(input: &[u8]) -> usize {
    let mut end = input.len();
    while let Some(lines) = input.get(..end) {
        // The newline before the last line, which may be cut short.
        let start = memchr::memrchr(b'\n', lines.strip_suffix(b"\n").unwrap_or(lines));
        let start = start.map_or(0, |newline| newline + 1);
        if start == 0 || lines.get(start..).is_some_and(is_header) {
            return start;
        }
        end = start;
    }
    0
}

impl<'a> Mappings<'a> {
    /// What was not looked at yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Mappings<'a> {
    type Item = Result<Mapping<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (header, below) = first_line(self.rest)?;
        let (mut counters, mut rest) = Counters::expected(below);
        let mut failure = None;
        while !is_header(rest) {
            let Some((line, behind)) = first_line(rest) else { break };
            if failure.is_none() {
                failure = counters.count(line).err();
            }
            rest = behind;
        }
        self.rest = rest;
        Some(match (Header::new(header), failure) {
            (Ok(header), None) => Ok(Mapping::new(header, &counters)),
            (Err(error), _) | (_, Some(error)) => Err(error),
        })
    }
}

/// The first line, without its newline, and what follows; `None` if there is nothing.
#[inline]
fn first_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', input);
    let (line, rest) = input.split_at_checked(end.unwrap_or(input.len()))?;
    (!input.is_empty()).then(|| (line, rest.get(1..).unwrap_or_default()))
}

/// What is left of the input from the first header on.
fn from_header(mut input: &[u8]) -> &[u8] {
    while let Some((line, rest)) = first_line(input) {
        if is_header(line) {
            break;
        }
        input = rest;
    }
    input
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
    let mut rest = input;
    while let Some((line, behind)) = first_line(rest) {
        rest = behind;
        if is_header(line) {
            let (block, behind) = Counters::expected(rest);
            rest = behind;
            let private = [block.private_clean, block.private_dirty, block.private_hugetlb];
            private.into_iter().for_each(|kib| add(&mut totals.uss, kib));
            add(&mut totals.pss, block.pss);
            add(&mut totals.swap, block.swap);
            continue;
        }
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
        add(total, Some(Fields::new(value).number(field)?));
    }
    Ok(totals)
}

fn add(total: &mut u64, kib: Option<u64>) {
    *total = total.saturating_add(kib.unwrap_or(0));
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
            header: Header { address: b"55d000-55e000", perms: b"rw-p", path: Some(b"[heap]") },
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
    fn lines_may_stand_in_any_order() {
        let kernels = "1000-2000 rw-p 00000000 00:00 0 \n\
            Size:                132 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n\
            Rss:                   8 kB\nPss:                   7 kB\nPss_Dirty:             9 kB\n\
            Shared_Clean:          1 kB\nShared_Dirty:          2 kB\nPrivate_Clean:         3 kB\n\
            Private_Dirty:         4 kB\nReferenced:            5 kB\nAnonymous:             6 kB\n\
            KSM:                   0 kB\nLazyFree:              0 kB\nAnonHugePages:         0 kB\n\
            ShmemPmdMapped:        0 kB\nFilePmdMapped:         0 kB\nShared_Hugetlb:       10 kB\n\
            Private_Hugetlb:      11 kB\nSwap:                 12 kB\nSwapPss:              13 kB\n\
            Locked:                0 kB\nTHPeligible:           0\nProtectionKey:         0\n\
            VmFlags: rd wr mr mw me ac \n";
        let check = |input: &str| {
            let mapping = parse(input.as_bytes()).next().expect("a block").expect("a mapping");
            assert_eq!(Mapping { header: heap().header, ..mapping }, heap(), "{input}");
            check_totals(input, 18, 7, 12);
        };
        check(kernels);
        let (header, counters) = kernels.split_once('\n').expect("a header");
        let lines: Vec<_> = counters.lines().collect();
        for first in 0..lines.len() {
            let turned = [&lines[first..], &lines[..first]].concat().join("\n");
            check(&format!("{header}\n{turned}\n"));
            let large = [&lines[..first], &["Later: 1 kB"], &lines[first..]].concat().join("\n");
            check(&format!("{header}\n{large}\n"));
        }
        let large = kernels.replace("   132 kB", "123456789 kB").replace("     8 kB", "8 kB");
        let mapping = parse(large.as_bytes()).next().expect("a block").expect("a mapping");
        assert_eq!((mapping.size, mapping.rss), (Some(123_456_789), Some(8)));
        assert_eq!((mapping.pss, mapping.swap), (Some(7), Some(12)));
    }

    #[test]
    fn headers_say_what_maps_say() {
        let lines = [
            "7f0000-7f1000 r--p 00001000 fe:00 77                 /a b (deleted)",
            "7f0000-7f1000 rw-s 100001000 103:00 18446744073709551615 /ends in blank ",
            "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
            "7f0000-7f1000 r--p 00001000 fe:00 7",
            "7f0000-7f1000 r--p 00001000 fe:00 7 ",
            "7f0000-7f1000  r--p\t00001000 fe:00   7\t/tabs",
            "7f0000-7f1000 r--p 00001000 fe:00 /no/inode",
            "7f0000-7f1000 r--p 00001000 7 /no/device",
            "7f0000-7f1000 r--p 00001000",
            "7f0000 r--p",
            "",
        ];
        for line in lines {
            let want = maps::mapping(line.as_bytes())
                .map(|maps::Mapping { address, perms, path, .. }| Header { address, perms, path });
            assert_eq!(Header::new(line.as_bytes()), want, "{line}");
        }
    }

    #[test]
    fn pieces_end_before_the_last_mapping() {
        let input = ["odd\n", HEAP, OLD, HEAP].concat();
        let all: Vec<_> = parse(input.as_bytes()).collect();
        for end in 0..=input.len() {
            let whole = last(&input.as_bytes()[..end]);
            let (whole, rest) = input.as_bytes().split_at(whole);
            assert_eq!(parse(whole).chain(parse(rest)).collect::<Vec<_>>(), all, "{end} bytes");
        }
        assert_eq!(last(input.as_bytes()), input.len() - HEAP.len());
        assert_eq!((last(b""), last(b"odd\nodd"), last(HEAP.as_bytes())), (0, 0, 0));
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
