"""`test()`, which psutil had until 7.0.0: a table of the processes, for people."""

import shutil
import sys
import time
import warnings

import sysvitals
from sysvitals._common import bytes2human

_COLUMNS = "{:<10} {:>7} {:>5} {:>7} {:>7} {:>4} {:<10} {:>6} {:>8}  {}"
_HEADINGS = (
    "USER", "PID", "%MEM", "VSZ", "RSS", "NICE", "STATUS", "START", "TIME", "CMDLINE",
)  # fmt: skip
_ATTRS = [
    "pid", "username", "memory_info", "nice", "status", "create_time", "cpu_times", "cmdline",
    "name",
]  # fmt: skip


def test():
    """Deprecated: prints a table of all processes; `vitals ps` does that better."""
    warnings.warn(
        "test() is deprecated and will be removed; run `vitals ps` instead",
        DeprecationWarning,
        stacklevel=2,
    )
    out = sys.stdout
    # A file or a pipe gets whole lines.
    width = shutil.get_terminal_size().columns if out.isatty() else None
    encoding = getattr(out, "encoding", None) or "utf-8"
    total = sysvitals.virtual_memory().total
    print(_COLUMNS.format(*_HEADINGS)[:width], file=out)  # noqa: T201
    for process in sysvitals.process_iter(_ATTRS):
        line = _line(process.info, total, time.time())[:width]
        # What the stream has no letters for is no reason to stop.
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=out)  # noqa: T201


def _line(info, total, now):
    """One process; what this user may not know stays empty."""
    memory, times, started = info["memory_info"], info["cpu_times"], info["create_time"]
    # On Windows the domain comes first.
    user = (info["username"] or "").rpartition("\\")[2]
    status = info["status"] or ""
    fields = (
        _visible(user)[:10],
        info["pid"],
        f"{memory.rss / total * 100:.1f}" if memory and total else "",
        bytes2human(memory.vms) if memory else "",
        bytes2human(memory.rss) if memory else "",
        "" if info["nice"] is None else int(info["nice"]),
        status[:10],
        _day(started, now) if started else "",
        _minutes(times.user + times.system) if times else "",
        _visible(" ".join(info["cmdline"] or [info["name"] or ""])),
    )
    return _COLUMNS.format(*fields)


def _visible(text):
    """Text of others, which must not move the cursor nor do worse: controls are written out."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


def _day(started, now):
    """The time of a start in the last day, and the date of older ones."""
    recent = now - started < 24 * 60 * 60
    return time.strftime("%H:%M" if recent else "%b%d", time.localtime(started))


def _minutes(seconds):
    """Minutes, however many, and seconds."""
    return "{}:{:02}".format(*divmod(int(seconds), 60))
