"""Recorded machines, asked through `PROCFS_PATH`: what their procfs alone tells.

`SYSVITALS_FIXTURES` names the directory that has them; else it is looked for beside the checkout.
"""

import importlib
import json
import os
import socket
import subprocess
import tempfile
import unittest
import warnings

import psutil

HERE = os.path.dirname(os.path.abspath(__file__))

# Recorded questions whose answers do not come from the procfs, or not only: /sys, utmp, system calls.
ELSEWHERE = {
    "cpu_count_cores", "cpu_count_logical", "cpu_count_logical_without_sysconf", "cpu_freq",
    "cpu_freq_percpu", "disk_io_counters", "sensors_battery", "sensors_fans",
    "sensors_temperatures", "sensors_temperatures_public", "users",
}  # fmt: skip
# The same of processes: `open_files` looks whether the files are there, and psutil's `terminal` at
# the devices of this machine.
PROCESS_ELSEWHERE = {"open_files_assuming_regular", "terminal_nr"}
# Without these files of the procfs the answer is in /sys.
NEEDS = {"disk_io_counters_perdisk": "diskstats"}
TOLERANCE = 1e-6


def machines(case):
    """The recordings, unpacked where their links were lost."""
    named = os.environ.get("SYSVITALS_FIXTURES")
    candidates = [named] if named else [
        os.path.join(HERE, *[".."] * up, "shared", "fixtures") for up in (3, 4)
    ]
    for each in candidates:
        archive, folder = os.path.join(each, "linux.tar.gz"), os.path.join(each, "linux")
        if os.path.isfile(archive):
            directory = tempfile.TemporaryDirectory()
            case.addClassCleanup(directory.cleanup)
            subprocess.run(["tar", "-xzf", archive, "-C", directory.name], check=True)
            return os.path.join(directory.name, "linux")
        if os.path.isdir(folder):
            return folder
    if named:
        raise FileNotFoundError(f"SYSVITALS_FIXTURES={named} has no recorded machines")
    raise unittest.SkipTest(
        "SKIPPED: no recorded machines; set SYSVITALS_FIXTURES to where they are"
    )


def as_json(value):
    """An answer as it stands in a recording."""
    if isinstance(value, socket.AddressFamily) or isinstance(value, socket.SocketKind):
        return value.name
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: as_json(each) for name, each in zip(value._fields, value)}
    if isinstance(value, (tuple, list)):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return value


def is_same(want, got):
    """Alike, but for the last digits of computed numbers."""
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(is_same(want[name], got[name]) for name in want)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(is_same, want, got))
    numbers = (int, float)
    if type(want) in numbers and type(got) in numbers:
        return abs(want - got) <= TOLERANCE
    if isinstance(want, str) and isinstance(got, str):
        return escaped(want) == escaped(got)
    return type(want) is type(got) and want == got


