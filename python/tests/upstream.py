"""Upstream psutil in an interpreter of its own, asked over a pipe.

As a program it is the other end: it reads pickled requests and writes pickled answers.
"""

import os
import pickle
import pwd
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from plain import Asker  # noqa: E402

VERSION = "7.2.2"


def _send(stream, message):
    data = pickle.dumps(message, protocol=4)
    stream.write(struct.pack("=I", len(data)) + data)
    stream.flush()


def _receive(stream):
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError("the other side is gone")
    return pickle.loads(stream.read(struct.unpack("=I", head)[0]))


def python():
    """The interpreter that has upstream psutil, or `None`: `SYSVITALS_UPSTREAM_PYTHON` names it."""
    return os.environ.get("SYSVITALS_UPSTREAM_PYTHON") or None


def become(user):
    """Gives up what only the superuser may, for good."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


class Upstream:
    """Upstream's answers."""

    def __init__(self, user=None):
        self.process = subprocess.Popen(
            [python(), "-B", os.path.abspath(__file__), user or ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.version, self.pid = _receive(self.process.stdout)
        if self.version != VERSION:
            raise RuntimeError(f"upstream psutil is {self.version}, not {VERSION}")

    def begin(self, request):
        """Sends a request whose answer is fetched later."""
        _send(self.process.stdin, request)

    def finish(self):
        """The answer to the request that was begun."""
        return _receive(self.process.stdout)

    def answer(self, request):
        """The answer to a request."""
        self.begin(request)
        return self.finish()

    def close(self):
        """Ends it."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def _serve():
    import socket  # noqa: F401 - all there is to import, before the user changes
    import warnings

    import psutil

    warnings.simplefilter("ignore")
    if sys.argv[1]:
        become(sys.argv[1])
    asker = Asker(psutil)
    _send(sys.stdout.buffer, (psutil.__version__, os.getpid()))
    while True:
        try:
            request = _receive(sys.stdin.buffer)
        except EOFError:
            return
        _send(sys.stdout.buffer, asker.answer(request))


if __name__ == "__main__":
    _serve()
