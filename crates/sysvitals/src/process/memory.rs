use std::ffi::OsString;

use super::Process;
use crate::record::record;
use crate::sys::ProcessMemory as _;
use crate::{Error, Platform, Record, Result, ToValue, Value, ValueRef};

/// Memory of one process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryInfo {
    /// Resident: in physical memory now, shared pages included.
    pub rss: u64,
    /// Virtual: all that is mapped. Windows: what is committed.
    pub vms: u64,
    /// Resident and backed by a file or shared memory. Linux.
    ///
    /// Wider than the others, since kernels have printed small negative counts here as 2⁶⁴ pages
    /// less a few, and the product with the page size is what psutil tells.
    pub shared: Option<u128>,
    /// Program code. Linux, BSDs.
    pub text: Option<u64>,
    /// Always 0 since Linux 2.6.
    pub lib: Option<u64>,
    /// Data and stack (Linux), data (BSDs).
    pub data: Option<u64>,
    /// Always 0 since Linux 2.6.
    pub dirty: Option<u64>,
    /// Stack. BSDs.
    pub stack: Option<u64>,
    /// Page faults. macOS.
    pub pfaults: Option<u64>,
    /// Page faults that read from a disk. macOS.
    pub pageins: Option<u64>,
    /// Page faults. Windows.
    pub num_page_faults: Option<u64>,
    /// The largest working set so far. Windows.
    pub peak_wset: Option<u64>,
    /// The working set: `rss`. Windows.
    pub wset: Option<u64>,
    /// The largest use of the paged pool. Windows.
    pub peak_paged_pool: Option<u64>,
    /// Use of the paged pool. Windows.
    pub paged_pool: Option<u64>,
    /// The largest use of the nonpaged pool. Windows.
    pub peak_nonpaged_pool: Option<u64>,
    /// Use of the nonpaged pool. Windows.
    pub nonpaged_pool: Option<u64>,
    /// What is committed: `vms`. Windows.
    pub pagefile: Option<u64>,
    /// The most that was committed. Windows.
    pub peak_pagefile: Option<u64>,
    /// What is committed and cannot be shared. Windows.
    pub private: Option<u64>,
}

record! { pmem: MemoryInfo {
    rss: _,
    vms: _,
    shared: Linux,
    text: Linux | FreeBsd | OpenBsd | NetBsd,
    lib: Linux,
    data: Linux | FreeBsd | OpenBsd | NetBsd,
    dirty: Linux,
    stack: FreeBsd | OpenBsd | NetBsd,
    pfaults: MacOs,
    pageins: MacOs,
    num_page_faults: Windows,
    peak_wset: Windows,
    wset: Windows,
    peak_paged_pool: Windows,
    paged_pool: Windows,
    peak_nonpaged_pool: Windows,
    nonpaged_pool: Windows,
    pagefile: Windows,
    peak_pagefile: Windows,
    private: Windows,
} }

/// Memory that would be freed if the process ended now, and its fair share, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryFootprint {
    /// Unique: pages that no other process uses. Linux, Windows, macOS.
    pub uss: u64,
    /// Proportional: each shared page divided by the number of its users. Linux.
    pub pss: Option<u64>,
    /// What was written to swap. Linux.
    pub swap: Option<u64>,
}

record! { pfootprint: MemoryFootprint { uss: Linux | Windows | MacOs, pss: Linux, swap: Linux } }

/// [`MemoryInfo`] and [`MemoryFootprint`] together; psutil's `memory_full_info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryFullInfo {
    /// As [`Process::memory_info`].
    pub info: MemoryInfo,
    /// As [`Process::memory_footprint`]; absent where the platform has none (BSDs, SunOS, AIX).
    pub footprint: Option<MemoryFootprint>,
}

impl Record for MemoryFullInfo {
    const NAME: &'static str = "pfullmem";

    fn fields(platform: Platform) -> impl Iterator<Item = &'static str> {
        MemoryInfo::fields(platform).chain(MemoryFootprint::fields(platform))
    }

    fn visit_refs<'a>(&'a self, see: &mut dyn FnMut(&'static str, ValueRef<'a>)) {
        self.info.visit_refs(see);
        if let Some(footprint) = &self.footprint {
            footprint.visit_refs(see);
        }
    }
}

