//! A small recorded machine, and `vitals` to look at it.

#![allow(dead_code, unreachable_pub, reason = "each test file has a copy, and uses some of it")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What `vitals` answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    /// The output, which must be a success.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""));
        self.out
    }

    /// The output as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }

    /// The one line that tells of a failure.
    #[track_caller]
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.out, "", "nothing on the standard output");
        assert_eq!(self.code, code, "{}", self.err);
        let line = self.err.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{line:?}");
        line.strip_prefix("vitals: ").expect("the name in front").to_owned()
    }
}

/// Runs `vitals` with words that are separated by blanks.
pub fn vitals(line: &str) -> Answer {
    run(Command::new(env!("CARGO_BIN_EXE_vitals")).args(line.split_whitespace()))
}

pub fn run(command: &mut Command) -> Answer {
    /// `ERROR_INTERNAL_ERROR`: Wine now and then fails to start a program.
    const INTERNAL_ERROR: i32 = 1359;
    let command = command.env("TZ", "UTC").stdin(Stdio::null());
    let output = match command.output() {
        Err(err) if cfg!(windows) && err.raw_os_error() == Some(INTERNAL_ERROR) => command.output(),
        output => output,
    };
    let output = output.expect("vitals runs");
    Answer {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A recorded machine.
pub struct Machine {
    root: TempDir,
}

impl Machine {
    /// With two CPUs, 4 GiB of memory, a disk, an interface and the processes 1 and 42.
    pub fn new() -> Self {
        let machine = Self { root: TempDir::new().expect("a directory") };
        for (file, text) in FILES {
            machine.write(file, text.as_bytes());
        }
        machine.process(1, 0, b"init", b"/sbin/init\0--log\0");
        machine.process(42, 1, b"cat", b"cat\0a b\0");
        machine
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    pub fn write(&self, file: &str, bytes: &[u8]) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }

    /// A process that was started ten seconds after boot.
    pub fn process(&self, pid: u32, ppid: u32, name: &[u8], cmdline: &[u8]) {
        let mut stat = format!("{pid} (").into_bytes();
        stat.extend(name);
        stat.extend(format!(") S {ppid} {pid} {pid} 0 -1 4194560 100 0 2 0 150 50 0 0 20 0 1 0 1000 8192000 500 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 7 0 0 0 0 0 0 0 0 0 0\n").into_bytes());
        self.write(&format!("proc/{pid}/stat"), &stat);
        self.write(&format!("proc/{pid}/statm"), b"2000 500 300 10 0 200 0\n");
        self.write(&format!("proc/{pid}/cmdline"), cmdline);
        let mut status = b"Name:\t".to_vec();
        status.extend(name);
        let rest = format!(
            "\nState:\tS (sleeping)\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{ppid}\n\
             Uid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t100\t100\nThreads:\t1\n\
             Cpus_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t5\n\
             nonvoluntary_ctxt_switches:\t1\n"
        );
        status.extend(rest.as_bytes());
        self.write(&format!("proc/{pid}/status"), &status);
    }

    /// Runs `vitals` on this machine.
    pub fn vitals(&self, line: &str) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitals"));
        run(command.args(line.split_whitespace()).arg("--root").arg(self.path()))
    }
}

const FILES: [(&str, &str); 13] = [
    (
        "proc/stat",
        "cpu  200 0 100 1700 0 0 0 0 0 0\ncpu0 100 0 50 850 0 0 0 0 0 0\n\
         cpu1 100 0 50 850 0 0 0 0 0 0\nintr 1000 1\nctxt 2000\nbtime 1600000000\n\
         processes 50\nprocs_running 1\nprocs_blocked 0\nsoftirq 300 1\n",
    ),
    (
        "proc/meminfo",
        "MemTotal:        4194304 kB\nMemFree:         1048576 kB\nMemAvailable:    3145728 kB\n\
         Buffers:          102400 kB\nCached:          1024000 kB\nActive:           500000 kB\n\
         Inactive:         400000 kB\nShmem:             51200 kB\nSReclaimable:          0 kB\n\
         SwapTotal:       1048576 kB\nSwapFree:         786432 kB\nSlab:               4096 kB\n",
    ),
    ("proc/vmstat", "pswpin 2\npswpout 3\n"),
    ("proc/loadavg", "0.50 1.25 2.00 1/100 42\n"),
    ("proc/uptime", "110.00 200.00\n"),
    ("proc/sys/kernel/hostname", "recorded\n"),
    ("proc/sys/kernel/ostype", "Linux\n"),
    ("proc/sys/kernel/osrelease", "6.1.0\n"),
    (
        "proc/net/dev",
        "Inter-|   Receive                                                |  Transmit\n \
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs \
         drop fifo colls carrier compressed\n  eth0: 1000 10 0 1 0 0 0 0 2000 20 0 2 0 0 0 0\n",
    ),
    (
        "proc/self/mounts",
        "/dev/sda1 / ext4 rw 0 0\n/dev/sda2 /my\\040home ext4 rw 0 0\nproc /proc proc rw 0 0\n",
    ),
    ("proc/filesystems", "nodev\tproc\n\text4\n"),
    ("proc/diskstats", "   8       0 sda 10 1 200 3 20 2 400 6 0 5 9\n"),
    ("etc/passwd", "root:x:0:0::/:/bin/sh\nmaria:x:1000:100::/:/bin/sh\n"),
];
