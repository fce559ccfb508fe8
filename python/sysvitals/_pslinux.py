"""What programs import from psutil's private module of this name; there also `_psplatform`."""

import os

from sysvitals import _psposix, _sysvitals
from sysvitals._common import (
    bcat,
    cat,
    debug,
    get_procfs_path,
    isfile_strict,
    memoize,
    open_binary,
    open_text,
    path_exists_strict,
    supports_ipv6,
)
from sysvitals._native import Process
from sysvitals._sysvitals import heap_info, heap_trim

cext = _sysvitals

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGESIZE = _sysvitals.getpagesize()
BOOT_TIME = None
HAS_PROC_SMAPS = os.path.exists("/proc/self/smaps")
HAS_PROC_IO_COUNTERS = os.path.exists("/proc/self/io")


def _answers(name, *arguments):
    function = getattr(_sysvitals, name)

    def answer():
        return function(*arguments, get_procfs_path())

    answer.__name__ = answer.__qualname__ = name
    return answer


boot_time = _answers("boot_time")
cpu_count_cores = _answers("cpu_count_cores")
cpu_count_logical = _answers("cpu_count")
cpu_stats = _answers("cpu_stats")
cpu_times = _answers("cpu_times")
per_cpu_times = _answers("cpu_times_percpu")
pids = _answers("pids")
net_if_addrs = _answers("net_if_addrs")
net_if_stats = _answers("net_if_stats")
net_io_counters = _answers("net_io_counters_pernic")
users = _answers("users")


def pid_exists(pid):
    """Whether a number is a process's."""
    return _sysvitals.pid_exists(pid, get_procfs_path())


def __getattr__(name):
    """Named tuples and enums stand here as well."""
    from sysvitals import _common

    if name in {"RootFsDeviceFinder", "calculate_avail_vmem"}:
        from sysvitals import _lookups

        return getattr(_lookups, name)
    return getattr(_common, name)
