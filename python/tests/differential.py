"""Upstream psutil and ours, asked the same at the same time.

Each question is asked of ours, of upstream, and of ours again. What stands still must be the same
in all three; of what moves upstream's number must lie between ours. Where it does not, everything
may have moved at once, and all three are asked again before it counts as a mismatch.

    python differential.py [--user NAME] UPSTREAM_PYTHON
"""

import argparse
import contextlib
import importlib
import os
import sys
import time
import warnings
from collections import Counter

from plain import Asker
from upstream import Upstream, become
from zoo import Churn, Zoo

# Upstream's answers that are wrong, by question and what upstream says, with the reason. Ours are
# not compared then, only counted.
#
# Besides, the order of some lists is not compared: threads() is sorted by text upstream (10 before
# 9) and by number here, and sockets are in no order upstream. Dictionaries have none to either.
KNOWN = [
    (
        "kernel thread",
        "environ() of kernel threads: the file cannot be opened, and upstream takes them for gone",
        lambda question, theirs: question[1] == "environ" and theirs[1] == "NoSuchProcess",
        lambda ours, pid, ask: (
            ours == ("dict", "dict", {})
            and 2 in (pid, ask(("process", pid, "ppid", (), {}))[2])
            and ask(("process", pid, "is_running", (), {}))[2]
        ),
    ),
    (
        "limits of others",
        "rlimit() of others' processes: upstream knows only the system call, which is refused; ours"
        " reads what everybody may read",
        lambda question, theirs: question[1] == "rlimit" and theirs[1] == "AccessDenied",
        lambda ours, pid, ask: ours[:2] == ("tuple", "tuple") and len(ours[3]) == 2,
    ),
    (
        "socket of several",
        "net_connections(): of processes that share a socket upstream shows the last that it meets;"
        " ours the first of an internet socket, and all of a unix socket",
        lambda question, theirs: False,
        None,
    ),
]

KINDS = ("all", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "inet", "inet4", "inet6")
MEMORY_TYPES = (
    "rss", "vms", "shared", "text", "lib", "data", "dirty", "uss", "pss", "swap", "nonsense",
)  # fmt: skip

# Questions to a process: method and arguments.
QUESTIONS = [
    *(
        (name, ())
        for name in (
            "pid", "name", "exe", "cmdline", "environ", "cwd", "status", "username", "create_time",
            "ppid", "uids", "gids", "terminal", "nice", "ionice", "cpu_num", "cpu_affinity",
            "num_threads", "threads", "num_fds", "num_ctx_switches", "io_counters", "cpu_times",
            "memory_info", "memory_full_info", "memory_percent", "memory_maps", "open_files",
            "net_connections", "connections", "parent", "parents", "children", "is_running",
        )  # fmt: skip
    ),
    ("memory_maps", (False,)),
    ("children", (True,)),
    *(("memory_percent", (each,)) for each in MEMORY_TYPES),
    *(("net_connections", (each,)) for each in (*KINDS, "nonsense")),
    *(("rlimit", (each,)) for each in (*range(16), -1, 999)),
    ("as_dict", (["pid", "name", "nonsense"],)),
    ("as_dict", ("name",)),
    ("ionice", (None, 3)),
    ("wait", (0,)),
    ("wait", (-1,)),
    ("wait", ("1",)),
]

