//! Where the memory of a process goes.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use sysvitals_parse::linux::pid::statm::{self, Statm};
use sysvitals_parse::linux::pid::{smaps, status};

use super::process::is_missing;
use super::target::Target;
use super::{Host, deleted, read};
use crate::sys::ProcessMemory;
use crate::{
    Error, MemoryFootprint, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped, PageFaults,
    Result,
};

/// Memory in pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory(pub(super) Statm);

impl From<Memory> for MemoryInfo {
    fn from(Memory(statm): Memory) -> Self {
        info(&statm, super::page_size())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        MemoryInfo::from(*self).fmt(f)
    }
}

impl ProcessMemory for Host {
    type Memory = Memory;

    fn memory_info(&self, target: &Target) -> Result<Memory> {
        // A third of all processes may be such, and the file would say just this.
        if target.is_live() && target.has_stat() && target.is_kernel_thread()? {
            return Ok(Memory(Statm::default()));
        }
        target.read_record("statm", statm::parse).map(Memory)
    }

    fn memory_info_ex(&self, target: &Target) -> Result<MemoryInfoEx> {
        let memory = Memory(target.read_record("statm", statm::parse)?);
        Ok(info_ex(&memory.into(), target.status()?))
    }

    fn memory_footprint(&self, target: &Target) -> Result<MemoryFootprint> {
        // A read of the sums (Linux 4.14) costs a tenth. Kernel threads and zombies have none.
        let totals = match target.read_record("smaps_rollup", smaps::totals) {
            Err(err) if is_missing(&err) => target.read("smaps", smaps::totals),
            answer => answer,
        };
        match totals {
            Ok(totals) => Ok(footprint(&totals)),
            Err(err) if target.lacks(&err) => Err(Error::Unsupported("memory_footprint")),
            Err(err) => Err(err),
        }
    }

    fn memory_maps(&self, target: &Target) -> Result<Vec<MemoryMap>> {
        let mut names = Names::new(target.is_live());
        let mut maps = Vec::new();
        let read = each_mapping(target, |mapping| {
            maps.push(map(mapping, OsStr::from_bytes(names.name(mapping))));
        });
        mappings(target, read.map(|()| maps))
    }

    fn memory_maps_grouped(&self, target: &Target) -> Result<Vec<MemoryMapGrouped>> {
        let mut names = Names::new(target.is_live());
        let mut groups = Groups::default();
        let read = each_mapping(target, |mapping| {
            let name = names.name(mapping);
            if let Some(group) = groups.named(OsStr::from_bytes(name)) {
                add(group, mapping);
            }
        });
        mappings(target, read.map(|()| groups.groups))
    }

    fn page_faults(&self, target: &Target) -> Result<PageFaults> {
        let stat = target.stat()?.facts;
        Ok(PageFaults { minor: stat.minflt, major: stat.majflt })
    }
}

