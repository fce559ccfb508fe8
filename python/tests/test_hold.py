"""What is kept open for who asks again and again: what it costs, tells, and leaves behind."""

import gc
import os
import subprocess
import sys
import time
import unittest

import psutil
import sysvitals
from resting import at_rest

QUESTIONS = ("cpu_times", "virtual_memory", "disk_io_counters", "net_io_counters")


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def ask():
    for name in QUESTIONS:
        getattr(psutil, name)()


class Hold(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sysvitals.hold, False)

    def test_it_is_more_than_psutil_has(self):
        self.assertNotIn("hold", psutil.__all__)
        self.assertNotIn("hold", dir(psutil))

    def test_nothing_is_kept_unless_it_is_asked_for(self):
        def files():
            # Who runs the tests may have given them some.
            return [(each.path, each.fd) for each in psutil.Process().open_files()]

        before = descriptors(), files()
        ask()
        self.assertEqual((descriptors(), files()), before)

    @unittest.skipUnless(psutil.LINUX, "nothing is kept elsewhere")
    def test_at_most_four_descriptors_are_kept_and_given_back(self):
        before = descriptors()
        sysvitals.hold()
        for _ in range(20):
            ask()
            self.assertLessEqual(descriptors(), before + 4)
        self.assertGreater(descriptors(), before)
        sysvitals.hold(False)
        self.assertEqual(descriptors(), before)

    def test_answers_are_of_their_moment(self):
        sysvitals.hold()
        before = psutil.cpu_times().user
        patience = time.monotonic() + 20
        # Who waits uses some.
        while psutil.cpu_times().user == before and time.monotonic() < patience:
            pass
        self.assertGreater(psutil.cpu_times().user, before)
        self.assertEqual(psutil.virtual_memory().total, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))

    def test_a_child_that_was_forked_opens_its_own(self):
        sysvitals.hold()
        ask()
        child = os.fork()
        if child == 0:
            try:
                ask()
            except BaseException:
                os._exit(1)
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        ask()

    def test_a_program_that_closes_everything_is_answered(self):
        code = """
import os, psutil, sysvitals
sysvitals.hold()
for _ in range(3):
    psutil.cpu_times(), psutil.virtual_memory()
    psutil.disk_io_counters(), psutil.net_io_counters()
    os.closerange(3, 64)
"""
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# Writes over its own arguments when it is told to.
RENAMED = """
import sys
with open("/proc/self/cmdline", "rb") as file:
    old = file.read()
with open("/proc/self/stat") as file:
    start = int(file.read().rpartition(") ")[2].split()[48 - 3])
print(flush=True)
sys.stdin.readline()
with open("/proc/self/mem", "r+b", buffering=0) as file:
    file.seek(start)
    file.write(b"another title".ljust(len(old) - 1, b" ") + bytes(1))
print(flush=True)
sys.stdin.readline()
"""

# Runs another program from a thread that is not the first.
REPLACED = """
import os, sys, threading, time
print(flush=True)
sys.stdin.readline()
threading.Thread(target=os.execlp, args=("sleep", "sleep", "600")).start()
time.sleep(600)
"""


