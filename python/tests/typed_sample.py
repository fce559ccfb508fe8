"""A program with types: type checkers read it with our stubs and published ones, and it runs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import psutil
import sysvitals


def machine() -> dict[str, float]:
    """Numbers of the whole system."""
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    times = psutil.cpu_times()
    numbers: dict[str, float] = {
        "memory": memory.percent,
        "available": memory.available,
        "swap": swap.used,
        "idle": times.idle,
        "cpu": psutil.cpu_percent(),
        "boot": psutil.boot_time(),
        "switches": psutil.cpu_stats().ctx_switches,
        "disk": psutil.disk_usage("/").percent,
    }
    one, five, fifteen = psutil.getloadavg()
    numbers.update(one=one, five=five, fifteen=fifteen)
    each: list[float] = psutil.cpu_percent(interval=0.01, percpu=True)
    numbers["cpus"] = len(each)
    cores: int | None = psutil.cpu_count(logical=False)
    numbers["cores"] = cores if cores is not None else 0
    if psutil.cpu_freq() is not None:
        numbers["MHz"] = psutil.cpu_freq().current
    for frequency in psutil.cpu_freq(percpu=True):
        numbers["fastest"] = max(numbers.get("fastest", 0.0), frequency.max)
    for share in psutil.cpu_times_percent(percpu=True):
        numbers["user"] = numbers.get("user", 0.0) + share.user
    battery = psutil.sensors_battery()
    if battery is not None and battery.secsleft != psutil.POWER_TIME_UNLIMITED:
        numbers["battery"] = battery.percent
    return numbers


def devices() -> Iterator[str]:
    """Names of disks, interfaces and sensors, with their numbers."""
    for partition in psutil.disk_partitions(all=True):
        yield f"{partition.device} on {partition.mountpoint} ({partition.fstype})"
    for name, disk in psutil.disk_io_counters(perdisk=True).items():
        yield f"{name}: {disk.read_bytes + disk.write_bytes}"
    total = psutil.disk_io_counters()
    if total is not None:
        yield f"all disks: {total.read_time}"
    psutil.disk_io_counters(nowrap=False)
    for name, interface in psutil.net_io_counters(pernic=True).items():
        yield f"{name}: {interface.bytes_recv}"
    yield f"network: {psutil.net_io_counters().bytes_sent}"
    for name, addresses in psutil.net_if_addrs().items():
        for address in addresses:
            if address.family == socket.AF_INET:
                yield f"{name}: {address.address}/{address.netmask or ''}"
            elif address.family == psutil.AF_LINK:
                yield f"{name}: {address.address.upper()}"
    for name, state in psutil.net_if_stats().items():
        if state.isup and state.duplex == psutil.NIC_DUPLEX_FULL:
            yield f"{name}: {state.speed}, {state.flags.split(',')}"
    if sys.platform == "linux":
        for chip, sensors in psutil.sensors_temperatures(fahrenheit=True).items():
            yield f"{chip}: {max(sensor.current for sensor in sensors)}"
        for chip, fans in psutil.sensors_fans().items():
            yield f"{chip}: {fans[0].label}"
    for user in psutil.users():
        yield f"{user.name} at {user.terminal or '?'} since {user.started}"
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr:
            yield f"{connection.laddr.ip}:{connection.laddr.port} of {connection.pid or 0}"


def processes() -> Iterator[str]:
    """What there is to say of processes."""
    for process in psutil.process_iter(["pid", "name"], ad_value=""):
        yield f"{process.pid}: {process.info['name']}"
    psutil.process_iter.cache_clear()
    me = psutil.Process()
    with me.oneshot():
        yield f"{me.name()} {me.exe()} {' '.join(me.cmdline())} {me.cwd()}"
        yield f"{me.username()} {me.create_time():.0f} {me.ppid()}"
    if me.status() == psutil.STATUS_ZOMBIE or me.status() == "sleeping":
        yield "not awake"
    answers = me.as_dict(attrs=["num_threads", "cpu_times"])
    yield f"{answers['num_threads']} {me.num_threads() + me.nice()}"
    parent: psutil.Process | None = me.parent()
    relatives = [*me.parents(), *me.children(recursive=True)]
    yield f"{parent is not None and parent in relatives} {me.cpu_percent()}"
    times, memory = me.cpu_times(), me.memory_info()
    yield f"{times.user + times.children_system} {memory.rss} {me.memory_percent('vms')}"
    yield f"{[thread.user_time for thread in me.threads()]} {me.num_ctx_switches().voluntary}"
    yield f"{me.environ().get('PATH', '')} {[file.fd for file in me.open_files()]}"
    for connection in me.net_connections("inet"):
        if connection.raddr:
            yield f"{connection.raddr.ip} {connection.family.name} {connection.type.name}"
    if sys.platform == "linux":
        yield f"{me.uids().effective} {me.gids().real} {me.terminal()} {me.num_fds()}"
        yield f"{me.io_counters().read_chars} {me.ionice().value} {me.cpu_num()}"
        soft, hard = me.rlimit(psutil.RLIMIT_NOFILE)
        yield f"{soft} {hard} {psutil.RLIM_INFINITY} {psutil.PROCFS_PATH}"
        cpus: list[int] = me.cpu_affinity()
        me.cpu_affinity(cpus)
        yield f"{memory.shared} {me.memory_full_info().uss} {times.iowait}"
        yield f"{[mapping.pss for mapping in me.memory_maps()]}"
        yield f"{[mapping.perms for mapping in me.memory_maps(grouped=False)]}"


def endings() -> Iterator[str]:
    """Children, and how they end."""
    command = [sys.executable, "-c", "input()"]
    with psutil.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        yield f"{child.pid in psutil.pids()} {psutil.pid_exists(child.pid)}"
        try:
            child.wait(timeout=0.01)
        except psutil.TimeoutExpired as err:
            yield f"{err.seconds} {err.pid}"
        child.suspend()
        child.resume()
        child.send_signal(signal.SIGTERM)
        code: int = child.wait(timeout=10)
        yield f"{code} {child.returncode} {child.is_running()}"

    def tell(process: psutil.Process) -> None:
        print("ended:", process.pid)

    gone, alive = psutil.wait_procs([child], timeout=1, callback=tell)
    yield f"{len(gone)} {len(alive)}"
    try:
        psutil.Process(child.pid).kill()
    except psutil.ZombieProcess as err:
        yield f"{err.ppid} {err.msg}"
    except psutil.NoSuchProcess as err:
        yield f"{err.pid} {err.name} {err.msg.upper()}"
    except (psutil.AccessDenied, psutil.Error) as err:
        yield str(err)


def newer() -> Iterator[str]:
    """What published stubs of 7.2.2 do not know."""
    me = sysvitals.Process()
    yield f"{me.memory_footprint().uss} {me.memory_info_ex().peak_rss} {me.page_faults().major}"
    yield f"{sorted(me.attrs)} {sysvitals.bytes2human(10**9)}"
    yield f"{[each.pid for each in sysvitals.process_iter(sysvitals.Process.attrs - {'environ'})]}"
    heap = sysvitals.heap_info()
    sysvitals.heap_trim()
    yield f"{heap.heap_used} {heap.mmap_used}"


def mistakes() -> None:
    """A type checker must see these."""
    with suppress(AttributeError):
        psutil.Process().nmae()  # type: ignore[attr-defined]
    with suppress(AttributeError):
        psutil.cpu_precent()  # type: ignore[attr-defined]
    with suppress(AttributeError):
        psutil.virtual_memory().rss  # type: ignore[attr-defined]
    with suppress(TypeError, ValueError):
        psutil.Process("1")  # type: ignore[arg-type]
    with suppress(TypeError):
        psutil.boot_time() + "s"  # type: ignore[operator]


if __name__ == "__main__":
    print(machine())
    for lines in (devices(), processes(), endings(), newer()):
        for line in lines:
            print(line[:100])
    mistakes()
