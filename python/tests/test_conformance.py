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
    "test_broken.py": "import there_is_no_such_module\n",
    "test_empty.py": "",
}


def test_each_outcome_is_counted(tmp_path):
    sdist = tmp_path / "psutil.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in TESTS.items():
            member = tarfile.TarInfo(f"psutil-7.2.2/tests/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    command = [sys.executable, str(RUNNER), "--python", sys.executable, "--sdist", str(sdist)]
    command += ["--site", sysconfig.get_path("platlib")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    # The module that cannot be imported counts as a failure.
    assert lines[-1] == "conformance, whole: 3 passed, 3 failed, 1 skipped"
    assert "FAILED tests/test_each.py::Test::test_b_dies" in lines
    assert "FAILED tests/test_each.py::Test::test_e_fails" in lines
    assert "NOT COLLECTED tests/test_broken.py" in lines
    assert "skipped: psutil's own conditions: 1" in lines
