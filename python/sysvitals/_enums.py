"""psutil's enums, made when they are first needed."""

import enum
import signal

from sysvitals._constants import WINDOWS


class NicDuplex(enum.IntEnum):
    """Whether both ends of a link may send at once."""

    NIC_DUPLEX_FULL = 2
    NIC_DUPLEX_HALF = 1
    NIC_DUPLEX_UNKNOWN = 0


class BatteryTime(enum.IntEnum):
    """What a battery says in place of a number of seconds."""

    POWER_TIME_UNKNOWN = -1
    POWER_TIME_UNLIMITED = -2


if WINDOWS:

    class IOPriority(enum.IntEnum):
        """Levels of I/O priority."""

        IOPRIO_VERYLOW = 0
        IOPRIO_LOW = 1
        IOPRIO_NORMAL = 2
        IOPRIO_HIGH = 3

    class Priority(enum.IntEnum):
        """Priority classes, by the numbers of Windows."""

        ABOVE_NORMAL_PRIORITY_CLASS = 0x8000
        BELOW_NORMAL_PRIORITY_CLASS = 0x4000
        HIGH_PRIORITY_CLASS = 0x80
        IDLE_PRIORITY_CLASS = 0x40
        NORMAL_PRIORITY_CLASS = 0x20
        REALTIME_PRIORITY_CLASS = 0x100

else:

    class IOPriority(enum.IntEnum):
        """Classes of I/O priority."""

        IOPRIO_CLASS_NONE = 0
        IOPRIO_CLASS_RT = 1
        IOPRIO_CLASS_BE = 2
        IOPRIO_CLASS_IDLE = 3


Negsignal = enum.IntEnum(
    "Negsignal",
    {each.name: -each.value for each in signal.Signals},
    module=__name__,
)


def negsignal(num):
    """How a process ended: a negative number is a signal's, and has its name if it has one."""
    if num is None or num >= 0:
        return num
    try:
        return Negsignal(num)
    except ValueError:
        return num


def _address_family():
    import socket

    # On Windows psutil has its own number, whatever Python has.
    link = -1 if WINDOWS else getattr(socket, "AF_PACKET", None)
    if link is None:
        link = getattr(socket, "AF_LINK", -1)
    return enum.IntEnum("AddressFamily", {"AF_LINK": int(link)}, module=__name__)


def __getattr__(name):
    if name == "AddressFamily":
        return globals().setdefault(name, _address_family())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def named(name):
    """The member that the library calls `name`, or the name itself where there is no enum."""
    if name.startswith(("AF_", "SOCK_")):
        import socket

        if name == "AF_LINK":
            # Where Python has a family for it, psutil's own is for comparisons only.
            ours = __getattr__("AddressFamily").AF_LINK
            if WINDOWS:
                return ours
            return getattr(socket, "AF_PACKET", getattr(socket, name, ours))
        return getattr(socket, name, name)
    for enumeration in (NicDuplex, IOPriority):
        if name in enumeration.__members__:
            return enumeration[name]
    return name
