//! CPUs: `stat`, `cpuinfo` and `loadavg` in procfs, `devices/system/cpu` in sysfs.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use sysvitals_parse::linux::cpuinfo::{self, CpuInfo};
use sysvitals_parse::linux::{attribute, cpulist, loadavg, stat};
use sysvitals_parse::{ParseError, cursor};

use super::{Host, read, ticks};
use crate::sys::Cpu;
use crate::{CpuFreq, CpuStats, CpuTimes, Error, Result};

/// Where sysfs keeps the CPUs.
const CPUS: &str = "devices/system/cpu";

impl Cpu for Host {
    fn cpu_times(&self) -> Result<CpuTimes> {
        self.proc_record("stat", |bytes| Ok(times(&there(stat::total(bytes)?, "cpu")?)))
    }

    fn cpu_times_percpu(&self) -> Result<Vec<CpuTimes>> {
        self.proc_record("stat", |bytes| {
            stat::cpus(bytes).map(|cpu| Ok(times(&cpu?.ticks))).collect()
        })
    }

    /// As glibc's `sysconf(_SC_NPROCESSORS_ONLN)`, and `cpuinfo` as a last resort.
    fn cpu_count(&self) -> Result<Option<u32>> {
        type Count = fn(&[u8]) -> Result<u64, ParseError>;
        type Place = fn(&Host) -> PathBuf;
        // Most need no place but the first.
        let sources: [(Place, Count); 3] = [
            (|host| host.sys_path("devices/system/cpu/online"), listed),
            (|host| host.proc_path("stat"), counted),
            (
                |host| host.proc_path("cpuinfo"),
                |bytes| Ok(number(cpuinfo::parse(bytes).processors().count())),
            ),
        ];
        for (place, count) in sources {
            if let Some(cpus @ 1..) = self.record_if_there(&place(self), count)? {
                return Ok(u32::try_from(cpus).ok());
            }
        }
        Ok(None)
    }

    fn cpu_count_cores(&self) -> Result<Option<u32>> {
        let root = self.sys_path(CPUS);
        let cpus = numbered(&root, "cpu")?;
        // The second is all there is before Linux 5.3.
        for list in ["topology/core_cpus_list", "topology/thread_siblings_list"] {
            let mut cores = BTreeSet::new();
            for (_, name) in &cpus {
                // A CPU that is offline has none.
                let siblings = root.join(name).join(list);
                cores.extend(
                    self.record_if_there(&siblings, |bytes| Ok(bytes.trim_ascii().to_vec()))?,
                );
            }
            if !cores.is_empty() {
                return Ok(u32::try_from(cores.len()).ok());
            }
        }
        let cpuinfo = self.read_if_there(&self.proc_path("cpuinfo"))?;
        Ok(cpuinfo.and_then(|bytes| cpuinfo::parse(&bytes).cores()))
    }

    fn cpu_stats(&self) -> Result<CpuStats> {
        self.proc_record("stat", |bytes| {
            let stat = stat::parse(bytes)?;
            Ok(CpuStats {
                ctx_switches: there(stat.ctxt, "ctxt")?,
                interrupts: there(stat.intr, "intr")?,
                soft_interrupts: stat.softirq,
                syscalls: 0,
            })
        })
    }

    fn cpu_freq_percpu(&self) -> Result<Vec<CpuFreq>> {
        let cpuinfo = self.read_if_there(&self.proc_path("cpuinfo"))?.unwrap_or_default();
        let cpuinfo = cpuinfo::parse(&cpuinfo);
        let told: Vec<_> = cpuinfo.mhz().map(known).collect();
        let policies = self.policies(cpuinfo)?;
        if policies.is_empty() {
            let freq = |current| CpuFreq { current, min: None, max: None };
            return Ok(told.into_iter().map(freq).collect());
        }
        // Asking hundreds of CPUs for their clock one by one takes seconds (psutil, issue 1851).
        let told = if told.len() == policies.len() { told } else { vec![None; policies.len()] };
        policies.iter().zip(told).map(|(policy, told)| self.freq(policy, told)).collect()
    }

