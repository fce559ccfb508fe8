"""Forks and threads: what is used before is usable after, and by many at once."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

import psutil
from resting import at_rest

THREADS = 16
SECONDS = float(os.environ.get("SYSVITALS_SECONDS", "5"))
QUESTIONS = sorted(psutil.Process._as_dict_attrnames - {"pid"})
FUNCTIONS = [
    "boot_time", "cpu_count", "cpu_freq", "cpu_percent", "cpu_stats", "cpu_times",
    "cpu_times_percent", "disk_io_counters", "disk_partitions", "getloadavg", "net_connections",
    "net_if_addrs", "net_if_stats", "net_io_counters", "pids", "sensors_battery", "sensors_fans",
    "sensors_temperatures", "swap_memory", "users", "virtual_memory",
]  # fmt: skip


def use_everything(process=None):
    """Asks everything once; the pid that answered for itself."""
    for name in FUNCTIONS:
        getattr(psutil, name)()
    list(psutil.process_iter(["name", "cpu_times"]))
    own = psutil.Process()
    own.as_dict()
    if process is not None:
        process.as_dict()
        str(process)
        process.is_running()
    return own.pid


class Forks(unittest.TestCase):
    """Used before and after, in the parent and in the child."""

    def in_child(self, work, timeout=60):
        """What a forked child makes of it; a child that hangs is a failure."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                signal.alarm(timeout)
                work()
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(status, 0, "the child failed or hung")

    def test_fork(self):
        before, parent = psutil.Process(), os.getpid()
        use_everything(before)

        def work():
            assert before.pid == parent
            assert before.is_running()
            assert before.name() and before.cmdline()
            assert use_everything(before) == os.getpid() != parent
            assert psutil.Process().ppid() == parent
            assert before != psutil.Process()
            assert psutil.Process().parent() == before
            assert os.getpid() in [each.pid for each in before.children()]
            with psutil.Popen(["true"]) as child:
                assert child.wait() == 0

        self.in_child(work)
        self.assertEqual(use_everything(before), parent)

    def test_fork_within_oneshot(self):
        process = psutil.Process()
        with process.oneshot():
            process.status()
            self.in_child(lambda: (process.name(), process.status(), psutil.Process().uids()))
            process.uids()

    def test_fork_while_threads_ask(self):
        """Whatever they do at that moment, nothing of ours stays locked in the child."""
        stop, process = threading.Event(), psutil.Process(os.getppid())

        def ask():
            while not stop.is_set():
                psutil.cpu_times()
                psutil.pids()
                process.name()
                process.status()
                psutil.net_if_stats()

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for each in threads:
            each.start()
        try:
            for _ in range(100):
                self.in_child(
                    lambda: (
                        psutil.cpu_times(), psutil.pids(), psutil.Process().name(),
                        process.name(), process.status(), process.ppid(),
                    ),  # fmt: skip
                    timeout=60,
                )
        finally:
            stop.set()
            for each in threads:
                each.join()

    def test_fork_while_a_thread_imports(self):
        """What is imported when it is first asked for is whole in the child."""
        code = """
import importlib.abc, os, signal, sys, threading, time

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in ("sysvitals._ntuples", "sysvitals._enums", "socket"):
            started.set()
            time.sleep(0.2)

import psutil
sys.modules.pop("socket", None)
sys.meta_path.insert(0, Slow())
ask = getattr(psutil, sys.argv[1])
started, thread = threading.Event(), threading.Thread(target=ask)
thread.start()
assert started.wait(60)
pid = os.fork()
if pid == 0:
    signal.alarm(60)
    ask()
    os._exit(0)
thread.join()
sys.exit(os.waitpid(pid, 0)[1])
"""
        for name in ("cpu_times", "net_if_stats", "net_if_addrs", "net_connections"):
            with self.subTest(name):
                done = subprocess.run([sys.executable, "-c", code, name], timeout=120)
                self.assertEqual(done.returncode, 0)

    def test_multiprocessing(self):
        use_everything()
        for method in ("fork", "spawn", "forkserver"):
            with self.subTest(method):
                context = multiprocessing.get_context(method)
                with context.Pool(2) as pool:
                    pids = pool.map_async(use_everything, [None] * 4).get(timeout=120)
                self.assertNotIn(os.getpid(), pids)
                queue = context.Queue()
                child = context.Process(target=queue.put, args=(psutil.virtual_memory(),))
                child.start()
                self.assertGreater(queue.get(timeout=60).total, 0)
                child.join()


class Threads(unittest.TestCase):
    """Many at once."""

    def run_threads(self, work):
        """Lets them work until the time is up; what any raised is raised."""
        failures, deadline = [], time.monotonic() + SECONDS
        start = threading.Barrier(THREADS)
        counts = [0] * THREADS

        def loop(number):
            turns = random.Random(number)
            start.wait()
            while time.monotonic() < deadline and not failures:
                try:
                    work(turns)
                    counts[number] += 1
                except BaseException as error:
                    failures.append(error)
                    raise

        threads = [threading.Thread(target=loop, args=(each,)) for each in range(THREADS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(SECONDS + 120)
            self.assertFalse(each.is_alive(), "a thread hangs")
        self.assertEqual(failures, [])
        has_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
        print(
            f"threads: {sum(counts)} calls by {THREADS} threads,"
            f" {'with' if has_lock else 'without'} the interpreter's lock"
        )

    def test_functions(self):
        warnings.simplefilter("ignore")

        def work(turns):
            name = turns.choice([*FUNCTIONS, "heap_info", "process_iter"])
            if name == "process_iter":
                found = [each.pid for each in psutil.process_iter(["name"])]
                assert os.getpid() in found and found == sorted(found)
            elif hasattr(psutil, name):
                getattr(psutil, name)()

        self.run_threads(work)

    def test_one_process(self):
        warnings.simplefilter("ignore")
        child = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        at_rest(child.pid, "sleep")
        process = psutil.Process(child.pid)
        same = {name: getattr(process, name)() for name in (
            "name", "exe", "cmdline", "cwd", "environ", "create_time", "ppid", "uids", "gids",
            "username", "nice", "num_threads", "cpu_affinity", "terminal",
        )}  # fmt: skip

        def work(turns):
            way = turns.randrange(5)
            if way == 0:
                with process.oneshot():
                    for name in turns.sample(sorted(same), 5):
                        assert getattr(process, name)() == same[name], name
            elif way == 1:
                answers = process.as_dict(list(same))
                assert answers == same, answers
            elif way == 2:
                assert process.is_running() and str(process) and hash(process)
            else:
                name = turns.choice(QUESTIONS)
                answer = getattr(process, name)()
                assert name not in same or answer == same[name], (name, answer)

        self.run_threads(work)

    def test_samples_are_each_threads_own(self):
        psutil.cpu_percent()
        first = []
        thread = threading.Thread(target=lambda: first.append(psutil.cpu_percent()))
        thread.start()
        thread.join()
        self.assertEqual(first, [0.0])

    def test_procfs_path(self):
        """Threads that change where to look get what stands there."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        link = os.path.join(directory.name, "proc")
        os.symlink("/proc", link)

        def work(turns):
            psutil.PROCFS_PATH = turns.choice(["/proc", "/proc/", link])
            assert os.getpid() in psutil.pids()

        self.addCleanup(setattr, psutil, "PROCFS_PATH", "/proc")
        self.run_threads(work)
