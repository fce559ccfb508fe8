"""What the package does without: calls that nobody needs, and modules that can wait."""

import os
import subprocess
import sys
import time
import unittest
from unittest import mock

import psutil
from resting import at_rest

SLOW = (
    "collections", "contextlib", "datetime", "enum", "functools", "importlib.util", "inspect",
    "pwd", "re", "select", "signal", "socket", "struct", "subprocess", "threading", "typing",
    "warnings",
)  # fmt: skip


def interpreter(code):
    """What a new interpreter without site packages of others prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


class Import(unittest.TestCase):
    def test_it_loads_nothing_that_can_wait(self):
        before = set(interpreter("import sys; print(*sys.modules)"))
        after = set(interpreter("import psutil, sys; print(*sys.modules)"))
        self.assertFalse((after - before) & set(SLOW))
        ours = {name for name in after if name.startswith("sysvitals.")}
        self.assertFalse(ours & {"sysvitals._enums", "sysvitals._ntuples", "sysvitals._popen"})

    def test_what_waits_is_there(self):
        names = interpreter(
            "import psutil; print(*(type(getattr(psutil, name)).__name__ for name in "
            "('Popen', 'NIC_DUPLEX_FULL', 'POWER_TIME_UNKNOWN', 'AF_LINK', 'pwd', 'signal')))"
        )
        self.assertEqual(
            names, ["_ListedNames", "NicDuplex", "BatteryTime", "AddressFamily", "module", "module"]
        )

    def test_everything_can_be_imported_at_once(self):
        names = interpreter("from psutil import *; print(*(name for name in dir()))")
        self.assertLessEqual(set(psutil.__all__), set(names))

    def test_cpu_use_is_counted_from_the_import(self):
        code = (
            "import psutil, time; end = time.monotonic() + 0.5\n"
            "while time.monotonic() < end: pass\n"
            "print(psutil.cpu_percent(), max(psutil.cpu_percent(percpu=True)))"
        )
        for percent in interpreter(code):
            self.assertGreater(float(percent), 0)


@unittest.skipUnless(psutil.LINUX, "the kernel counts reads there")
class Reads(unittest.TestCase):
    def setUp(self):
        self.child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)
        at_rest(self.child.pid)
        # Where memory is short, what it is recognised by is given up, unless somebody has it open.
        for name in ("", "stat", "status", "statm", "cmdline", "environ", "io", "fd"):
            self.addCleanup(os.close, os.open(f"/proc/{self.child.pid}/{name}", os.O_RDONLY))
        self.process = psutil.Process(self.child.pid)
        self.io = os.open("/proc/self/io", os.O_RDONLY)
        self.addCleanup(os.close, self.io)

    def reads(self, ask):
        """How often read(2) is called for it."""

        def count():
            told = dict(line.split(b": ") for line in os.pread(self.io, 999, 0).splitlines())
            return int(told[b"syscr"])

        base = count()
        base = count() - base
        before = count()
        ask()
        return count() - before - base

    def oneshot(self, *names):
        with self.process.oneshot():
            return {name: getattr(self.process, name)() for name in names}

    def test_a_oneshot_reads_each_file_once(self):
        names = (
            "name", "ppid", "status", "cpu_times", "cpu_num", "num_threads", "memory_info",
            "cmdline", "uids", "gids",
        )  # fmt: skip
        self.oneshot(*names)
        # stat, statm, cmdline, and status where pidfds tell no ids.
        self.assertLessEqual(self.reads(lambda: self.oneshot(*names)), 4)
        self.assertEqual(self.oneshot(*names), self.process.as_dict(names))

    def test_the_first_oneshot_reads_each_file_once(self):
        """It does not know yet what will be asked."""
        names = (
            "ppid", "name", "status", "cpu_times", "create_time", "num_threads", "nice", "username",
            "uids", "memory_info", "cmdline",
        )  # fmt: skip

        def ask():
            self.process = psutil.Process(self.child.pid)
            self.oneshot(*names)

        # Until the user's name is known.
        for _ in range(3):
            ask()
        # stat to know who it is; stat, statm, cmdline, and status where pidfds tell no ids.
        self.assertLessEqual(self.reads(ask), 5)

    def test_percents_are_of_what_was_read(self):
        for names, most in ((["memory_info", "memory_percent"], 2), (sorted(psutil.Process._as_dict_attrnames), None)):
            asked = self.process.as_dict(names)
            total = psutil.virtual_memory().total
            self.assertEqual(asked["memory_percent"], asked["memory_info"].rss / total * 100)
            if most is not None:
                self.assertLessEqual(self.reads(lambda: self.process.as_dict(names)), most)
            found = {each.pid: each.info for each in psutil.process_iter(names)}
            told = found[self.child.pid]
            self.assertEqual(told["memory_percent"], told["memory_info"].rss / total * 100)
        found = []
        names = ["memory_info", "memory_percent"]
        reads = self.reads(lambda: found.extend(psutil.process_iter(names)))
        self.assertLessEqual(reads, 2 * len(found) + 10)

    def test_rates_are_of_what_was_read_and_when(self):
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(busy.wait)
        self.addCleanup(busy.kill)
        for names in (["cpu_percent"], ["cpu_percent", "cpu_times"]):
            psutil.process_iter.cache_clear()
            with mock.patch.object(psutil, "_timer", side_effect=[1000.0, 2000.0]):
                first = {each.pid: each.info for each in psutil.process_iter(names)}
                self.assertEqual({info["cpu_percent"] for info in first.values()}, {0.0})
                self.assertEqual(set(first[busy.pid]), set(names))
                rows = list(psutil.process_iter(names))
            # Each row has its own moment, and they come one after the other.
            moments = [row._last_sys_cpu_times for row in rows]
            self.assertEqual(moments, sorted(moments))
            self.assertGreater(moments[0], 2000)
            self.assertLess(moments[-1], 2060)

            psutil.process_iter.cache_clear()
            found = list(psutil.process_iter(names))
            before = next(each for each in found if each.pid == busy.pid)
            clock, times = before._last_sys_cpu_times, before._last_proc_cpu_times
            time.sleep(0.3)
            asked = []
            reads = self.reads(lambda: asked.extend(psutil.process_iter(names)))
            self.assertLessEqual(reads, len(asked) + 10)
            after = next(each for each in asked if each.pid == busy.pid)
            used = after._last_proc_cpu_times.user - times.user
            used += after._last_proc_cpu_times.system - times.system
            elapsed = after._last_sys_cpu_times - clock
            self.assertGreaterEqual(elapsed, 0.3)
            self.assertEqual(after.info["cpu_percent"], round(used / elapsed * 100, 1))
            # It is what the process says itself goes on from.
            self.assertGreaterEqual(after.cpu_percent(), 0)

    def test_what_is_only_listed_is_small(self):
        child = next(each for each in psutil.Process().children() if each.pid == self.child.pid)
        self.assertNotIn("_proc", vars(child))
        self.assertEqual((child.ppid(), child), (os.getpid(), self.process))

    def test_what_a_table_told_is_small(self):
        psutil.process_iter.cache_clear()

        def found(name):
            processes = {each.pid: each for each in psutil.process_iter(["name"])}
            self.assertEqual(processes[child.pid].info["name"], name)
            return processes[child.pid]

        with subprocess.Popen(["sleep", "60"]) as child:
            while psutil.Process(child.pid).name() != "sleep":
                pass
            process = found("sleep")
            self.assertIs(process, found("sleep"))
            self.assertNotIn("_proc", vars(process))
            self.assertEqual(process.ppid(), os.getpid())
            # Who was asked is told, too.
            process._name = "another"
            self.assertEqual(found("sleep")._name, "sleep")
            child.kill()
        with self.assertRaises(psutil.NoSuchProcess) as caught:
            process.ppid()
        self.assertEqual(caught.exception.name, "sleep")

    def test_a_oneshot_reads_nothing_that_is_not_asked(self):
        self.oneshot("name", "memory_info", "cmdline")
        # That it was asked last time may cost once.
        self.oneshot("name")
        self.assertEqual(self.reads(lambda: self.oneshot("name")), 1)
        self.assertEqual(self.reads(lambda: self.oneshot()), 0)

    def test_a_oneshot_is_of_one_moment_and_no_longer(self):
        process = psutil.Process()
        names = ("cpu_times", "memory_info", "num_ctx_switches")
        for _ in range(3):
            with process.oneshot():
                first = [getattr(process, name)() for name in names]
                end = time.process_time() + 0.05
                while time.process_time() < end:
                    pass
                self.assertEqual([getattr(process, name)() for name in names], first)
            self.assertGreater(process.cpu_times().user + process.cpu_times().system,
                               first[0].user + first[0].system)

    def test_a_oneshot_does_not_outlive_its_process(self):
        self.oneshot("name", "memory_info", "uids")
        self.child.kill()
        self.child.wait()
        for name in ("name", "memory_info", "uids", "cmdline", "status"):
            with self.assertRaises(psutil.NoSuchProcess):
                self.oneshot(name)

    def test_single_questions_read_one_file(self):
        for name in (
            "name", "status", "ppid", "cpu_times", "cpu_num", "cpu_percent", "num_threads", "uids",
            "memory_info", "memory_percent", "cmdline", "environ", "terminal", "io_counters",
        ):  # fmt: skip
            ask = getattr(self.process, name)
            ask()
            with self.subTest(name):
                self.assertLessEqual(self.reads(ask), 1)
        for name in ("exe", "create_time", "nice", "ionice", "cpu_affinity", "cwd"):
            ask = getattr(self.process, name)
            ask()
            with self.subTest(name):
                self.assertEqual(self.reads(ask), 0)

    def test_a_table_reads_each_file_once(self):
        attrs = ["name", "status", "cpu_times", "num_threads", "create_time", "ppid"]
        list(psutil.process_iter(attrs))
        found = []
        reads = self.reads(lambda: found.extend(psutil.process_iter(attrs)))
        # Long names are read of command lines.
        long = sum(len(process.info["name"]) >= 15 for process in found)
        self.assertLessEqual(reads, len(found) + long + 10)
