"""The runner of psutil's own tests counts what happens to them, whatever happens."""

import io
import pathlib
import subprocess
import sys
import sysconfig
import tarfile

RUNNER = pathlib.Path(__file__).with_name("conformance.py")

TESTS = {
    "__init__.py": "\nGLOBAL_TIMEOUT = 5\n",
    "test_each.py": """
import os, unittest
class Test(unittest.TestCase):
    def test_a_passes(self):
        pass
    def test_b_dies(self):
        os._exit(3)
    def test_c_passes_after_that(self):
        import tests
        assert tests.GLOBAL_TIMEOUT == 20
    def test_d_passes_with_a_part_skipped(self):
        with self.subTest("part"):
            self.skipTest("of no interest")
    def test_e_fails(self):
        assert 0, "on purpose"
    def test_f_is_skipped(self):
        self.skipTest("by itself")
""",
    "test_process.py": """
import pathlib, unittest
def count():
    file = pathlib.Path("count")
    file.write_text("x" + (file.read_text() if file.exists() else ""))
    return len(file.read_text())
class TestProcess(unittest.TestCase):
    def test_another(self):
        pass
    def test_threads(self):
        assert count() == LUCKY, "lost"
""",
    "test_broken.py": "import there_is_no_such_module\n",
    "test_empty.py": "",
}


SLOW = {
    "__init__.py": TESTS["__init__.py"],
    "test_hangs.py": """
import os, time, unittest
class Test(unittest.TestCase):
    def test_a_hangs(self):
        time.sleep(600)
    def test_b_has_no_thread_beside_it(self):
        if os.path.exists("/proc/self/task"):
            assert len(os.listdir("/proc/self/task")) == 1
""",
}


def run(tmp_path, lucky=1, tests=TESTS, options=()):
    """The runner's answer; the test that is known to lose races wins at its turn `lucky`."""
    sdist = tmp_path / "psutil.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in tests.items():
            text = text.replace("LUCKY", str(lucky))
            member = tarfile.TarInfo(f"psutil-7.2.2/tests/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    command = [sys.executable, str(RUNNER), "--python", sys.executable, "--sdist", str(sdist)]
    command += ["--site", sysconfig.get_path("platlib"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout.splitlines()


def test_each_outcome_is_counted(tmp_path):
    lines = run(tmp_path)
    # The module that cannot be imported counts as a failure.
    assert lines[-1] == "conformance, whole: 5 passed, 3 failed, 1 skipped"
    assert "FAILED tests/test_each.py::Test::test_b_dies" in lines
    assert "FAILED tests/test_each.py::Test::test_e_fails" in lines
    assert "NOT COLLECTED tests/test_broken.py" in lines
    assert "skipped: psutil's own conditions: 1" in lines


def test_who_hangs_has_failed_and_the_rest_is_run(tmp_path):
    lines = run(tmp_path, tests=SLOW, options=["--limit", "20"])
    assert lines[-1] == "conformance, whole: 1 passed, 1 failed, 0 skipped"
    failed = lines.index("FAILED tests/test_hangs.py::Test::test_a_hangs")
    assert lines[failed + 1].strip() == "its process died or hung (hung)"


def test_who_loses_a_race_is_asked_again_and_that_is_told(tmp_path):
    lines = run(tmp_path, lucky=3)
    assert lines[-1] == "conformance, whole: 5 passed, 3 failed, 1 skipped"
    again = "AGAIN tests/test_process.py::TestProcess::test_threads: it counts its threads"
    assert sum(line.startswith(again) for line in lines) == 2


def test_who_loses_every_race_has_failed(tmp_path):
    lines = run(tmp_path, lucky=4)
    assert lines[-1] == "conformance, whole: 4 passed, 4 failed, 1 skipped"
    assert "FAILED tests/test_process.py::TestProcess::test_threads" in lines
