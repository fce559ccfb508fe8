#!/usr/bin/env python3
"""How long each call takes here, and in psutil.

    python3 python/tests/speed.py --ours PYTHON --theirs PYTHON

The interpreters are those of two virtual environments: one has this repository's `psutil` (a
release build), the other psutil 7.2.2. Processes of both take turns, so that both meet the same
machine; what is compared is CPU time, of user and kernel. A ratio below 1 says that ours is
faster. The exit status is 1 if a call is slower than `--limit` and `--slack` say, or the import is.
`--write` puts the table into python/README.md, in the place of the one that is there.
"""

import argparse
import json
import os
import subprocess
import sys

IMPORT = """
import time
start = time.process_time()
import psutil
print(time.process_time() - start)
"""

# What is asked of the system as a whole.
FUNCTIONS = {
    "boot_time": (),
    "cpu_count": ({}, {"logical": False}),
    "cpu_freq": ({}, {"percpu": True}),
    "cpu_percent": ({}, {"percpu": True}),
    "cpu_stats": (),
    "cpu_times": ({}, {"percpu": True}),
    "cpu_times_percent": ({}, {"percpu": True}),
    "disk_io_counters": ({}, {"perdisk": True}, {"nowrap": False}),
    "disk_partitions": ({}, {"all": True}),
    "disk_usage": ({"path": "/"},),
    "getloadavg": (),
    "heap_info": (),
    "net_connections": ({}, {"kind": "all"}),
    "net_if_addrs": (),
    "net_if_stats": (),
    "net_io_counters": ({}, {"pernic": True}, {"nowrap": False}),
    "pid_exists": ({"pid": 1},),
    "pids": (),
    "sensors_battery": (),
    "sensors_fans": (),
    "sensors_temperatures": (),
    "swap_memory": (),
    "users": (),
    "virtual_memory": (),
}

# What changes nothing, and what a name alone does not ask.
METHODS = {
    "children": ({}, {"recursive": True}),
    "is_running": (),
    "memory_maps": ({}, {"grouped": False}),
    "memory_percent": ({}, {"memtype": "vms"}),
    "net_connections": ({}, {"kind": "all"}),
    "parent": (),
    "parents": (),
    "rlimit": ({"resource": 7},),
}

# Where psutil asks for less, and so may be faster; the reason is printed.
LESS = {}
if not os.path.exists("/run/utmp"):
    LESS["users()"] = "without /run/utmp psutil answers nothing; ours asks logind, too"

HEAD = "| Call | ours, µs | psutil, µs | ratio |"

COMMON = ("pid", "name", "status", "ppid", "cpu_times", "memory_info", "username")


def call_of(function, arguments):
    if not arguments:
        return function
    return lambda: function(**arguments)


def shown(name, arguments):
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def questions(psutil, pid):
    """Everything that is measured: what it is called, and a function of no arguments."""
    for name, variants in FUNCTIONS.items():
        for arguments in variants or ({},):
            yield shown(name, arguments), call_of(getattr(psutil, name), arguments)

    attrs = COMMON
    yield "list(process_iter())", lambda: list(psutil.process_iter())
    yield "list(process_iter(seven))", lambda: list(psutil.process_iter(list(attrs)))

    def iter_anew():
        psutil.process_iter.cache_clear()
        return list(psutil.process_iter())

    yield "list(process_iter()), anew", iter_anew

    yield "Process()", psutil.Process
    yield "Process(pid)", lambda: psutil.Process(pid)

    process = psutil.Process(pid)
    yield "Process.as_dict()", process.as_dict
    yield "Process.as_dict(seven)", lambda: process.as_dict(list(attrs))
    yield "repr(Process)", lambda: repr(process)
    other = psutil.Process()
    yield "Process == Process", lambda: process == other
    yield "hash(Process)", lambda: hash(process)
    names = sorted({*process.as_dict(), *METHODS} - {"pid"})
    for name in names:
        if not hasattr(process, name):
            continue
        for arguments in METHODS.get(name) or ({},):
            yield f"Process.{shown(name, arguments)}", call_of(getattr(process, name), arguments)
    for name in names:
        if name in {"children", "parent", "parents", "is_running", "rlimit"}:
            continue

        def first(name=name):
            # A new object: nothing is kept from the last time.
            getattr(psutil.Process(pid), name)()

        yield f"Process(pid).{name}()", first

    def oneshot():
        with process.oneshot():
            for name in COMMON[1:]:
                getattr(process, name)()

    yield "oneshot: seven", oneshot

    def everything():
        with process.oneshot():
            for name in ORDINARY:
                getattr(process, name)()

    yield "oneshot: what top shows", everything