impl ToValue for MemoryFullInfo {
    fn to_value(&self) -> Value {
        crate::record::to_value(self)
    }
}

/// What the kernel tells of a process's memory without walking its pages, in bytes; psutil 8's
/// `memory_info_ex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryInfoEx {
    /// Resident: in physical memory now.
    pub rss: u64,
    /// Virtual: all that is mapped.
    pub vms: u64,
    /// As in [`MemoryInfo`]. Linux.
    pub shared: Option<u128>,
    /// As in [`MemoryInfo`]. Linux, BSDs.
    pub text: Option<u64>,
    /// As in [`MemoryInfo`]. Linux, BSDs.
    pub data: Option<u64>,
    /// As in [`MemoryInfo`]. BSDs.
    pub stack: Option<u64>,
    /// The most that was ever resident. Linux, Windows, macOS, BSDs.
    pub peak_rss: Option<u64>,
    /// The most that was ever mapped. Linux, Windows.
    pub peak_vms: Option<u64>,
    /// Resident and backed by nothing. Linux 4.5, macOS.
    pub rss_anon: Option<u64>,
    /// Resident and backed by files. Linux 4.5, macOS.
    pub rss_file: Option<u64>,
    /// Resident shared memory. Linux 4.5.
    pub rss_shmem: Option<u64>,
    /// What was written to swap. Linux 2.6.34.
    pub swap: Option<u64>,
    /// Huge pages. Linux 4.4.
    pub hugetlb: Option<u64>,
    /// Never paged out. macOS.
    pub wired: Option<u64>,
    /// Compressed. macOS.
    pub compressed: Option<u64>,
    /// What the system charges to the process. macOS.
    pub phys_footprint: Option<u64>,
    /// Address space. Windows.
    pub r#virtual: Option<u64>,
    /// The most address space. Windows.
    pub peak_virtual: Option<u64>,
    /// Use of the paged pool. Windows.
    pub paged_pool: Option<u64>,
    /// Use of the nonpaged pool. Windows.
    pub nonpaged_pool: Option<u64>,
    /// The largest use of the paged pool. Windows.
    pub peak_paged_pool: Option<u64>,
    /// The largest use of the nonpaged pool. Windows.
    pub peak_nonpaged_pool: Option<u64>,
}

record! { pmem_ex: MemoryInfoEx {
    rss: _,
    vms: _,
    shared: Linux,
    text: Linux | FreeBsd | OpenBsd | NetBsd,
    data: Linux | FreeBsd | OpenBsd | NetBsd,
    stack: FreeBsd | OpenBsd | NetBsd,
    peak_rss: Linux | Windows | MacOs | FreeBsd | OpenBsd | NetBsd,
    peak_vms: Linux | Windows,
    rss_anon: Linux | MacOs,
    rss_file: Linux | MacOs,
    rss_shmem: Linux,
    swap: Linux,
    hugetlb: Linux,
    wired: MacOs,
    compressed: MacOs,
    phys_footprint: MacOs,
    r#virtual as "virtual": Windows,
    peak_virtual: Windows,
    paged_pool: Windows,
    nonpaged_pool: Windows,
    peak_paged_pool: Windows,
    peak_nonpaged_pool: Windows,
} }

/// Page faults of a process since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PageFaults {
    /// Those that needed no disk.
    pub minor: u64,
    /// Those that did.
    pub major: u64,
}

record! { ppagefaults: PageFaults { minor: _, major: _ } }

/// All mappings of a process that have one path, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryMapGrouped {
    /// The mapped file, a name such as `[heap]`, or `[anon]`. On Windows always a file.
    pub path: OsString,
    /// Resident. Windows: the size of the mappings, whatever of it is resident; psutil calls it so.
    pub rss: u64,
    /// Size of the mappings. Linux.
    pub size: Option<u64>,
    /// Proportional share. Linux.
    pub pss: Option<u64>,
    /// Shared and not written to. Linux.
    pub shared_clean: Option<u64>,
    /// Shared and written to. Linux.
    pub shared_dirty: Option<u64>,
    /// Not shared and not written to. Linux.
    pub private_clean: Option<u64>,
    /// Not shared and written to. Linux.
    pub private_dirty: Option<u64>,
    /// Marked as referenced. Linux.
    pub referenced: Option<u64>,
    /// Backed by nothing. Linux, SunOS.
    pub anonymous: Option<u64>,
    /// Written to swap. Linux.
    pub swap: Option<u64>,
    /// Locked in memory. SunOS.
    pub locked: Option<u64>,
    /// Resident and private. FreeBSD.
    pub private: Option<u64>,
    /// References to the backing object. FreeBSD.
    pub ref_count: Option<u64>,
    /// Shadows of the backing object. FreeBSD.
    pub shadow_count: Option<u64>,
}

