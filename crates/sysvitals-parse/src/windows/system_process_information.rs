//! `SYSTEM_PROCESS_INFORMATION`: what NtQuerySystemInformation (class 5) tells of every process.
//!
//! Entries follow each other by `NextEntryOffset`; after each stand its threads, then its name.
//! Layout: winternl.h, whose reserved members are named as in the public symbols of ntdll; the same
//! since Windows 7.

use crate::ParseError;
use crate::cstruct::Word;

use super::{UnicodeString, by, structure};

/// One process. Times are in steps of 100 nanoseconds, sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process<'a> {
    /// Its pid; 0 is the idle process.
    pub pid: u64,
    /// The pid of the process that started it, which may be another's by now.
    pub ppid: u64,
    /// File name of its program in UTF-16; empty for the idle process.
    pub name: &'a [u8],
    /// When it was started, since 1601; 0 for the idle process.
    pub created: u64,
    /// Time in its program.
    pub user: u64,
    /// Time in the kernel.
    pub kernel: u64,
    /// Its base priority, 0 to 31.
    pub base_priority: i32,
    /// Open handles.
    pub handles: u32,
    /// Its terminal services session.
    pub session: u32,
    /// Page faults, hard and soft.
    pub page_faults: u32,
    /// Page faults that took a read.
    pub hard_faults: u32,
    /// Size of the address space in use, and its peak.
    pub virtual_size: u64,
    /// Peak of `virtual_size`.
    pub peak_virtual_size: u64,
    /// Memory in use.
    pub working_set: u64,
    /// Peak of `working_set`.
    pub peak_working_set: u64,
    /// The part of `working_set` that is shared with nobody.
    pub private_working_set: u64,
    /// Kernel memory that can be paged out.
    pub paged_pool: u64,
    /// Peak of `paged_pool`.
    pub peak_paged_pool: u64,
    /// Kernel memory that cannot.
    pub nonpaged_pool: u64,
    /// Peak of `nonpaged_pool`.
    pub peak_nonpaged_pool: u64,
    /// Memory that was committed.
    pub pagefile: u64,
    /// Peak of `pagefile`.
    pub peak_pagefile: u64,
    /// Memory that was committed and is shared with nobody. In bytes, against its name.
    pub private: u64,
    /// Reads.
    pub read_count: u64,
    /// Writes.
    pub write_count: u64,
    /// What was neither.
    pub other_count: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes written.
    pub write_bytes: u64,
    /// Bytes of what was neither.
    pub other_bytes: u64,
    /// How many threads it has.
    pub thread_count: u32,
    threads: &'a [u8],
    word: Word,
}

/// One thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Thread {
    /// Its number.
    pub id: u64,
    /// Time in its program.
    pub user: u64,
    /// Time in the kernel.
    pub kernel: u64,
    /// When it was started, since 1601.
    pub created: u64,
    /// How often it was given a processor.
    pub context_switches: u32,
    /// `KTHREAD_STATE`: see [`Thread::WAITING`].
    pub state: u32,
    /// `KWAIT_REASON`, while it waits: see [`Thread::SUSPENDED`].
    pub wait_reason: u32,
}

impl Thread {
    /// It waits for a processor.
    pub const READY: u32 = 1;
    /// It waits.
    pub const WAITING: u32 = 5;
    /// It waits because it was suspended.
    pub const SUSPENDED: u32 = 5;
}

/// Every process with the place of its entry in `bytes`, which the kernel wrote at `address`.
///
/// Ends after an entry that cannot be read.
pub fn parse(
    bytes: &[u8],
    word: Word,
    address: u64,
) -> impl Iterator<Item = Result<(usize, Process<'_>), ParseError>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let at = next.take()?;
        Some(entry(bytes, word, address, at).map(|(process, length)| {
            next = length.and_then(|length| at.checked_add(length));
            (at, process)
        }))
    })
}