/// Hands over the mappings as they are read.
fn each_mapping(target: &Target, mut each: impl FnMut(&smaps::Mapping<'_>)) -> Result<()> {
    let mut broken = None;
    let mut take = |bytes: &[u8], ended| {
        let whole = if ended { bytes.len() } else { smaps::last(bytes) };
        for mapping in smaps::parse(bytes.get(..whole).unwrap_or_default()) {
            match mapping {
                Ok(mapping) => each(&mapping),
                Err(err) => {
                    broken.get_or_insert(err);
                }
            }
        }
        whole
    };
    let read = target
        .open("smaps")
        .and_then(|file| target.closing().after(file, |file| read::in_pieces(file, &mut take)));
    let path = || target.host().proc_path(format!("{}/smaps", target.pid()));
    match (read, broken) {
        (Err(err), _) => Err(Error::io(format!("reading {}", path().display()), err)),
        (Ok(()), Some(err)) => Err(Error::parse(path(), err)),
        (Ok(()), None) => Ok(()),
    }
}

/// Mappings of one name, in the order in which the names occur first.
#[derive(Default)]
struct Groups {
    groups: Vec<MemoryMapGrouped>,
    /// Of those behind the first few, which are soon looked through.
    places: BTreeMap<OsString, usize>,
    /// Of the last mapping: those of one file follow each other.
    last: usize,
}

impl Groups {
    /// As many names as most processes have.
    const FEW: usize = 16;

    fn named(&mut self, name: &OsStr) -> Option<&mut MemoryMapGrouped> {
        if self.groups.get(self.last).is_none_or(|group| group.path != name) {
            self.last = self.place(name).unwrap_or_else(|| self.add(name));
        }
        self.groups.get_mut(self.last)
    }

    fn place(&self, name: &OsStr) -> Option<usize> {
        let mut first = self.groups.iter().take(Self::FEW);
        first.position(|group| group.path == name).or_else(|| self.places.get(name).copied())
    }

    fn add(&mut self, name: &OsStr) -> usize {
        let place = self.groups.len();
        if place >= Self::FEW {
            self.places.insert(name.to_owned(), place);
        }
        self.groups.push(group(name.to_owned()));
        place
    }
}

/// What a list of mappings means: the kernel has no `smaps`, or a zombie no mappings any more.
fn mappings<T>(target: &Target, maps: Result<Vec<T>>) -> Result<Vec<T>> {
    match maps {
        Ok(maps) if maps.is_empty() => target.may_fill("smaps").map(|_| maps),
        Err(err) if target.lacks(&err) => Err(Error::Unsupported("memory_maps")),
        maps => maps,
    }
}

fn info(statm: &Statm, page: u64) -> MemoryInfo {
    let bytes = |pages: u64| pages.saturating_mul(page);
    MemoryInfo {
        rss: bytes(statm.resident),
        vms: bytes(statm.size),
        shared: Some(u128::from(statm.shared) * u128::from(page)),
        text: Some(bytes(statm.text)),
        lib: Some(bytes(statm.lib)),
        data: Some(bytes(statm.data)),
        dirty: Some(bytes(statm.dirty)),
        ..MemoryInfo::default()
    }
}

fn info_ex(info: &MemoryInfo, status: &status::Status<'_>) -> MemoryInfoEx {
    MemoryInfoEx {
        rss: info.rss,
        vms: info.vms,
        shared: info.shared,
        text: info.text,
        data: info.data,
        peak_rss: status.vm_hwm.map(kib),
        peak_vms: status.vm_peak.map(kib),
        rss_anon: status.rss_anon.map(kib),
        rss_file: status.rss_file.map(kib),
        rss_shmem: status.rss_shmem.map(kib),
        swap: status.vm_swap.map(kib),
        hugetlb: status.hugetlb_pages.map(kib),
        ..MemoryInfoEx::default()
    }
}

fn footprint(totals: &smaps::Totals) -> MemoryFootprint {
    MemoryFootprint {
        uss: kib(totals.uss),
        pss: Some(kib(totals.pss)),
        swap: Some(kib(totals.swap)),
    }
}

fn kib(count: u64) -> u64 {
    count.saturating_mul(1024)
}

/// What mappings are called.
struct Names {
    is_live: bool,
    /// The last path that bears the mark of the deleted, and whether the mark is part of its name:
    /// mappings of one file follow each other, and each look at the disk costs as much as reading a
    /// mapping.
    last: Option<(Vec<u8>, bool)>,
}

impl Names {
    fn new(is_live: bool) -> Self {
        Self { is_live, last: None }
    }

    fn name<'a>(&mut self, mapping: &smaps::Mapping<'a>) -> &'a [u8] {
        let Some(path) = mapping.header.path else { return b"[anon]" };
        let Some(unmarked) = deleted::unmarked(path) else { return path };
        let known = self.last.as_ref().filter(|(last, _)| last == path);
        let is_named_so = known
            .map_or_else(|| self.is_live && deleted::exists(path), |(_, is_named_so)| *is_named_so);
        if known.is_none() {
            self.last = Some((path.to_owned(), is_named_so));
        }
        if is_named_so { path } else { unmarked }
    }
}

fn map(mapping: &smaps::Mapping<'_>, name: &OsStr) -> MemoryMap {
    let mut usage = group(name.to_owned());
    add(&mut usage, mapping);
    MemoryMap {
        addr: String::from_utf8_lossy(mapping.header.address).into_owned(),
        perms: String::from_utf8_lossy(mapping.header.perms).into_owned(),
        usage,
    }
}

fn group(path: OsString) -> MemoryMapGrouped {
    MemoryMapGrouped { path, ..MemoryMapGrouped::default() }
}