class HoldProcess(unittest.TestCase):
    def start(self, *command):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(child.__exit__, None, None, None)
        self.addCleanup(child.kill)
        return child

    def sleeper(self):
        child = self.start("sleep", "600")
        at_rest(child.pid, "sleep")
        return child

    def ask(self, process):
        with process.oneshot():
            return (
                process.name(), process.cmdline(), process.cpu_times(), process.memory_info(),
                process.uids(), process.username(), process.num_threads(), process.status(),
                process.num_ctx_switches(), process.io_counters(), process.num_fds(), process.nice(),
            )  # fmt: skip

    def test_it_is_answered_what_another_is(self):
        child = self.sleeper()
        held, other = psutil.Process(child.pid), psutil.Process(child.pid)
        self.assertIsNone(sysvitals.hold(held))
        self.assertIsNone(sysvitals.hold(held))
        for _ in range(3):
            self.assertEqual(self.ask(held), self.ask(other))
            self.assertEqual(held.cpu_times(), other.cpu_times())
        self.assertEqual(held, other)
        self.assertEqual(sorted(held.as_dict()), sorted(other.as_dict()))

    @unittest.skipUnless(psutil.LINUX, "handles are kept elsewhere")
    def test_at_most_seven_descriptors_are_kept_as_long_as_the_object_is(self):
        child = self.sleeper()
        before = descriptors()
        process = psutil.Process(child.pid)
        self.ask(process)
        self.assertEqual(descriptors(), before)
        sysvitals.hold(process)
        for _ in range(20):
            self.ask(process)
            process.as_dict()
            self.assertGreater(descriptors(), before)
            self.assertLessEqual(descriptors(), before + 7)
        del process
        gc.collect()
        self.assertEqual(descriptors(), before)

    def test_who_has_gone_is_gone(self):
        child = self.sleeper()
        process, late = psutil.Process(child.pid), psutil.Process(child.pid)
        sysvitals.hold(process)
        self.ask(process)
        child.kill()
        while late.status() != psutil.STATUS_ZOMBIE:
            pass
        self.assertEqual(process.status(), psutil.STATUS_ZOMBIE)
        self.assertRaises(psutil.ZombieProcess, process.cmdline)
        child.wait()
        for question in (self.ask, psutil.Process.cpu_times, psutil.Process.uids, sysvitals.hold):
            for each in (process, late):
                if question is not sysvitals.hold or each is late:
                    with self.assertRaises(psutil.NoSuchProcess) as raised:
                        question(each)
                    self.assertEqual(raised.exception.pid, child.pid)
        self.assertFalse(process.is_running())

    def test_only_processes_are_held(self):
        for other in (None, 1, "1", object(), psutil.Process):
            self.assertRaises(TypeError, sysvitals.hold, other)

    def test_it_acts_on_it_as_ever(self):
        child = self.sleeper()
        process = psutil.Process(child.pid)
        sysvitals.hold(process)
        process.suspend()
        while process.status() != psutil.STATUS_STOPPED:
            pass
        process.resume()
        process.nice(5)
        self.assertEqual(process.nice(), 5)
        process.terminate()
        process.wait(timeout=20)
        child.wait()

    @unittest.skipUnless(psutil.LINUX, "it is the child's procfs that is written to")
    def test_a_new_title_and_a_new_program_are_seen(self):
        child = self.start(sys.executable, "-c", RENAMED)
        child.stdout.readline()
        process = psutil.Process(child.pid)
        sysvitals.hold(process)
        self.assertEqual(process.cmdline()[1], "-c")
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        self.assertIn("another title", " ".join(process.cmdline()))

        child = self.start(sys.executable, "-c", REPLACED)
        child.stdout.readline()
        process = psutil.Process(child.pid)
        sysvitals.hold(process)
        at_rest(child.pid)
        before = self.ask(process)
        child.stdin.write(b"\n")
        child.stdin.flush()
        at_rest(child.pid, "sleep")
        self.assertEqual(process.name(), "sleep")
        self.assertEqual(process.cmdline(), ["sleep", "600"])
        self.assertNotEqual(process.memory_info(), before[3])
        self.assertEqual(self.ask(process), self.ask(psutil.Process(child.pid)))

    @unittest.skipIf(psutil.WINDOWS, "nothing is forked there")
    def test_a_child_that_was_forked_is_answered_too(self):
        sleeper = self.sleeper()
        process = psutil.Process(sleeper.pid)
        sysvitals.hold(process)
        expected = self.ask(process)
        children = []
        for _ in range(2):
            child = os.fork()
            if child == 0:
                try:
                    for _ in range(300):
                        assert self.ask(process) == expected
                except BaseException:
                    os._exit(1)
                os._exit(0)
            children.append(child)
        for _ in range(300):
            self.assertEqual(self.ask(process), expected)
        for child in children:
            self.assertEqual(os.waitpid(child, 0)[1], 0)

    @unittest.skipIf(psutil.WINDOWS, "handles are not closed by number there")
    def test_a_program_that_closes_everything_is_answered(self):
        child = self.sleeper()
        # The second time the numbers are those of files that have the same form.
        code = f"""
import os, sys, psutil, sysvitals
process, other = psutil.Process({child.pid}), psutil.Process({child.pid})
def ask(process):
    with process.oneshot():
        return process.cpu_times(), process.memory_info(), process.cmdline(), process.uids(), process.name()
def others():
    names = ("stat", "statm", "cmdline")
    return [os.open(f"/proc/self/{{name}}", os.O_RDONLY) for name in names for _ in range(5)]
sysvitals.hold(process)
for close in (False, True, True):
    for _ in range(3):
        assert ask(process) == ask(other)
    if close:
        os.closerange(3, 64)
        theirs = others()
        assert ask(process) == ask(other)
        for number in theirs:
            os.fstat(number)
        process.resume()
del process
for number in theirs:
    os.fstat(number)
"""
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


if __name__ == "__main__":
    unittest.main()
