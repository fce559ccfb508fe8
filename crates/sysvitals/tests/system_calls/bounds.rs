//! The bounds, and how each is held.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is its own harness")]

use std::env;
use std::process::{Command, ExitCode};

use super::asked;
use super::tracer::{Count, Sitter, count};

/// The parts of this program, by its first argument.
pub(super) const COUNT: &str = "--ask-and-be-counted";
pub(super) const LOOK_AT: &str = "--be-looked-at";
const APART: &str = "--apart";

/// The most calls that an answer may take. What makes an answer cheaper lowers its bound.
struct Bound {
    question: &'static str,
    calls: f64,
    of: Of,
}

/// What the calls of a bound are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// The whole answer.
    Answer,
    /// One more process in the table.
    Process,
    /// One more socket in the tables.
    Socket,
    /// One more socket of the process that is asked about.
    OwnSocket,
    /// One more socket of others than that process.
    OthersSocket,
    /// One more file of the process that asks about itself.
    OwnFile,
}

/// Counted on Linux 6.18. Of what is closed or read together there is a part: that of a socket in a read,
/// and a process's in closing what was opened of several. With each descriptor that is closed alone comes
/// a call that only programs with debug assertions make.
const BOUNDS: &[Bound] = &[
    Bound { question: "pids", calls: 0.0, of: Of::Process },
    Bound { question: "pid_exists", calls: 2.0, of: Of::Answer },
    Bound { question: "cpu_times", calls: 3.0 + CHECK, of: Of::Answer },
    Bound { question: "virtual_memory", calls: 3.0 + CHECK, of: Of::Answer },
    Bound { question: "cpu_times, held", calls: 2.0, of: Of::Answer },
    // One less since Linux 6.9, which does not send the end of a list by itself.
    Bound { question: "net_io_counters, held", calls: 4.0, of: Of::Answer },
    Bound { question: "table", calls: 8.75, of: Of::Process },
    Bound { question: "descriptors", calls: 15.5, of: Of::Process },
    Bound { question: "everything", calls: 34.0, of: Of::Process },
    Bound { question: "stat", calls: 2.25, of: Of::Process },
    Bound { question: "tick", calls: 2.0, of: Of::Process },
    Bound { question: "cpu_tick", calls: 1.0, of: Of::Process },
    Bound { question: "children", calls: 4.5, of: Of::Process },
    Bound { question: "child_identities", calls: 2.25, of: Of::Process },
    Bound { question: "one", calls: 11.0, of: Of::Answer },
    // Three files, each proven to be what was opened; ids; and whether names are those of before.
    Bound { question: "one, held", calls: 8.0, of: Of::Answer },
    Bound { question: "one_new", calls: 17.0, of: Of::Answer },
    Bound { question: "one_of", calls: 10.0, of: Of::Answer },
    Bound { question: "one_after", calls: 4.0 + CHECK, of: Of::Answer },
    // Of a pidfd, and none of a file.
    Bound { question: "ppid", calls: 4.0 + CHECK, of: Of::Answer },
    Bound { question: "cwd", calls: 2.0, of: Of::Answer },
    // By the inode of the file that is read last, or of the directory that is asked for its size (Linux 6.2).
    Bound { question: "num_ctx_switches", calls: 4.0 + CHECK, of: Of::Answer },
    // Two files, of which the last one speaks for both.
    Bound { question: "memory_full_info", calls: 6.0, of: Of::Answer },
    Bound { question: "num_fds", calls: 2.0, of: Of::Answer },
    Bound { question: "threads", calls: 7.0, of: Of::Answer },
    Bound { question: "open_files", calls: 4.0, of: Of::OwnFile },
    Bound { question: "connections", calls: 1.0, of: Of::Socket },
    Bound { question: "own_connections", calls: 2.0, of: Of::OwnSocket },
    Bound { question: "duplicates", calls: 8.0 + CHECK, of: Of::OwnSocket },
    Bound { question: "duplicates", calls: 0.0, of: Of::OthersSocket },
];

/// In a debug build the standard library asks of each descriptor that it closes whether it is one.
const CHECK: f64 = if cfg!(debug_assertions) { 1.0 } else { 0.0 };

/// How many processes are started for a table to be longer, and connections for one to have more.
const MORE: usize = 100;
/// Others may start and end while two tables are compared: the middle of so many comparisons counts.
const COMPARED: usize = 3;
/// What else goes on can only add to the calls of one answer: the least of so many counts.
const COUNTED: usize = 3;
/// A comparison in which others were as many before as after is a good one; after so many any is.
const PATIENCE: usize = 20;
/// What others' coming and going may still add to the calls of one item.
const SLACK: f64 = 0.3;

