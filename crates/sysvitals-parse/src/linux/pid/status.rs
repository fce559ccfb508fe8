//! `/proc/PID/status` and `/proc/PID/task/TID/status`: lines of keys and values
//! (proc_pid_status(5)).

use crate::ParseError;
use crate::cursor::{self, Fields, Number};

/// The lines of one `status` file that psutil-like programs ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status<'a> {
    /// `Name`: as `comm` of [`stat`](super::stat::Stat), but with a newline written `\n` and a
    /// backslash written `\\`.
    pub name: &'a [u8],
    /// `Tgid`: the process id, also where `pid` is that of a thread.
    pub tgid: u32,
    /// `Pid`: the process or thread id.
    pub pid: u32,
    /// `PPid`: pid of the parent; 0 if it is outside the pid namespace.
    pub ppid: u32,
    /// `Uid`: the user ids.
    pub uid: Ids,
    /// `Gid`: the group ids.
    pub gid: Ids,
    /// `Threads`: threads of the process; absent before Linux 2.6.
    pub threads: Option<u32>,
    /// `NSpid`: the pid in each namespace, outermost first; absent before Linux 4.1.
    pub nspid: Option<&'a [u8]>,
    /// `Cpus_allowed_list`: for [`cpulist`](crate::linux::cpulist); absent before Linux 2.6.26.
    pub cpus_allowed_list: Option<&'a [u8]>,
    /// `VmPeak`: largest size the address space had, in KiB. Like every figure of memory here,
    /// absent for kernel threads and zombies, and before Linux 2.6.15.
    pub vm_peak: Option<u64>,
    /// `VmHWM`: largest resident set, in KiB; absent before Linux 2.6.15.
    pub vm_hwm: Option<u64>,
    /// `RssAnon`: resident anonymous memory, in KiB; absent before Linux 4.5.
    pub rss_anon: Option<u64>,
    /// `RssFile`: resident file mappings, in KiB; absent before Linux 4.5.
    pub rss_file: Option<u64>,
    /// `RssShmem`: resident shared memory, in KiB; absent before Linux 4.5.
    pub rss_shmem: Option<u64>,
    /// `VmSwap`: swapped-out anonymous memory, in KiB; absent before Linux 2.6.34.
    pub vm_swap: Option<u64>,
    /// `HugetlbPages`: memory in pages of hugetlbfs, in KiB; absent before Linux 4.4.
    pub hugetlb_pages: Option<u64>,
    /// `voluntary_ctxt_switches`: times the thread gave up its CPU; absent before Linux 2.6.23.
    pub voluntary_ctxt_switches: Option<u64>,
    /// `nonvoluntary_ctxt_switches`: times it was made to; absent before Linux 2.6.23.
    pub nonvoluntary_ctxt_switches: Option<u64>,
}

/// User or group ids of a process (credentials(7)), in the reader's user namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// Whose process it is.
    pub real: u32,
    /// What permission checks look at.
    pub effective: u32,
    /// What `effective` may be set back to.
    pub saved: u32,
    /// What permission checks on files look at.
    pub filesystem: u32,
}