    fn getloadavg(&self) -> Result<[f64; 3]> {
        let load = self.proc_record("loadavg", loadavg::parse)?;
        Ok([load.one, load.five, load.fifteen])
    }
}

impl Host {
    /// The directories of cpufreq, in the order of their numbers.
    fn policies(&self, cpuinfo: CpuInfo<'_>) -> Result<Vec<PathBuf>> {
        let root = self.sys_path(CPUS).join("cpufreq");
        let policies = numbered(&root, "policy")?;
        if !policies.is_empty() {
            return Ok(policies.into_iter().map(|(_, name)| root.join(name)).collect());
        }
        // Before Linux 4.4 they stand with the CPUs. Listing those costs more than to try each.
        let root = self.sys_path(CPUS);
        let policy = |cpu: String| root.join(cpu).join("cpufreq");
        let mut online = cpuinfo.processors().map(|cpu| policy(format!("cpu{cpu}"))).peekable();
        if online.peek().is_none() {
            let all = numbered(&root, "cpu")?.into_iter().map(|(_, name)| policy(name));
            return Ok(all.filter(|policy| policy.is_dir()).collect());
        }
        // If the first that is online has none, no driver is there to give any.
        if online.next_if(|policy| !policy.is_dir()).is_some() {
            return Ok(Vec::new());
        }
        Ok(online.filter(|policy| policy.is_dir()).collect())
    }

    /// What one directory of cpufreq tells, its clock apart if that is `told` already.
    fn freq(&self, policy: &Path, told: Option<f64>) -> Result<CpuFreq> {
        let mut current = told;
        // The second is what old kernels of Red Hat have (psutil, issue 1071).
        for file in ["scaling_cur_freq", "cpuinfo_cur_freq"] {
            if current.is_none() {
                current = self.mhz(&policy.join(file))?;
            }
        }
        let min = self.mhz(&policy.join("scaling_min_freq"))?;
        let max = self.mhz(&policy.join("scaling_max_freq"))?;
        Ok(CpuFreq { current, min, max })
    }

    /// A clock that a file tells in kHz; absent where the driver does not tell, or not the caller, or
    /// the CPU is offline.
    fn mhz(&self, path: &Path) -> Result<Option<f64>> {
        match self.read_record(path) {
            // Some drivers write `<unknown>`.
            Ok(bytes) => Ok(attribute::number(&bytes).ok().and_then(mhz)),
            Err(Error::Io { source, .. }) if is_silence(&source) => Ok(None),
            Err(err) => Err(err),
        }
    }
}

/// Whether an attribute was refused for its own sake: `EBUSY` of a policy without a CPU online, `EIO`
/// of one that its driver has not, `ENODEV` of one that is being removed.
fn is_silence(err: &io::Error) -> bool {
    matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        || matches!(err.raw_os_error(), Some(libc::EBUSY | libc::EIO | libc::ENODEV))
}

fn mhz(khz: i64) -> Option<f64> {
    let khz = u32::try_from(khz).ok()?;
    known(f64::from(khz) / 1000.0)
}

/// A clock that stands still is one that is not known.
fn known(mhz: f64) -> Option<f64> {
    (mhz > 0.0).then_some(mhz)
}

fn times(cpu: &stat::CpuTicks) -> CpuTimes {
    CpuTimes {
        user: ticks(cpu.user),
        nice: Some(ticks(cpu.nice)),
        system: ticks(cpu.system),
        idle: ticks(cpu.idle),
        iowait: cpu.iowait.map(ticks),
        irq: cpu.irq.map(ticks),
        softirq: cpu.softirq.map(ticks),
        steal: cpu.steal.map(ticks),
        guest: cpu.guest.map(ticks),
        guest_nice: cpu.guest_nice.map(ticks),
        interrupt: None,
        dpc: None,
    }
}

fn there<T>(line: Option<T>, name: &'static str) -> Result<T, ParseError> {
    line.ok_or_else(|| ParseError::new(name, b""))
}