record! { pmmap_grouped: MemoryMapGrouped {
    path: Linux | Windows | FreeBsd | SunOs,
    rss: Linux | Windows | FreeBsd | SunOs,
    size: Linux,
    pss: Linux,
    shared_clean: Linux,
    shared_dirty: Linux,
    private_clean: Linux,
    private_dirty: Linux,
    referenced: Linux,
    anonymous: Linux | SunOs,
    swap: Linux,
    locked: SunOs,
    private: FreeBsd,
    ref_count: FreeBsd,
    shadow_count: FreeBsd,
} }

/// One mapping of a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryMap {
    /// Its addresses, in hexadecimal: `start-end` on Linux, where it starts on Windows (`0x7ff0`).
    pub addr: String,
    /// What may be done with it, such as `r-xp`. Windows: one of psutil's `r`, `rw`, `wc` (a copy is
    /// written), `x`, `xr`, `xrw`, `xwc`, nothing, or `?` for what is only reserved.
    pub perms: String,
    /// The rest, as for a group.
    pub usage: MemoryMapGrouped,
}

impl Record for MemoryMap {
    const NAME: &'static str = "pmmap_ext";

    fn fields(platform: Platform) -> impl Iterator<Item = &'static str> {
        let mut usage = MemoryMapGrouped::fields(platform).peekable();
        let own: &[_] = if usage.peek().is_some() { &["addr", "perms"] } else { &[] };
        own.iter().copied().chain(usage)
    }

    fn visit_refs<'a>(&'a self, see: &mut dyn FnMut(&'static str, ValueRef<'a>)) {
        for (name, value) in [("addr", &self.addr), ("perms", &self.perms)] {
            if Self::fields(Platform::CURRENT).any(|field| field == name) {
                see(name, value.to_value_ref());
            }
        }
        self.usage.visit_refs(see);
    }
}

impl ToValue for MemoryMap {
    fn to_value(&self) -> Value {
        crate::record::to_value(self)
    }
}

