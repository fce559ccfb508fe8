//! Memory: of the machine by GetPerformanceInfo, page files by ntdll, the heap of this process.

use std::path::Path;

use sysvitals_parse::windows::page_file::{self, PageFile};
use windows_sys::Win32::Foundation::{
    ERROR_INVALID_FUNCTION, ERROR_INVALID_PARAMETER, ERROR_NO_MORE_ITEMS,
};
use windows_sys::Win32::System::Memory::{MEM_COMMIT, MEM_PRIVATE, PAGE_READWRITE};
use windows_sys::Win32::System::SystemServices::PROCESS_HEAP_ENTRY_BUSY;

use super::ffi::heap::{self, Region, Walk};
use super::ffi::{ntdll, sysinfo};
use super::win32_error::is_one_of;
use super::{Host, buffer};
use crate::percent::percent;
use crate::sys::Memory;
use crate::{Error, HeapInfo, Result, SwapMemory, VirtualMemory};

const PAGE_FILES: &str = "NtQuerySystemInformation(SystemPageFileInformation)";

/// `SystemPageFileInformation`, which Microsoft's declarations leave out.
const SYSTEM_PAGE_FILE_INFORMATION: i32 = 18;

impl Memory for Host {
    fn virtual_memory(&self) -> Result<VirtualMemory> {
        self.live("virtual_memory")?;
        let info = performance_info()?;
        Ok(virtual_memory(info.total, info.available, info.page))
    }

    fn swap_memory(&self) -> Result<SwapMemory> {
        self.live("swap_memory")?;
        let page = performance_info()?.page;
        let files = buffer::grow(PAGE_FILES, 4096, |bytes, length| {
            ntdll::query_system_information(SYSTEM_PAGE_FILE_INFORMATION, bytes, length)?;
            Ok(*length)
        });
        let (bytes, length) = match files {
            // STATUS_INVALID_INFO_CLASS and STATUS_NOT_IMPLEMENTED, in the numbers of Win32.
            Err(Error::Io { source, .. })
                if is_one_of(&source, &[ERROR_INVALID_PARAMETER, ERROR_INVALID_FUNCTION]) =>
            {
                return Err(Error::Unsupported("swap_memory"));
            }
            files => files?,
        };
        // Without a page file nothing is written.
        let bytes = buffer::written(&bytes, length);
        let files: Result<Vec<_>, _> = page_file::parse(bytes).collect();
        let files = files.map_err(|err| Error::parse(Path::new(PAGE_FILES), err))?;
        Ok(swap_memory(&files, page))
    }

    /// The C library's heap is that of the process (`_get_heap_handle` of the Universal CRT).
    fn heap_info(&self) -> Result<HeapInfo> {
        self.live("heap_info")?;
        let heap_used = heap_used()?;
        let heaps = heaps()?;
        let heap_count = Some(u64::try_from(heaps.len()).unwrap_or(u64::MAX));
        Ok(HeapInfo { heap_used, mmap_used: outside(&heaps)?, heap_count })
    }

    fn heap_trim(&self) -> Result<()> {
        self.live("heap_trim")?;
        let heap = heap::process_heap().map_err(|err| Error::io("GetProcessHeap", err))?;
        heap.compact().map(drop).map_err(|err| Error::io("HeapCompact", err))
    }
}

/// Memory of the machine, in pages, and the bytes of one.
struct Pages {
    total: u64,
    available: u64,
    page: u64,
}

fn performance_info() -> Result<Pages> {
    let info = sysinfo::performance_info().map_err(|err| Error::io("GetPerformanceInfo", err))?;
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Pages {
        total: number(info.PhysicalTotal),
        available: number(info.PhysicalAvailable),
        page: number(info.PageSize),
    })
}

fn virtual_memory(total: u64, available: u64, page: u64) -> VirtualMemory {
    let total = total.saturating_mul(page);
    let available = available.saturating_mul(page).min(total);
    let used = total - available;
    VirtualMemory {
        total,
        available,
        percent: percent(used.into(), total.into()),
        used,
        free: available,
        ..VirtualMemory::default()
    }
}

fn swap_memory(files: &[PageFile], page: u64) -> SwapMemory {
    let sum = |pages: fn(&PageFile) -> u32| {
        let pages = files.iter().map(|file| u64::from(pages(file))).sum::<u64>();
        pages.saturating_mul(page)
    };
    let total = sum(|file| file.total);
    let used = sum(|file| file.used).min(total);
    SwapMemory {
        total,
        used,
        free: total - used,
        percent: percent(used.into(), total.into()),
        sin: None,
        sout: None,
    }
}