FUNCTIONS = [
    ("cpu_times", {}), ("cpu_times", {"percpu": True}),
    ("cpu_count", {}), ("cpu_count", {"logical": False}),
    ("cpu_stats", {}), ("cpu_freq", {}), ("cpu_freq", {"percpu": True}), ("getloadavg", {}),
    ("virtual_memory", {}), ("swap_memory", {}),
    ("disk_usage", {"path": "/"}), ("disk_usage", {"path": b"/"}), ("disk_usage", {"path": "/proc"}),
    ("disk_usage", {"path": "/nowhere"}), ("disk_usage", {"path": 3.4}),
    ("disk_partitions", {}), ("disk_partitions", {"all": True}),
    ("disk_io_counters", {}), ("disk_io_counters", {"perdisk": True}),
    ("disk_io_counters", {"nowrap": False}), ("disk_io_counters", {"perdisk": True, "nowrap": False}),
    ("net_io_counters", {}), ("net_io_counters", {"pernic": True}),
    ("net_io_counters", {"nowrap": False}), ("net_io_counters", {"pernic": True, "nowrap": False}),
    ("net_if_addrs", {}), ("net_if_stats", {}),
    *(("net_connections", {"kind": kind}) for kind in (*KINDS, "nonsense")),
    ("sensors_temperatures", {}), ("sensors_temperatures", {"fahrenheit": True}),
    ("sensors_fans", {}), ("sensors_battery", {}), ("users", {}), ("boot_time", {}),
    ("pids", {}), ("pid_exists", {"pid": 1}), ("pid_exists", {"pid": 0}), ("pid_exists", {"pid": -1}),
    ("pid_exists", {"pid": 2**30}), ("process_iter", {}), ("process_iter", {"attrs": ["pid", "name"]}),
    ("process_iter", {"attrs": ["nonsense"]}), ("process_iter", {"attrs": "name"}),
    ("wait_procs", {"procs": []}), ("wait_procs", {"procs": [], "timeout": -1}),
    ("wait_procs", {"procs": [], "callback": 1}),
    ("cpu_percent", {"interval": -1}), ("cpu_times_percent", {"interval": -1}),
    ("Process", {"pid": -1}), ("Process", {"pid": "1"}), ("Process", {"pid": 1.5}),
    ("Process", {"pid": 2**31}), ("Process", {"pid": 2**64}), ("Process", {"pid": 2**30}),
]  # fmt: skip

# What is different by nature: only kinds and names are compared, and that numbers are sensible.
SHAPES = [
    ("heap_info", {}),
    ("cpu_percent", {}), ("cpu_percent", {"percpu": True}), ("cpu_percent", {"interval": 0.05}),
    ("cpu_times_percent", {}), ("cpu_times_percent", {"percpu": True}),
    ("cpu_times_percent", {"interval": 0.05}),
]  # fmt: skip

# How far numbers of the whole machine may be off: its memory and load change all the time.
BYTES = 128 * 2**20
TOLERANCES = {
    "virtual_memory": {None: BYTES, "percent": 3.0},
    "swap_memory": {None: BYTES, "percent": 3.0},
    "disk_usage": {None: BYTES, "percent": 1.0},
    "cpu_times": {None: 0.1},
    "cpu_freq": {"current": 1000.0},
    "getloadavg": {None: 0.5},
    "sensors_temperatures": {"current": 10.0},
}
# The same of processes; a page more or less may come with every look.
PROCESS_TOLERANCES = {
    "memory_percent": {None: 0.5},
    # A proportional share changes with every process that shares.
    "memory_full_info": {"pss": 2**21},
    "memory_maps": {"pss": 2**21},
    "as_dict": {"pss": 2**21},
}
# Where strangers are in their files moves to and fro between any two looks. Those of the zoo, whose
# positions are compared, stand still.
STRANGERS = {"position": float("inf")}
# Sets rather than lists: a process that ends changes the places of those after it.
SETS = {"pids", "process_iter", "net_connections", "connections", "children", "parents"}
TRIES = 12
# How many strangers are asked where there are thousands.
STRANGERS_ASKED = 300
# How many of those that come and go are asked between two processes that stay.
PASSING = 16


