"""What psutil answers, in values that any Python can read: types and names stand beside them.

Both sides of the comparison use this file, so it imports neither psutil nor anything of ours.
"""

import enum
import inspect


def plain(value):
    """A value as nested tuples: what kind it is of, and what is in it."""
    kind = type(value)
    if isinstance(value, enum.Enum):
        return ("enum", kind.__name__, value.name, plain(value.value))
    if value is None or kind in (bool, int, float, str, bytes):
        return ("value", kind.__name__, value)
    if isinstance(value, tuple):
        return (
            "tuple",
            kind.__name__,
            getattr(kind, "_fields", None),
            [plain(each) for each in value],
        )
    if isinstance(value, list) and value and type(value[0]).__name__ in ("sconn", "pconn"):
        # In no order.
        return ("list", kind.__name__, None, sorted(map(plain, value), key=repr))
    if isinstance(value, list) and value and type(value[0]).__name__ == "pthread":
        # Upstream has 10 before 9.
        return ("list", kind.__name__, None, [plain(each) for each in sorted(value)])
    if isinstance(value, list):
        return ("list", kind.__name__, None, [plain(each) for each in value])
    if isinstance(value, (set, frozenset)):
        return ("list", kind.__name__, None, [plain(each) for each in sorted(value)])
    if isinstance(value, dict):
        return ("dict", kind.__name__, {name: plain(value[name]) for name in sorted(value, key=str)})
    if hasattr(value, "pid") and hasattr(value, "oneshot"):
        info = getattr(value, "info", None)
        if info and str(info.get("name")).startswith("kworker"):
            # Their names tell what they do at the moment.
            info = {**info, "name": "kworker"}
        return ("process", kind.__name__, value.pid, None if info is None else plain(info))
    return ("other", kind.__name__, repr(value))


def plain_error(error):
    """An exception: its classes, what it says, and what psutil's tell besides."""
    classes = [each.__name__ for each in type(error).__mro__]
    if "Error" not in classes:
        # Python's own say what they like, but for the number.
        return ("raises", type(error).__name__, classes, "", getattr(error, "errno", None))
    # Names are told as far as they were asked for before a process ended, and of zombies we tell the
    # parent where upstream leaves it out.
    about = {name: getattr(error, name, None) for name in ("pid", "seconds")}
    return ("raises", type(error).__name__, classes, "", about)


class Asker:
    """Asks the psutil that is given to it, and keeps the processes that it was told to look at."""

    def __init__(self, psutil):
        self.psutil = psutil
        self.processes = {}

    def answer(self, request):
        """The answer to one request, or its exception, plain."""
        try:
            return plain(self.ask(*request))
        except Exception as error:
            return plain_error(error)

    def ask(self, what, *rest):
        """Does what the request says; the parts of requests are plain values themselves."""
        if what == "function":
            name, args, kwargs = rest
            answer = getattr(self.psutil, name)(*args, **kwargs)
            return list(answer) if name == "process_iter" else answer
        if what == "constant":
            return getattr(self.psutil, rest[0])
        if what == "set":
            setattr(self.psutil, rest[0], rest[1])
            return None
        if what == "look":
            key, pid = rest
            self.processes[key] = self.psutil.Process(pid)
            return None
        if what == "forget":
            self.processes.pop(rest[0], None)
            return None
        if what == "anew":
            self.psutil.process_iter.cache_clear()
            return None
        if what == "process":
            key, name, args, kwargs = rest
            answer = getattr(self.processes[key], name)
            return answer(*args, **kwargs) if callable(answer) else answer
        if what == "several":
            key, names = rest
            process, answers = self.processes[key], {}
            with process.oneshot():
                for name in names:
                    try:
                        answers[name] = plain(getattr(process, name)())
                    except Exception as error:
                        answers[name] = plain_error(error)
            return repr(answers)
        if what == "text":
            return str(self.processes[rest[0]])
        if what == "names":
            owner = getattr(self.psutil, rest[0]) if rest else self.psutil
            return sorted(each for each in dir(owner) if not each.startswith("_"))
        if what == "arguments":
            it = getattr(self.psutil, rest[0])
            it = getattr(it, rest[1]) if rest[1] else it
            is_error = isinstance(it, type) and issubclass(it, Exception)
            if not callable(it) or isinstance(it, type(enum)) or is_error:
                return None
            return str(inspect.signature(it))
        raise ValueError(what)