/// Parses one `status` file.
///
/// # Errors
///
/// When the first line (but for empty ones) is not `Name`, when `Tgid`, `Pid`, `PPid`, `Uid` or `Gid` is missing, or
/// when a value is not a number.
pub fn parse(input: &[u8]) -> Result<Status<'_>, ParseError> {
    let mut lines = cursor::lines(input);
    let name = name(lines.find(|line| !line.is_empty()).unwrap_or(b""))?;

    let missing = |field| ParseError::new(field, b"");
    let mut tgid = Err(missing("Tgid"));
    let mut pid = Err(missing("Pid"));
    let mut ppid = Err(missing("PPid"));
    let mut uid = Err(missing("Uid"));
    let mut gid = Err(missing("Gid"));
    let mut threads = None;
    let mut nspid = None;
    let mut cpus_allowed_list = None;
    let mut vm_peak = None;
    let mut vm_hwm = None;
    let mut rss_anon = None;
    let mut rss_file = None;
    let mut rss_shmem = None;
    let mut vm_swap = None;
    let mut hugetlb_pages = None;
    let mut voluntary = None;
    let mut nonvoluntary = None;

    // Of several lines with one key the last counts, and only it can be wrong: what imitates the
    // kernel but does not escape newlines in names (gVisor) has the program's lines first.
    for line in lines {
        // Most lines are told apart by their first two bytes.
        let (b"Tg" | b"Pi" | b"PP" | b"Ui" | b"Gi" | b"Th" | b"NS" | b"Cp" | b"Vm" | b"Rs" | b"Hu"
        | b"vo" | b"no") = line.get(..2).unwrap_or_default()
        else {
            continue;
        };
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let Some((key, [_, value @ ..])) = line.split_at_checked(colon) else { continue };
        match key {
            b"Tgid" => tgid = first(value, "Tgid"),
            b"Pid" => pid = first(value, "Pid"),
            b"PPid" => ppid = first(value, "PPid"),
            b"Uid" => uid = ids(value, "Uid"),
            b"Gid" => gid = ids(value, "Gid"),
            b"Threads" => threads = Some(first(value, "Threads")),
            b"NSpid" => nspid = Some(value.trim_ascii()),
            b"Cpus_allowed_list" => cpus_allowed_list = Some(value.trim_ascii()),
            b"VmPeak" => vm_peak = Some(first(value, "VmPeak")),
            b"VmHWM" => vm_hwm = Some(first(value, "VmHWM")),
            b"RssAnon" => rss_anon = Some(first(value, "RssAnon")),
            b"RssFile" => rss_file = Some(first(value, "RssFile")),
            b"RssShmem" => rss_shmem = Some(first(value, "RssShmem")),
            b"VmSwap" => vm_swap = Some(first(value, "VmSwap")),
            b"HugetlbPages" => hugetlb_pages = Some(first(value, "HugetlbPages")),
            b"voluntary_ctxt_switches" => {
                voluntary = Some(first(value, "voluntary_ctxt_switches"));
            }
            b"nonvoluntary_ctxt_switches" => {
                nonvoluntary = Some(first(value, "nonvoluntary_ctxt_switches"));
            }
            _ => {}
        }
    }
    Ok(Status {
        name,
        tgid: tgid?,
        pid: pid?,
        ppid: ppid?,
        uid: uid?,
        gid: gid?,
        threads: threads.transpose()?,
        nspid,
        cpus_allowed_list,
        vm_peak: vm_peak.transpose()?,
        vm_hwm: vm_hwm.transpose()?,
        rss_anon: rss_anon.transpose()?,
        rss_file: rss_file.transpose()?,
        rss_shmem: rss_shmem.transpose()?,
        vm_swap: vm_swap.transpose()?,
        hugetlb_pages: hugetlb_pages.transpose()?,
        voluntary_ctxt_switches: voluntary.transpose()?,
        nonvoluntary_ctxt_switches: nonvoluntary.transpose()?,
    })
}

/// How often a thread left its CPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Switches {
    /// As [`Status::voluntary_ctxt_switches`].
    pub voluntary: Option<u64>,
    /// As [`Status::nonvoluntary_ctxt_switches`].
    pub nonvoluntary: Option<u64>,
}

/// Parses what one `status` file says of this and nothing else: it stands at the end.
///
/// # Errors
///
/// When the first line (but for empty ones) is not `Name`, or when a value is not a number.
pub fn switches(input: &[u8]) -> Result<Switches, ParseError> {
    let mut lines = cursor::lines(input);
    name(lines.find(|line| !line.is_empty()).unwrap_or(b""))?;
    let mut found = Switches::default();
    for line in input.rsplit(|&byte| byte == b'\n') {
        for (key, place) in [
            ("voluntary_ctxt_switches", &mut found.voluntary),
            ("nonvoluntary_ctxt_switches", &mut found.nonvoluntary),
        ] {
            let value = line.strip_prefix(key.as_bytes()).and_then(|rest| rest.strip_prefix(b":"));
            if let (Some(value), None) = (value, &place) {
                *place = Some(first(value, key)?);
            }
        }
        if found.voluntary.is_some() && found.nonvoluntary.is_some() {
            break;
        }
    }
    Ok(found)
}

/// One tab stands before the name; blanks after it are the program's.
fn name(line: &[u8]) -> Result<&[u8], ParseError> {
    let value = line.strip_prefix(b"Name:").ok_or_else(|| ParseError::new("Name", line))?;
    Ok(value.strip_prefix(b"\t").unwrap_or_else(|| value.trim_ascii_start()))
}

fn first<T: Number>(value: &[u8], field: &'static str) -> Result<T, ParseError> {
    Fields::new(value).number(field)
}

