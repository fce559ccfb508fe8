"""The process that answers, below psutil's `Process`."""

import os

from sysvitals import _sysvitals
from sysvitals._errors import TimeoutExpired

RLIM_INFINITY = -1
# Their names by number.
RLIMITS = {number: name for name, number in _sysvitals.resources()}


def _limit(value):
    """A limit as the library takes it: none, or a number."""
    return None if value == RLIM_INFINITY else value


class Process(_sysvitals.Process):
    """Asks about one process by the names that psutil's platform modules have."""

    __slots__ = ()

    def wait(self, timeout=None):
        """Waits for whatever process has the pid now."""
        return Process(self.pid)._wait_until(timeout)

    def _wait_until(self, timeout=None):
        """Waits for this process: how it ended, `None` if only its parent was told."""
        code = self.wait_for(timeout)
        if code is False:
            raise TimeoutExpired(timeout, pid=self.pid, name=self.name_seen)
        if code is None or code >= 0:
            return code
        from sysvitals._enums import negsignal

        return negsignal(code)

    nice_get = _sysvitals.Process.nice
    ionice_get = _sysvitals.Process.ionice
    cpu_affinity_get = _sysvitals.Process.cpu_affinity

    def nice_set(self, value):
        """Changes its niceness."""
        self.set_nice(value)

    def cpu_affinity_set(self, cpus):
        """Changes the CPUs that it may run on."""
        self.set_cpu_affinity(cpus)

    def ionice_set(self, ioclass, value):
        """Changes its I/O priority."""
        from sysvitals._enums import IOPriority

        if value is None:
            value = 0
        if value and ioclass in {IOPriority.IOPRIO_CLASS_IDLE, IOPriority.IOPRIO_CLASS_NONE}:
            raise ValueError(f"{IOPriority(ioclass)!r} ioclass accepts no value")
        if not 0 <= value <= 7:
            raise ValueError("value not in 0-7 range")
        try:
            # The kernel looks at three bits.
            ioclass = IOPriority(ioclass & 7)
        except ValueError:
            from errno import EINVAL

            raise OSError(EINVAL, os.strerror(EINVAL)) from None
        self.set_ionice(ioclass.name, value)

    def rlimit(self, resource_, limits=None):
        """Tells or changes a limit."""
        if self.pid == 0:
            raise ValueError("can't use prlimit() against PID 0 process")
        if not isinstance(resource_, int):
            raise TypeError(f"resource must be an int (got {type(resource_)!r})")
        name = RLIMITS.get(resource_)
        if name is None:
            raise ValueError("invalid resource specified")
        if limits is None:
            return self.limit(resource_)
        if len(limits) != 2:
            raise ValueError(f"second argument must be a (soft, hard) tuple, got {limits!r}")
        soft, hard = limits
        return self.set_limit(name, _limit(soft), _limit(hard))
