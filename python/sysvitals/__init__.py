"""psutil's API, answered by a Rust core: `import sysvitals as psutil`."""

import os
import sys
import time
from _thread import _local

from sysvitals import _sysvitals
from sysvitals._constants import (
    AIX,
    BSD,
    CONN_CLOSE,
    CONN_CLOSE_WAIT,
    CONN_CLOSING,
    CONN_ESTABLISHED,
    CONN_FIN_WAIT1,
    CONN_FIN_WAIT2,
    CONN_LAST_ACK,
    CONN_LISTEN,
    CONN_NONE,
    CONN_SYN_RECV,
    CONN_SYN_SENT,
    CONN_TIME_WAIT,
    FREEBSD,
    LINUX,
    MACOS,
    NETBSD,
    OPENBSD,
    OSX,
    POSIX,
    STATUS_DEAD,
    STATUS_DISK_SLEEP,
    STATUS_IDLE,
    STATUS_LOCKED,
    STATUS_PARKED,
    STATUS_RUNNING,
    STATUS_SLEEPING,
    STATUS_STOPPED,
    STATUS_TRACING_STOP,
    STATUS_WAITING,
    STATUS_WAKING,
    STATUS_ZOMBIE,
    SUNOS,
    WINDOWS,
)
from sysvitals._errors import AccessDenied, Error, NoSuchProcess, TimeoutExpired, ZombieProcess

__version__ = "7.2.2"
version_info = tuple(int(part) for part in __version__.split("."))

if _sysvitals.version != int(__version__.replace(".", "")):
    raise ImportError(
        f"version conflict: {_sysvitals.__file__!r} was built for another version of psutil's"
        f" API (currently {_sysvitals.version}, should be {__version__})"
    )

# Where the procfs is; programs change it, and it is looked at again for every question. Nobody sees
# it on Windows.
PROCFS_PATH = "/proc"

_timer = getattr(time, "monotonic", time.time)
_LOWEST_PID = None
_TOTAL_PHYMEM = None

from sysvitals import _process  # noqa: E402
from sysvitals._native import RLIMITS as _RLIMITS  # noqa: E402
from sysvitals._process import Process  # noqa: E402

# Members of enums, which take time to make, by the enums' names.
_LAZY_MEMBERS = {
    "NicDuplex": ("NIC_DUPLEX_FULL", "NIC_DUPLEX_HALF", "NIC_DUPLEX_UNKNOWN"),
    "BatteryTime": ("POWER_TIME_UNKNOWN", "POWER_TIME_UNLIMITED"),
    "IOPriority": (
        ("IOPRIO_VERYLOW", "IOPRIO_LOW", "IOPRIO_NORMAL", "IOPRIO_HIGH")
        if WINDOWS
        else ("IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE")
    ),
    "AddressFamily": ("AF_LINK",),
}

# fmt: off
__all__ = [
    "Error", "NoSuchProcess", "ZombieProcess", "AccessDenied", "TimeoutExpired",
    "version_info", "__version__",
    "STATUS_RUNNING", "STATUS_IDLE", "STATUS_SLEEPING", "STATUS_DISK_SLEEP", "STATUS_STOPPED",
    "STATUS_TRACING_STOP", "STATUS_ZOMBIE", "STATUS_DEAD", "STATUS_WAKING", "STATUS_LOCKED",
    "STATUS_WAITING", "STATUS_PARKED",
    "CONN_ESTABLISHED", "CONN_SYN_SENT", "CONN_SYN_RECV", "CONN_FIN_WAIT1", "CONN_FIN_WAIT2",
    "CONN_TIME_WAIT", "CONN_CLOSE", "CONN_CLOSE_WAIT", "CONN_LAST_ACK", "CONN_LISTEN",
    "CONN_CLOSING", "CONN_NONE",
    "AF_LINK",
    "NIC_DUPLEX_FULL", "NIC_DUPLEX_HALF", "NIC_DUPLEX_UNKNOWN",
    "POWER_TIME_UNKNOWN", "POWER_TIME_UNLIMITED",
    *_LAZY_MEMBERS["IOPriority"],
    "BSD", "FREEBSD", "LINUX", "NETBSD", "OPENBSD", "MACOS", "OSX", "POSIX", "SUNOS", "WINDOWS",
    "AIX",
    "Process", "Popen",
    "pid_exists", "pids", "process_iter", "wait_procs",
    "virtual_memory", "swap_memory",
    "cpu_times", "cpu_percent", "cpu_times_percent", "cpu_count", "cpu_stats", "cpu_freq",
    "getloadavg",
    "net_io_counters", "net_connections", "net_if_addrs", "net_if_stats",
    "disk_io_counters", "disk_partitions", "disk_usage",
    "sensors_temperatures", "sensors_fans", "sensors_battery",
    "users", "boot_time",
]
# fmt: on

