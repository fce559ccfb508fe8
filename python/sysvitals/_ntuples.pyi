"""psutil's named tuples, by platform as the tables of the library have them.

A process of a kernel without steal, guest or guest_nice has a shorter `scputimes`.
"""

import sys
from socket import AddressFamily, SocketKind
from typing import Any, NamedTuple

from typing_extensions import TypeAlias

from sysvitals._enums import IOPriority, NicDuplex

# Sockets of the file system have a path (`str`) for an address; only who asks for them sees it.
_Path: TypeAlias = Any
# `None` where the system cannot tell; it would be tedious to be made to ask.
_MaybeNone: TypeAlias = Any

class addr(NamedTuple):
    ip: str
    port: int

class pconn(NamedTuple):
    fd: int
    family: AddressFamily
    type: SocketKind
    laddr: addr | _Path
    raddr: addr | _Path
    status: str

class pctxsw(NamedTuple):
    voluntary: int
    involuntary: int

class ppagefaults(NamedTuple):
    minor: int
    major: int

class pthread(NamedTuple):
    id: int
    user_time: float
    system_time: float

class sconn(NamedTuple):
    fd: int
    family: AddressFamily
    type: SocketKind
    laddr: addr | tuple[()] | _Path
    raddr: addr | tuple[()] | _Path
    status: str
    pid: int | None

class scpustats(NamedTuple):
    ctx_switches: int
    interrupts: int
    soft_interrupts: int
    syscalls: int

class sdiskpart(NamedTuple):
    device: str
    mountpoint: str
    fstype: str
    opts: str

class sdiskusage(NamedTuple):
    total: int
    used: int
    free: int
    percent: float

class snetio(NamedTuple):
    bytes_sent: int
    bytes_recv: int
    packets_sent: int
    packets_recv: int
    errin: int
    errout: int
    dropin: int
    dropout: int

class snicaddr(NamedTuple):
    family: AddressFamily
    address: str
    netmask: str | None
    broadcast: str | None
    ptp: str | None

class snicstats(NamedTuple):
    isup: bool
    duplex: NicDuplex
    speed: int
    mtu: int
    flags: str

class sswap(NamedTuple):
    total: int
    used: int
    free: int
    percent: float
    sin: int
    sout: int

class suser(NamedTuple):
    name: str
    terminal: str | None
    host: str | None
    started: float
    pid: int | None

if sys.platform == "linux":
    class pcputimes(NamedTuple):
        user: float
        system: float
        children_user: float
        children_system: float
        iowait: float

else:
    class pcputimes(NamedTuple):
        user: float
        system: float
        children_user: float
        children_system: float

if sys.platform == "linux":
    class pfootprint(NamedTuple):
        uss: int
        pss: int
        swap: int

elif sys.platform == "win32" or sys.platform == "darwin":
    class pfootprint(NamedTuple):
        uss: int

if sys.platform == "linux":
    class pfullmem(NamedTuple):
        rss: int
        vms: int
        shared: int
        text: int
        lib: int
        data: int
        dirty: int
        uss: int
        pss: int
        swap: int

elif sys.platform == "win32":
    class pfullmem(NamedTuple):
        rss: int
        vms: int
        num_page_faults: int
        peak_wset: int
        wset: int
        peak_paged_pool: int
        paged_pool: int
        peak_nonpaged_pool: int
        nonpaged_pool: int
        pagefile: int
        peak_pagefile: int
        private: int
        uss: int

elif sys.platform == "darwin":
    class pfullmem(NamedTuple):
        rss: int
        vms: int
        pfaults: int
        pageins: int
        uss: int

elif (
    sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
):
    class pfullmem(NamedTuple):
        rss: int
        vms: int
        text: int
        data: int
        stack: int

else:
    class pfullmem(NamedTuple):
        rss: int
        vms: int

if (
    sys.platform == "linux"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
    or sys.platform.startswith("sunos")
    or sys.platform.startswith("aix")
):
    class pgids(NamedTuple):
        real: int
        effective: int
        saved: int

if (
    sys.platform == "linux"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("netbsd")
):
    class pheap(NamedTuple):
        heap_used: int
        mmap_used: int

elif sys.platform == "win32":
    class pheap(NamedTuple):
        heap_used: int
        mmap_used: int
        heap_count: int

if sys.platform == "linux":
    class pio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int
        read_chars: int
        write_chars: int

elif sys.platform == "win32":
    class pio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int
        other_count: int
        other_bytes: int

elif (
    sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
    or sys.platform.startswith("aix")
):
    class pio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int

if sys.platform == "linux":
    class pionice(NamedTuple):
        ioclass: IOPriority
        value: int

elif sys.platform == "win32":
    class pionice(NamedTuple):
        ioclass: IOPriority

if sys.platform == "linux":
    class pmem(NamedTuple):
        rss: int
        vms: int
        shared: int
        text: int
        lib: int
        data: int
        dirty: int

elif sys.platform == "win32":
    class pmem(NamedTuple):
        rss: int
        vms: int
        num_page_faults: int
        peak_wset: int
        wset: int
        peak_paged_pool: int
        paged_pool: int
        peak_nonpaged_pool: int
        nonpaged_pool: int
        pagefile: int
        peak_pagefile: int
        private: int

elif sys.platform == "darwin":
    class pmem(NamedTuple):
        rss: int
        vms: int
        pfaults: int
        pageins: int

elif (
    sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
):
    class pmem(NamedTuple):
        rss: int
        vms: int
        text: int
        data: int
        stack: int

else:
    class pmem(NamedTuple):
        rss: int
        vms: int

if sys.platform == "linux":
    class pmem_ex(NamedTuple):
        rss: int
        vms: int
        shared: int
        text: int
        data: int
        peak_rss: int
        peak_vms: int
        rss_anon: int
        rss_file: int
        rss_shmem: int
        swap: int
        hugetlb: int