class Comparison:
    """The score."""

    def __init__(self, upstream, ours):
        self.upstream = upstream
        self.ours = ours
        self.values = 0
        self.shapes = 0
        self.moved = 0
        self.mismatches = []
        self.known = Counter()
        self.failed = Counter()
        self.restless = Counter()

    def ask(self, request):
        """Ours, theirs, ours again."""
        first = self.ours.answer(request)
        theirs = self.upstream.answer(request)
        return first, theirs, self.ours.answer(request)

    def compare(self, title, request, question, tolerance=None, is_set=False, is_shape=False):
        """Asks until the answers agree; says whether they did."""
        tolerance = tolerance or {}
        wrong, always_moved = [], question[0] is not None
        # What failed often before will fail again.
        for turn in range(TRIES if self.failed[question[1]] < 3 else 2):
            first, theirs, second = self.ask(request)
            for name, _, is_upstream_wrong, is_right in KNOWN:
                if is_upstream_wrong(question, theirs) and is_right(
                    second, question[0], self.ours.answer
                ):
                    self.known[name] += 1
                    return True
            wrong = []
            if is_shape:
                values = 0
                self.shapes += self._shape(title, theirs, second, wrong)
            elif theirs in (first, second):
                values = leaves(theirs)
            elif is_set and theirs[0] == first[0] == second[0] == "list":
                if question[0] is None:
                    first, theirs, second = self._without_shared(
                        question[1], first, theirs, second
                    )
                wrong, values = self._compare_sets(title, first, theirs, second)
            else:
                values = self._compare(title, first, theirs, second, tolerance, wrong)
            if not wrong:
                self.values += values
                self.moved += turn > 0
                return True
            if question[1] == "process_iter":
                # Who started between two looks was seen with its attributes by one side, which keeps them.
                for side in (self.ours, self.upstream):
                    side.answer(("anew",))
            always_moved &= first != second and theirs[:2] in (first[:2], second[:2])
            time.sleep(0.01 * turn)
        # It ended between our look, which is kept, and upstream's.
        ended = question[1] == "exe" and theirs[1] in ("NoSuchProcess", "ZombieProcess")
        if always_moved or ended:
            # Strangers at work: no two looks of ours agreed either, however often we looked.
            self.restless[question[1]] += 1
            return True
        self.failed[question[1]] += 1
        self.mismatches += wrong
        for line in wrong:
            print("mismatch:", line, flush=True)
        return False

    def _compare_sets(self, title, first, theirs, second):
        first, theirs, second = ([repr(each) for each in it[3]] for it in (first, theirs, second))
        may, must = Counter(first) | Counter(second), Counter(first) & Counter(second)
        told = Counter(theirs)
        wrong = [f"{title}: only upstream has {each}" for each in (told - may)]
        wrong += [f"{title}: upstream lacks {each}" for each in (must - told)]
        return wrong, len(theirs)

    def _without_shared(self, name, *answers):
        """System-wide sockets but those of several processes, of which upstream shows one."""
        if name != "net_connections" or any(each[0] != "list" for each in answers):
            return answers
        holders = {}
        for pid in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                for fd in os.listdir(f"/proc/{pid}/fd") if pid.isdigit() else ():
                    with contextlib.suppress(OSError):
                        link = os.readlink(f"/proc/{pid}/fd/{fd}")
                        if link.startswith("socket:"):
                            holders.setdefault(link, set()).add((int(pid), int(fd)))
        shared = set().union(*(each for each in holders.values() if len(each) > 1))

        def without(answer):
            rows = [
                row for row in answer[3] if (row[3][6][2], row[3][0][2]) not in shared
            ]
            return (*answer[:3], rows)

        self.known["socket of several"] += len(answers[1][3]) - len(without(answers[1])[3])
        return tuple(map(without, answers))

    def _compare(self, title, first, theirs, second, tolerance, wrong, field=None):
        """Leaf by leaf: how many there were."""
        before = len(wrong)
        if theirs[:1] + theirs[1:2] == first[:1] + first[1:2] == second[:1] + second[1:2]:
            kind = theirs[0]
            if kind in ("tuple", "list") and len(theirs[3]) == len(first[3]) == len(second[3]):
                if theirs[2] != second[2]:
                    wrong.append(f"{title}: fields {theirs[2]} upstream, {second[2]} ours")
                    return 0
                names = theirs[2] or range(len(theirs[3]))
                return sum(
                    self._compare(
                        f"{title}.{name}", *each, tolerance, wrong,
                        name if isinstance(name, str) else field,
                    )  # fmt: skip
                    for name, *each in zip(names, first[3], theirs[3], second[3])
                )
            if kind == "dict" and theirs[2].keys() == first[2].keys() == second[2].keys():
                return sum(
                    self._compare(
                        f"{title}[{name!r}]", first[2][name], each, second[2][name],
                        tolerance, wrong, field,
                    )  # fmt: skip
                    for name, each in theirs[2].items()
                )
            if kind == "value" and theirs[1] in ("int", "float"):
                low, high = sorted((first[2], second[2]))
                slack = tolerance.get(field, tolerance.get(None, 0))
                if low - slack <= theirs[2] <= high + slack:
                    return 1
        if theirs not in (first, second) and len(wrong) == before:
            wrong.append(f"{title}: {short(theirs)} upstream, {short(second)} ours")
        return leaves(theirs)

    def _shape(self, title, theirs, ours, wrong):
        """Kinds and names."""
        if theirs[:2] != ours[:2] or (theirs[0] in ("tuple", "list") and theirs[2] != ours[2]):
            wrong.append(f"{title}: {short(theirs)} upstream, {short(ours)} ours")
            return 0
        if theirs[0] in ("tuple", "list"):
            return sum(
                self._shape(title, *each, wrong) for each in zip(theirs[3], ours[3])
            )
        if ours[0] == "value" and ours[1] in ("int", "float") and ours[2] < 0:
            wrong.append(f"{title}: {short(ours)} ours")
        return 1

    def exact(self, title, theirs, ours):
        """Two answers that cannot have moved."""
        if theirs == ours:
            self.values += leaves(theirs)
        else:
            self.mismatches.append(f"{title}: {short(theirs)} upstream, {short(ours)} ours")