if hasattr(Process, "rlimit"):
    RLIM_INFINITY = -1
    globals().update({_name: _number for _number, _name in _RLIMITS.items()})
    __all__ += ["RLIM_INFINITY", *sorted(_RLIMITS.values())]

if POSIX:
    __all__ += ["PROCFS_PATH"]

if WINDOWS:
    from sysvitals._constants import CONN_DELETE_TCB  # noqa: F401
    from sysvitals._enums import Priority as _Priority

    # Numbers here; what `Process.nice()` answers has the names.
    globals().update({_name: int(_member) for _name, _member in _Priority.__members__.items()})
    __all__ += ["CONN_DELETE_TCB", *_Priority.__members__]
    __all__ += ["win_service_iter", "win_service_get"]

    class _WindowsModule(type(os)):
        """This module, without what is for the functions in it only."""

        @property
        def PROCFS_PATH(self):  # noqa: N802
            """There is no procfs."""
            raise AttributeError(f"module {__name__!r} has no attribute 'PROCFS_PATH'")

    sys.modules[__name__].__class__ = _WindowsModule

    try:
        # As psutil does: administrators see all processes then.
        _sysvitals.enable_debug_privilege()
    except OSError:
        pass

# --- what takes time to load, and few programs need

# Programs replace what they find in some of these.
_LAZY_MODULES = {
    "collections", "contextlib", "datetime", "functools", "pwd", "signal", "socket", "subprocess",
    "threading",
}  # fmt: skip
_LAZY_OURS = {"_common": "_common", "_enums": "_enums", "_ntuples": "_ntuples"}
if WINDOWS:
    _LAZY_OURS.update({"_pswindows": "_pswindows", "_psplatform": "_pswindows"})
else:
    _LAZY_OURS.update(
        {"_pslinux": "_pslinux", "_psplatform": "_pslinux", "_psposix": "_psposix"}
    )
# What 7.2.2 does not have stands in no list of names: those are 7.2.2's to the letter.
_UNLISTED = {
    "Sampler": "_sampler",
    "bytes2human": "_common",
    "debug": "_common",
    "hold": "_sysvitals",
    "install_as_psutil": "_alias",
    "test": "_listing",
}


def _module(name):
    __import__(name)
    return sys.modules[name]


def __getattr__(name):
    if name in _UNLISTED:
        return getattr(_module(f"sysvitals.{_UNLISTED[name]}"), name)
    for enum, members in _LAZY_MEMBERS.items():
        if name in members:
            value = getattr(_module("sysvitals._enums"), enum)[name]
            break
    else:
        if name == "Popen":
            value = _module("sysvitals._popen").Popen
        elif name in _LAZY_MODULES:
            try:
                value = _module(name)
            except ImportError:
                # Windows has no users' numbers.
                value = None
        elif name in _LAZY_OURS:
            value = _module(f"sysvitals.{_LAZY_OURS[name]}")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, value)


def __dir__():
    names = {*globals(), *_LAZY_MODULES, *_LAZY_OURS, *__all__}
    return sorted(names if POSIX else names - {"PROCFS_PATH"})


# --- processes

# Processes by pid, as `process_iter` has given them.
_pmap = {}
_pids_reused = _process._reused_pids


def pids():
    """All pids, ascending."""
    global _LOWEST_PID
    found = _sysvitals.pids(PROCFS_PATH)
    if found:
        _LOWEST_PID = found[0]
    return found


