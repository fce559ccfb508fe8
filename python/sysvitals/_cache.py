"""Answers that are kept."""

import functools
import threading


def memoize(fun):
    """Keeps the answer to every set of arguments until `cache_clear()`."""

    @functools.wraps(fun)
    def wrapper(*args, **kwargs):
        key = (args, frozenset(kwargs.items()))
        try:
            return known[key]
        except KeyError:
            # The first answer wins, so that a class becomes a singleton.
            return known.setdefault(key, fun(*args, **kwargs))

    known = {}
    wrapper.cache_clear = known.clear
    return wrapper


def memoize_when_activated(fun):
    """Keeps the answer of an object's method between `cache_activate` and `cache_deactivate`."""

    @functools.wraps(fun)
    def wrapper(self):
        try:
            known = self._kept
        except AttributeError:
            return fun(self)
        if known is None:
            return fun(self)
        try:
            return known[fun]
        except KeyError:
            answer = known[fun] = fun(self)
            return answer

    def cache_activate(self):
        """Begins to keep answers of the object."""
        self._kept = {}

    def cache_deactivate(self):
        """Forgets them."""
        self._kept = None

    wrapper.cache_activate = cache_activate
    wrapper.cache_deactivate = cache_deactivate
    return wrapper


class _WrapNumbers:
    """Counters that the kernel keeps in too few bits, made to never run backwards.

    Of each function that asks it remembers the last numbers of each device, and what a number that
    became smaller had counted before.
    """

    def __init__(self):
        self.lock = threading.Lock()
        # By function: the numbers last seen, by device.
        self.cache = {}
        # By function: what was lost, by device and column.
        self.reminders = {}
        # By function: the columns of a device that ever lost something.
        self.reminder_keys = {}

    def run(self, table, name):
        """The table of a function, corrected."""
        before = self.cache.get(name)
        self.cache[name] = table
        if before is None:
            self.reminders[name] = {}
            self.reminder_keys[name] = {}
            return table
        lost, keys = self.reminders[name], self.reminder_keys[name]
        for device in before.keys() - table.keys():
            keys.pop(device, None)
            for column in range(len(before[device])):
                lost.pop((device, column), None)
        corrected = {}
        for device, row in table.items():
            old = before.get(device)
            if old is None:
                corrected[device] = row
                continue
            numbers = []
            for column, (number, earlier) in enumerate(zip(row, old)):
                key = (device, column)
                loss = lost.setdefault(key, 0)
                if number < earlier:
                    loss = lost[key] = loss + earlier
                    keys.setdefault(device, set()).add(key)
                numbers.append(number + loss)
            corrected[device] = row._make(numbers) if hasattr(row, "_make") else tuple(numbers)
        return corrected

    def cache_clear(self, name=None):
        """Forgets what one function, or all, have seen."""
        for function, counters in _of_functions().items():
            if name in {None, function}:
                counters.clear()
        with self.lock:
            for each in (self.cache, self.reminders, self.reminder_keys):
                if name is None:
                    each.clear()
                else:
                    each.pop(name, None)

    def cache_info(self):
        """What is remembered; of psutil's own functions only that something is."""
        used = {name: {} for name, counters in _of_functions().items() if counters.is_used}
        with self.lock:
            caches = (self.cache, self.reminders, self.reminder_keys)
            return tuple({**cache, **used} for cache in caches)


def _of_functions():
    """What the library remembers for psutil's functions, by their names."""
    import sysvitals

    return {
        "psutil.disk_io_counters": sysvitals._disk_io,
        "psutil.net_io_counters": sysvitals._net_io,
    }


_wn = _WrapNumbers()


def wrap_numbers(input_dict, name):
    """The table of counters of the function `name`, corrected for numbers that began again."""
    with _wn.lock:
        return _wn.run(input_dict, name)


wrap_numbers.cache_clear = _wn.cache_clear
wrap_numbers.cache_info = _wn.cache_info
