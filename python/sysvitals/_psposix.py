"""What programs import from psutil's private module of this name."""

import errno
import glob
import os
import select
import time

from sysvitals import _sysvitals
from sysvitals._enums import Negsignal, negsignal
from sysvitals._errors import TimeoutExpired

__all__ = ["disk_usage", "get_terminal_map", "pid_exists", "wait_pid"]

negsig_to_enum = negsignal


def pid_exists(pid):
    """Whether there is such a process, by kill(2)."""
    if pid == 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def convert_exit_code(status):
    """What waitpid(2) says of an end: the exit status, or the negated signal."""
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    if os.WIFSIGNALED(status):
        return negsignal(-os.WTERMSIG(status))
    raise ValueError(f"unknown process exit status {status!r}")


def wait_pid_posix(
    pid,
    timeout=None,
    _waitpid=None,
    _timer=time.monotonic,
    _min=min,
    _sleep=time.sleep,
    _pid_exists=pid_exists,
):
    """Waits for a process by looking again and again: how a child ended, `None` for others."""
    deadline = None if timeout is None else _timer() + timeout
    interval, child = 0.0001, True
    while True:
        if child:
            try:
                pid_now, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                child = False
                continue
            if pid_now != 0:
                return convert_exit_code(status)
        elif not _pid_exists(pid):
            return None
        if deadline is not None and _timer() >= deadline:
            raise TimeoutExpired(timeout, pid=pid)
        _sleep(interval)
        interval = _min(interval * 2, 0.04)


def wait_pid_pidfd_open(pid, timeout=None):
    """Waits for a process by a pidfd (pidfd_open(2))."""
    try:
        pidfd = os.pidfd_open(pid, 0)
    except OSError as err:
        if err.errno in {errno.ESRCH, errno.EINVAL, errno.EMFILE, errno.ENFILE, errno.ENODEV}:
            return wait_pid_posix(pid, timeout)
        raise
    try:
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        # A timeout that is not zero must not become zero.
        ready = poller.poll(None if timeout is None else -int(-timeout * 1000 // 1))
        if not ready:
            raise TimeoutExpired(timeout, pid=pid)
        try:
            _, status = os.waitpid(pid, 0)
        except ChildProcessError:
            return wait_pid_posix(pid, timeout)
        return convert_exit_code(status)
    finally:
        os.close(pidfd)


def can_use_pidfd_open():
    """Whether this kernel and this Python have pidfds."""
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid(), 0))
    except OSError as err:
        return err.errno in {errno.EMFILE, errno.ENFILE}
    return True


def wait_pid_kqueue(pid, timeout=None):
    """Waits for a process: there is no need of kqueue(2) where it is not used."""
    return wait_pid_posix(pid, timeout)


def can_use_kqueue():
    """Whether kqueue(2) is there to wait with; the library knows better where it is."""
    return False


def wait_pid(pid, timeout=None):
    """Waits for a process: how a child of ours ended, `None` for others."""
    if pid <= 0:
        raise ValueError("can't wait for PID 0")
    wait = wait_pid_pidfd_open if can_use_pidfd_open() else wait_pid_posix
    return wait(pid, timeout)


def disk_usage(path):
    """Space of a file system."""
    import sysvitals

    return sysvitals.disk_usage(path)


def get_terminal_map():
    """Paths of terminals by the number of their device."""
    terminals = {}
    for path in glob.glob("/dev/tty*") + glob.glob("/dev/pts/*"):
        try:
            terminals[os.stat(path).st_rdev] = path
        except FileNotFoundError:
            pass
    return terminals


cext = _sysvitals