fn ids(value: &[u8], field: &'static str) -> Result<Ids, ParseError> {
    let mut fields = Fields::new(value);
    Ok(Ids {
        real: fields.number(field)?,
        effective: fields.number(field)?,
        saved: fields.number(field)?,
        filesystem: fields.number(field)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t42\nNgid:\t0\n\
        Pid:\t43\nPPid:\t1\nTracerPid:\t0\nUid:\t0\t1\t2\t3\nGid:\t4\t5\t6\t4294967295\n\
        FDSize:\t256\nGroups:\t \nNStgid:\t42\nNSpid:\t43\t7\nVmPeak:\t    3060 kB\n\
        VmSize:\t    3050 kB\nVmHWM:\t    1616 kB\nRssAnon:\t     112 kB\nRssFile:\t    1504 kB\n\
        RssShmem:\t       8 kB\nVmSwap:\t       9 kB\nHugetlbPages:\t    2048 kB\nThreads:\t2\n\
        SigQ:\t0/96365\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1,8\nMems_allowed_list:\t0\n\
        voluntary_ctxt_switches:\t11\nnonvoluntary_ctxt_switches:\t12\n";

    const OLD: &str = "Name:\tinit\nState:\tS (sleeping)\nTgid:\t1\nPid:\t1\nPPid:\t0\n\
        Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t32\n";

    #[test]
    fn every_line_has_its_place() {
        let want = Status {
            name: b"cat",
            tgid: 42,
            pid: 43,
            ppid: 1,
            uid: Ids { real: 0, effective: 1, saved: 2, filesystem: 3 },
            gid: Ids { real: 4, effective: 5, saved: 6, filesystem: u32::MAX },
            threads: Some(2),
            nspid: Some(b"43\t7"),
            cpus_allowed_list: Some(b"0-1,8"),
            vm_peak: Some(3060),
            vm_hwm: Some(1616),
            rss_anon: Some(112),
            rss_file: Some(1504),
            rss_shmem: Some(8),
            vm_swap: Some(9),
            hugetlb_pages: Some(2048),
            voluntary_ctxt_switches: Some(11),
            nonvoluntary_ctxt_switches: Some(12),
        };
        assert_eq!(parse(FULL.as_bytes()), Ok(want));
    }

    #[test]
    fn lines_of_newer_kernels_are_absent_on_older_ones() {
        let status = parse(OLD.as_bytes()).expect("a file of Linux 2.4");
        assert_eq!((status.threads, status.nspid, status.cpus_allowed_list), (None, None, None));
        assert_eq!((status.vm_peak, status.voluntary_ctxt_switches), (None, None));
    }

    #[track_caller]
    fn check_name(name: &str, want: &[u8]) {
        let status = OLD.replace("Name:\tinit", &format!("Name:\t{name}"));
        let status = parse(status.as_bytes()).expect("a well-formed file");
        assert_eq!((status.name, status.pid, status.uid.real), (want, 1, 0));
    }

    #[test]
    fn name_is_hostile() {
        check_name("", b"");
        check_name(" a b ", b" a b ");
        check_name(r"x\ny (z)\n\\", br"x\ny (z)\n\\");
        check_name("Pid:\t9", b"Pid:\t9");
        check_name("a\n\nPid:\t9", b"a");
        check_name("a\nUid: x", b"a");
    }

    #[test]
    fn empty_lines_may_come_first() {
        let status = format!("\n\n{OLD}");
        assert_eq!(parse(status.as_bytes()).map(|status| status.name), Ok(&b"init"[..]));
    }

    #[test]
    fn what_is_missing_or_no_number_is_named() {
        let field = |input: &str| parse(input.as_bytes()).expect_err("a broken file").field();
        assert_eq!(field(""), "Name");
        assert_eq!(field("Pid:\t1\n"), "Name");
        assert_eq!(field(&OLD.replace("Pid:\t1\n", "")), "Pid");
        assert_eq!(field(&OLD.replace("Gid:\t0", "Gid:\tx")), "Gid");
        assert_eq!(field(&format!("{OLD}VmSwap:\t kB\n")), "VmSwap");
    }

    #[test]
    fn switches_are_those_of_the_whole() {
        let both = |input: &str| {
            let whole = parse(input.as_bytes()).expect("a well-formed file");
            let (voluntary, nonvoluntary) =
                (whole.voluntary_ctxt_switches, whole.nonvoluntary_ctxt_switches);
            let switches = Switches { voluntary, nonvoluntary };
            assert_eq!(super::switches(input.as_bytes()), Ok(switches), "{input}");
            switches
        };
        let told = Switches { voluntary: Some(11), nonvoluntary: Some(12) };
        assert_eq!(both(FULL), told);
        assert_eq!(both(&format!("\n{FULL}x86_Thread_features:\t\n\nvoluntary:\t9\n")), told);
        assert_eq!(both(OLD), Switches::default());
        let hostile = "Name:\ta\nvoluntary_ctxt_switches:\t9";
        both(&OLD.replace("Name:\tinit", hostile));
        assert_eq!(both(&FULL.replace("Name:\tcat", hostile)), told);
        for end in 0..FULL.len() {
            if parse(&FULL.as_bytes()[..end]).is_ok() {
                both(&FULL[..end]);
            }
        }
        let field = |input: &str| super::switches(input.as_bytes()).expect_err("broken").field();
        assert_eq!(field(""), "Name");
        assert_eq!(field("voluntary_ctxt_switches:\t1\n"), "Name");
        assert_eq!(field(&FULL.replace("\t11", "\tx")), "voluntary_ctxt_switches");
    }

    #[test]
    fn every_prefix_is_an_error_not_a_panic() {
        for end in 0..FULL.find("Gid:").expect("Gid") {
            assert!(parse(&FULL.as_bytes()[..end]).is_err(), "prefix of {end} bytes");
        }
        for end in 0..FULL.len() {
            let _ = parse(&FULL.as_bytes()[..end]);
            let _ = switches(&FULL.as_bytes()[..end]);
        }
    }
}
