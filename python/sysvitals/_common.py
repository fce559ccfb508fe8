"""What programs import from psutil's private module of this name."""

import os
import socket
import stat
import sys

from sysvitals import _sysvitals
from sysvitals._cache import memoize, memoize_when_activated, wrap_numbers
from sysvitals._constants import *  # noqa: F403
from sysvitals._constants import CONN_NONE, POSIX, WINDOWS
from sysvitals._enums import (
    BatteryTime,
    NicDuplex,
)
from sysvitals._errors import AccessDenied, Error, NoSuchProcess, TimeoutExpired, ZombieProcess

# fmt: off
__all__ = [
    "FREEBSD", "BSD", "LINUX", "NETBSD", "OPENBSD", "MACOS", "OSX", "POSIX", "SUNOS", "WINDOWS",
    "CONN_CLOSE", "CONN_CLOSE_WAIT", "CONN_CLOSING", "CONN_ESTABLISHED", "CONN_FIN_WAIT1",
    "CONN_FIN_WAIT2", "CONN_LAST_ACK", "CONN_LISTEN", "CONN_NONE", "CONN_SYN_RECV",
    "CONN_SYN_SENT", "CONN_TIME_WAIT",
    "NIC_DUPLEX_FULL", "NIC_DUPLEX_HALF", "NIC_DUPLEX_UNKNOWN",
    "STATUS_DEAD", "STATUS_DISK_SLEEP", "STATUS_IDLE", "STATUS_LOCKED", "STATUS_RUNNING",
    "STATUS_SLEEPING", "STATUS_STOPPED", "STATUS_SUSPENDED", "STATUS_TRACING_STOP",
    "STATUS_WAITING", "STATUS_WAKE_KILL", "STATUS_WAKING", "STATUS_ZOMBIE", "STATUS_PARKED",
    "ENCODING", "ENCODING_ERRS", "AF_INET6",
    "conn_tmap", "deprecated_method", "isfile_strict", "memoize", "parse_environ_block",
    "path_exists_strict", "usage_percent", "supports_ipv6", "sockfam_to_enum",
    "socktype_to_enum", "wrap_numbers", "open_text", "open_binary", "cat", "bcat",
    "bytes2human", "conn_to_ntuple", "debug",
    "hilite", "term_supports_colors", "print_color",
]
# fmt: on

PSUTIL_DEBUG = bool(os.getenv("PSUTIL_DEBUG"))
ENCODING = sys.getfilesystemencoding()
ENCODING_ERRS = sys.getfilesystemencodeerrors()
FILE_READ_BUFFER_SIZE = 32 * 1024

AF_INET6 = getattr(socket, "AF_INET6", None)
AF_UNIX = getattr(socket, "AF_UNIX", None)

NIC_DUPLEX_FULL = NicDuplex.NIC_DUPLEX_FULL
NIC_DUPLEX_HALF = NicDuplex.NIC_DUPLEX_HALF
NIC_DUPLEX_UNKNOWN = NicDuplex.NIC_DUPLEX_UNKNOWN
POWER_TIME_UNKNOWN = BatteryTime.POWER_TIME_UNKNOWN
POWER_TIME_UNLIMITED = BatteryTime.POWER_TIME_UNLIMITED


def _conn_tmap():
    # In psutil's order, since the text of an error lists them.
    inet, tcp, udp = [socket.AF_INET], [socket.SOCK_STREAM], [socket.SOCK_DGRAM]
    inet6 = [AF_INET6] if AF_INET6 is not None else []
    unix = [AF_UNIX] if AF_UNIX is not None else []
    kinds = {
        "all": (inet + inet6 + unix, tcp + udp),
        "tcp": (inet + inet6, tcp),
        "tcp4": (inet, tcp),
        "udp": (inet + inet6, udp),
        "udp4": (inet, udp),
        "inet": (inet + inet6, tcp + udp),
        "inet4": (inet, tcp + udp),
    }
    if inet6:
        kinds["inet6"] = (inet6, tcp + udp)
        kinds["tcp6"] = (inet6, tcp)
        kinds["udp6"] = (inet6, udp)
    if unix and "unix" in _sysvitals.CONNECTION_KINDS:
        kinds["unix"] = (unix, tcp + udp)
    return kinds


conn_tmap = _conn_tmap()


def __getattr__(name):
    """Named tuples stand here in older versions of psutil."""
    from sysvitals import _enums, _ntuples

    for module in (_ntuples, _enums):
        try:
            return getattr(module, name)
        except AttributeError:
            pass
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def debug(msg):
    """Tells developers on standard error, where `PSUTIL_DEBUG` is set in the environment."""
    if not PSUTIL_DEBUG:
        return
    frame = sys._getframe(1)
    if isinstance(msg, Exception):
        # An error of the system tells its file only as text.
        msg = f"ignoring {msg}" if isinstance(msg, OSError) else f"ignoring {msg!r}"
    print(  # noqa: T201
        f"psutil-debug [{frame.f_code.co_filename}:{frame.f_lineno}]> {msg}", file=sys.stderr
    )


@memoize
def _probe_ipv6():
    return supports_ipv6()


