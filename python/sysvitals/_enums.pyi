import enum
import sys
from typing import Final, overload

class NicDuplex(enum.IntEnum):
    NIC_DUPLEX_FULL = 2
    NIC_DUPLEX_HALF = 1
    NIC_DUPLEX_UNKNOWN = 0

class BatteryTime(enum.IntEnum):
    POWER_TIME_UNKNOWN = -1
    POWER_TIME_UNLIMITED = -2

if sys.platform == "win32":
    class IOPriority(enum.IntEnum):
        IOPRIO_VERYLOW = 0
        IOPRIO_LOW = 1
        IOPRIO_NORMAL = 2
        IOPRIO_HIGH = 3

    class Priority(enum.IntEnum):
        ABOVE_NORMAL_PRIORITY_CLASS = 0x8000
        BELOW_NORMAL_PRIORITY_CLASS = 0x4000
        HIGH_PRIORITY_CLASS = 0x80
        IDLE_PRIORITY_CLASS = 0x40
        NORMAL_PRIORITY_CLASS = 0x20
        REALTIME_PRIORITY_CLASS = 0x100

    class AddressFamily(enum.IntEnum):
        AF_LINK = -1

else:
    class IOPriority(enum.IntEnum):
        IOPRIO_CLASS_NONE = 0
        IOPRIO_CLASS_RT = 1
        IOPRIO_CLASS_BE = 2
        IOPRIO_CLASS_IDLE = 3

    class AddressFamily(enum.IntEnum):
        AF_LINK = 17

# The signals of the running Python, negated.
class Negsignal(enum.IntEnum):
    SIGHUP = -1
    SIGINT = -2
    SIGQUIT = -3
    SIGILL = -4
    SIGTRAP = -5
    SIGABRT = -6
    SIGIOT = -6
    SIGBUS = -7
    SIGFPE = -8
    SIGKILL = -9
    SIGUSR1 = -10
    SIGSEGV = -11
    SIGUSR2 = -12
    SIGPIPE = -13
    SIGALRM = -14
    SIGTERM = -15
    if sys.version_info >= (3, 11):
        SIGSTKFLT = -16
    SIGCHLD = -17
    SIGCLD = -17
    SIGCONT = -18
    SIGSTOP = -19
    SIGTSTP = -20
    SIGTTIN = -21
    SIGTTOU = -22
    SIGURG = -23
    SIGXCPU = -24
    SIGXFSZ = -25
    SIGVTALRM = -26
    SIGPROF = -27
    SIGWINCH = -28
    SIGIO = -29
    SIGPOLL = -29
    SIGPWR = -30
    SIGSYS = -31
    SIGRTMIN = -34
    SIGRTMAX = -64

@overload
def negsignal(num: None) -> None: ...
@overload
def negsignal(num: int) -> int: ...
def named(name: str) -> enum.IntEnum | str: ...
