//! Memory: `meminfo`, `zoneinfo` and `vmstat` in procfs, and the C library's allocator.

use std::io;
use std::path::Path;

use sysvitals_parse::ParseError;
use sysvitals_parse::linux::meminfo::{self, MemInfo};
use sysvitals_parse::linux::vmstat::{self, VmStat};
use sysvitals_parse::linux::zoneinfo;

use super::{Host, ffi, page_size};
use crate::percent::percent;
use crate::sys::{Machine as _, Memory};
use crate::{Error, HeapInfo, Result, SwapMemory, VirtualMemory};

impl Memory for Host {
    fn virtual_memory(&self) -> Result<VirtualMemory> {
        let info = self.proc_record("meminfo", |bytes| Ok(meminfo::parse(bytes)))?;
        let low = if tells_available(&info) { None } else { self.low_watermark()? };
        virtual_memory(&info, low).map_err(|err| Error::parse(self.proc_path("meminfo"), err))
    }

    fn swap_memory(&self) -> Result<SwapMemory> {
        let path = self.proc_path("meminfo");
        let info = meminfo::parse(&self.read_record(&path)?);
        let (total, free) = match (info.swap_total, info.swap_free) {
            (Some(total), Some(free)) => (bytes(total), bytes(free)),
            _ if self.is_live() => {
                let info = rustix::system::sysinfo();
                (units(info.totalswap, info.mem_unit), units(info.freeswap, info.mem_unit))
            }
            // Every kernel lists its swap, so what a recording left out was not of interest.
            (None, None) => (0, 0),
            (None, _) => return Err(Error::parse(path, ParseError::new("SwapTotal", b""))),
            (_, None) => return Err(Error::parse(path, ParseError::new("SwapFree", b""))),
        };
        let path = self.proc_path("vmstat");
        let traffic = match self.read_if_told(&path)? {
            Some(bytes) => vmstat::parse(&bytes).map_err(|err| Error::parse(path, err))?,
            None => VmStat { pswpin: None, pswpout: None },
        };
        Ok(swap_memory(total, free, traffic, page_size()))
    }

    fn heap_info(&self) -> Result<HeapInfo> {
        const WHAT: &str = "heap_info";
        if !self.is_live() {
            return Err(Error::Unsupported(WHAT));
        }
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let (heap_used, mmap_used) = match ffi::heap::mallinfo2() {
            Ok(info) => (size(info.uordblks), size(info.hblkhd)),
            Err(_) => {
                let info = ffi::heap::mallinfo().map_err(|err| not_there(err, WHAT))?;
                (info.uordblks.into(), info.hblkhd.into())
            }
        };
        Ok(HeapInfo { heap_used, mmap_used, heap_count: None })
    }

    fn heap_trim(&self) -> Result<()> {
        const WHAT: &str = "heap_trim";
        if !self.is_live() {
            return Err(Error::Unsupported(WHAT));
        }
        // Whether there was anything to give back is no matter of success.
        ffi::heap::malloc_trim().map(drop).map_err(|err| not_there(err, WHAT))
    }
}

impl Host {
    /// Bytes below which the kernel begins to reclaim; `None` where it does not tell, or not the
    /// caller.
    fn low_watermark(&self) -> Result<Option<u64>> {
        let path = self.proc_path("zoneinfo");
        let Some(bytes) = self.read_if_told(&path)? else { return Ok(None) };
        let zones = zoneinfo::parse(&bytes).map_err(|err| Error::parse(path, err))?;
        Ok(Some(zones.low.saturating_mul(page_size())))
    }

    /// Reads a whole file that need not be there, nor be for everybody.
    fn read_if_told(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match self.read_if_there(path) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
                Ok(None)
            }
            answer => answer,
        }
    }
}

/// A function that this C library does not have.
fn not_there(err: io::Error, what: &'static str) -> Error {
    match err.kind() {
        io::ErrorKind::Unsupported => Error::Unsupported(what),
        _ => Error::io(what, err),
    }
}

fn bytes(kib: u64) -> u64 {
    kib.saturating_mul(1024)
}

fn units(count: impl TryInto<u64>, unit: u32) -> u64 {
    count.try_into().unwrap_or(u64::MAX).saturating_mul(unit.into())
}

