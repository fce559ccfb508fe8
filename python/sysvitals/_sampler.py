"""The process table again and again: more than psutil has."""

from collections import namedtuple

import sysvitals
from sysvitals import _process, _sysvitals
from sysvitals._constants import WINDOWS

# Answered by enums there.
_WITHOUT = frozenset({"ionice", "nice"} if WINDOWS else ())


class Sampler:
    """The process table in a loop, at a fraction of what `process_iter(attrs)` costs each time.

    It keeps descriptors of what it reads, and what stays the same as long as a process runs one
    program. `attrs` are names of questions as `process_iter` takes them; `ad_value` stands for what
    the system refuses, and for what a process does not have. One thread at a time may use it.

    >>> sampler = Sampler(["name", "cpu_percent", "memory_info"])
    >>> for row in sampler.tick():
    ...     print(row.pid, row.name, row.cpu_percent)

    Half of the descriptors that a program may have (`resource.RLIMIT_NOFILE`) are kept at most; with
    more processes than that, the others are looked at as `process_iter` does.
    """

    def __init__(self, attrs, ad_value=None):
        if not isinstance(attrs, (list, tuple, set, frozenset)):
            raise TypeError(f"invalid attrs type {type(attrs)}")
        valid = (_process._as_dict_attrnames | _process._more_attrnames) - _WITHOUT
        invalid = set(attrs) - valid
        if invalid:
            names = ", ".join(map(repr, sorted(invalid, key=str)))
            raise ValueError(f"invalid attr name{'s' if len(invalid) > 1 else ''} {names}")
        names = list(dict.fromkeys(["pid", *attrs]))
        row = namedtuple("row", names, module=__name__)
        self._native = _sysvitals.Sampler(names, row, ad_value, sysvitals.PROCFS_PATH)
        self._attrs = row._fields

    @property
    def attrs(self):
        """Names of the fields that rows have, in order; `pid` is the first."""
        return self._attrs

    def tick(self):
        """The processes that there are now, ascending by pid: a named tuple for each.

        `cpu_percent` is that since the last tick, and 0.0 for a process that was not there then.
        Answers are psutil's, but for `cmdline`, which is a tuple: a row of which nothing has changed
        is given again.
        """
        return self._native.tick()

    def close(self):
        """Gives back what it keeps; the next tick is a first one."""
        self._native.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __repr__(self):
        return f"{type(self).__module__}.{type(self).__name__}({list(self._attrs)!r})"
