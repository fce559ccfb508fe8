//! Where the memory of a process goes.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::io::{AsHandle as _, BorrowedHandle};
use std::path::Path;

use sysvitals_parse::windows::nt_path::{self, Drive};
use sysvitals_parse::windows::psapi_working_set;
use sysvitals_parse::windows::system_process_information::Process;
use sysvitals_parse::windows::vm_counters::{self, VmCounters};
use windows_sys::Wdk::System::Threading::ProcessVmCounters;
use windows_sys::Win32::Foundation::ERROR_INVALID_PARAMETER;
use windows_sys::Win32::System::Memory::{
    MEM_IMAGE, MEM_MAPPED, PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE,
    PAGE_EXECUTE_WRITECOPY, PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY,
};
use windows_sys::Win32::System::Threading::{
    PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_VM_READ,
};

use super::ffi::psapi::{self, Region};
use super::ffi::{AlignedBuffer, ntdll};
use super::process::{Target, or_record};
use super::win32_error::is_one_of;
use super::{Host, WORD, buffer, drives};
use crate::sys::ProcessMemory;
use crate::{
    Error, MemoryFootprint, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped, PageFaults,
    Result,
};

/// Units of the longest path of the kernel, whose length in bytes has 16 bits.
const LONGEST_PATH: usize = 1 << 15;

impl ProcessMemory for Host {
    type Memory = MemoryInfo;

    fn memory_info(&self, target: &Target) -> Result<MemoryInfo> {
        counters(target).map(|counters| info(&counters))
    }

    fn memory_info_ex(&self, target: &Target) -> Result<MemoryInfoEx> {
        counters(target).map(|counters| info_ex(&counters))
    }

    fn memory_footprint(&self, target: &Target) -> Result<MemoryFootprint> {
        let page = u64::from(psapi::page_size());
        let process = target.handle(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ)?;
        // Most often it has room for what is added meanwhile.
        let pages = counters(target)?.working_set_size / page.max(1) + 64;
        let start = psapi_working_set::size(pages, WORD);
        let set = buffer::grow("QueryWorkingSet", start, |bytes, length| {
            let answer = psapi::query_working_set(process.as_handle(), bytes);
            // Too short for the pages, it holds their number.
            let pages = psapi_working_set::count(bytes, WORD).unwrap_or(0);
            *length = u32::try_from(psapi_working_set::size(pages, WORD)).unwrap_or(u32::MAX);
            answer
        });
        let (bytes, ()) = match set {
            // There is nothing else that could be wrong: Wine tells of no working sets.
            Err(Error::Io { source, .. }) if is_one_of(&source, &[ERROR_INVALID_PARAMETER]) => {
                return Err(Error::Unsupported("memory_footprint"));
            }
            set => set.map_err(|err| target.named(err))?,
        };
        let set = psapi_working_set::parse(bytes.bytes(), WORD)
            .map_err(|err| Error::parse(Path::new("QueryWorkingSet"), err))?;
        let uss = set.unshared.saturating_mul(page);
        Ok(MemoryFootprint { uss, ..MemoryFootprint::default() })
    }

    fn memory_maps(&self, target: &Target) -> Result<Vec<MemoryMap>> {
        let mut maps = Vec::new();
        mappings(target, |region, path| {
            let usage = MemoryMapGrouped {
                path: path.clone(),
                rss: region.size as u64,
                ..MemoryMapGrouped::default()
            };
            let addr = format!("{:#x}", region.base);
            maps.push(MemoryMap { addr, perms: perms(region.protect).to_owned(), usage });
        })?;
        Ok(maps)
    }

