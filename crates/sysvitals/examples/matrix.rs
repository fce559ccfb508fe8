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
| Windows, x86-64 | everything | executed under Wine 8, decoded from bytes, or type-checked: see below |
| Windows, 32-bit x86 | everything | parsers from bytes; the rest is type-checked |
| macOS, FreeBSD, OpenBSD, NetBSD, illumos, Solaris, AIX | nothing yet: every question is answered with `Unsupported` | type-checked only |

Linux 3.10 and later, with any C library; questions about the C library's heap need glibc. What
newer kernels add (pidfds 5.3, close_range 5.9, inodes of pidfds 6.9, exit status of other processes'
children 6.15) is used where it is there.

The feature `bpf` adds `os::linux::bpf`: Linux 5.10 and later on 64-bit little-endian machines, with
`CAP_BPF`, `CAP_PERFMON` and the kernel's types in sysfs. It is executed on x86-64, Linux 6.18, where the
program for kernels before 6.9 is loaded and run as well; what older kernels call otherwise is known from
their sources.

## Windows, question by question

It was never run on Windows itself. **Executed** means: asked by a test under Wine, and compared with
what is known otherwise. **Bytes**: Wine does not tell it or not truly, so what Windows answers with
is laid down by hand and decoded by a test, on every platform. **Checked**: only the compiler saw it.

| Question | Source | Executed | Bytes or pure functions | Checked |
|---|---|---|---|---|
| `cpu_times` | NtQuerySystemInformation 8, of each processor group | user, system, idle, against Linux's | interrupt, dpc | groups beyond the first |
| `cpu_count`, `cpu_count_cores` | GetActiveProcessorCount, GetLogicalProcessorInformationEx | all | | |
| `cpu_stats` | NtQuerySystemInformation 2, 8 | the calls | the counts | |
| `cpu_freq` | CallNtPowerInformation | all | | |
| `LoadAverage` (`getloadavg`) | NtQuerySystemInformation 5 | the walk | threads that are ready, the means | |
| `virtual_memory` | GlobalMemoryStatusEx | total, against Linux's | | |
| `swap_memory` | NtQuerySystemInformation 18 | | all | |
| `heap_info`, `heap_trim` | HeapWalk, VirtualQuery, HeapCompact | all | | |
| `disk_usage` | GetDiskFreeSpaceExW | all | | |
| `disk_partitions` | GetLogicalDriveStringsW, GetVolumeInformationW, FindFirstVolumeW | drives | options | volumes in folders, remote drives |
| `disk_io_counters` | IOCTL_DISK_PERFORMANCE | the refusal | all | |
| `net_io_counters` | GetIfTable2 | all, against Linux's | | |
| `net_if_addrs`, `net_if_stats` | GetAdaptersAddresses, GetIfTable2 | all but speed | speed | |
| `net_connections`, of all and of one process | GetExtendedTcpTable, GetExtendedUdpTable | addresses, states, pids of connected IPv4 sockets, tables that grow | pids of the rest, every state, 32 bits | |
| `sensors_battery` | GetSystemPowerStatus | no battery | charge and time left | |
| `users` | WTSEnumerateSessionsW | nobody | times, addresses | |
| `boot_time`, `uptime` | NtQuerySystemInformation 3, GetTickCount64 | all | | |
| `win_service_iter`, `win_service_get` | EnumServicesStatusExW, QueryServiceConfigW, QueryServiceStatusEx | all | 32 bits | a service that may not be looked at |
| `pids`, tables, `Sampler` | NtQuerySystemInformation 5 | all | 32 bits, truncated chains | |
| `pid_exists`, identity, `is_running`, `hold` | OpenProcess, GetProcessTimes | all; refusals by a switch for tests | | pids 0 and 4 |
| `name`, `exe` | QueryFullProcessImageNameW, NtQuerySystemInformation 88 | of those that may be opened | device paths | 88 |
| `cmdline`, `environ`, `cwd` | NtQueryInformationProcess 60, the PEB | by the PEB: quotes, non-ASCII, 32,000 characters | 60; 32-bit processes | 60 asked of the system |
| `ppid`, `create_time`, `username` | NtQueryInformationProcess 0, GetProcessTimes, LookupAccountSidW | all | identifiers of users | |
| `status` | NtQuerySystemInformation 5 | running | stopped | |
| `cpu_times`, `num_threads`, `threads`, `num_ctx_switches` of a process | GetProcessTimes, NtQuerySystemInformation 5 | by the table | context switches | GetProcessTimes of others |
| `io_counters` | GetProcessIoCounters, NtQuerySystemInformation 5 | the calls | the counts | |
| `memory_info`, `memory_info_ex`, `page_faults` | NtQueryInformationProcess 3 | all but faults | faults, 32 bits | |
| `memory_footprint`, `memory_full_info` (USS) | QueryWorkingSet | | all | the call |
| `memory_maps` | VirtualQueryEx, GetMappedFileNameW | all | device paths | |
| `num_handles` | GetProcessHandleCount | the call | | the count |
| `open_files` | NtQueryInformationProcess 51, NtQuerySystemInformation 64, DuplicateHandle | by 64: one's own and a child's, non-ASCII, beside a blocked reader | 51, device paths, deleted files | 51 asked of the system |
| `nice` | GetPriorityClass, SetPriorityClass | all six | | |
| `ionice` | NtQueryInformationProcess 33 | | classes | the calls |
| `cpu_affinity` | GetProcessAffinityMask, SetProcessAffinityMask | all | | several groups |
| `terminate`, `kill`, `suspend`, `resume`, `wait` | TerminateProcess, NtSuspendProcess, NtResumeProcess, WaitForSingleObject | all | | |
| `send_signal` of console events | GenerateConsoleCtrlEvent | the refusal | | the event |
| the Python face | the above | | names and shapes, with a stand-in for the extension | all else |

`rlimit`, `terminal`, `uids`, `gids`, `num_fds`, `cpu_num`, `sensors_temperatures` and `sensors_fans` are
`Unsupported`, as psutil has none of them there.

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