/// The process whose entry stands `at` an offset.
///
/// # Errors
///
/// If the bytes end before it does.
pub fn parse_at(
    bytes: &[u8],
    word: Word,
    address: u64,
    at: usize,
) -> Result<Process<'_>, ParseError> {
    entry(bytes, word, address, at).map(|(process, _)| process)
}

/// An entry, and how far the next one is.
fn entry(
    bytes: &[u8],
    word: Word,
    address: u64,
    at: usize,
) -> Result<(Process<'_>, Option<usize>), ParseError> {
    let entry = bytes.get(at..).ok_or_else(|| ParseError::new("NextEntryOffset", b""))?;
    let fixed = structure(entry, word);
    let length = fixed.u32(0, "NextEntryOffset")?;
    let thread_count = fixed.u32(4, "NumberOfThreads")?;
    let name = UnicodeString::read(fixed, word, 0x38, "ImageName")?;
    // The members that are as wide as pointers, one after the other.
    let wide =
        |index: usize, field| fixed.ulong(by(word, 0x44 + index * 4, 0x50 + index * 8), field);
    let size =
        |index: usize, field| fixed.ulong(by(word, 0x64 + index * 4, 0x88 + index * 8), field);
    let count = |index: usize, field| fixed.u64(by(word, 0x88, 0xd0) + index * 8, field);
    let process = Process {
        pid: wide(0, "UniqueProcessId")?,
        ppid: wide(1, "InheritedFromUniqueProcessId")?,
        name: name.within(bytes, address, "ImageName")?,
        created: fixed.u64(0x20, "CreateTime")?,
        user: fixed.u64(0x28, "UserTime")?,
        kernel: fixed.u64(0x30, "KernelTime")?,
        base_priority: fixed.i32(by(word, 0x40, 0x48), "BasePriority")?,
        handles: fixed.u32(by(word, 0x4c, 0x60), "HandleCount")?,
        session: fixed.u32(by(word, 0x50, 0x64), "SessionId")?,
        hard_faults: fixed.u32(0x10, "HardFaultCount")?,
        private_working_set: fixed.u64(8, "WorkingSetPrivateSize")?,
        peak_virtual_size: fixed.ulong(by(word, 0x58, 0x70), "PeakVirtualSize")?,
        virtual_size: fixed.ulong(by(word, 0x5c, 0x78), "VirtualSize")?,
        page_faults: fixed.u32(by(word, 0x60, 0x80), "PageFaultCount")?,
        peak_working_set: size(0, "PeakWorkingSetSize")?,
        working_set: size(1, "WorkingSetSize")?,
        peak_paged_pool: size(2, "QuotaPeakPagedPoolUsage")?,
        paged_pool: size(3, "QuotaPagedPoolUsage")?,
        peak_nonpaged_pool: size(4, "QuotaPeakNonPagedPoolUsage")?,
        nonpaged_pool: size(5, "QuotaNonPagedPoolUsage")?,
        pagefile: size(6, "PagefileUsage")?,
        peak_pagefile: size(7, "PeakPagefileUsage")?,
        private: size(8, "PrivatePageCount")?,
        read_count: count(0, "ReadOperationCount")?,
        write_count: count(1, "WriteOperationCount")?,
        other_count: count(2, "OtherOperationCount")?,
        read_bytes: count(3, "ReadTransferCount")?,
        write_bytes: count(4, "WriteTransferCount")?,
        other_bytes: count(5, "OtherTransferCount")?,
        thread_count,
        threads: threads(entry, word, thread_count)?,
        word,
    };
    Ok((process, usize::try_from(length).ok().filter(|&length| length != 0)))
}

const fn thread_size(word: Word) -> usize {
    match word {
        Word::Bits32 => 0x40,
        Word::Bits64 => 0x50,
    }
}

/// The bytes of the threads of an entry.
fn threads(entry: &[u8], word: Word, count: u32) -> Result<&[u8], ParseError> {
    let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(thread_size(word)));
    let start = by(word, 0xb8, 0x100);
    let bytes = length.and_then(|length| entry.get(start..)?.get(..length));
    bytes.ok_or_else(|| ParseError::new("Threads", b""))
}