/// The arithmetic of free(1), as psutil has it (`_pslinux.py` of 7.2.2).
fn virtual_memory(info: &MemInfo, low: Option<u64>) -> Result<VirtualMemory, ParseError> {
    let line = |kib: Option<u64>, name| kib.map(bytes).ok_or_else(|| ParseError::new(name, b""));
    let total = line(info.mem_total, "MemTotal")?;
    let free = line(info.mem_free, "MemFree")?;
    let available = match info.mem_available {
        Some(kib) if tells_available(info) => i128::from(kib) * 1024,
        _ => estimate(free, info, low),
    };
    let available = match u64::try_from(available) {
        // Seen in containers.
        Err(_) => 0,
        // In LXC, where the host's figures leak in (psutil, issue 2050).
        Ok(available) if available > total => free.min(total),
        Ok(available) => available,
    };
    let used = total - available;
    let inactive = || {
        let parts = [info.inact_dirty?, info.inact_clean?, info.inact_laundry?];
        Some(parts.into_iter().fold(0, u64::saturating_add))
    };
    let cached = info.cached.map(|kib| kib.saturating_add(info.s_reclaimable.unwrap_or(0)));
    Ok(VirtualMemory {
        total,
        available,
        percent: percent(used.into(), total.into()),
        used,
        free,
        active: info.active.map(bytes),
        inactive: info.inactive.or_else(inactive).map(bytes),
        buffers: info.buffers.map(bytes),
        cached: cached.map(bytes),
        shared: info.shmem.or(info.mem_shared).map(bytes),
        slab: info.slab.map(bytes),
        wired: None,
    })
}

/// Whether the kernel says what is available. A zero was seen to be wrong (psutil, issue 1915).
fn tells_available(info: &MemInfo) -> bool {
    info.mem_available.is_some_and(|kib| kib != 0)
}

/// What would be available, as kernels reckon it since Linux 3.14 (`si_mem_available`); bytes.
fn estimate(free: u64, info: &MemInfo, low: Option<u64>) -> i128 {
    let size = |kib: u64| i128::from(bytes(kib));
    let parts = (info.active_file, info.inactive_file, info.s_reclaimable, low);
    let (Some(active), Some(inactive), Some(reclaimable), Some(low)) = parts else {
        return i128::from(free) + size(info.cached.unwrap_or(0));
    };
    let low = i128::from(low);
    // Half of each, or enough to keep the zones above their watermarks, cannot be given away.
    let part = |all: i128| all - low.min(all / 2);
    i128::from(free) - low + part(size(active) + size(inactive)) + part(size(reclaimable))
}

