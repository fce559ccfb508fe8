//! `/proc/PID/stat` and `/proc/PID/task/TID/stat`: one line of numbers (proc_pid_stat(5)).

use crate::ParseError;
use crate::cursor::{self, Fields};

/// The fields of one `stat` line that psutil-like programs ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat<'a> {
    /// (1) the process or thread id, in the pid namespace of the procfs.
    pub pid: u32,
    /// (2) the name, at most 15 bytes of the program's choosing; kernel workers may have more.
    pub comm: &'a [u8],
    /// (3) the state letter.
    pub state: u8,
    /// (4) pid of the parent.
    pub ppid: u32,
    /// (7) device number of the controlling terminal; 0 for none.
    pub tty_nr: i32,
    /// (9) flags of the kernel's own, [`KERNEL_THREAD`](Self::KERNEL_THREAD) among them.
    pub flags: u32,
    /// (10) faults that needed no disk.
    pub minflt: u64,
    /// (12) faults that did.
    pub majflt: u64,
    /// (14) ticks in user mode.
    pub utime: u64,
    /// (15) ticks in kernel mode.
    pub stime: u64,
    /// (16) ticks in user mode of waited-for children; the kernel prints a signed number.
    pub cutime: i64,
    /// (17) ticks in kernel mode of waited-for children; as `cutime`.
    pub cstime: i64,
    /// (19) niceness.
    pub nice: i32,
    /// (20) threads.
    pub num_threads: u32,
    /// (22) ticks between boot and the start of the process.
    pub starttime: u64,
    /// (26) where the program's code begins: 0 while there is none, so early in execve(2) and late in
    /// exit(2), and 1 where the reader may not know.
    pub startcode: Option<u64>,
    /// (39) CPU last run on; absent before Linux 2.2.8.
    pub processor: Option<u64>,
    /// (42) ticks spent waiting for block I/O; absent before Linux 2.6.18.
    pub delayacct_blkio_ticks: Option<u64>,
}

impl Stat<'_> {
    /// The bit of `flags` that kernel threads have (`PF_KTHREAD`, Linux 2.6.27).
    pub const KERNEL_THREAD: u32 = 0x0020_0000;

    /// Whether it has ended: it is a zombie, or its parent is just taking it away (`X`, and `x` from
    /// Linux 2.6.33 to 3.13), which it does before the process can no more be found.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

/// Parses one `stat` file.
///
/// # Errors
///
/// When a field up to `starttime` is missing or not a number.
pub fn parse(input: &[u8]) -> Result<Stat<'_>, ParseError> {
    let mut fields = Fields::new(input);
    let pid = fields.number("pid")?;
    // `comm` is the program's to choose, so only the *last* `)` ends it.
    let (comm, tail) = cursor::rsplit_once(fields.rest(), b')', "comm")?;
    let comm = comm.strip_prefix(b"(").ok_or_else(|| ParseError::new("comm", comm))?;

    let mut fields = Fields::new(tail);
    let state = fields.byte("state")?;
    let facts = match short_head(&mut fields) {
        Some(facts) => facts,
        None => head(&mut fields)?,
    };
    // vsize, rss, rsslim; older kernels end somewhere from here on.
    let startcode = later(&mut fields, 3, "startcode")?;
    // endcode .. exit_signal
    let processor = later(&mut fields, 12, "processor")?;
    // rt_priority, policy
    let delayacct_blkio_ticks = later(&mut fields, 2, "delayacct_blkio_ticks")?;
    Ok(Stat { pid, comm, state, startcode, processor, delayacct_blkio_ticks, ..facts })
}

