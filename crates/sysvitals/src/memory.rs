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
    /// Read back from swap since boot; absent where the kernel does not tell, or not the caller.
    pub sin: Option<u64>,
    /// Written to swap since boot; absent as `sin`.
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

record! { pheap: HeapInfo {
    heap_used: Linux | Windows | MacOs | FreeBsd | NetBsd,
    mmap_used: Linux | Windows | MacOs | FreeBsd | NetBsd,
    heap_count: Windows,
} }

impl System {
    /// Physical memory, in bytes.
    ///
    /// What matters is `available`: `free` alone is low on a healthy machine, which keeps files in
    /// memory for as long as nobody else needs it.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) without the source; [`Parse`](crate::Error::Parse) if it cannot be understood or
    /// tells no total.
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/meminfo`. `used` is `total - available`, as free(1) has it since procps 4.0.1;
    /// `cached` includes `SReclaimable`; `available` is `MemAvailable` or, where that is missing or
    /// zero, the kernel's own estimate made from `/proc/zoneinfo`, or what is free and cached. Where
    /// it is below zero it is 0, and where it is beyond `total`, as in some containers, it is `free`.
    /// Windows: `PhysicalTotal` and `PhysicalAvailable` of GetPerformanceInfo; `used` is
    /// `total - available`, and `free` is `available`. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let memory = sysvitals::virtual_memory()?;
    /// assert!(memory.available <= memory.total);
    /// assert_eq!(memory.used, memory.total - memory.available);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn virtual_memory(&self) -> Result<VirtualMemory> {
        self.host.virtual_memory()
    }

    /// Swap space, in bytes.
    ///
    /// # Errors
    ///
    /// As [`virtual_memory`](Self::virtual_memory). [`Unsupported`](crate::Error::Unsupported) where
    /// the system does not tell, as Wine.
    ///
    /// # Platforms
    ///
    /// Linux: `SwapTotal` and `SwapFree` of `/proc/meminfo`, else sysinfo(2); `sin` and `sout` are
    /// `pswpin` and `pswpout` of `/proc/vmstat`. A recorded machine whose `meminfo` tells of no swap
    /// is taken to have none. Windows: the sum of all page files, as they are in use now
    /// (`NtQuerySystemInformation(SystemPageFileInformation)`; psutil takes the size from the commit
    /// limit and the use from a performance counter that may be turned off); `sin` and `sout` are
    /// absent. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// let swap = sysvitals::swap_memory()?;
    /// assert!(swap.used <= swap.total);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn swap_memory(&self) -> Result<SwapMemory> {
        self.host.swap_memory()
    }

    /// What the C library's allocator holds for the calling process, in bytes.
    ///
    /// Rust allocates there too, unless the program has a global allocator of its own.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) if the C library does not tell, and on a recorded machine.
    ///
    /// # Platforms
    ///
    /// Linux: mallinfo2(3) of glibc 2.33 and later; before, mallinfo(3), whose sizes wrap at 4 GiB; not
    /// with musl. Windows: `heap_used` is what is in use of the process's default heap, which is the
    /// C library's (HeapWalk; other threads wait for that long if they allocate), `mmap_used` is
    /// private committed memory of no heap, stacks included (VirtualQuery), and `heap_count` is that
    /// of GetProcessHeaps. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Error;
    ///
    /// match sysvitals::heap_info() {
    ///     Ok(heap) => assert!(heap.heap_used + heap.mmap_used > 0),
    ///     Err(Error::Unsupported(_)) => println!("not with this C library"),
    ///     Err(err) => return Err(err),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heap_info(&self) -> Result<HeapInfo> {
        self.host.heap_info()
    }

    /// Gives free memory of the C library's allocator back to the system, as far as there is any.
    ///
    /// # Errors
    ///
    /// As [`heap_info`](Self::heap_info).
    ///
    /// # Platforms
    ///
    /// Linux: malloc_trim(3) of glibc; not with musl. Windows: HeapCompact of the default heap.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Error;
    ///
    /// match sysvitals::heap_trim() {
    ///     Ok(()) => println!("trimmed"),
    ///     Err(Error::Unsupported(_)) => println!("not with this C library"),
    ///     Err(err) => return Err(err),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heap_trim(&self) -> Result<()> {
        self.host.heap_trim()
    }
}