def pid_exists(pid):
    """Whether there is a process with this pid; the number of a thread is none."""
    if pid < 0:
        return False
    if pid == 0 and POSIX:
        return pid in pids()
    if not isinstance(pid, int):
        raise TypeError(f"{type(pid).__name__!r} object cannot be interpreted as an integer")
    if pid >= 2**31:
        if pid >= 2**63:
            raise OverflowError("Python int too large to convert to C long")
        return False
    return _sysvitals.pid_exists(pid, PROCFS_PATH)


def process_iter(attrs=None, ad_value=None):
    """Every process, ascending by pid; with `attrs` their answers are in the attribute `info`.

    A process that is still there is given as the same object the next time.
    """
    if attrs is None or not _is_tabular(attrs):
        return _iter_each(attrs, ad_value)
    return _iter_table(attrs, ad_value)


def _forget_ended(pmap, found):
    """Leaves those that are still there; what pids are new."""
    found = set(found)
    new = found - pmap.keys()
    if len(pmap) + len(new) != len(found):
        for pid in pmap.keys() - found:
            pmap.pop(pid, None)
    while _pids_reused:
        pid = _pids_reused.pop()
        if __getattr__("_common").PSUTIL_DEBUG:
            _common.debug(f"refreshing Process instance for reused PID {pid}")  # noqa: F821
        pmap.pop(pid, None)
    return new


def _iter_each(attrs, ad_value):
    """Each process, asked when it is its turn."""
    global _pmap

    pmap = _pmap.copy()
    found = pids()
    new = _forget_ended(pmap, found)
    try:
        for pid in found:
            proc = pmap.get(pid)
            try:
                if proc is None:
                    if pid not in new:
                        continue
                    proc = pmap[pid] = Process(pid)
                if attrs is not None:
                    proc.info = proc.as_dict(attrs=attrs, ad_value=ad_value)
                yield proc
            except NoSuchProcess:
                pmap.pop(pid, None)
    finally:
        _pmap = pmap


def _iter_table(attrs, ad_value):
    """Each process, and what a look at all of them together has told."""
    global _pmap

    pmap = _pmap.copy()
    names = set(attrs) or Process._as_dict_attrnames
    alone = names & _process._ALONE
    # A part of what the table tells.
    has_share = {"memory_info", "memory_percent"} <= names
    if has_share:
        alone = alone - {"memory_percent"}
    asked, clock = names - _process._ALONE, None
    # The same of times, and of when they were read.
    has_rate = "cpu_percent" in names
    if has_rate:
        asked, alone = asked | {"cpu_times"}, alone - {"cpu_percent"}
        clock = ("cpu_percent", _timer())
    found, starts, seen, infos, lefts = _sysvitals.table([*asked], ad_value, PROCFS_PATH, clock)
    _forget_ended(pmap, found)
    known, share = Process._known, _process._percent_of_memory
    try:
        for pid, start, name, info in zip(found, starts, seen, infos):
            try:
                proc = pmap.get(pid)
                if proc is None or (proc._ident[1] != start and proc._ident[1] is not None):
                    proc = pmap[pid] = known((pid, start))
                if name is not None:
                    if proc._told is None:
                        proc._proc.name_seen = name
                    else:
                        proc._told = name
                if has_share:
                    if "memory_info" in info:
                        memory = info["memory_info"]
                        info["memory_percent"] = (
                            ad_value if memory is ad_value else share(memory.rss)
                        )
                    else:
                        lefts[pid].append("memory_percent")
                is_rated = not has_rate or _rate(proc, info, "cpu_times" in names)
                if alone or not is_rated or pid in lefts:
                    left = {*lefts.get(pid, ()), *alone}
                    if not is_rated:
                        left.add("cpu_percent")
                    info.update(proc._ask_each(left & names, attrs, ad_value))
                proc.info = info
                yield proc
            except NoSuchProcess:
                pmap.pop(pid, None)
    finally:
        _pmap = pmap


def _rate(proc, info, has_times):
    """Makes a percentage of CPU times and the moment at which they were read, if they were."""
    times = info.get("cpu_times") if has_times else info.pop("cpu_times", None)
    if "cpu_percent" not in info:
        return False
    clock, before = proc._last_sys_cpu_times, proc._last_proc_cpu_times
    info["cpu_percent"] = proc._cpu_percent(clock, before, info["cpu_percent"], times)
    return True


