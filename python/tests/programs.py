#!/usr/bin/env python3
"""Programs that say `import psutil`, started and used on ours.

    python3 python/tests/programs.py [--venvs DIR] [--wheels DIR] [PROGRAM...]

Each program has a virtual environment of its own, in which this repository's two packages were
installed before it; so pip has to find its `psutil` there, and must not fetch another one. What a
program shows is looked at, and that the library which it has loaded is ours. Prints a line for
each; needs pip's index, and tmux for `bpytop`.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = "7.2.2+sysvitals"
MIB = 1024 * 1024


class NotRun(Exception):
    """The machine lacks what a program needs."""


def check(condition, what):
    if not condition:
        raise AssertionError(what)


class Place:
    """A program's virtual environment, and a folder for its files."""

    def __init__(self, root, wheels, name, requirements, pins_psutil):
        self.root = root / name
        self.bin = self.root / "bin"
        self.python = self.bin / "python"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix=f"programs-{name}-"))
        self.environ = {
            **os.environ,
            "HOME": str(self.work),
            "XDG_CONFIG_HOME": str(self.work / "config"),
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONUNBUFFERED": "1",
            # What is ours must be silent about itself.
            "PYTHONWARNINGS": "error::DeprecationWarning:psutil",
        }
        for unwanted in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            self.environ.pop(unwanted, None)
        self._install(wheels, requirements, pins_psutil)

    def _install(self, wheels, requirements, pins_psutil):
        if not self.python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.root)], check=True)
        ours = sorted(map(str, wheels.glob("*.whl")))
        self.pip("install", "--force-reinstall", "--no-deps", *ours)
        if pins_psutil:
            # Its metadata exclude psutil 7 too: pip would fetch psutil 5 beside no program's wish.
            self.pip("install", "--no-deps", *requirements)
        else:
            self.pip("install", *requirements)
            self.pip("check")
        told = self.run(
            self.python,
            "-c",
            "import importlib.metadata as m, psutil, sysvitals\n"
            "print(m.version('psutil'), psutil is sysvitals, psutil.__version__)",
        )
        check(told.split() == [VERSION, "True", "7.2.2"], f"another psutil is imported: {told}")

    def pip(self, *arguments):
        command = (self.python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)
        self.run(*command)

    def run(self, *command, seconds=300, status=0):
        """What it printed; its standard error is part of that."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.work,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            text=True,
            errors="replace",
        )
        shown = " ".join(map(str, command))[:200]
        check(done.returncode == status, f"`{shown}` ended with {done.returncode}:\n{done.stdout}")
        check("Traceback" not in done.stdout, f"`{shown}` failed:\n{done.stdout}")
        return done.stdout

    def start(self, *command, **options):
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=self.work,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def script(self, name, text):
        path = self.work / name
        path.write_text(text)
        return path


def check_loaded(pid):
    """A running program has our library in its memory, and no other psutil's."""
    mapped = pathlib.Path(f"/proc/{pid}/maps").read_text()
    check("_sysvitals" in mapped, f"process {pid} has not loaded our library")
    check("_psutil_" not in mapped, f"process {pid} has loaded another psutil")


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        check(time.monotonic() < deadline, what() if callable(what) else what)
        time.sleep(0.2)


# Runs in the virtual environments, behind each script of ours there.
LOADED = """
def check_loaded():
    import importlib.metadata, psutil, sys
    with open("/proc/self/maps") as maps:
        mapped = maps.read()
    assert psutil is sys.modules["sysvitals"], psutil
    assert "_sysvitals" in mapped and "_psutil_" not in mapped
    assert importlib.metadata.version("psutil") == "7.2.2+sysvitals"
    return "ours"
"""


