"""What programs import from psutil's private module of this name; there also `_psplatform`."""

import sysvitals
from sysvitals import _sysvitals
from sysvitals._common import (
    ENCODING,
    AccessDenied,
    NoSuchProcess,
    TimeoutExpired,
    conn_tmap,
    conn_to_ntuple,
    debug,
    isfile_strict,
    memoize,
    memoize_when_activated,
    parse_environ_block,
    usage_percent,
)
from sysvitals._constants import CONN_DELETE_TCB
from sysvitals._enums import IOPriority, Priority
from sysvitals._native_windows import Process
from sysvitals._services import WindowsService, win_service_get, win_service_iter

cext = _sysvitals

# What the system's calls fail with when only a part could be read.
ERROR_PARTIAL_COPY = 299

globals().update(Priority.__members__)
globals().update(IOPriority.__members__)

# What stands in psutil on this system, and not on all.
__extra__all__ = ["win_service_iter", "win_service_get", "CONN_DELETE_TCB"]
__extra__all__ += [*Priority.__members__, *IOPriority.__members__]

# There is none; all questions take a place for it.
_PROCFS = "/proc"


def _answers(name):
    function = getattr(_sysvitals, name)

    def answer():
        return function(_PROCFS)

    answer.__name__ = answer.__qualname__ = name
    return answer


boot_time = _answers("boot_time")
cpu_count_cores = _answers("cpu_count_cores")
cpu_count_logical = _answers("cpu_count")
cpu_freq = _answers("cpu_freq_percpu")
cpu_stats = _answers("cpu_stats")
cpu_times = _answers("cpu_times")
per_cpu_times = _answers("cpu_times_percpu")
disk_io_counters = _answers("disk_io_counters_perdisk")
net_if_addrs = _answers("net_if_addrs")
net_if_stats = _answers("net_if_stats")
net_io_counters = _answers("net_io_counters_pernic")
pids = _answers("pids")
users = _answers("users")

disk_partitions = sysvitals.disk_partitions
disk_usage = sysvitals.disk_usage
getloadavg = sysvitals.getloadavg
heap_info = _sysvitals.heap_info
heap_trim = _sysvitals.heap_trim
net_connections = sysvitals.net_connections
pid_exists = sysvitals.pid_exists
sensors_battery = sysvitals.sensors_battery
swap_memory = sysvitals.swap_memory
virtual_memory = sysvitals.virtual_memory


@memoize
def getpagesize():
    """Bytes of a page of memory."""
    return _sysvitals.getpagesize()


def ppid_map():
    """Parents of all processes, by pid."""
    pids, _, _, answers, _ = _sysvitals.table(["ppid"], None, _PROCFS)
    return {pid: info["ppid"] for pid, info in zip(pids, answers) if "ppid" in info}


def __getattr__(name):
    """Named tuples and enums stand here as well."""
    from sysvitals import _common

    if name == "AF_LINK":
        return sysvitals.AF_LINK
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_common, name)