pub(super) fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().expect("a number");
    match words[..] {
        [COUNT, question, pid] => std::process::exit(asked::be_counted(question, number(pid))),
        [LOOK_AT, connections] => {
            // Where this program says what goes wrong may be a file, and one costs a look more.
            rustix::stdio::dup2_stderr(std::io::stdout()).expect("a pipe");
            let connections = connections.parse().expect("a number");
            std::process::exit(asked::be_looked_at(connections))
        }
        _ if words.contains(&"--list") => {
            println!("system_calls: test");
            return ExitCode::SUCCESS;
        }
        _ if !words.contains(&APART) => {
            if let Some(code) = apart() {
                return code;
            }
        }
        _ => {}
    }
    let few = Sitter::new(0);
    let mut failed = 0;
    for bound in BOUNDS {
        let question = bound.question;
        let calls = match bound.of {
            Of::Answer => {
                let counts: Option<Vec<_>> =
                    (0..COUNTED).map(|_| count(question, few.pid())).collect();
                counts
                    .and_then(|counts| counts.iter().map(|it| f64::from(it.calls)).reduce(f64::min))
            }
            Of::Process => of_one_more(MORE, || {
                let before = count(question, few.pid())?;
                let crowd: Vec<Sitter> = (0..MORE).map(|_| Sitter::new(0)).collect();
                let after = count(question, few.pid())?;
                drop(crowd);
                Some((before, after))
            }),
            Of::Socket => of_one_more(2 * MORE + 1, || {
                let without = Sitter::new(0);
                let before = count(question, few.pid())?;
                drop(without);
                let with = Sitter::new(MORE);
                let after = count(question, few.pid())?;
                drop(with);
                Some((before, after))
            }),
            Of::OwnSocket => of_one_more(2 * MORE + 1, || {
                let (without, with) = (Sitter::new(0), Sitter::new(MORE));
                Some((count(question, without.pid())?, count(question, with.pid())?))
            }),
            Of::OwnFile => of_one_more(asked::FILES, || {
                Some((count(question, few.pid())?, count(asked::WITH_FILES, few.pid())?))
            }),
            Of::OthersSocket => {
                let one = Sitter::new(1);
                count(question, one.pid()).and_then(|before| {
                    let others = Sitter::new(MORE);
                    let after = count(question, one.pid())?;
                    drop(others);
                    let more = f64::from(after.calls) - f64::from(before.calls);
                    Some(more / (2 * MORE + 1) as f64)
                })
            }
        };
        let Some(calls) = calls else {
            eprintln!("SKIPPED: programs may not be traced here");
            return ExitCode::SUCCESS;
        };
        let verdict = if calls > bound.calls + SLACK {
            failed += 1;
            "TOO MANY"
        } else if calls < bound.calls - SLACK {
            "the bound can be lowered"
        } else {
            "ok"
        };
        let (most, of) = (bound.calls, bound.of);
        println!("{question}, of one {of:?}: {calls:.2} calls, at most {most}: {verdict}");
    }
    let (passed, result) = (BOUNDS.len() - failed, if failed == 0 { "ok" } else { "FAILED" });
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Counts in a pid namespace of its own, where nobody else starts or ends; `None` if there can be none.
fn apart() -> Option<ExitCode> {
    let mut unshare = vec!["--pid", "--fork", "--mount-proc", "--kill-child"];
    if !rustix::process::geteuid().is_root() {
        unshare.push("--map-root-user");
    }
    let can = Command::new("unshare").args(&unshare).arg("true").output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("no pid namespace can be had here: other processes may disturb the counts");
        return None;
    }
    let this = env::current_exe().expect("a test is a program");
    let mut command = Command::new("unshare");
    let status = command.args(unshare).arg(this).arg(APART).status().expect("it was there");
    Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Calls of one more item, from counts without and with `more` of them.
fn of_one_more(more: usize, measure: impl Fn() -> Option<(Count, Count)>) -> Option<f64> {
    let (mut good, mut any) = (Vec::new(), Vec::new());
    while good.len() < COMPARED && any.len() < PATIENCE {
        let (before, after) = measure()?;
        let items = f64::from(after.items) - f64::from(before.items);
        let calls = f64::from(after.calls) - f64::from(before.calls);
        if items == more as f64 {
            good.push(calls / items);
        }
        any.push(calls / items.max(1.0));
    }
    let mut numbers = if good.len() < COMPARED { any } else { good };
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