def glances(place):
    plugins = "cpu,percpu,load,mem,memswap,network,diskio,fs,uptime,processcount,processlist,system"
    told = place.run(
        place.bin / "glances", "--stdout", plugins, "--time", "1", "--stop-after", "3"
    )
    for plugin in ("cpu", "load", "mem", "memswap", "network", "fs", "processcount"):
        check(re.search(rf"^{plugin}: \S", told, re.M), f"no {plugin} in:\n{told[:2000]}")
    total = re.findall(r"^mem: .*?'total': (\d+)", told, re.M)
    check(total and int(total[-1]) > 64 * MIB, f"no memory in:\n{told[:2000]}")

    told = place.run(
        place.bin / "glances",
        "--stdout-csv",
        "now,cpu.user,mem.total,mem.percent,load,network",
        "--time", "1", "--stop-after", "3",
    )  # fmt: skip
    rows = [line.split(",") for line in told.splitlines() if "," in line]
    header = next(row for row in rows if "mem.total" in row)
    last = dict(zip(header, rows[-1]))
    check(int(float(last["mem.total"])) > 64 * MIB, f"memory is {last}")
    check(0 < float(last["mem.percent"]) <= 100, f"memory is {last}")
    check(0 <= float(last["cpu.user"]) <= 100, f"CPU is {last}")

    # Without a screen, into a file; looked at while it runs.
    path = place.work / "glances.csv"
    running = place.start(
        place.bin / "glances", "--quiet", "--export", "csv", "--export-csv-file", path,
        "--time", "1", "--stop-after", "8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait_for(lambda: path.exists() and path.stat().st_size, "no file is exported")
        check_loaded(running.pid)
        told, _ = running.communicate(timeout=120)
    finally:
        running.kill()
    check(running.returncode == 0, f"ended with {running.returncode}: {told}")
    with path.open() as lines:
        rows = list(csv.DictReader(lines))
    check(len(rows) >= 3, f"{len(rows)} rows are exported")
    last = rows[-1]
    check(len(last) > 50, f"{len(last)} columns are exported")
    check(float(last["processcount.total"]) > 1, "no processes are counted")
    check(float(last["mem.total"]) > 64 * MIB, "no memory is exported")

    # Its own interface for programs.
    script = place.script(
        "ask.py",
        LOADED + "import json, time\n"
        "from glances import api\n"
        "gl = api.GlancesAPI()\n"
        "gl.processlist\n"
        "time.sleep(1)\n"
        "rows = gl.processlist.keys()\n"
        "cpu = gl.cpu['total']\n"
        "nics = list(gl.network.keys())\n"
        "print(json.dumps([check_loaded(), len(list(rows)), cpu, nics]))\n",
    )
    loaded, processes, cpu, nics = json.loads(place.run(place.python, script).splitlines()[-1])
    check(loaded == "ours" and processes > 1, f"{processes} processes")
    check(0 <= cpu <= 100, f"CPU is {cpu}")
    return f"{len(rows)} rows of {len(last)} columns, {processes} processes, interfaces {nics}"


def bpytop(place):
    if shutil.which("tmux") is None:
        raise NotRun("no tmux")
    socket = ["tmux", "-L", f"programs-{os.getpid()}"]

    def tmux(*arguments):
        return place.run(*socket, *arguments)

    def screen():
        return tmux("capture-pane", "-p", "-t", "bpytop")

    def shows(pattern, seconds=60):
        return wait_for(
            lambda: re.search(pattern, screen(), re.M),
            lambda: f"no {pattern!r} on:\n{screen()}\n{log()}",
            seconds,
        )

    def log():
        files = place.work.rglob("error.log")
        return "\n".join(file.read_text() for file in files)

    def press(*keys):
        # A key at a time: what comes at once is taken for one.
        for key in keys:
            tmux("send-keys", "-t", "bpytop", key)
            time.sleep(0.4)

    # A program to look for.
    name = "sought"
    place.script(f"{name}.py", "import time\nx = b'x' * (64 << 20)\ntime.sleep(600)\n")
    wanted = place.start("python", f"{name}.py")
    try:
        tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "bpytop", "-x", "180", "-y", "50",
            f"{place.bin / 'bpytop'} --debug; echo ENDED $?; sleep 60",
        )  # fmt: skip
        for box in ("cpu", "mem", "net", "proc"):
            shows(rf"[┐┌╮╭─].*{box}")
        shows(r"Total:\s*[\d.]+ [MGT]iB")
        shows(r"(Load AVG|LAV): *\d")
        pids = place.run("pgrep", "-f", f"{place.bin / 'bpytop'} --debug").split()
        pid = next(
            pid for pid in pids if b"python" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
        )  # fmt: skip
        check_loaded(pid)
        # Filters the table by what is typed, and opens the details of the process found.
        press("f", *name, "Enter")
        shows(rf"{wanted.pid} +python.*\b{name}\b")
        press("Down", "Enter")
        shows(r"Elapsed")
        shown = screen()
        check(re.search(r"Memory: *\d", shown), f"no details on:\n{shown}")
        # Ends the process from there.
        press("T")
        wait_for(lambda: wanted.poll() is not None, lambda: f"not terminated:\n{screen()}")
        press("q")
        shows(r"ENDED 0", 20)
    finally:
        wanted.kill()
        wanted.wait()
        subprocess.run([*socket, "kill-server"], capture_output=True)
    records = re.split(r"^(?=\d\d/\d\d/\d\d \()", log(), flags=re.M)
    # It looks for a newer version of itself, where there may be no network.
    errors = [each for each in records if "ERROR" in each and "urlopen" not in each]
    check(not errors, "its log says:\n" + "".join(errors))
    return "all boxes, a filter, details, a process terminated"