def leaves(answer):
    """How many values there are in an answer."""
    if answer[0] in ("tuple", "list"):
        return sum(map(leaves, answer[3])) or 1
    if answer[0] == "dict":
        return sum(map(leaves, answer[2].values())) or 1
    return 1


def short(answer):
    """An answer for a report."""
    if answer[0] == "raises":
        text = f"{answer[1]}({answer[3]}) {answer[4]}"
    else:
        text = repr(answer)
    return text if len(text) < 600 else f"{text[:600]}…"


def look(comparison, pid):
    """Both sides look at a process; whether both found it."""
    request = ("look", pid, pid)
    for _ in range(TRIES):
        first, theirs, second = comparison.ask(request)
        if theirs in (first, second):
            return theirs[0] != "raises"
    comparison.mismatches.append(
        f"Process({pid}): {short(theirs)} upstream, {short(second)} ours"
    )
    return False


def ask_all(comparison, pid, title, is_stranger=False):
    """Every question to one process, which both look at."""
    tolerances = {
        name: {**PROCESS_TOLERANCES.get(name, {}), **(STRANGERS if is_stranger else {})}
        for name in {*PROCESS_TOLERANCES, "open_files"}
    }
    # Who answers is doing something else than who waits for the answer.
    is_one_of_us = pid in (os.getpid(), comparison.upstream.pid)
    for name, args in QUESTIONS:
        if name == "wait" and (is_one_of_us or "zombie" in title):
            # Only its parent is told how a zombie ended, and that is us.
            continue
        if is_one_of_us and (name == "open_files" or os.geteuid() != 0):
            # Who looks at itself may see more.
            continue
        comparison.compare(
            f"{title} {name}{args}",
            ("process", pid, name, args, {}),
            (pid, name),
            tolerance=tolerances.get(name),
            is_set=name in SETS,
            is_shape=is_one_of_us and name in ("status", "num_fds", "cpu_num"),
        )
    if not is_one_of_us:
        comparison.compare(f"{title} str", ("text", pid), (pid, "str"))
        comparison.compare(
            f"{title} as_dict", ("process", pid, "as_dict", (AS_DICT,), {}), (pid, "as_dict"),
            tolerance=tolerances["as_dict"],
        )  # fmt: skip
        comparison.compare(
            f"{title} as_dict", ("process", pid, "as_dict", (), {"attrs": AS_DICT, "ad_value": 7}),
            (pid, "as_dict"), tolerance=tolerances["as_dict"],
        )  # fmt: skip


# Of as_dict() what does not move by being asked.
AS_DICT = [
    "cmdline", "cpu_affinity", "create_time", "cwd", "exe", "gids", "io_counters", "ionice",
    "memory_full_info", "memory_maps", "name", "net_connections", "nice", "num_fds", "num_threads",
    "open_files", "pid", "ppid", "status", "terminal", "threads", "uids", "username",
]  # fmt: skip


def ask_functions(comparison):
    """Every function."""
    for name, kwargs in FUNCTIONS:
        comparison.compare(
            f"{name}({kwargs})",
            ("function", name, (), kwargs),
            (None, name),
            tolerance=TOLERANCES.get(name),
            is_set=name in SETS,
        )
    for name, kwargs in SHAPES:
        comparison.compare(
            f"{name}({kwargs})", ("function", name, (), kwargs), (None, name), is_shape=True
        )


def ask_constants(comparison):
    """Every public name: what it stands for, or the arguments that it takes."""
    names = [each[2] for each in comparison.upstream.answer(("names",))[3]]
    for name in names:
        if name.isupper() or name in ("__version__", "version_info"):
            comparison.compare(name, ("constant", name), (None, name))
        elif name != "getloadavg":
            comparison.compare(f"{name}'s arguments", ("arguments", name, ""), (None, name))
    for owner in ("Process", "Popen"):
        methods = comparison.upstream.answer(("names", owner))
        ours = comparison.ours.answer(("names", owner))
        lacking = [each[2] for each in methods[3] if each not in ours[3]]
        if lacking:
            comparison.mismatches.append(f"names of {owner}: ours lacks {lacking}")
        for name in (each[2] for each in methods[3]):
            comparison.compare(
                f"{owner}.{name}'s arguments", ("arguments", owner, name), (None, name)
            )