/// Adds a mapping to those of its group; what the kernel tells of none of them stays absent.
fn add(group: &mut MemoryMapGrouped, mapping: &smaps::Mapping<'_>) {
    let sum = |sum: &mut Option<u64>, count: Option<u64>| {
        if let Some(count) = count {
            *sum = Some(sum.unwrap_or(0).saturating_add(kib(count)));
        }
    };
    group.rss = group.rss.saturating_add(kib(mapping.rss.unwrap_or(0)));
    sum(&mut group.size, mapping.size);
    sum(&mut group.pss, mapping.pss);
    sum(&mut group.shared_clean, mapping.shared_clean);
    sum(&mut group.shared_dirty, mapping.shared_dirty);
    sum(&mut group.private_clean, mapping.private_clean);
    sum(&mut group.private_dirty, mapping.private_dirty);
    sum(&mut group.referenced, mapping.referenced);
    sum(&mut group.anonymous, mapping.anonymous);
    sum(&mut group.swap, mapping.swap);
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;

    const SMAPS: &str = "1000-2000 r-xp 00000000 fe:00 7                  /bin/a (deleted)\n\
        Size:      4 kB\nRss:   4 kB\nPss:   2 kB\nPrivate_Clean:  1 kB\nSwap:  1 kB\n\
        2000-3000 rw-p 00000000 00:00 0\n\
        Size:      8 kB\nRss:   8 kB\nPss:   8 kB\nPrivate_Dirty:  8 kB\n\
        3000-4000 rw-p 00001000 fe:00 7                  /bin/a (deleted)\n\
        Size:     16 kB\nRss:  16 kB\nPss:  16 kB\nPrivate_Dirty: 16 kB\nVmFlags: rd\n";

    #[test]
    fn pages_become_bytes() {
        let statm = statm::parse(b"10 9 18446744073709551615 7 0 5 0").expect("a well-formed file");
        let info = info(&statm, 4096);
        assert_eq!((info.vms, info.rss), (40_960, 36_864));
        assert_eq!((info.text, info.data), (Some(28_672), Some(20_480)));
        assert_eq!((info.lib, info.dirty), (Some(0), Some(0)));
        assert_eq!(info.shared, Some(u128::from(u64::MAX) * 4096), "a small negative count");
    }

    #[test]
    fn figures_that_a_kernel_thread_lacks_are_absent() {
        let recording = Recording::of_kernel_thread()
            .file("proc/42/statm", "0 0 0 0 0 0 0")
            .file("proc/42/status", Recording::STATUS)
            .file("proc/42/smaps", "");
        let process = recording.process();
        let info = process.memory_info_ex().expect("an answer");
        assert_eq!((info.rss, info.peak_rss, info.swap), (0, None, None));
        let footprint = process.memory_footprint().expect("an answer");
        assert_eq!((footprint.uss, footprint.pss, footprint.swap), (0, Some(0), Some(0)));
        assert_eq!(process.memory_maps().expect("an answer"), []);
        assert_eq!(process.memory_maps_grouped().expect("an answer"), []);
    }

    #[test]
    fn figures_of_status_have_their_places() {
        let lines = "VmPeak: 1 kB\nVmHWM: 2 kB\nRssAnon: 3 kB\nRssFile: 4 kB\nRssShmem: 5 kB\n\
            VmSwap: 6 kB\nHugetlbPages: 7 kB\n";
        let status = format!("{}{lines}", Recording::STATUS);
        let status = status::parse(status.as_bytes()).expect("a well-formed file");
        let info = info_ex(&MemoryInfo::default(), &status);
        assert_eq!((info.peak_vms, info.peak_rss), (Some(1024), Some(2048)));
        assert_eq!((info.rss_anon, info.rss_file), (Some(3072), Some(4096)));
        assert_eq!((info.rss_shmem, info.swap, info.hugetlb), (Some(5120), Some(6144), Some(7168)));
    }

    #[test]
    fn sums_are_taken_where_the_kernel_has_them() {
        let recording = Recording::new();
        let process = recording.process();
        assert!(matches!(process.memory_footprint(), Err(Error::Unsupported("memory_footprint"))));
        let recording = recording.file("proc/42/smaps", SMAPS);
        let footprint = process.memory_footprint().expect("smaps");
        assert_eq!((footprint.uss, footprint.pss), (25 << 10, Some(26 << 10)));
        assert_eq!(footprint.swap, Some(1 << 10));
        let _recording = recording.file("proc/42/smaps_rollup", "Pss: 1 kB\nPrivate_Dirty: 2 kB\n");
        let footprint = process.memory_footprint().expect("smaps_rollup");
        assert_eq!((footprint.uss, footprint.pss), (2 << 10, Some(1 << 10)));
    }

    #[test]
    fn mappings_are_told_one_by_one_or_by_path() {
        let recording = Recording::new().file("proc/42/smaps", SMAPS);
        let maps = recording.process().memory_maps().expect("smaps");
        let told: Vec<_> = maps
            .iter()
            .map(|map| (&*map.addr, &*map.perms, map.usage.path.to_str(), map.usage.rss))
            .collect();
        assert_eq!(
            told,
            [
                ("1000-2000", "r-xp", Some("/bin/a"), 4096),
                ("2000-3000", "rw-p", Some("[anon]"), 8192),
                ("3000-4000", "rw-p", Some("/bin/a"), 16_384),
            ]
        );
        assert_eq!((maps[0].usage.swap, maps[1].usage.swap), (Some(1024), None));

        let groups = recording.process().memory_maps_grouped().expect("smaps");
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.path.to_str(), group.rss, group.private_dirty))
            .collect();
        assert_eq!(
            told,
            [(Some("/bin/a"), 20_480, Some(16_384)), (Some("[anon]"), 8192, Some(8192))]
        );
    }

    #[test]
    fn many_mappings_are_read_in_pieces() {
        let counters = "Size:                  8 kB\nRss:                   4 kB\n\
            Private_Clean:         1 kB\nVmFlags: rd mr mw me \n";
        let line = |number: usize| format!("{number:06}000-{number:06}fff rw-p 00000000 00:00 0 ");
        let long = "/x".repeat(2000);
        let smaps: String = (0..2000)
            .map(|number| match number {
                // Longer than a piece.
                1000 => format!("{}{}\n{counters}", line(number), "/y".repeat(100_000)),
                _ if number % 500 == 7 => format!("{}{long}\n{counters}", line(number)),
                _ => format!("{}\n{counters}", line(number)),
            })
            .collect();
        let recording = Recording::new().file("proc/42/smaps", &smaps);
        let maps = recording.process().memory_maps().expect("smaps");
        let want: Vec<_> =
            (0..2000).map(|number| format!("{number:06}000-{number:06}fff")).collect();
        assert_eq!(maps.iter().map(|map| &*map.addr).collect::<Vec<_>>(), want);
        assert!(maps.iter().all(|map| (map.usage.size, map.usage.rss) == (Some(8192), 4096)));
        let groups = recording.process().memory_maps_grouped().expect("smaps");
        let sizes: Vec<_> =
            groups.iter().map(|group| (group.path.len(), group.private_clean)).collect();
        let kib = |count: u64| Some(count << 10);
        assert_eq!(sizes, [(6, kib(1995)), (4000, kib(4)), (200_000, kib(1))]);

        let cut = format!("{smaps}{}", "1-2 r-xp 0 fe\n");
        let recording = recording.file("proc/42/smaps", &cut);
        assert!(matches!(recording.process().memory_maps(), Err(Error::Parse { .. })));
    }

    #[test]
    fn mappings_of_many_names_are_grouped_in_the_order_of_their_first() {
        let names: Vec<_> = (0..100).map(|number| format!("/lib/{number}")).collect();
        let line = |name: &String| format!("1000-2fff r-xp 00000000 fe:00 7 {name}\nRss: 4 kB\n");
        let smaps: String =
            names.iter().chain(names.iter().rev()).chain(&names).map(line).collect();
        let recording = Recording::new().file("proc/42/smaps", &smaps);
        let groups = recording.process().memory_maps_grouped().expect("smaps");
        let paths: Vec<_> = groups.iter().filter_map(|group| group.path.to_str()).collect();
        assert_eq!(paths, names);
        assert!(groups.iter().all(|group| group.rss == 3 * 4096));
    }

    #[test]
    fn a_zombie_has_lost_its_mappings() {
        let recording = Recording::of_zombie().file("proc/42/smaps", "");
        let process = recording.process();
        let is_lost = |err: Error| matches!(err, Error::ZombieProcess { .. });
        assert!(is_lost(process.memory_maps().expect_err("they are lost")));
        assert!(is_lost(process.memory_maps_grouped().expect_err("they are lost")));
        assert_eq!(process.memory_footprint().expect("it uses no memory").uss, 0);
        let unrecorded = Recording::new();
        let unrecorded = unrecorded.process().memory_maps();
        assert!(matches!(unrecorded, Err(Error::Unsupported("memory_maps"))));
    }

    #[test]
    fn faults_are_its_own() {
        let faults = Recording::new().process().page_faults().expect("they stand in stat");
        assert_eq!((faults.minor, faults.major), (7, 3));
    }
}
