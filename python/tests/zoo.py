"""Processes of every kind that is hard to tell about, for as long as they are looked at."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from resting import at_rest


class Zoo:
    """Children of this process; each is known by what is odd about it."""

    def __init__(self):
        self.pids = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="zoo"))
        os.chmod(directory, 0o755)
        self.directory = os.fsencode(directory)
        try:
            self._fill()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def path(self, name):
        """A path in the zoo."""
        return os.path.join(self.directory, name)

    def _end(self, pid):
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def start(self, kind, args, **kwargs):
        """Starts a program, which is ended with the zoo."""
        child = subprocess.Popen(
            args,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **kwargs,
        )
        self._stack.callback(child.stdin.close)
        self._stack.callback(child.wait)
        self._stack.callback(child.kill)
        self.pids[kind] = child.pid
        return child

    def fork(self, kind, work):
        """Starts a copy of this process that does some work, says so, and then nothing more."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                kept = work()  # noqa: F841 - files and sockets stay open
                _end_with_parent()
                os.write(write, b"!")
                while True:
                    signal.pause()
            finally:
                os._exit(1)
        os.close(write)
        self._stack.callback(self._end, pid)
        if os.read(read, 1) != b"!":
            raise RuntimeError(f"{kind} failed")
        os.close(read)
        self.pids[kind] = pid
        return pid

    def _fill(self):
        cat = shutil.which("cat")

        def copy(name):
            shutil.copy(cat, self.path(name))
            return self.path(name)

        self.start("plain", ["sleep", "1000"])
        ended = self.start("zombie", ["true"])
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        stopped = self.start("stopped", ["sleep", "1001"])
        stopped.send_signal(signal.SIGSTOP)
        self.start("odd name", [copy(b"a) R 1 (b")])
        self.start("name with a blank", [copy(b"with a blank")])
        self.start("name with a line end", [copy(b"li\nne")])
        self.start("long name", [copy(b"a-name-longer-than-the-kernel-keeps"), "-"])
        self.start("no text", [copy(b"b\xfftes"), b"\xfe\xff", b"", b"x=\xe9"][:1])
        os.mkdir(self.path(b"d\xfer"))
        self.start(
            "odd environment",
            ["cat"],
            executable=cat,
            cwd=self.path(b"d\xfer"),
            env={b"B\xff": b"\xfe", b"EMPTY": b"", b"EQUALS": b"a=b=c", b"LINE": b"a\nb"},
        )
        self.start("no environment", ["cat"], executable=cat, env={})
        self.start("empty arguments", ["cat", "", "-", ""], executable=cat)
        self.start("blank argument", ["one two  three"], executable=cat)
        self.start("no program", [copy(b"deleted")])
        os.unlink(self.path(b"deleted"))
        os.mkdir(self.path(b"gone"))
        self.start("no directory", ["cat"], executable=cat, cwd=self.path(b"gone"))
        os.rmdir(self.path(b"gone"))
        self.start("leader", ["cat"], executable=cat, start_new_session=True)
        self.fork("priorities", self._priorities)
        self.fork("files", self._files)
        self.fork("sockets", self._sockets)
        self.fork("threads", self._threads)
        self.fork("terminal", self._terminal)
        self.fork("family", self._family)
        if os.geteuid() == 0:
            self.fork("nobody", lambda: (os.setgid(65534), os.setuid(65534)))
            self.fork("unknown user", lambda: (os.setgid(54321), os.setuid(54321)))
            self.fork("three users", lambda: (os.setresgid(1, 2, 3), os.setresuid(1, 2, 3)))
        for pid in self.pids.values():
            at_rest(pid, states="STZ")

    def _priorities(self):
        import resource

        os.nice(7)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def _files(self):
        files = []
        path = self.path(b"f\xffle with blanks")
        for number, mode in enumerate(("w", "r", "a", "r+", "a+", "w+", "x", "rb")):
            if mode == "x":
                path = self.path(b"created")
            files.append(open(path, mode))
            if number == 0:
                files[0].write("0123456789")
                files[0].flush()
        files[1].read(3)
        files.append(open(self.path(b"unlinked"), "w"))
        os.unlink(self.path(b"unlinked"))
        files.append(open(self.path(b"really (deleted)"), "w"))
        files += [open("/dev/null"), open("/dev/zero", "rb"), os.pipe(), os.memfd_create("memory")]
        files.append(os.open(self.directory, os.O_RDONLY))
        import mmap

        files.append(mmap.mmap(files[-2], 4096) if os.ftruncate(files[-2], 4096) else None)
        return files

    def _sockets(self):
        sockets = []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with contextlib.suppress(OSError):
                server = socket.create_server((address, 0), family=family)
                client = socket.socket(family)
                client.connect(server.getsockname())
                datagram = socket.socket(family, socket.SOCK_DGRAM)
                datagram.bind((address, 0))
                sockets += [server, client, server.accept()[0], datagram, socket.socket(family)]
        for name in (self.path(b"socket"), self.path(b"s\xffcket"), b"\0abstract-%d" % os.getpid()):
            server = socket.socket(socket.AF_UNIX)
            server.bind(name)
            server.listen()
            client = socket.socket(socket.AF_UNIX)
            client.connect(name)
            sockets += [server, client]
        sockets += socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        datagram.bind(self.path(b"datagrams"))
        sequence = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return [*sockets, datagram, *sequence]

    def _threads(self):
        def wait():
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
            while True:
                time.sleep(1000)

        threads = [threading.Thread(target=wait, daemon=True) for _ in range(5)]
        for each in threads:
            each.start()
        return threads

    def _terminal(self):
        import fcntl
        import pty
        import termios

        os.setsid()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        return master, slave

    def _family(self):
        for _ in range(2):
            if os.fork() == 0:
                _end_with_parent()
                while True:
                    signal.pause()


def _end_with_parent():
    """Not to outlive who started it, however that ends."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Churn:
    """Short-lived processes, as long as this is entered: some are children, some are not."""

    def __init__(self):
        self.count = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._stop.is_set():
            children = [
                subprocess.Popen(["sleep", "0.01"], stdin=subprocess.DEVNULL),
                subprocess.Popen(["true"], stdin=subprocess.DEVNULL),
                subprocess.Popen(["sh", "-c", "sleep 0.02 & true"], stdin=subprocess.DEVNULL),
            ]
            self.count += len(children)
            time.sleep(0.01)
            for child in children:
                child.wait()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
