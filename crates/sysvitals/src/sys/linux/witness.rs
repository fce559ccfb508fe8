//! What a process that was proven once is recognised by: inodes of its procfs.
//!
//! procfs gives each directory of a process, and each file below it, an inode when that is first looked
//! up, with a number of its own (`proc_pid_make_inode` of `fs/proc/base.c`), and binds it to the process:
//! whatever is read of it is that process's, or fails with ESRCH, or is empty. Whoever gets the pid gets
//! new ones (`pid_revalidate`), and so does the process itself where memory was short meanwhile. So there
//! are two proofs:
//!
//! * The directory that the pid leads to is the one that was seen when the process was proven: it had
//!   its pid all the time, and all that was looked up by its pid in between was its own.
//! * The very file that was opened last is one that was seen when the first proof followed: it had its
//!   pid when that was opened, and so whatever was looked up by its pid before was its own. The process
//!   may have ended since, as it may after any proof, but what was read was its own. It costs a third of
//!   the first, as nothing is looked up.

use std::os::fd::RawFd;
use std::sync::Mutex;

use rustix::fs::Stat;

/// What can be recognised: what one answer is read from, and costs little more than the first proof.
const FILES: [&str; 8] = ["stat", "status", "statm", "io", "cmdline", "environ", "fd", "task"];

/// By which inode procfs showed something of a process, and when it made that.
///
/// It keeps one for a process as long as memory allows, and never for another: numbers return after
/// four thousand million others, and not within one tick of its clock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    inode: u64,
    /// Nanoseconds since 1970.
    made: i64,
}

impl Sighting {
    pub(super) fn new(stat: &Stat) -> Self {
        /// Seconds and nanoseconds have other types on other architectures.
        const SECOND: i128 = 1_000_000_000;
        let made = i128::from(stat.st_ctime) * SECOND + i128::from(stat.st_ctime_nsec);
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Self { inode: stat.st_ino.into(), made: i64::try_from(made).unwrap_or(i64::MAX) }
    }
}

/// What was looked at last of a process that is looked up by its pid.
#[derive(Clone, Copy)]
pub(super) enum Looked {
    /// At nothing yet, or at what nobody recognises.
    Elsewhere,
    /// At a file that was opened as this, and waits to be closed.
    AtOpen(File, RawFd),
    /// At one that showed this inode.
    AtShown(File, Sighting),
}

/// One of `FILES`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct File(usize);

impl File {
    pub(super) fn called(name: &str) -> Option<Self> {
        FILES.iter().position(|each| *each == name).map(Self)
    }
}

/// What a proven process is recognised by.
#[derive(Default)]
pub(crate) struct Witness(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    directory: Option<Sighting>,
    /// Whether it was recognised by its directory: who asks once need not look at files.
    is_known: bool,
    files: Option<Box<[Option<Sighting>; FILES.len()]>>,
}

/// Nobody waits: a child may have been forked while another thread of its parent was in here.
impl Witness {
    /// One who saw its directory.
    pub(super) fn of(directory: Option<Sighting>) -> Self {
        Self(Mutex::new(Seen { directory, ..Seen::default() }))
    }

    /// The same from now on.
    pub(super) fn see(&self, directory: Option<Sighting>) {
        if let Ok(mut seen) = self.0.try_lock() {
            seen.directory = directory;
        }
    }

    /// The directory that it saw.
    pub(super) fn directory(&self) -> Option<Sighting> {
        self.0.try_lock().ok().and_then(|seen| seen.directory)
    }

    /// Whether a file may be enough; `None` if nothing was ever seen.
    pub(super) fn knows_files(&self) -> Option<bool> {
        let seen = self.0.try_lock().ok()?;
        seen.directory?;
        Some(seen.is_known)
    }

    /// Whether what was looked at last is a file that it saw before.
    pub(super) fn recognises(&self, (File(file), sighting): (File, Sighting)) -> bool {
        self.0.try_lock().is_ok_and(|seen| {
            let files = seen.files.as_deref();
            files.and_then(|files| *files.get(file)?).is_some_and(|known| known == sighting)
        })
    }