def psrecord(place):
    busy = place.script(
        "busy.py",
        "import subprocess, sys, time\n"
        "end = time.time() + 3\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; b = b\"x\" * (64 << 20); time.sleep(3)'])\n"
        "kept = b'x' * (32 << 20)\n"
        "while time.time() < end: pass\n"
        "child.wait()\n",
    )
    log = place.work / "log.txt"
    running = place.start(
        place.bin / "psrecord", f"{place.python} {busy}", "--interval", "0.2", "--log", log,
        "--include-children", "--include-io",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        time.sleep(1.5)
        check_loaded(running.pid)
        told, _ = running.communicate(timeout=60)
    finally:
        running.kill()
    check(running.returncode == 0 and "Traceback" not in told, told)
    rows = [
        [float(number) for number in line.split()]
        for line in log.read_text().splitlines()
        if not line.startswith("#")
    ]
    check(len(rows) >= 5, f"{len(rows)} rows")
    _, cpu, real, *_ = zip(*rows)
    check(max(cpu) > 5, f"at most {max(cpu)} % of a CPU")
    check(96 < max(real) < 1000, f"at most {max(real)} MiB")
    return f"{len(rows)} rows, at most {max(cpu):.0f} % and {max(real):.0f} MiB with its child"


def memory_profiler(place):
    script = place.script(
        "grow.py",
        LOADED + "import time\n"
        "from memory_profiler import profile, memory_usage\n"
        "@profile\n"
        "def grow():\n"
        "    kept = b'x' * (64 << 20)\n"
        "    del kept\n"
        "    return 1\n"
        "grow()\n"
        "def late():\n"
        "    time.sleep(0.3)\n"
        "    kept = b'x' * (64 << 20)\n"
        "    time.sleep(0.5)\n"
        "usage = memory_usage((late, ()), interval=0.05, include_children=True)\n"
        "assert max(usage) - min(usage) > 50, usage\n"
        "for backend in ('psutil', 'psutil_uss', 'psutil_pss'):\n"
        "    value = memory_usage(-1, interval=0.05, timeout=0.2, backend=backend)\n"
        "    assert min(value) > 5, (backend, value)\n"
        "print(check_loaded(), 'samples', len(usage))\n",
    )
    told = place.run(place.python, script)
    line = re.search(r"^ *\d+ +([\d.]+) MiB +([\d.]+) MiB +\d+ +kept = ", told, re.M)
    check(line and float(line[2]) > 60, f"no growth in:\n{told}")
    check("ours samples" in told, told)
    data = place.work / "mprof.dat"
    plain = place.script(
        "plain.py", "import time\nkept = b'x' * (64 << 20)\ntime.sleep(1.5)\n"
    )
    place.run(
        place.bin / "mprof", "run", "--include-children", "--interval", "0.1", "--output", data,
        place.python, plain,
    )  # fmt: skip
    samples = [float(line.split()[1]) for line in data.read_text().splitlines() if line[:3] == "MEM"]
    check(samples and max(samples) > 64, f"samples of mprof: {samples}")
    told = place.run(place.bin / "mprof", "peak", data)
    return f"a line grew by {line[2]} MiB; mprof's peak is {told.split()[-2]} MiB"


def distributed(place):
    script = place.script(
        "cluster.py",
        LOADED + "import json, os, time\n"
        "from distributed import Client, LocalCluster\n"
        "def busy(seconds):\n"
        "    end = time.time() + seconds\n"
        "    while time.time() < end: sum(range(1000))\n"
        "    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,\n"
        "                      memory_limit='1GiB') as cluster, Client(cluster) as client:\n"
        "        client.wait_for_workers(2)\n"
        "        pids = set(client.gather([client.submit(busy, 1 + i / 1000) for i in range(4)]))\n"
        "        loaded = set(client.run(check_loaded).values())\n"
        "        recent = list(client.run(lambda dask_worker: dask_worker.monitor.recent()).values())\n"
        "        ranges = list(client.run(lambda dask_worker: {k: list(v)\n"
        "            for k, v in dask_worker.monitor.range_query(0).items()}).values())\n"
        "        metrics = [w['metrics'] for w in client.scheduler_info(-1)['workers'].values()]\n"
        "        scheduler = cluster.scheduler.monitor.recent()\n"
        "        sizes = client.run(lambda dask_worker: dask_worker.memory_manager.memory_limit)\n"
        "        client.restart()\n"
        "        after = set(client.run(os.getpid).values())\n"
        "        print(json.dumps([sorted(pids), sorted(after), sorted(loaded), recent, ranges,\n"
        "            metrics, scheduler, sorted(sizes.values()), check_loaded()], default=repr))\n",
    )
    told = place.run(place.python, script)
    pids, after, loaded, recent, ranges, metrics, scheduler, sizes, here = json.loads(
        told.splitlines()[-1]
    )
    check(len(pids) == 2 and len(after) == 2 and not set(pids) & set(after), f"{pids}, {after}")
    check(loaded == ["ours"] and here == "ours", f"{loaded}")
    check(sizes == [1 << 30] * 2, f"limits are {sizes}")
    for sample in (*recent, scheduler):
        check(sample["memory"] > 16 * MIB, f"{sample}")
        check(sample["num_fds"] > 3, f"{sample}")
        check(sample["cpu"] >= 0, f"{sample}")
        for name in ("host_net_io.read_bps", "host_net_io.write_bps"):
            check(sample[name] >= 0, f"{sample}")
    check(max(max(each["cpu"]) for each in ranges) > 5, "no worker was busy")
    check(all(each["memory"] > 16 * MIB for each in metrics), f"{metrics}")
    busiest = max(max(each["cpu"]) for each in ranges)
    return f"2 workers, {len(recent[0])} figures each, at most {busiest:.0f} % busy, restarted"


def ipykernel(place):
    script = place.script(
        "kernel.py",
        LOADED + "import json, os, queue, time\n"
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='python3')\n"
        "try:\n"
        "    lines = []\n"
        "    def heard(message):\n"
        "        content = message['content']\n"
        "        lines.append(content.get('text') or ''.join(content.get('traceback', [])))\n"
        "    def run(code):\n"
        "        del lines[:]\n"
        "        reply = client.execute_interactive(code, timeout=60, output_hook=heard)\n"
        "        return reply['content']['status'], ''.join(filter(None, lines)).strip()\n"
        f"    told = [run({LOADED!r} + 'print(check_loaded())'),\n"
        "            run('import psutil, os; print(psutil.Process().pid == os.getpid())'),\n"
        "            run('kept = b\"x\" * (64 << 20); 1 + 1')]\n"
        "    def usage():\n"
        "        message = client.session.msg('usage_request', {})\n"
        "        client.control_channel.send(message)\n"
        "        end = time.time() + 60\n"
        "        while time.time() < end:\n"
        "            reply = client.get_control_msg(timeout=60)\n"
        "            if reply['parent_header'].get('msg_id') == message['header']['msg_id']:\n"
        "                return reply['content']\n"
        "    usage()\n"
        "    run('sum(range(10**7))')\n"
        "    print(json.dumps([told, usage()]))\n"
        "finally:\n"
        "    client.stop_channels()\n"
        "    manager.shutdown_kernel(now=True)\n",
    )
    cells, usage = json.loads(place.run(place.python, script).splitlines()[-1])
    check(cells[0] == ["ok", "ours"] and cells[1] == ["ok", "True"], f"{cells}")
    check(cells[2][0] == "ok", f"{cells}")
    memory, virtual = usage["kernel_memory"], usage["host_virtual_memory"]
    check(64 * MIB < memory < virtual["total"], f"{usage}")
    check(virtual["available"] < virtual["total"], f"{usage}")
    check(usage["kernel_cpu"] >= 0 and usage["cpu_count"] >= 1, f"{usage}")
    return (
        f"3 cells; the kernel uses {memory // MIB} MiB, {usage['kernel_cpu']} % of"
        f" {usage['cpu_count']} CPUs"
    )