/// CPUs in a list of ranges.
fn listed(bytes: &[u8]) -> Result<u64, ParseError> {
    cpulist::parse(bytes).try_fold(0, |sum: u64, range| {
        let range = range?;
        let cpus = u64::from(range.end().saturating_sub(*range.start())) + 1;
        Ok(sum.saturating_add(cpus))
    })
}

/// CPUs that have a line in `stat`.
fn counted(bytes: &[u8]) -> Result<u64, ParseError> {
    stat::cpus(bytes).try_fold(0, |sum, cpu| cpu.map(|_| sum + 1))
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The entries of a directory that are called `prefix` and a number, in the order of the numbers;
/// none where there is no such directory.
fn numbered(path: &Path, prefix: &str) -> Result<Vec<(u32, String)>> {
    let failed = |err: io::Error| Error::io(format!("listing {}", path.display()), err);
    let dir = match read::directory(rustix::fs::CWD, path, true) {
        Ok(dir) => dir,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(failed(err)),
    };
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::new(dir).map_err(|err| failed(err.into()))? {
        let entry = entry.map_err(|err| failed(err.into()))?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        let digits = name.strip_prefix(prefix).filter(|digits| !digits.starts_with('-'));
        let number = digits.and_then(|digits| cursor::number(digits.as_bytes(), "number").ok());
        entries.extend(number.map(|number| (number, name.to_owned())));
    }
    entries.sort_unstable();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::System;

    fn machine(files: &[(&str, &str)]) -> (TempDir, System) {
        let root = TempDir::new().expect("a temporary directory");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        let system = System::at(root.path());
        (root, system)
    }

    const CPU: &str = "sys/devices/system/cpu";
    const STAT: (&str, &str) = ("proc/stat", "cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu7 1 2 3 4\n");
    const CPUINFO: (&str, &str) = ("proc/cpuinfo", "processor : 0\nprocessor : 1\nprocessor : 2\n");

    #[track_caller]
    fn count(files: &[(&str, &str)], want: Option<u32>) {
        let (_root, system) = machine(files);
        assert_eq!(system.cpu_count().expect("an answer"), want);
    }

    #[test]
    fn cpus_are_counted_where_glibc_does() {
        let online = |list| ("sys/devices/system/cpu/online", list);
        count(&[online("0-2,8\n"), STAT, CPUINFO], Some(4));
        count(&[online("\n"), STAT, CPUINFO], Some(2));
        count(&[STAT, CPUINFO], Some(2));
        count(&[("proc/stat", "ctxt 1\n"), CPUINFO], Some(3));
        count(&[CPUINFO], Some(3));
        count(&[("proc/cpuinfo", "\n")], None);
        count(&[], None);
        let (_root, system) = machine(&[online("some\n"), STAT]);
        assert!(matches!(system.cpu_count(), Err(Error::Parse { .. })));
    }

    #[track_caller]
    fn cores(files: &[(&str, &str)], want: Option<u32>) {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (format!("{CPU}/{path}"), *text)).collect();
        let cpuinfo = "physical id\t: 0\ncpu cores\t: 9\n";
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.as_str(), *text))
            .chain([("proc/cpuinfo", cpuinfo)])
            .collect();
        let (_root, system) = machine(&files);
        assert_eq!(system.cpu_count_cores().expect("an answer"), want);
    }

    #[test]
    fn cores_are_told_apart_by_their_siblings() {
        let newer = [
            ("cpu0/topology/core_cpus_list", "0,2\n"),
            ("cpu2/topology/core_cpus_list", "0,2"),
            ("cpu10/topology/core_cpus_list", "10\n"),
            ("cpu10/topology/thread_siblings_list", "3\n"),
            ("cpu3/online", "0\n"),
            ("cpufreq/policy0/topology/core_cpus_list", "7\n"),
        ];
        cores(&newer, Some(2));
        cores(&[("cpu0/topology/thread_siblings_list", "0-1\n")], Some(1));
        cores(&[], Some(9));
    }

    const MHZ: &str = "cpu MHz : 1000.5\n\ncpu MHz : 2000\n\n";

    #[track_caller]
    fn freq(files: &[(&str, &str)], want: &[(Option<f64>, Option<f64>, Option<f64>)]) {
        let (_root, system) = machine(files);
        let each = system.cpu_freq_percpu().expect("an answer");
        let each: Vec<_> = each.iter().map(|freq| (freq.current, freq.min, freq.max)).collect();
        assert_eq!(each, want);
    }

    #[test]
    fn policies_are_in_the_order_of_their_numbers() {
        let current = |policy: u32| format!("{CPU}/cpufreq/policy{policy}/scaling_cur_freq");
        let (two, ten) = (current(2), current(10));
        let each = [(Some(2.0), None, None), (Some(10.0), None, None)];
        freq(&[(&two, "2000\n"), (&ten, "10000\n")], &each);
    }

    #[test]
    fn cpuinfo_tells_clocks_sooner_if_it_tells_all() {
        let file = |name: &str| format!("{CPU}/cpufreq/policy0/{name}");
        let (now, min) = (file("scaling_cur_freq"), file("scaling_min_freq"));
        let files = [(now.as_str(), "3000000\n"), (min.as_str(), "800000\n")];
        let cpuinfo = |text| ("proc/cpuinfo", text);
        let mut all = files.to_vec();
        all.push(cpuinfo(MHZ));
        freq(&all, &[(Some(3000.0), Some(800.0), None)]);
        all[2] = cpuinfo("cpu MHz : 1000.5\n");
        freq(&all, &[(Some(1000.5), Some(800.0), None)]);
        all[2] = cpuinfo("cpu MHz : 0.000\n");
        freq(&all, &[(Some(3000.0), Some(800.0), None)]);
        freq(&[cpuinfo(MHZ)], &[(Some(1000.5), None, None), (Some(2000.0), None, None)]);
        freq(&[], &[]);
    }

    #[test]
    fn a_policy_that_tells_nothing_is_an_entry() {
        let file = |name: &str| format!("{CPU}/cpu4/cpufreq/{name}");
        freq(&[(&file("scaling_cur_freq"), "<unknown>\n")], &[(None, None, None)]);
        freq(&[(&file("scaling_cur_freq"), "0\n")], &[(None, None, None)]);
        freq(&[(&file("cpuinfo_cur_freq"), "800000\n")], &[(Some(800.0), None, None)]);
        freq(&[(&file("related_cpus"), "4\n")], &[(None, None, None)]);
        // A recording that kept the link as a file.
        freq(&[(&format!("{CPU}/cpu4/cpufreq"), "../cpufreq/policy4")], &[]);
    }

    #[test]
    fn missing_lines_are_named() {
        let (_root, system) = machine(&[("proc/stat", "cpu0 1 2 3 4\nintr 5 1\n")]);
        assert!(matches!(system.cpu_times(), Err(Error::Parse { .. })));
        assert!(matches!(system.cpu_stats(), Err(Error::Parse { .. })));
        assert_eq!(system.cpu_times_percpu().expect("one CPU").len(), 1);
    }

    #[test]
    fn what_old_kernels_do_not_count_is_absent() {
        let (_root, system) = machine(&[STAT]);
        let times = system.cpu_times().expect("a line");
        assert_eq!((times.nice, times.iowait), (Some(ticks(2)), None));
        let (_root, system) = machine(&[("proc/stat", "intr 5 1\nctxt 7\n")]);
        let stats = system.cpu_stats().expect("two lines");
        assert_eq!((stats.ctx_switches, stats.interrupts), (7, 5));
        assert_eq!(stats.soft_interrupts, None);
    }

    #[test]
    fn the_load_is_that_of_the_file() {
        let (_root, system) = machine(&[("proc/loadavg", "0.21 0.37 10.39 1/719 19737\n")]);
        assert_eq!(system.getloadavg().expect("a line"), [0.21, 0.37, 10.39]);
    }
}
