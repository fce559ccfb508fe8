//! What the parsers of large or frequent files cost, by byte:
//! `cargo bench --manifest-path benches/Cargo.toml`.
//!
//! The inputs are made, so that they are the same everywhere, and as large as what they stand for.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::{self, pid};

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
        Gid:\t1000\t1000\t1000\t1000\nFDSize:\t64\nGroups:\t4 24 27 30 46 100 1000\n"
        .to_owned();
    for name in ["VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile"] {
        text.push_str(&format!("{name}:\t  226040 kB\n"));
    }
    text.push_str("Threads:\t4\nSigQ:\t0/95000\nSigPnd:\t0000000000000000\n");
    text.push_str("Cpus_allowed:\tff\nCpus_allowed_list:\t0-7\n");
    text.push_str("voluntary_ctxt_switches:\t15042\nnonvoluntary_ctxt_switches:\t77\n");
    text
}

fn smaps(mappings: u64) -> String {
    let mut text = String::new();
    for number in 0..mappings {
        let start = 0x7f00_0000_0000 + number * 0x8000;
        text.push_str(&format!(
            "{start:x}-{:x} r-xp 00000000 08:01 {number}    /usr/lib/x86_64-linux-gnu/lib{}.so\n",
            start + 0x4000,
            number % 40
        ));
        for name in [
            "Size",
            "KernelPageSize",
            "MMUPageSize",
            "Rss",
            "Pss",
            "Pss_Dirty",
            "Shared_Clean",
            "Shared_Dirty",
            "Private_Clean",
            "Private_Dirty",
            "Referenced",
            "Anonymous",
            "KSM",
            "LazyFree",
            "AnonHugePages",
            "ShmemPmdMapped",
            "FilePmdMapped",
            "Shared_Hugetlb",
            "Private_Hugetlb",
            "Swap",
            "SwapPss",
            "Locked",
        ] {
            text.push_str(&format!("{:<16}{:>8} kB\n", format!("{name}:"), number % 97));
        }
        text.push_str("THPeligible:           0\nVmFlags: rd ex mr mw me sd \n");
    }
    text
}

fn maps(mappings: u64) -> String {
    (0..mappings)
        .map(|number| {
            let start = 0x7f00_0000_0000 + number * 0x8000;
            let end = start + 0x4000;
            format!("{start:x}-{end:x} r--p 00000000 08:01 {number:<26} /usr/lib/libexample.so\n")
        })
        .collect()
}

fn net_tcp(sockets: u32) -> String {
    let mut text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   \
                    uid  timeout inode\n"
        .to_owned();
    for number in 0..sockets {
        text.push_str(&format!(
            "{number:4}: 0100007F:{:04X} 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  \
             1000        0 {} 1 0000000000000000 20 4 30 10 -1\n",
            number % 60_000,
            100_000 + number
        ));
    }
    text
}

fn meminfo() -> String {
    let names = [
        "MemTotal",
        "MemFree",
        "MemAvailable",
        "Buffers",
        "Cached",
        "SwapCached",
        "Active",
        "Inactive",
        "Active(anon)",
        "Inactive(anon)",
        "Active(file)",
        "Inactive(file)",
        "Unevictable",
        "Mlocked",
        "SwapTotal",
        "SwapFree",
        "Dirty",
        "Writeback",
        "AnonPages",
        "Mapped",
        "Shmem",
        "KReclaimable",
        "Slab",
        "SReclaimable",
        "SUnreclaim",
        "KernelStack",
        "PageTables",
        "CommitLimit",
        "Committed_AS",
        "VmallocTotal",
        "VmallocUsed",
    ];
    names.iter().map(|name| format!("{:<15} {:>8} kB\n", format!("{name}:"), 24_576_000)).collect()
}

fn mounts(count: u32) -> String {
    (0..count)
        .map(|number| format!("/dev/sda{number} /srv/volume\\040{number} ext4 rw,relatime 0 0\n"))
        .collect()
}

/// Measures one parser on one input; `parse` counts what it found, so that all of it is read.
fn measure(criterion: &mut Criterion, name: &str, input: &str, parse: impl Fn(&[u8]) -> usize) {
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(input.len() as u64));
    assert!(parse(input.as_bytes()) > 0, "{name} finds nothing in its input");
    group.bench_function(name, |bencher| bencher.iter(|| parse(black_box(input.as_bytes()))));
    group.finish();
}

fn found<T, E>(result: Result<T, E>) -> usize {
    usize::from(black_box(result).is_ok())
}

fn parsers(criterion: &mut Criterion) {
    measure(criterion, "pid/stat", &stat(), |input| found(pid::stat::parse(input)));
    measure(criterion, "pid/statm", "56510 6144 2050 210 0 14260 0\n", |input| {
        found(pid::statm::parse(input))
    });
    measure(criterion, "pid/status", &status(), |input| found(pid::status::parse(input)));
    measure(criterion, "pid/cmdline", "/usr/bin/worker\0--config\0/etc/worker.conf\0", |input| {
        pid::cmdline::parse(input).count()
    });
    measure(criterion, "pid/maps", &maps(5_000), |input| pid::maps::parse(input).count());
    measure(criterion, "pid/smaps", &smaps(5_000), |input| pid::smaps::parse(input).count());
    measure(criterion, "net_tcp", &net_tcp(10_000), |input| {
        linux::net_tcp::parse(input, Endian::Little).filter(Result::is_ok).count()
    });
    measure(criterion, "meminfo", &meminfo(), |input| {
        black_box(linux::meminfo::parse(input));
        1
    });
    measure(criterion, "mounts", &mounts(200), |input| linux::mounts::parse(input).count());
}

criterion_group!(benches, parsers);
criterion_main!(benches);
