//! kernel32.dll: the heaps and the memory of this process (heapapi.h, memoryapi.h).

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{HANDLE, SetLastError};
use windows_sys::Win32::System::Memory::{
    GetProcessHeap, GetProcessHeaps, HeapCompact, HeapLock, HeapUnlock, HeapWalk,
    MEMORY_BASIC_INFORMATION, PROCESS_HEAP_ENTRY, VirtualQuery,
};

use super::check;

/// The heap that the C library and Rust allocate from; it lasts as long as the process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heap(HANDLE);

/// The same, while no other thread may change it.
pub(crate) struct LockedHeap(HANDLE);

/// Where a walk through a heap stands.
pub(crate) struct Walk(PROCESS_HEAP_ENTRY);

/// A run of pages of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// Where the allocation that it is a part of starts.
    pub(crate) allocation: usize,
    /// `MEM_COMMIT`, `MEM_FREE` or `MEM_RESERVE`.
    pub(crate) state: u32,
    /// `PAGE_READWRITE` and others.
    pub(crate) protect: u32,
    /// `MEM_IMAGE`, `MEM_MAPPED` or `MEM_PRIVATE`.
    pub(crate) kind: u32,
}

/// GetProcessHeap.
pub(crate) fn process_heap() -> io::Result<Heap> {
    // SAFETY: takes nothing and returns a handle that is not to be closed.
    let heap = unsafe { GetProcessHeap() };
    if heap.is_null() { Err(io::Error::last_os_error()) } else { Ok(Heap(heap)) }
}

/// GetProcessHeaps: where each starts; returns how many there are, whether or not they had room.
pub(crate) fn process_heaps(starts: &mut [usize]) -> io::Result<usize> {
    let room = u32::try_from(starts.len()).unwrap_or(u32::MAX);
    // SAFETY: it writes at most `room` handles, which the slice has; a handle is as wide as `usize`.
    let count = unsafe { GetProcessHeaps(room, starts.as_mut_ptr().cast()) };
    match usize::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(io::Error::last_os_error()),
    }
}

impl Heap {
    /// HeapLock.
    pub(crate) fn lock(self) -> io::Result<LockedHeap> {
        // SAFETY: the heap lasts as long as the process.
        check(unsafe { HeapLock(self.0) })?;
        Ok(LockedHeap(self.0))
    }

    /// HeapCompact: the largest free block; 0 where all is in use.
    pub(crate) fn compact(self) -> io::Result<usize> {
        // SAFETY: sets a number of this thread. Only that tells no free block from a failure.
        unsafe { SetLastError(0) };
        // SAFETY: the heap lasts as long as the process.
        let largest = unsafe { HeapCompact(self.0, 0) };
        match io::Error::last_os_error() {
            err if largest == 0 && err.raw_os_error() != Some(0) => Err(err),
            _ => Ok(largest),
        }
    }
}

impl LockedHeap {
    /// HeapWalk: goes on to the next block; `ERROR_NO_MORE_ITEMS` after the last.
    pub(crate) fn walk(&self, walk: &mut Walk) -> io::Result<()> {
        // SAFETY: it reads and writes the structure, which is that of the block before or zero, as
        // the manual wants it; the heap is locked, so that the block before is still there.
        check(unsafe { HeapWalk(self.0, &raw mut walk.0) })
    }
}

impl Drop for LockedHeap {
    fn drop(&mut self) {
        // SAFETY: this thread locked it, and nobody else unlocks it.
        unsafe { HeapUnlock(self.0) };
    }
}

impl Walk {
    /// Before the first block.
    pub(crate) fn new() -> Self {
        Self(PROCESS_HEAP_ENTRY { lpData: ptr::null_mut(), ..PROCESS_HEAP_ENTRY::default() })
    }

    /// `PROCESS_HEAP_ENTRY_BUSY` and others.
    pub(crate) fn flags(&self) -> u16 {
        self.0.wFlags
    }

    /// Bytes of the block.
    pub(crate) fn length(&self) -> u32 {
        self.0.cbData
    }
}

/// VirtualQuery: the region that `address` is in; `ERROR_INVALID_PARAMETER` above all of them.
pub(crate) fn virtual_query(address: usize) -> io::Result<Region> {
    let mut info = MEMORY_BASIC_INFORMATION::default();
    let size = size_of_val(&info);
    // SAFETY: it writes at most `size` bytes, which the structure has; the address is not followed.
    let written = unsafe { VirtualQuery(ptr::without_provenance(address), &raw mut info, size) };
    if written == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Region {
        start: info.BaseAddress.addr(),
        length: info.RegionSize,
        allocation: info.AllocationBase.addr(),
        state: info.State,
        protect: info.Protect,
        kind: info.Type,
    })
}
