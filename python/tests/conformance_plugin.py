"""What `conformance.py` has pytest load: leaves tests out, and notes how each ends as it ends."""

import json
import os
import pathlib

import pytest

_NOTES = pathlib.Path(os.environ["CONFORMANCE_NOTES"])
_EVENTS = (_NOTES / "events.jsonl").open("a", buffering=1)
_SKIP = json.loads((_NOTES / "skip.json").read_text())
_DONE = set(json.loads((_NOTES / "done.json").read_text()))


def _note(*event):
    _EVENTS.write(json.dumps(event) + "\n")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks what is to be left out, and drops what is done."""
    items[:] = [item for item in items if item.nodeid not in _DONE]
    for item in items:
        reason = _SKIP.get(item.nodeid) or _SKIP.get(item.nodeid.partition("[")[0])
        if reason:
            item.add_marker(pytest.mark.skip(reason="LISTED " + reason))
    _note("collected", None, *(item.nodeid for item in items))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Notes the beginning, so that a process that dies or hangs tells where.

    Nothing here may start a thread: tests count those of their process, and a thread that was
    joined is still counted until the kernel has ended it.
    """
    _note("start", item.nodeid)
    yield
    _note("end", item.nodeid)


def pytest_runtest_logreport(report):
    """Notes what failed, and what was skipped; the rest passed."""
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _note("failed", report.nodeid, (getattr(crash, "message", None) or report.longreprtext)[-900:])
    elif report.skipped and type(report) is pytest.TestReport:
        # A part of a test that is skipped says nothing of the whole.
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _note("skipped", report.nodeid, reason)