ORDINARY = (
    "name", "ppid", "status", "cpu_times", "cpu_num", "uids", "gids", "username", "num_threads",
    "num_ctx_switches", "memory_info", "memory_percent", "nice", "io_counters", "create_time",
)  # fmt: skip


def measure(seconds):
    """CPU seconds of one call of each, as JSON."""
    import time
    import warnings

    import psutil

    warnings.simplefilter("ignore")
    clock = time.process_time
    sleeper = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    time.sleep(0.2)
    answers = {}
    try:
        for name, ask in questions(psutil, sleeper.pid):
            try:
                ask()
            except (NotImplementedError, FileNotFoundError):
                continue
            start = clock()
            ask()
            once = max(clock() - start, 1e-7)
            rounds = max(2, min(int(seconds / once), 50_000))
            each = range(max(1, rounds // 4))
            best = None
            for _ in range(4):
                start = clock()
                for _ in each:
                    ask()
                spent = (clock() - start) / len(each)
                best = spent if best is None else min(best, spent)
            answers[name] = best
    finally:
        sleeper.communicate()
    json.dump(answers, sys.stdout)


def run(python, *arguments):
    command = [python, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def version(python):
    script = "import psutil, sysvitals; print(psutil.__version__, psutil._psplatform.__name__)"
    if subprocess.run([python, "-c", script], capture_output=True).returncode == 0:
        return "ours"
    return run(python, "-c", "import psutil; print(psutil.__version__)").strip()


def quoted(name):
    """A call as the README has it; what is said of it stays outside."""
    call, comma, more = name.partition(", anew")
    return f"`{call}`{comma}{more}"


def write(rows):
    """Puts the table in the place of the one that begins with the same line."""
    readme = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md")
    with open(readme, encoding="utf-8") as file:
        before, head, after = file.read().partition(HEAD + "\n")
    if not head:
        sys.exit(f"{readme} has no table of this kind")
    # It ends with the first line that is no row.
    _, blank, after = after.partition("\n\n")
    with open(readme, "w", encoding="utf-8") as file:
        file.write(before + "\n".join(rows) + blank + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", help="interpreter that imports this repository's psutil")
    parser.add_argument("--theirs", help="interpreter that imports psutil 7.2.2")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each")
    parser.add_argument("--seconds", type=float, default=0.02, help="CPU time for each call")
    parser.add_argument("--limit", type=float, default=1.05, help="the worst ratio that is allowed")
    parser.add_argument("--slack", type=float, default=0.1, help="µs that do not count")
    parser.add_argument("--write", action="store_true", help="puts the table into python/README.md")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.seconds)
        return 0
    if not (args.ours and args.theirs):
        parser.error("--ours and --theirs are needed")
    if version(args.ours) != "ours":
        parser.error(f"{args.ours} does not import this repository's psutil")
    if version(args.theirs) != "7.2.2":
        parser.error(f"{args.theirs} does not import psutil 7.2.2")

    pythons = (args.ours, args.theirs)
    imports = {python: [] for python in pythons}
    for _ in range(3 * args.rounds):
        for python in pythons:
            imports[python].append(float(run(python, "-c", IMPORT)))
    calls = {python: [] for python in pythons}
    for _ in range(args.rounds):
        for python in pythons:
            script = os.path.abspath(__file__)
            told = run(python, script, "--measure", "--seconds", str(args.seconds))
            calls[python].append(json.loads(told))

    ours, theirs = calls[args.ours], calls[args.theirs]
    table = [("import psutil", imports[args.ours], imports[args.theirs])]
    for name in ours[0]:
        if name in theirs[0]:
            table.append((name, [each[name] for each in ours], [each[name] for each in theirs]))
    slower = []
    rows = [HEAD, "|---|--:|--:|--:|"]
    print("\n".join(rows))
    for name, mine, other in table:
        # What else the machine does only adds to a time, and for longer than a turn: the least counts.
        mine, other = min(mine), min(other)
        ratio = mine / other
        mark = ""
        more = mine - args.limit * other
        if more * 1e6 > args.slack:
            mark = f" {LESS[name]}" if name in LESS else " slower"
            slower += [name] if name not in LESS else []
        rows.append(f"| {quoted(name)} | {mine * 1e6:.1f} | {other * 1e6:.1f} | {ratio:.2f} |")
        print(rows[-1] + mark)
    print(f"\n{len(table)} compared, {len(slower)} slower than {args.limit:g} times psutil's")
    if args.write:
        write(rows)
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
