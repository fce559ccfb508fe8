#!/usr/bin/env python3
"""What a module called psutil answers: ours, or psutil's own, by whose interpreter runs this.

It speaks what `benches/src/lib.rs` says. `import` is an operation of its own: each time is that of
a new interpreter. `objects.OPERATION` makes the objects of an answer anew, and asks nobody;
`call.OPERATION` makes the one system call that tells it, and nothing else.
"""

import enum
import functools
import marshal
import os
import resource
import socket
import subprocess
import sys
import time

import psutil

STAT = ["pid", "ppid", "name", "status", "cpu_times", "create_time", "num_threads", "nice"]
TWELVE = [*STAT, "username", "uids", "memory_info", "cmdline"]
# What top shows and what changes, each second.
TICK = ["pid", "name", "username", "status", "cpu_percent", "memory_info", "cmdline", "num_threads"]

# What is asked of one process without arguments, and changes nothing.
METHODS = (
    "name", "exe", "cmdline", "environ", "create_time", "status", "cwd", "username", "uids", "gids",
    "terminal", "ppid", "nice", "ionice", "cpu_affinity", "cpu_times", "cpu_percent", "cpu_num",
    "num_threads", "threads", "num_ctx_switches", "io_counters", "memory_info", "memory_full_info",
    "memory_percent", "memory_maps", "open_files", "num_fds", "is_running", "parent", "parents",
)  # fmt: skip

# Written by a new interpreter: CPU time and memory of the import alone.
IMPORT = """
import time
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])
before, start = resident(), time.process_time_ns()
import psutil
end = time.process_time_ns()
print(end - start, (resident() - before) * 4096)
"""

kept = {}
# As the library's program does: who measures again and again may keep descriptors.
if hasattr(psutil, "hold"):
    psutil.hold()


def process(pid):
    """A process that was asked before."""
    if pid not in kept:
        kept[pid] = psutil.Process(int(pid))
    return kept[pid]


def held(pid):
    """The same, with what is read of it kept open, where the module can."""
    if ("held", pid) not in kept:
        kept["held", pid] = psutil.Process(int(pid))
        if hasattr(psutil, "hold"):
            psutil.hold(kept["held", pid])
    return kept["held", pid]


def table(attrs):
    return [each.info for each in psutil.process_iter(attrs)]


def twelve(who):
    with who.oneshot():
        return {name: getattr(who, name)() if name != "pid" else who.pid for name in TWELVE}


def sampled(attrs):
    """The table in a loop, by what the module has for that."""
    if not hasattr(psutil, "Sampler"):
        return table(attrs)
    key = tuple(attrs)
    if key not in kept:
        kept[key] = psutil.Sampler(attrs)
    return kept[key].tick()


def tick():
    rows = sampled(TICK)
    psutil.cpu_percent(percpu=True)
    psutil.virtual_memory()
    return rows


def ticked(info):
    info = info if isinstance(info, dict) else info._asdict()
    return info["pid"], {"rss": info["memory_info"].rss}


def hundredths(seconds):
    return int(seconds * 100 + 0.5)


def sockets(who):
    """Its sockets, by what the module has for hosts with many."""
    return getattr(who, "net_connections_by_duplicates", who.net_connections)("inet")


def row(info):
    """A row as `benches/src/bin/ours.rs` has it; what was not told is left out."""
    cells = {"pid": info["pid"]}
    for name in ("ppid", "name", "status", "num_threads", "nice", "username"):
        if info.get(name) is not None:
            cells[name] = info[name]
    if info.get("cpu_times"):
        cells["user_time"] = hundredths(info["cpu_times"].user)
        cells["system_time"] = hundredths(info["cpu_times"].system)
    if info.get("create_time"):
        cells["create_time"] = hundredths(info["create_time"])
    if info.get("uids"):
        cells["uids"] = ",".join(map(str, info["uids"]))
    if info.get("memory_info"):
        cells["rss"], cells["vms"] = info["memory_info"].rss, info["memory_info"].vms
    if info.get("cmdline") is not None:
        cells["cmdline"] = " ".join(info["cmdline"])
    return cells.pop("pid"), cells


