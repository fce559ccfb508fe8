"""psutil's `Process`.

What programs and their tests replace is put together here; what a process is and does is the
library's to know (`_native.Process`, kept as `_proc`).
"""

import os
import time
from _thread import RLock
from abc import ABCMeta

import sysvitals as _face
from sysvitals import _sysvitals
from sysvitals._constants import LINUX, POSIX, STATUS_ZOMBIE, WINDOWS
from sysvitals._errors import (
    AccessDenied,
    Error,
    NoSuchProcess,
    TimeoutExpired,
    ZombieProcess,
    _reused,
)
from sysvitals._native import RLIMITS

if WINDOWS:
    from sysvitals import _native_windows as _native
else:
    from sysvitals import _native

_LARGEST_PID = 2**31 - 1 if POSIX else 2**32 - 1
_NOT_YET = object()
# Where most programs leave it.
_PROCFS = "/proc"
_timer = getattr(time, "monotonic", time.time)

# Processes whose pids were found to be others', for `process_iter` to forget.
_reused_pids = set()


class _ListedNames(ABCMeta):
    """Makes `dir()` of a class 7.2.2's to the letter.

    It is an `ABCMeta` so that a class can be a `Process` and an abstract one.
    """

    def __dir__(cls):
        names = set()
        for each in cls.__mro__:
            if each is not _Unlisted:
                noted = _OF_ABC if isinstance(each, _ListedNames) else ()
                names.update(vars(each).keys() - noted)
        return names


# What `ABCMeta` notes down in each class.
_OF_ABC = {"__abstractmethods__", "_abc_impl"}


class _Later:
    """`_proc` of processes that only tables told of: it is made when it is asked for."""

    def __get__(self, process, cls=None):
        if process is None:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute '_proc'")
        # Two threads may make one each: either of them answers the same.
        proc = _native.Process(process._pid, _PROCFS, process._own_ident[1])
        if process._told:
            proc.name_seen = process._told
        process._proc, process._told = proc, None
        return proc


class _Unlisted(metaclass=_ListedNames):
    """What psutil 8 has and 7.2.2 has not, what we add, and what is made when it is asked for.

    A `__getattr__` would do as well, but slows down every attribute of every object.
    """

    __slots__ = ()

    _proc = _Later()

    def __dir__(self):
        return {*self.__dict__, *dir(self.__class__)}

    def memory_footprint(self):
        """What would be freed if it ended, and its shares of memory where the system tells them."""
        return self._proc.memory_footprint()

    def memory_info_ex(self):
        """More about its memory, as psutil 8 means it; whoever calls it by habit is told."""
        import warnings

        warnings.warn(
            "memory_info_ex() has the figures of psutil 8 here; until psutil 6 it was a deprecated"
            " name of memory_info()",
            FutureWarning,
            stacklevel=2,
        )
        return self._proc.memory_info_ex()

    def page_faults(self):
        """How often it touched memory that was not there: at once, and after waiting for a disk."""
        return self._proc.page_faults()

    def net_connections_by_duplicates(self, kind="inet"):
        """Its sockets of a kind, each duplicated into this process for a moment: see the README."""
        _check_conn_kind(kind)
        return self._proc.net_connections_by_duplicates(kind)


