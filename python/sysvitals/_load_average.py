"""Load averages where the system keeps none.

From the first call on a thread of ours asks every five seconds how many threads wait for a CPU.
"""

import threading
import time

from sysvitals import _sysvitals

_PERIOD = 5.0

_lock = threading.Lock()
_sampler = None


class _Sampler:
    """Asks again and again; the means start at zero."""

    def __init__(self, load):
        self._load = load
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="getloadavg", daemon=True)
        self._thread.start()

    def _run(self):
        last = time.monotonic()
        while not self._stopped.wait(_PERIOD):
            now = time.monotonic()
            try:
                self._load.tick(now - last)
            except (OSError, ValueError):
                # The means stay, and the next tick makes up for this one.
                continue
            last = now

    def means(self):
        """Those of 1, 5 and 15 minutes."""
        return tuple(round(mean, 2) for mean in self._load.means())


def getloadavg():
    """Load averages of 1, 5 and 15 minutes."""
    global _sampler
    with _lock:
        if _sampler is None:
            _sampler = _Sampler(_sysvitals.LoadAverage())
    return _sampler.means()
