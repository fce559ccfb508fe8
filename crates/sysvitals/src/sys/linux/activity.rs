//! What a process does.

use std::fmt;
use std::time::Duration;

use sysvitals_parse::linux::pid::{io, stat, status};

use super::listed::Listed;
use super::process::is_missing;
use super::target::Target;
use super::{Host, clock, ticks};
use crate::sys::Activity;
use crate::{
    ContextSwitches, Error, IoCounters, ProcessCpuTimes, Result, SignedDuration, ThreadTimes,
};

/// CPU times in ticks; those of children are printed as signed numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CpuTicks {
    pub(super) user: u64,
    pub(super) system: u64,
    pub(super) children_user: i64,
    pub(super) children_system: i64,
    pub(super) iowait: Option<u64>,
}

impl From<CpuTicks> for ProcessCpuTimes {
    fn from(told: CpuTicks) -> Self {
        let signed = |count: i64| SignedDuration::new(count < 0, ticks(count.unsigned_abs()));
        Self {
            user: ticks(told.user),
            system: ticks(told.system),
            children_user: signed(told.children_user),
            children_system: signed(told.children_system),
            iowait: told.iowait.map(ticks),
        }
    }
}

impl fmt::Debug for CpuTicks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ProcessCpuTimes::from(*self).fmt(f)
    }
}

impl Activity for Host {
    type CpuTimes = CpuTicks;

    fn process_cpu_times(&self, target: &Target) -> Result<CpuTicks> {
        let stat = &target.stat()?.facts;
        Ok(CpuTicks {
            user: stat.utime,
            system: stat.stime,
            children_user: stat.cutime,
            children_system: stat.cstime,
            iowait: stat.delayacct_blkio_ticks,
        })
    }

    fn cpu_clock(&self, target: &Target) -> Result<Duration> {
        let pid = target.pid();
        target.by_pid("cpu_clock", |_| clock::of_process(pid))
    }

    fn cpu_num(&self, target: &Target) -> Result<u64> {
        target.stat()?.facts.processor.ok_or(Error::Unsupported("cpu_num"))
    }

    fn num_threads(&self, target: &Target) -> Result<u32> {
        // A recording may have taken the two at different moments, and psutil's answer is the second.
        if !target.is_live() {
            if let Some(threads) = target.status()?.threads {
                return Ok(threads);
            }
        }
        Ok(target.stat()?.facts.num_threads)
    }

    fn threads(&self, target: &Target) -> Result<Vec<ThreadTimes>> {
        // Most have one thread: the first, whose number is the process's. It need not be listed.
        if target.is_live() && target.has_stat() && target.stat()?.facts.num_threads == 1 {
            let id = target.pid().get();
            let times = |bytes: &[u8]| stat::parse(bytes).map(|stat| thread(id, &stat));
            if let Ok(only) = target.read_record(&format!("task/{id}/stat"), times) {
                return Ok(vec![only]);
            }
        }
        let tasks = Listed::open(target, "task")?;
        let ids = tasks.numbers()?;
        let listed = ids.len();
        let mut threads = Vec::with_capacity(listed);
        for id in ids {
            let times = |bytes: &[u8]| stat::parse(bytes).map(|stat| thread(id, &stat));
            match tasks.read_record(("", id, "/stat"), times) {
                Ok(thread) => threads.push(thread),
                // It ended meanwhile.
                Err(err) if is_missing(&err) => {}
                Err(err) => return Err(err),
            }
        }
        tasks.close();
        // Whose threads could all be read after they were listed had not ended until then.
        if threads.is_empty() || threads.len() < listed {
            target.still_there("listing threads of")?;
        }
        Ok(threads)
    }

    fn num_ctx_switches(&self, target: &Target) -> Result<ContextSwitches> {
        let told = match target.is_status_shared() {
            true => target.status().map(|status| status::Switches {
                voluntary: status.voluntary_ctxt_switches,
                nonvoluntary: status.nonvoluntary_ctxt_switches,
            }),
            false => target.read_record("status", status::switches),
        }?;
        match (told.voluntary, told.nonvoluntary) {
            (Some(voluntary), Some(involuntary)) => Ok(ContextSwitches { voluntary, involuntary }),
            _ => Err(Error::Unsupported("num_ctx_switches")),
        }
    }

    fn io_counters(&self, target: &Target) -> Result<IoCounters> {
        match target.read_record("io", |bytes| io::parse(bytes).map(|io| io_counters(&io))) {
            Err(err) if target.lacks(&err) => Err(Error::Unsupported("io_counters")),
            answer => answer,
        }
    }
}

