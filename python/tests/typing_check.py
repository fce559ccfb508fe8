"""Checks the types: published stubs against our psutil, our stubs against it, and a sample.

    python typing_check.py VENV

VENV has sysvitals, the psutil of as-psutil, mypy and types-psutil. Counts are printed; the exit
status is 1 if anything differs.
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
ALLOWLIST = HERE / "stubtest-allowlist.txt"
ELSEWHERE = HERE / "stubtest-elsewhere.txt"
SAMPLE = HERE / "typed_sample.py"
# By the name that our library has for it.
PLATFORMS = {
    "Linux": "linux",
    "Windows": "win32",
    "macOS": "darwin",
    "FreeBSD": "freebsd14",
    "OpenBSD": "openbsd7",
    "NetBSD": "netbsd10",
    "SunOS": "sunos5",
    "AIX": "aix7",
}
OLDEST_SYNTAX = (3, 9)
# What the README tells of: no line of the allowlist, which would allow more of these classes.
TOLD = {
    "psutil.Popen is inconsistent, metaclass differs",
    "psutil.Process is inconsistent, metaclass differs",
}

# What the venv has.
ASK = """
import importlib.metadata as metadata, importlib.util as util, json, pathlib
def folder(name):
    return str(pathlib.Path(util.find_spec(name).origin).parent)
found = {"psutil": folder("psutil"), "sysvitals": folder("sysvitals")}
found["versions"] = {name: metadata.version(name) for name in ("mypy", "types-psutil")}
from sysvitals import _ntuples, _sysvitals
found["shapes"] = {name: _sysvitals.shapes(name) for name in PLATFORMS}
found["running"] = _sysvitals.shapes()
print(json.dumps(found))
"""


class Check:
    """Runs the tools of a venv, and counts what they find."""

    def __init__(self, venv, scratch):
        # Not resolved: a venv's python is a link to another's.
        self.python = Path(os.path.abspath(venv)) / "bin" / "python"
        self.scratch = scratch
        self.failed = 0
        ask = ASK.replace("PLATFORMS", repr(list(PLATFORMS)))
        self.found = json.loads(self.run([], ask).stdout)

    def run(self, arguments, code=None, path=None):
        """Runs the venv's Python; stubs below `path` come before the published ones there."""
        command = [str(self.python), *arguments] if code is None else [str(self.python), "-c", code]
        environment = {
            name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}
        }
        # Processes may have any name.
        environment["PYTHONIOENCODING"] = "utf-8:backslashreplace"
        environment["MYPY_CACHE_DIR"] = str(self.scratch / "cache")
        if path is not None:
            environment["MYPYPATH"] = str(path)
        ran = subprocess.run(
            command, cwd=self.scratch, env=environment, capture_output=True, encoding="utf-8"
        )
        if code is not None and ran.returncode != 0:
            sys.exit(f"{self.python} lacks what is asked about:\n{ran.stderr}")
        return ran

    def tell(self, what, count, unit, details=()):
        """Prints a count that has to be 0."""
        print(f"{what}: {count} {unit}")
        for each in details:
            print(f"    {each}")
        self.failed += count

    def stubs(self, name, folder):
        """A place where nothing but these stubs of psutil stand."""
        place = self.scratch / name
        shutil.copytree(folder, place / "psutil", ignore=shutil.ignore_patterns("*.py", "*.so"))
        return place

    def stubtest(self, what, package, path=None, allowed=None, told=frozenset()):
        """Compares stubs with the modules that are installed: all differences that are told, and no other."""
        arguments = ["-m", "mypy.stubtest", package, "--concise"]
        if allowed is not None:
            arguments += ["--allowlist", str(allowed)]
        ran = self.run(arguments, path=path)
        lines = (ran.stdout + ran.stderr).splitlines()
        if ran.returncode == 0:
            lines = []
        elif not lines:
            lines = [f"stubtest ended with {ran.returncode}"]
        lines = [line for line in lines if line not in told] + [
            f"no more: {line}" for line in sorted(told.difference(lines))
        ]
        if told:
            what += f" ({len(told)} that are told)"
        self.tell(f"stubtest, {what}", len(lines), "differences", lines)

    def strict(self, what, arguments, path=None):
        """Checks strictly."""
        ran = self.run(["-m", "mypy", "--strict", *arguments], path=path)
        lines = [] if ran.returncode == 0 else (ran.stdout + ran.stderr).splitlines()
        lines = [line for line in lines if not line.startswith("Found ")] or lines
        self.tell(f"mypy --strict, {what}", len(lines), "errors", lines)


