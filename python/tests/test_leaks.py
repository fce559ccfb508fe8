"""Nothing is left behind by 10,000 calls of every function and method.

Slow ones are called fewer times, and the number is told. Memory may not grow in proportion to the
calls; descriptors, references and objects may not grow at all.
"""

import contextlib
import gc
import os
import subprocess
import sys
import time
import unittest
import warnings

import psutil

CALLS = int(os.environ.get("SYSVITALS_CALLS", "10000"))
# What all calls of one function may take, in seconds: fewer are made of slow ones.
PATIENCE = float(os.environ.get("SYSVITALS_PATIENCE", "1.5"))
FEWEST = 200
# Bytes of growth that an allocator may show; a leak of 32 bytes a call shows more.
SLACK = 300 * 1024


def resident():
    """Bytes of this process that are its own."""
    with open("/proc/self/statm") as file:
        pages = file.read().split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")


def descriptors():
    """How many are open."""
    return len(os.listdir("/proc/self/fd"))


class Leaks(unittest.TestCase):
    """Each call is made in rounds: what grows in every round leaks."""

    @classmethod
    def setUpClass(cls):
        cls.child = subprocess.Popen(["sleep", "10000"])
        gone = subprocess.Popen(["true"])
        cls.gone = psutil.Process(gone.pid)
        gone.wait()
        cls.zombie = subprocess.Popen(["true"])
        os.waitid(os.P_PID, cls.zombie.pid, os.WEXITED | os.WNOWAIT)
        cls.addClassCleanup(cls.zombie.wait)
        cls.addClassCleanup(cls.child.wait)
        cls.addClassCleanup(cls.child.kill)
        cls.report = []
        warnings.simplefilter("ignore")

    @classmethod
    def tearDownClass(cls):
        calls = sum(count for _, count in cls.report)
        fewer = [f"{name} {count}" for name, count in cls.report if count < CALLS]
        print(f"leaks: {len(cls.report)} calls, {calls} times in all; fewer than {CALLS} times:")
        print("  " + ", ".join(fewer or ["none"]))

    def check(self, name, call):
        """Calls it in rounds."""
        with self.subTest(name):
            start = time.perf_counter()
            for _ in range(20):
                call()
            each = (time.perf_counter() - start) / 20
            count = min(CALLS, max(FEWEST, int(PATIENCE / each)))
            rounds = 5
            per_round = max(1, count // rounds)
            self.report.append((name, per_round * rounds))
            shared = [None, True, (), "", 0]
            grown = []
            call()
            gc.collect()
            files = descriptors()
            objects, counts = len(gc.get_objects()), [sys.getrefcount(each) for each in shared]
            for _ in range(rounds):
                before = resident()
                for _ in range(per_round):
                    call()
                gc.collect()
                grown.append(resident() - before)
            self.assertEqual(descriptors(), files, "descriptors")
            self.assertLess(len(gc.get_objects()) - objects, max(50, per_round // 4), "objects")
            for it, before in zip(shared, counts):
                self.assertLess(sys.getrefcount(it) - before, max(100, per_round // 4), repr(it))
            # The first rounds fill pools.
            self.assertFalse(
                sum(grown[1:]) > max(SLACK, 32 * per_round * (rounds - 1))
                and sorted(grown[1:])[1] > 0,
                f"memory grew by {grown} bytes in rounds of {per_round} calls",
            )

    def test_functions(self):
        """Every function of the module."""
        calls = {
            "cpu_times(percpu)": lambda: psutil.cpu_times(percpu=True),
            "cpu_percent(percpu)": lambda: psutil.cpu_percent(percpu=True),
            "cpu_times_percent(percpu)": lambda: psutil.cpu_times_percent(percpu=True),
            "cpu_count(cores)": lambda: psutil.cpu_count(logical=False),
            "cpu_freq(percpu)": lambda: psutil.cpu_freq(percpu=True),
            "disk_usage": lambda: psutil.disk_usage("/"),
            "disk_usage of nothing": failing(lambda: psutil.disk_usage("/nowhere"), OSError),
            "disk_partitions(all)": lambda: psutil.disk_partitions(all=True),
            "disk_io_counters(perdisk)": lambda: psutil.disk_io_counters(perdisk=True),
            "net_io_counters(pernic)": lambda: psutil.net_io_counters(pernic=True),
            "net_connections(all)": lambda: psutil.net_connections("all"),
            "pid_exists": lambda: psutil.pid_exists(os.getpid()),
            "process_iter": lambda: list(psutil.process_iter()),
            "process_iter(attrs)": lambda: list(psutil.process_iter(["name", "cpu_times"])),
            "process_iter(attrs), anew": lambda: (
                psutil.process_iter.cache_clear(),
                list(psutil.process_iter(["name", "cpu_times"])),
            ),
            "wait_procs": lambda: psutil.wait_procs([psutil.Process()], timeout=0),
        }
        for name in (
            "cpu_times", "cpu_percent", "cpu_times_percent", "cpu_count", "cpu_stats", "cpu_freq",
            "getloadavg", "virtual_memory", "swap_memory", "heap_info", "heap_trim",
            "disk_partitions", "disk_io_counters", "net_io_counters", "net_connections",
            "net_if_addrs", "net_if_stats", "sensors_temperatures", "sensors_fans",
            "sensors_battery", "boot_time", "users", "pids",
        ):  # fmt: skip
            if hasattr(psutil, name):
                calls[name] = getattr(psutil, name)
        for name, call in calls.items():
            self.check(name, call)

    def test_methods(self):
        """Every question to a process, to one that is gone, and to a zombie."""
        for kind, process in (
            ("", psutil.Process(self.child.pid)),
            ("own ", psutil.Process()),
            ("zombie's ", psutil.Process(self.zombie.pid)),
            ("gone one's ", self.gone),
        ):
            names = sorted(psutil.Process._as_dict_attrnames - {"pid"})
            names += ["parent", "parents", "children", "is_running", "__str__", "__hash__"]
            for name in names:
                method = getattr(process, name)
                self.check(f"{kind}{name}", failing(method, psutil.Error))

    def test_changes(self):
        """What changes a process, or is about more than one question."""
        child = psutil.Process(self.child.pid)
        niceness, cpus = child.nice(), child.cpu_affinity()
        limit = child.rlimit(psutil.RLIMIT_NOFILE)

        def once():
            with child.oneshot():
                child.name()
                child.status()
                child.uids()

        calls = {
            "Process()": lambda: psutil.Process(self.child.pid),
            "Process() of nothing": failing(lambda: psutil.Process(2**30), psutil.Error),
            "as_dict": child.as_dict,
            "as_dict(attrs)": lambda: child.as_dict(["name", "status", "memory_info"]),
            "oneshot": once,
            "nice(x)": lambda: child.nice(niceness),
            "ionice(x)": lambda: child.ionice(psutil.IOPRIO_CLASS_BE, 4),
            "cpu_affinity(x)": lambda: child.cpu_affinity(cpus),
            "rlimit": lambda: child.rlimit(psutil.RLIMIT_NOFILE),
            "rlimit(x)": lambda: child.rlimit(psutil.RLIMIT_NOFILE, limit),
            "send_signal": lambda: child.send_signal(0),
            "suspend, resume": lambda: (child.suspend(), child.resume()),
            "wait(0)": failing(lambda: child.wait(0), psutil.TimeoutExpired),
            "cpu_percent(wrong)": failing(lambda: child.cpu_percent(-1), ValueError),
            "memory_percent(wrong)": failing(lambda: child.memory_percent("x"), ValueError),
            "children(recursive)": lambda: child.children(recursive=True),
            "memory_maps(each)": lambda: child.memory_maps(grouped=False),
            "net_connections(all)": lambda: child.net_connections("all"),
            "Popen": popen,
        }
        for name, call in calls.items():
            self.check(name, call)


def popen():
    """A child from its start to its end."""
    with psutil.Popen(["true"]) as child:
        child.wait()


def failing(call, error):
    """Calls what may fail."""

    def attempt():
        with contextlib.suppress(error):
            call()

    return attempt