    /// Remembers what was looked at last before the process was recognised by its directory.
    pub(super) fn learn(&self, looked: Option<(File, Sighting)>) {
        let Ok(mut seen) = self.0.try_lock() else { return };
        seen.is_known = true;
        if let Some((File(file), sighting)) = looked {
            if let Some(place) = seen.files.get_or_insert_default().get_mut(file) {
                *place = Some(sighting);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::super::listed::Listed;
    use super::super::started::runs;
    use super::super::target::Target;
    use super::super::{Host, read};
    use super::*;
    use crate::process::Identity;
    use crate::sys::{Activity as _, Machine as _, ProcessFiles as _, Processes as _};
    use crate::{Fields, Pid, Roots};

    /// A process that was proven, and what recognises it.
    struct Known {
        host: Host,
        child: Child,
        identity: Identity,
        witness: Witness,
        /// Where memory is short, what nobody has open is given up and made anew.
        _open: Vec<std::fs::File>,
    }

    impl Known {
        fn new() -> Self {
            let host = Host::new(Roots::default());
            let child = Command::new("sleep").arg("60").spawn().expect("sleep(1)");
            runs(child.id(), "sleep");
            let open = ["", "stat", "status", "statm", "io", "cmdline", "environ", "fd", "task"]
                .map(|file| {
                    std::fs::File::open(format!("/proc/{}/{file}", child.id())).expect("it runs")
                });
            let (identity, _, witness) =
                host.identify(Pid::new(child.id())).expect("procfs").expect("it runs");
            Self { host, child, identity, witness, _open: open.into() }
        }

        /// Asks whoever has its pid, and whether that was it.
        fn ask<T>(&self, question: impl FnOnce(&Target) -> T) -> (T, bool) {
            let target = self
                .host
                .unproven(&self.identity, Some(&self.witness), Fields::empty())
                .expect("it was proven");
            let answer = question(&target);
            (answer, self.host.confirm(&target, &self.identity, &self.witness))
        }

        fn is_recognised(&self, question: impl FnOnce(&Target)) -> bool {
            self.ask(question).1
        }

        /// Its directory is that of another one now, as if its own had been lost.
        fn forget_directory(&self) {
            let ours = rustix::fs::stat(format!("/proc/{}", std::process::id()));
            self.witness.see(Some(Sighting::new(&ours.expect("procfs"))));
        }

        fn end(&mut self) {
            self.child.kill().expect("it is ours");
            self.child.wait().expect("it is ours");
        }
    }

    impl Drop for Known {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn look_at(file: &str) -> impl Fn(&Target) + '_ {
        move |target| {
            target.read_record(file, |bytes| Ok(bytes.len())).expect("it runs");
        }
    }

    #[test]
    fn from_the_third_look_on_a_file_is_enough() {
        for file in ["stat", "status", "statm", "io", "cmdline", "environ"] {
            let known = Known::new();
            assert!(known.is_recognised(look_at(file)), "by its directory");
            assert!(
                known.is_recognised(look_at(file)),
                "by its directory, and {file} is remembered"
            );
            known.forget_directory();
            assert!(known.is_recognised(look_at(file)), "by {file}");
            let another = if file == "stat" { "status" } else { "stat" };
            assert!(!known.is_recognised(look_at(another)), "{another} was never seen");
        }
    }

    #[test]
    fn the_directory_of_descriptors_is_as_good() {
        let known = Known::new();
        let count = |target: &Target| {
            known.host.num_fds(target).expect("it runs");
        };
        assert!(known.is_recognised(count) && known.is_recognised(count));
        known.forget_directory();
        let is_told = rustix::fs::stat(format!("/proc/{}/fd", known.child.id()))
            .is_ok_and(|stat| stat.st_size > 0);
        assert_eq!(known.is_recognised(count), is_told, "before Linux 6.2 they are listed");
    }

    #[test]
    fn the_directory_of_threads_is_as_good_once_they_were_read() {
        let known = Known::new();
        let list = |target: &Target| {
            assert_eq!(known.host.threads(target).expect("it runs").len(), 1);
        };
        assert!(known.is_recognised(list) && known.is_recognised(list));
        known.forget_directory();
        assert!(known.is_recognised(list));
        let target = known
            .host
            .unproven(&known.identity, Some(&known.witness), Fields::empty())
            .expect("it was proven");
        let tasks = Listed::open(&target, "task").expect("it runs");
        tasks.close();
        target.still_there("listing threads of").expect("it is proven later");
        assert!(!known.host.confirm(&target, &known.identity, &known.witness), "it may have ended");
    }

    #[test]
    fn the_file_that_was_opened_last_speaks_for_all_that_was_asked_before() {
        let known = Known::new();
        let stat = look_at("stat");
        assert!(known.is_recognised(&stat) && known.is_recognised(&stat));
        known.forget_directory();
        assert!(known.is_recognised(&stat));
        assert!(known.is_recognised(|target| {
            target.read("maps", |bytes| Ok(bytes.len())).expect("it runs");
            target.by_pid("asking", |_| Ok(())).expect("it runs");
            look_at("statm")(target);
            stat(target);
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            look_at("statm")(target);
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            target.read("maps", |bytes| Ok(bytes.len())).expect("it runs");
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            let null = read::open(rustix::fs::CWD, "/dev/null").expect("a device");
            target.closing().later(null);
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            target.closing().now();
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            target.by_pid("asking", |_| Ok(())).expect("it runs");
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            target.still_there("listing").expect("it runs");
        }));
        assert!(!known.is_recognised(|target| {
            stat(target);
            let _ = target.at("fd", |dir, path| read::directory(dir, path, true));
        }));
        assert!(!known.is_recognised(|_| {}), "nothing was looked at");
    }

    #[test]
    fn another_ones_file_is_not_its_own() {
        let (known, mut other) = (Known::new(), Known::new());
        let stat = look_at("stat");
        assert!(known.is_recognised(&stat) && known.is_recognised(&stat));
        // Who has its pid by now.
        other.witness = Witness::of(known.witness.directory());
        other.witness.learn(None);
        let ((), is_itself) = known.ask(|target| {
            stat(target);
            other.witness.learn(target.looked_at_last());
        });
        assert!(is_itself);
        assert!(!other.is_recognised(&stat));
        assert!(!other.is_recognised(&stat), "nor remembered");
    }

    #[test]
    fn a_file_that_was_made_anew_is_remembered_anew() {
        let known = Known::new();
        let stat = look_at("stat");
        assert!(known.is_recognised(&stat));
        // What the kernel has given up since.
        let file = File::called("stat").expect("a file");
        let old = Sighting { inode: u64::MAX, made: 0 };
        known.witness.learn(Some((file, old)));
        let by_its_directory = known.is_recognised(|target| {
            stat(target);
            let looked = target.looked_at_last().expect("it is open still");
            assert!(!known.witness.recognises(looked), "it has another number");
        });
        assert!(by_its_directory);
        known.forget_directory();
        assert!(known.is_recognised(&stat), "by the new one");
    }

    #[test]
    fn what_was_read_before_the_end_was_its_own_and_nothing_is_read_after_it() {
        let mut known = Known::new();
        let stat = look_at("stat");
        assert!(known.is_recognised(&stat) && known.is_recognised(&stat));
        let target = known
            .host
            .unproven(&known.identity, Some(&known.witness), Fields::empty())
            .expect("it was proven");
        stat(&target);
        known.end();
        assert!(known.host.confirm(&target, &known.identity, &known.witness));
        let (answer, _) = known.ask(|target| target.read_record("stat", |bytes| Ok(bytes.len())));
        assert!(answer.is_err(), "it is reaped");
        assert!(!known.is_recognised(|target| {
            let _ = target.read_record("statm", |bytes| Ok(bytes.len()));
        }));
    }

    #[test]
    fn who_is_in_the_way_costs_no_answer() {
        let known = Known::new();
        let stat = File::called("stat").expect("a file");
        let sighting = known.witness.directory().expect("it was seen");
        known.witness.learn(Some((stat, sighting)));
        assert!(known.witness.recognises((stat, sighting)));
        let _seen = known.witness.0.lock().expect("nobody else has it");
        let nobody = known.host.unproven(&known.identity, Some(&known.witness), Fields::empty());
        assert!(nobody.is_none(), "it is opened and proven instead");
        known.witness.learn(None);
        assert!(!known.witness.recognises((stat, sighting)));
    }
}
