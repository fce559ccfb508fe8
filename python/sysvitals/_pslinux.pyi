import sys

if sys.platform == "linux":
    from typing import Final

    from sysvitals import (
        _ntuples,
        _psposix as _psposix,
        _sysvitals as cext,
        disk_partitions as disk_partitions,
        disk_usage as disk_usage,
        net_connections as net_connections,
        sensors_battery as sensors_battery,
        sensors_fans as sensors_fans,
        swap_memory as swap_memory,
        virtual_memory as virtual_memory,
    )
    from sysvitals._common import (
        ENCODING as ENCODING,
        NIC_DUPLEX_FULL as NIC_DUPLEX_FULL,
        NIC_DUPLEX_HALF as NIC_DUPLEX_HALF,
        NIC_DUPLEX_UNKNOWN as NIC_DUPLEX_UNKNOWN,
        AccessDenied as AccessDenied,
        NoSuchProcess as NoSuchProcess,
        ZombieProcess as ZombieProcess,
        bcat as bcat,
        cat as cat,
        debug as debug,
        decode as decode,
        get_procfs_path as get_procfs_path,
        isfile_strict as isfile_strict,
        memoize as memoize,
        memoize_when_activated as memoize_when_activated,
        open_binary as open_binary,
        open_text as open_text,
        parse_environ_block as parse_environ_block,
        path_exists_strict as path_exists_strict,
        supports_ipv6 as supports_ipv6,
        usage_percent as usage_percent,
    )
    from sysvitals._enums import AddressFamily as AddressFamily, IOPriority as IOPriority
    from sysvitals._lookups import (
        RootFsDeviceFinder as RootFsDeviceFinder,
        calculate_avail_vmem as calculate_avail_vmem,
    )
    from sysvitals._native import Process as Process
    from sysvitals._ntuples import scputimes as scputimes
    from sysvitals._sysvitals import heap_info as heap_info, heap_trim as heap_trim

    __extra__all__: list[str]

    CLOCK_TICKS: Final[int]
    PAGESIZE: Final[int]
    DISK_SECTOR_SIZE: Final = 512
    LITTLE_ENDIAN: Final[bool]
    POWER_SUPPLY_PATH: Final[str]
    UNSET: Final[object]
    HAS_CPU_AFFINITY: Final[bool]
    HAS_PROC_IO_PRIORITY: Final[bool]
    HAS_PROC_SMAPS: Final[bool]
    HAS_PROC_SMAPS_ROLLUP: Final[bool]

    AF_LINK: int
    IOPRIO_CLASS_NONE = IOPriority.IOPRIO_CLASS_NONE
    IOPRIO_CLASS_RT = IOPriority.IOPRIO_CLASS_RT
    IOPRIO_CLASS_BE = IOPriority.IOPRIO_CLASS_BE
    IOPRIO_CLASS_IDLE = IOPriority.IOPRIO_CLASS_IDLE

    def boot_time() -> float: ...
    def cpu_count_cores() -> int | None: ...
    def cpu_count_logical() -> int | None: ...
    def cpu_freq() -> list[_ntuples.scpufreq]: ...
    def cpu_stats() -> _ntuples.scpustats: ...
    def cpu_times() -> _ntuples.scputimes: ...
    def per_cpu_times() -> list[_ntuples.scputimes]: ...
    def disk_io_counters(perdisk: bool = False) -> dict[str, _ntuples.sdiskio]: ...
    def is_storage_device(name: str) -> bool: ...
    def net_if_addrs() -> dict[str, list[_ntuples.snicaddr]]: ...
    def net_if_stats() -> dict[str, _ntuples.snicstats]: ...
    def net_io_counters() -> dict[str, _ntuples.snetio]: ...
    def sensors_temperatures() -> dict[str, list[_ntuples.shwtemp]]: ...
    def users() -> list[_ntuples.suser]: ...
    def pids() -> list[int]: ...
    def pid_exists(pid: int) -> bool: ...
    def ppid_map() -> dict[int, int]: ...
    def readlink(path: str) -> str: ...
    def file_flags_to_mode(flags: int) -> str: ...