impl Process {
    /// Its memory, in bytes.
    ///
    /// All 0 for kernel threads and zombies. Pages that it shares with others count in full; see
    /// [`memory_footprint`](Self::memory_footprint).
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/statm`, in pages of this machine; the kernel counts inexactly there. Windows:
    /// NtQueryInformationProcess(ProcessVmCounters), as GetProcessMemoryInfo; for processes that may
    /// not be opened, and in tables, NtQuerySystemInformation(SystemProcessInformation). `rss` is the
    /// working set, `vms` what is committed. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let memory = sysvitals::Process::current()?.memory_info()?;
    /// assert!(0 < memory.rss && memory.rss <= memory.vms);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[allow(clippy::useless_conversion, reason = "what some systems tell is the record")]
    pub fn memory_info(&self) -> Result<MemoryInfo> {
        self.ask(|host, target| host.memory_info(target)).map(Into::into)
    }

    /// What the kernel tells of its memory without walking its pages, in bytes.
    ///
    /// Kernel threads and zombies have none of the figures that [`memory_info`](Self::memory_info)
    /// lacks.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/statm` and `/proc/PID/status`. Windows: as [`memory_info`](Self::memory_info).
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let memory = sysvitals::Process::current()?.memory_info_ex()?;
    /// assert!(memory.peak_rss.is_some_and(|peak| peak > 0));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn memory_info_ex(&self) -> Result<MemoryInfoEx> {
        self.ask(|host, target| host.memory_info_ex(target))
    }

    /// Memory that would be freed if it ended now, and its fair share, in bytes.
    ///
    /// The kernel walks all its pages for this, which takes a while where these are many. All 0 for
    /// kernel threads and zombies.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](Error::AccessDenied) if it belongs to someone else;
    /// [`Unsupported`](Error::Unsupported) by kernels without `CONFIG_PROC_PAGE_MONITOR`.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/smaps_rollup` (4.14), before `/proc/PID/smaps`. Windows: the pages of
    /// QueryWorkingSet that are private or, of those that can be shared, in no other working set.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let memory = sysvitals::Process::current()?.memory_footprint()?;
    /// assert!(memory.pss.is_none_or(|pss| memory.uss <= pss));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn memory_footprint(&self) -> Result<MemoryFootprint> {
        self.ask(|host, target| host.memory_footprint(target))
    }

    /// [`memory_info`](Self::memory_info) and [`memory_footprint`](Self::memory_footprint)
    /// together.
    ///
    /// Not to the moment: they are read one after the other.
    ///
    /// # Errors
    ///
    /// As [`memory_footprint`](Self::memory_footprint).
    ///
    /// # Platforms
    ///
    /// As [`memory_info`](Self::memory_info) and [`memory_footprint`](Self::memory_footprint).
    ///
    /// # Example
    ///
    /// ```
    /// let memory = sysvitals::Process::current()?.memory_full_info()?;
    /// println!("{:?} of {} bytes", memory.footprint, memory.info.rss);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    #[allow(clippy::useless_conversion, reason = "what some systems tell is the record")]
    pub fn memory_full_info(&self) -> Result<MemoryFullInfo> {
        self.ask(|host, target| {
            // By the file of the other, which comes last, it may be recognised.
            let footprint = match host.memory_footprint(target) {
                Ok(footprint) => Some(footprint),
                Err(Error::Unsupported(_)) => None,
                Err(err) => return Err(err),
            };
            Ok(MemoryFullInfo { info: host.memory_info(target)?.into(), footprint })
        })
    }

    /// Page faults since its start.
    ///
    /// Those of children are not counted.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/stat`, fields 10 and 12. Windows: `PageFaultCount` and `HardFaultCount` of
    /// NtQuerySystemInformation(SystemProcessInformation), which wrap at 2³². Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(sysvitals::Process::current()?.page_faults()?.minor > 0);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn page_faults(&self) -> Result<PageFaults> {
        self.ask(|host, target| host.page_faults(target))
    }

    /// Its mappings, one by one; psutil's `memory_maps(grouped=False)`.
    ///
    /// By address, in bytes. Files that were deleted keep the paths that they had; memory without a
    /// name is `[anon]`. Counters that a kernel is too old to have are absent. Empty for kernel
    /// threads.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](Error::NoSuchProcess) if it has ended,
    /// [`ZombieProcess`](Error::ZombieProcess) if it has and was not reaped,
    /// [`AccessDenied`](Error::AccessDenied) if it belongs to someone else;
    /// [`Unsupported`](Error::Unsupported) by kernels without `CONFIG_PROC_PAGE_MONITOR`.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/smaps` (2.6.14). Windows: VirtualQueryEx and, of what is a file's,
    /// GetMappedFileNameW with QueryDosDeviceW for the drive; other memory is left out, as in psutil. A
    /// 32-bit program sees the lower 4 GiB of a 64-bit one. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let maps = sysvitals::Process::current()?.memory_maps()?;
    /// assert!(maps.iter().any(|map| map.usage.path == "[stack]" && map.perms.starts_with("rw")));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn memory_maps(&self) -> Result<Vec<MemoryMap>> {
        self.ask(|host, target| host.memory_maps(target))
    }

    /// Its mappings, those of one path summed; psutil's `memory_maps(grouped=True)`.
    ///
    /// In the order in which the paths occur first; else as [`memory_maps`](Self::memory_maps).
    ///
    /// # Errors
    ///
    /// As [`memory_maps`](Self::memory_maps).
    ///
    /// # Platforms
    ///
    /// As [`memory_maps`](Self::memory_maps).
    ///
    /// # Example
    ///
    /// ```
    /// let mut maps = sysvitals::Process::current()?.memory_maps_grouped()?;
    /// maps.sort_by_key(|map| std::cmp::Reverse(map.rss));
    /// println!("most of it is {:?}", maps[0].path);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn memory_maps_grouped(&self) -> Result<Vec<MemoryMapGrouped>> {
        self.ask(|host, target| host.memory_maps_grouped(target))
    }
}
