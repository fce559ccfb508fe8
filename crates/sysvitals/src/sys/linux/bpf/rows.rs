//! What the kernel wrote of a process, as a row of the table.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

use sysvitals_parse::linux::bpf::process::{self, Process};
use sysvitals_parse::linux::pid::statm::Statm;

use super::super::activity::CpuTicks;
use super::super::process_memory::Memory;
use super::super::{Host, description, page_size, terminal, ticks, ticks_per_second};
use crate::process::Told;
use crate::sys::Users as _;
use crate::{
    Cell, ContextSwitches, Fields, Gids, Identity, Missing, PageFaults, Pid, Result, Row, Uids,
};

/// What is looked up once for all rows of a table.
pub(super) struct Telling<'a> {
    host: &'a Host,
    fields: Fields,
    boot: Option<u128>,
    boot_time: OnceCell<Option<SystemTime>>,
    users: RefCell<HashMap<u32, Cell<OsString>>>,
    terminals: RefCell<HashMap<u32, Cell<Option<PathBuf>>>>,
    page: u64,
    /// Nanoseconds of a tick.
    tick: u64,
}

impl<'a> Telling<'a> {
    pub(super) fn new(host: &'a Host, fields: Fields) -> Self {
        Self {
            host,
            fields,
            boot: host.boot(),
            boot_time: OnceCell::new(),
            users: RefCell::default(),
            terminals: RefCell::default(),
            page: page_size(),
            tick: 1_000_000_000 / ticks_per_second().clamp(1, 1_000_000_000),
        }
    }

    pub(super) fn row(&self, process: &Process<'_>) -> Row {
        let start = process.start / self.tick;
        let pid = Pid::new(process.pid);
        let identity = Identity { pid, start, boot: self.boot, inode: None };
        let [real, effective, saved] = process.uids;
        let uids = Uids { real, effective, saved: Some(saved) };
        let [real, effective, saved] = process.gids;
        let gids = Gids { real, effective, saved: Some(saved) };
        let switches = ContextSwitches { voluntary: process.nvcsw, involuntary: process.nivcsw };
        Row::told(
            identity,
            self.fields,
            Told {
                ppid: Pid::new(process.ppid),
                status: description::status(process.state),
                name: self.asked(Fields::NAME, || Ok(OsStr::from_bytes(process.comm).to_owned())),
                create_time: self.asked(Fields::CREATE_TIME, || self.create_time(start)),
                username: self.asked(Fields::USERNAME, || self.user_name(uids.real)),
                uids: self.asked(Fields::UIDS, || Ok(uids)),
                gids: self.asked(Fields::GIDS, || Ok(gids)),
                terminal: self.asked(Fields::TERMINAL, || self.terminal(process.tty)),
                nice: self.asked(Fields::NICE, || Ok(process.nice)),
                cpu_times: self.asked(Fields::CPU_TIMES, || self.cpu_times(process)),
                cpu_num: self.asked(Fields::CPU_NUM, || Ok(process.cpu.into())),
                num_threads: self.asked(Fields::NUM_THREADS, || Ok(process.num_threads)),
                num_ctx_switches: self.asked(Fields::NUM_CTX_SWITCHES, || Ok(switches)),
                memory_info: self.asked(Fields::MEMORY, || self.memory(process)),
                page_faults: self.asked(Fields::PAGE_FAULTS, || page_faults(process)),
            },
        )
    }

    fn asked<T>(&self, field: Fields, tell: impl FnOnce() -> Cell<T>) -> Cell<T> {
        if self.fields.contains(field) { tell() } else { Err(Missing::NotAsked) }
    }

    fn create_time(&self, start: u64) -> Cell<SystemTime> {
        let boot = self.boot_time.get_or_init(|| self.host.boot_time().ok());
        let time = boot.ok_or(Missing::Failed)?.checked_add(ticks(start));
        time.ok_or(Missing::Unsupported)
    }

    fn cpu_times(&self, process: &Process<'_>) -> Cell<CpuTicks> {
        let (user, system) = process.threads.ok_or(Missing::Failed)?.times();
        // Centuries have fewer ticks than that.
        let signed = |nanoseconds| i64::try_from(nanoseconds / self.tick).unwrap_or(i64::MAX);
        Ok(CpuTicks {
            user: user / self.tick,
            system: system / self.tick,
            children_user: signed(process.cutime),
            children_system: signed(process.cstime),
            iowait: Some(process.blkio_delay / self.tick),
        })
    }

    fn memory(&self, process: &Process<'_>) -> Cell<Memory> {
        let memory = process.memory.ok_or(Missing::Failed)?;
        Ok(Memory(memory.map(|memory| pages(&memory, self.page)).unwrap_or_default()))
    }

    fn user_name(&self, uid: u32) -> Cell<OsString> {
        once(&self.users, uid, |uid| description::user_name(self.host, uid, || ()))
    }

    fn terminal(&self, number: u32) -> Cell<Option<PathBuf>> {
        if number == 0 {
            return Ok(None);
        }
        once(&self.terminals, number, |number| {
            terminal::path(self.host, i32::from_ne_bytes(number.to_ne_bytes()))
        })
    }
}

/// As `statm` has them.
fn pages(memory: &process::Memory, page: u64) -> Statm {
    let shared = memory.file.saturating_add(memory.shared);
    Statm {
        size: memory.total,
        resident: shared.saturating_add(memory.anonymous),
        shared,
        text: memory.text(page),
        lib: 0,
        data: memory.data,
        dirty: 0,
    }
}

fn page_faults(process: &Process<'_>) -> Cell<PageFaults> {
    let threads = process.threads.ok_or(Missing::Failed)?;
    Ok(PageFaults { minor: threads.min_flt, major: threads.maj_flt })
}

/// Looks up what is not known yet.
fn once<T: Clone>(
    known: &RefCell<HashMap<u32, Cell<T>>>,
    key: u32,
    look_up: impl FnOnce(u32) -> Result<T>,
) -> Cell<T> {
    if let Some(cell) = known.borrow().get(&key) {
        return cell.clone();
    }
    let cell = look_up(key).map_err(|_| Missing::Failed);
    known.borrow_mut().insert(key, cell.clone());
    cell
}
