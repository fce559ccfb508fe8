#!/usr/bin/env python3
"""Runs psutil's own tests against the package that is installed under psutil's name.

    conformance.py --python PYTHON --site FOLDER [--mode MODE] [--sdist FILE] [MODULE...]

The tests are those of the release that we speak for, taken from its source distribution when this
runs; nothing of them is kept. FOLDER is where `psutil` and pytest are installed. Modes:

  whole    everything but what `conformance_skips.txt` lists as `inside` and `machine` (default);
           it holds the other two modes' tests, and tells their counts too
  bare     without the tests of private names and attributes, listed there as `private`, too
  names    as `bare`, with stand-ins for private modules that the package might lack; which of
           them were needed is told

Each module of tests has a process of its own. If that dies or hangs, the test that was running
has failed, and another process goes on after it. The exit status is 0 if nothing failed, 1 if
something did, and 2 if the tests could not be run.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RELEASE = "7.2.2"

# Seconds for one process.
MODULE_LIMIT = 900

# Kinds of `conformance_skips.txt` that each mode leaves out.
MODES = {
    "whole": {"inside", "machine"},
    "bare": {"inside", "machine", "private"},
    "names": {"inside", "machine", "private"},
}

# Tests that lose a race with themselves now and then where cores are shared, and how. One that
# failed is asked again, alone, and the first failure is told; it may fail so often, and no more.
RACES = {
    "tests/test_process.py::TestProcess::test_threads": (
        "counts its threads while those of the test before it are still ending"
    ),
}
FAILURES_ALLOWED = 2

Result = collections.namedtuple("Result", "outcome text")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as test_misc; else all")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to test with")
    parser.add_argument("--site", required=True, help="the folder that has `psutil` and pytest")
    parser.add_argument("--mode", choices=MODES, default="whole")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one test")
    parser.add_argument("--sdist", help="psutil's source, else pip fetches it")
    args = parser.parse_args()

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="conformance-")).resolve()
    try:
        return Run(args, scratch).report()
    except Unable as reason:
        print(f"conformance: {reason}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class Unable(Exception):
    """Why nothing can be said of the package."""


def fetch(folder):
    """psutil's source distribution in `folder`, by pip if it is not there."""
    sdist = pathlib.Path(folder) / f"psutil-{RELEASE}.tar.gz"
    if not sdist.exists():
        pip = [sys.executable, "-m", "pip", "-q", "download", "--no-deps", "--no-binary", ":all:"]
        done = subprocess.run([*pip, "-d", str(folder), f"psutil=={RELEASE}"], check=False)
        if done.returncode or not sdist.exists():
            raise Unable(f"pip does not get the source of psutil {RELEASE}")
    return sdist