def connection(each):
    def end(address):
        return f"{address.ip} {address.port}" if address else "-"

    family = {socket.AF_INET: "inet", socket.AF_INET6: "inet6"}[each.family]
    kind = {socket.SOCK_STREAM: "stream", socket.SOCK_DGRAM: "datagram"}[each.type]
    key = f"{family} {kind} {end(each.laddr)} {end(each.raddr)} {each.fd}"
    cells = {"status": each.status}
    if hasattr(each, "pid"):
        cells["pid"] = -1 if each.pid is None else each.pid
    return key, cells


def mapping(each):
    names = ("rss", "size", "pss", "private_dirty", "shared_clean", "anonymous")
    return each.path, {name: getattr(each, name) for name in names}


def partition(each):
    return each.mountpoint, {"device": each.device, "fstype": each.fstype, "opts": each.opts}


def names(answer):
    return [(name, {}) for name in answer]


# Name: what is timed, and its answer as rows. What it gives is a list, but for a single answer.
OPERATIONS = {
    "pids": (lambda _: psutil.pids(), names),
    "pid_exists": (
        lambda pid: psutil.pid_exists(int(pid)),
        lambda answer: [("pid", {"exists": str(answer).lower()})],
    ),
    "table": (lambda _: table(TWELVE), lambda answer: [row(info) for info in answer]),
    "stat": (lambda _: table(STAT), lambda answer: [row(info) for info in answer]),
    "tick": (lambda _: tick(), lambda answer: [ticked(info) for info in answer]),
    "cpu_tick": (lambda _: sampled(["cpu_percent"]), lambda _: names(psutil.pids())),
    "everything": (lambda _: table([]), lambda answer: [row(info) for info in answer]),
    "one": (lambda pid: [twelve(held(pid))], lambda answer: [row(info) for info in answer]),
    "one_new": (lambda pid: [twelve(psutil.Process(int(pid)))], lambda answer: [row(info) for info in answer]),
    "children": (
        lambda pid: process(pid).children(recursive=True),
        lambda answer: [(each.pid, {}) for each in answer],
    ),
    "connections": (
        lambda _: psutil.net_connections("inet"),
        lambda answer: [connection(each) for each in answer],
    ),
    "process_connections": (
        lambda pid: sockets(process(pid)),
        lambda answer: [connection(each) for each in answer],
    ),
    "process_connections_default": (
        lambda pid: process(pid).net_connections("inet"),
        lambda answer: [connection(each) for each in answer],
    ),
    "memory_maps": (
        lambda pid: process(pid).memory_maps(),
        lambda answer: [mapping(each) for each in answer],
    ),
    "cpu_times": (lambda _: psutil.cpu_times(percpu=True), lambda answer: names(range(len(answer)))),
    "virtual_memory": (
        lambda _: psutil.virtual_memory(),
        lambda answer: [("memory", {"total": answer.total})],
    ),
    "disk_io_counters": (lambda _: psutil.disk_io_counters(perdisk=True), names),
    "net_io_counters": (lambda _: psutil.net_io_counters(pernic=True), names),
    "disk_partitions": (
        lambda _: psutil.disk_partitions(all=True),
        lambda answer: [partition(each) for each in answer],
    ),
}


def method(name):
    def ask(pid):
        return getattr(process(pid), name)()

    return ask, lambda answer: [(name, {})]


OPERATIONS.update({f"Process.{name}": method(name) for name in METHODS})

# Looked up once by who asks again and again: what is timed is the function, not the way to it.
FUNCTIONS = {"pid_exists": lambda pid: functools.partial(psutil.pid_exists, int(pid))}
FUNCTIONS.update({
    f"Process.{name}": lambda pid, name=name: getattr(process(pid), name) for name in METHODS
})

# What one system call tells, by Python's own function for that call: who asks from Python takes as long.
CALLS = {
    "cwd": lambda pid: functools.partial(os.readlink, f"/proc/{pid}/cwd"),
    "nice": lambda pid: functools.partial(os.getpriority, os.PRIO_PROCESS, int(pid)),
    "cpu_affinity": lambda pid: functools.partial(os.sched_getaffinity, int(pid)),
}
FUNCTIONS.update({f"call.Process.{name}": ask for name, ask in CALLS.items()})
OPERATIONS.update({f"call.Process.{name}": method(name) for name in CALLS})


def asker(name, argument):
    """A function of no arguments that asks it once."""
    if name in FUNCTIONS:
        return FUNCTIONS[name](argument)
    return functools.partial(OPERATIONS[name][0], argument)


