"""psutil's named tuples, made from the tables of the library when they are first needed."""

from collections import namedtuple

from sysvitals import _sysvitals

_SHAPES = {
    **_sysvitals.shapes(),
    "addr": ["ip", "port"],
}


def _cpu_times_fields():
    """Those of this kernel, as it is when they are first asked for."""
    try:
        return _sysvitals.cpu_times_fields("/proc")
    except (OSError, ValueError, NotImplementedError):
        return _SHAPES["scputimes"]


def __getattr__(name):
    fields = _SHAPES.get(name)
    if fields is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "scputimes":
        fields = _cpu_times_fields()
    # Two threads may both come here: one class has to win.
    return globals().setdefault(name, namedtuple(name, fields, module=__name__))
