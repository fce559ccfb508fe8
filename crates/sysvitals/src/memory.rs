use crate::record::record;
use crate::sys::Memory as _;
use crate::{Result, System};

/// Physical memory, in bytes.
///
/// Fields that every platform reports are plain numbers. The others are `None` where the platform,
/// or this kernel, does not have them; that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct VirtualMemory {
    /// Installed memory, less what the kernel keeps for itself.
    pub total: u64,
    /// What can be given to processes at once without swapping.
    pub available: u64,
    /// `total - available`, in percent of `total`, rounded to one decimal.
    pub percent: f64,
    /// Memory in use; how it is counted differs by platform.
    pub used: u64,
    /// Memory not used at all.
    pub free: u64,
    /// Used recently. Linux, macOS, BSDs.
    pub active: Option<u64>,
    /// Not used recently. Linux, macOS, BSDs.
    pub inactive: Option<u64>,
    /// Cache of file system metadata. Linux, BSDs.
    pub buffers: Option<u64>,
    /// Cache of files. Linux, BSDs.
    pub cached: Option<u64>,
    /// Memory that several processes may use. Linux, BSDs.
    pub shared: Option<u64>,
    /// Data structures of the kernel. Linux.
    pub slab: Option<u64>,
    /// Memory that is never paged out. macOS, BSDs.
    pub wired: Option<u64>,
}

record! { svmem: VirtualMemory {
    total: _,
    available: _,
    percent: _,
    used: _,
    free: _,
    active: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    inactive: Linux | MacOs | FreeBsd | OpenBsd | NetBsd,
    buffers: Linux | FreeBsd | OpenBsd | NetBsd,
    cached: Linux | FreeBsd | OpenBsd | NetBsd,
    shared: Linux | FreeBsd | OpenBsd | NetBsd,
    slab: Linux,
    wired: MacOs | FreeBsd | OpenBsd | NetBsd,
} }

/// Swap space, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct SwapMemory {
    /// Size of all swap devices.
    pub total: u64,
    /// What is in use.
    pub used: u64,
    /// What is not.
    pub free: u64,
    /// `used` in percent of `total`, rounded to one decimal; 0.0 without swap.
    pub percent: f64,
    /// Read back from swap since boot; absent where the kernel does not tell.
    pub sin: Option<u64>,
    /// Written to swap since boot; absent where the kernel does not tell.
    pub sout: Option<u64>,
}

record! { sswap: SwapMemory { total: _, used: _, free: _, percent: _, sin: _, sout: _ } }

/// What the C library's allocator holds for the calling process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HeapInfo {
    /// Given out from the heap.
    pub heap_used: u64,
    /// Given out as mappings of their own, for large blocks.
    pub mmap_used: u64,
    /// Number of heaps. Windows.
    pub heap_count: Option<u64>,
}

record! { pheap: HeapInfo { heap_used: _, mmap_used: _, heap_count: Windows } }

impl System {
    /// Physical memory, in bytes.
    pub fn virtual_memory(&self) -> Result<VirtualMemory> {
        self.host.virtual_memory()
    }

    /// Swap space, in bytes.
    pub fn swap_memory(&self) -> Result<SwapMemory> {
        self.host.swap_memory()
    }

    /// What the C library's allocator holds for the calling process.
    pub fn heap_info(&self) -> Result<HeapInfo> {
        self.host.heap_info()
    }

    /// Gives free memory of the C library's allocator back to the system.
    pub fn heap_trim(&self) -> Result<()> {
        self.host.heap_trim()
    }
}