# Rows of a sampler, of which nothing has changed, are given again: nothing has to be made.
KEPT = ("tick", "cpu_tick")


def plain(answer):
    """The same of what marshal knows, which costs no more to make."""
    if isinstance(answer, enum.Enum):
        return answer.value  # A member is there already.
    if isinstance(answer, dict):
        return {plain(key): plain(value) for key, value in answer.items()}
    if isinstance(answer, (list, tuple)):
        return (list if isinstance(answer, list) else tuple)(map(plain, answer))
    if isinstance(answer, psutil.Process):
        return answer.pid, answer.create_time()
    return answer


class Objects:
    """Makes the objects of an answer again, by what makes objects of bytes fastest."""

    FEW = 10_000  # bytes
    TOGETHER = 50

    def __init__(self, name, argument):
        ask = asker(name, argument)
        answer = ask()
        self.rows = lines(OPERATIONS[name][1](answer))
        answers = [plain(answer)]
        # What only this answer has is to be made, and not to be found again.
        del answer
        # With one small answer it would be the call that takes the time.
        if len(marshal.dumps(answers)) < self.FEW:
            answers += [plain(ask()) for _ in range(self.TOGETHER - 1)]
        self.count = len(answers)
        self.written = marshal.dumps(answers)
        if marshal.loads(self.written) != answers:
            raise ValueError("not what was answered")

    def time(self, repetitions):
        times = -(-repetitions // self.count)
        load, written, answers = marshal.loads, self.written, None
        start = time.process_time_ns()
        for _ in range(times):
            answers = load(written)
        spent = time.process_time_ns() - start
        items = len(answers[0]) if isinstance(answers[0], (list, dict)) else 1
        return spent * repetitions // (times * self.count), items


def objects(name, argument, anew=False):
    if anew or (name, argument) not in kept:
        kept[name, argument] = Objects(name, argument)
    return kept[name, argument]


def imported(number):
    command = [sys.executable, "-c", IMPORT]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(said.split()[number])


# What each costs: nanoseconds of CPU time, and bytes.
NEW = {"import": 0, "import_memory": 1}


def clean(text):
    text = str(text).encode("utf-8", "surrogateescape")
    return bytes(byte if byte >= 32 else ord("?") for byte in text)


def shown(key, cells):
    columns = [clean(key), *(name.encode() + b"=" + clean(cells[name]) for name in cells)]
    return b"\t".join(columns) + b"\n"


def lines(rows):
    return b"".join(shown(*each) for each in rows)


def timed(name, repetitions, argument):
    if name in NEW:
        return sum(imported(NEW[name]) for _ in range(repetitions)), 1
    ask = asker(name, argument)
    answer = None
    start = time.process_time_ns()
    for _ in range(repetitions):
        answer = ask()
    spent = time.process_time_ns() - start
    return spent, len(answer) if isinstance(answer, (list, dict)) else 1


def answer(line):
    what, name, *rest = line.split()
    if name == "methods":
        return b"".join(f"Process.{each}\n".encode() for each in METHODS) + b".\n"
    kind, _, made = name.partition(".")
    is_made = kind == "objects" and made in OPERATIONS and made not in KEPT
    if not (is_made or name in OPERATIONS or name in NEW):
        return b"none\n"
    if what == "time":
        repetitions, argument = int(rest[0]), rest[1] if len(rest) > 1 else ""
        if is_made:
            spent, items = objects(made, argument).time(repetitions)
        else:
            spent, items = timed(name, repetitions, argument)
        return f"{spent} {items}\n".encode()
    if name in NEW:
        return b"?\n.\n"
    argument = rest[0] if rest else ""
    if is_made:
        return objects(made, argument, anew=True).rows + b".\n"
    return lines(OPERATIONS[name][1](asker(name, argument)())) + b".\n"


def main():
    # As a program that keeps descriptors of all processes does.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    out = sys.stdout.buffer
    for line in sys.stdin:
        try:
            said = answer(line)
        except Exception as error:
            said = b"error " + clean(f"{type(error).__name__}: {error}") + b"\n"
        out.write(said)
        out.flush()


if __name__ == "__main__":
    # The folder of this file is not where psutil is.
    sys.path = [place for place in sys.path if place != os.path.dirname(os.path.abspath(__file__))]
    main()
