//! The parsers that are measured, each with an input as large as what it stands for.
//!
//! The inputs are made, so that they are the same everywhere. Their layout is that of Linux 6.18.

use std::fmt::Write as _;
use std::hint::black_box;

use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::{self, pid};

/// One parser.
pub(crate) struct Parser {
    /// Its name: that of its module.
    pub(crate) name: &'static str,
    /// What it reads.
    pub(crate) input: Vec<u8>,
    /// Reads it to its end, and counts what it found.
    pub(crate) parse: fn(&[u8]) -> usize,
}

/// All of them.
pub(crate) fn all() -> Vec<Parser> {
    let parser = |name, input: String, parse| Parser { name, input: input.into(), parse };
    let inet_diag = Parser {
        name: "inet_diag",
        input: inet_diag(500),
        parse: |input| {
            let messages = linux::netlink::parse(input, Endian::Little).filter_map(read);
            let socket = |payload| linux::inet_diag::parse(payload, Endian::Little);
            messages.filter_map(|message| read(socket(message.payload))).count()
        },
    };
    let unix_diag = Parser {
        name: "unix_diag",
        input: unix_diag(500),
        parse: |input| {
            let messages = linux::netlink::parse(input, Endian::Little).filter_map(read);
            let socket = |payload| linux::unix_diag::parse(payload, Endian::Little);
            messages.filter_map(|message| read(socket(message.payload))).count()
        },
    };
    let if_stats_msg = Parser {
        name: "if_stats_msg",
        input: if_stats_msg(50),
        parse: |input| {
            let messages = linux::netlink::parse(input, Endian::Little).filter_map(read);
            let stats = |payload| linux::if_stats_msg::parse(payload, Endian::Little);
            messages.filter_map(|message| read(stats(message.payload))).count()
        },
    };
    vec![
        inet_diag,
        unix_diag,
        if_stats_msg,
        parser("pid/stat", stat(), |input| found(pid::stat::parse(input))),
        parser("pid/statm", "56510 6144 2050 210 0 14260 0\n".to_owned(), |input| {
            found(pid::statm::parse(input))
        }),
        parser("pid/status", status(), |input| found(pid::status::parse(input))),
        parser("pid/status, switches", status(), |input| found(pid::status::switches(input))),
        parser("pid/cmdline", cmdline(), |input| pid::cmdline::parse(input).map(black_box).count()),
        parser("pid/maps", maps(500), |input| pid::maps::parse(input).filter_map(read).count()),
        parser("pid/smaps", smaps(200), |input| pid::smaps::parse(input).filter_map(read).count()),
        parser("pid/smaps, totals", smaps(200), |input| found(pid::smaps::totals(input))),
        parser("net_tcp", net_tcp(1_000), |input| {
            linux::net_tcp::parse(input, Endian::Little).filter_map(read).count()
        }),
        parser("net_unix", net_unix(200), |input| {
            linux::net_unix::parse(input).filter_map(read).count()
        }),
        parser("net_dev", net_dev(8), |input| {
            linux::net_dev::parse(input).filter_map(read).count()
        }),
        parser("stat", system_stat(16), |input| found(linux::stat::parse(input))),
        parser("stat, cpus", system_stat(16), |input| {
            linux::stat::cpus(input).filter_map(read).count()
        }),
        parser("meminfo", meminfo(), |input| {
            usize::from(black_box(linux::meminfo::parse(input)).slab.is_some())
        }),
        parser("diskstats", diskstats(12), |input| {
            linux::diskstats::parse(input).filter_map(read).count()
        }),
        parser("mounts", mounts(30), |input| linux::mounts::parse(input).map(black_box).count()),
    ]
}

/// Counts an answer; the optimiser must think that all of it is looked at.
fn found<T, E>(result: Result<T, E>) -> usize {
    usize::from(black_box(result).is_ok())
}