def shapes(stub, platform):
    """Fields of the named tuples of a stub, by the name that they have on a platform."""
    found = {}

    def visit(statements):
        for each in statements:
            if isinstance(each, ast.ClassDef):
                fields = [field for field in each.body if isinstance(field, ast.AnnAssign)]
                found[each.name] = [field.target.id for field in fields]
            elif isinstance(each, ast.If):
                test = compile(ast.Expression(each.test), "stub", "eval")
                holds = eval(test, {"sys": SimpleNamespace(platform=platform)})  # noqa: S307
                visit(each.body if holds else each.orelse)

    visit(ast.parse(stub).body)
    return found


def check_shapes(check):
    """Compares our stub of named tuples with the tables of the library."""
    stub = (Path(check.found["sysvitals"]) / "_ntuples.pyi").read_text()
    different, compared = [], 0
    for name, platform in PLATFORMS.items():
        stubs, tables = shapes(stub, platform), check.found["shapes"][name]
        # It is of no table, but a part of connections.
        stubs.pop("addr")
        for each in sorted(stubs.keys() | tables.keys()):
            compared += 1
            if stubs.get(each) != tables.get(each):
                different.append(f"{name}: {each}: {stubs.get(each)} for {tables.get(each)}")
    if check.found["running"] not in check.found["shapes"].values():
        different.append("the running platform is none of them")
    what = f"named tuples, {compared} of {len(PLATFORMS)} platforms"
    check.tell(what, len(different), "differences", different)


def check_syntax(check):
    """Reads our stubs as the oldest Python does."""
    wrong, count = [], 0
    for package in ("psutil", "sysvitals"):
        for path in sorted(Path(check.found[package]).glob("*.pyi")):
            count += 1
            try:
                ast.parse(path.read_text(), feature_version=OLDEST_SYNTAX)
            except SyntaxError as err:
                wrong.append(f"{path.name}: {err}")
        if not (Path(check.found[package]) / "py.typed").exists():
            wrong.append(f"{package} has no py.typed")
    oldest = ".".join(map(str, OLDEST_SYNTAX))
    check.tell(f"syntax of Python {oldest}, {count} stubs", len(wrong), "errors", wrong)


def check_allowlist(check):
    """Counts what is allowed: each with a reason, and nothing of the public module."""
    lines = [line for line in ALLOWLIST.read_text().splitlines() if line and line[0] != "#"]
    entries = [line.partition("  # ") for line in lines]
    wrong = [line for line, (_, _, reason) in zip(lines, entries) if not reason]
    wrong += [entry for entry, _, _ in entries if not entry.startswith("psutil\\._")]
    names = [entry.replace("\\", "") for entry, _, _ in entries]
    modules = sum(bool(re.fullmatch(r"psutil\.\w+", name)) for name in names)
    parts = len(names) - modules
    what = f"allowlist, {len(lines)} lines ({modules} modules, {parts} private names)"
    check.tell(what, len(wrong), "without reason, or public", wrong)


def main():
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("venv", help="has sysvitals, its psutil, mypy and types-psutil")
    venv = parser.parse_args().venv
    with tempfile.TemporaryDirectory() as scratch:
        check = Check(venv, Path(scratch))
        versions = check.found["versions"]
        print(", ".join(f"{name} {version}" for name, version in versions.items()))
        ours = check.stubs("ours", check.found["psutil"])

        check_allowlist(check)
        check.stubtest("types-psutil against our psutil", "psutil", allowed=ALLOWLIST, told=TOLD)
        check.stubtest("our stubs against our psutil", "psutil", ours)
        check.stubtest("our stubs against sysvitals", "sysvitals", ours, ELSEWHERE)
        check_shapes(check)
        check_syntax(check)
        for name, platform in PLATFORMS.items():
            packages = ["-p", "sysvitals", "-p", "psutil", "--platform", platform]
            check.strict(f"our stubs on {name}", packages, ours)

        renamed = check.scratch / "renamed.py"
        text = SAMPLE.read_text().replace("import psutil\n", "import sysvitals as psutil\n")
        renamed.write_text(text)
        check.strict("sample with types-psutil", [str(SAMPLE)])
        check.strict("sample with our psutil", [str(SAMPLE)], ours)
        check.strict("sample with sysvitals as psutil", [str(renamed)], ours)
        ran = check.run([str(SAMPLE)])
        errors = ran.stderr.splitlines() if ran.returncode else []
        check.tell("sample, run", len(errors), "errors", errors)
    print("types: " + ("ok" if check.failed == 0 else f"{check.failed} wrong"))
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