def _is_tabular(attrs):
    """Whether one look at all processes can answer: nobody has replaced what would be asked."""
    if not isinstance(attrs, (list, tuple, set, frozenset)):
        return False
    if Process.as_dict is not _process._original_as_dict:
        return False
    names = set(attrs) or Process._as_dict_attrnames
    valid = Process._as_dict_attrnames | _process._more_attrnames
    return names <= valid and _process._are_original(Process, names)


def _forget_processes():
    """Forgets the processes that were given."""
    _pmap.clear()


process_iter.cache_clear = _forget_processes


def wait_procs(procs, timeout=None, callback=None):
    """Waits for processes: those that have ended, and those that have not after `timeout` seconds.

    `callback` is called with each that ends; how it ended is its attribute `returncode`.
    """
    if timeout is not None and timeout < 0:
        raise ValueError(f"timeout must be a positive integer, got {timeout}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback {callback!r} is not a callable")
    gone, alive = set(), set(procs)
    deadline = None if timeout is None else _timer() + timeout

    def has_ended(proc, seconds):
        try:
            returncode = proc.wait(timeout=seconds)
        except TimeoutExpired:
            return
        except Exception as err:
            if type(err).__name__ != "TimeoutExpired":
                raise
            return
        if returncode is not None or not proc.is_running():
            proc.returncode = returncode
            gone.add(proc)
            if callback is not None:
                callback(proc)

    while alive and (timeout is None or timeout > 0):
        share = 1.0 / len(alive)
        for proc in alive:
            if deadline is not None:
                timeout = min(deadline - _timer(), share)
                if timeout <= 0:
                    break
                has_ended(proc, timeout)
            else:
                has_ended(proc, share)
        alive -= gone
    if alive:
        for proc in alive:
            has_ended(proc, 0)
        alive -= gone
    return list(gone), list(alive)


# --- CPU


class _Samples(_local):
    """What a thread saw last; it goes when the thread goes."""

    percent = times = percent_percpu = times_percpu = None


_samples = _Samples()


def cpu_times(percpu=False):
    """Time that all CPUs together, or each, spent in each mode since boot."""
    if percpu:
        return _sysvitals.cpu_times_percpu(PROCFS_PATH)
    return _sysvitals.cpu_times(PROCFS_PATH)


try:
    _samples.percent = _samples.times = _sysvitals.CpuSample(PROCFS_PATH, False)
    _samples.percent_percpu = _samples.times_percpu = _sysvitals.CpuSample(PROCFS_PATH, True)
except Exception:  # noqa: BLE001, S110 - psutil can be imported wherever Python can
    pass


def _cpu_tot_time(times):
    """All modes together; guests are inside others on Linux."""
    total = sum(times)
    if LINUX:
        total -= getattr(times, "guest", 0) + getattr(times, "guest_nice", 0)
    return total


def _cpu_busy_time(times):
    """All modes but those of idleness."""
    return _cpu_tot_time(times) - times.idle - getattr(times, "iowait", 0)


def _cpu_times_deltas(before, after):
    """What was spent; a time that went backwards stood still."""
    return after._make(max(0, late - early) for early, late in zip(before, after))


def _percent_between(before, after):
    spent = _cpu_times_deltas(before, after)
    total = _cpu_tot_time(spent)
    return round(_cpu_busy_time(spent) / total * 100, 1) if total else 0.0


def _shares_between(before, after):
    spent = _cpu_times_deltas(before, after)
    total = _cpu_tot_time(spent)
    scale = 100.0 / total if total else 0.0
    return spent._make(min(max(0.0, round(part * scale, 1)), 100.0) for part in spent)


def _since_last(interval, percpu, name, between):
    """Two samples of this thread, compared; the later one is kept."""
    if interval is not None and interval < 0:
        raise ValueError(f"interval is not positive (got {interval})")
    if percpu:
        name += "_percpu"
    if interval is not None and interval > 0.0:
        before = cpu_times(percpu=percpu)
        time.sleep(interval)
    else:
        before = getattr(_samples, name)
        if before is None:
            before = cpu_times(percpu=percpu)
        elif type(before) is _sysvitals.CpuSample:
            # That of the import, as it was read.
            before = before.times()
    after = cpu_times(percpu=percpu)
    setattr(_samples, name, after)
    if percpu:
        return [between(early, late) for early, late in zip(before, after)]
    return between(before, after)