class Process(_Unlisted):
    """One process: the caller's own without a pid.

    It is never mistaken for another one that has its pid later: what acts on it then raises
    `NoSuchProcess`.
    """

    __module__ = "psutil"

    # What most processes never have of their own.
    _exe = _create_time = _hash = None
    _gone = _pid_reused = _in_oneshot = False
    _last_sys_cpu_times = _last_proc_cpu_times = None
    _exitcode = _NOT_YET
    # How tables called it, if at all, while nobody has asked it; who answers remembers that from then on.
    _told = None

    def __init__(self, pid=None):
        self._init(pid)

    def _init(self, pid, _ignore_nsp=False):
        if pid is None:
            pid = os.getpid()
        elif isinstance(pid, bool):
            # It is looked for by its name, and that is no number.
            raise NoSuchProcess(pid, msg="process PID not found")
        else:
            if pid < 0:
                raise ValueError(f"pid must be a positive integer (got {pid})")
            if pid > _LARGEST_PID:
                raise NoSuchProcess(pid, msg="process PID out of range") from OverflowError(
                    "no process has such a large pid"
                )
        self._pid = pid
        self._proc = _native.Process(pid, getattr(_face, "PROCFS_PATH", None))
        self._lock = RLock()
        self._ident = self._own_ident = (pid, None)
        try:
            self._ident = self._own_ident = self._get_ident()
        except (AccessDenied, ZombieProcess):
            # It is there; who it is cannot be told.
            pass
        except NoSuchProcess:
            if not _ignore_nsp:
                raise NoSuchProcess(pid, msg="process PID not found") from None
            self._gone = True

    @classmethod
    def _known(cls, ident):
        """One that was just seen: nothing is read now, and who answers is made when it is asked."""
        self = cls.__new__(cls)
        self._pid = ident[0]
        self._lock = RLock()
        self._ident = self._own_ident = ident
        if getattr(_face, "PROCFS_PATH", None) != _PROCFS:
            self._proc = _native.Process(self._pid, getattr(_face, "PROCFS_PATH", None), ident[1])
        else:
            self._told = ""
        return self

    def _get_ident(self):
        return (self._pid, self._proc.start())

    @property
    def _name(self):
        return self._proc.name_seen

    @_name.setter
    def _name(self, name):
        self._proc.name_seen = name

    @property
    def _ppid(self):
        return self._proc.ppid_seen

    @_ppid.setter
    def _ppid(self, ppid):
        self._proc.ppid_seen = ppid

    def __str__(self):
        info = {"pid": self._pid}
        if self._name:
            info["name"] = self._name
        if self._pid_reused:
            info["status"] = "terminated + PID reused"
        else:
            try:
                info["name"] = self.name()
                info["status"] = self.status()
            except ZombieProcess:
                info["status"] = "zombie"
            except NoSuchProcess:
                info["status"] = "terminated"
            except AccessDenied:
                pass
        if self._exitcode not in {_NOT_YET, None}:
            info["exitcode"] = self._exitcode
        if self._create_time is not None:
            info["started"] = _moment(self._create_time)
        fields = ", ".join(f"{name}={value!r}" for name, value in info.items())
        return f"{self.__class__.__module__}.{self.__class__.__name__}({fields})"

    __repr__ = __str__

    def __eq__(self, other):
        if not isinstance(other, Process):
            return NotImplemented
        return self._ident == other._ident

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(self._ident)
        return self._hash

    def _raise_if_pid_reused(self):
        """What acts on a process, or speaks of its relatives, must not do so on another's behalf."""
        if self._ident is self._own_ident and not self._pid_reused:
            # What acts proves that it acts on the process that is meant.
            return
        if self._pid_reused or (not self.is_running() and self._pid_reused):
            raise _reused(self._pid, self._name)

    @property
    def pid(self):
        """Its number."""
        return self._pid

    def oneshot(self):
        """Answers several questions from what is read once."""
        return _Oneshot(self)

    def as_dict(self, attrs=None, ad_value=None):
        """Answers to many questions by name; `ad_value` for those that the system refuses."""
        valid = _as_dict_attrnames
        if attrs is not None:
            if not isinstance(attrs, (list, tuple, set, frozenset)):
                raise TypeError(f"invalid attrs type {type(attrs)}")
            attrs = set(attrs)
            invalid = attrs - valid - _more_attrnames
            if invalid:
                names = ", ".join(map(repr, sorted(invalid, key=str)))
                raise ValueError(f"invalid attr name{'s' if len(invalid) > 1 else ''} {names}")
        names = attrs or valid
        if not self._answers_plainly(names):
            return self._ask_each(names, attrs, ad_value)
        several = [name for name in names if name not in _ALONE]
        if len(several) == len(names):
            answers, left = self._proc.several(several, ad_value)
            return self._completed(answers, left, names, attrs, ad_value)
        with self.oneshot():
            # The rest is put together from what is read now.
            answers, left = self._proc.several(several, ad_value)
            return self._completed(answers, left, names, attrs, ad_value)

    def _answers_plainly(self, names):
        """Whether it answers these as it is: neither a subclass nor a test has its own way."""
        if not _are_original(type(self), names):
            return False
        # Not by `__dict__`: once that was asked for, all attributes of the object are slower.
        return all(
            getattr(getattr(self, name), "__func__", None) is _ORIGINALS[name]
            for name in names
            if name in _ORIGINALS and name != "pid"
        )

    def _completed(self, answers, left, names, attrs, ad_value):
        """Answers from a table, with what a table cannot answer."""
        if "name" in answers:
            self._proc.name_seen = answers["name"]
        left = [*left, *(name for name in names if name in _ALONE)]
        if left:
            answers.update(self._ask_each(left, attrs, ad_value))
        return answers

    def _ask_each(self, names, attrs, ad_value):
        answers = {}
        with self.oneshot():
            for name in names:
                try:
                    if name == "pid":
                        answers[name] = self._pid
                        continue
                    ask = getattr(self, name)
                    if (
                        name == "memory_info_ex"
                        and getattr(ask, "__func__", None) is _Unlisted.memory_info_ex
                    ):
                        # psutil 5 and 6 did not take the name here: only one thing can be meant.
                        ask = self._proc.memory_info_ex
                    answers[name] = ask()
                except (AccessDenied, ZombieProcess):
                    answers[name] = ad_value
                except NotImplementedError:
                    if attrs:
                        raise
        return answers

    def parent(self):
        """The process that started it or took it over; `None` for none."""
        self._raise_if_pid_reused()
        found = self._proc.parent()
        return None if found is None else Process._known(found)

    def parents(self):
        """Its parent, the parent of that, and so on."""
        self._raise_if_pid_reused()
        return [Process._known(found) for found in self._proc.parents()]

    def children(self, recursive=False):
        """The processes that it started or took over; with `recursive` theirs as well."""
        self._raise_if_pid_reused()
        try:
            found = self._proc.children(bool(recursive))
        except ZombieProcess:
            raise
        except NoSuchProcess:
            if self.is_running() or self._pid_reused:
                raise
            # psutil looks for it by its pid here, and says so.
            raise NoSuchProcess(self._pid, msg="process PID not found") from None
        return list(map(Process._known, found))

    def is_running(self):
        """Whether it is still there; a zombie is."""
        if self._gone or self._pid_reused:
            return False
        if self._ident is self._own_ident and _face.Process is Process:
            running = self._proc.is_running()
            if running:
                return True
            self._pid_reused = running is None
            self._gone = running is False
            if self._gone:
                return False
        else:
            # Tests replace who a process is, and what the class is.
            try:
                self._pid_reused = self != _face.Process(self._pid)
            except ZombieProcess:
                return True
            except NoSuchProcess:
                self._gone = True
                return False
        if self._pid_reused:
            _reused_pids.add(self._pid)
            return False
        return True

    def ppid(self):
        """Pid of its parent."""
        self._raise_if_pid_reused()
        return self._proc.ppid()

    def name(self):
        """Its name."""
        return self._proc.name()

    def exe(self):
        """Path of its program; empty where there is none or it cannot be told."""
        if self._exe is None:
            try:
                self._exe = self._proc.exe()
            except AccessDenied:
                # A zombie has neither, and that it tells everybody.
                self._proc.cmdline()
                raise
        return self._exe

    def cmdline(self):
        """Its command line."""
        return self._proc.cmdline()

    def status(self):
        """What it is doing: one of `STATUS_*`."""
        try:
            return self._proc.status()
        except ZombieProcess:
            return STATUS_ZOMBIE

    def username(self):
        """Name of the user that it belongs to."""
        if POSIX:
            uids, getpwuid = self.uids, _face.pwd.getpwuid
            if getattr(uids, "__func__", None) is _ORIGINALS["uids"]:
                if type(getpwuid) is _builtin:
                    # It asks the same, but not again as long as the answer stays the same.
                    return self._proc.username()
            uid = uids().real
            try:
                return getpwuid(uid).pw_name
            except KeyError:
                return str(uid)
        return self._proc.username()

    def create_time(self):
        """When it was started, in seconds since 1970."""
        # It is remembered, and looked at once.
        return self._create_time or self._ask_create_time()

    def _ask_create_time(self):
        self._create_time = self._proc.create_time()
        return self._create_time

    def cwd(self):
        """Its working directory; empty where it has none."""
        return self._proc.cwd()

    def nice(self, value=None):
        """Its niceness; sets it if a value is given."""
        if value is None:
            return self._proc.nice()
        self._raise_if_pid_reused()
        self._proc.set_nice(value)
        return None

    def uids(self):
        """Its user ids."""
        return self._proc.uids()

    def gids(self):
        """Its group ids."""
        return self._proc.gids()

    def terminal(self):
        """Path of the terminal that controls it; `None` for none."""
        return self._proc.terminal()

    def num_fds(self):
        """Number of its descriptors."""
        return self._proc.num_fds()

    def num_handles(self):
        """Number of its handles."""
        return self._proc.num_handles()

    def io_counters(self):
        """What it read and wrote."""
        return self._proc.io_counters()

    def ionice(self, ioclass=None, value=None):
        """Its I/O priority; sets it if a class is given."""
        if ioclass is None:
            if value is not None:
                raise ValueError("'ioclass' argument must be specified")
            return self._proc.ionice()
        self._raise_if_pid_reused()
        self._proc.ionice_set(ioclass, value)
        return None

    def rlimit(self, resource, limits=None):
        """A limit, as `(soft, hard)`; sets it if a pair is given."""
        if limits is not None:
            self._raise_if_pid_reused()
        elif type(resource) is int and resource in RLIMITS and self._pid != 0:
            return self._proc.limit(resource)
        return self._proc.rlimit(resource, limits)

    def cpu_affinity(self, cpus=None):
        """The CPUs that it may run on; sets them if a list is given, all that it may have if empty."""
        if cpus is None:
            return self._proc.cpu_affinity()
        self._raise_if_pid_reused()
        cpus = list(set(cpus))
        for cpu in cpus:
            if not isinstance(cpu, int):
                raise TypeError(f"CPU number must be an int (got {cpu!r})")
            if not 0 <= cpu < 2**31:
                choice = list(range(len(_face.cpu_times(percpu=True))))
                raise ValueError(f"invalid CPU {cpu!r}; choose between {choice}")
        self._proc.set_cpu_affinity(cpus)
        return None

    def cpu_num(self):
        """The CPU that it last ran on."""
        return self._proc.cpu_num()

    def environ(self):
        """Its environment."""
        return self._proc.environ()

    def num_ctx_switches(self):
        """How often it left the CPU."""
        return self._proc.num_ctx_switches()

    def num_threads(self):
        """Number of its threads."""
        return self._proc.num_threads()

    def threads(self):
        """CPU time of each of its threads."""
        return self._proc.threads()

    def cpu_percent(self, interval=None):
        """CPU use in percent of one CPU: over `interval`, or since the last call without one."""
        if interval is not None and interval < 0:
            raise ValueError(f"interval is not positive (got {interval!r})")
        if _face.cpu_count is not _cpu_count:
            # It changes nothing, and who replaces it wants to see it asked.
            _face.cpu_count()
        timer = _face._timer
        if interval:
            clock, times = timer(), self._proc.cpu_times()
            time.sleep(interval)
        else:
            clock, times = self._last_sys_cpu_times, self._last_proc_cpu_times
        return self._cpu_percent(clock, times, timer(), self._proc.cpu_times())

    def _cpu_percent(self, clock, times, now, times_now):
        """CPU use between two moments, of which the later is remembered."""
        self._last_sys_cpu_times, self._last_proc_cpu_times = now, times_now
        if clock is None or times is None or now <= clock:
            return 0.0
        used = (times_now.user - times.user) + (times_now.system - times.system)
        return round(used / (now - clock) * 100, 1)

    def cpu_times(self):
        """CPU time that it used, and children that it waited for."""
        return self._proc.cpu_times()

    def memory_info(self):
        """Its memory, in bytes."""
        return self._proc.memory_info()

    def memory_full_info(self):
        """The same, and what would be freed if it ended; needs the right to look closer."""
        return self._proc.memory_full_info()

    def memory_percent(self, memtype="rss"):
        """A figure of its memory, in percent of physical memory."""
        if memtype == "rss":
            value = self.memory_info().rss
        else:
            value = self._memory_figure(memtype)
        return _percent_of_memory(value)

    def _memory_figure(self, memtype):
        from sysvitals import _ntuples

        valid = _ntuples.pfullmem._fields
        if memtype not in valid:
            raise ValueError(f"invalid memtype {memtype!r}; valid types are {tuple(valid)!r}")
        ask = self.memory_info if memtype in _ntuples.pmem._fields else self.memory_full_info
        return getattr(ask(), memtype)

    def memory_maps(self, grouped=True):
        """Its mappings: those of one path together, or each."""
        return self._proc.memory_maps() if grouped else self._proc.memory_maps_each()

    def open_files(self):
        """Regular files that it has open."""
        return self._proc.open_files()

    def net_connections(self, kind="inet"):
        """Its sockets of a kind."""
        _check_conn_kind(kind)
        return self._proc.net_connections(kind)

    def connections(self, kind="inet"):
        """Deprecated: `net_connections`."""
        import warnings

        warnings.warn(
            "connections() is deprecated and will be removed; use net_connections() instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.net_connections(kind)

    def send_signal(self, sig):
        """Sends it a signal."""
        self._raise_if_pid_reused()
        if WINDOWS:
            self._proc.send_signal(sig)
            return
        if self._pid == 0:
            raise ValueError(
                "preventing sending signal to process with PID 0 as it would affect every process"
                " in the process group of the calling process"
            )
        if os.kill is not _kill:
            self._send_signal_replaced(sig)
            return
        try:
            self._proc.send_signal(sig)
        except ZombieProcess:
            raise
        except NoSuchProcess:
            self._gone = True
            raise

    def _send_signal_replaced(self, sig):
        """For programs that replace `os.kill` so that their tests hurt nobody."""
        try:
            os.kill(self._pid, sig)
        except ProcessLookupError as err:
            self._gone = True
            raise NoSuchProcess(self._pid, self._name) from err
        except PermissionError as err:
            raise AccessDenied(self._pid, self._name) from err

    def suspend(self):
        """Stops it, until `resume`."""
        if WINDOWS:
            self._raise_if_pid_reused()
            self._proc.suspend()
            return
        from signal import SIGSTOP

        self.send_signal(SIGSTOP)

    def resume(self):
        """Lets it run again."""
        if WINDOWS:
            self._raise_if_pid_reused()
            self._proc.resume()
            return
        from signal import SIGCONT

        self.send_signal(SIGCONT)

    def terminate(self):
        """Asks it to end."""
        from signal import SIGTERM

        self.send_signal(SIGTERM)

    def kill(self):
        """Ends it."""
        if WINDOWS:
            self._raise_if_pid_reused()
            self._proc.kill()
            return
        from signal import SIGKILL

        self.send_signal(SIGKILL)

    def wait(self, timeout=None):
        """Waits for its end: the exit status or the negated signal of a child, `None` of others."""
        if self._pid == 0:
            raise ValueError("can't wait for PID 0")
        if timeout is not None:
            if not isinstance(timeout, (int, float)):
                raise TypeError(f"timeout must be an int or float (got {type(timeout)})")
            if timeout < 0:
                raise ValueError(f"timeout must be positive or zero (got {timeout})")
        if self._exitcode is not _NOT_YET:
            return self._exitcode
        self._exitcode = self._proc._wait_until(timeout)
        return self._exitcode


class _Oneshot:
    """The time in which several questions to a process are answered from what is read once."""

    __slots__ = ("_process", "_is_first")

    def __init__(self, process):
        self._process = process

    def __enter__(self):
        process = self._process
        process._lock.acquire()
        self._is_first = not process._in_oneshot
        if self._is_first:
            try:
                process._proc.oneshot_enter()
            except BaseException:
                process._lock.release()
                raise
            process._in_oneshot = True

    def __exit__(self, *error):
        process = self._process
        try:
            if self._is_first:
                process._in_oneshot = False
                process._proc.oneshot_exit()
        finally:
            process._lock.release()


def _percent_of_memory(value):
    """A figure in percent of physical memory."""
    total = _face._TOTAL_PHYMEM or _face.virtual_memory().total
    if not total > 0:
        raise ValueError(
            f"can't calculate process memory percent because total memory is {total!r}"
        )
    return value / float(total) * 100


def _moment(seconds):
    """A moment for people: the day is left out of the last day's."""
    today = time.time() - seconds < 60 * 60 * 24
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", time.localtime(seconds))


_KINDS = tuple(kind for kind in _sysvitals.CONNECTION_KINDS if POSIX or kind != "unix")


def _check_conn_kind(kind):
    if kind not in _KINDS:
        from sysvitals._common import conn_tmap

        raise ValueError(f"invalid kind argument {kind!r}; valid ones are: {tuple(conn_tmap)}")


# What nobody has replaced.
_builtin = type(len)
_kill = os.kill
# What a program does not replace.
_cpu_count = None

# Methods that need more than this system, this kernel, or this machine's procfs has.
for _name in _sysvitals.absent_questions():
    for _class in (Process, _Unlisted):
        if _name in vars(_class):
            delattr(_class, _name)
if LINUX:
    if not os.path.exists("/proc/self/io"):
        del Process.io_counters
    if not os.path.exists("/proc/self/smaps"):
        del Process.memory_maps
if not RLIMITS:
    del Process.rlimit

_NO_QUESTIONS = {
    "as_dict",
    "children",
    "connections",
    "info",
    "is_running",
    "kill",
    "oneshot",
    "parent",
    "parents",
    "resume",
    "rlimit",
    "send_signal",
    "suspend",
    "terminate",
    "wait",
}
# psutil 8 has these; they are answered when asked for, but only then.
_more_attrnames = frozenset(
    {"memory_footprint", "memory_info_ex", "page_faults"}.difference(_sysvitals.absent_questions())
)
_as_dict_attrnames = frozenset(
    name for name in vars(Process) if not name.startswith("_") and name not in _NO_QUESTIONS
)
Process._as_dict_attrnames = _Unlisted.attrs = _as_dict_attrnames

# Not asked of tables: they take samples, are parts of other answers, or enums on Windows.
_ALONE = frozenset({"cpu_percent", "memory_percent", *(("ionice", "nice") if WINDOWS else ())})
_ORIGINALS = {name: vars(Process)[name] for name in _as_dict_attrnames}


def _are_original(cls, names):
    """Whether the class answers these as it is: no subclass and no test has its own way."""
    if cls is not Process and cls is not vars(_face).get("Popen"):
        return False
    methods = vars(Process)
    return all(methods.get(name) is _ORIGINALS.get(name) for name in names)


# What objects are given later is kept in the object itself if one of the first of its class was given it;
# for any other one CPython makes a dictionary, which is slower, and larger.
_first = Process.__new__(Process)
for _name in (
    "_pid", "_proc", "_lock", "_ident", "_own_ident", "_told", "info", "_create_time", "_exe",
    "_hash", "_in_oneshot", "_last_sys_cpu_times", "_last_proc_cpu_times",
):  # fmt: skip
    setattr(_first, _name, None)
del _first

_original_as_dict = Process.as_dict
__all__ = ["Error", "Process", "TimeoutExpired"]