/// The same of one of many.
fn read<T, E>(result: Result<T, E>) -> Option<T> {
    black_box(result).ok()
}

/// Some number of so many digits, another one for each seed.
fn some(seed: usize, digits: u32) -> u64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let least = 10_u64.pow(digits - 1);
    least + mixed % (9 * least)
}

fn stat() -> String {
    "4711 (worker (1) x) S 4242 4242 4242 34816 4242 4194304 2035 118213 3 41 1203 507 2210 331 \
     20 0 4 0 515094 231464960 6144 18446744073709551615 94271385042944 94271385900673 \
     140726321186304 0 0 0 0 4096 81920 0 0 0 17 1 0 0 12 0 0 94271386163568 94271386213692 \
     94271402618880 140726321190611 140726321190651 140726321190651 140726321192927 0\n"
        .to_owned()
}

fn status() -> String {
    let mut text = "Name:\tworker\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t4711\nNgid:\t0\n\
        Pid:\t4711\nPPid:\t4242\nTracerPid:\t0\nUid:\t1000\t1000\t1000\t1000\n\
        Gid:\t1000\t1000\t1000\t1000\nFDSize:\t64\nGroups:\t4 24 27 30 46 100 1000 \n\
        NStgid:\t4711\nNSpid:\t4711\nNSpgid:\t4711\nNSsid:\t4242\nKthread:\t0\n"
        .to_owned();
    let names = "VmPeak VmSize VmLck VmPin VmHWM VmRSS RssAnon RssFile RssShmem VmData VmStk VmExe \
        VmLib VmPTE VmSwap HugetlbPages";
    for (at, name) in names.split(' ').enumerate() {
        let _ = writeln!(text, "{name}:\t{:>8} kB", some(at, 5));
    }
    text.push_str("CoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\n");
    text.push_str("Threads:\t4\nSigQ:\t1/96365\n");
    for name in "SigPnd ShdPnd SigBlk SigIgn SigCgt CapInh CapPrm CapEff CapBnd CapAmb".split(' ') {
        let _ = writeln!(text, "{name}:\t000001ffffffffff");
    }
    text.push_str("NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n");
    text.push_str("Speculation_Store_Bypass:\tthread vulnerable\n");
    text.push_str("SpeculationIndirectBranch:\tconditional enabled\n");
    text.push_str("Cpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed:\t");
    text.push_str(&"00000000,".repeat(31));
    text.push_str("00000001\nMems_allowed_list:\t0\n");
    text.push_str("voluntary_ctxt_switches:\t15042\nnonvoluntary_ctxt_switches:\t77\n");
    text
}

fn cmdline() -> String {
    "usr/bin/worker\0--config\0example/worker.conf\0--listen=127.0.0.1:8080\0--verbose\0".to_owned()
}

/// One line of `maps`: libraries, each in some pieces, and anonymous memory between them.
fn mapping(number: usize) -> String {
    let start = 0x7f3c_5a00_0000 + number as u64 * 0x2_8000;
    let perms = ["r--p", "r-xp", "r--p", "r--p", "rw-p"][number % 5];
    let head = format!("{start:x}-{:x} {perms}", start + 0x1_4000);
    if number % 5 == 4 {
        return format!("{head} 00000000 00:00 0 \n");
    }
    let inode = 300_000 + number / 5;
    let head = format!("{head} {:08x} fe:01 {inode}", number % 5 * 0x1_4000);
    format!("{head:<73}/usr/lib/x86_64-linux-gnu/libexample-{}.so.1.2.3\n", number / 5)
}

fn maps(mappings: usize) -> String {
    (0..mappings).map(mapping).collect()
}