    fn memory_maps_grouped(&self, target: &Target) -> Result<Vec<MemoryMapGrouped>> {
        let mut groups: Vec<MemoryMapGrouped> = Vec::new();
        let mut places: HashMap<OsString, usize> = HashMap::new();
        mappings(target, |region, path| {
            let place = *places.entry(path.clone()).or_insert_with(|| {
                groups.push(MemoryMapGrouped { path: path.clone(), ..MemoryMapGrouped::default() });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.rss = group.rss.saturating_add(region.size as u64);
            }
        })?;
        Ok(groups)
    }

    /// Only the table of all processes tells which of them took a read.
    fn page_faults(&self, target: &Target) -> Result<PageFaults> {
        let record = target.record()?;
        let (all, major) = (record.page_faults, record.hard_faults);
        // Both are 32-bit counters, which wrap each at its time.
        Ok(PageFaults { minor: all.wrapping_sub(major).into(), major: major.into() })
    }
}

/// Its memory, asked of itself, or of the table where that is there or all that may be asked.
fn counters(target: &Target) -> Result<VmCounters> {
    if target.has_record() {
        return target.record().map(|record| recorded(&record));
    }
    let mut bytes = AlignedBuffer::new(vm_counters::size(WORD));
    let call = "NtQueryInformationProcess(ProcessVmCounters)";
    let asked = target.ask(PROCESS_QUERY_LIMITED_INFORMATION, call, |process| {
        let class = ProcessVmCounters;
        ntdll::query_information_process(process, class, bytes.bytes_mut(), &mut 0)
    });
    let counters = asked.and_then(|()| {
        vm_counters::parse(bytes.bytes(), WORD).map_err(|err| Error::parse(Path::new(call), err))
    });
    or_record(target, counters, recorded)
}

/// The same numbers, from the table of all processes.
fn recorded(record: &Process<'_>) -> VmCounters {
    VmCounters {
        peak_virtual_size: record.peak_virtual_size,
        virtual_size: record.virtual_size,
        page_fault_count: record.page_faults,
        peak_working_set_size: record.peak_working_set,
        working_set_size: record.working_set,
        peak_paged_pool: record.peak_paged_pool,
        paged_pool: record.paged_pool,
        peak_nonpaged_pool: record.peak_nonpaged_pool,
        nonpaged_pool: record.nonpaged_pool,
        pagefile_usage: record.pagefile,
        peak_pagefile_usage: record.peak_pagefile,
        private_usage: record.private,
    }
}

fn info(counters: &VmCounters) -> MemoryInfo {
    MemoryInfo {
        rss: counters.working_set_size,
        vms: counters.pagefile_usage,
        num_page_faults: Some(counters.page_fault_count.into()),
        peak_wset: Some(counters.peak_working_set_size),
        wset: Some(counters.working_set_size),
        peak_paged_pool: Some(counters.peak_paged_pool),
        paged_pool: Some(counters.paged_pool),
        peak_nonpaged_pool: Some(counters.peak_nonpaged_pool),
        nonpaged_pool: Some(counters.nonpaged_pool),
        pagefile: Some(counters.pagefile_usage),
        peak_pagefile: Some(counters.peak_pagefile_usage),
        private: Some(counters.private_usage),
        ..MemoryInfo::default()
    }
}

fn info_ex(counters: &VmCounters) -> MemoryInfoEx {
    MemoryInfoEx {
        rss: counters.working_set_size,
        vms: counters.pagefile_usage,
        peak_rss: Some(counters.peak_working_set_size),
        peak_vms: Some(counters.peak_pagefile_usage),
        r#virtual: Some(counters.virtual_size),
        peak_virtual: Some(counters.peak_virtual_size),
        paged_pool: Some(counters.paged_pool),
        nonpaged_pool: Some(counters.nonpaged_pool),
        peak_paged_pool: Some(counters.peak_paged_pool),
        peak_nonpaged_pool: Some(counters.peak_nonpaged_pool),
        ..MemoryInfoEx::default()
    }
}

/// Shows each part of its address space that a file is mapped into, by address.
fn mappings(target: &Target, mut see: impl FnMut(&Region, &OsString)) -> Result<()> {
    let process = target.handle(PROCESS_QUERY_INFORMATION)?;
    let process = process.as_handle();
    let drives = drives::drives()?;
    let mut name = vec![0; LONGEST_PATH];
    // Those that were mapped at once follow each other, and have one file.
    let mut last: Option<(usize, Option<OsString>)> = None;
    let mut address = 0;
    loop {
        let region = match psapi::virtual_query(process, address) {
            Ok(region) => region,
            // There are no addresses behind the last.
            Err(err) if is_one_of(&err, &[ERROR_INVALID_PARAMETER]) && address > 0 => return Ok(()),
            Err(err) => return Err(target.failed("VirtualQueryEx", err)),
        };
        if matches!(region.kind, MEM_IMAGE | MEM_MAPPED) {
            if last.as_ref().is_none_or(|(allocation, _)| *allocation != region.allocation) {
                let path = mapped_file(process, region.base, &mut name, &drives);
                let path = path.map_err(|err| target.failed("GetMappedFileNameW", err))?;
                last = Some((region.allocation, path));
            }
            if let Some((_, Some(path))) = &last {
                see(&region, path);
            }
        }
        match region.base.checked_add(region.size) {
            Some(next) if next > address => address = next,
            _ => return Ok(()),
        }
    }
}

/// The file that is mapped at an address; `None` if memory without a file is.
fn mapped_file(
    process: BorrowedHandle<'_>,
    address: usize,
    name: &mut [u16],
    drives: &[Drive],
) -> io::Result<Option<OsString>> {
    match psapi::mapped_file_name(process, address, name) {
        Ok(length) => {
            let path = name.get(..length).unwrap_or_default();
            Ok(Some(OsString::from_wide(&nt_path::parse(path, drives))))
        }
        // Shared memory, or unmapped meanwhile, or its server does not answer.
        Err(err) if !super::process::is_denied(&err) => Ok(None),
        Err(err) => Err(err),
    }
}

/// psutil's word for what may be done with memory.
fn perms(protect: u32) -> &'static str {
    // Above are marks, as for a page that is a guard.
    match protect & 0xFF {
        PAGE_NOACCESS => "",
        PAGE_READONLY => "r",
        PAGE_READWRITE => "rw",
        PAGE_WRITECOPY => "wc",
        PAGE_EXECUTE => "x",
        PAGE_EXECUTE_READ => "xr",
        PAGE_EXECUTE_READWRITE => "xrw",
        PAGE_EXECUTE_WRITECOPY => "xwc",
        // What is reserved only has none at all.
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTERS: VmCounters = VmCounters {
        peak_virtual_size: 1,
        virtual_size: 2,
        page_fault_count: 3,
        peak_working_set_size: 4,
        working_set_size: 5,
        peak_paged_pool: 6,
        paged_pool: 7,
        peak_nonpaged_pool: 8,
        nonpaged_pool: 9,
        pagefile_usage: 10,
        peak_pagefile_usage: 11,
        private_usage: 12,
    };

    #[test]
    fn figures_have_psutils_names() {
        let info = info(&COUNTERS);
        assert_eq!((info.rss, info.vms), (5, 10));
        assert_eq!((info.wset, info.peak_wset), (Some(5), Some(4)));
        assert_eq!((info.pagefile, info.peak_pagefile), (Some(10), Some(11)));
        assert_eq!((info.paged_pool, info.peak_paged_pool), (Some(7), Some(6)));
        assert_eq!((info.nonpaged_pool, info.peak_nonpaged_pool), (Some(9), Some(8)));
        assert_eq!((info.num_page_faults, info.private), (Some(3), Some(12)));
        let more = info_ex(&COUNTERS);
        assert_eq!((more.rss, more.vms), (5, 10));
        assert_eq!((more.peak_rss, more.peak_vms), (Some(4), Some(11)));
        assert_eq!((more.r#virtual, more.peak_virtual), (Some(2), Some(1)));
        assert_eq!((more.paged_pool, more.peak_paged_pool), (Some(7), Some(6)));
        assert_eq!((more.nonpaged_pool, more.peak_nonpaged_pool), (Some(9), Some(8)));
    }

    #[test]
    fn protections_have_psutils_names() {
        let check = |protect, want| assert_eq!(perms(protect), want, "{protect:#x}");
        check(0x01, "");
        check(0x02, "r");
        check(0x04, "rw");
        check(0x08, "wc");
        check(0x10, "x");
        check(0x20, "xr");
        check(0x40, "xrw");
        check(0x80, "xwc");
        check(0x104, "rw"); // A guard.
        check(0, "?");
    }
}
