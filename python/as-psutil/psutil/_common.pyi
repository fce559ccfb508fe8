import sys

from sysvitals._common import *
from sysvitals._common import (
    AIX as AIX,
    CONN_NONE as CONN_NONE,
    POWER_TIME_UNKNOWN as POWER_TIME_UNKNOWN,
    POWER_TIME_UNLIMITED as POWER_TIME_UNLIMITED,
    AccessDenied as AccessDenied,
    BatteryTime as BatteryTime,
    Error as Error,
    NicDuplex as NicDuplex,
    NoSuchProcess as NoSuchProcess,
    TimeoutExpired as TimeoutExpired,
    ZombieProcess as ZombieProcess,
    __all__ as __all__,
    broadcast_addr as broadcast_addr,
    decode as decode,
    get_procfs_path as get_procfs_path,
    memoize_when_activated as memoize_when_activated,
)

if sys.platform != "win32":
    from sysvitals._common import AF_UNIX as AF_UNIX