/// Bytes of the blocks of the process's heap that are in use.
fn heap_used() -> Result<u64> {
    let heap = heap::process_heap().map_err(|err| Error::io("GetProcessHeap", err))?;
    let locked = heap.lock().map_err(|err| Error::io("HeapLock", err))?;
    let mut walk = Walk::new();
    let mut used: u64 = 0;
    // Nothing may be allocated here: it would change the heap under the walk.
    let end = loop {
        if let Err(end) = locked.walk(&mut walk) {
            break end;
        }
        if u32::from(walk.flags()) & PROCESS_HEAP_ENTRY_BUSY != 0 {
            used = used.saturating_add(walk.length().into());
        }
    };
    drop(locked);
    if is_one_of(&end, &[ERROR_NO_MORE_ITEMS]) { Ok(used) } else { Err(Error::io("HeapWalk", end)) }
}

/// Where each heap of the process starts.
fn heaps() -> Result<Vec<usize>> {
    let mut heaps = vec![0; 16];
    loop {
        let count = heap::process_heaps(&mut heaps);
        let count = count.map_err(|err| Error::io("GetProcessHeaps", err))?;
        let fits = count <= heaps.len();
        // Another thread may make one more meanwhile.
        heaps.resize(if fits { count } else { count * 2 }, 0);
        if fits {
            return Ok(heaps);
        }
    }
}

/// Bytes of what the process has allocated for itself outside of `heaps`.
fn outside(heaps: &[usize]) -> Result<u64> {
    let (mut address, mut bytes): (usize, u64) = (0, 0);
    loop {
        let region = match heap::virtual_query(address) {
            Ok(region) => region,
            Err(err) if is_one_of(&err, &[ERROR_INVALID_PARAMETER]) => return Ok(bytes),
            Err(err) => return Err(Error::io("VirtualQuery", err)),
        };
        if is_outside(&region, heaps) {
            bytes = bytes.saturating_add(u64::try_from(region.length).unwrap_or(u64::MAX));
        }
        match region.start.checked_add(region.length) {
            Some(next) if next > address => address = next,
            _ => return Ok(bytes),
        }
    }
}

/// Whether a region is committed, written by this process alone, and of no heap.
fn is_outside(region: &Region, heaps: &[usize]) -> bool {
    region.state == MEM_COMMIT
        && region.kind == MEM_PRIVATE
        && region.protect & PAGE_READWRITE != 0
        && !heaps.contains(&region.allocation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_available_is_used() {
        let memory = virtual_memory(1000, 250, 4096);
        assert_eq!((memory.total, memory.available), (4_096_000, 1_024_000));
        assert_eq!((memory.used, memory.free), (3_072_000, 1_024_000));
        assert!((memory.percent - 75.0).abs() < f64::EPSILON);
        assert_eq!((memory.cached, memory.wired), (None, None), "not of psutil 7 here");
        assert_eq!(virtual_memory(10, 20, 1).used, 0);
    }

    #[test]
    fn swap_is_the_sum_of_the_page_files() {
        let files = [PageFile { total: 1000, used: 100 }, PageFile { total: 1000, used: 400 }];
        let swap = swap_memory(&files, 4096);
        assert_eq!((swap.total, swap.used), (8_192_000, 2_048_000));
        assert_eq!(swap.free, 6_144_000);
        assert!((swap.percent - 25.0).abs() < f64::EPSILON);
        assert_eq!((swap.sin, swap.sout), (None, None), "the system does not tell");
        let none = swap_memory(&[], 4096);
        assert_eq!((none.total, none.used, none.percent), (0, 0, 0.0));
    }

    #[test]
    fn only_private_pages_of_no_heap_count() {
        let region = |state, kind, protect, allocation| {
            let region = Region { start: 0, length: 1, allocation, state, protect, kind };
            is_outside(&region, &[7, 9])
        };
        assert!(region(MEM_COMMIT, MEM_PRIVATE, PAGE_READWRITE, 8));
        assert!(!region(MEM_COMMIT, MEM_PRIVATE, PAGE_READWRITE, 9), "of a heap");
        assert!(!region(0x2000, MEM_PRIVATE, PAGE_READWRITE, 8), "reserved");
        assert!(!region(MEM_COMMIT, 0x4_0000, PAGE_READWRITE, 8), "mapped");
        assert!(!region(MEM_COMMIT, MEM_PRIVATE, 2, 8), "read only");
    }
}