# What pip is asked for, and whether its metadata have no room for psutil 7.
PROGRAMS = {
    glances: (["glances"], False),
    bpytop: (["bpytop"], True),
    psrecord: (["psrecord"], False),
    memory_profiler: (["memory_profiler"], False),
    distributed: (["distributed"], False),
    ipykernel: (["ipykernel", "jupyter_client"], False),
}


def main():
    names = [program.__name__ for program in PROGRAMS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=", ".join(names))
    parser.add_argument("--venvs", type=pathlib.Path, default=ROOT / "target/programs")
    parser.add_argument("--wheels", type=pathlib.Path, help="where both wheels are already")
    args = parser.parse_args()
    unknown = set(args.programs) - set(names)
    if unknown:
        parser.error(f"no program {', '.join(sorted(unknown))}")
    args.venvs.mkdir(parents=True, exist_ok=True)
    wheels = args.wheels
    if wheels is None:
        wheels = args.venvs / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "-w", str(wheels)]
        packages = [str(ROOT / "python"), str(ROOT / "python/as-psutil")]
        subprocess.run([*command, *packages], check=True)

    passed, failed, skipped = 0, 0, 0
    for program, (requirements, pins_psutil) in PROGRAMS.items():
        name = program.__name__
        if args.programs and name not in args.programs:
            continue
        start = time.monotonic()
        place = None
        try:
            place = Place(args.venvs.resolve(), wheels.resolve(), name, requirements, pins_psutil)
            told = program(place)
            passed += 1
            verdict = "ok"
        except NotRun as reason:
            skipped += 1
            verdict, told = "DID NOT RUN", reason
        except Exception as err:  # noqa: BLE001 - the others are still run
            failed += 1
            verdict, told = "FAILED", f"{type(err).__name__}: {err}"
        finally:
            if place is not None:
                shutil.rmtree(place.work, ignore_errors=True)
        print(f"{name}: {verdict}, {time.monotonic() - start:.1f} s: {told}", flush=True)
    print(f"programs: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