def compare(comparison, note):
    """Everything, once quietly and once while processes come and go."""
    ask_constants(comparison)
    with Zoo() as zoo:
        note(f"{len(zoo.pids)} odd processes")
        kinds = {pid: kind for kind, pid in zoo.pids.items()}
        pids = [each[2] for each in comparison.upstream.answer(("function", "pids", (), {}))[3]]
        missing = set(kinds) - set(pids)
        if missing:
            comparison.mismatches.append(f"pids: lacks {sorted(missing)}")
        strangers = [pid for pid in pids if pid not in kinds]
        # Every so many of them; those of ours all.
        chosen = {*kinds, *strangers[:: len(strangers) // STRANGERS_ASKED + 1]}
        seen = [pid for pid in pids if pid in chosen and look(comparison, pid)]
        note(f"{len(pids)} processes, of which {len(seen)} are asked")
        for pid in seen:
            ask_all(comparison, pid, f"{pid} {kinds.get(pid, '')}", pid not in kinds)
        ask_functions(comparison)
        note("under churn")
        with Churn() as churn:
            ask_functions(comparison)
            asked = 0
            for pid in seen:
                ask_all(comparison, pid, f"{pid} {kinds.get(pid, '')} (churn)", pid not in kinds)
                answer = comparison.upstream.answer(("function", "pids", (), {}))
                others = {each[2] for each in answer[3]} - set(pids)
                # The latest, which are the least likely to be gone already.
                for passing in sorted(others)[-PASSING:]:
                    request = ("look", passing, passing)
                    ours, theirs = map(answers(request), (comparison.ours, comparison.upstream))
                    if ours[0] != "raises" and theirs[0] != "raises":
                        asked += 1
                        ask_passing(comparison, passing)
        note(f"{churn.count} came and went, {asked} of them were asked")
    # They are gone, and were looked at before.
    note("of those that are gone")
    for pid, kind in kinds.items():
        ask_all(comparison, pid, f"{pid} {kind} (gone)")


def answers(request):
    """What asks a side."""
    return lambda side: side.answer(request)


def ask_passing(comparison, pid):
    """A process that may end at any moment: what is said after its end must be the same."""
    # Not exe(), of which each side keeps what it saw first.
    for name in ("name", "cmdline", "status", "memory_full_info", "open_files", "threads"):
        comparison.compare(
            f"{pid} {name} (passing)", ("process", pid, name, (), {}), (pid, name),
            tolerance=STRANGERS,
        )  # fmt: skip


def main():
    """Says the score; whether there was no mismatch is the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("upstream", help="the interpreter that has upstream psutil")
    parser.add_argument("--user", help="the user to become first")
    options = parser.parse_args()
    os.environ["SYSVITALS_UPSTREAM_PYTHON"] = options.upstream
    warnings.simplefilter("ignore")
    import psutil

    # What is loaded when it is first needed may be out of reach of another user.
    for module in ("_common", "_enums", "_ntuples", "_pslinux", "_psposix"):
        importlib.import_module(f"psutil.{module}")
    for module in ("multiprocessing", "resource", "mmap", "pty", "termios", "ctypes", "random"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    if "+sysvitals" not in _version_of("psutil"):
        sys.exit("this interpreter's psutil is not sysvitals")
    upstream = Upstream(options.user)
    if options.user:
        become(options.user)
    comparison = Comparison(upstream, Asker(psutil))
    start = time.monotonic()

    def note(text):
        print(f"  {time.monotonic() - start:6.1f} s: {text}", flush=True)

    compare(comparison, note)
    upstream.close()
    for name, reason, *_ in KNOWN:
        print(f"known: {comparison.known[name]} of {name}: {reason}")
    print(
        f"differential: {comparison.values} values compared, {len(comparison.mismatches)} mismatches"
        f" ({comparison.shapes} kinds besides, {comparison.moved} questions asked again,"
        f" {sum(comparison.restless.values())} too restless to compare,"
        f" as {options.user or 'uid %d' % os.getuid()})"
    )
    return 1 if comparison.mismatches else 0


def _version_of(name):
    from importlib.metadata import version

    return version(name)


if __name__ == "__main__":
    sys.exit(main())