elif sys.platform == "win32":
    class pmem_ex(NamedTuple):
        rss: int
        vms: int
        peak_rss: int
        peak_vms: int
        virtual: int
        peak_virtual: int
        paged_pool: int
        nonpaged_pool: int
        peak_paged_pool: int
        peak_nonpaged_pool: int

elif sys.platform == "darwin":
    class pmem_ex(NamedTuple):
        rss: int
        vms: int
        peak_rss: int
        rss_anon: int
        rss_file: int
        wired: int
        compressed: int
        phys_footprint: int

elif (
    sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
):
    class pmem_ex(NamedTuple):
        rss: int
        vms: int
        text: int
        data: int
        stack: int
        peak_rss: int

else:
    class pmem_ex(NamedTuple):
        rss: int
        vms: int

if sys.platform == "linux":
    class pmmap_ext(NamedTuple):
        addr: str
        perms: str
        path: str
        rss: int
        size: int
        pss: int
        shared_clean: int
        shared_dirty: int
        private_clean: int
        private_dirty: int
        referenced: int
        anonymous: int
        swap: int

elif sys.platform == "win32":
    class pmmap_ext(NamedTuple):
        addr: str
        perms: str
        path: str
        rss: int

elif sys.platform.startswith("freebsd"):
    class pmmap_ext(NamedTuple):
        addr: str
        perms: str
        path: str
        rss: int
        private: int
        ref_count: int
        shadow_count: int

elif sys.platform.startswith("sunos"):
    class pmmap_ext(NamedTuple):
        addr: str
        perms: str
        path: str
        rss: int
        anonymous: int
        locked: int

if sys.platform == "linux":
    class pmmap_grouped(NamedTuple):
        path: str
        rss: int
        size: int
        pss: int
        shared_clean: int
        shared_dirty: int
        private_clean: int
        private_dirty: int
        referenced: int
        anonymous: int
        swap: int

elif sys.platform == "win32":
    class pmmap_grouped(NamedTuple):
        path: str
        rss: int

elif sys.platform.startswith("freebsd"):
    class pmmap_grouped(NamedTuple):
        path: str
        rss: int
        private: int
        ref_count: int
        shadow_count: int

elif sys.platform.startswith("sunos"):
    class pmmap_grouped(NamedTuple):
        path: str
        rss: int
        anonymous: int
        locked: int

if sys.platform == "linux":
    class popenfile(NamedTuple):
        path: str
        fd: int
        position: int
        mode: str
        flags: int

else:
    class popenfile(NamedTuple):
        path: str
        fd: int

if (
    sys.platform == "linux"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
    or sys.platform.startswith("sunos")
    or sys.platform.startswith("aix")
):
    class puids(NamedTuple):
        real: int
        effective: int
        saved: int

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
):
    class sbattery(NamedTuple):
        percent: float
        secsleft: int
        power_plugged: bool | _MaybeNone

if (
    sys.platform == "linux"
    or sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
):
    class scpufreq(NamedTuple):
        current: float
        min: float
        max: float

if sys.platform == "linux":
    class scputimes(NamedTuple):
        user: float
        nice: float
        system: float
        idle: float
        iowait: float
        irq: float
        softirq: float
        steal: float
        guest: float
        guest_nice: float

elif sys.platform == "win32":
    class scputimes(NamedTuple):
        user: float
        system: float
        idle: float
        interrupt: float
        dpc: float

elif sys.platform == "darwin":
    class scputimes(NamedTuple):
        user: float
        nice: float
        system: float
        idle: float

elif (
    sys.platform.startswith("freebsd")
    or sys.platform.startswith("openbsd")
    or sys.platform.startswith("netbsd")
):
    class scputimes(NamedTuple):
        user: float
        nice: float
        system: float
        idle: float
        irq: float

else:
    class scputimes(NamedTuple):
        user: float
        system: float
        idle: float
        iowait: float

if sys.platform == "linux":
    class sdiskio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int
        read_time: int
        write_time: int
        read_merged_count: int
        write_merged_count: int
        busy_time: int

elif (
    sys.platform == "win32"
    or sys.platform == "darwin"
    or sys.platform.startswith("sunos")
    or sys.platform.startswith("aix")
):
    class sdiskio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int
        read_time: int
        write_time: int

elif sys.platform.startswith("freebsd"):
    class sdiskio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int
        read_time: int
        write_time: int
        busy_time: int

else:
    class sdiskio(NamedTuple):
        read_count: int
        write_count: int
        read_bytes: int
        write_bytes: int

if sys.platform == "linux":
    class sfan(NamedTuple):
        label: str
        current: int

if sys.platform == "linux" or sys.platform.startswith("freebsd"):
    class shwtemp(NamedTuple):
        label: str
        current: float
        high: float | None
        critical: float | None

if sys.platform == "linux":
    class svmem(NamedTuple):
        total: int
        available: int
        percent: float
        used: int
        free: int
        active: int
        inactive: int
        buffers: int
        cached: int
        shared: int
        slab: int

elif (
    sys.platform == "win32"
    or sys.platform.startswith("sunos")
    or sys.platform.startswith("aix")
):
    class svmem(NamedTuple):
        total: int
        available: int
        percent: float
        used: int
        free: int

elif sys.platform == "darwin":
    class svmem(NamedTuple):
        total: int
        available: int
        percent: float
        used: int
        free: int
        active: int
        inactive: int
        wired: int

else:
    class svmem(NamedTuple):
        total: int
        available: int
        percent: float
        used: int
        free: int
        active: int
        inactive: int
        buffers: int
        cached: int
        shared: int
        wired: int
