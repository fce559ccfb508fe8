//! A child that plays a role: this test program again, told what to do.

use std::env;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use sysvitals::Process;

const ROLE: &str = "SYSVITALS_TEST_ROLE";

/// A child that has done what it was told, and waits.
pub(crate) struct Player {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Player {
    /// Starts one and waits until it has played. The test file has a test `player`, which calls
    /// [`play`].
    pub(crate) fn new(role: &str) -> Self {
        let program = env::current_exe().expect("our own program");
        let mut child = Command::new(program)
            .args(["--exact", "player", "--nocapture"])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("our own program starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut player = Self { child, output };
        player.listen();
        player
    }

    /// Waits until it says that it has played.
    fn listen(&mut self) {
        let mut line = String::new();
        while !line.ends_with("played\r\n") && !line.ends_with("played\n") {
            line.clear();
            let length = self.output.read_line(&mut line).expect("it speaks UTF-8");
            assert!(length > 0, "it ended before it had played");
        }
    }

    /// Listens until it has ended.
    #[allow(dead_code, reason = "not every test file lets one end")]
    pub(crate) fn listen_to_the_end(mut self) {
        self.output.read_to_end(&mut Vec::new()).expect("the end of the pipe");
    }

    /// It, as the library knows it.
    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id()).expect("it is there")
    }

    /// Ends it; gives what it was.
    #[allow(dead_code, reason = "not every test file ends one")]
    pub(crate) fn end(mut self) -> Process {
        let process = self.process();
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
        process
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a child: does `act` with the role, says so, and waits for the end of its input. In the test
/// program itself: nothing.
pub(crate) fn play<T>(act: impl FnOnce(&str) -> T) {
    let Ok(role) = env::var(ROLE) else { return };
    let _kept = act(&role);
    let mut output = std::io::stdout();
    output.write_all(b"\nplayed\n").expect("somebody listens");
    output.flush().expect("somebody listens");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// Whether this is Wine, which answers some questions with nothing.
#[allow(dead_code, reason = "not every test file asks")]
pub(crate) fn is_wine() -> bool {
    Path::new(r"C:\windows\system32\winecfg.exe").exists()
}