def cpu_percent(interval=None, percpu=False):
    """CPU use in percent: over `interval`, or since this thread's last call without one."""
    return _since_last(interval, percpu, "percent", _percent_between)


def cpu_times_percent(interval=None, percpu=False):
    """What each mode took in percent: over `interval`, or since this thread's last call."""
    return _since_last(interval, percpu, "times", _shares_between)


def cpu_count(logical=True):
    """Number of CPUs, or of cores; `None` if it cannot be determined."""
    if logical:
        return _sysvitals.cpu_count(PROCFS_PATH) or None
    return _sysvitals.cpu_count_cores(PROCFS_PATH) or None


_process._cpu_count = cpu_count


def cpu_stats():
    """Context switches, interrupts and system calls since boot."""
    return _sysvitals.cpu_stats(PROCFS_PATH)


def _known_freq(freq):
    """What the kernel does not tell is 0.0 here."""
    if None not in freq:
        return freq
    return freq._make(0.0 if part is None else part for part in freq)


def cpu_freq(percpu=False):
    """The clock of the CPUs in MHz: of all together, or of each."""
    if percpu:
        return [_known_freq(freq) for freq in _sysvitals.cpu_freq_percpu(PROCFS_PATH)]
    freq = _sysvitals.cpu_freq(PROCFS_PATH)
    return None if freq is None else _known_freq(freq)


if hasattr(os, "getloadavg"):
    getloadavg = os.getloadavg
else:

    def getloadavg():
        """Load averages of 1, 5 and 15 minutes: zeros at first, kept by a thread from then on."""
        from sysvitals import _load_average

        return _load_average.getloadavg()

# --- memory


def _without_absent(record, text):
    """psutil has 0 for what the kernel does not tell, and a warning."""
    if None not in record:
        return record
    import warnings

    absent = [name for name, value in zip(record._fields, record) if value is None]
    told = [name for name in absent if name != "slab"]
    if told:
        warnings.warn(text(told), RuntimeWarning, stacklevel=3)
    return record._replace(**dict.fromkeys(absent, 0))


def virtual_memory():
    """Physical memory, in bytes."""
    global _TOTAL_PHYMEM
    memory = _without_absent(
        _sysvitals.virtual_memory(PROCFS_PATH),
        lambda names: "{} memory stats couldn't be determined and {} set to 0".format(
            ", ".join(names), "was" if len(names) == 1 else "were"
        ),
    )
    _TOTAL_PHYMEM = memory.total
    return memory


def swap_memory():
    """Swap space, in bytes."""
    swap = _sysvitals.swap_memory(PROCFS_PATH)
    if WINDOWS:
        # It counts neither, of which psutil makes no ado.
        return swap._replace(sin=0, sout=0)
    return _without_absent(
        swap,
        lambda names: "{} swap memory stats couldn't be determined and {} set to 0".format(
            " and ".join(map(repr, names)), "was" if len(names) == 1 else "were"
        ),
    )


if _sysvitals.has_heap():

    def heap_info():
        """What the C library's allocator holds for this process, in bytes."""
        return _sysvitals.heap_info()

    def heap_trim():
        """Gives free memory of the C library's allocator back to the system."""
        _sysvitals.heap_trim()

    __all__ += ["heap_info", "heap_trim"]

# --- disks


def disk_usage(path):
    """Space of the file system that a path is on, in bytes."""
    if isinstance(path, int) and not isinstance(path, bool):
        # An open file; the system has a name for it.
        os.fstat(path)
        return _sysvitals.disk_usage(f"/proc/self/fd/{path}")
    path = os.fspath(path)
    try:
        return _sysvitals.disk_usage(os.fsdecode(path))
    except OSError as err:
        err.filename = path
        raise


def disk_partitions(all=False):
    """Mounted file systems: those on a device, or all."""
    if all:
        return _sysvitals.disk_partitions_all(PROCFS_PATH)
    return _sysvitals.disk_partitions(PROCFS_PATH)