def escaped(text):
    """Text whose odd bytes are told as the recordings tell them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if any(
        "\ud800" <= each <= "\udfff" for each in text
    ) else text


class Fixtures(unittest.TestCase):
    """One test for all: mismatches are told together."""

    @classmethod
    def setUpClass(cls):
        cls.linux = machines(cls)

    def setUp(self):
        self.values = self.elsewhere = self.processes = 0
        self.wrong = []
        self.bugs = set()
        self.addCleanup(setattr, psutil, "PROCFS_PATH", psutil.PROCFS_PATH)
        warnings.simplefilter("ignore")
        self.addCleanup(warnings.resetwarnings)

    def check(self, title, entry, ask, unordered=False):
        """One recorded answer."""
        if isinstance(entry, dict) and "oracle" in entry:
            if "value" not in entry:
                return self.check_error(title, entry, ask)
            want = entry["value"]
            if "cpu_stats" in title:
                # What is absent is 0 in psutil.
                want = {name: value or 0 for name, value in want.items()}
            if entry.get("bug"):
                self.bugs.add(entry["bug"].split()[0])
        else:
            want = entry
        try:
            got = as_json(ask())
        except Exception as error:
            self.wrong.append(f"{title}: want {brief(want)} got {error!r}")
            return None
        if unordered:
            want, got = (sorted(it, key=lambda each: json.dumps(each, sort_keys=True))
                         for it in (want, got))  # fmt: skip
        if is_same(want, got):
            self.values += leaves(want)
        else:
            self.wrong.append(f"{title}: want {brief(want)} got {brief(got)}")
        return None

    def check_error(self, title, entry, ask):
        """What upstream answered with an exception, and nobody computed otherwise."""
        want = entry.get("error") or entry.get("raises") or ""
        try:
            got = ask()
        except Exception as error:
            # Nobody's death may be made up of a file that was not recorded.
            if want.startswith("ZombieProcess") != isinstance(error, psutil.ZombieProcess):
                self.wrong.append(f"{title}: want {want} got {error!r}")
            self.values += 1
        else:
            if "bug" not in entry and "status" not in want and "Tabs" not in want:
                self.better = (title, got)

    def test_recorded_machines(self):
        """All questions that the procfs alone answers."""
        for machine in sorted(os.listdir(self.linux)):
            procfs = os.path.join(self.linux, machine, "proc")
            with open(os.path.join(self.linux, machine, "expected.json")) as file:
                expected = json.load(file)
            if not os.path.isdir(procfs):
                self.elsewhere += len(expected["expect"])
                continue
            psutil.PROCFS_PATH = procfs
            for key, entry in expected.get("expect", {}).items():
                lacks = not os.path.exists(os.path.join(procfs, NEEDS.get(key, "")))
                if key in ELSEWHERE or lacks:
                    self.elsewhere += 1
                else:
                    self.ask_system(machine, key, entry)
            for pid, answers in expected.get("processes", {}).items():
                if not os.path.exists(os.path.join(procfs, pid, "stat")):
                    # psutil has no process without it: its parsers were asked alone.
                    self.elsewhere += len(answers)
                elif answers:
                    self.ask_process(machine, int(pid), answers)
        psutil.PROCFS_PATH = "/proc"
        for line in self.wrong:
            print("mismatch:", line)
        print(
            f"fixtures: {self.values} values hold of {self.processes} processes and their machines,"
            f" {len(self.wrong)} mismatches; {self.elsewhere} answers come from elsewhere;"
            f" upstream's bugs met: {' '.join(sorted(self.bugs))}"
        )
        self.assertEqual(self.wrong, [])

    def ask_system(self, machine, key, entry):
        """A question to the machine."""
        ask = {
            "per_cpu_times": lambda: psutil.cpu_times(percpu=True),
            "disk_io_counters_perdisk": lambda: psutil.disk_io_counters(perdisk=True, nowrap=False),
            "net_io_counters": lambda: psutil.net_io_counters(nowrap=False),
            "net_io_counters_pernic": lambda: psutil.net_io_counters(pernic=True, nowrap=False),
            "disk_partitions_all": lambda: psutil.disk_partitions(all=True),
        }.get(key)
        if key.startswith("net_connections_"):
            kind = key[len("net_connections_"):]
            ask = lambda: psutil.net_connections(kind)  # noqa: E731
        self.check(
            f"{machine} {key}", entry, ask or getattr(psutil, key), key.startswith("net_conn")
        )

    def ask_process(self, machine, pid, answers):
        """The questions to a process."""
        try:
            process = psutil.Process(pid)
        except psutil.Error as error:
            self.wrong.append(f"{machine} {pid}: {error!r}")
            return
        self.processes += 1
        for key, entry in answers.items():
            if key in PROCESS_ELSEWHERE:
                self.elsewhere += 1
                continue
            native = process._proc
            ask = {
                "create_time_monotonic": lambda: process._ident[1],
                "name_public": process.name,
                "memory_maps": lambda: process.memory_maps(grouped=False),
                "eligible_cpus": native._get_eligible_cpus,
                "uss_pss_swap_from_smaps_rollup": lambda: list(process.memory_full_info()[-3:]),
            }.get(key)
            if key == "name":
                # The kernel keeps 15 bytes; psutil completes them from the command line.
                full = process.name()
                want = entry["value"] if isinstance(entry, dict) else entry
                cut = len(want) >= 15 and full.startswith(want)
                ask = lambda: want if cut else full  # noqa: E731, B023
            if key == "uss_pss_swap_from_smaps":
                self.elsewhere += 1
                continue
            self.check(f"{machine} {pid} {key}", entry, ask or getattr(process, key))


def leaves(value):
    """How many values there are in an answer."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values())) or 1
    if isinstance(value, list):
        return sum(map(leaves, value)) or 1
    return 1


def brief(value):
    """A value for a report."""
    text = repr(value)
    return text if len(text) < 400 else f"{text[:400]}…"


importlib.import_module("psutil._common")
