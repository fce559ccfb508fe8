"""When a process that a test started has nothing to do any more."""

import os
import time

# Whatever a test waits for has come by then, or never comes.
PATIENCE = 60

# How long it must look the same where nobody tells what it waits for.
UNTOLD = 1


def until(is_so, what):
    """Waits until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"never so: {what}"
        time.sleep(0.005)


def at_rest(pid, name=None, states="S"):
    """Waits until it runs the program of this name and sleeps, so that nothing of it changes.

    Who is said to sleep (or to be in another of these states) may be on its way there yet: what it waits
    for (`wchan`) is told once it has left the processor.
    """
    if not os.path.exists("/proc/self/stat"):
        time.sleep(UNTOLD)
        return

    def read(file):
        try:
            with open(f"/proc/{pid}/{file}", "rb") as opened:
                return opened.read()
        except OSError:
            return b""

    since, known = time.monotonic(), None

    def rests():
        nonlocal since, known
        told = read("stat")
        waits = read("wchan").strip() not in (b"", b"0")
        now = time.monotonic()
        if told != known:
            since, known = now, told
        head, _, tail = told.rpartition(b") ")
        is_it = name is None or head.partition(b" (")[2] == name.encode()
        is_settled = waits or tail[:1] == b"Z" or now - since >= UNTOLD
        return is_it and tail[:1].decode() in states and is_settled and read("stat") == told

    until(rests, f"{pid} rests as {name or 'whatever it runs'}")
