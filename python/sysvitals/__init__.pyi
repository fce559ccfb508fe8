import sys
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from typing import Any, Literal, Protocol, overload, type_check_only

from typing_extensions import TypeAlias

from sysvitals import _enums, _ntuples, _process
from sysvitals._alias import install_as_psutil as install_as_psutil
from sysvitals._common import bytes2human as bytes2human
from sysvitals._constants import (
    AIX as AIX,
    BSD as BSD,
    CONN_CLOSE as CONN_CLOSE,
    CONN_CLOSE_WAIT as CONN_CLOSE_WAIT,
    CONN_CLOSING as CONN_CLOSING,
    CONN_ESTABLISHED as CONN_ESTABLISHED,
    CONN_FIN_WAIT1 as CONN_FIN_WAIT1,
    CONN_FIN_WAIT2 as CONN_FIN_WAIT2,
    CONN_LAST_ACK as CONN_LAST_ACK,
    CONN_LISTEN as CONN_LISTEN,
    CONN_NONE as CONN_NONE,
    CONN_SYN_RECV as CONN_SYN_RECV,
    CONN_SYN_SENT as CONN_SYN_SENT,
    CONN_TIME_WAIT as CONN_TIME_WAIT,
    FREEBSD as FREEBSD,
    LINUX as LINUX,
    MACOS as MACOS,
    NETBSD as NETBSD,
    OPENBSD as OPENBSD,
    OSX as OSX,
    POSIX as POSIX,
    STATUS_DEAD as STATUS_DEAD,
    STATUS_DISK_SLEEP as STATUS_DISK_SLEEP,
    STATUS_IDLE as STATUS_IDLE,
    STATUS_LOCKED as STATUS_LOCKED,
    STATUS_PARKED as STATUS_PARKED,
    STATUS_RUNNING as STATUS_RUNNING,
    STATUS_SLEEPING as STATUS_SLEEPING,
    STATUS_STOPPED as STATUS_STOPPED,
    STATUS_TRACING_STOP as STATUS_TRACING_STOP,
    STATUS_WAITING as STATUS_WAITING,
    STATUS_WAKING as STATUS_WAKING,
    STATUS_ZOMBIE as STATUS_ZOMBIE,
    SUNOS as SUNOS,
    WINDOWS as WINDOWS,
)
from sysvitals._errors import (
    AccessDenied as AccessDenied,
    Error as Error,
    NoSuchProcess as NoSuchProcess,
    TimeoutExpired as TimeoutExpired,
    ZombieProcess as ZombieProcess,
)
from sysvitals._listing import test as test
from sysvitals._popen import Popen as Popen
from sysvitals._process import Process as Process
from sysvitals._sampler import Sampler as Sampler
from sysvitals._sysvitals import hold as hold

# fmt: off
__all__ = [
    "Error", "NoSuchProcess", "ZombieProcess", "AccessDenied", "TimeoutExpired", "version_info",
    "__version__", "STATUS_RUNNING", "STATUS_IDLE", "STATUS_SLEEPING", "STATUS_DISK_SLEEP",
    "STATUS_STOPPED", "STATUS_TRACING_STOP", "STATUS_ZOMBIE", "STATUS_DEAD", "STATUS_WAKING",
    "STATUS_LOCKED", "STATUS_WAITING", "STATUS_PARKED", "CONN_ESTABLISHED", "CONN_SYN_SENT",
    "CONN_SYN_RECV", "CONN_FIN_WAIT1", "CONN_FIN_WAIT2", "CONN_TIME_WAIT", "CONN_CLOSE",
    "CONN_CLOSE_WAIT", "CONN_LAST_ACK", "CONN_LISTEN", "CONN_CLOSING", "CONN_NONE", "AF_LINK",
    "NIC_DUPLEX_FULL", "NIC_DUPLEX_HALF", "NIC_DUPLEX_UNKNOWN", "POWER_TIME_UNKNOWN",
    "POWER_TIME_UNLIMITED", "BSD", "FREEBSD", "LINUX", "NETBSD", "OPENBSD", "MACOS", "OSX",
    "POSIX", "SUNOS", "WINDOWS", "AIX", "Process", "Popen", "pid_exists", "pids", "process_iter",
    "wait_procs", "virtual_memory", "swap_memory", "cpu_times", "cpu_percent",
    "cpu_times_percent", "cpu_count", "cpu_stats", "getloadavg", "net_io_counters",
    "net_connections", "net_if_addrs", "net_if_stats", "disk_io_counters", "disk_partitions",
    "disk_usage", "users", "boot_time",
]

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
):
    __all__ += ["cpu_freq"]
