"""What programs import from psutil's private module of this name; there also `_psplatform`."""

import os
import sys

import sysvitals
from sysvitals import _psposix, _sysvitals
from sysvitals._common import (
    ENCODING,
    AccessDenied,
    NoSuchProcess,
    ZombieProcess,
    bcat,
    cat,
    debug,
    decode,
    get_procfs_path,
    isfile_strict,
    memoize,
    memoize_when_activated,
    open_binary,
    open_text,
    parse_environ_block,
    path_exists_strict,
    supports_ipv6,
    usage_percent,
)
from sysvitals._constants import WINDOWS
from sysvitals._enums import IOPriority
from sysvitals._native import Process
from sysvitals._sysvitals import heap_info, heap_trim

if WINDOWS:
    raise ImportError("not on this system: see _pswindows")

cext = _sysvitals

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGESIZE = _sysvitals.getpagesize()
DISK_SECTOR_SIZE = 512
LITTLE_ENDIAN = sys.byteorder == "little"
POWER_SUPPLY_PATH = "/sys/class/power_supply"
UNSET = object()
HAS_CPU_AFFINITY = hasattr(Process, "cpu_affinity")
HAS_PROC_IO_PRIORITY = hasattr(Process, "ionice")
HAS_PROC_SMAPS = os.path.exists("/proc/self/smaps")
HAS_PROC_SMAPS_ROLLUP = os.path.exists("/proc/self/smaps_rollup")

IOPRIO_CLASS_NONE = IOPriority.IOPRIO_CLASS_NONE
IOPRIO_CLASS_RT = IOPriority.IOPRIO_CLASS_RT
IOPRIO_CLASS_BE = IOPriority.IOPRIO_CLASS_BE
IOPRIO_CLASS_IDLE = IOPriority.IOPRIO_CLASS_IDLE

# What stands in psutil on this system, and not on all.
__extra__all__ = [name for name in sysvitals.__all__ if name.startswith(("IOPRIO_", "RLIM"))]
__extra__all__ += ["PROCFS_PATH"]


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
sensors_temperatures = _answers("sensors_temperatures")
users = _answers("users")
cpu_freq = _answers("cpu_freq_percpu")

disk_partitions = sysvitals.disk_partitions
disk_usage = sysvitals.disk_usage
net_connections = sysvitals.net_connections
sensors_battery = sysvitals.sensors_battery
sensors_fans = sysvitals.sensors_fans
swap_memory = sysvitals.swap_memory
virtual_memory = sysvitals.virtual_memory


def disk_io_counters(perdisk=False):
    """Counters by name: of disks, or of their partitions as well."""
    path = get_procfs_path()
    counters = _sysvitals.disk_io_counters_perdisk(path)
    if perdisk:
        return counters
    return {name: counters[name] for name in _sysvitals.whole_disks(list(counters), path)}


def is_storage_device(name):
    """Whether a name is a disk's, and not a partition's."""
    return bool(_sysvitals.whole_disks([name], get_procfs_path()))


def ppid_map():
    """Parents of all processes, by pid."""
    pids, _, _, answers, _ = _sysvitals.table(["ppid"], None, get_procfs_path())
    return {pid: info["ppid"] for pid, info in zip(pids, answers) if "ppid" in info}


def readlink(path):
    """Where a link of the procfs leads, without what the kernel adds of files that are gone."""
    target, _, _ = os.readlink(path).partition("\0")
    gone = " (deleted)"
    return target[: -len(gone)] if target.endswith(gone) and not os.path.exists(target) else target


def file_flags_to_mode(flags):
    """The mode of open() that flags of open(2) come from."""
    access = flags & os.O_ACCMODE
    mode = {os.O_RDONLY: "r", os.O_WRONLY: "w"}.get(access, "w+")
    if flags & os.O_APPEND:
        mode = mode.replace("w", "a", 1)
    return mode.replace("w+", "r+")


def pid_exists(pid):
    """Whether a number is a process's."""
    return _sysvitals.pid_exists(pid, get_procfs_path())


def __getattr__(name):
    """Named tuples and enums stand here as well."""
    from sysvitals import _common

    if name == "AF_LINK":
        return sysvitals.AF_LINK
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    if name in {"RootFsDeviceFinder", "calculate_avail_vmem"}:
        from sysvitals import _lookups

        return getattr(_lookups, name)
    return getattr(_common, name)
