"""The process that answers on Windows, below psutil's `Process`."""

from sysvitals import _native
from sysvitals._constants import WINDOWS
from sysvitals._errors import TimeoutExpired

if not WINDOWS:
    raise ImportError("not on this system: see _native")


class Process(_native.Process):
    """Asks about one process by the names that psutil's module for Windows has."""

    __slots__ = ()

    def wait(self, timeout=None):
        """Waits for whatever process has the pid now."""
        return Process(self.pid)._wait_until(timeout)

    def _wait_until(self, timeout=None):
        """Waits for this process: its exit code, which Windows tells whoever may ask."""
        code = self.wait_for(timeout, True)
        if code is False:
            raise TimeoutExpired(timeout, pid=self.pid, name=self.name_seen)
        return code

    def nice(self):
        """Its priority class."""
        from sysvitals._enums import Priority

        return Priority(super().nice())

    def ionice(self):
        """Its I/O priority, which has no level here."""
        return super().ionice().ioclass

    nice_get = nice
    ionice_get = ionice

    def ionice_set(self, ioclass, value):
        """Changes its I/O priority."""
        from sysvitals._enums import IOPriority

        if value:
            raise TypeError("value argument not accepted on Windows")
        try:
            ioclass = IOPriority(ioclass)
        except ValueError:
            raise ValueError(f"{ioclass} is not a valid priority") from None
        self.set_ionice(ioclass.name, None)