/// The numbers up to `starttime`, if all are such as nearly all are; else nothing is taken.
fn short_head(fields: &mut Fields<'_>) -> Option<Stat<'static>> {
    let mut same = fields.clone();
    let [
        ppid,
        _pgrp,
        _session,
        tty_nr,
        _tpgid,
        flags,
        minflt,
        _cminflt,
        majflt,
        _cmajflt,
        utime,
        stime,
        cutime,
        cstime,
        _priority,
        nice,
        num_threads,
        _itrealvalue,
        starttime,
    ] = same.short_numbers()?;
    let head = Stat {
        ppid: ppid.try_into().ok()?,
        tty_nr: tty_nr.try_into().ok()?,
        flags: flags.try_into().ok()?,
        minflt: minflt.try_into().ok()?,
        majflt: majflt.try_into().ok()?,
        utime: utime.try_into().ok()?,
        stime: stime.try_into().ok()?,
        cutime,
        cstime,
        nice: nice.try_into().ok()?,
        num_threads: num_threads.try_into().ok()?,
        starttime: starttime.try_into().ok()?,
        ..NOTHING
    };
    *fields = same;
    Some(head)
}

/// The numbers up to `starttime`, whatever they are.
fn head(fields: &mut Fields<'_>) -> Result<Stat<'static>, ParseError> {
    let ppid = fields.number("ppid")?;
    fields.pass(2, "session")?; // pgrp, session
    let tty_nr = fields.number("tty_nr")?;
    fields.pass(1, "tpgid")?;
    let flags = fields.number("flags")?;
    let minflt = fields.number("minflt")?;
    fields.pass(1, "cminflt")?;
    let majflt = fields.number("majflt")?;
    fields.pass(1, "cmajflt")?;
    let utime = fields.number("utime")?;
    let stime = fields.number("stime")?;
    let cutime = fields.number("cutime")?;
    let cstime = fields.number("cstime")?;
    fields.pass(1, "priority")?;
    let nice = fields.number("nice")?;
    let num_threads = fields.number("num_threads")?;
    fields.pass(1, "itrealvalue")?;
    let starttime = fields.number("starttime")?;
    Ok(Stat {
        ppid,
        tty_nr,
        flags,
        minflt,
        majflt,
        utime,
        stime,
        cutime,
        cstime,
        nice,
        num_threads,
        starttime,
        ..NOTHING
    })
}

/// A process of which nothing was read.
const NOTHING: Stat<'static> = Stat {
    pid: 0,
    comm: b"",
    state: 0,
    ppid: 0,
    tty_nr: 0,
    flags: 0,
    minflt: 0,
    majflt: 0,
    utime: 0,
    stime: 0,
    cutime: 0,
    cstime: 0,
    nice: 0,
    num_threads: 0,
    starttime: 0,
    startcode: None,
    processor: None,
    delayacct_blkio_ticks: None,
};

/// The field behind `passed` others, if there are so many.
fn later(
    fields: &mut Fields<'_>,
    passed: usize,
    field: &'static str,
) -> Result<Option<u64>, ParseError> {
    if fields.pass(passed, field).is_err() { Ok(None) } else { fields.optional(field) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const TAIL: &str = "S 1 42 42 34816 42 4194304 7 0 3 0 110 20 5 6 20 -5 2 0 5150 8192 100 \
        18446744073709551615 4096 8191 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0";

    #[track_caller]
    fn check(comm: &str, want: &[u8]) {
        let line = format!("42 ({comm}) {TAIL}");
        let stat = parse(line.as_bytes()).expect("a well-formed line");
        assert_eq!((stat.comm, stat.utime, stat.starttime), (want, 110, 5150));
    }

    #[test]
    fn comm_is_hostile() {
        check("a b", b"a b");
        check("(sd-pam)", b"(sd-pam)");
        check(") R 1 1", b") R 1 1");
        check("", b"");
        check("new\nline", b"new\nline");
    }

    #[test]
    fn both_ways_to_read_the_head_tell_the_same() {
        for line in [
            &TAIL[2..],
            "1 2 3 4 5 6 7 8 9 10 11 12 -13 -14 15 -16 17 18 19 20",
            "-1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
            "1 2 3 4294967296 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
            "1 2 3 4 5 6 7 8 9 10 18446744073709551615 12 13 14 15 16 17 18 19 20",
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n",
            "1 2  3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
        ] {
            let (mut fields, mut same) =
                (Fields::new(line.as_bytes()), Fields::new(line.as_bytes()));
            let all = head(&mut fields);
            if let Some(short) = short_head(&mut same) {
                assert_eq!(all, Ok(short), "{line}");
                assert_eq!(fields.rest(), same.rest(), "{line}");
            } else {
                assert_eq!(same.rest(), line.as_bytes(), "nothing was taken of {line}");
            }
        }
        assert!(short_head(&mut Fields::new(&TAIL.as_bytes()[2..])).is_some());
    }

    #[test]
    fn every_field_has_its_place() {
        let line = format!("42 (cat) {TAIL}\n");
        let want = Stat {
            pid: 42,
            comm: b"cat",
            state: b'S',
            ppid: 1,
            tty_nr: 34816,
            flags: 0x0040_0000,
            minflt: 7,
            majflt: 3,
            utime: 110,
            stime: 20,
            cutime: 5,
            cstime: 6,
            nice: -5,
            num_threads: 2,
            starttime: 5150,
            startcode: Some(4096),
            processor: Some(3),
            delayacct_blkio_ticks: Some(9),
        };
        assert_eq!(parse(line.as_bytes()), Ok(want));
    }

    #[test]
    fn who_is_a_zombie_or_being_taken_away_has_ended() {
        let of = |state| format!("42 (cat) {}", TAIL.replacen('S', state, 1));
        for (state, has_ended) in
            [("Z", true), ("X", true), ("x", true), ("S", false), ("R", false), ("I", false)]
        {
            let line = of(state);
            assert_eq!(parse(line.as_bytes()).expect("a line").has_ended(), has_ended, "{state}");
        }
    }

    #[test]
    fn fields_of_newer_kernels_are_absent_on_older_ones() {
        let old = "1 (init) S 0 0 0 0 -1 0 1 2 3 4 5 6 -7 -8 9 0 1 0 77 8192";
        let stat = parse(old.as_bytes()).expect("a short line");
        assert_eq!((stat.starttime, stat.processor, stat.delayacct_blkio_ticks), (77, None, None));
        assert_eq!((stat.cutime, stat.cstime), (-7, -8));
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        let line = format!("42 (cat) {TAIL}");
        for end in 0..=line.find("5150").expect("starttime") {
            assert!(parse(&line.as_bytes()[..end]).is_err(), "prefix of {end} bytes");
        }
        for end in 0..line.len() {
            let _ = parse(&line.as_bytes()[..end]);
        }
    }

    proptest! {
        #[test]
        fn any_comm_is_read_back(pid: u32, comm in vec(any::<u8>(), 0..64)) {
            let line = [format!("{pid} (").as_bytes(), &comm, b") ", TAIL.as_bytes()].concat();
            let stat = parse(&line).expect("a well-formed line");
            prop_assert_eq!((stat.pid, stat.comm, stat.starttime), (pid, &comm[..], 5150));
        }
    }
}
