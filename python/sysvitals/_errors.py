"""psutil's exceptions.

They call themselves psutil's, as programs print and compare their names, but pickle as what can be
imported wherever this package can.
"""

_FACE = "psutil"


def _rebuild(name, args):
    """Makes an exception again from its pickle."""
    return globals()[name](*args)


def _info(exception, attributes):
    """What is known, by name, in the order given; a pid of 0 is known."""
    info = {}
    for name in attributes:
        value = getattr(exception, name, None)
        if value or (name == "pid" and value == 0):
            info[name] = value
    return ", ".join(f"{name}={value!r}" for name, value in info.items())


class Error(Exception):
    """Whatever goes wrong with a process: the base of all exceptions here."""

    __module__ = _FACE

    def __str__(self):
        message = getattr(self, "msg", "") or ""
        info = _info(self, ("pid", "ppid", "name"))
        if not info:
            return message
        return f"{message} ({info})" if message else f"({info})"

    def __repr__(self):
        info = _info(self, ("pid", "ppid", "name", "seconds", "msg"))
        return f"{_FACE}.{self.__class__.__name__}({info})"

    def _pickled(self, *args):
        cls = self.__class__
        if cls.__module__ == _FACE and globals().get(cls.__name__) is cls:
            return (_rebuild, (cls.__name__, args))
        return (cls, args)


class NoSuchProcess(Error):
    """No process has this pid, or not any more."""

    __module__ = _FACE

    def __init__(self, pid, name=None, msg=None):
        Exception.__init__(self)
        self.pid = pid
        self.name = name
        self.msg = msg or "process no longer exists"

    def __reduce__(self):
        return self._pickled(self.pid, self.name, self.msg)


class ZombieProcess(NoSuchProcess):
    """The process has ended, and its parent has not asked how: little is left of it."""

    __module__ = _FACE

    def __init__(self, pid, name=None, ppid=None, msg=None):
        NoSuchProcess.__init__(self, pid, name, msg)
        self.ppid = ppid
        self.msg = msg or "PID still exists but it's a zombie"

    def __reduce__(self):
        return self._pickled(self.pid, self.name, self.ppid, self.msg)


class AccessDenied(Error):
    """The system refused."""

    __module__ = _FACE

    def __init__(self, pid=None, name=None, msg=None):
        Exception.__init__(self)
        self.pid = pid
        self.name = name
        self.msg = msg or ""

    def __reduce__(self):
        return self._pickled(self.pid, self.name, self.msg)


class TimeoutExpired(Error):
    """A process has not ended in the time given."""

    __module__ = _FACE

    def __init__(self, seconds, pid=None, name=None):
        Exception.__init__(self)
        self.seconds = seconds
        self.pid = pid
        self.name = name
        self.msg = f"timeout after {seconds} seconds"

    def __reduce__(self):
        return self._pickled(self.seconds, self.pid, self.name)


def _reused(pid, name=None):
    """The error for a process whose pid is another's now."""
    return NoSuchProcess(pid, name, "process no longer exists and its PID has been reused")


def _no_service(name):
    """The error for a service that is not there, or not any more."""
    return NoSuchProcess(None, name, f"service {name!r} does not exist")


def _service_denied(name):
    """The error for a service that this user may not ask about."""
    return AccessDenied(None, name, f"service {name!r} is not querable (not enough privileges)")