fn thread(id: u32, stat: &stat::Stat<'_>) -> ThreadTimes {
    ThreadTimes { id: id.into(), user_time: ticks(stat.utime), system_time: ticks(stat.stime) }
}

fn io_counters(io: &io::Io) -> IoCounters {
    IoCounters {
        read_count: io.syscr,
        write_count: io.syscw,
        read_bytes: Some(io.read_bytes),
        write_bytes: Some(io.write_bytes),
        read_chars: Some(io.rchar),
        write_chars: Some(io.wchar),
        ..IoCounters::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;
    use crate::sys::Processes as _;
    use crate::{Fields, Pid, System};
    use std::process::Command;

    #[test]
    fn times_are_in_ticks_and_those_of_children_signed() {
        let times = Recording::new().process().cpu_times().expect("they stand in stat");
        assert_eq!(times.user, ticks(110));
        assert_eq!(times.system, ticks(20));
        assert_eq!(times.children_user.duration(), None);
        assert_eq!(times.children_user.as_secs_f64(), -ticks(5).as_secs_f64());
        assert_eq!(times.children_system, ticks(6).into());
        assert_eq!(times.iowait, Some(ticks(9)));
    }

    #[test]
    fn old_kernels_tell_less() {
        let old = "42 (init) S 0 0 0 0 -1 0 1 2 3 4 5 6 7 8 9 0 3 0 77 8192";
        let recording =
            Recording::new().file("proc/42/stat", old).file("proc/42/status", Recording::STATUS);
        let process = recording.process();
        assert_eq!(process.cpu_times().expect("they stand in stat").iowait, None);
        assert!(matches!(process.cpu_num(), Err(Error::Unsupported("cpu_num"))));
        assert_eq!(process.num_threads().expect("it stands in stat, too"), 3);
        assert!(matches!(process.num_ctx_switches(), Err(Error::Unsupported("num_ctx_switches"))));
        assert!(matches!(process.io_counters(), Err(Error::Unsupported("io_counters"))));
    }

    #[test]
    fn threads_are_in_order_and_their_names_hostile() {
        let thread = |id: u32, comm: &str, user: u32| {
            format!("{id} ({comm}) R 1 42 42 0 -1 64 0 0 0 0 {user} 1 0 0 20 0 2 0 5150 0")
        };
        let recording = Recording::new()
            .file("proc/42/task/100/stat", thread(100, "w)3 (x) S 1", 7))
            .file("proc/42/task/43/stat", thread(43, "", 5))
            .file("proc/42/task/42/stat", thread(42, "cat", 3))
            .file("proc/42/task/44/comm", "ended while it was recorded");
        let threads = recording.process().threads().expect("a list");
        let times: Vec<_> = threads.iter().map(|thread| (thread.id, thread.user_time)).collect();
        assert_eq!(times, [(42, ticks(3)), (43, ticks(5)), (100, ticks(7))]);
        assert!(threads.iter().all(|thread| thread.system_time == ticks(1)));
    }

    #[test]
    fn the_only_thread_is_the_first_and_more_are_listed() {
        let host = System::host().host;
        let mut child = Command::new("sleep").arg("100").spawn().expect("a child");
        let threads = |pid: Pid| {
            let mut scratch = host.walk(Fields::THREADS);
            let target = host.open_pid(pid, &mut scratch).expect("procfs").expect("it runs").1;
            assert!(target.has_stat(), "who walks knows how many there are");
            host.threads(&target).expect("a list").len()
        };
        assert_eq!(threads(Pid::new(child.id())), 1);
        // This test has its own.
        assert!(threads(Pid::current()) > 1);
        child.kill().expect("it is ours");
        assert_eq!(threads(Pid::new(child.id())), 1, "a zombie has it still");
        child.wait().expect("it is ours");
    }

    #[test]
    fn ticks_are_hundredths() {
        assert_eq!(ticks(110), Duration::from_millis(1100));
    }

    #[test]
    fn every_counter_has_its_place() {
        let recording = Recording::new().file(
            "proc/42/io",
            "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n",
        );
        let io = recording.process().io_counters().expect("they stand in io");
        assert_eq!((io.read_chars, io.write_chars), (Some(1), Some(2)));
        assert_eq!((io.read_count, io.write_count), (3, 4));
        assert_eq!((io.read_bytes, io.write_bytes), (Some(5), Some(6)));
    }

    #[test]
    fn an_empty_file_is_not_zero() {
        let recording = Recording::new().file("proc/42/io", "");
        assert!(matches!(recording.process().io_counters(), Err(Error::Parse { .. })));
    }
}
