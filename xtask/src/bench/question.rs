//! The rows of the table: what is asked, of whom, in what surroundings, and what is to be reached.

use super::contender::Program;
use super::measured::Part;

/// Which ratios a row is to reach; `None` is shown and not judged.
#[derive(Clone, Copy, Default)]
pub(super) struct Goals {
    /// Ours by the floor: at most.
    pub(super) floor: Option<f64>,
    /// psutil by ours, in Rust: at least.
    pub(super) rust: Option<f64>,
    /// psutil by ours, both in Python: at least.
    pub(super) python: Option<f64>,
    /// sysinfo by ours: at least.
    pub(super) sysinfo: Option<f64>,
}

/// What is there to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// The machine as it is.
    Host,
    /// So many sleeping processes.
    Processes(usize),
    /// So many connections of the machine with itself, two sockets each.
    Connections(usize),
    /// A process with 10 connections, beside others with so many.
    Few(usize),
    /// A process with so many mappings.
    Mappings(usize),
    /// An idle Python of some 60 MB.
    Interpreter,
}

/// What an operation is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    Nothing,
    /// One process of the workload.
    Pid,
    /// The parent of the workload.
    Root,
}

/// How a row is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All programs that know the operation.
    Usual,
    /// The two Pythons only.
    Python,
    /// The same; what comes back are bytes of memory.
    PythonMemory,
    /// The two Pythons, each method of a process: the worst of them counts.
    Methods,
    /// Programs that are started.
    Program,
}

/// Another contender than those that are in every row.
pub(super) struct Other {
    pub(super) name: &'static str,
    pub(super) program: Program,
    pub(super) operation: &'static str,
    /// This one by ours: at least.
    pub(super) goal: Option<f64>,
}

/// One row.
pub(super) struct Question {
    /// For `--only`.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) setting: Setting,
    pub(super) operation: &'static str,
    pub(super) argument: Argument,
    pub(super) kind: Kind,
    pub(super) goals: Goals,
    pub(super) others: &'static [Other],
    /// Whether `--quick` asks it.
    pub(super) quick: bool,
}

impl Question {
    /// Who is us in it.
    pub(super) fn ours(&self) -> Part {
        match self.kind {
            Kind::Python | Kind::PythonMemory | Kind::Methods => Part::OursInPython,
            Kind::Usual | Kind::Program => Part::Ours,
        }
    }
}

const NO_GOALS: Goals = Goals { floor: None, rust: None, python: None, sysinfo: None };

/// What most rows are; a row says what differs.
const ROW: Question = Question {
    name: "",
    label: "",
    setting: Setting::Processes(2000),
    operation: "",
    argument: Argument::Nothing,
    kind: Kind::Usual,
    goals: NO_GOALS,
    others: &[],
    quick: true,
};

const fn procfs(operation: &'static str) -> Other {
    Other { name: "procfs", program: Program::Peers, operation, goal: None }
}

const fn rust_psutil(operation: &'static str) -> Other {
    Other { name: "psutil (crate)", program: Program::RustPsutil, operation, goal: None }
}

const fn sysinfo(operation: &'static str) -> Other {
    Other { name: "sysinfo", program: Program::Peers, operation, goal: None }
}

const fn psutil(operation: &'static str) -> Other {
    Other { name: "psutil", program: Program::TheirPython, operation, goal: None }
}

const TABLE: Question = Question {
    name: "table",
    label: "table, 12 attributes",
    operation: "table",
    goals: Goals { floor: Some(1.12), rust: Some(7.5), python: Some(5.0), sysinfo: Some(1.65) },
    others: &[procfs("procfs.table"), rust_psutil("table")],
    ..ROW
};

/// The same table of fewer and more processes: the cost of a row must not grow.
const GROWTH: Question =
    Question { goals: Goals { floor: Some(1.12), ..NO_GOALS }, others: &[], quick: false, ..TABLE };

const CONNECTIONS: Question = Question {
    name: "connections",
    label: "connections with owners, 10,000 sockets",
    setting: Setting::Connections(5_000),
    operation: "connections",
    goals: Goals { floor: Some(1.2), rust: Some(4.5), python: Some(4.0), sysinfo: None },
    others: &[
        procfs("procfs.connections"),
        Other {
            name: "ss -tanp",
            program: Program::Peers,
            operation: "program.ss_tanp",
            goal: Some(3.0),
        },
    ],
    ..ROW
};

