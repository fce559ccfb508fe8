"""What is kept open for who asks again and again: what it costs, tells, and leaves behind."""

import os
import subprocess
import sys
import unittest

import psutil
import sysvitals

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
        before = descriptors()
        ask()
        self.assertEqual(descriptors(), before)
        self.assertEqual(psutil.Process().open_files(), [])

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
        before = psutil.cpu_times()
        while psutil.cpu_times() == before:
            pass
        self.assertGreater(sum(psutil.cpu_times()[:4]), sum(before[:4]))
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


if __name__ == "__main__":
    unittest.main()