fn swap_memory(total: u64, free: u64, traffic: VmStat, page_size: u64) -> SwapMemory {
    let used = total.saturating_sub(free);
    SwapMemory {
        total,
        used,
        free,
        percent: percent(used.into(), total.into()),
        sin: traffic.pswpin.map(|pages| pages.saturating_mul(page_size)),
        sout: traffic.pswpout.map(|pages| pages.saturating_mul(page_size)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::System;

    const KIB: u64 = 1024;

    /// 1000 KiB, of which 100 are free.
    fn small() -> MemInfo {
        MemInfo { mem_total: Some(1000), mem_free: Some(100), ..MemInfo::default() }
    }

    #[track_caller]
    fn check(info: MemInfo, low: Option<u64>, available: u64, percent: f64) {
        let memory = virtual_memory(&info, low).expect("total and free");
        assert_eq!((memory.available, memory.percent), (available * KIB, percent));
        assert_eq!(memory.used, memory.total - memory.available);
    }

    #[test]
    fn available_is_what_the_kernel_says() {
        check(MemInfo { mem_available: Some(333), ..small() }, None, 333, 66.7);
        check(MemInfo { mem_available: Some(-1), ..small() }, None, 0, 100.0);
        check(MemInfo { mem_available: Some(1001), ..small() }, None, 100, 90.0);
        let info = MemInfo { mem_available: Some(1001), mem_free: Some(2000), ..small() };
        check(info, None, 1000, 0.0);
    }

    #[test]
    fn without_it_available_is_an_estimate() {
        let info = MemInfo {
            cached: Some(300),
            active_file: Some(100),
            inactive_file: Some(101),
            s_reclaimable: Some(40),
            ..small()
        };
        // 100 - 30 + (201 - 30) + (40 - 20)
        check(info, Some(30 * KIB), 261, 73.9);
        check(MemInfo { mem_available: Some(0), ..info }, Some(30 * KIB), 261, 73.9);
        // 100 - 500 + 100.5 + 20
        check(info, Some(500 * KIB), 0, 100.0);
        // 100 + 300, whatever else is missing
        check(info, None, 400, 60.0);
        check(MemInfo { active_file: None, ..info }, Some(30 * KIB), 400, 60.0);
        check(small(), None, 100, 90.0);
    }

    #[test]
    fn halves_of_odd_sizes_are_exact() {
        let info = MemInfo {
            mem_free: Some(600),
            active_file: Some(0),
            inactive_file: Some(201),
            s_reclaimable: Some(0),
            ..small()
        };
        let memory = virtual_memory(&info, Some(500 * KIB)).expect("total and free");
        assert_eq!(memory.available, 200 * KIB + KIB / 2);
    }

    #[test]
    fn missing_lines_are_absent_or_named() {
        let memory = virtual_memory(&small(), None).expect("total and free");
        assert_eq!((memory.active, memory.inactive, memory.buffers), (None, None, None));
        assert_eq!((memory.cached, memory.shared, memory.slab), (None, None, None));
        let err = virtual_memory(&MemInfo { mem_free: None, ..small() }, None).unwrap_err();
        assert_eq!(err.field(), "MemFree");
    }

    #[test]
    fn lines_stand_in_for_others() {
        let info = MemInfo {
            cached: Some(10),
            s_reclaimable: Some(5),
            mem_shared: Some(7),
            inact_dirty: Some(1),
            inact_clean: Some(2),
            inact_laundry: Some(3),
            ..small()
        };
        let memory = virtual_memory(&info, None).expect("total and free");
        assert_eq!((memory.cached, memory.shared), (Some(15 * KIB), Some(7 * KIB)));
        assert_eq!(memory.inactive, Some(6 * KIB));
        let two = MemInfo { inact_laundry: None, shmem: Some(8), ..info };
        let memory = virtual_memory(&two, None).expect("total and free");
        assert_eq!((memory.inactive, memory.shared), (None, Some(8 * KIB)));
    }

    #[test]
    fn absurd_figures_do_not_overflow() {
        let huge = Some(u64::MAX);
        let info = MemInfo {
            mem_total: huge,
            mem_free: huge,
            active_file: huge,
            inactive_file: huge,
            s_reclaimable: huge,
            cached: huge,
            ..MemInfo::default()
        };
        assert!(virtual_memory(&info, huge).is_ok());
        assert!(virtual_memory(&MemInfo { mem_available: Some(i64::MIN), ..info }, huge).is_ok());
    }

    fn machine(files: &[(&str, &str)]) -> (TempDir, System) {
        let root = TempDir::new().expect("a temporary directory");
        fs::create_dir(root.path().join("proc")).expect("a directory");
        for (name, text) in files {
            fs::write(root.path().join("proc").join(name), text).expect("a file");
        }
        let system = System::at(root.path());
        (root, system)
    }

    const SWAP: (&str, &str) = ("meminfo", "SwapTotal: 3 kB\nSwapFree: 2 kB\n");

    #[test]
    fn swap_is_that_of_the_machine_asked() {
        let (_root, system) = machine(&[SWAP, ("vmstat", "pswpin 2\npswpout 3\n")]);
        let swap = system.swap_memory().expect("two files");
        assert_eq!((swap.total, swap.used, swap.free), (3 * KIB, KIB, 2 * KIB));
        assert_eq!((swap.percent, swap.sin), (33.3, Some(2 * page_size())));
        assert_eq!(swap.sout, Some(3 * page_size()));

        let (_root, system) = machine(&[("meminfo", "MemTotal: 1 kB\n")]);
        let swap = system.swap_memory().expect("a file");
        assert_eq!((swap.total, swap.percent, swap.sin, swap.sout), (0, 0.0, None, None));

        let (_root, system) = machine(&[("meminfo", "SwapTotal: 3 kB\n")]);
        assert!(matches!(system.swap_memory(), Err(Error::Parse { .. })));
        let (_root, system) = machine(&[]);
        assert!(matches!(system.swap_memory(), Err(Error::Io { .. })));
    }

    #[test]
    fn more_free_than_there_is_is_none_used() {
        let swap = swap_memory(5, 9, VmStat { pswpin: None, pswpout: Some(0) }, 4096);
        assert_eq!((swap.used, swap.percent, swap.sout), (0, 0.0, Some(0)));
    }

    #[test]
    fn zones_are_asked_where_the_kernel_tells_nothing_better() {
        let meminfo = "MemTotal: 1000 kB\nMemFree: 500 kB\nCached: 9 kB\nActive(file): 0 kB\n\
            Inactive(file): 0 kB\nSReclaimable: 0 kB\n";
        let (_root, system) = machine(&[("meminfo", meminfo), ("zoneinfo", "  low 2\n")]);
        let memory = system.virtual_memory().expect("two files");
        assert_eq!(memory.available, 500 * KIB - 2 * page_size());
        let (_root, system) = machine(&[("meminfo", meminfo)]);
        assert_eq!(system.virtual_memory().expect("a file").available, 509 * KIB);
    }

    #[test]
    fn a_recorded_machine_has_no_heap_of_ours() {
        let (_root, system) = machine(&[]);
        assert!(matches!(system.heap_info(), Err(Error::Unsupported(_))));
        assert!(matches!(system.heap_trim(), Err(Error::Unsupported(_))));
    }

    #[test]
    fn old_and_new_tell_the_same_heap() {
        let (Ok(new), Ok(old)) = (ffi::heap::mallinfo2(), ffi::heap::mallinfo()) else {
            return; // Another C library.
        };
        // Other threads allocate meanwhile.
        let near = |new: usize, old: u32| new.abs_diff(usize::try_from(old).unwrap()) < 1 << 24;
        assert!(near(new.uordblks, old.uordblks) && near(new.hblkhd, old.hblkhd));
    }
}
