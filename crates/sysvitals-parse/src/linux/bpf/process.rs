//! Processes, as our program reports them.

use crate::ParseError;
use crate::cstruct::{CStruct, Endian, Word};

/// What the kernel keeps of one process.
///
/// Times are in nanoseconds, and sizes in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process<'a> {
    /// Since boot, by the reader's clock.
    pub start: u64,
    /// Of all threads; `None` if they could not be counted at one moment.
    pub threads: Option<Threads>,
    /// Of waited-for children, in user mode.
    pub cutime: u64,
    /// Of waited-for children, in kernel mode.
    pub cstime: u64,
    /// Spent waiting for block devices.
    pub blkio_delay: u64,
    /// Context switches that it asked for.
    pub nvcsw: u64,
    /// Context switches that it did not ask for.
    pub nivcsw: u64,
    /// Its address space; `None` if that could not be counted, `Some(None)` if it has none.
    pub memory: Option<Option<Memory>>,
    /// The letter of its state.
    pub state: u8,
    /// `PF_` flags of `linux/sched.h`.
    pub flags: u32,
    /// The number that the reader knows it by.
    pub pid: u32,
    /// That of its parent; 0 if the reader's namespace does not have it.
    pub ppid: u32,
    /// How many threads it has.
    pub num_threads: u32,
    /// Device number of its terminal, as in `stat`; 0 for none.
    pub tty: u32,
    /// CPU last run on.
    pub cpu: u32,
    /// Niceness.
    pub nice: i32,
    /// Real, effective and saved user id.
    pub uids: [u32; 3],
    /// Real, effective and saved group id.
    pub gids: [u32; 3],
    /// Its name.
    pub comm: &'a [u8],
}

/// What all threads of a process have done, those that ended too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads {
    /// Counted by samples, in user mode.
    pub utime: u64,
    /// Counted by samples, in kernel mode.
    pub stime: u64,
    /// By the clock.
    pub runtime: u64,
    /// What was last told of user and kernel mode, which may not become less.
    pub told: (u64, u64),
    /// Page faults that needed no disk.
    pub min_flt: u64,
    /// Page faults that did.
    pub maj_flt: u64,
}

/// Pages of an address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Mapped.
    pub total: u64,
    /// Of files, resident.
    pub file: u64,
    /// Of no file, resident.
    pub anonymous: u64,
    /// Shared, of no file, resident.
    pub shared: u64,
    /// Data and stacks, mapped.
    pub data: u64,
    /// Addresses, in bytes, between which the program's code stands.
    pub code: (u64, u64),
}

/// Bytes of a record.
pub const SIZE: usize = 256;

/// What could be told.
const MEMORY: u32 = 1;
const NO_MEMORY: u32 = 2;
const THREADS: u32 = 4;

