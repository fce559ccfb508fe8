//! Prints PLATFORMS.md from the tables of the records; `cargo xtask matrix` writes it.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use sysvitals::os::windows::WindowsServiceInfo;
use sysvitals::{
    Battery, Connection, ContextSwitches, CpuFreq, CpuStats, CpuTimes, DiskIoCounters,
    DiskPartition, DiskUsage, Fan, Gids, HeapInfo, IoCounters, IoNice, MemoryFootprint,
    MemoryFullInfo, MemoryInfo, MemoryInfoEx, MemoryMap, MemoryMapGrouped, NetIoCounters,
    NicAddress, NicStats, OpenFile, PageFaults, Platform, ProcessConnection, ProcessCpuTimes,
    Record, SwapMemory, Temperature, ThreadTimes, Uids, User, VirtualMemory,
};

const HEAD: &str = "\
# Platforms

Written by `cargo xtask matrix` from the tables of the library; `cargo xtask test` fails when it is
out of date.

## What answers, and how that is known

| Platform | Answers | Known by |
|---|---|---|
| Linux, x86-64 | everything | executed: unit, contract, oracle and replay tests, as root and as an ordinary user |
| Linux, 32-bit x86 | everything | executed: the same tests, built for i686 and run natively |
| Linux, big-endian (s390x) | parsers | executed: the parsers' tests under qemu-user; the library is type-checked |
| Windows, macOS, FreeBSD, OpenBSD, NetBSD, illumos, Solaris, AIX | nothing yet: every question is answered with `Unsupported` | type-checked only |

Linux 3.10 and later, with any C library; questions about the C library's heap need glibc. What
newer kernels add (pidfds 5.3, their inodes 6.9, exit status of other processes' children 6.15) is
used where it is there.

## Fields by platform

The names of psutil 7.2.2's tuples and their fields in order; those of `pmem_ex`, `pfootprint` and
`ppagefaults` are psutil 8's, and `winservice` is what psutil's `as_dict()` of a service tells. The
shapes are tested on every platform, for every platform; a shape is no promise that the platform
answers yet, see above.
";

/// A record's name and fields, with the platforms that share them on one line.
fn row<R: Record>() {
    let mut shapes: Vec<(Vec<&str>, Vec<Platform>)> = Vec::new();
    for platform in Platform::ALL {
        let fields: Vec<_> = R::fields(platform).collect();
        match shapes.iter_mut().find(|(shape, _)| *shape == fields) {
            Some((_, platforms)) => platforms.push(platform),
            None => shapes.push((fields, vec![platform])),
        }
    }
    println!("\n### {}\n\n| Platforms | Fields |\n|---|---|", R::NAME);
    for (fields, platforms) in shapes {
        let platforms = match platforms.len() {
            8 => "all".to_owned(),
            _ => platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let fields = match fields.len() {
            0 => "–".to_owned(),
            _ => fields.join(" "),
        };
        println!("| {platforms} | {fields} |");
    }
}

fn main() {
    print!("{HEAD}");
    row::<CpuTimes>();
    row::<CpuStats>();
    row::<CpuFreq>();
    row::<VirtualMemory>();
    row::<SwapMemory>();
    row::<HeapInfo>();
    row::<DiskUsage>();
    row::<DiskPartition>();
    row::<DiskIoCounters>();
    row::<NetIoCounters>();
    row::<Connection>();
    row::<NicAddress>();
    row::<NicStats>();
    row::<Temperature>();
    row::<Fan>();
    row::<Battery>();
    row::<User>();
    row::<WindowsServiceInfo>();
    row::<ProcessCpuTimes>();
    row::<ThreadTimes>();
    row::<ContextSwitches>();
    row::<IoCounters>();
    row::<MemoryInfo>();
    row::<MemoryInfoEx>();
    row::<MemoryFootprint>();
    row::<MemoryFullInfo>();
    row::<MemoryMapGrouped>();
    row::<MemoryMap>();
    row::<PageFaults>();
    row::<OpenFile>();
    row::<ProcessConnection>();
    row::<Uids>();
    row::<Gids>();
    row::<IoNice>();
}
