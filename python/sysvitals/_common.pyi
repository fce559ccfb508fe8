import sys
from collections.abc import Callable
from io import TextIOWrapper
from os import PathLike
from socket import AF_INET6 as AF_INET6, AddressFamily, SocketKind
from typing import BinaryIO, Final, Protocol, TypeVar, overload, type_check_only

from typing_extensions import ParamSpec, TypeAlias

from sysvitals import _ntuples
from sysvitals._cache import (
    memoize as memoize,
    memoize_when_activated as memoize_when_activated,
    wrap_numbers as wrap_numbers,
)
from sysvitals._constants import (
    POSIX as POSIX,
    WINDOWS as WINDOWS,
    LINUX as LINUX,
    MACOS as MACOS,
    OSX as OSX,
    FREEBSD as FREEBSD,
    OPENBSD as OPENBSD,
    NETBSD as NETBSD,
    BSD as BSD,
    SUNOS as SUNOS,
    AIX as AIX,
    STATUS_RUNNING as STATUS_RUNNING,
    STATUS_SLEEPING as STATUS_SLEEPING,
    STATUS_DISK_SLEEP as STATUS_DISK_SLEEP,
    STATUS_STOPPED as STATUS_STOPPED,
    STATUS_TRACING_STOP as STATUS_TRACING_STOP,
    STATUS_ZOMBIE as STATUS_ZOMBIE,
    STATUS_DEAD as STATUS_DEAD,
    STATUS_WAKE_KILL as STATUS_WAKE_KILL,
    STATUS_WAKING as STATUS_WAKING,
    STATUS_IDLE as STATUS_IDLE,
    STATUS_LOCKED as STATUS_LOCKED,
    STATUS_WAITING as STATUS_WAITING,
    STATUS_SUSPENDED as STATUS_SUSPENDED,
    STATUS_PARKED as STATUS_PARKED,
    CONN_ESTABLISHED as CONN_ESTABLISHED,
    CONN_SYN_SENT as CONN_SYN_SENT,
    CONN_SYN_RECV as CONN_SYN_RECV,
    CONN_FIN_WAIT1 as CONN_FIN_WAIT1,
    CONN_FIN_WAIT2 as CONN_FIN_WAIT2,
    CONN_TIME_WAIT as CONN_TIME_WAIT,
    CONN_CLOSE as CONN_CLOSE,
    CONN_CLOSE_WAIT as CONN_CLOSE_WAIT,
    CONN_LAST_ACK as CONN_LAST_ACK,
    CONN_LISTEN as CONN_LISTEN,
    CONN_CLOSING as CONN_CLOSING,
    CONN_NONE as CONN_NONE,
)
from sysvitals._enums import BatteryTime as BatteryTime, NicDuplex as NicDuplex
from sysvitals._errors import (
    AccessDenied as AccessDenied,
    Error as Error,
    NoSuchProcess as NoSuchProcess,
    TimeoutExpired as TimeoutExpired,
    ZombieProcess as ZombieProcess,
)

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

if sys.platform != "win32":
    from socket import AF_UNIX as AF_UNIX

_P = ParamSpec("_P")
_R = TypeVar("_R")
_T = TypeVar("_T")
_File: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes] | int
_Address: TypeAlias = _ntuples.addr | tuple[str, int] | tuple[()] | str

@type_check_only
class _Printable(Protocol):
    def write(self, s: str, /) -> object: ...
    def flush(self) -> object: ...

PSUTIL_DEBUG: bool
ENCODING: Final[str]
ENCODING_ERRS: Final[str]
FILE_READ_BUFFER_SIZE: Final[int]

NIC_DUPLEX_FULL = NicDuplex.NIC_DUPLEX_FULL
NIC_DUPLEX_HALF = NicDuplex.NIC_DUPLEX_HALF
NIC_DUPLEX_UNKNOWN = NicDuplex.NIC_DUPLEX_UNKNOWN
POWER_TIME_UNKNOWN = BatteryTime.POWER_TIME_UNKNOWN
POWER_TIME_UNLIMITED = BatteryTime.POWER_TIME_UNLIMITED

# By kind of connections.
conn_tmap: dict[str, tuple[list[AddressFamily], list[SocketKind]]]

def debug(msg: str | Exception) -> None: ...
def supports_ipv6() -> bool: ...
def open_binary(fname: _File) -> BinaryIO: ...
def open_text(fname: _File) -> TextIOWrapper: ...
@overload
def cat(fname: _File, *, _open: Callable[[_File], TextIOWrapper] = ...) -> str: ...
@overload
def cat(
    fname: _File, fallback: _T, _open: Callable[[_File], TextIOWrapper] = ...
) -> str | _T: ...
@overload
def bcat(fname: _File) -> bytes: ...
@overload
def bcat(fname: _File, fallback: _T) -> bytes | _T: ...
def isfile_strict(path: _File) -> bool: ...
def path_exists_strict(path: _File) -> bool: ...
def parse_environ_block(data: str) -> dict[str, str]: ...
def broadcast_addr(addr: _ntuples.snicaddr) -> str | None: ...
def usage_percent(used: float, total: float, round_: int | None = None) -> float: ...
def bytes2human(n: float, format: str = "%(value).1f%(symbol)s") -> str: ...
def decode(s: bytes) -> str: ...
@overload
def conn_to_ntuple(
    fd: int,
    fam: int,
    type_: int,
    laddr: _Address,
    raddr: _Address,
    status: _T,
    status_map: dict[_T, str],
    pid: None = None,
) -> _ntuples.pconn: ...
@overload
def conn_to_ntuple(
    fd: int,
    fam: int,
    type_: int,
    laddr: _Address,
    raddr: _Address,
    status: _T,
    status_map: dict[_T, str],
    pid: int,
) -> _ntuples.sconn: ...
def get_procfs_path() -> str: ...
def term_supports_colors(file: _Printable = sys.stdout) -> bool: ...
def hilite(s: str, color: str | None = None, bold: bool = False) -> str: ...
def print_color(
    s: str, color: str | None = None, bold: bool = False, file: _Printable = sys.stdout
) -> None: ...
def deprecated_method(replacement: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
def sockfam_to_enum(num: int) -> AddressFamily | int: ...
def socktype_to_enum(num: int) -> SocketKind | int: ...