fn smaps(mappings: usize) -> String {
    let names = "Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty \
        Private_Clean Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped \
        FilePmdMapped Shared_Hugetlb Private_Hugetlb Swap SwapPss Locked";
    let mut text = String::new();
    for number in 0..mappings {
        text.push_str(&mapping(number));
        for (at, name) in names.split(' ').enumerate() {
            let kib = if at < 12 { some(number + at, 1 + (number % 3) as u32) } else { 0 };
            let _ = writeln!(text, "{:<16}{kib:>8} kB", format!("{name}:"));
        }
        text.push_str("THPeligible:           0\nProtectionKey:         0\n");
        text.push_str("VmFlags: rd ex mr mw me sd \n");
    }
    text
}

fn net_tcp(sockets: usize) -> String {
    let mut text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   \
                    uid  timeout inode"
        .to_owned();
    text = format!("{text:<149}\n");
    for number in 0..sockets {
        let line = format!(
            "{number:4}: 0100007F:{:04X} 0100007F:1F90 01 00000000:00000000 02:000005B2 00000000  \
             1000        0 {} 2 0000000000000000 20 4 30 10 -1",
            some(number, 4),
            some(number, 7)
        );
        let _ = writeln!(text, "{line:<149}");
    }
    text
}

/// An answer of sock_diag(7): addresses, ports, the user and the inode of each socket.
fn inet_diag(sockets: usize) -> Vec<u8> {
    let mut answer = Vec::new();
    for number in 0..sockets {
        let mut payload = vec![2, 1, 0, 0, 0x1f, 0x90];
        payload.extend((some(number, 4) as u16).to_be_bytes());
        for _ in 0..2 {
            payload.extend([127, 0, 0, 1]);
            payload.resize(payload.len() + 12, 0);
        }
        payload.resize(64, 0);
        payload.extend(1000_u32.to_le_bytes());
        payload.extend((some(number, 7) as u32).to_le_bytes());
        answer.extend(linux::netlink::request(20, false, 1, &payload, Endian::Little));
    }
    answer
}

/// An attribute of a netlink message (netlink(7)).
fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
    let mut attribute = [length.to_le_bytes(), kind.to_le_bytes()].concat();
    attribute.extend(content);
    attribute.resize(attribute.len().next_multiple_of(4), 0);
    attribute
}

/// An answer of sock_diag(7) on sockets of the machine: names of those that have one, and queues.
fn unix_diag(sockets: usize) -> Vec<u8> {
    let mut answer = Vec::new();
    for number in 0..sockets {
        let mut payload = vec![1, 1, 1, 0];
        payload.extend((some(number, 6) as u32).to_le_bytes());
        payload.resize(16, 0);
        match number % 4 {
            1 => payload.extend(attribute(0, b"\0abstract/name")),
            2 => payload.extend(attribute(0, b"run/user/1000/bus\0")),
            _ => {}
        }
        payload.extend(attribute(4, &[0; 8]));
        payload.extend(attribute(6, &[0]));
        answer.extend(linux::netlink::request(20, false, 1, &payload, Endian::Little));
    }
    answer
}

/// An answer of rtnetlink(7): the 25 counters of each interface.
fn if_stats_msg(interfaces: usize) -> Vec<u8> {
    let mut answer = Vec::new();
    for number in 0..interfaces {
        let counters = (0..25).flat_map(|at| some(number + at, 1 + at as u32 % 9).to_le_bytes());
        let mut payload = vec![0; 4];
        payload.extend((number as u32 + 1).to_le_bytes());
        payload.extend(1_u32.to_le_bytes());
        payload.extend(attribute(1, &counters.collect::<Vec<_>>()));
        let kind = linux::if_stats_msg::RTM_NEWSTATS;
        answer.extend(linux::netlink::request(kind, false, 1, &payload, Endian::Little));
    }
    answer
}

fn net_unix(sockets: usize) -> String {
    let mut text = "Num       RefCount Protocol Flags    Type St Inode Path\n".to_owned();
    for number in 0..sockets {
        let path = ["", " @abstract/name", " run/user/1000/bus", ""][number % 4];
        let inode = some(number, 6);
        let _ =
            writeln!(text, "0000000000000000: 00000003 00000000 00000000 0001 03 {inode}{path}");
    }
    text
}