const MAPS: Question = Question {
    name: "memory_maps",
    label: "memory_maps, 5,000 maps",
    setting: Setting::Mappings(5_000),
    operation: "memory_maps",
    argument: Argument::Pid,
    goals: Goals { floor: Some(1.2), rust: Some(10.0), python: Some(6.0), sysinfo: None },
    others: &[procfs("procfs.memory_maps")],
    ..ROW
};

const SYSTEM: Question = Question { setting: Setting::Host, ..ROW };

/// Every row, in the order of the table; those of one setting stand together.
pub(super) const QUESTIONS: &[Question] = &[
    TABLE,
    Question {
        name: "stat",
        label: "table, attributes of `stat`",
        operation: "stat",
        goals: Goals { floor: Some(1.12), rust: Some(10.5), python: Some(6.0), sysinfo: Some(2.8) },
        others: &[procfs("procfs.stat"), rust_psutil("stat")],
        ..ROW
    },
    Question {
        name: "tick",
        label: "Sampler tick, stat and statm",
        operation: "tick",
        goals: Goals { floor: Some(1.12), rust: Some(18.0), python: Some(8.0), sysinfo: Some(3.6) },
        ..ROW
    },
    Question {
        name: "cpu_tick",
        label: "Sampler tick, CPU time only",
        operation: "cpu_tick",
        goals: Goals {
            floor: Some(1.2),
            rust: Some(25.0),
            python: Some(10.0),
            sysinfo: Some(15.0),
        },
        ..ROW
    },
    Question {
        name: "bpf_table",
        label: "table by BPF, the same without command lines",
        operation: "bpf_table",
        others: &[
            psutil("table"),
            sysinfo("sysinfo.table"),
            Other { name: "ours", program: Program::Ours, operation: "table", goal: None },
        ],
        ..ROW
    },
    Question {
        name: "everything",
        label: "process_iter(all attributes)",
        operation: "everything",
        kind: Kind::Python,
        goals: Goals { python: Some(5.0), ..NO_GOALS },
        ..ROW
    },
    Question {
        name: "one",
        label: "one process, 12 attributes, held",
        operation: "one",
        argument: Argument::Pid,
        goals: Goals { floor: Some(1.15), rust: Some(12.5), python: Some(6.0), sysinfo: Some(2.0) },
        ..ROW
    },
    Question {
        name: "one_new",
        label: "one process, 12 attributes, new",
        operation: "one_new",
        argument: Argument::Pid,
        goals: Goals { sysinfo: Some(6.5), ..NO_GOALS },
        others: &[procfs("procfs.one_new"), rust_psutil("one_new")],
        ..ROW
    },
    Question {
        name: "new_process",
        label: "the same, of a `Process` that may be asked more",
        operation: "new_process",
        argument: Argument::Pid,
        others: &[psutil("one_new"), sysinfo("sysinfo.one_new"), procfs("procfs.one_new")],
        ..ROW
    },
    Question {
        name: "methods",
        label: "single methods, the worst",
        operation: "methods",
        argument: Argument::Pid,
        kind: Kind::Methods,
        goals: Goals { python: Some(1.5), ..NO_GOALS },
        ..ROW
    },
    Question {
        name: "children",
        label: "children(recursive)",
        operation: "children",
        argument: Argument::Root,
        goals: Goals { python: Some(10.0), ..NO_GOALS },
        ..ROW
    },
    Question {
        name: "pid_exists",
        label: "pid_exists",
        operation: "pid_exists",
        argument: Argument::Pid,
        goals: Goals { python: Some(1.5), ..NO_GOALS },
        ..ROW
    },
    Question {
        name: "pids",
        label: "pids",
        operation: "pids",
        goals: Goals { python: Some(1.1), ..NO_GOALS },
        ..ROW
    },
    Question {
        name: "ps",
        label: "`vitals ps`, all columns of `ps aux`",
        operation: "program.vitals_ps",
        kind: Kind::Program,
        others: &[
            Other {
                name: "ps aux",
                program: Program::Peers,
                operation: "program.ps_aux",
                goal: Some(2.5),
            },
            Other {
                name: "procs",
                program: Program::Peers,
                operation: "program.procs",
                goal: Some(3.0),
            },
        ],
        ..ROW
    },
    Question {
        name: "table_1000",
        label: "table, 12 attributes, 1,000 processes",
        setting: Setting::Processes(1_000),
        ..GROWTH
    },
    Question {
        name: "table_5000",
        label: "table, 12 attributes, 5,000 processes",
        setting: Setting::Processes(5_000),
        ..GROWTH
    },
    Question {
        name: "table_10000",
        label: "table, 12 attributes, 10,000 processes",
        setting: Setting::Processes(10_000),
        ..GROWTH
    },
    CONNECTIONS,
    Question {
        name: "bpf_connections",
        label: "the same, owners by BPF",
        operation: "bpf_connections",
        goals: NO_GOALS,
        others: &[
            psutil("connections"),
            Other { name: "ours", program: Program::Ours, operation: "connections", goal: None },
        ],
        ..CONNECTIONS
    },
    Question {
        name: "connections_40000",
        label: "connections with owners, 40,000 sockets",
        setting: Setting::Connections(20_000),
        quick: false,
        ..CONNECTIONS
    },
    Question {
        name: "connections_100000",
        label: "connections with owners, 100,000 sockets",
        setting: Setting::Connections(50_000),
        quick: false,
        ..CONNECTIONS
    },
    Question {
        name: "process_connections",
        label: "connections of one process among 20,000 sockets",
        setting: Setting::Few(10_000),
        operation: "process_connections",
        argument: Argument::Pid,
        goals: Goals { floor: Some(1.2), rust: Some(100.0), python: Some(50.0), sysinfo: None },
        ..ROW
    },
    Question {
        name: "process_connections_default",
        label: "the same, from the tables",
        setting: Setting::Few(10_000),
        operation: "process_connections_default",
        argument: Argument::Pid,
        ..ROW
    },
    MAPS,
    Question {
        name: "memory_maps_python",
        label: "memory_maps, a Python process",
        setting: Setting::Interpreter,
        goals: Goals { floor: Some(1.25), rust: Some(4.5), python: Some(3.5), sysinfo: None },
        ..MAPS
    },
    Question {
        name: "cpu_times",
        label: "cpu_times, held",
        operation: "cpu_times",
        goals: Goals { floor: Some(1.25), rust: Some(3.3), python: Some(2.5), sysinfo: None },
        others: &[procfs("procfs.cpu_times"), rust_psutil("cpu_times")],
        ..SYSTEM
    },
    Question {
        name: "virtual_memory",
        label: "virtual_memory, held",
        operation: "virtual_memory",
        goals: Goals { floor: Some(1.25), rust: Some(6.5), python: Some(4.0), sysinfo: None },
        others: &[procfs("procfs.virtual_memory"), rust_psutil("virtual_memory")],
        ..SYSTEM
    },
    Question {
        name: "disk_io_counters",
        label: "disk_io_counters, held",
        operation: "disk_io_counters",
        goals: Goals { floor: Some(1.25), rust: Some(10.0), python: Some(5.0), sysinfo: None },
        others: &[procfs("procfs.disk_io_counters"), rust_psutil("disk_io_counters")],
        ..SYSTEM
    },
    Question {
        name: "net_io_counters",
        label: "net_io_counters, held",
        operation: "net_io_counters",
        goals: Goals { floor: Some(1.25), rust: Some(22.0), python: Some(10.0), sysinfo: None },
        others: &[procfs("procfs.net_io_counters"), rust_psutil("net_io_counters")],
        ..SYSTEM
    },
    Question {
        name: "disk_partitions",
        label: "disk_partitions",
        operation: "disk_partitions",
        goals: Goals { floor: Some(1.25), rust: Some(4.5), python: Some(3.0), sysinfo: None },
        others: &[procfs("procfs.disk_partitions"), rust_psutil("disk_partitions")],
        ..SYSTEM
    },
    Question {
        name: "import",
        label: "import, time",
        operation: "import",
        kind: Kind::Python,
        goals: Goals { python: Some(4.0), ..NO_GOALS },
        ..SYSTEM
    },
    Question {
        name: "import_memory",
        label: "import, memory",
        operation: "import_memory",
        kind: Kind::PythonMemory,
        goals: Goals { python: Some(2.0), ..NO_GOALS },
        ..SYSTEM
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_one_row() {
        let mut names: Vec<_> = QUESTIONS.iter().map(|question| question.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_setting_is_made_once() {
        let mut settings: Vec<_> = QUESTIONS.iter().map(|question| question.setting).collect();
        settings.dedup();
        let count = settings.len();
        settings.sort_by_key(|setting| format!("{setting:?}"));
        settings.dedup();
        assert_eq!(settings.len(), count);
    }
}
