//! Processes to look at: the test program itself, started again.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, process};

use sysvitals::{Child, Process};

/// What a process that was started as a stand-in is to do; nothing is set in the tests themselves.
const ROLE: &str = "SYSVITALS_STAND_IN";

/// Whatever a test waits for has come by then, or never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a stand-in does until it ends by itself, when its input is closed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// Nothing.
    Wait,
    /// Uses a processor.
    Work,
    /// Starts another one, and tells its pid.
    Parent,
}

/// A stand-in: ends with its test, however that ends.
pub(crate) struct StandIn {
    pub(crate) child: Child,
    /// It waits for what it is told here.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// The program that stands in, with `arguments` that mean nothing to it.
pub(crate) fn command(role: Role, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env::current_exe().expect("our path"));
    // To the harness they are names of tests that are not there.
    command.args(["--exact", "stand_in", "--nocapture", "--test-threads=1"]).args(arguments);
    command.env(ROLE, format!("{role:?}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

impl StandIn {
    pub(crate) fn new(role: Role) -> Self {
        Self::start(&mut command(role, &[] as &[&str]))
    }

    /// Starts it, and waits until it plays its role.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = Child::spawn(command).expect("this program");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut stand_in = Self { child, input, output };
        while stand_in.line() != "ready" {}
        stand_in
    }

    pub(crate) fn process(&self) -> &Process {
        self.child.process().expect("our child")
    }

    /// What it says next.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.output.read_line(&mut line).expect("its output");
        assert!(length > 0, "it has ended");
        line.trim_end().to_owned()
    }

    /// Lets it end by itself, with this exit code.
    pub(crate) fn end(&mut self, code: u8) {
        if let Some(mut input) = self.input.take() {
            // One that was ended already hears nothing.
            let _ = input.write_all(&[code]);
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Ok(process) = self.child.process() {
            let _ = process.kill();
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never so: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Plays the role, if this process was started to; call it from a test named `stand_in`.
pub(crate) fn play() {
    let Ok(role) = env::var(ROLE) else { return };
    // So that what this one starts is none by accident.
    let parent = (role == "Parent").then(|| StandIn::new(Role::Wait));
    if role == "Work" {
        std::thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    say("\nready");
    if let Some(child) = &parent {
        say(&child.child.pid().to_string());
    }
    let mut code = [0];
    let ended = std::io::stdin().read_exact(&mut code);
    drop(parent);
    process::exit(if ended.is_ok() { code[0].into() } else { 0 });
}

fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{line}").and_then(|()| output.flush()).expect("someone listens");
}