fn net_dev(interfaces: usize) -> String {
    let mut text = "Inter-|   Receive                                                |  Transmit\n \
        face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop \
        fifo colls carrier compressed\n"
        .to_owned();
    for number in 0..interfaces {
        let (bytes, packets) = (some(number, 9), some(number, 6));
        let _ = writeln!(
            text,
            "{:>6}: {bytes:7} {packets:7}    0    0    0     0          0         0 {bytes:8} \
             {packets:7}    0    0    0     0       0          0",
            format!("eth{number}")
        );
    }
    text
}

fn system_stat(cpus: usize) -> String {
    let ticks = |seed| {
        let some = |at, digits| some(seed + at, digits);
        let (user, nice, system) = (some(0, 7), some(1, 5), some(2, 6));
        format!(
            "{user} {nice} {system} {} {} 0 {} {} 0 0",
            some(3, 8),
            some(4, 5),
            some(5, 4),
            some(6, 4)
        )
    };
    let mut text = format!("cpu  {}\n", ticks(99));
    for number in 0..cpus {
        let _ = writeln!(text, "cpu{number} {}", ticks(number));
    }
    text.push_str("intr 31959809");
    for number in 0..200 {
        let _ = write!(text, " {}", if number % 8 == 0 { some(number, 6) } else { 0 });
    }
    text.push_str("\nctxt 119259304\nbtime 1795283503\nprocesses 2080754\nprocs_running 3\n");
    text.push_str(
        "procs_blocked 0\nsoftirq 26713109 0 1949294 11 482154 2956544 0 1120 1785829 0 \
        19538157\n",
    );
    text
}

fn meminfo() -> String {
    let names = "MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive \
        Active(anon) Inactive(anon) Active(file) Inactive(file) Unevictable Mlocked SwapTotal \
        SwapFree Zswap Zswapped Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab \
        SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce \
        WritebackTmp CommitLimit Committed_AS VmallocTotal VmallocUsed VmallocChunk Percpu \
        HardwareCorrupted AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped \
        CmaTotal CmaFree Unaccepted Balloon HugePages_Total HugePages_Free HugePages_Rsvd \
        HugePages_Surp Hugepagesize Hugetlb DirectMap4k DirectMap2M DirectMap1G";
    let mut text = String::new();
    for (at, name) in names.split_whitespace().enumerate() {
        let unit = if name.starts_with("HugePages") { "" } else { " kB" };
        let _ =
            writeln!(text, "{:<15} {:>8}{unit}", format!("{name}:"), some(at, 1 + at as u32 % 8));
    }
    text
}

fn diskstats(disks: usize) -> String {
    let mut text = String::new();
    for number in 0..disks {
        let some = |at| some(number + at, 3 + (number + at) as u32 % 6);
        let _ = write!(text, " 259 {number:7} nvme0n1p{number}");
        for at in 0..17 {
            let _ = write!(text, " {}", if at == 8 { 0 } else { some(at) });
        }
        text.push('\n');
    }
    text
}

fn mounts(count: usize) -> String {
    let mut text = "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n".to_owned();
    for number in 1..count {
        let _ = match number % 3 {
            0 => writeln!(
                text,
                "overlay /var/lib/containers/{number}/merged overlay rw,lowerdir=/a 0 0"
            ),
            1 => writeln!(text, "tmpfs /run/user/{number} tmpfs rw,nosuid,nodev,size=2469584k 0 0"),
            _ if number < 6 => {
                writeln!(text, "host:/srv/{number} /srv/volume\\040{number} nfs4 rw,relatime 0 0")
            }
            _ => writeln!(text, "host:/srv/{number} /srv/volume{number} nfs4 rw,relatime 0 0"),
        };
    }
    text
}
