//! Names out of fixed sets are psutil's constants, to the letter.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::time::Duration;

use sysvitals::os::windows::{ServiceStartType, ServiceStatus};
use sysvitals::{
    AddressFamily, ConnectionKind, ConnectionStatus, Error, Exit, Fields, IoClass, NicDuplex,
    ProcessStatus, Resource, ResourceLimit, Signal, SocketKind, TimeLeft, ToValue, Value,
};

/// `all` are `want`, in the order of the declaration, and each can be read back.
#[track_caller]
fn check<T>(all: &[T], want: &[&'static str])
where
    T: Copy + Debug + Display + PartialEq + ToValue + FromStr<Err = Error>,
{
    let got: Vec<_> = all.iter().map(T::to_string).collect();
    assert_eq!(got, want);
    for (each, name) in all.iter().zip(want) {
        assert_eq!(name.parse::<T>().expect("its own name"), *each);
        assert_eq!(each.to_value(), Value::Name(name));
    }
    let refused = "no such name".parse::<T>();
    assert!(matches!(refused, Err(Error::InvalidArgument(_))), "{refused:?}");
}

#[test]
fn statuses() {
    check(
        ProcessStatus::ALL,
        &[
            "running",
            "sleeping",
            "disk-sleep",
            "stopped",
            "tracing-stop",
            "zombie",
            "dead",
            "wake-kill",
            "waking",
            "idle",
            "locked",
            "waiting",
            "suspended",
            "parked",
            "?",
        ],
    );
    assert_eq!(ProcessStatus::DiskSleep.as_str(), "disk-sleep");
    assert_eq!(ProcessStatus::TracingStop.as_str(), "tracing-stop");
    assert_eq!(ProcessStatus::WakeKill.as_str(), "wake-kill");
}

#[test]
fn services() {
    check(ServiceStartType::ALL, &["automatic", "manual", "disabled", "unknown"]);
    check(
        ServiceStatus::ALL,
        &[
            "running",
            "paused",
            "start_pending",
            "pause_pending",
            "continue_pending",
            "stop_pending",
            "stopped",
            "unknown",
        ],
    );
}

#[test]
fn connections() {
    check(
        ConnectionStatus::ALL,
        &[
            "ESTABLISHED",
            "SYN_SENT",
            "SYN_RECV",
            "FIN_WAIT1",
            "FIN_WAIT2",
            "TIME_WAIT",
            "CLOSE",
            "CLOSE_WAIT",
            "LAST_ACK",
            "LISTEN",
            "CLOSING",
            "NONE",
            "DELETE_TCB",
            "IDLE",
            "BOUND",
        ],
    );
    check(
        ConnectionKind::ALL,
        &["all", "inet", "inet4", "inet6", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix"],
    );
    assert_eq!(ConnectionKind::default(), ConnectionKind::Inet, "psutil's default");
    check(AddressFamily::ALL, &["AF_UNIX", "AF_INET", "AF_INET6", "AF_LINK"]);
    check(
        SocketKind::ALL,
        &["SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW", "SOCK_RDM"],
    );
}

#[test]
fn enumerations() {
    check(NicDuplex::ALL, &["NIC_DUPLEX_FULL", "NIC_DUPLEX_HALF", "NIC_DUPLEX_UNKNOWN"]);
    check(
        IoClass::ALL,
        &[
            "IOPRIO_CLASS_NONE",
            "IOPRIO_CLASS_RT",
            "IOPRIO_CLASS_BE",
            "IOPRIO_CLASS_IDLE",
            "IOPRIO_VERYLOW",
            "IOPRIO_LOW",
            "IOPRIO_NORMAL",
            "IOPRIO_HIGH",
        ],
    );
    check(
        Resource::ALL,
        &[
            "RLIMIT_AS",
            "RLIMIT_CORE",
            "RLIMIT_CPU",
            "RLIMIT_DATA",
            "RLIMIT_FSIZE",
            "RLIMIT_LOCKS",
            "RLIMIT_MEMLOCK",
            "RLIMIT_MSGQUEUE",
            "RLIMIT_NICE",
            "RLIMIT_NOFILE",
            "RLIMIT_NPROC",
            "RLIMIT_NPTS",
            "RLIMIT_RSS",
            "RLIMIT_RTPRIO",
            "RLIMIT_RTTIME",
            "RLIMIT_SBSIZE",
            "RLIMIT_SIGPENDING",
            "RLIMIT_STACK",
            "RLIMIT_SWAP",
        ],
    );
}

#[test]
fn numbers_that_stand_for_something() {
    let check = |left: TimeLeft, want: Value| assert_eq!(left.to_value(), want);
    check(TimeLeft::Unknown, Value::Signed(-1));
    check(TimeLeft::Unlimited, Value::Signed(-2));
    check(TimeLeft::Remaining(Duration::from_millis(7999)), Value::Unsigned(7));

    let limit = ResourceLimit { soft: Some(1024), hard: None };
    let want = Value::List(vec![Value::Unsigned(1024), Value::Signed(-1)]);
    assert_eq!(limit.to_value(), want, "RLIM_INFINITY is -1");

    assert_eq!(Exit::Code(3).to_value(), Value::Signed(3));
    assert_eq!(Exit::Signal(Signal::TERM).to_value(), Value::Signed(-15));
    assert_eq!(Exit::Unknown.to_value(), Value::Null);
}

/// The names that psutil's `as_dict()` and `process_iter(attrs)` take, and one that is ours.
#[test]
fn questions() {
    let want = "name exe cmdline environ create_time cwd username uids gids terminal nice ionice \
        cpu_affinity cpu_times cpu_num num_threads threads num_ctx_switches io_counters \
        memory_info memory_info_ex memory_footprint memory_maps page_faults num_fds open_files \
        net_connections num_handles cpu_clock";
    assert_eq!(Fields::all().names().collect::<Vec<_>>().join(" "), want);
    for name in ["pid", "ppid", "status"] {
        assert_eq!(Fields::named(name), Some(Fields::empty()), "{name} is in every row");
    }
    let full = Fields::named("memory_full_info");
    assert_eq!(full, Some(Fields::MEMORY | Fields::MEMORY_FOOTPRINT));
}
