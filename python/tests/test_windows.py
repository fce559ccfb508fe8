"""What the face looks like on Windows, imported here as if this were it.

The extension module is replaced by one that answers from the tables for Windows, which it has on
any machine. What the processes there answer is for tests on Windows.
"""

import os
import subprocess
import sys
import textwrap
import unittest

PRELUDE = """
import collections, contextlib, datetime, enum, functools, importlib.util, inspect, os, signal
import socket, string, subprocess, sys, sysconfig, threading, time, types, unittest, warnings

place = importlib.util.find_spec("sysvitals").submodule_search_locations[0]
path = next(
    os.path.join(place, name)
    for name in sorted(os.listdir(place))
    if name.startswith("_sysvitals.") and not name.endswith(".pyi")
)
spec = importlib.util.spec_from_file_location("sysvitals._sysvitals", path)
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)


def absent(*arguments):
    raise NotImplementedError("there is no Windows here")


class Native:
    # A process as the extension has it, that remembers what was done to it.
    name_seen = ppid_seen = None
    ended = 3

    def __init__(self, pid, procfs=None, start=None):
        assert procfs is None, procfs
        self.pid, self.done = pid, []

    def start(self):
        return 1700000000.5

    def is_running(self):
        return True

    def oneshot_enter(self):
        pass

    oneshot_exit = oneshot_enter

    def nice(self):
        return 0x4000

    def ionice(self):
        return types.SimpleNamespace(ioclass=_enums().IOPriority.IOPRIO_LOW)

    def cpu_affinity(self):
        return [0]

    def wait_for(self, timeout=None, of_others=False):
        self.done.append(("wait_for", timeout, of_others))
        return self.ended

    def several(self, names, denied):
        answers = {name: name.upper() for name in names}
        return answers, []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.done.append((name, *arguments))


def _enums():
    from sysvitals import _enums

    return _enums


class Service:
    name, display_name = "spooler", "Print Spooler"

    def status(self):
        return "running"

    def everything(self):
        return {"name": "spooler"}


class LoadAverage:
    def tick(self, elapsed):
        return (0.5, 0.25, 0.125)

    def means(self):
        return (0.123456, 0.0, 0.0)


fake = types.ModuleType("sysvitals._sysvitals")
for name in dir(real):
    value = getattr(real, name)
    setattr(fake, name, absent if callable(value) else value)
fake.__spec__, fake.__file__ = spec, path
fake.Process, fake.LoadAverage = Native, LoadAverage
fake.platform = "Windows"
fake.enable_debug_privilege = lambda: asked.append("privilege")
asked = []
fake.services = lambda: [Service(), Service()]
fake.service = lambda name: Service()
for name in ("shapes", "absent_functions", "absent_questions"):
    ask = getattr(real, name)
    setattr(fake, name, lambda platform="Windows", ask=ask: ask(platform))
fake.resources = lambda: ()
# What import does.
fake.has_heap = lambda: True
fake.MonotonicDiskIo, fake.MonotonicNetIo = real.MonotonicDiskIo, real.MonotonicNetIo
sys.modules["sysvitals._sysvitals"] = fake
sys.modules["pwd"] = None
os.name, sys.platform = "nt", "win32"
del os.getloadavg, signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT
signal.CTRL_C_EVENT, signal.CTRL_BREAK_EVENT = 0, 1

import sysvitals as psutil
from sysvitals import _process

check = unittest.TestCase()
"""