# What `nowrap` has seen.
_disk_io = _sysvitals.MonotonicDiskIo()
_net_io = _sysvitals.MonotonicNetIo()


def disk_io_counters(perdisk=False, nowrap=True):
    """What was read and written since boot: of all disks, or of each disk and partition."""
    if nowrap:
        if perdisk:
            return _disk_io.perdisk(PROCFS_PATH)
        return _disk_io.total(PROCFS_PATH)
    if perdisk:
        return _sysvitals.disk_io_counters_perdisk(PROCFS_PATH)
    return _sysvitals.disk_io_counters(PROCFS_PATH)


def _forget_disk_io():
    """Forgets what `nowrap` has seen."""
    _disk_io.clear()


disk_io_counters.cache_clear = _forget_disk_io

# --- network


def net_io_counters(pernic=False, nowrap=True):
    """What was sent and received since boot: over all interfaces, or each."""
    if nowrap:
        if pernic:
            return _net_io.pernic(PROCFS_PATH)
        return _net_io.total(PROCFS_PATH)
    if pernic:
        return _sysvitals.net_io_counters_pernic(PROCFS_PATH)
    return _sysvitals.net_io_counters(PROCFS_PATH)


def _forget_net_io():
    """Forgets what `nowrap` has seen."""
    _net_io.clear()


net_io_counters.cache_clear = _forget_net_io


def net_connections(kind="inet"):
    """Sockets of a kind, and the processes that have them."""
    _process._check_conn_kind(kind)
    return _sysvitals.net_connections(kind, PROCFS_PATH)


def net_if_addrs():
    """Addresses of each network interface."""
    return _sysvitals.net_if_addrs("/proc")


def net_if_stats():
    """State of each network interface."""
    stats = _sysvitals.net_if_stats("/proc")
    if PROCFS_PATH == "/proc":
        return stats
    # psutil asks this machine about the interfaces that it finds there.
    names = _sysvitals.net_io_counters_pernic(PROCFS_PATH)
    return {name: each for name, each in stats.items() if name in names}


# --- sensors


def sensors_temperatures(fahrenheit=False):
    """Temperatures by chip, in degrees Celsius unless `fahrenheit`."""
    chips = _sysvitals.sensors_temperatures(PROCFS_PATH)
    if not fahrenheit:
        return chips

    def convert(degrees):
        return None if degrees is None else degrees * 9 / 5 + 32

    return {
        chip: [
            sensor._make((sensor.label, *map(convert, sensor[1:]))) for sensor in temperatures
        ]
        for chip, temperatures in chips.items()
    }


def sensors_fans():
    """Speeds of fans by chip, in revolutions a minute."""
    return _sysvitals.sensors_fans(PROCFS_PATH)


def sensors_battery():
    """Charge of the battery; `None` without one."""
    battery = _sysvitals.sensors_battery(PROCFS_PATH)
    if battery is None or battery.secsleft >= 0:
        return battery
    from sysvitals._enums import BatteryTime

    return battery._replace(secsleft=BatteryTime(battery.secsleft))


# --- services

if WINDOWS:

    def win_service_iter():
        """Every service of Windows."""
        from sysvitals import _services

        return _services.win_service_iter()

    def win_service_get(name):
        """The service of Windows that has this name."""
        from sysvitals import _services

        return _services.win_service_get(name)


# --- the rest


def users():
    """Who is logged in."""
    return _sysvitals.users(PROCFS_PATH)


def boot_time():
    """When the system was started, in seconds since 1970."""
    return _sysvitals.boot_time(PROCFS_PATH)


def _set_debug(value):
    """Switches what developers are told on standard error."""
    __getattr__("_common").PSUTIL_DEBUG = bool(value)


def _import_the_rest():
    """What answers are made of comes when they are first asked for; of that import, if another thread is
    in the middle of it at a fork, the child would wait for the end for ever.
    """
    for name in ("socket", "sysvitals._enums", "sysvitals._ntuples"):
        __import__(name)


if POSIX:
    os.register_at_fork(before=_import_the_rest)


# --- what psutil does not have here

for _name in _sysvitals.absent_functions():
    globals().pop(_name, None)
    if _name in __all__:
        __all__.remove(_name)