def unpack(sdist, folder):
    """Its tests and what they read, but not its package, which would be imported then."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            path = pathlib.PurePosixPath(*pathlib.PurePosixPath(member.name).parts[1:])
            wanted = path.parts[:1] in {("tests",), ("scripts",), ("setup.py",), ("README.rst",)}
            if member.isfile() and wanted and ".." not in path.parts:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(member).read())
                target.chmod(member.mode | 0o600)
    support = folder / "tests" / "__init__.py"
    text = support.read_text(encoding="utf-8")
    # How long children may take to appear: five seconds are few where cores are shared.
    patient = text.replace("\nGLOBAL_TIMEOUT = 5\n", "\nGLOBAL_TIMEOUT = 20\n")
    if patient == text:
        raise Unable("psutil's tests are not as they were: no GLOBAL_TIMEOUT")
    support.write_text(patient, encoding="utf-8")
    # psutil's own CI looks at all processes without a pool, whose end may hang for ever.
    everything = folder / "tests" / "test_process_all.py"
    if everything.exists():
        text, times = re.subn(
            r"(?m)^USE_PROC_POOL = .*$", "USE_PROC_POOL = False", everything.read_text("utf-8")
        )
        if times != 1:
            raise Unable("psutil's tests are not as they were: no USE_PROC_POOL")
        everything.write_text(text, encoding="utf-8")


def read_skips(kinds):
    """Tests to be left out, each with its reason."""
    skips = {}
    for line in (HERE / "conformance_skips.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, test, reason = line.split("\t")
            if kind in kinds:
                skips[test] = f"{kind}: {reason}"
    return skips


class Run:
    """One run of all modules."""

    def __init__(self, args, scratch):
        self.args, self.scratch = args, scratch
        self.results = {}
        self.broken = []
        unpack(args.sdist or fetch(scratch), scratch)
        self.notes = scratch / "notes"
        self.notes.mkdir()
        shutil.copy(HERE / "conformance_plugin.py", self.notes)
        if args.mode == "names":
            # The interpreter runs a module of this name when it starts.
            shutil.copy(HERE / "conformance_names.py", self.notes / "sitecustomize.py")
        self.skips = read_skips(MODES[args.mode])
        self.private = read_skips({"private"})
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in {"PYTHONPATH", "PYTHONHOME"}
        }
        # Children of tests are started with the interpreter's real path, which knows no virtual
        # environment, and import the tests' own modules: both must find theirs.
        path = [self.notes, scratch, pathlib.Path(args.site).resolve()]
        self.env.update(
            PYTHONPATH=os.pathsep.join(map(str, path)),
            PSUTIL_ROOT_DIR=str(scratch),
            PSUTIL_TESTING="1",
            PSUTIL_DEBUG="1",
            PYTHONWARNINGS="always",
            PYTHONUNBUFFERED="1",
            PYTHONDONTWRITEBYTECODE="1",
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
            CONFORMANCE_NOTES=str(self.notes),
        )
        self.check_package()

    def check_package(self):
        """The tests and their children must all import the package in question."""
        code = "import psutil, pytest; print(psutil.__file__); print(psutil.__version__)"
        for python in (self.args.python, os.path.realpath(self.args.python)):
            command = [python, "-c", code]
            out = subprocess.run(
                command, env=self.env, cwd=self.scratch, capture_output=True, text=True, check=False
            )
            if out.returncode:
                raise Unable(f"{python} does not import psutil and pytest:\n{out.stderr}")
            file = pathlib.Path(out.stdout.splitlines()[-2]).resolve()
            if pathlib.Path(self.args.site).resolve() not in file.parents:
                raise Unable(f"{python} imports another psutil: {file}")
        print(f"the package is {file}, the interpreter {self.args.python}")

    def report(self):
        """Runs everything, and says how it went; the exit status."""
        modules = [file.stem for file in sorted((self.scratch / "tests").glob("test_*.py"))]
        whole = {test: why for test, why in self.skips.items() if "::" not in test}
        for module in self.args.modules or modules:
            file = f"tests/{module}.py"
            if file in whole:
                print(f"{module:18} left out, {whole[file]}")
                continue
            start = time.monotonic()
            self.run_module(file)
            self.run_again(file)
            mine = [r for test, r in self.results.items() if test.startswith(file + "::")]
            seconds = time.monotonic() - start
            print(f"{module:18} {counted(mine)}, {seconds:.0f} s", flush=True)

        kinds = collections.Counter()
        for result in self.results.values():
            if result.outcome == "skipped":
                kind = result.text.partition("LISTED ")[2].partition(":")[0]
                kinds[kind or "psutil's own conditions"] += 1
        print("\nskipped: " + ", ".join(f"{kind}: {n}" for kind, n in sorted(kinds.items())))
        stand_ins = sorted({line for f in self.notes.glob("stood-in.*") for line in f.open()})
        if self.args.mode == "names":
            print("stand-ins that were needed: " + (" ".join(map(str.strip, stand_ins)) or "none"))
        for module, text in self.broken:
            print(f"NOT COLLECTED {module}\n    {text}")
        for test, result in self.results.items():
            if result.outcome == "failed":
                print(f"FAILED {test}\n    {' '.join(result.text.split())[:300]}")
        unknown = set(self.skips) - set(self.results) - set(whole) - self.elsewhere()
        if not self.args.modules and unknown:
            print("listed, but there are no such tests: " + " ".join(sorted(unknown)))
        failed = sum(r.outcome == "failed" for r in self.results.values()) + len(self.broken)
        if self.args.mode == "whole" and not self.args.modules:
            self.report_parts()
        print(f"conformance, {self.args.mode}: {counted(self.results.values(), len(self.broken))}")
        if not self.results:
            raise Unable("no test ran")
        return 1 if failed else 0

    def report_parts(self):
        """What this run says of the other modes, whose tests it holds."""
        left = Result("skipped", "")
        part = [left if test in self.private else r for test, r in self.results.items()]
        print(f"of these, as in `bare`: {counted(part, len(self.broken))}")
        names = self.stand_ins()
        print(f"as in `names`: the same tests; stand-ins that are needed: {names or 'none'}")

    def stand_ins(self):
        """The private names that only the stand-ins of the mode `names` would have."""
        code = "import conformance_names; print(*conformance_names.lacking())"
        env = dict(self.env, PYTHONPATH=f"{HERE}{os.pathsep}{self.env['PYTHONPATH']}")
        command = [self.args.python, "-c", code]
        out = subprocess.run(
            command, env=env, cwd=self.scratch, capture_output=True, text=True, check=False
        )
        return (out.stdout.splitlines() or [f"all, {out.stderr}"])[-1]

    def elsewhere(self):
        """Listed tests of modules that were not collected."""
        seen = {test.partition("::")[0] for test in self.results}
        return {test for test in self.skips if test.partition("::")[0] not in seen}

    def run_again(self, file):
        """What lost a race of its own, alone."""
        for test, reason in RACES.items():
            for _ in range(FAILURES_ALLOWED):
                result = self.results.get(test)
                if not test.startswith(f"{file}::") or not result or result.outcome != "failed":
                    break
                print(f"AGAIN {test}: it {reason}\n    {' '.join(result.text.split())[:300]}")
                del self.results[test]
                self.run_module(file, set(self.results))

    def run_module(self, file, done=()):
        """All tests of one module that are not done, over as many processes as it takes."""
        done = set(done)
        stop = time.monotonic() + MODULE_LIMIT
        while True:
            (self.notes / "skip.json").write_text(json.dumps(self.skips))
            (self.notes / "done.json").write_text(json.dumps(sorted(done)))
            events = self.notes / "events.jsonl"
            events.write_text("")
            # psutil's own settings ask for plugins, hence no settings at all.
            command = [self.args.python, "-m", "pytest", "-q", "--no-header", "--tb=short"]
            command += ["-p", "no:cacheprovider", "-p", "conformance_plugin", "-c", os.devnull]
            command += ["--rootdir", str(self.scratch), file]
            log = self.notes / "log.txt"
            with log.open("wb") as out:
                child = subprocess.Popen(
                    command,
                    cwd=self.scratch,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
                status = wait(child, events, self.args.limit, stop)
            collected, running = self.read(events, done)
            if running is None:
                # 0 and 1 are results, 5 is that there was no test; anything else is none.
                if status not in {0, 1, 5} or (not collected and status != 5):
                    tail = log.read_text(errors="replace")[-1500:]
                    self.broken.append((file, f"pytest ended with {status}: {tail}"))
                return
            self.results[running] = Result("failed", f"its process died or hung ({status})")
            done.add(running)
            if time.monotonic() > stop or collected <= done:
                return

    def read(self, events, done):
        """Takes what the plugin noted; what was collected, and the test that did not end."""
        collected, running = set(), None
        for line in events.read_text().splitlines():
            kind, test, *rest = json.loads(line)
            if kind == "collected":
                collected = set(rest)
            elif kind == "start":
                running = test
            elif kind == "end":
                done.add(test)
                running = None
                self.results.setdefault(test, Result("passed", ""))
            else:
                old = self.results.get(test)
                if old is None or old.outcome == "passed":
                    self.results[test] = Result(kind, rest[0])
                elif kind == "failed" and old.outcome == "skipped":
                    self.results[test] = Result(kind, rest[0])
        return collected, running


def wait(child, events, limit, stop):
    """How a process of tests ended, which has to end until then, and each test within its limit."""
    noted, since = None, None
    while True:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            # It grows whenever a test starts or ends.
            if (size := events.stat().st_size) != noted:
                noted, since = size, now
            if now - since > limit or now > stop:
                child.kill()
                child.wait()
                return "hung"


def counted(results, broken=0):
    count = collections.Counter(result.outcome for result in results)
    failed = count["failed"] + broken
    return f"{count['passed']} passed, {failed} failed, {count['skipped']} skipped"


if __name__ == "__main__":
    sys.exit(main())
