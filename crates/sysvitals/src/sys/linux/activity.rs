//! What a process does.

use std::fmt::Write as _;

use sysvitals_parse::linux::pid::{io, stat};

use super::process::{Target, is_missing};
use super::{Host, ticks};
use crate::sys::Activity;
use crate::{
    ContextSwitches, Error, IoCounters, ProcessCpuTimes, Result, SignedDuration, ThreadTimes,
};

impl Activity for Host {
    fn process_cpu_times(&self, target: &Target) -> Result<ProcessCpuTimes> {
        Ok(cpu_times(&target.stat()?.facts))
    }

    fn cpu_num(&self, target: &Target) -> Result<u64> {
        target.stat()?.facts.processor.ok_or(Error::Unsupported("cpu_num"))
    }

    fn num_threads(&self, target: &Target) -> Result<u32> {
        match target.status()?.threads {
            Some(threads) => Ok(threads),
            None => Ok(target.stat()?.facts.num_threads),
        }
    }

    fn threads(&self, target: &Target) -> Result<Vec<ThreadTimes>> {
        let ids = target.numbers("task")?;
        let mut threads = Vec::with_capacity(ids.len());
        let mut file = String::new();
        for id in ids {
            file.clear();
            // Writing to memory cannot fail.
            let _ = write!(file, "task/{id}/stat");
            match target.read(&file, |bytes| stat::parse(bytes).map(|stat| thread(id, &stat))) {
                Ok(thread) => threads.push(thread),
                // It ended meanwhile.
                Err(err) if is_missing(&err) => {}
                Err(err) => return Err(err),
            }
        }
        target.still_there("listing threads of")?;
        Ok(threads)
    }

    fn num_ctx_switches(&self, target: &Target) -> Result<ContextSwitches> {
        let status = target.status()?;
        match (status.voluntary_ctxt_switches, status.nonvoluntary_ctxt_switches) {
            (Some(voluntary), Some(involuntary)) => Ok(ContextSwitches { voluntary, involuntary }),
            _ => Err(Error::Unsupported("num_ctx_switches")),
        }
    }

    fn io_counters(&self, target: &Target) -> Result<IoCounters> {
        match target.read("io", |bytes| io::parse(bytes).map(|io| io_counters(&io))) {
            Err(err) if target.lacks(&err) => Err(Error::Unsupported("io_counters")),
            answer => answer,
        }
    }
}

fn cpu_times(stat: &stat::Stat<'_>) -> ProcessCpuTimes {
    let signed = |count: i64| SignedDuration::new(count < 0, ticks(count.unsigned_abs()));
    ProcessCpuTimes {
        user: ticks(stat.utime),
        system: ticks(stat.stime),
        children_user: signed(stat.cutime),
        children_system: signed(stat.cstime),
        iowait: stat.delayacct_blkio_ticks.map(ticks),
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