def supports_ipv6():
    """Whether sockets of IPv6 can be had."""
    if not socket.has_ipv6 or AF_INET6 is None:
        return False
    try:
        with socket.socket(AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def open_binary(fname):
    """A file of the system, for bytes."""
    return open(fname, "rb", buffering=FILE_READ_BUFFER_SIZE)


def open_text(fname):
    """A file of the system, for text that need not be text."""
    return open(
        fname, buffering=FILE_READ_BUFFER_SIZE, encoding=ENCODING, errors=ENCODING_ERRS
    )


_NO_FALLBACK = object()


def _content(open_it, fname, fallback):
    try:
        with open_it(fname) as file:
            return file.read()
    except OSError:
        if fallback is _NO_FALLBACK:
            raise
        return fallback


def cat(fname, fallback=_NO_FALLBACK, _open=open_text):
    """Text of a file, or `fallback` if it cannot be read."""
    return _content(_open, fname, fallback)


def bcat(fname, fallback=_NO_FALLBACK):
    """Bytes of a file, or `fallback` if it cannot be read."""
    return _content(open_binary, fname, fallback)


def isfile_strict(path):
    """Whether a path is a regular file; unlike `os.path.isfile` it says so when it may not look."""
    try:
        mode = os.stat(path).st_mode
    except PermissionError:
        raise
    except OSError:
        return False
    return stat.S_ISREG(mode)


def path_exists_strict(path):
    """Whether there is something at a path; it says so when it may not look."""
    try:
        os.stat(path)
    except PermissionError:
        raise
    except OSError:
        return False
    return True


def parse_environ_block(data):
    """Variables of a block of `NAME=value` that NUL ends."""
    variables = {}
    *entries, _unended = data.split("\0")
    for entry in entries:
        if not entry:
            break
        name, equals, value = entry.partition("=")
        if name and equals:
            variables[name.upper() if WINDOWS else name] = value
    return variables


def broadcast_addr(addr):
    """The address that reaches all of the network of a `snicaddr`; `None` if that has none."""
    import ipaddress

    if not addr.address or not addr.netmask:
        return None
    families = {socket.AF_INET: ipaddress.IPv4Network, AF_INET6: ipaddress.IPv6Network}
    network = families.get(addr.family)
    if network is None:
        return None
    return str(network(f"{addr.address}/{addr.netmask}", strict=False).broadcast_address)


def usage_percent(used, total, round_=None):
    """`used` in percent of `total`; 0.0 of nothing."""
    percent = used / total * 100 if total else 0.0
    return percent if round_ is None else round(percent, round_)


_SYMBOLS = ("B", "K", "M", "G", "T", "P", "E", "Z", "Y")


def bytes2human(n, format="%(value).1f%(symbol)s"):
    """A number of bytes as people like it: `9.8K`, `95.4M`."""
    size, at = n, 0
    while abs(size) >= 1024 and at < len(_SYMBOLS) - 1:
        size /= 1024
        at += 1
    return format % {"symbol": _SYMBOLS[at], "value": float(size) if at else size}


def decode(s):
    """Text of the system's bytes, which need not be text."""
    return s.decode(encoding=ENCODING, errors=ENCODING_ERRS)


def conn_to_ntuple(fd, fam, type_, laddr, raddr, status, status_map, pid=None):
    """A socket as the named tuple of a process's sockets, or with a pid of the system's."""
    from sysvitals import _ntuples

    state = CONN_NONE
    if fam in {socket.AF_INET, AF_INET6}:
        laddr, raddr = (_ntuples.addr(*each) if each else each for each in (laddr, raddr))
        if type_ == socket.SOCK_STREAM:
            state = status_map.get(status, CONN_NONE)
    fields = (fd, sockfam_to_enum(fam), socktype_to_enum(type_), laddr, raddr, state)
    return _ntuples.pconn(*fields) if pid is None else _ntuples.sconn(*fields, pid)


def get_procfs_path():
    """Where the procfs is looked for now."""
    import sysvitals

    return sysvitals.PROCFS_PATH


@memoize
def term_supports_colors(file=sys.stdout):
    """Whether what is printed is seen at a terminal that knows colours."""
    return POSIX and hasattr(file, "isatty") and file.isatty() and os.environ.get("TERM") != "dumb"


_COLORS = {
    None: 29,
    "green": 32,
    "red": 91,
    "brown": 33,
    "yellow": 93,
    "blue": 34,
    "violet": 35,
    "lightblue": 36,
    "grey": 37,
    "darkgrey": 30,
}


def hilite(s, color=None, bold=False):
    """A text in colour."""
    if not term_supports_colors():
        return s
    if color not in _COLORS:
        raise ValueError(f"invalid color {color!r}; choose amongst {list(_COLORS)}")
    return f"\x1b[{_COLORS[color]}{';1' if bold else ''}m{s}\x1b[0m"


def print_color(s, color=None, bold=False, file=sys.stdout):
    """Prints a text in colour."""
    print(hilite(s, color, bold) if term_supports_colors() else s, file=file)  # noqa: T201
    file.flush()


def deprecated_method(replacement):
    """Makes a method that warns, and is another one."""
    import functools
    import warnings

    def outer(method):
        @functools.wraps(method)
        def inner(self, *args, **kwargs):
            message = (
                f"{method.__name__}() is deprecated and will be removed; use"
                f" {replacement}() instead"
            )
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return getattr(self, replacement)(*args, **kwargs)

        return inner

    return outer


def sockfam_to_enum(num):
    """The member of `socket.AddressFamily`, or the number itself."""
    try:
        return socket.AddressFamily(num)
    except ValueError:
        return num


def socktype_to_enum(num):
    """The member of `socket.SocketKind`, or the number itself."""
    try:
        return socket.SocketKind(num)
    except ValueError:
        return num