if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("netbsd")
):
    __all__ += ["heap_info", "heap_trim"]
if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
):
    __all__ += ["sensors_battery"]
if sys.platform == "linux" or sys.platform.startswith("freebsd"):
    __all__ += ["sensors_temperatures"]

if sys.platform == "linux":
    __all__ += [
        "PROCFS_PATH", "IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE",
        "IOPRIO_CLASS_IDLE", "sensors_fans", "RLIM_INFINITY", "RLIMIT_AS",
        "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS",
        "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC",
        "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
    ]

if sys.platform == "win32":
    __all__ += [
        "IOPRIO_VERYLOW", "IOPRIO_LOW", "IOPRIO_NORMAL", "IOPRIO_HIGH", "CONN_DELETE_TCB",
        "ABOVE_NORMAL_PRIORITY_CLASS", "BELOW_NORMAL_PRIORITY_CLASS", "HIGH_PRIORITY_CLASS",
        "IDLE_PRIORITY_CLASS", "NORMAL_PRIORITY_CLASS", "REALTIME_PRIORITY_CLASS",
        "win_service_iter", "win_service_get",
    ]
# fmt: on

__version__: str
version_info: tuple[int, int, int]

AF_LINK: int
NIC_DUPLEX_FULL = _enums.NicDuplex.NIC_DUPLEX_FULL
NIC_DUPLEX_HALF = _enums.NicDuplex.NIC_DUPLEX_HALF
NIC_DUPLEX_UNKNOWN = _enums.NicDuplex.NIC_DUPLEX_UNKNOWN
POWER_TIME_UNKNOWN = _enums.BatteryTime.POWER_TIME_UNKNOWN
POWER_TIME_UNLIMITED = _enums.BatteryTime.POWER_TIME_UNLIMITED

if sys.platform == "linux":
    # Looked at again for every question; a Process keeps what it was made with.
    PROCFS_PATH: str

    IOPRIO_CLASS_NONE = _enums.IOPriority.IOPRIO_CLASS_NONE
    IOPRIO_CLASS_RT = _enums.IOPriority.IOPRIO_CLASS_RT
    IOPRIO_CLASS_BE = _enums.IOPriority.IOPRIO_CLASS_BE
    IOPRIO_CLASS_IDLE = _enums.IOPriority.IOPRIO_CLASS_IDLE

    RLIM_INFINITY: int
    RLIMIT_AS: int
    RLIMIT_CORE: int
    RLIMIT_CPU: int
    RLIMIT_DATA: int
    RLIMIT_FSIZE: int
    RLIMIT_LOCKS: int
    RLIMIT_MEMLOCK: int
    RLIMIT_MSGQUEUE: int
    RLIMIT_NICE: int
    RLIMIT_NOFILE: int
    RLIMIT_NPROC: int
    RLIMIT_RSS: int
    RLIMIT_RTPRIO: int
    RLIMIT_RTTIME: int
    RLIMIT_SIGPENDING: int
    RLIMIT_STACK: int

    def sensors_fans() -> dict[str, list[_ntuples.sfan]]: ...

if sys.platform == "win32":
    from sysvitals._constants import CONN_DELETE_TCB as CONN_DELETE_TCB
    from sysvitals._services import (
        win_service_get as win_service_get,
        win_service_iter as win_service_iter,
    )

    IOPRIO_VERYLOW = _enums.IOPriority.IOPRIO_VERYLOW
    IOPRIO_LOW = _enums.IOPriority.IOPRIO_LOW
    IOPRIO_NORMAL = _enums.IOPriority.IOPRIO_NORMAL
    IOPRIO_HIGH = _enums.IOPriority.IOPRIO_HIGH

    ABOVE_NORMAL_PRIORITY_CLASS: int
    BELOW_NORMAL_PRIORITY_CLASS: int
    HIGH_PRIORITY_CLASS: int
    IDLE_PRIORITY_CLASS: int
    NORMAL_PRIORITY_CLASS: int
    REALTIME_PRIORITY_CLASS: int

