"""The table in a loop: what its rows tell, and what becomes of processes that come and go."""

import os
import resource
import subprocess
import sys
import time
import unittest

import psutil
import sysvitals
from resting import at_rest, until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
BUSY = [sys.executable, "-c", "while True: pass"]


def descriptors():
    return len(os.listdir("/proc/self/fd"))


class Samples(unittest.TestCase):
    def start(self, command=SLEEP):
        child = subprocess.Popen(command)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def row(self, sampler, pid):
        """The row of a process; `None` if it has none."""
        rows = [row for row in sampler.tick() if row.pid == pid]
        self.assertLessEqual(len(rows), 1)
        return rows[0] if rows else None

    def test_it_is_more_than_psutil_has(self):
        self.assertIs(psutil.Sampler, sysvitals.Sampler)
        self.assertNotIn("Sampler", psutil.__all__)
        self.assertNotIn("Sampler", dir(psutil))

    def test_rows_are_what_process_iter_tells(self):
        child = self.start()
        attrs = [
            "name", "ppid", "status", "username", "uids", "gids", "cmdline", "exe", "create_time",
            "num_threads", "nice", "ionice", "terminal", "num_fds", "memory_info", "memory_percent",
            "memory_full_info", "cpu_times", "cpu_affinity", "environ", "cwd", "io_counters",
        ]  # fmt: skip
        sampler = psutil.Sampler(attrs)
        self.assertEqual(sampler.attrs, ("pid", *attrs))
        at_rest(child.pid)
        for _ in range(3):
            row = self.row(sampler, child.pid)
            wanted = psutil.Process(child.pid).as_dict(attrs)
            wanted["cmdline"] = tuple(wanted["cmdline"])
            told = row._asdict()
            self.assertEqual(told.pop("pid"), child.pid)
            for name in attrs:
                self.assertIs(type(told[name]), type(wanted[name]), name)
                if name == "memory_full_info":
                    # What it shares changes with whoever starts or ends and has the same files.
                    until(
                        lambda: self.row(sampler, child.pid).memory_full_info
                        == psutil.Process(child.pid).memory_full_info(),
                        name,
                    )
                else:
                    self.assertEqual(told[name], wanted[name], name)

    def test_every_process_has_a_row(self):
        sampler = psutil.Sampler(["name"])
        for _ in range(2):
            before = set(psutil.pids())
            pids = [row.pid for row in sampler.tick()]
            after = set(psutil.pids())
            self.assertEqual(pids, sorted(pids))
            self.assertLessEqual(before & after, set(pids))

    def test_cpu_use_is_that_since_the_last_tick(self):
        idle, busy = self.start(), self.start(BUSY)
        at_rest(idle.pid)
        process = psutil.Process(busy.pid)
        for attrs in (["cpu_percent"], ["cpu_percent", "cpu_times"]):
            sampler = psutil.Sampler(attrs)
            start = time.monotonic()
            self.assertEqual(self.row(sampler, busy.pid).cpu_percent, 0.0, "the first tick")
            # Others may have the processors, so what it used is seen first.
            used = sum(process.cpu_times()[:2])
            until(lambda: sum(process.cpu_times()[:2]) >= used + 0.5, "it works")
            rows = {row.pid: row for row in sampler.tick()}
            elapsed = time.monotonic() - start
            # Times are told in hundredths.
            self.assertGreater(rows[busy.pid].cpu_percent, 0.47 / elapsed * 100 - 0.1)
            self.assertLess(rows[busy.pid].cpu_percent, 120)
            self.assertLess(rows[idle.pid].cpu_percent, 5)
            self.assertEqual(rows[busy.pid].cpu_percent, round(rows[busy.pid].cpu_percent, 1))
            # It stops, and its row must not stay what it was.
            process.suspend()
            at_rest(busy.pid, states="T")
            sampler.tick()
            time.sleep(0.1)
            self.assertEqual(self.row(sampler, busy.pid).cpu_percent, 0.0)
            process.resume()

    def test_a_row_of_which_nothing_changes_is_given_again(self):
        child = self.start()
        at_rest(child.pid)
        sampler = psutil.Sampler(["name", "status", "cpu_percent", "memory_info", "cmdline"])
        sampler.tick()
        first, second = self.row(sampler, child.pid), self.row(sampler, child.pid)
        self.assertIs(first, second)
        psutil.Process(child.pid).suspend()
        at_rest(child.pid, states="T")
        third = self.row(sampler, child.pid)
        self.assertEqual((first.status, third.status), ("sleeping", "stopped"))

    def test_what_can_be_changed_is_made_anew(self):
        child = self.start()
        sampler = psutil.Sampler(["environ", "threads"])
        first = self.row(sampler, child.pid)
        first.environ.clear()
        first.threads.clear()
        second = self.row(sampler, child.pid)
        self.assertTrue(second.environ)
        self.assertTrue(second.threads)

    def test_processes_come_and_go(self):
        sampler = psutil.Sampler(["name", "cpu_percent"])
        sampler.tick()
        for _ in range(20):
            children = [subprocess.Popen(SLEEP) for _ in range(3)]
            pids = {child.pid for child in children}
            self.assertLessEqual(pids, {row.pid for row in sampler.tick()})
            for child in children:
                child.kill()
                child.wait()
            self.assertFalse(pids & {row.pid for row in sampler.tick()})

    def test_who_gets_a_pid_later_is_another(self):
        try:
            with open("/proc/sys/kernel/ns_last_pid", "r+") as file:
                file.write(file.read())
        except OSError:
            self.skipTest("pids cannot be chosen here")
        sampler = psutil.Sampler(["name", "cmdline", "create_time", "cpu_percent"])
        old = subprocess.Popen(SLEEP)
        pid = old.pid
        before = self.row(sampler, pid)
        old.kill()
        old.wait()
        for _ in range(200):
            with open("/proc/sys/kernel/ns_last_pid", "w") as file:
                file.write(str(pid - 1))
            new = subprocess.Popen(["sleep", "60"])
            if new.pid == pid:
                break
            new.kill()
            new.wait()
        else:
            self.skipTest("somebody else was faster each time")
        self.addCleanup(new.wait)
        self.addCleanup(new.kill)
        at_rest(pid, "sleep")
        after = self.row(sampler, pid)
        self.assertNotEqual(before.cmdline, after.cmdline)
        self.assertEqual(after.cmdline, ("sleep", "60"))
        self.assertEqual(after.create_time, psutil.Process(pid).create_time())

    def test_a_zombie_has_what_is_left_of_it(self):
        nothing = object()
        child = self.start()
        sampler = psutil.Sampler(["status", "cmdline", "exe", "cpu_percent"], ad_value=nothing)
        sampler.tick()
        os.kill(child.pid, 9)
        until(lambda: psutil.Process(child.pid).status() == "zombie", "it has ended")
        row = self.row(sampler, child.pid)
        self.assertEqual(row.status, "zombie")
        self.assertIs(row.cmdline, nothing)
        child.wait()
        self.assertIsNone(self.row(sampler, child.pid))

    def test_descriptors_are_bounded_and_given_back(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
        before = descriptors()
        with psutil.Sampler(["name", "memory_info", "cpu_times"]) as sampler:
            for _ in range(3):
                count = len(sampler.tick())
                self.assertLessEqual(descriptors() - before, 20)
            self.assertGreater(descriptors(), before)
        self.assertEqual(descriptors(), before)
        self.assertLess(abs(len(sampler.tick()) - count), 20, "it can be used again")
        sampler.close()
        self.assertEqual(descriptors(), before)

    def test_what_is_no_question_is_refused(self):
        for attrs in (["colour"], ["name", "colour"], ["oneshot"]):
            with self.assertRaisesRegex(ValueError, "invalid attr name"):
                psutil.Sampler(attrs)
        for attrs in ("name", None, 3):
            with self.assertRaises(TypeError):
                psutil.Sampler(attrs)
        self.assertEqual(psutil.Sampler([]).attrs, ("pid",))
        self.assertEqual(psutil.Sampler(["pid", "name", "name"]).attrs, ("pid", "name"))
        self.assertIn("'pid', 'name'", repr(psutil.Sampler(["name"])))

    def test_it_looks_where_the_procfs_is(self):
        self.addCleanup(setattr, psutil, "PROCFS_PATH", psutil.PROCFS_PATH)
        psutil.PROCFS_PATH = "/nowhere"
        with self.assertRaises(FileNotFoundError):
            psutil.Sampler(["name"]).tick()
