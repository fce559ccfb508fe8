import sys

if sys.platform == "win32":
    from typing import Final

    from sysvitals import (
        _ntuples,
        _sysvitals as cext,
        disk_partitions as disk_partitions,
        disk_usage as disk_usage,
        getloadavg as getloadavg,
        net_connections as net_connections,
        pid_exists as pid_exists,
        sensors_battery as sensors_battery,
        swap_memory as swap_memory,
        virtual_memory as virtual_memory,
    )
    from sysvitals._common import (
        ENCODING as ENCODING,
        AccessDenied as AccessDenied,
        NoSuchProcess as NoSuchProcess,
        TimeoutExpired as TimeoutExpired,
        conn_tmap as conn_tmap,
        conn_to_ntuple as conn_to_ntuple,
        debug as debug,
        isfile_strict as isfile_strict,
        memoize as memoize,
        memoize_when_activated as memoize_when_activated,
        parse_environ_block as parse_environ_block,
        usage_percent as usage_percent,
    )
    from sysvitals._constants import CONN_DELETE_TCB as CONN_DELETE_TCB
    from sysvitals._enums import IOPriority as IOPriority, Priority as Priority
    from sysvitals._native_windows import Process as Process
    from sysvitals._services import (
        WindowsService as WindowsService,
        win_service_get as win_service_get,
        win_service_iter as win_service_iter,
    )
    from sysvitals._sysvitals import heap_info as heap_info, heap_trim as heap_trim

    __extra__all__: list[str]

    ERROR_PARTIAL_COPY: Final = 299
    AF_LINK: int

    def boot_time() -> float: ...
    def cpu_count_cores() -> int | None: ...
    def cpu_count_logical() -> int | None: ...
    def cpu_freq() -> list[_ntuples.scpufreq]: ...
    def cpu_stats() -> _ntuples.scpustats: ...
    def cpu_times() -> _ntuples.scputimes: ...
    def per_cpu_times() -> list[_ntuples.scputimes]: ...
    def disk_io_counters() -> dict[str, _ntuples.sdiskio]: ...
    def getpagesize() -> int: ...
    def net_if_addrs() -> dict[str, list[_ntuples.snicaddr]]: ...
    def net_if_stats() -> dict[str, _ntuples.snicstats]: ...
    def net_io_counters() -> dict[str, _ntuples.snetio]: ...
    def pids() -> list[int]: ...
    def ppid_map() -> dict[int, int]: ...
    def users() -> list[_ntuples.suser]: ...
