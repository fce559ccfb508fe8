"""`psutil.test()`, and what else older psutils meant by a name."""

import contextlib
import io
import os
import re
import subprocess
import sys
import time
import unittest
import warnings

import psutil


def printed(stream=None):
    """What `psutil.test()` prints."""
    stream = io.StringIO() if stream is None else stream
    with warnings.catch_warnings(), contextlib.redirect_stdout(stream):
        warnings.simplefilter("ignore")
        psutil.test()
    return stream


class Listing(unittest.TestCase):
    """A table of processes, on whatever there is to print it on."""

    def child(self, *names):
        """A child with this command line, which has that by the time this returns."""
        code = "import sys; print(flush=True); sys.stdin.read()"
        child = subprocess.Popen(
            [sys.executable, "-c", code, *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.addCleanup(child.wait)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        child.stdout.readline()
        return child

    def test_every_process_has_a_line(self):
        child = self.child("marked", "by this")
        heading, *lines = printed().getvalue().splitlines()
        self.assertEqual(
            heading.split(),
            ["USER", "PID", "%MEM", "VSZ", "RSS", "NICE", "STATUS", "START", "TIME", "CMDLINE"],
        )
        (line,) = (line for line in lines if re.match(rf"\S+ +{child.pid} ", line))
        process = psutil.Process(child.pid)
        user, _, share, vms, rss, nice, _, start, spent, command = line.split(None, 9)
        self.assertEqual(user, process.username()[:10])
        self.assertEqual(vms, psutil.bytes2human(process.memory_info().vms))
        self.assertTrue(rss.endswith(("K", "M")), rss)
        self.assertLess(float(share), 100)
        self.assertEqual(int(nice), os.getpriority(os.PRIO_PROCESS, child.pid))
        self.assertRegex(start, r"^\d\d:\d\d$")
        self.assertRegex(spent, r"^0:\d\d$")
        self.assertTrue(command.endswith("marked by this"))

    def test_controls_are_written_out(self):
        r"""What others call themselves does nothing to a terminal."""
        self.child("odd-\x1b[2J\r\n\x7f\u009b\u202e-name", os.fsdecode(b"\xff-byte"))
        text = printed().getvalue()
        self.assertIn(r"odd-\x1b[2J\r\n\x7f\x9b\u202e-name \udcff-byte", text)
        self.assertTrue(text.replace("\n", "").isprintable())

    def test_any_stream_will_do(self):
        self.child("gr\u00fcn-\u732b")
        raw = io.BytesIO()
        stream = printed(io.TextIOWrapper(raw, encoding="ascii"))
        stream.flush()
        self.assertIn(rb"gr\xfcn-\u732b", raw.getvalue())

    def test_terminals_get_what_fits(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        self.child("x" * 300)
        columns = os.environ.pop("COLUMNS", None)
        try:
            os.environ["COLUMNS"] = "70"
            lines = printed(Terminal()).getvalue().splitlines()
        finally:
            del os.environ["COLUMNS"]
            if columns is not None:
                os.environ["COLUMNS"] = columns
        self.assertEqual(max(map(len, lines)), 70)
        self.assertIn("x" * 300, printed().getvalue())

    def test_what_is_not_told_stays_empty(self):
        from sysvitals import _listing

        names = _listing._ATTRS
        line = _listing._line(dict.fromkeys(names, None) | {"pid": 7, "name": "n"}, 100, 0)
        self.assertEqual(line.split(), ["7", "n"])

    def test_old_processes_have_a_date_and_long_times_all_their_minutes(self):
        from sysvitals import _listing

        now = time.time()
        self.assertRegex(_listing._day(now - 3 * 24 * 60 * 60, now), r"^\D+\d\d$")
        self.assertEqual(_listing._minutes(3 * 3600 + 62.9), "181:02")

    def test_it_warns(self):
        with self.assertWarnsRegex(DeprecationWarning, r"^test\(\) is deprecated") as caught:
            with contextlib.redirect_stdout(io.StringIO()):
                psutil.test()
        self.assertEqual(caught.filename, __file__)


class MemoryInfoEx(unittest.TestCase):
    """psutil 8's figures under a name that meant others until psutil 6."""

    FIELDS = ("rss", "vms", "peak_rss", "swap")

    def test_a_call_site_is_told_once(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            for process in (psutil.Process(), psutil.Process(os.getppid())):
                answer = process.memory_info_ex()
            psutil.Process().memory_info_ex()
        self.assertEqual([each.category for each in caught], [FutureWarning] * 2)
        self.assertEqual({each.filename for each in caught}, {__file__})
        self.assertLess(caught[0].lineno, caught[1].lineno)
        self.assertLessEqual(set(self.FIELDS), set(answer._fields))

    def test_who_lists_it_means_it(self):
        """psutil 5 and 6 refused the name in `attrs`, so only psutil 8's can be meant."""

        class Mine(psutil.Process):
            pass

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            names = ["memory_info_ex", "page_faults"]
            for process in (psutil.Process(), Mine()):
                answers = process.as_dict(names)
                self.assertEqual(sorted(answers), names)
                self.assertLessEqual(set(self.FIELDS), set(answers["memory_info_ex"]._fields))
            found = {each.pid: each.info for each in psutil.process_iter(names)}
        self.assertGreater(found[os.getpid()]["memory_info_ex"].rss, 0)

    def test_a_subclass_has_the_last_word(self):
        class Mine(psutil.Process):
            def memory_info_ex(self):
                return "mine"

        self.assertEqual(Mine().as_dict(["memory_info_ex"]), {"memory_info_ex": "mine"})