_StrPath: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]

@type_check_only
class _ProcessIter(Protocol):
    def __call__(
        self, attrs: _process._Names | None = None, ad_value: Any = None
    ) -> Iterator[Process]: ...
    def cache_clear(self) -> None: ...

@type_check_only
class _DiskIoCounters(Protocol):
    @overload
    def __call__(
        self, perdisk: Literal[False] = False, nowrap: bool = True
    ) -> _ntuples.sdiskio | None: ...
    @overload
    def __call__(
        self, perdisk: Literal[True], nowrap: bool = True
    ) -> dict[str, _ntuples.sdiskio]: ...
    def cache_clear(self) -> None: ...

@type_check_only
class _NetIoCounters(Protocol):
    @overload
    def __call__(
        self, pernic: Literal[False] = False, nowrap: bool = True
    ) -> _ntuples.snetio | _ntuples._MaybeNone: ...
    @overload
    def __call__(
        self, pernic: Literal[True], nowrap: bool = True
    ) -> dict[str, _ntuples.snetio]: ...
    def cache_clear(self) -> None: ...

def pids() -> list[int]: ...
def pid_exists(pid: int) -> bool: ...

process_iter: _ProcessIter

def wait_procs(
    procs: Iterable[Process],
    timeout: float | None = None,
    callback: Callable[[Process], object] | None = None,
) -> tuple[list[Process], list[Process]]: ...
@overload
def cpu_times(percpu: Literal[False] = False) -> _ntuples.scputimes: ...
@overload
def cpu_times(percpu: Literal[True]) -> list[_ntuples.scputimes]: ...
@overload
def cpu_percent(interval: float | None = None, percpu: Literal[False] = False) -> float: ...
@overload
def cpu_percent(interval: float | None, percpu: Literal[True]) -> list[float]: ...
@overload
def cpu_percent(*, percpu: Literal[True]) -> list[float]: ...
@overload
def cpu_times_percent(
    interval: float | None = None, percpu: Literal[False] = False
) -> _ntuples.scputimes: ...
@overload
def cpu_times_percent(
    interval: float | None, percpu: Literal[True]
) -> list[_ntuples.scputimes]: ...
@overload
def cpu_times_percent(*, percpu: Literal[True]) -> list[_ntuples.scputimes]: ...
def cpu_count(logical: bool = True) -> int | None: ...
def cpu_stats() -> _ntuples.scpustats: ...
def getloadavg() -> tuple[float, float, float]: ...
def virtual_memory() -> _ntuples.svmem: ...
def swap_memory() -> _ntuples.sswap: ...
def disk_usage(path: _StrPath) -> _ntuples.sdiskusage: ...
def disk_partitions(all: bool = False) -> list[_ntuples.sdiskpart]: ...

disk_io_counters: _DiskIoCounters
net_io_counters: _NetIoCounters

def net_connections(kind: str = "inet") -> list[_ntuples.sconn]: ...
def net_if_addrs() -> dict[str, list[_ntuples.snicaddr]]: ...
def net_if_stats() -> dict[str, _ntuples.snicstats]: ...
def users() -> list[_ntuples.suser]: ...
def boot_time() -> float: ...

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
):
    @overload
    def cpu_freq(percpu: Literal[False] = False) -> _ntuples.scpufreq | _ntuples._MaybeNone: ...
    @overload
    def cpu_freq(percpu: Literal[True]) -> list[_ntuples.scpufreq]: ...

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("netbsd")
):
    def heap_info() -> _ntuples.pheap: ...
    def heap_trim() -> None: ...

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
):
    def sensors_battery() -> _ntuples.sbattery | None: ...

if sys.platform == "linux" or sys.platform.startswith("freebsd"):
    def sensors_temperatures(fahrenheit: bool = False) -> dict[str, list[_ntuples.shwtemp]]: ...