/// Reads one record.
///
/// # Errors
///
/// When it is cut short.
pub fn parse(input: &[u8]) -> Result<Process<'_>, ParseError> {
    let record = CStruct::new(input, Endian::Little, Word::Bits64);
    let long = |at: usize, field| record.u64(at * 8, field);
    let word = |at: usize, field| record.u32(HALVES + at * 4, field);
    let told = word(2, "told")?;
    let threads = Threads {
        utime: long(1, "utime")?,
        stime: long(2, "stime")?,
        runtime: long(3, "runtime")?,
        told: (long(4, "prev_utime")?, long(5, "prev_stime")?),
        min_flt: long(9, "min_flt")?,
        maj_flt: long(10, "maj_flt")?,
    };
    // A sum of what each CPU counted may be below 0 for an instant.
    let pages =
        |at: usize, field| record.i64(at * 8, field).map(|count| count.max(0).unsigned_abs());
    let memory = Memory {
        total: long(13, "total_vm")?,
        code: (long(14, "start_code")?, long(15, "end_code")?),
        data: long(16, "data_vm")?.saturating_add(long(17, "stack_vm")?),
        file: pages(18, "rss")?,
        anonymous: pages(19, "rss")?,
        shared: pages(20, "rss")?,
    };
    Ok(Process {
        start: long(0, "start")?,
        threads: (told & THREADS != 0).then_some(threads),
        cutime: long(6, "cutime")?,
        cstime: long(7, "cstime")?,
        blkio_delay: long(8, "blkio_delay")?,
        nvcsw: long(11, "nvcsw")?,
        nivcsw: long(12, "nivcsw")?,
        memory: match told & (MEMORY | NO_MEMORY) {
            MEMORY => Some(Some(memory)),
            NO_MEMORY => Some(None),
            _ => None,
        },
        state: letter(long(21, "state")?, word(0, "exit_state")?),
        flags: word(1, "flags")?,
        pid: word(3, "pid")?,
        ppid: word(4, "ppid")?,
        num_threads: word(5, "threads")?,
        tty: word(6, "tty")?,
        cpu: word(7, "cpu")?,
        nice: record.i32(HALVES + 32, "nice")?,
        uids: [word(9, "uid")?, word(10, "euid")?, word(11, "suid")?],
        gids: [word(12, "gid")?, word(13, "egid")?, word(14, "sgid")?],
        comm: record.text(HALVES + 60, 16, "comm")?,
    })
}

/// Where numbers of 32 bits begin.
const HALVES: usize = 176;

/// The letter that `stat` has for a state (`fs/proc/array.c`).
fn letter(state: u64, exit_state: u32) -> u8 {
    /// From `TASK_INTERRUPTIBLE` to `TASK_PARKED`, and what is waited for as if asleep.
    const LETTERS: [u8; 8] = *b"SDTtXZPI";
    const REPORTED: u64 = 0x7f;
    const IDLE: u64 = 0x402;
    /// Asleep in the kernel, for a lock (`PREEMPT_RT`) or because it is frozen.
    const HELD: u64 = 0x1000 | 0x8000;
    let reported = match state {
        _ if state & HELD != 0 => 2,
        _ if state & IDLE == IDLE => 0x80,
        _ => (state | u64::from(exit_state)) & REPORTED,
    };
    // The highest bit tells.
    match reported.checked_ilog2() {
        Some(bit) => {
            usize::try_from(bit).ok().and_then(|bit| LETTERS.get(bit)).copied().unwrap_or(b'?')
        }
        None => b'R',
    }
}

impl Threads {
    /// Time in user and in kernel mode as `stat` divides them: the time by the clock, in the proportion
    /// of the samples, neither ever less than was told before (`cputime_adjust` of the kernel).
    #[must_use]
    pub fn times(&self) -> (u64, u64) {
        let (last_user, last_system) = self.told;
        if last_user.saturating_add(last_system) >= self.runtime {
            return self.told;
        }
        let system = match (self.utime, self.stime) {
            (_, 0) => 0,
            (0, _) => self.runtime,
            (user, system) => {
                let part = u128::from(system) * u128::from(self.runtime)
                    / (u128::from(user) + u128::from(system));
                u64::try_from(part).unwrap_or(self.runtime)
            }
        };
        let system = system.max(last_system);
        let user = self.runtime.saturating_sub(system);
        if user < last_user {
            (last_user, self.runtime.saturating_sub(last_user))
        } else {
            (user, system)
        }
    }
}

