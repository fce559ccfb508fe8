//! `VM_COUNTERS_EX`: what NtQueryInformationProcess tells of a process's memory
//! (`ProcessVmCounters`).

use crate::ParseError;
use crate::cstruct::Word;
use crate::windows::structure;

/// Memory of one process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VmCounters {
    /// The most address space so far.
    pub peak_virtual_size: u64,
    /// Address space in use, reserved or committed.
    pub virtual_size: u64,
    /// Page faults, soft and hard; the counter wraps.
    pub page_fault_count: u32,
    /// The largest working set so far.
    pub peak_working_set_size: u64,
    /// What is in physical memory.
    pub working_set_size: u64,
    /// The most that was charged to the paged pool.
    pub peak_paged_pool: u64,
    /// What is charged to the paged pool.
    pub paged_pool: u64,
    /// The most that was charged to the nonpaged pool.
    pub peak_nonpaged_pool: u64,
    /// What is charged to the nonpaged pool.
    pub nonpaged_pool: u64,
    /// What is committed.
    pub pagefile_usage: u64,
    /// The most that was committed.
    pub peak_pagefile_usage: u64,
    /// What is committed and cannot be shared.
    pub private_usage: u64,
}

/// Bytes of the structure.
#[must_use]
pub fn size(word: Word) -> usize {
    12 * word.size()
}

/// Parses the structure; what follows it is left alone.
///
/// # Errors
///
/// When it is incomplete.
pub fn parse(input: &[u8], word: Word) -> Result<VmCounters, ParseError> {
    let counters = structure(input, word);
    // Each member has the place of a word, the 32-bit count too.
    let at = |index: usize| index * word.size();
    Ok(VmCounters {
        peak_virtual_size: counters.ulong(at(0), "PeakVirtualSize")?,
        virtual_size: counters.ulong(at(1), "VirtualSize")?,
        page_fault_count: counters.u32(at(2), "PageFaultCount")?,
        peak_working_set_size: counters.ulong(at(3), "PeakWorkingSetSize")?,
        working_set_size: counters.ulong(at(4), "WorkingSetSize")?,
        peak_paged_pool: counters.ulong(at(5), "QuotaPeakPagedPoolUsage")?,
        paged_pool: counters.ulong(at(6), "QuotaPagedPoolUsage")?,
        peak_nonpaged_pool: counters.ulong(at(7), "QuotaPeakNonPagedPoolUsage")?,
        nonpaged_pool: counters.ulong(at(8), "QuotaNonPagedPoolUsage")?,
        pagefile_usage: counters.ulong(at(9), "PagefileUsage")?,
        peak_pagefile_usage: counters.ulong(at(10), "PeakPagefileUsage")?,
        private_usage: counters.ulong(at(11), "PrivateUsage")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(numbers: [u64; 12], word: Word) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (at, number) in numbers.into_iter().enumerate() {
            match (word, at) {
                // The count and its padding.
                (Word::Bits64, 2) => {
                    bytes.extend(u32::try_from(number).expect("a count").to_le_bytes());
                    bytes.extend([0xEE; 4]);
                }
                (Word::Bits64, _) => bytes.extend(number.to_le_bytes()),
                (Word::Bits32, _) => {
                    bytes.extend(u32::try_from(number).expect("32 bits").to_le_bytes());
                }
            }
        }
        bytes
    }

    const NUMBERS: [u64; 12] = [120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10];

    #[test]
    fn members_have_their_places() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write(NUMBERS, word);
            assert_eq!(bytes.len(), size(word));
            let counters = parse(&bytes, word).expect("a whole structure");
            assert_eq!((counters.peak_virtual_size, counters.virtual_size), (120, 110));
            assert_eq!(counters.page_fault_count, 100);
            assert_eq!((counters.peak_working_set_size, counters.working_set_size), (90, 80));
            assert_eq!((counters.peak_paged_pool, counters.paged_pool), (70, 60));
            assert_eq!((counters.peak_nonpaged_pool, counters.nonpaged_pool), (50, 40));
            assert_eq!((counters.pagefile_usage, counters.peak_pagefile_usage), (30, 20));
            assert_eq!(counters.private_usage, 10);
        }
    }

    #[test]
    fn sizes_beyond_32_bits_are_whole() {
        let bytes = write([1 << 47, 0, 0, 0, 5 << 32, 0, 0, 0, 0, 0, 0, 0], Word::Bits64);
        let counters = parse(&bytes, Word::Bits64).expect("a whole structure");
        assert_eq!((counters.peak_virtual_size, counters.working_set_size), (1 << 47, 5 << 32));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = write(NUMBERS, word);
            for end in 0..bytes.len() {
                assert!(parse(&bytes[..end], word).is_err(), "prefix of {end} bytes");
            }
        }
    }
}