impl Process<'_> {
    /// Whether each of its threads was suspended; one without threads was not.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.thread_count > 0
            && self.threads().all(|thread| {
                thread.is_ok_and(|thread| {
                    (thread.state, thread.wait_reason) == (Thread::WAITING, Thread::SUSPENDED)
                })
            })
    }

    /// Its threads.
    ///
    /// # Errors
    ///
    /// None of those that [`parse`] gives fails.
    pub fn threads(&self) -> impl Iterator<Item = Result<Thread, ParseError>> {
        let word = self.word;
        self.threads.chunks_exact(thread_size(word)).map(move |bytes| {
            let thread = structure(bytes, word);
            Ok(Thread {
                kernel: thread.u64(0, "KernelTime")?,
                user: thread.u64(8, "UserTime")?,
                created: thread.u64(0x10, "CreateTime")?,
                id: thread.ulong(by(word, 0x24, 0x30), "UniqueThread")?,
                context_switches: thread.u32(by(word, 0x30, 0x40), "ContextSwitches")?,
                state: thread.u32(by(word, 0x34, 0x44), "ThreadState")?,
                wait_reason: thread.u32(by(word, 0x38, 0x48), "WaitReason")?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: u64 = 0x7000;

    /// An entry as the kernel writes it: fixed part, threads, name.
    fn written(
        word: Word,
        pid: u32,
        name: &str,
        threads: &[u32],
        is_last: bool,
        at: usize,
    ) -> Vec<u8> {
        let mut bytes = vec![0; by(word, 0xb8, 0x100)];
        let put = |bytes: &mut Vec<u8>, offset: usize, value: &[u8]| {
            bytes[offset..offset + value.len()].copy_from_slice(value);
        };
        put(&mut bytes, 4, &u32::try_from(threads.len()).expect("few").to_le_bytes());
        put(&mut bytes, 0x20, &0x0123_4567_89ab_cdef_u64.to_le_bytes());
        put(&mut bytes, 0x28, &20_u64.to_le_bytes());
        put(&mut bytes, 0x30, &30_u64.to_le_bytes());
        put(&mut bytes, by(word, 0x44, 0x50), &pid.to_le_bytes());
        put(&mut bytes, by(word, 0x48, 0x58), &4_u32.to_le_bytes());
        put(&mut bytes, by(word, 0x4c, 0x60), &7_u32.to_le_bytes());
        put(&mut bytes, by(word, 0x68, 0x90), &4096_u32.to_le_bytes());
        put(&mut bytes, by(word, 0x84, 0xc8), &8192_u32.to_le_bytes());
        put(&mut bytes, by(word, 0xb0, 0xf8), &99_u64.to_le_bytes());
        for &id in threads {
            let mut thread = vec![0; thread_size(word)];
            put(&mut thread, 0, &3_u64.to_le_bytes());
            put(&mut thread, 8, &2_u64.to_le_bytes());
            put(&mut thread, by(word, 0x24, 0x30), &id.to_le_bytes());
            put(&mut thread, by(word, 0x30, 0x40), &11_u32.to_le_bytes());
            put(&mut thread, by(word, 0x34, 0x44), &Thread::WAITING.to_le_bytes());
            put(&mut thread, by(word, 0x38, 0x48), &Thread::SUSPENDED.to_le_bytes());
            bytes.extend(thread);
        }
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        if !name.is_empty() {
            let place = ADDRESS + u64::try_from(at + bytes.len()).expect("small");
            put(&mut bytes, 0x38, &u16::try_from(name.len()).expect("short").to_le_bytes());
            let place = place.to_le_bytes();
            put(&mut bytes, by(word, 0x3c, 0x40), &place[..by(word, 4, 8)]);
        }
        bytes.extend(name);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        if !is_last {
            let length = u32::try_from(bytes.len()).expect("small");
            put(&mut bytes, 0, &length.to_le_bytes());
        }
        bytes
    }

    fn two(word: Word) -> Vec<u8> {
        let mut bytes = written(word, 0, "", &[0, 0], false, 0);
        let second = written(word, 42, "täst.exe", &[43, 44, 45], true, bytes.len());
        bytes.extend(second);
        bytes
    }

    #[track_caller]
    fn check(word: Word) {
        let bytes = two(word);
        let processes: Vec<_> =
            parse(&bytes, word, ADDRESS).collect::<Result<_, _>>().expect("two processes");
        let [(0, idle), (at, test)] = processes.as_slice() else { panic!("{processes:?}") };
        assert_eq!((idle.pid, idle.name, idle.thread_count), (0, &b""[..], 2));
        assert_eq!((test.pid, test.ppid, test.created), (42, 4, 0x0123_4567_89ab_cdef));
        assert_eq!((test.user, test.kernel, test.handles), (20, 30, 7));
        assert_eq!((test.working_set, test.private, test.other_bytes), (4096, 8192, 99));
        let name: Vec<u8> = "täst.exe".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(test.name, name);
        let threads: Vec<_> = test.threads().collect::<Result<_, _>>().expect("threads");
        assert_eq!(threads.iter().map(|thread| thread.id).collect::<Vec<_>>(), [43, 44, 45]);
        assert!(threads.iter().all(|thread| (thread.kernel, thread.user) == (3, 2)));
        assert!(threads.iter().all(|thread| thread.context_switches == 11));
        assert!(threads.iter().all(|thread| (thread.state, thread.wait_reason) == (5, 5)));
        assert_eq!(parse_at(&bytes, word, ADDRESS, *at).as_ref(), Ok(test));
    }

    #[test]
    fn entries_are_chained_and_pointers_as_wide_as_told() {
        check(Word::Bits64);
        check(Word::Bits32);
    }

    #[test]
    fn it_is_suspended_if_each_thread_is() {
        let is_suspended = |bytes: &[u8]| {
            let process = parse_at(bytes, Word::Bits64, ADDRESS, 0).expect("a process");
            process.is_suspended()
        };
        let mut bytes = written(Word::Bits64, 42, "", &[43, 44], true, 0);
        assert!(is_suspended(&bytes));
        let second = 0x100 + thread_size(Word::Bits64);
        // It waits for something else, or does not wait, whatever it last waited for.
        for (member, value) in [(0x48, 6), (0x44, 2)] {
            let old = std::mem::replace(&mut bytes[second + member], value);
            assert!(!is_suspended(&bytes));
            bytes[second + member] = old;
        }
        assert!(!is_suspended(&written(Word::Bits64, 42, "", &[], true, 0)));
    }

    #[test]
    fn a_name_elsewhere_is_an_error() {
        let bytes = two(Word::Bits64);
        for address in [0, ADDRESS + 0x1000, u64::MAX] {
            let last = parse(&bytes, Word::Bits64, address).last();
            assert_eq!(last, Some(Err(ParseError::new("ImageName", b""))), "{address:#x}");
        }
    }

    #[test]
    fn a_chain_that_leads_nowhere_ends() {
        let mut bytes = two(Word::Bits64);
        bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        let mut processes = parse(&bytes, Word::Bits64, ADDRESS);
        assert!(processes.next().is_some_and(|first| first.is_ok()));
        assert!(processes.next().is_some_and(|second| second.is_err()));
        assert!(processes.next().is_none());
    }

    #[test]
    fn no_prefix_panics() {
        for word in [Word::Bits32, Word::Bits64] {
            let bytes = two(word);
            // What follows the last name is only there to be even.
            for end in 0..bytes.len() {
                let prefix: Vec<_> = parse(&bytes[..end], word, ADDRESS).collect();
                assert!(prefix.len() <= 2);
                assert!(parse(&[], word, ADDRESS).all(|process| process.is_err()));
                for (_, process) in prefix.into_iter().flatten() {
                    assert!(process.threads().all(|thread| thread.is_ok()));
                }
            }
        }
    }
}