impl Memory {
    /// Pages of code, of so many bytes each.
    #[must_use]
    pub fn text(&self, page: u64) -> u64 {
        let (start, end) = self.code;
        let page = page.max(1);
        end.div_ceil(page).saturating_sub(start / page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers 1, 2, 3 … where a record has numbers, and a name.
    fn record(told: u32) -> Vec<u8> {
        let mut bytes: Vec<u8> = (1..=22_u64).flat_map(u64::to_le_bytes).collect();
        let mut words: Vec<u32> = (101..=115).collect();
        words[2] = told;
        bytes.extend(words.into_iter().flat_map(u32::to_le_bytes));
        bytes.extend(b"cat\0ignored\0\0\0\0\0\0\0\0\0");
        bytes.truncate(SIZE);
        bytes
    }

    #[test]
    fn every_field_has_its_place() {
        let bytes = record(MEMORY | THREADS);
        assert_eq!(bytes.len(), SIZE);
        let process = parse(&bytes).expect("a record");
        let threads =
            Threads { utime: 2, stime: 3, runtime: 4, told: (5, 6), min_flt: 10, maj_flt: 11 };
        let memory = Memory {
            total: 14,
            code: (15, 16),
            data: 17 + 18,
            file: 19,
            anonymous: 20,
            shared: 21,
        };
        let want = Process {
            start: 1,
            threads: Some(threads),
            cutime: 7,
            cstime: 8,
            blkio_delay: 9,
            nvcsw: 12,
            nivcsw: 13,
            memory: Some(Some(memory)),
            state: b'P',
            flags: 102,
            pid: 104,
            ppid: 105,
            num_threads: 106,
            tty: 107,
            cpu: 108,
            nice: 109,
            uids: [110, 111, 112],
            gids: [113, 114, 115],
            comm: b"cat",
        };
        assert_eq!(process, want);
    }

    #[test]
    fn what_was_not_counted_is_not_zero() {
        let told = |told| {
            let bytes = record(told);
            let process = parse(&bytes).expect("a record");
            (process.threads.is_some(), process.memory.map(|memory| memory.is_some()))
        };
        assert_eq!(told(0), (false, None));
        assert_eq!(told(THREADS), (true, None));
        assert_eq!(told(NO_MEMORY), (false, Some(false)));
        assert_eq!(told(MEMORY), (false, Some(true)));
    }

    #[test]
    fn states_have_the_letters_of_stat() {
        let check = |state, exit, want: u8| assert_eq!(letter(state, exit), want, "{state:#x}");
        check(0, 0, b'R');
        check(1, 0, b'S');
        check(0x2001, 0, b'S');
        check(2, 0, b'D');
        check(0x102, 0, b'D');
        check(0x402, 0, b'I');
        check(0x2402, 0, b'I');
        check(4, 0, b'T');
        check(0x104, 0, b'T');
        check(8, 0, b't');
        check(0x80, 0x10, b'X');
        check(0x80, 0x20, b'Z');
        check(0x40, 0, b'P');
        check(0x8000, 0, b'D');
        check(0x1000, 0, b'D');
        check(0x8402, 0, b'D');
        check(u64::MAX, 0, b'D');
    }

    #[test]
    fn times_are_those_of_the_clock_in_the_proportion_of_the_samples() {
        let check = |utime, stime, runtime, told, want| {
            let threads = Threads { utime, stime, runtime, told, min_flt: 0, maj_flt: 0 };
            assert_eq!(threads.times(), want);
        };
        check(3, 1, 400, (0, 0), (300, 100));
        check(0, 0, 400, (0, 0), (400, 0));
        check(0, 1, 400, (0, 0), (0, 400));
        // Neither goes back.
        check(3, 1, 400, (300, 101), (300, 101));
        check(3, 1, 400, (0, 150), (250, 150));
        check(1, 3, 400, (150, 0), (150, 250));
        check(u64::MAX, u64::MAX, u64::MAX, (0, 0), (1 << 63, u64::MAX / 2));
    }

    #[test]
    fn code_is_in_whole_pages() {
        let memory =
            Memory { total: 0, file: 0, anonymous: 0, shared: 0, data: 0, code: (0x1fff, 0x2001) };
        assert_eq!(memory.text(0x1000), 2);
        assert_eq!(Memory { code: (0, 0), ..memory }.text(0x1000), 0);
        assert_eq!(Memory { code: (u64::MAX, 0), ..memory }.text(0), 0);
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let bytes = record(MEMORY);
        // The last four are nobody's.
        for end in 0..SIZE - 4 {
            assert!(parse(&bytes[..end]).is_err(), "prefix of {end} bytes");
        }
    }
}