FUNCTIONS = """
    boot_time cpu_count cpu_freq cpu_percent cpu_stats cpu_times cpu_times_percent disk_io_counters
    disk_partitions disk_usage getloadavg heap_info heap_trim net_connections net_if_addrs
    net_if_stats net_io_counters pid_exists pids process_iter sensors_battery swap_memory users virtual_memory
    wait_procs win_service_get win_service_iter
"""
CONSTANTS = """
    POSIX WINDOWS LINUX MACOS OSX FREEBSD OPENBSD NETBSD BSD SUNOS AIX
    STATUS_RUNNING STATUS_IDLE STATUS_SLEEPING STATUS_DISK_SLEEP STATUS_STOPPED STATUS_TRACING_STOP
    STATUS_ZOMBIE STATUS_DEAD STATUS_WAKING STATUS_LOCKED STATUS_WAITING STATUS_PARKED
    CONN_ESTABLISHED CONN_SYN_SENT CONN_SYN_RECV CONN_FIN_WAIT1 CONN_FIN_WAIT2 CONN_TIME_WAIT
    CONN_CLOSE CONN_CLOSE_WAIT CONN_LAST_ACK CONN_LISTEN CONN_CLOSING CONN_NONE CONN_DELETE_TCB
    AF_LINK NIC_DUPLEX_FULL NIC_DUPLEX_HALF NIC_DUPLEX_UNKNOWN POWER_TIME_UNKNOWN
    POWER_TIME_UNLIMITED
    IOPRIO_VERYLOW IOPRIO_LOW IOPRIO_NORMAL IOPRIO_HIGH
    ABOVE_NORMAL_PRIORITY_CLASS BELOW_NORMAL_PRIORITY_CLASS HIGH_PRIORITY_CLASS IDLE_PRIORITY_CLASS
    NORMAL_PRIORITY_CLASS REALTIME_PRIORITY_CLASS
"""
QUESTIONS = """
    cmdline cpu_affinity cpu_percent cpu_times create_time cwd environ exe io_counters ionice
    memory_full_info memory_info memory_maps memory_percent name net_connections nice
    num_ctx_switches num_handles num_threads open_files pid ppid status threads username
"""
METHODS = """
    as_dict children connections is_running kill oneshot parent parents resume send_signal suspend
    terminate wait
"""


def on_windows(code):
    """Runs code in an interpreter that takes itself for one on Windows."""
    names = {
        "FUNCTIONS": FUNCTIONS.split(),
        "CONSTANTS": CONSTANTS.split(),
        "QUESTIONS": QUESTIONS.split(),
        "METHODS": METHODS.split(),
    }
    tables = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + tables + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONWARNINGS": "error::ImportWarning"},
    )


