"""psutil's objects as Python objects: pickles, copies, texts, subclasses, contexts."""

import abc
import collections
import copy
import gc
import io
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import typing
import unittest
import unittest.mock
import warnings

import psutil
import sysvitals


def answers():
    """One answer of every function and question that there is."""
    warnings.simplefilter("ignore")
    process = psutil.Process()
    for name in (
        "cpu_times", "cpu_times_percent", "cpu_stats", "cpu_freq", "getloadavg", "virtual_memory",
        "swap_memory", "disk_partitions", "disk_io_counters", "net_io_counters", "net_connections",
        "net_if_addrs", "net_if_stats", "sensors_temperatures", "sensors_fans", "sensors_battery",
        "users", "heap_info",
    ):  # fmt: skip
        yield name, getattr(psutil, name)()
    yield "disk_usage", psutil.disk_usage("/")
    yield "net_connections(all)", psutil.net_connections("all")
    for name in sorted(psutil.Process._as_dict_attrnames - {"pid"}):
        yield name, getattr(process, name)()
    yield "memory_maps(each)", process.memory_maps(grouped=False)


class Answers(unittest.TestCase):
    """Named tuples, enums, and what is made of them."""

    def test_pickles_and_copies(self):
        for name, answer in answers():
            with self.subTest(name):
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                    again = pickle.loads(pickle.dumps(answer, protocol))
                    self.assertEqual(again, answer)
                    self.assertIs(type(again), type(answer))
                for again in (copy.copy(answer), copy.deepcopy(answer)):
                    self.assertEqual(again, answer)
                    self.assertIs(type(again), type(answer))

    def test_named_tuples(self):
        for name, answer in answers():
            if isinstance(answer, tuple) and hasattr(answer, "_fields"):
                with self.subTest(name):
                    kind = type(answer)
                    self.assertEqual(kind.__bases__, (tuple,))
                    self.assertIsInstance(kind._fields, tuple)
                    self.assertEqual(answer._asdict(), dict(zip(kind._fields, answer)))
                    self.assertEqual(kind._make(answer), answer)
                    self.assertEqual(kind(*answer), answer)
                    self.assertEqual(kind(**answer._asdict()), answer)
                    changed = answer._replace(**{kind._fields[0]: 7})
                    self.assertEqual(changed[0], 7)
                    self.assertTrue(repr(answer).startswith(f"{kind.__name__}({kind._fields[0]}="))
                    self.assertIs(getattr(sys.modules[kind.__module__], kind.__name__), kind)
                    like = collections.namedtuple(kind.__name__, kind._fields)
                    self.assertEqual(repr(like(*answer)), repr(answer))

    def test_pickles_are_read_by_others(self):
        """What is pickled where psutil is imported is read where only sysvitals is, and back."""
        value = (psutil.virtual_memory(), psutil.NoSuchProcess(3, "n", "m"), psutil.cpu_times())
        code = (
            "import sys, pickle; MODULE; it = pickle.load(sys.stdin.buffer);"
            "pickle.dump(it, sys.stdout.buffer)"
        )
        for module in ("import psutil", "import sysvitals", "pass"):
            with self.subTest(module):
                done = subprocess.run(
                    [sys.executable, "-c", code.replace("MODULE", module)],
                    input=pickle.dumps(value), capture_output=True, check=True,
                )  # fmt: skip
                again = pickle.loads(done.stdout)
                self.assertEqual(again[0], value[0])
                self.assertEqual(again[2], value[2])
                self.assertIs(type(again[1]), psutil.NoSuchProcess)
                self.assertEqual(vars(again[1]), vars(value[1]))

    def test_what_is_in_no_cycle_is_not_looked_at(self):
        """The collector of cycles would walk through thousands of tuples of each table."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            process = psutil.Process()
            connection = process.net_connections()[0]
            for answer in (process.cpu_times(), process.uids(), connection, connection.laddr):
                self.assertFalse(gc.is_tracked(answer), answer)
        # It goes all the same.
        gc.collect()
        self.assertEqual(connection.laddr.ip, "127.0.0.1")

    def test_equal_texts_of_a_table_are_one(self):
        rows = [process.info["username"] for process in psutil.process_iter(["username"])]
        rows += [process.info["username"] for process in psutil.process_iter(["pid", "username"])]
        self.assertLess(len({id(name) for name in rows}), max(len(rows), 3))

    def test_texts_of_a_table_are_the_texts(self):
        """Those that are alike, that are no text, that are long, that are empty."""
        words = [b"", b"a" * 9, b"a" * 8, b"aaaa1aaaa", b"aaaa2aaaa", b"\xff\xfe", b"x" * 64]
        words += [b"x" * 65, b"x" * 64, "\u20ac".encode(), b"\xe2\x82"]
        command = [sys.executable.encode(), b"-c", b"import time; time.sleep(60)", *words]
        environ = {b"A": b"\xff", b"B": b"", b"C": b"c" * 100}
        with subprocess.Popen(command, env=environ) as child:
            try:
                process = psutil.Process(child.pid)
                while not process.cmdline()[1:] or process.environ().get("B") != "":
                    pass
                rows = psutil.process_iter(["pid", "cmdline", "environ"])
                row = next(each.info for each in rows if each.pid == child.pid)
                self.assertEqual(row["cmdline"], [os.fsdecode(word) for word in command])
                self.assertEqual(row["cmdline"], process.cmdline())
                self.assertEqual(row["environ"]["A"], os.fsdecode(b"\xff"))
                self.assertEqual(row["environ"], process.environ())
            finally:
                child.kill()


@unittest.skipUnless(psutil.LINUX, "made from files of a procfs")
class GivenAgain(unittest.TestCase):
    """What is as it was is the same object; what is not is never an old one."""

    def setUp(self):
        self.proc = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.proc)
        self.addCleanup(setattr, psutil, "PROCFS_PATH", psutil.PROCFS_PATH)
        psutil.PROCFS_PATH = self.proc
        self.addCleanup(psutil.disk_io_counters.cache_clear)
        psutil.disk_io_counters.cache_clear()

    def write(self, name, lines):
        path = os.path.join(self.proc, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def mounts(self, *lines):
        self.write("self/mounts", lines)
        mounts = psutil.disk_partitions(all=True)
        self.assertEqual(
            [(each.device, each.mountpoint, each.fstype, each.opts) for each in mounts],
            [tuple(line.split()) for line in lines],
        )
        return mounts

    def disks(self, **reads):
        lines = (f"8 0 {name} {count} 1 2 3 4 5 6 7 0 9 10" for name, count in reads.items())
        self.write("diskstats", lines)
        disks = psutil.disk_io_counters(perdisk=True)
        self.assertEqual({name: disk.read_count for name, disk in disks.items()}, reads)
        return disks

    def test_mounts(self):
        a, b, c = "/dev/a / ext4 rw", "/dev/b /b xfs ro", "c /c tmpfs rw"
        one = self.mounts(a, b, c)
        two = self.mounts(a, b, c)
        self.assertIsNot(one, two)
        self.assertTrue(all(before is now for before, now in zip(one, two)))
        two.clear()
        three = self.mounts(a, b.replace("ro", "rw"), c)
        self.assertEqual([one[0] is three[0], one[1] is three[1]], [True, False])
        self.mounts(a, c)
        self.mounts()
        self.mounts(c, b, a)

    def test_mounts_of_types(self):
        def points():
            return [each.mountpoint for each in psutil.disk_partitions()]

        self.mounts("/dev/a / ext4 rw", "/dev/b /b xfs ro")
        self.write("filesystems", ["\text4"])
        self.assertEqual([points(), points()], [["/"], ["/"]])
        self.write("filesystems", ["\txfs\t"])
        self.assertEqual([points(), points()], [["/b"], ["/b"]])
        os.remove(os.path.join(self.proc, "filesystems"))
        self.assertRaises(OSError, points)
        self.write("filesystems", ["\text4", "\txfs"])
        self.assertEqual(points(), ["/", "/b"])

    def test_disks(self):
        one = self.disks(sda=1, sdb=2)
        two = self.disks(sda=1, sdb=3)
        self.assertIs(one["sda"], two["sda"])
        two.clear()
        self.assertIs(one["sda"], self.disks(sda=1, sdb=3)["sda"])
        self.disks(sdb=3)
        self.disks(sda=0, sdb=3, sdc=5)
        self.disks(sdc=6, sda=7)
        self.disks()
        self.disks(sda=1)

    def process(self, pid, name="cat", state="S", rss=7, user=0, words="cat\0-\0", ticks=0):
        self.write(f"{pid}/stat", [
            f"{pid} ({name}) {state} 1 7 7 0 -1 4194304 7 0 3 0 {ticks} 0 5 6 20 0 1 0 5150 8192 100 "
            "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 9 0 0"
        ])  # fmt: skip
        ids = "\t".join([str(user)] * 4)
        self.write(f"{pid}/status", [
            f"Name:\t{name}", f"Tgid:\t{pid}", f"Pid:\t{pid}", "PPid:\t1", f"Uid:\t{ids}",
            f"Gid:\t{ids}", "Threads:\t1", "voluntary_ctxt_switches:\t1",
            "nonvoluntary_ctxt_switches:\t2",
        ])  # fmt: skip
        self.write(f"{pid}/statm", [f"99 {rss} 3 4 0 5 0"])
        with open(os.path.join(self.proc, str(pid), "cmdline"), "w", encoding="utf-8") as file:
            file.write(words)

    def test_rows(self):
        """Some say what the row before said, some say other things, and one lacks something."""
        self.write("stat", ["cpu 1 2 3 4", "btime 1000"])
        self.process(1)
        self.process(2)
        self.process(3, name="dog", rss=8, user=5, words="dog\0a b\0", ticks=9)
        self.process(4, state="Z", words="")
        self.process(5)
        names = ["pid", "name", "cmdline", "uids", "gids", "cpu_times", "memory_info", "status"]
        given = {}
        for process in psutil.process_iter(names, ad_value="refused"):
            given[process.pid] = process.info
            self.assertEqual(process.info, process.as_dict(names, ad_value="refused"))
        self.assertEqual([*given], [1, 2, 3, 4, 5])
        for name in ("uids", "gids", "cpu_times", "memory_info"):
            self.assertIs(given[1][name], given[2][name])
            self.assertNotEqual(given[2][name], given[3][name])
            self.assertEqual(given[2][name], given[5][name])
        # What can be changed is each one's own.
        given[1]["cmdline"].append("more")
        self.assertEqual((given[2]["cmdline"], given[4]["cmdline"]), (["cat", "-"], "refused"))
        given[1].clear()
        self.assertEqual(given[2]["pid"], 2)
        # What a row lacks is not that of the row before, and the next has it again.
        os.remove(os.path.join(self.proc, "3", "statm"))
        pids, _, _, answers, left = sysvitals._sysvitals.table(names, "refused", self.proc)
        self.assertEqual(left, {3: ["memory_info"]})
        del given[3]["memory_info"]
        self.assertEqual(dict(zip(pids, answers))[3], given[3])
        self.assertEqual([list(each) for each in answers if "memory_info" in each], [names] * 4)
        self.assertEqual(answers[4], given[5])


class Exceptions(unittest.TestCase):
    """psutil-like exceptions."""

    ALL = [
        (psutil.Error(), "", "psutil.Error()"),
        (psutil.NoSuchProcess(321), "process no longer exists (pid=321)",
         "psutil.NoSuchProcess(pid=321, msg='process no longer exists')"),
        (psutil.NoSuchProcess(321, name="name", msg="msg"), "msg (pid=321, name='name')",
         "psutil.NoSuchProcess(pid=321, name='name', msg='msg')"),
        (psutil.ZombieProcess(321, "name", 320, "foo"), "foo (pid=321, ppid=320, name='name')",
         "psutil.ZombieProcess(pid=321, ppid=320, name='name', msg='foo')"),
        (psutil.AccessDenied(321), "(pid=321)", "psutil.AccessDenied(pid=321)"),
        (psutil.AccessDenied(0), "(pid=0)", "psutil.AccessDenied(pid=0)"),
        (psutil.AccessDenied(msg="foo"), "foo", "psutil.AccessDenied(msg='foo')"),
        (psutil.TimeoutExpired(5), "timeout after 5 seconds",
         "psutil.TimeoutExpired(seconds=5, msg='timeout after 5 seconds')"),
        (psutil.TimeoutExpired(5, 3, "x"), "timeout after 5 seconds (pid=3, name='x')",
         "psutil.TimeoutExpired(pid=3, name='x', seconds=5, msg='timeout after 5 seconds')"),
    ]  # fmt: skip

    def test_texts(self):
        for error, text, representation in self.ALL:
            self.assertEqual((str(error), repr(error)), (text, representation))
            self.assertEqual(error.args, ())
            self.assertEqual(type(error).__module__, "psutil")

    def test_pickles_and_copies(self):
        for error, *_ in self.ALL:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                again = pickle.loads(pickle.dumps(error, protocol))
                self.assertEqual((type(again), vars(again)), (type(error), vars(error)))
            for again in (copy.copy(error), copy.deepcopy(error)):
                self.assertEqual((type(again), vars(again)), (type(error), vars(error)))

    def test_subclasses(self):
        class Mine(psutil.NoSuchProcess):
            pass

        self.assertIsInstance(copy.copy(Mine(3, "n")), Mine)
        with self.assertRaises(psutil.NoSuchProcess):
            raise psutil.ZombieProcess(3)


class Ours(psutil.Process):
    """A subclass that adds nothing."""


class Processes(unittest.TestCase):
    """`Process` and `Popen`."""

    def test_texts(self):
        process = psutil.Process()
        process.create_time()
        for text in (str(process), repr(process)):
            self.assertRegex(
                text, rf"^psutil\.Process\(pid={os.getpid()}, name='.+', status='running', started="
            )
        child = psutil.Popen(["true"])
        child.wait()
        self.assertRegex(
            repr(child), rf"^psutil\.Popen\(pid={child.pid}, .*status='terminated', exitcode=0"
        )

    def test_variables_stand_in_their_order(self):
        variables = {"Z": "1", "A": "", "M": "2=3"}
        child = subprocess.Popen(["sleep", "60"], env=variables)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        process = psutil.Process(child.pid)
        table = psutil.process_iter(["environ"])
        of_table = next(each.info["environ"] for each in table if each == process)
        for environ in (process.environ(), process.as_dict(["environ"])["environ"], of_table):
            self.assertEqual(list(environ.items()), list(variables.items()))

    def test_sockets_by_duplicates_are_the_same(self):
        code = (
            "import socket, sys; near = socket.create_server(('127.0.0.1', 0));"
            "far = socket.create_connection(near.getsockname()); print(flush=True);"
            "sys.stdin.read()"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.addCleanup(child.communicate)
        child.stdout.readline()
        process = psutil.Process(child.pid)
        for kind in ("inet", "tcp4", "udp", "all"):
            usual = sorted(process.net_connections(kind))
            self.assertEqual(sorted(process.net_connections_by_duplicates(kind)), usual)
        self.assertEqual(len(process.net_connections_by_duplicates()), 2)
        with self.assertRaisesRegex(ValueError, "invalid kind argument"):
            process.net_connections_by_duplicates("colour")
        self.assertNotIn("net_connections_by_duplicates", dir(process))

    def test_equality(self):
        one, other = psutil.Process(), psutil.Process()
        self.assertEqual(one, other)
        self.assertEqual(hash(one), hash(other))
        self.assertNotEqual(one, psutil.Process(os.getppid()))
        self.assertNotEqual(one, os.getpid())
        self.assertEqual(len({one, other}), 1)

    def test_copies(self):
        """A shallow copy is the same process; deep ones and pickles are refused as upstream's are."""
        process = psutil.Process()
        process.name()
        again = copy.copy(process)
        self.assertEqual(again, process)
        self.assertEqual(again.name(), process.name())
        for refused in (copy.deepcopy, pickle.dumps):
            with self.assertRaises(TypeError):
                refused(process)

    def test_subclasses(self):
        class Mine(psutil.Process):
            extra = 3

            def name(self):
                return f"<{super().name()}>"

        mine = Mine()
        self.assertTrue(mine.name().startswith("<"))
        self.assertEqual(mine.as_dict(["name"]), {"name": mine.name()})
        self.assertIn(f"name={mine.name()!r}", str(mine))
        self.assertEqual(mine, psutil.Process())
        self.assertEqual(psutil.Process(), mine)

        class Other(psutil.Process):
            def __init__(self, pid, label):
                super().__init__(pid)
                self.label = label

        other = Other(os.getpid(), "me")
        self.assertEqual((other.label, other.pid), ("me", os.getpid()))
        self.assertNotIn("label", other.as_dict())
        self.assertTrue(other.is_running())

    def test_subclasses_with_other_bases(self):
        """Abstract ones can be; what 7.2.2 does not have is listed only where they have it themselves."""

        class Named(abc.ABC):
            @abc.abstractmethod
            def label(self):
                """What it is called."""

        class Partly(psutil.Process, Named):
            pass

        class Wholly(Partly):
            def label(self):
                return self.name()

            def page_faults(self):
                return "mine"

        class Typed(psutil.Process, typing.Generic[typing.TypeVar("T")]):
            pass

        with self.assertRaisesRegex(TypeError, "abstract"):
            Partly()
        whole = Wholly()
        self.assertEqual((whole.label(), whole.page_faults()), (psutil.Process().name(), "mine"))
        self.assertIsInstance(whole, Named)
        self.assertEqual(Typed().page_faults()._fields, ("minor", "major"))
        for kind in (Wholly, whole):
            self.assertIn("page_faults", dir(kind))
            self.assertIn("_abc_impl", dir(kind))
            self.assertNotIn("memory_info_ex", dir(kind))

    def test_who_knows_psutil_8_finds_it(self):
        process = psutil.Process()
        child = psutil.Popen(["true"])
        child.wait()
        names = sysvitals._process._more_attrnames | {"attrs", "net_connections_by_duplicates"}
        for listed in (psutil.Process, process, psutil.Popen, child, Ours, Ours()):
            with self.subTest(listed):
                for name in names:
                    self.assertTrue(hasattr(listed, name), name)
                self.assertFalse((names | {"_abc_impl", "__abstractmethods__"}) & {*dir(listed)})
                self.assertEqual(hasattr(listed, "_proc"), not isinstance(listed, type))
        self.assertEqual(sorted(process.as_dict()), sorted(process.attrs))
        few = psutil.Process.attrs - {"memory_full_info", "memory_maps", "net_connections"}
        for process in psutil.process_iter(few):
            self.assertEqual(process.info.keys(), few)

    def test_what_is_asked_of_nobody(self):
        """An object that was never told its pid."""
        for kind in (psutil.Process, psutil.Popen):
            for name in ("name", "create_time", "page_faults", "is_running"):
                with self.assertRaisesRegex(AttributeError, "has no attribute '_"):
                    getattr(kind.__new__(kind), name)()

    def test_mocks(self):
        """They are like 7.2.2's."""
        for mock in (
            unittest.mock.Mock(spec=psutil.Process),
            unittest.mock.create_autospec(psutil.Process)(),
        ):
            self.assertIsInstance(mock, psutil.Process)
            mock.name()
            with self.assertRaises(AttributeError):
                mock.page_faults()
        with unittest.mock.patch.object(psutil.Process, "page_faults", return_value="mine"):
            self.assertEqual(psutil.Process().as_dict(["page_faults"]), {"page_faults": "mine"})
            faults = {each.info["page_faults"] for each in psutil.process_iter(["page_faults"])}
            self.assertEqual(faults, {"mine"})
        self.assertNotIn("page_faults", vars(psutil.Process))

    def test_users_are_asked_for_as_programs_want_it(self):
        process = psutil.Process()
        with unittest.mock.patch("psutil.pwd.getpwuid", side_effect=KeyError):
            self.assertEqual(process.username(), str(os.getuid()))
        with unittest.mock.patch.object(process, "uids", return_value=psutil.Process().uids()) as uids:
            process.username()
        uids.assert_called_once()

    def test_contexts(self):
        with psutil.Popen(
            [sys.executable, "-c", "print(input())"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            self.assertIsInstance(child, psutil.Process)
            self.assertTrue(child.is_running())
            self.assertEqual(child.communicate("hello")[0], "hello\n")
        self.assertEqual(child.returncode, 0)
        self.assertTrue(child.stdin.closed and child.stdout.closed)
        self.assertFalse(child.is_running())
        with psutil.Popen(["sleep", "100"]) as child:
            with self.assertRaises(psutil.TimeoutExpired) as caught:
                child.wait(0)
            self.assertEqual(str(caught.exception).split(" (")[0], "timeout after 0 seconds")
            child.terminate()
            self.assertEqual(child.wait(), -signal.SIGTERM)
            self.assertEqual(repr(child.wait()), "<Negsignal.SIGTERM: -15>")
        self.assertEqual(child.poll(), -signal.SIGTERM)
        with self.assertRaisesRegex(AttributeError, "has no attribute 'nonsense'"):
            child.nonsense  # noqa: B018
        self.assertLessEqual({"communicate", "poll", "cpu_times", "kill"}, set(dir(child)))

    def test_text_goes_anywhere(self):
        """What a stream cannot encode is not raised by making the text."""
        stream = io.StringIO()
        print(psutil.Process(), file=stream)
        self.assertIn("psutil.Process(", stream.getvalue())
