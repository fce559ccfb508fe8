"""Bad input, and where to look: psutil's errors, and `PROCFS_PATH` at every call."""

import os
import shutil
import subprocess
import tempfile
import unittest

import psutil


class Misuse(unittest.TestCase):
    """The same exceptions, and the same texts where programs look at them."""

    def raises(self, error, text, call, *args, **kwargs):
        """The very class, and the text."""
        with self.assertRaises(error) as caught:
            call(*args, **kwargs)
        self.assertIs(type(caught.exception), error)
        if text is not None:
            self.assertIn(text, str(caught.exception))

    def test_process(self):
        self.raises(TypeError, None, psutil.Process, "foo")
        self.raises(TypeError, None, psutil.Process, 1.5)
        self.raises(ValueError, "pid must be a positive integer (got -1)", psutil.Process, -1)
        for pid in (2**31, 2**64):
            self.raises(
                psutil.NoSuchProcess, f"process PID out of range (pid={pid})", psutil.Process, pid
            )
        self.raises(
            psutil.NoSuchProcess, f"process PID not found (pid={2**30})", psutil.Process, 2**30
        )
        self.assertFalse(psutil.pid_exists(-1))
        self.raises(TypeError, None, psutil.pid_exists, "x")
        self.raises(TypeError, None, psutil.pid_exists, 1.0)
        self.raises(OverflowError, None, psutil.pid_exists, 2**64)
        self.assertFalse(psutil.pid_exists(2**30))

    def test_true_is_no_process(self):
        """`True` is looked for by its name."""
        self.raises(psutil.NoSuchProcess, "(pid=True)", psutil.Process, True)

    def test_functions(self):
        self.raises(FileNotFoundError, "/nope", psutil.disk_usage, "/nope")
        self.raises(TypeError, None, psutil.disk_usage, 3.4)
        self.assertEqual(psutil.disk_usage(b"/").total, psutil.disk_usage("/").total)
        with open(__file__) as file:
            self.assertGreater(psutil.disk_usage(file.fileno()).total, 0)
        kinds = (
            "all", "tcp", "tcp4", "udp", "udp4", "inet", "inet4", "inet6", "tcp6", "udp6", "unix",
        )  # fmt: skip
        for kind in ("x", None):
            text = f"invalid kind argument {kind!r}; valid ones are: {kinds}"
            for ask in (psutil.net_connections, psutil.Process().net_connections):
                self.raises(ValueError, text, ask, kind)
        self.raises(ValueError, "interval is not positive (got -1)", psutil.cpu_percent, -1)
        self.raises(ValueError, "interval is not positive (got -1)", psutil.cpu_times_percent, -1)
        self.assertEqual(psutil.wait_procs([]), ([], []))
        self.raises(ValueError, None, psutil.wait_procs, [], timeout=-1)
        self.raises(TypeError, "is not a callable", psutil.wait_procs, [], callback=1)
        self.raises(
            ValueError, "invalid attr name", lambda: list(psutil.process_iter(["nonsense"]))
        )
        self.raises(TypeError, "invalid attrs type", lambda: list(psutil.process_iter("name")))

    def test_questions(self):
        process = psutil.Process()
        self.raises(TypeError, "invalid attrs type <class 'str'>", process.as_dict, "name")
        self.raises(ValueError, "invalid attr name 'foo'", process.as_dict, ["foo"])
        self.raises(ValueError, "invalid attr names 'bar', 'foo'", process.as_dict, ["foo", "bar"])
        self.raises(ValueError, "invalid memtype 'x'; valid types are (", process.memory_percent, "x")
        self.raises(ValueError, "invalid kind argument", process.net_connections, "x")
        self.raises(ValueError, "interval is not positive", process.cpu_percent, -1)
        self.raises(TypeError, "timeout must be an int or float", process.wait, "1")
        self.raises(ValueError, "timeout must be positive or zero (got -1)", process.wait, -1)

    def test_changes(self):
        child = subprocess.Popen(["sleep", "100"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        process = psutil.Process(child.pid)
        self.raises(TypeError, None, process.nice, "a")
        self.assertIsNone(process.send_signal(0))
        self.raises(TypeError, None, process.send_signal, "x")
        with self.assertRaises(OSError) as caught:
            process.send_signal(999)
        self.assertEqual(caught.exception.errno, 22)
        self.raises(ValueError, "'ioclass' argument must be specified", process.ionice, value=3)
        self.raises(
            ValueError, "ioclass accepts no value", process.ionice,
            psutil.IOPRIO_CLASS_IDLE, 1,
        )  # fmt: skip
        self.raises(ValueError, "value not in 0-7 range", process.ionice, 2, 8)
        self.raises(ValueError, "value not in 0-7 range", process.ionice, 2, -1)
        self.raises(ValueError, "invalid resource specified", process.rlimit, 999)
        self.raises(
            ValueError, "second argument must be a (soft, hard) tuple, got (1,)",
            process.rlimit, psutil.RLIMIT_NOFILE, (1,),
        )  # fmt: skip
        self.raises(
            ValueError, "current limit exceeds maximum limit",
            process.rlimit, psutil.RLIMIT_NOFILE, (9, 1),
        )  # fmt: skip
        self.raises(ValueError, "invalid CPU 999", process.cpu_affinity, [999])
        self.raises(ValueError, "invalid CPU -1", process.cpu_affinity, [-1])
        self.raises(TypeError, None, process.cpu_affinity, ["a"])
        self.raises(TypeError, None, process.cpu_affinity, 0)

    def test_ended(self):
        """What asks about relatives or changes something says of a process that it is gone."""
        child = subprocess.Popen(["sleep", "100"])
        process = psutil.Process(child.pid)
        child.kill()
        child.wait()
        for recursive in (False, True):
            with self.assertRaises(psutil.NoSuchProcess) as caught:
                process.children(recursive)
            self.assertEqual(str(caught.exception), f"process PID not found (pid={child.pid})")
        gone = f"process no longer exists (pid={child.pid})"
        for name, *arguments in (
            ("parent",), ("parents",), ("ppid",), ("nice", 3), ("ionice", 2), ("cpu_affinity", [0]),
            ("rlimit", psutil.RLIMIT_NOFILE, (1, 1)), ("suspend",), ("kill",), ("send_signal", 0),
        ):  # fmt: skip
            with self.subTest(name), self.assertRaises(psutil.NoSuchProcess) as caught:
                getattr(process, name)(*arguments)
            self.assertEqual(str(caught.exception), gone)

    def test_pid_of_another(self):
        """The same where the pid is another process's now."""
        child = subprocess.Popen(["sleep", "100"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        process = psutil.Process(child.pid)
        process._ident = (child.pid, 1)
        text = f"process no longer exists and its PID has been reused (pid={child.pid})"
        for name, *arguments in (
            ("children",), ("children", True), ("parent",), ("parents",), ("ppid",), ("nice", 3),
            ("ionice", 2), ("cpu_affinity", [0]), ("rlimit", psutil.RLIMIT_NOFILE, (1, 1)),
            ("suspend",), ("kill",), ("send_signal", 0),
        ):  # fmt: skip
            with self.subTest(name), self.assertRaises(psutil.NoSuchProcess) as caught:
                getattr(process, name)(*arguments)
            self.assertEqual(str(caught.exception), text)
        self.assertIsNone(child.poll())

    def test_unknown_class_is_the_kernels_business(self):
        """The kernel ignores, or refuses, classes that it does not know."""
        child = subprocess.Popen(["sleep", "100"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        process = psutil.Process(child.pid)
        try:
            process.ionice(9)
        except OSError as error:
            self.assertEqual(error.errno, 22)


class Procfs(unittest.TestCase):
    """`PROCFS_PATH` is looked at by every call; a process keeps the one of its beginning."""

    def setUp(self):
        self.addCleanup(setattr, psutil, "PROCFS_PATH", "/proc")
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def test_functions(self):
        with self.subTest("nothing there"):
            psutil.PROCFS_PATH = self.root
            for call in (psutil.virtual_memory, psutil.cpu_times, psutil.boot_time, psutil.cpu_stats):
                self.assertRaises(FileNotFoundError, call)
        self.write("meminfo", "MemTotal: 100 kB\nMemFree: 50 kB\nMemAvailable: 60 kB\n")
        self.write("stat", "cpu  100 0 200 300 0 0 0 0 0 0\nbtime 1000\nctxt 7\nintr 8\nsoftirq 9\n")
        with self.assertWarns(RuntimeWarning):
            self.assertEqual(psutil.virtual_memory().total, 100 * 1024)
        self.assertEqual(psutil.boot_time(), 1000.0)
        self.assertEqual(psutil.cpu_stats()[:3], (7, 8, 9))
        self.assertEqual(psutil.pids(), [])
        psutil.PROCFS_PATH = "/proc"
        self.assertGreater(psutil.virtual_memory().total, 100 * 1024)
        self.assertIn(os.getpid(), psutil.pids())
        psutil.PROCFS_PATH = self.root
        self.assertEqual(psutil.boot_time(), 1000.0)

    def test_process(self):
        process = psutil.Process()
        psutil.PROCFS_PATH = self.root
        self.assertEqual(process.cwd(), os.getcwd())
        self.assertRaises(psutil.NoSuchProcess, psutil.Process)
        self.write("stat", "btime 1000\n")
        tail = "S 1 1 1 0 -1 0 0 0 0 0 150 250 0 0 20 0 1 0 500 0 0" + " 0" * 30
        self.write("77/stat", f"77 (odd) name) {tail}\n")
        other = psutil.Process(77)
        psutil.PROCFS_PATH = "/proc"
        self.assertEqual(other.name(), "odd) name")
        self.assertEqual(other.cpu_times()[:2], (1.5, 2.5))
        self.assertEqual(other.status(), psutil.STATUS_SLEEPING)
        self.assertEqual(other._ident, (77, 5.0))