@unittest.skipUnless(sys.platform == "linux", "plays Windows on Linux")
class Windows(unittest.TestCase):
    """The names of 7.2.2 on Windows, and nothing that is POSIX's."""

    maxDiff = None

    def check(self, code):
        """Runs code there; what fails there fails here."""
        done = on_windows(code)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_names(self):
        self.assertEqual(len(CONSTANTS.split()), 52)
        self.assertEqual(len(QUESTIONS.split()), 26)
        self.check("""
            names = set(FUNCTIONS) | set(CONSTANTS)
            names |= {"Error", "NoSuchProcess", "ZombieProcess", "AccessDenied", "TimeoutExpired"}
            names |= {"Process", "Popen", "version_info", "__version__"}
            check.assertEqual(set(psutil.__all__), names)
            check.assertEqual(len(psutil.__all__), len(names))
            for name in names:
                check.assertTrue(hasattr(psutil, name), name)
                check.assertIn(name, dir(psutil))
            for name in (
                "PROCFS_PATH", "sensors_temperatures", "sensors_fans", "IOPRIO_CLASS_NONE",
                "RLIM_INFINITY", "RLIMIT_NOFILE", "_pslinux", "_psposix",
            ):
                check.assertFalse(hasattr(psutil, name), name)
                check.assertNotIn(name, dir(psutil))
            check.assertIsNone(psutil.pwd)
        """)

    def test_questions(self):
        self.check("""
            check.assertEqual(psutil.Process._as_dict_attrnames, set(QUESTIONS))
            public = {name for name in dir(psutil.Process) if not name.startswith("_")}
            check.assertEqual(public, set(QUESTIONS) | set(METHODS))
            process = psutil.Process()
            for name in ("uids", "gids", "terminal", "num_fds", "cpu_num", "rlimit"):
                check.assertFalse(hasattr(process, name), name)
            for name in ("memory_footprint", "memory_info_ex", "page_faults"):
                check.assertTrue(hasattr(process, name), name)
                check.assertTrue(hasattr(psutil.Process, name), name)
        """)

    def test_numbers(self):
        self.check("""
            check.assertTrue(psutil.WINDOWS and not psutil.POSIX and not psutil.LINUX)
            check.assertEqual(psutil.CONN_DELETE_TCB, "DELETE_TCB")
            check.assertEqual(psutil.AF_LINK, -1)
            check.assertEqual(type(psutil.AF_LINK).__name__, "AddressFamily")
            check.assertIs(_enums().named("AF_LINK"), psutil.AF_LINK)
            classes = {
                "ABOVE_NORMAL": 32768, "BELOW_NORMAL": 16384, "HIGH": 128, "IDLE": 64,
                "NORMAL": 32, "REALTIME": 256,
            }
            for name, number in classes.items():
                ours = getattr(psutil, name + "_PRIORITY_CLASS")
                check.assertIs(type(ours), int)
                check.assertEqual(ours, number)
            for number, name in enumerate(["VERYLOW", "LOW", "NORMAL", "HIGH"]):
                ours = getattr(psutil, "IOPRIO_" + name)
                check.assertEqual((ours, type(ours).__name__), (number, "IOPriority"))
                check.assertIs(_enums().named("IOPRIO_" + name), ours)
        """)

    def test_shapes(self):
        self.check("""
            from sysvitals import _ntuples

            def fields(name):
                return " ".join(getattr(_ntuples, name)._fields)

            check.assertEqual(
                fields("pmem"),
                "rss vms num_page_faults peak_wset wset peak_paged_pool paged_pool"
                " peak_nonpaged_pool nonpaged_pool pagefile peak_pagefile private",
            )
            check.assertEqual(fields("pfullmem"), fields("pmem") + " uss")
            check.assertEqual(fields("pmmap_grouped"), "path rss")
            check.assertEqual(fields("pmmap_ext"), "addr perms path rss")
            check.assertEqual(fields("popenfile"), "path fd")
            check.assertEqual(fields("svmem"), "total available percent used free")
            check.assertEqual(fields("scputimes"), "user system idle interrupt dpc")
            check.assertFalse(hasattr(_ntuples, "sfan"))
        """)

    def test_priorities(self):
        self.check("""
            process = psutil.Process()
            nice = process.nice()
            check.assertEqual(repr(nice), "<Priority.BELOW_NORMAL_PRIORITY_CLASS: 16384>")
            check.assertIs(process.ionice(), psutil.IOPRIO_LOW)
            process.nice(psutil.HIGH_PRIORITY_CLASS)
            process.ionice(psutil.IOPRIO_HIGH)
            process.ionice(0)
            process.cpu_affinity([1, 1, 0])
            done = [
                ("set_nice", 128), ("set_ionice", "IOPRIO_HIGH", None),
                ("set_ionice", "IOPRIO_VERYLOW", None), ("set_cpu_affinity", [0, 1]),
            ]
            check.assertEqual(process._proc.done, done)
            with check.assertRaisesRegex(TypeError, "^value argument not accepted on Windows$"):
                process.ionice(psutil.IOPRIO_LOW, 3)
            with check.assertRaisesRegex(ValueError, "^4 is not a valid priority$"):
                process.ionice(4)
            with check.assertRaisesRegex(ValueError, "'ioclass' argument must be specified"):
                process.ionice(value=1)
            check.assertEqual(process._proc.done, done, "nothing was done")
            answers = process.as_dict(["nice", "ionice", "name"])
            check.assertEqual(
                answers, {"nice": nice, "ionice": psutil.IOPRIO_LOW, "name": "NAME"}
            )
            check.assertIs(type(answers["nice"]), type(nice))
        """)

    def test_privilege(self):
        self.check("""
            check.assertEqual(asked, ["privilege"], "asked once, at import")
        """)

    def test_control(self):
        self.check("""
            process = psutil.Process()
            process.suspend()
            process.resume()
            process.send_signal(signal.CTRL_C_EVENT)
            process.terminate()
            process.kill()
            check.assertEqual(process.wait(7), 3)
            check.assertEqual(process._proc.done, [
                ("suspend",), ("resume",), ("send_signal", 0), ("send_signal", signal.SIGTERM),
                ("kill",), ("wait_for", 7, True),
            ])
            process = psutil.Process()
            Native.ended = -1073741510
            check.assertIs(type(process.wait()), int, "no signal ends a process there")
            process = psutil.Process()
            Native.ended = False
            with check.assertRaises(psutil.TimeoutExpired):
                process.wait(0)
        """)

    def test_sockets(self):
        self.check("""
            with check.assertRaises(ValueError):
                psutil.net_connections("unix")
            with check.assertRaises(ValueError):
                psutil.Process().net_connections("unix")
            process = psutil.Process()
            process.net_connections("tcp6")
            check.assertEqual(process._proc.done, [("net_connections", "tcp6")])
        """)

    def test_swap(self):
        self.check("""
            from sysvitals import _ntuples
            fake.swap_memory = lambda procfs: _ntuples.sswap(4, 1, 3, 25.0, None, None)
            warnings.simplefilter("error")
            check.assertEqual(psutil.swap_memory(), (4, 1, 3, 25.0, 0, 0))
        """)

    def test_services(self):
        self.check("""
            services = psutil.win_service_iter()
            check.assertIs(iter(services), services, "a generator")
            first, second = services
            want = "WindowsService(name='spooler', display_name='Print Spooler')"
            check.assertEqual(str(first), want)
            check.assertEqual(repr(first), f"<{first} at {id(first)}>")
            check.assertEqual(first, second)
            check.assertEqual(len({first, second}), 1)
            check.assertNotEqual(first, "spooler")
            one = psutil.win_service_get("spooler")
            check.assertEqual((one.name(), one.status()), ("spooler", "running"))
            check.assertEqual(one.as_dict(), {"name": "spooler"})

            from sysvitals import _errors

            gone = _errors._no_service("x")
            check.assertIsInstance(gone, psutil.NoSuchProcess)
            check.assertEqual((gone.pid, gone.name), (None, "x"))
            check.assertEqual(gone.msg, "service 'x' does not exist")
            denied = _errors._service_denied("x")
            check.assertIsInstance(denied, psutil.AccessDenied)
            check.assertEqual(denied.msg, "service 'x' is not querable (not enough privileges)")
        """)

    def test_load_averages(self):
        self.check("""
            before = threading.active_count()
            check.assertEqual(psutil.getloadavg(), (0.12, 0.0, 0.0))
            check.assertEqual(psutil.getloadavg(), (0.12, 0.0, 0.0))
            check.assertEqual(threading.active_count(), before + 1, "one thread, of the first call")
            check.assertTrue(all(each.daemon for each in threading.enumerate()[1:]))
        """)

    def test_private_modules(self):
        self.check("""
            from sysvitals import _pswindows

            check.assertIs(psutil._psplatform, _pswindows)
            check.assertIs(psutil._pswindows, _pswindows)
            psutil.install_as_psutil()
            import psutil._psplatform, psutil._pswindows as theirs

            check.assertIs(theirs, _pswindows)
            check.assertIs(sys.modules["psutil._psplatform"], _pswindows)
            with check.assertRaises(ImportError):
                import psutil._pslinux
            check.assertIs(_pswindows.Process, type(psutil.Process()._proc))
            check.assertEqual(_pswindows.Priority(32).name, "NORMAL_PRIORITY_CLASS")
            check.assertEqual(_pswindows.pcputimes._fields[:2], ("user", "system"))
            check.assertEqual(_pswindows.AF_LINK, -1)
            check.assertLess(set(_pswindows.__extra__all__), set(psutil.__all__))
        """)


if __name__ == "__main__":
    unittest.main()
